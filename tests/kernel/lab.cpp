#include "tests/kernel/lab.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"

namespace untrack::kernel {

std::string Place::set(std::string_view what, ir::IpVersion version) const {
  const bool v4 = version == ir::IpVersion::V4;
  return fmt::format("{}-{}-{}-{}", what, interface_name, to_string(direction), v4 ? "v4" : "v6");
}

// ---- the observer: before the artifact, and right behind it, where everything ends

static std::string sets_text(const Place& place) {
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

static std::string note_text(const Place& place, std::string_view what, std::string_view condition) {
  const std::string_view interface = place.direction == ir::Direction::Ingress ? "iifname" : "oifname";
  std::string text;
  for (const ir::IpVersion version : ir::kIpVersions) {
    const std::string_view key = version == ir::IpVersion::V4 ? "ip id" : "ip6 flowlabel";
    text += fmt::format("{} \"{}\" {} add @{} {{ {} }}\n", interface, place.interface_name, condition,
                        place.set(what, version), key);
  }
  return text;
}

static std::string observer(const std::vector<Place>& all, Eyes eyes) {
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
static std::map<std::string, Ids> parse_sets(const std::string& listing) {
  std::map<std::string, Ids> sets;
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

// ---- links, rules and sockets

Lab::Lab(const std::vector<Place>& places, Eyes eyes) : host_("host"), peer_("peer"), eyes_(eyes) {
  int metric = 1;
  for (const Place& place : places) {
    if (!ports_.contains(place.interface_name)) link(place.interface_name, metric++);
  }
  must("nft -f -", observer(places, eyes_));
  frames_ = peer_.socket(AF_PACKET, SOCK_RAW, 0);
  REQUIRE(frames_ >= 0);
}

Lab::~Lab() {
  ::close(frames_);
  for (const auto& [key, socket] : raw_) ::close(socket);
}

void Lab::link(const std::string& name, int metric) {
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
  const std::string macs = run(fmt::format("ip netns exec {} cat /sys/class/net/{}/address", h, name)).output;
  Port port;
  for (std::size_t i = 0; i < port.mac.size(); ++i) {
    port.mac[i] = static_cast<std::uint8_t>(std::strtoul(macs.substr(3 * i, 2).c_str(), nullptr, 16));
  }
  port.index =
      std::atoi(run(fmt::format("ip netns exec {} cat /sys/class/net/{}/ifindex", p, there)).output.c_str());
  ports_[name] = port;
}

void Lab::must(const std::string& command, const std::string& input) {
  const Run done = host_.inside(command, input);
  REQUIRE_MESSAGE(done.status == 0, command << "\n" << done.output);
}

static void replace(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

void Lab::load(const ir::Ruleset& ruleset, Loader loader) {
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

// ---- packets

void Lab::send_in(const std::string& name, const Injected& each) {
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

void Lab::send_out(const std::string& name, const Injected& each) {
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

int Lab::raw_socket(const std::string& name, ir::IpVersion version) {
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

void Lab::send(const Place& place, const Injected& each) {
  if (place.direction == ir::Direction::Ingress) {
    send_in(place.interface_name, each);
  } else {
    send_out(place.interface_name, each);
  }
}

std::map<std::string, Ids> Lab::notes() const {
  ::usleep(20'000);  // veth hands frames over in a soft interrupt
  return parse_sets(host_.inside("nft list table inet observer").output);
}

}  // namespace untrack::kernel
