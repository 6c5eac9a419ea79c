#include "driver/check_mark.h"

#include <optional>

#include <fmt/format.h>

#include "driver/diagnostics.h"

namespace untrack::driver {

static std::optional<backends::MarkBit> used(const backends::Options& options,
                                             std::span<const Target> targets) {
  if (options.accept_mark) return options.accept_mark;
  return has_programs(targets) ? std::optional(options.program_mark) : std::nullopt;
}

void check_mark(const backends::Options& options, std::span<const Target> targets,
                const ir::PolicySet& policies, Diagnostics& diagnostics) {
  const auto bit = used(options, targets);
  if (!bit) return;
  const auto check = [&](const ir::MarkMask& mask, std::string_view field) {
    if ((mask.bits & *bit) == 0) return;
    diagnostics.report(mask.span, mark_in_felix_mask, fmt::format("{:#x}", *bit), field)
        .help(fmt::format("choose a bit outside of {:#x} with --mark", mask.bits));
  };
  for (const ir::FelixConfiguration& felix : policies.felix_configurations) {
    if (felix.iptables_mark_mask) check(*felix.iptables_mark_mask, "iptablesMarkMask");
    if (felix.nftables_mark_mask) check(*felix.nftables_mark_mask, "nftablesMarkMask");
  }
}

}  // namespace untrack::driver
