#include "backends/bpf/diagnostics.h"

#include <array>

namespace untrack::backends::bpf {

DiagnosticList diagnostics() {
  static constexpr std::array kAll = {&log_rule.info,  &image_too_large.info, &bpf_too_old.info,
                                      &xdp_takes.info, &xdp_leaves.info,      &xdp_not_at_egress.info};
  return kAll;
}

}  // namespace untrack::backends::bpf
