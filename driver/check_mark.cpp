#include "driver/check_mark.h"

#include <fmt/format.h>

#include "driver/diagnostics.h"

namespace untrack::driver {

void check_mark(const backends::Options& options, const ir::PolicySet& policies, Diagnostics& diagnostics) {
  if (!options.accept_mark) return;
  const auto check = [&](const ir::MarkMask& mask, std::string_view field) {
    if ((mask.bits & *options.accept_mark) == 0) return;
    diagnostics.report(mask.span, mark_in_felix_mask, fmt::format("{:#x}", *options.accept_mark), field)
        .help(fmt::format("choose a bit outside of {:#x} with --mark", mask.bits));
  };
  for (const ir::FelixConfiguration& felix : policies.felix_configurations) {
    if (felix.iptables_mark_mask) check(*felix.iptables_mark_mask, "iptablesMarkMask");
    if (felix.nftables_mark_mask) check(*felix.nftables_mark_mask, "nftablesMarkMask");
  }
}

}  // namespace untrack::driver
