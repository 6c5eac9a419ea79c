#include "driver/targets.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "backends/bpf/emit.h"
#include "backends/bpf/object.h"
#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"

namespace untrack::driver {

static std::string_view bytes_of(std::span<const backends::Artifact> artifacts, std::string_view path) {
  const auto found = std::ranges::find(artifacts, path, &backends::Artifact::path);
  assert(found != artifacts.end() && "a backend emits all of its files");
  return found->bytes;
}

static std::vector<verify::ReadResult> read_nft(std::span<const backends::Artifact> artifacts) {
  return {verify::read_nft("nft/untrack.nft", bytes_of(artifacts, "nft/untrack.nft"))};
}

static std::vector<verify::ReadResult> read_iptables(std::span<const backends::Artifact> artifacts) {
  return {verify::read_iptables({.ipset = bytes_of(artifacts, "iptables/ipset.restore"),
                                 .v4 = bytes_of(artifacts, "iptables/iptables.restore"),
                                 .v6 = bytes_of(artifacts, "iptables/ip6tables.restore")})};
}

// ---- bpf: programs, and beside them rules of nft or of iptables, whichever the node has

static std::vector<backends::Artifact> emit_bpf(const ir::Ruleset& ruleset, const backends::Options& options,
                                                Diagnostics& diagnostics) {
  std::vector<backends::Artifact> artifacts = backends::bpf::emit(ruleset, options, diagnostics);
  if (!artifacts.empty())
    artifacts.push_back(backends::nft::emit_egress(ruleset, options, diagnostics, "bpf/egress.nft"));
  return artifacts;
}

// Of the programs that this build of untrack holds.
const verify::ClassifierDigest& bpf_classifier() {
  static const verify::ClassifierDigest kDigest = [] {
    const std::string object = backends::bpf::object("");
    const auto digest = verify::classifier_of({"bpf", object});
    assert(std::holds_alternative<verify::ClassifierDigest>(digest) && "the classifier is an object of ours");
    return std::get<verify::ClassifierDigest>(digest);
  }();
  return kDigest;
}

static std::vector<verify::ReadResult> read_bpf(std::span<const backends::Artifact> artifacts) {
  const auto file = [&](std::string_view path) { return verify::File{path, bytes_of(artifacts, path)}; };
  verify::BpfFiles with_nft, with_iptables;
  for (const backends::Artifact& each : artifacts) {
    if (each.path.ends_with(".o")) with_nft.objects.push_back({each.path, each.bytes});
  }
  with_iptables.objects = with_nft.objects;
  with_nft.scripts = {file("bpf/companion.nft"), file("bpf/egress.nft")};
  with_iptables.restore =
      verify::BpfRestore{.v4 = file("bpf/iptables.restore"), .v6 = file("bpf/ip6tables.restore")};
  return {verify::read_bpf(with_nft, bpf_classifier()), verify::read_bpf(with_iptables, bpf_classifier())};
}

// A bpf image is for whom it is worth the trouble: it cannot log, and wants a node's interfaces one by one.
static constexpr std::array kBackends = {
    Backend{Target::Nft, /*by_default=*/true, /*single_file=*/true, backends::nft::emit, read_nft},
    Backend{Target::Iptables, /*by_default=*/true, /*single_file=*/false, backends::iptables::emit,
            read_iptables},
    Backend{Target::Bpf, /*by_default=*/false, /*single_file=*/false, emit_bpf, read_bpf},
};

std::vector<Target> all_targets() {
  std::vector<Target> all;
  for (const Backend& backend : kBackends) all.push_back(backend.target);
  return all;
}

std::vector<Target> default_targets() {
  std::vector<Target> chosen = all_targets();
  std::erase_if(chosen, [](Target target) { return !backend_of(target).by_default; });
  return chosen;
}

const Backend& backend_of(Target target) {
  const auto found = std::ranges::find(kBackends, target, &Backend::target);
  assert(found != kBackends.end() && "every target has a backend");
  return *found;
}

}  // namespace untrack::driver
