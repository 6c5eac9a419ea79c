#include "backends/nft/emit.h"

#include <span>
#include <utility>

#include "backends/nft/diagnostics.h"
#include "backends/nft/lower.h"
#include "backends/nft/print.h"
#include "backends/nft/versions.h"

namespace untrack::backends::nft {

static void check_rule(const ir::Rule& rule, Diagnostics& diagnostics) {
  const auto* log = std::get_if<ir::LogPacket>(&rule.action);
  if (log == nullptr || !log->limit || log->limit->burst != 0) return;
  diagnostics.report(rule.provenance.empty() ? SourceSpan{} : rule.provenance.front().span, log_burst_zero);
}

static Artifact emit_directions(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics,
                                std::string path, std::span<const ir::Direction> directions) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) check_rule(rule, diagnostics);
    }
  }
  const Table table = lower(ruleset, options, directions);
  const Dialect forms = dialect(options);
  Artifact artifact{std::move(path), print(table, ruleset.node, forms), needs(table, forms)};
  for (const Need& need : artifact.needs) {
    if (options.takes(need.tool, need.least)) continue;
    diagnostics.report({}, nft_too_old, to_string(need.tool), to_string(need.least), need.construct,
                       to_string(options.versions.at(need.tool)), ruleset.node);
  }
  return artifact;
}

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics) {
  return {emit_directions(ruleset, options, diagnostics, "nft/untrack.nft", ir::kDirections)};
}

Artifact emit_egress(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics,
                     std::string path) {
  static constexpr ir::Direction kEgress[] = {ir::Direction::Egress};
  return emit_directions(ruleset, options, diagnostics, std::move(path), kEgress);
}

}  // namespace untrack::backends::nft
