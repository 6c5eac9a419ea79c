#include "backends/bpf/emit.h"

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
static constexpr Need kCompanion{
    Tool::Nft, {{0, 9, 1}}, "the priority `raw` by its name, in the companion rule"};

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

static void check_versions(const std::vector<Artifact>& artifacts, const ir::Ruleset& ruleset,
                           const Options& options, Diagnostics& diagnostics) {
  for (const Artifact& artifact : artifacts) {
    for (const Need& need : artifact.needs) {
      if (options.takes(need.tool, need.least)) continue;
      diagnostics.report({}, bpf_too_old, to_string(need.tool), to_string(need.least), need.construct,
                         to_string(options.versions.at(need.tool)), ruleset.node);
    }
  }
}

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics) {
  if (options.accept_mark && !ruleset.hooks.empty()) diagnostics.report({}, no_accept_in_filter);
  if (refuse_logs(ruleset, diagnostics) || options.accept_mark) return {};
  const MarkBit mark = options.program_mark;
  const bool large = options.takes(kLargeMap.tool, kLargeMap.least);
  const std::size_t most_bytes = large ? kMostBytes : kMostInOldKernels;
  const Lowered lowered = lower(ruleset, mark, most_bytes);
  for (const std::string& interface : lowered.too_large)
    diagnostics.report({}, image_too_large, interface, most_bytes >> 20, ruleset.node);
  std::vector<Artifact> artifacts;
  for (const Image& image : lowered.images) {
    const std::string bytes = print(image);
    artifacts.push_back({fmt::format("bpf/{}.bpf.o", image.interface_name),
                         object(bytes),
                         {bytes.size() > kMostInOldKernels ? kLargeMap : kKernel}});
  }
  artifacts.push_back({"bpf/companion.nft", companion(ruleset.node, lowered.images, mark), {kCompanion}});
  check_versions(artifacts, ruleset, options, diagnostics);
  return artifacts;
}

ir::Ruleset egress_only(const ir::Ruleset& ruleset) {
  ir::Ruleset result = ruleset;
  std::erase_if(result.hooks,
                [](const ir::InterfaceHook& hook) { return hook.direction != ir::Direction::Egress; });
  return result;
}

}  // namespace untrack::backends::bpf
