// The check of failsafe ports that `apply` makes on the node, put to artifacts of random rulesets.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"
#include "driver/bundle/bundle.h"
#include "driver/bundle/scripts.h"
#include "ir/evaluate.h"
#include "passes/lower_failsafes.h"
#include "tests/property/generate.h"

using namespace untrack;

static constexpr std::uint64_t kRulesets = 100;

namespace {

ir::FelixSettings settings() {
  ir::FelixSettings result;
  result.failsafe_inbound = {{ir::kTcp, 22},
                             {ir::kTcp, 80, ir::Cidr::parse("10.0.0.0/8")},
                             {ir::kUdp, 53, ir::Cidr::parse("fd00::/8")}};
  result.failsafe_outbound = {{ir::kUdp, 53}, {ir::kTcp, 443, ir::Cidr::parse("10.1.0.0/16")}};
  return result;
}

ir::Ruleset with_failsafes(ir::Ruleset ruleset) {
  for (ir::InterfaceHook& hook : ruleset.hooks)
    hook.blocks.insert(hook.blocks.begin(), passes::lower_failsafes(settings(), hook.direction, ruleset));
  return ruleset;
}

// What apply would ask about, as its script holds it.
std::string probes(const ir::Ruleset& policy) {
  static constexpr std::string_view kBegin = "failsafes='";
  const std::string script = driver::bundle(policy, {}, {}).front().bytes;
  const std::size_t begin = script.find(kBegin) + kBegin.size();
  return script.substr(begin, script.find('\'', begin) - begin) + "\n";
}

// A folder in which the check runs; gone at the end.
class Checker {
 public:
  Checker()
      : folder_(std::filesystem::temp_directory_path() / fmt::format("untrack-failsafe-{}", ::getpid())) {
    std::filesystem::create_directories(folder_ / "nft");
    std::filesystem::create_directories(folder_ / "iptables");
    write("check.awk", driver::scripts::kFailsafe);
  }
  ~Checker() { std::filesystem::remove_all(folder_); }
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  // The probes that are not open, one line for each port: `in eth0 IPv4 tcp dport 22: the rule`.
  std::string closed_by_nft(const ir::Ruleset& ruleset, const std::string& asked) {
    Diagnostics diagnostics;
    emit(backends::nft::emit(ruleset, {.accept_mark = 0x10000}, diagnostics), asked);
    return awk("-v language=nft -f check.awk probes nft/untrack.nft");
  }
  std::string closed_by_iptables(const ir::Ruleset& ruleset, const std::string& asked) {
    Diagnostics diagnostics;
    emit(backends::iptables::emit(ruleset, {.accept_mark = 0x10000}, diagnostics), asked);
    static constexpr std::string_view kCheck = "-v language=iptables -f check.awk";
    return awk(fmt::format("-v version=4 {} probes iptables/ipset.restore iptables/iptables.restore",
                           kCheck)) +
           awk(fmt::format("-v version=6 {} probes iptables/ipset.restore iptables/ip6tables.restore",
                           kCheck));
  }

 private:
  void write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void emit(const std::vector<backends::Artifact>& artifacts, const std::string& asked) {
    for (const backends::Artifact& each : artifacts) write(each.path, each.bytes);
    write("probes", asked);
  }
  std::string awk(const std::string& arguments) const {
    const std::string command = fmt::format("cd {} && awk {}", folder_.string(), arguments);
    std::FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    char buffer[4096];
    for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
    REQUIRE(::pclose(pipe) == 0);
    return out;
  }

