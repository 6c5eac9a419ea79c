#include "backends/nft/emit.h"

#include "backends/nft/diagnostics.h"
#include "backends/nft/lower.h"
#include "backends/nft/print.h"

namespace untrack::backends::nft {

static void check_rule(const ir::Rule& rule, Diagnostics& diagnostics) {
  const auto* log = std::get_if<ir::LogPacket>(&rule.action);
  if (log == nullptr || !log->limit || log->limit->burst != 0) return;
  diagnostics.report(rule.provenance.empty() ? SourceSpan{} : rule.provenance.front().span, log_burst_zero);
}

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) check_rule(rule, diagnostics);
    }
  }
  return {{"nft/untrack.nft", print(lower(ruleset, options), ruleset.node)}};
}

}  // namespace untrack::backends::nft
