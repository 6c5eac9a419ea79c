#include "backends/bpf/emit.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "backends/bpf/companion.h"
#include "backends/bpf/diagnostics.h"
#include "backends/bpf/lower.h"
#include "backends/bpf/object.h"
#include "backends/bpf/print.h"

namespace untrack::backends::bpf {

// docs/bpf.md, "What the kernel must have".
static constexpr Need kKernel{Tool::Kernel, {{5, 6}}, "functions that are verified once"};
static constexpr Need kLargeMap{Tool::Kernel, {{5, 17}}, "an image of over 4 MiB"};
static constexpr std::size_t kMostInOldKernels = std::size_t{4} << 20;
// A node has one of the two; docs/backends.md, "Versions".
static constexpr Need kNft{Tool::Nft, {{0, 9, 1}}, "the priority `raw` by its name, in the companion rule"};
static constexpr Need kIptables{
    Tool::Iptables, {{1, 6, 1}}, "`-m bpf --object-pinned`, in the companion rules"};

static bool refuse_logs(const ir::Ruleset& ruleset, Diagnostics& diagnostics) {
  bool refused = false;
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) {
        if (!std::holds_alternative<ir::LogPacket>(rule.action)) continue;
        diagnostics.report(rule.provenance.empty() ? SourceSpan{} : rule.provenance.front().span, log_rule);
        refused = true;
      }
    }
  }
  return refused;
}

// The companion has two forms. Who says that nodes have an old one of the one tool may have the other.
static void check_versions(const std::vector<Artifact>& artifacts, const ir::Ruleset& ruleset,
                           const Options& options, Diagnostics& diagnostics) {
  const bool has_a_form =
      options.takes(kNft.tool, kNft.least) || options.takes(kIptables.tool, kIptables.least);
  std::set<Tool> told;
  for (const Artifact& artifact : artifacts) {
    for (const Need& need : artifact.needs) {
      if (options.takes(need.tool, need.least) || (has_a_form && need.tool != Tool::Kernel)) continue;
      if (need.tool != Tool::Kernel && !told.insert(need.tool).second) continue;
      diagnostics.report({}, bpf_too_old, to_string(need.tool), to_string(need.least), need.construct,
                         to_string(options.versions.at(need.tool)), ruleset.node);
    }
  }
}

// Where all stays tracked no program need be asked.
static bool decides_egress(const ir::Ruleset& ruleset, std::string_view interface_name) {
  return std::ranges::any_of(ruleset.hooks, [&](const ir::InterfaceHook& hook) {
    return hook.direction == ir::Direction::Egress && hook.interface_name == interface_name &&
           std::ranges::any_of(hook.blocks, [](const ir::Block& block) {
             return std::ranges::any_of(block.rules, [](const ir::Rule& rule) {
               return std::holds_alternative<ir::Untrack>(rule.action) ||
                      std::holds_alternative<ir::Drop>(rule.action);
             });
           });
  });
}

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics) {
  if (refuse_logs(ruleset, diagnostics)) return {};
  const Companion companion{.node = ruleset.node,
                            .mark = options.accept_mark.value_or(options.program_mark),
                            .clear = options.accept_mark.has_value()};
  const bool large = options.takes(kLargeMap.tool, kLargeMap.least);
  const std::size_t most_bytes = large ? kMostBytes : kMostInOldKernels;
  const Lowered lowered = lower(ruleset, companion.mark, most_bytes);
  for (const std::string& interface : lowered.too_large)
    diagnostics.report({}, image_too_large, interface, most_bytes >> 20, ruleset.node);
  std::vector<Artifact> artifacts;
  std::vector<Pinned> egress;
  for (const Image& image : lowered.images) {
    const std::string bytes = print(image);
    artifacts.push_back({fmt::format("bpf/{}.bpf.o", image.interface_name),
                         object(bytes),
                         {bytes.size() > kMostInOldKernels ? kLargeMap : kKernel}});
    if (decides_egress(ruleset, image.interface_name))
      egress.push_back({image.interface_name, pin_folder(artifacts.back().bytes)});
  }
  artifacts.push_back({"bpf/companion.nft", companion_nft(companion, lowered.images), {kNft}});
  for (const ir::IpVersion version : ir::kIpVersions) {
    artifacts.push_back({version == ir::IpVersion::V4 ? "bpf/iptables.restore" : "bpf/ip6tables.restore",
                         companion_iptables(companion, lowered.images, egress, version),
                         {kIptables}});
  }
  check_versions(artifacts, ruleset, options, diagnostics);
  return artifacts;
}

}  // namespace untrack::backends::bpf