  std::filesystem::path folder_;
};

// How the check speaks of a probe.
std::string label(const ir::Ruleset& ruleset, const ir::InterfaceHook& hook, const ir::Match& failsafe,
                  ir::IpVersion version) {
  const bool ingress = hook.direction == ir::Direction::Ingress;
  const bool request = failsafe.destination.ports.has_value();
  const ir::SideMatch& peer = ingress ? failsafe.source : failsafe.destination;
  const ir::PortSet& port = (request ? failsafe.destination : failsafe.source).ports->numbers;
  return fmt::format(
      "{} {} IPv{} {} {} {}{}: ", ingress ? "in" : "out", hook.interface_name, static_cast<int>(version),
      ir::to_string(*failsafe.protocol), request ? "dport" : "sport", port.to_string(),
      peer.in.empty() ? "" : " of " + ruleset.address_sets[peer.in.front()].prefixes().front().to_string());
}

struct Count {
  int open = 0, closed = 0;
};

// `ruleset` without failsafes. What the check calls open must be tracked for every packet.
void check_sound(const ir::Ruleset& ruleset, const std::string& closed, Count& count) {
  const ir::Ruleset guarded = with_failsafes(ruleset);
  for (std::size_t i = 0; i < ruleset.hooks.size(); ++i) {
    const std::vector<ir::Packet> packets = property::boundary_packets(guarded, guarded.hooks[i]);
    for (const ir::Rule& failsafe : guarded.hooks[i].blocks.front().rules) {
      for (const ir::IpVersion version : ir::kIpVersions) {
        if (failsafe.match.ip_version && failsafe.match.ip_version != version) continue;
        const std::string probe = label(guarded, guarded.hooks[i], failsafe.match, version);
        CAPTURE(probe);
        if (("\n" + closed).find("\n" + probe) != std::string::npos) {
          ++count.closed;
          continue;
        }
        ++count.open;
        for (const ir::Packet& packet : packets) {
          if (packet.version != version || !ir::matches(guarded, failsafe.match, packet)) continue;
          CHECK_MESSAGE(ir::evaluate(ruleset, ruleset.hooks[i], packet).verdict == ir::Verdict::Track,
                        ir::to_string(packet));
        }
      }
    }
  }
}

}  // namespace

// Long lists become sets and maps, failsafes with them.
static ir::Ruleset services(std::uint32_t count) {
  ir::Ruleset ruleset;
  ir::Block block{"tier default", {}};
  const ir::AddressSetId clients =
      ruleset.address_sets.intern(ir::AddressSet({*ir::Cidr::parse("10.0.0.0/24")}));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<ir::Port>(7000 + 2 * i);
    ir::Match match;
    match.protocol = ir::kTcp;
    match.source.in = {clients};
    match.destination.ports = ir::PortMatch{ir::PortSet({{port, port}}), {}};
    block.rules.push_back({match, ir::Untrack{}, {{"gnp/services", ir::Direction::Ingress, i, {}}}});
  }
  block.rules.push_back({{}, ir::Drop{}, {{"gnp/services", ir::Direction::Ingress, count, {}}}});
  ruleset.hooks.push_back({"eth0", ir::Direction::Ingress, {block}});
  return ruleset;
}

TEST_CASE("failsafe check: failsafes before many services are found open") {
  Checker checker;
  for (const std::uint32_t count : {50u, 200u}) {
    const ir::Ruleset ruleset = with_failsafes(services(count));
    CHECK(checker.closed_by_nft(ruleset, probes(ruleset)) == "");
    CHECK(checker.closed_by_iptables(ruleset, probes(ruleset)) == "");
    const std::string asked = "in eth0 4 tcp dport 23,7000 any\nin eth0 4 tcp dport 22 any\n";
    CHECK(checker.closed_by_nft(ruleset, asked).starts_with("in eth0 IPv4 tcp dport 23: "));
    CHECK(checker.closed_by_iptables(ruleset, asked).starts_with("in eth0 IPv4 tcp dport 23: "));
  }
}

TEST_CASE("failsafe check: failsafes at the head are found open, whatever the policy") {
  Checker checker;
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset ruleset =
        with_failsafes(seed % 4 == 3 ? property::random_list(seed, property::ListKind::Peers)
                                     : property::random_ruleset(seed, {.failsafes = false}));
    CHECK(checker.closed_by_nft(ruleset, probes(ruleset)) == "");
    CHECK(checker.closed_by_iptables(ruleset, probes(ruleset)) == "");
  }
}

TEST_CASE(
    "failsafe check: without failsafes, no packet of a port that is found open is dropped or untracked") {
  Checker checker;
  Count count;
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset ruleset =
        seed % 4 == 3 ? property::random_list(seed, property::ListKind::Peers)
                      : property::random_ruleset(seed, {.rules = 2 + seed % 30, .failsafes = false});
    const std::string asked = probes(with_failsafes(ruleset));
    check_sound(ruleset, checker.closed_by_nft(ruleset, asked), count);
    check_sound(ruleset, checker.closed_by_iptables(ruleset, asked), count);
  }
  CHECK(count.open > 100);
  CHECK(count.closed > 100);
}
