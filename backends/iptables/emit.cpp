#include "backends/iptables/emit.h"

#include <array>
#include <cstdint>

#include "backends/iptables/diagnostics.h"
#include "backends/iptables/lower.h"
#include "backends/iptables/print.h"
#include "backends/iptables/versions.h"

namespace untrack::backends::iptables {

static std::uint64_t seconds(std::string_view unit) {
  if (unit == "minute") return 60;
  if (unit == "hour") return 60 * 60;
  if (unit == "day") return 24 * 60 * 60;
  return 1;
}

// xt_limit keeps credit in 32 bits, scaled so that one day's worth fits (MAX_CPJ in
// net/netfilter/xt_limit.c).
static bool fits(const ir::LogLimit& limit) {
  return limit.burst != 0 && limit.burst * seconds(limit.unit) <= seconds("day") * limit.rate;
}

static void check_rule(const ir::Rule& rule, Diagnostics& diagnostics) {
  const auto* log = std::get_if<ir::LogPacket>(&rule.action);
  if (log == nullptr || !log->limit || fits(*log->limit)) return;
  const SourceSpan span = rule.provenance.empty() ? SourceSpan{} : rule.provenance.front().span;
  diagnostics.report(span, log_limit, log->limit->rate, log->limit->unit, log->limit->burst);
}

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) check_rule(rule, diagnostics);
    }
  }
  const Program program = lower(ruleset, options);
  std::vector<Artifact> artifacts = {
      {"iptables/ipset.restore", print_sets(program.sets, ruleset.node), needs_of_sets(program.sets)}};
  static constexpr std::array<std::string_view, 2> kFiles = {"iptables/iptables.restore",
                                                             "iptables/ip6tables.restore"};
  for (std::size_t i = 0; i < kFiles.size(); ++i) {
    const Table& table = program.tables[i];
    artifacts.push_back({std::string(kFiles[i]), print_table(table, ruleset.node), needs_of_table(table)});
  }
  for (const Artifact& artifact : artifacts) {
    for (const Need& need : artifact.needs) {
      if (options.takes(need.tool, need.least)) continue;
      diagnostics.report({}, iptables_too_old, artifact.path, to_string(need.tool), to_string(need.least),
                         need.construct, to_string(options.versions.at(need.tool)), ruleset.node);
    }
  }
  return artifacts;
}

}  // namespace untrack::backends::iptables
