#include "passes/lint/check_sizes.h"

#include <algorithm>
#include <string>

#include "passes/lint/size_diagnostics.h"

namespace untrack::passes::lint {

// A set of the kernel's for each IP version. Counted are the fewest prefixes that say the same, so Felix
// needs at least as many.
static std::size_t members_at_least(const ir::AddressSet& set) {
  std::size_t most = 0;
  for (const ir::IpVersion version : ir::kIpVersions) most = std::max(most, set.prefixes(version).size());
  return most;
}

static void check_side(const Subject& subject, const HookView& view, const ir::EntityRule& written,
                       const ir::SideMatch& side, Diagnostics& diagnostics) {
  const std::uint64_t limit = subject.settings().max_ipset_size;
  for (const auto* selector : {&written.selector, &written.not_selector}) {
    if (!*selector) continue;
    const std::string& text = subject.origins().policies().selectors[(*selector)->selector].canonical();
    const std::string origin = "selector " + text;
    for (const auto* ids : {&side.in, &side.not_in}) {
      for (const ir::AddressSetId id : *ids) {
        const std::size_t members = members_at_least(subject.ruleset().address_sets[id]);
        if (members <= limit || subject.ruleset().address_set_origins[id.index] != origin) continue;
        subject.note_endpoint(
            view.hook, diagnostics.report((*selector)->span, set_too_large, text, members, limit)
                           .help("raise `maxIpsetSize` in FelixConfiguration, or name wider prefixes"));
      }
    }
  }
}

void check_sizes(const Subject& subject, Diagnostics& diagnostics) {
  if (subject.settings().bpf_enabled || subject.settings().nftables_mode == ir::NftablesMode::Enabled) return;
  subject.for_each_written_rule([&](const HookView& view, ir::RuleRef ref, const ir::PolicyRule& written) {
    const ir::Match& match = view.rule(ref).match;
    check_side(subject, view, written.source, match.source, diagnostics);
    check_side(subject, view, written.destination, match.destination, diagnostics);
  });
}

}  // namespace untrack::passes::lint
