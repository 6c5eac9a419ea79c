// What the kernel does with real packets under the real artifacts, against ir::evaluate: random rulesets,
// packets on every boundary, later fragments and cut-off headers among them, into and out of the host.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"
#include "ir/evaluate.h"
#include "tests/kernel/namespace.h"
#include "tests/kernel/wire.h"

using namespace untrack;
using namespace untrack::kernel;

// How the verdict of an artifact is seen.
enum class Eyes {
  // By `ct state`, from the untouched artifact. Asking for it switches defragmentation on in the namespace,
  // so
  // that no fragment reaches the artifact.
  Conntrack,
  // By a mark that is set beside notrack: no conntrack in the namespace, so that the artifact meets
  // fragments.
  Mark
};
enum class Loader { Nft, IptablesLegacy, IptablesNft };

static constexpr std::size_t kPacketsPerPlace = 250;
static constexpr int kAttempts = 3;  // a packet may be lost in the sender's queue

static std::size_t ruleset_count() {
  const char* wanted = std::getenv("UNTRACK_KERNEL_RULESETS");
  return wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 12;
}

namespace {

// Where packets go in or out, and the sets in which the kernel notes them by id.
struct Place {
  std::string interface_name;
  ir::Direction direction = ir::Direction::Ingress;
  const ir::InterfaceHook* hook = nullptr;  // none: the policy says nothing here

