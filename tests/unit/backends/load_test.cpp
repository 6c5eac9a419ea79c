// The real tools take what the backends write. Needs root, network namespaces and the tools; says what is
// missing.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"
#include "tests/property/generate.h"

using namespace untrack;

static constexpr std::uint64_t kRulesets = 30;

namespace {

struct Run {
  int status = 0;
  std::string output;
};

Run run(const std::string& command) {
  Run result;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.output.append(buffer, n);
  result.status = ::pclose(pipe);
  return result;
}

// A network namespace and a folder, gone at the end.
class Sandbox {
 public:
  Sandbox()
      : name_("untrack-load-" + std::to_string(::getpid())),
        folder_(std::filesystem::temp_directory_path() / name_),
        works_(run("ip netns add " + name_).status == 0) {
    std::filesystem::create_directories(folder_);
  }
  ~Sandbox() {
    if (works_) run("ip netns delete " + name_);
    std::filesystem::remove_all(folder_);
  }
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  bool works() const { return works_; }
  Run inside(const std::string& command) const {
    return run(fmt::format("cd {} && ip netns exec {} sh -c '{}'", folder_.string(), name_, command));
  }
  void write(const std::vector<backends::Artifact>& artifacts) const {
    for (const backends::Artifact& each : artifacts) {
      std::filesystem::create_directories((folder_ / each.path).parent_path());
      std::ofstream(folder_ / each.path, std::ios::binary) << each.bytes;
    }
  }

 private:
  std::string name_;
  std::filesystem::path folder_;
  bool works_;
};

bool has_tool(const char* tool) {
  return run(fmt::format("command -v {}", tool)).status == 0;
}

std::vector<backends::Artifact> random_artifacts(std::uint64_t seed, auto emit) {
  Diagnostics diagnostics;
  property::RulesetShape shape;
  shape.any_match = seed % 2 == 1;
  return emit(property::random_ruleset(seed, shape), backends::Options{.strip = seed % 5 == 0}, diagnostics);
}

}  // namespace

TEST_CASE("nft takes every random ruleset, twice, and lists what it took") {
  const Sandbox sandbox;
  if (!sandbox.works() || !has_tool("nft")) {
    MESSAGE("skipped: needs root and nft");
    return;
  }
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    sandbox.write(random_artifacts(seed, backends::nft::emit));
    for (const char* command :
         {"nft -c -f - < nft/untrack.nft", "nft -f nft/untrack.nft", "nft -f nft/untrack.nft"}) {
      const Run loaded = sandbox.inside(command);
      CHECK_MESSAGE(loaded.status == 0, loaded.output);
    }
    // A listing that reads back as something else would hide a drift from `status`.
    const Run again = sandbox.inside(
        "nft list table inet untrack > once && nft delete table inet untrack && nft -f once && "
        "nft list table inet untrack > twice && cmp once twice");
    CHECK_MESSAGE(again.status == 0, again.output);
  }
}

TEST_CASE("ipset and both flavours of iptables take every random ruleset, twice") {
  const Sandbox sandbox;
  if (!sandbox.works() || !has_tool("ipset") || !has_tool("iptables-legacy-restore") ||
      !has_tool("iptables-nft-restore")) {
    MESSAGE("skipped: needs root, ipset, iptables-legacy-restore and iptables-nft-restore");
    return;
  }
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    sandbox.write(random_artifacts(seed, backends::iptables::emit));
    for (int time = 0; time < 2; ++time) {
      const Run sets = sandbox.inside("ipset -exist restore < iptables/ipset.restore");
      CHECK_MESSAGE(sets.status == 0, sets.output);
      for (const char* tool : {"iptables", "ip6tables"}) {
        for (const char* flavour : {"legacy", "nft"}) {
          const Run loaded =
              sandbox.inside(fmt::format("{0}-{1}-restore --noflush < iptables/{0}.restore", tool, flavour));
          CHECK_MESSAGE(loaded.status == 0, loaded.output);
        }
      }
    }
    const Run leftovers = sandbox.inside("ipset list -n | grep -e -t$ ; true");
    CHECK_MESSAGE(leftovers.output.empty(), leftovers.output);
  }
}
