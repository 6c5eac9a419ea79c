#include "backends/iptables/diagnostics.h"

#include <array>

namespace untrack::backends::iptables {

DiagnosticList diagnostics() {
  static constexpr std::array kAll = {&log_limit.info, &iptables_too_old.info};
  return kAll;
}

}  // namespace untrack::backends::iptables
