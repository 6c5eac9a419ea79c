// What the kernel does with real packets under the real artifacts, against ir::evaluate: random rulesets,
// packets on every boundary, later fragments and cut-off headers among them, into and out of the host.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ir/evaluate.h"
#include "tests/kernel/lab.h"
#include "tests/kernel/wire.h"

using namespace untrack;
using namespace untrack::kernel;

static constexpr std::size_t kPacketsPerPlace = 250;
static constexpr int kAttempts = 3;  // a packet may be lost in the sender's queue

static std::size_t ruleset_count() {
  const char* wanted = std::getenv("UNTRACK_KERNEL_RULESETS");
  return wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 12;
}

namespace {

// Ids by what was seen of them.
struct Seen {
  Ids arrived, untracked, tracked;
};

std::vector<Place> places(const ir::Ruleset& ruleset) {
  std::vector<Place> result;
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    if (hook.interface_name == "lo") continue;  // what goes out of lo also comes in
    result.push_back({hook.interface_name, hook.direction, &hook});
  }
  const std::vector<Place> governed = result;
  for (const Place& place : governed) {
    const ir::Direction other =
        place.direction == ir::Direction::Ingress ? ir::Direction::Egress : ir::Direction::Ingress;
    const bool known = std::ranges::any_of(governed, [&](const Place& each) {
      return each.interface_name == place.interface_name && each.direction == other;
    });
    if (!known) result.push_back({place.interface_name, other, nullptr});
  }
  return result;
}

// ---- what to send, and what came of it

bool sendable(const ir::Packet& packet, Eyes eyes) {
  return has_wire_form(packet) && (eyes == Eyes::Mark || packet.transport != ir::Transport::LaterFragment);
}

// By id: from 1, since the kernel fills in an id of 0.
std::vector<Injected> injections(const ir::Ruleset& ruleset, const Place& place, Eyes eyes) {
  const ir::InterfaceHook& hook = place.hook != nullptr ? *place.hook : ruleset.hooks.front();
  const auto packets = property::boundary_packets(ruleset, hook, kPacketsPerPlace);
  property::Random random(7);
  std::vector<Injected> result;
  for (const ir::Packet& packet : packets) {
    if (!sendable(packet, eyes)) continue;
    const WireOptions options{static_cast<std::uint16_t>(result.size() + 1), eyes == Eyes::Mark,
                              random.pick(packets)};
    result.push_back({packet, wire_form(packet, options, random)});
  }
  return result;
}

Seen seen(const std::map<std::string, Ids>& sets, const Place& place, ir::IpVersion version) {
  const auto ids = [&](std::string_view what) {
    const auto found = sets.find(place.set(what, version));
    return found == sets.end() ? Ids() : found->second;
  };
  return {ids("arrived"), ids("untracked"), ids("tracked")};
}

std::optional<ir::Verdict> verdict(const Seen& seen, unsigned long id) {
  if (!seen.arrived.contains(id)) return std::nullopt;
  const bool untracked = seen.untracked.contains(id), tracked = seen.tracked.contains(id);
  CHECK_FALSE((untracked && tracked));
  return untracked ? ir::Verdict::Untrack : tracked ? ir::Verdict::Track : ir::Verdict::Drop;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

struct Tally {
  std::size_t sent = 0, judged = 0;
};

void judge(Lab& lab, const ir::Ruleset& ruleset, const std::vector<Place>& all, Eyes eyes, Tally& tally) {
  std::map<const Place*, std::vector<Injected>> sent;
  for (const Place& place : all) sent[&place] = injections(ruleset, place, eyes);
  auto sets = lab.notes();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    for (const auto& [place, packets] : sent) {
      for (std::size_t i = 0; i < packets.size(); ++i) {
        if (!seen(sets, *place, packets[i].packet.version).arrived.contains(i + 1))
          lab.send(*place, packets[i]);
      }
    }
    sets = lab.notes();
  }
  for (const auto& [place, packets] : sent) {
    const Seen by_version[] = {seen(sets, *place, ir::IpVersion::V4), seen(sets, *place, ir::IpVersion::V6)};
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const ir::Packet& packet = packets[i].packet;
      const auto found = verdict(by_version[packet.version == ir::IpVersion::V6], i + 1);
      ++tally.sent;
      if (!found) continue;  // the kernel does not let it in or out at all
      ++tally.judged;
      const ir::Verdict expected =
          ir::evaluate(ruleset, place->interface_name, place->direction, packet).verdict;
      CHECK_MESSAGE(*found == expected, place->interface_name, " ", to_string(place->direction), " ",
                    to_string(packet), ": expected ", to_string(expected), ", found ", to_string(*found),
                    "\n", hex(packets[i].bytes));
    }
  }
}

void run_all(Loader loader, Eyes eyes) {
  const std::string lacks = missing("ip nft ipset iptables-legacy iptables-nft");
  if (!lacks.empty()) {
    MESSAGE("skipped: this machine lacks " << lacks);
    return;
  }
  Tally tally;
  for (std::uint64_t seed = 0; seed < ruleset_count(); ++seed) {
    CAPTURE(seed);
    property::RulesetShape shape;
    shape.any_match = seed % 2 == 1;
    shape.logs = false;  // the kernel's log of a namespace is not ours to read
    const ir::Ruleset ruleset = property::random_ruleset(seed, shape);
    const std::vector<Place> all = places(ruleset);
    if (all.empty()) continue;
    Lab lab(all, eyes);
    lab.load(ruleset, loader);
    judge(lab, ruleset, all, eyes, tally);
  }
  MESSAGE(tally.judged << " of " << tally.sent << " packets reached the artifact");
  CHECK(tally.judged * 10 > tally.sent * 7);
}

}  // namespace

TEST_CASE("nft untracks, drops and tracks what the policy says") {
  run_all(Loader::Nft, Eyes::Conntrack);
}
TEST_CASE("iptables-legacy untracks, drops and tracks what the policy says") {
  run_all(Loader::IptablesLegacy, Eyes::Conntrack);
}
TEST_CASE("iptables-nft untracks, drops and tracks what the policy says") {
  run_all(Loader::IptablesNft, Eyes::Conntrack);
}
TEST_CASE("nft keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::Nft, Eyes::Mark);
}
TEST_CASE("iptables-legacy keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::IptablesLegacy, Eyes::Mark);
}
TEST_CASE("iptables-nft keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::IptablesNft, Eyes::Mark);
}
