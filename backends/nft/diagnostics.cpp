#include "backends/nft/diagnostics.h"

#include <array>

namespace untrack::backends::nft {

DiagnosticList diagnostics() {
  static constexpr std::array kAll = {&log_burst_zero.info, &nft_too_old.info};
  return kAll;
}

}  // namespace untrack::backends::nft