  std::string set(std::string_view what, ir::IpVersion version) const {
    const bool v4 = version == ir::IpVersion::V4;
    return fmt::format("{}-{}-{}-{}", what, interface_name, to_string(direction), v4 ? "v4" : "v6");
  }
};

struct Injected {
  ir::Packet packet;
  Bytes bytes;
};

// Ids by what was seen of them.
struct Seen {
  std::set<unsigned long> arrived, untracked, tracked;
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

// ---- the observer: before the artifact, and right behind it, where everything ends

std::string sets_text(const Place& place) {
  std::string text;
  for (const ir::IpVersion version : ir::kIpVersions) {
    const std::string_view key = version == ir::IpVersion::V4 ? "ip id" : "ip6 flowlabel";
    for (const std::string_view what : {"arrived", "untracked", "tracked"}) {
      text +=
          fmt::format("set {} {{ typeof {}; size 65535; flags dynamic; }}\n", place.set(what, version), key);
    }
  }
  return text;
}

std::string note_text(const Place& place, std::string_view what, std::string_view condition) {
  const std::string_view interface = place.direction == ir::Direction::Ingress ? "iifname" : "oifname";
  std::string text;
  for (const ir::IpVersion version : ir::kIpVersions) {
    const std::string_view key = version == ir::IpVersion::V4 ? "ip id" : "ip6 flowlabel";
    text += fmt::format("{} \"{}\" {} add @{} {{ {} }}\n", interface, place.interface_name, condition,
                        place.set(what, version), key);
  }
  return text;
}

std::string observer(const std::vector<Place>& all, Eyes eyes) {
  std::string text = "table inet observer {\n";
  for (const Place& place : all) text += sets_text(place);
  const bool marks = eyes == Eyes::Mark;
  for (const ir::Direction direction : ir::kDirections) {
    const std::string_view hook = direction == ir::Direction::Ingress ? "prerouting" : "output";
    text += fmt::format("chain before-{0} {{ type filter hook {0} priority -301; policy accept;\n", hook);
    for (const Place& place : all) {
      if (place.direction == direction) text += note_text(place, "arrived", "");
    }
    text += fmt::format("}}\nchain after-{0} {{ type filter hook {0} priority -299; policy accept;\n", hook);
    for (const Place& place : all) {
      if (place.direction != direction) continue;
      text += note_text(place, "untracked", marks ? "meta mark 1" : "ct state untracked");
      text += note_text(place, "tracked", marks ? "meta mark 0" : "ct state != untracked");
    }
    text += "drop\n}\n";
  }
  return text + "}\n";
}

// The numbers in `elements = { … }` of every set of the observer.
std::map<std::string, std::set<unsigned long>> parse_sets(const std::string& listing) {
  std::map<std::string, std::set<unsigned long>> sets;
  std::size_t at = 0;
  while ((at = listing.find("\tset ", at)) != std::string::npos) {
    at += std::strlen("\tset ");
    const std::string name = listing.substr(at, listing.find(' ', at) - at);
    const std::size_t end = listing.find("\n\t}", at);
    const std::size_t elements = listing.find("elements = {", at);
    if (elements == std::string::npos || elements > end) continue;
    const char* next = listing.c_str() + elements + std::strlen("elements = {");
    while (*next != '}') {
      char* after = nullptr;
      const unsigned long number = std::strtoul(next, &after, 0);
      if (after == next) {
        ++next;
        continue;
      }
      sets[name].insert(number);
      next = after;
    }
  }
  return sets;
}

// ---- the lab

class Lab {
 public:
  Lab(const std::vector<Place>& all, Eyes eyes) : host_("host"), peer_("peer"), places_(all), eyes_(eyes) {
    int metric = 1;
    for (const Place& place : places_) {
      if (!linked_.insert(place.interface_name).second) continue;
      link(place.interface_name, metric++);
    }
    const Run loaded = host_.inside("nft -f -", observer(places_, eyes_));
    REQUIRE_MESSAGE(loaded.status == 0, loaded.output);
    frames_ = peer_.socket(AF_PACKET, SOCK_RAW, 0);
    REQUIRE(frames_ >= 0);
  }
  ~Lab() {
    ::close(frames_);
    for (const auto& [key, socket] : raw_) ::close(socket);
  }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  void load(const ir::Ruleset& ruleset, Loader loader) {
    Diagnostics diagnostics;
    if (loader == Loader::Nft) {
      std::string script = backends::nft::emit(ruleset, {}, diagnostics).front().bytes;
      if (eyes_ == Eyes::Mark) replace(script, "notrack accept", "meta mark set 1 notrack accept");
      return must("nft -f -", script);
    }
    const std::string flavour = loader == Loader::IptablesLegacy ? "legacy" : "nft";
    const auto files = backends::iptables::emit(ruleset, {}, diagnostics);
    must("ipset -exist restore", files[0].bytes);
    int file = 1;
    for (const std::string tool : {"iptables", "ip6tables"}) {
      const std::string command = tool + "-" + flavour;
      must(command + "-restore --noflush", files[static_cast<std::size_t>(file++)].bytes);
      must(command + " -t raw -A PREROUTING -j untrack-prerouting", "");
      must(command + " -t raw -A OUTPUT -j untrack-output", "");
      if (eyes_ == Eyes::Mark) must(command + " -t raw -I untrack-allow -j MARK --set-mark 1", "");
    }
  }

  void send(const Place& place, const Injected& each) {
    if (place.direction == ir::Direction::Ingress) {
      send_in(place.interface_name, each);
    } else {
      send_out(place.interface_name, each);
    }
  }

  std::map<std::string, std::set<unsigned long>> listing() const {
    ::usleep(20'000);  // veth hands frames over in a soft interrupt
    return parse_sets(host_.inside("nft list table inet observer").output);
  }

 private:
  void link(const std::string& name, int metric) {
    const std::string there = "p" + name;
    const std::string h = host_.name(), p = peer_.name();
    const Run made = run(fmt::format(
        "ip -n {0} link add {2} type veth peer name {3} netns {1} && ip -n {0} link set {2} up && "
        "ip -n {1} link set {3} up && ip -n {0} address add 192.0.2.{4}/32 dev {2} && "
        "ip -n {0} address add fd00:{4}::1/128 dev {2} nodad && ip -n {0} route add default dev {2} metric "
        "{4} && "
        "ip -n {0} -6 route add default dev {2} metric {4}",
        h, p, name, there, metric));
    REQUIRE_MESSAGE(made.status == 0, made.output);
    const std::string macs =
        run(fmt::format("ip netns exec {} cat /sys/class/net/{}/address", h, name)).output;
    Port port;
    for (std::size_t i = 0; i < port.mac.size(); ++i) {
      port.mac[i] = static_cast<std::uint8_t>(std::strtoul(macs.substr(3 * i, 2).c_str(), nullptr, 16));
    }
    port.index = std::atoi(
        run(fmt::format("ip netns exec {} cat /sys/class/net/{}/ifindex", p, there)).output.c_str());
    ports_[name] = port;
  }

  void must(const std::string& command, const std::string& input) {
    const Run done = host_.inside(command, input);
    REQUIRE_MESSAGE(done.status == 0, command << "\n" << done.output);
  }

  static void replace(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
      text.replace(at, what.size(), with);
    }
  }

