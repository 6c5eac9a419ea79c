#include "passes/lint/diagnostics.h"

namespace untrack::passes::lint {

DiagnosticList diagnostics() {
  static constexpr const DiagnosticInfo* all[] = {
      &reply_not_untracked.info,     &incoming_reply_not_untracked.info, &reply_denied.info,
      &answered_in_one_version.info, &icmp_errors_tracked.info,          &shadowed_rule.info,
      &rule_under_failsafe.info,     &every_port_from_source_port.info,  &every_port_to_anyone.info,
  };
  return all;
}

}  // namespace untrack::passes::lint
