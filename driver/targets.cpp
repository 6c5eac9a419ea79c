#include "driver/targets.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"

namespace untrack::driver {

static std::string_view bytes_of(std::span<const backends::Artifact> artifacts, std::string_view path) {
  const auto found = std::ranges::find(artifacts, path, &backends::Artifact::path);
  assert(found != artifacts.end() && "a backend emits all of its files");
  return found->bytes;
}

static verify::ReadResult read_nft(std::span<const backends::Artifact> artifacts) {
  return verify::read_nft("nft/untrack.nft", bytes_of(artifacts, "nft/untrack.nft"));
}

static verify::ReadResult read_iptables(std::span<const backends::Artifact> artifacts) {
  return verify::read_iptables({.ipset = bytes_of(artifacts, "iptables/ipset.restore"),
                                .v4 = bytes_of(artifacts, "iptables/iptables.restore"),
                                .v6 = bytes_of(artifacts, "iptables/ip6tables.restore")});
}

static constexpr std::array kBackends = {
    Backend{Target::Nft, /*single_file=*/true, backends::nft::emit, read_nft},
    Backend{Target::Iptables, /*single_file=*/false, backends::iptables::emit, read_iptables},
};

std::vector<Target> all_targets() {
  std::vector<Target> all;
  for (const Backend& backend : kBackends) all.push_back(backend.target);
  return all;
}

const Backend& backend_of(Target target) {
  const auto found = std::ranges::find(kBackends, target, &Backend::target);
  assert(found != kBackends.end() && "every target has a backend");
  return *found;
}

}  // namespace untrack::driver