  void send_in(const std::string& name, const Injected& each) {
    const Port& port = ports_.at(name);
    const bool v4 = each.packet.version == ir::IpVersion::V4;
    Bytes frame(port.mac.begin(), port.mac.end());
    frame.insert(frame.end(), {2, 0, 0, 0, 0, 1});
    frame.push_back(v4 ? 0x08 : 0x86);
    frame.push_back(v4 ? 0x00 : 0xdd);
    frame.insert(frame.end(), each.bytes.begin(), each.bytes.end());
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(v4 ? ETH_P_IP : ETH_P_IPV6);
    address.sll_ifindex = port.index;
    address.sll_halen = ETH_ALEN;
    std::copy(port.mac.begin(), port.mac.end(), address.sll_addr);
    ::sendto(frames_, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }

  void send_out(const std::string& name, const Injected& each) {
    const ir::IpVersion version = each.packet.version;
    const int socket = raw_socket(name, version);
    const ir::AddressBits bits = each.packet.destination.bits();
    // The observer drops all packets, which the sender is told as EPERM: no result is looked at.
    if (version == ir::IpVersion::V4) {
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(bits));
      ::sendto(socket, each.bytes.data(), each.bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    } else {
      sockaddr_in6 to{};
      to.sin6_family = AF_INET6;
      for (int i = 0; i < 16; ++i) to.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(bits >> (120 - 8 * i));
      ::sendto(socket, each.bytes.data(), each.bytes.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  }

  int raw_socket(const std::string& name, ir::IpVersion version) {
    const auto known = raw_.find({name, version});
    if (known != raw_.end()) return known->second;
    const bool v4 = version == ir::IpVersion::V4;
    const int made = host_.socket(v4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
    REQUIRE(made >= 0);
    const int on = 1;
    ::setsockopt(made, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    REQUIRE(::setsockopt(made, SOL_SOCKET, SO_BINDTODEVICE, name.c_str(),
                         static_cast<socklen_t>(name.size())) == 0);
    return raw_[{name, version}] = made;
  }

  struct Port {
    std::array<std::uint8_t, ETH_ALEN> mac{};
    int index = 0;  // of the far end
  };
  Namespace host_, peer_;
  std::vector<Place> places_;
  Eyes eyes_;
  std::set<std::string> linked_;
  std::map<std::string, Port> ports_;
  std::map<std::pair<std::string, ir::IpVersion>, int> raw_;
  int frames_ = -1;
};

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

Seen seen(const std::map<std::string, std::set<unsigned long>>& sets, const Place& place,
          ir::IpVersion version) {
  const auto ids = [&](std::string_view what) {
    const auto found = sets.find(place.set(what, version));
    return found == sets.end() ? std::set<unsigned long>() : found->second;
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
  auto sets = lab.listing();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    for (const auto& [place, packets] : sent) {
      for (std::size_t i = 0; i < packets.size(); ++i) {
        if (!seen(sets, *place, packets[i].packet.version).arrived.contains(i + 1))
          lab.send(*place, packets[i]);
      }
    }
    sets = lab.listing();
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
