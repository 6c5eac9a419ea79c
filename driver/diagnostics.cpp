#include "driver/diagnostics.h"

namespace untrack::driver {

static constexpr const DiagnosticInfo* kAll[] = {&unused_suppression.info, &malformed_suppression.info,
                                                 &mark_in_felix_mask.info};

DiagnosticList diagnostics() {
  return kAll;
}

}  // namespace untrack::driver
