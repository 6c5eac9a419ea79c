#include "backends/iptables/emit.h"

#include <cstdint>

#include "backends/iptables/diagnostics.h"
#include "backends/iptables/lower.h"
#include "backends/iptables/print.h"

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
  return {{"iptables/ipset.restore", print_sets(program.sets, ruleset.node)},
          {"iptables/iptables.restore", print_table(program.tables[0], ruleset.node)},
          {"iptables/ip6tables.restore", print_table(program.tables[1], ruleset.node)}};
}

}  // namespace untrack::backends::iptables
