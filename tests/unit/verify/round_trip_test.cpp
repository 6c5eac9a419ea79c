// What the tools themselves print of a loaded artifact means what the artifact means. In a network namespace
// of its own; without root or without the tools the test says so and passes.

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "support.h"

namespace untrack::verify {

namespace {
class Namespace {
 public:
  Namespace() : name_(fmt::format("untrack-verify-{}", getpid())) {
    usable_ = geteuid() == 0 && run_outside(fmt::format("ip netns add {} 2>/dev/null", name_));
  }
  ~Namespace() {
    if (usable_) run_outside(fmt::format("ip netns del {}", name_));
  }
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  bool usable() const { return usable_; }
  bool run(const std::string& command) const {
    return run_outside(fmt::format("ip netns exec {} {} 2>/dev/null", name_, command));
  }
  std::string output(const std::string& command) const {
    const std::string all = fmt::format("ip netns exec {} {} 2>/dev/null", name_, command);
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(all.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 4096> block;
    while (const std::size_t size = fread(block.data(), 1, block.size(), pipe.get()))
      text.append(block.data(), size);
    return text;
  }

 private:
  static bool run_outside(const std::string& command) { return std::system(command.c_str()) == 0; }
  std::string name_;
  bool usable_ = false;
};
}  // namespace

TEST_CASE("round trip: the listing of a loaded nft script is equal to the policy too") {
  const Namespace ns;
  if (!ns.usable() || !ns.run("nft --version > /dev/null")) {
    MESSAGE("skipped: no root, no network namespaces or no nft");
    return;
  }
  const ir::Ruleset policy = memcached_policy();
  for (const char* file : {"maps.nft", "rules.nft"}) {
    CAPTURE(std::string(file));
    REQUIRE(ns.run(fmt::format("nft -f testdata/verify/{}", file)));
    for (const char* list : {"nft list ruleset", "nft -a list ruleset", "nft -y -n list ruleset"}) {
      CHECK(verdict(policy, read_nft("listing", ns.output(list))) == "equal");
    }
    ns.run("nft flush ruleset");
  }
}

TEST_CASE("round trip: the dumps of loaded iptables rules and sets are equal to the policy too") {
  const Namespace ns;
  if (!ns.usable() || !ns.run("ipset -exist restore < testdata/verify/sets/ipset.restore")) {
    MESSAGE("skipped: no root, no network namespaces or no ipset");
    return;
  }
  for (const char* flavour : {"legacy", "nft"}) {
    const auto restored = [&](const char* tool) {
      return ns.run(
          fmt::format("{}-{}-restore --noflush < testdata/verify/sets/{}.restore", tool, flavour, tool));
    };
    if (!restored("iptables") || !restored("ip6tables")) {
      MESSAGE("skipped: iptables-" << flavour << "-restore does not work here");
      continue;
    }
    const auto saved = [&](const char* tool) {
      return ns.output(fmt::format("{}-{}-save -t raw", tool, flavour));
    };
    const IptablesTexts dumps{ns.output("ipset save"), saved("iptables"), saved("ip6tables")};
    CAPTURE(std::string(flavour));
    CHECK(verdict(memcached_policy(), read(dumps)) == "equal");
    ns.run(fmt::format("iptables-{0} -t raw -F; ip6tables-{0} -t raw -F", flavour));
  }
}

}  // namespace untrack::verify
