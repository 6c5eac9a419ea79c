#include "tests/kernel/lab.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <numeric>
#include <stdexcept>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace untrack::kernel {

static constexpr backends::MarkBit kMark = 0x10000;

backends::Options options_for(Loader loader, Eyes eyes) {
  backends::Options options;
  if (eyes == Eyes::Mark && !has_programs(loader)) options.accept_mark = kMark;
  return options;
}

// ---- the observer: before the artifact, and right behind it, where everything ends

static constexpr std::array kVerdicts = {ir::Verdict::Track, ir::Verdict::Untrack, ir::Verdict::Drop};
static constexpr std::array kForms = {Injected::Form::Whole, Injected::Form::InFragments,
                                      Injected::Form::CutOff};

// From 1: what others send has an id of 0.
static unsigned class_of(ir::Verdict expected, Injected::Form form) {
  return 1 + 3 * static_cast<unsigned>(expected) + static_cast<unsigned>(form);
}

std::uint16_t wire_id(const Injected& each, std::size_t number) {
  assert(number >= 1 && number <= kMostPackets);
  return static_cast<std::uint16_t>(class_of(each.expected, each.form) << 12 | number);
}

static std::string counter(std::string_view what, unsigned id_class) {
  return fmt::format("{}-{}", what, id_class);
}

template <class Do>
static void each_class(Do act) {
  for (const ir::Verdict expected : kVerdicts) {
    for (const Injected::Form form : kForms) act(expected, form, class_of(expected, form));
  }
}

static std::string count(std::string_view what) {
  std::string map;
  each_class(
      [&](auto, auto, unsigned c) { map += fmt::format("{:#x} : \"{}\", ", c << 12, counter(what, c)); });
  return fmt::format(
      "\t\tcounter name ip id & 0xf000 map {{ {0} }}\n\t\tcounter name ip6 flowlabel & 0xf000 map {{ {0} "
      "}}\n",
      map);
}

static std::string observer(Eyes eyes) {
  const std::string untracked =
      eyes == Eyes::Mark ? fmt::format("meta mark & {0:#x} == {0:#x}", kMark) : "ct state untracked";
  std::string text = "table inet observer {\n";
  for (const std::string_view what : {"arrived", "untracked", "tracked"}) {
    each_class(
        [&](auto, auto, unsigned c) { text += fmt::format("\tcounter {} {{ }}\n", counter(what, c)); });
  }
  text += fmt::format("\tchain untracked {{\n{}\t\tdrop\n\t}}\n", count("untracked"));
  // What the host itself sends to 0.0.0.0 goes through lo, whatever interface it was meant for.
  for (const std::string_view hook : {"prerouting", "output"}) {
    const std::string_view interface = hook == "prerouting" ? "iifname" : "oifname";
    text += fmt::format(
        "\tchain before-{0} {{\n\t\ttype filter hook {0} priority -301; policy accept;\n"
        "\t\t{1} \"lo\" drop\n{2}\t}}\n",
        hook, interface, count("arrived"));
    text += fmt::format(
        "\tchain after-{0} {{\n\t\ttype filter hook {0} priority -299; policy accept;\n"
        "\t\t{1} goto untracked\n{2}\t\tdrop\n\t}}\n",
        hook, untracked, count("tracked"));
  }
  return text + "}\n";
}

// `counter NAME {` and, on the next line, `packets 17 bytes 1020`.
static std::size_t value_in(const std::string& listing, const std::string& name) {
  static constexpr std::string_view kPackets = "packets ";
  const std::size_t at = listing.find(fmt::format("counter {} {{", name));
  if (at == std::string::npos) throw std::runtime_error("no counter " + name + " in\n" + listing);
  return std::strtoull(listing.c_str() + listing.find(kPackets, at) + kPackets.size(), nullptr, 10);
}

static Counts read_counts(const std::string& listing) {
  Counts counts;
  each_class([&](ir::Verdict expected, Injected::Form form, unsigned c) {
    const auto of = [&](Counts::Table& table, std::string_view what) {
      table[static_cast<std::size_t>(expected)][static_cast<std::size_t>(form)] =
          value_in(listing, counter(what, c));
    };
    of(counts.arrived, "arrived");
    of(counts.untracked, "untracked");
    of(counts.tracked, "tracked");
  });
  return counts;
}

std::size_t sum(const Counts::Table& table) {
  std::size_t sum = 0;
  for (const auto& forms : table) sum += std::accumulate(forms.begin(), forms.end(), std::size_t{0});
  return sum;
}

// Each packet that arrived ends once: where the numbers agree, every packet has ended as it should.
bool Counts::as_expected() const {
  using enum ir::Verdict;
  const auto of = [](const Table& table, ir::Verdict expected) {
    return table[static_cast<std::size_t>(expected)];
  };
  const std::array<std::size_t, 3> none{};
  return of(tracked, Track) == of(arrived, Track) && of(untracked, Track) == none &&
         of(tracked, Untrack) == none && of(untracked, Untrack) == of(arrived, Untrack) &&
         of(tracked, Drop) == none && of(untracked, Drop) == none;
}

// ---- links and sockets

Lab::Lab(Loader loader, Eyes eyes) : host_("host"), peer_("peer"), loader_(loader), eyes_(eyes) {
  int metric = 1;
  for (const std::string_view name : kInterfaces) link(name, metric++);
  frames_ = peer_.socket(AF_PACKET, SOCK_RAW, 0);
  if (frames_ < 0) throw std::runtime_error("no socket for frames");
  must("nft -f -", observer(eyes_));
}

Lab::~Lab() {
  ::close(frames_);
  for (const auto& [key, socket] : raw_) ::close(socket);
}

void Lab::link(std::string_view name, int metric) {
  const std::string there = fmt::format("p{}", name), h = host_.name(), p = peer_.name();
  const Run made = run(
      fmt::format("ip -n {0} link add {2} type veth peer name {3} netns {1} && ip -n {0} link set {2} up && "
                  "ip -n {1} link set {3} up && ip -n {0} address add 192.0.2.{4}/32 dev {2} && "
                  "ip -n {0} address add fd00:{4}::1/128 dev {2} nodad && ip -n {0} route add default dev "
                  "{2} metric {4} && "
                  "ip -n {0} -6 route add default dev {2} metric {4}",
                  h, p, name, there, metric));
  if (made.status != 0) throw std::runtime_error(made.output);
  const int sockets[] = {host_.socket(AF_INET, SOCK_DGRAM, 0), peer_.socket(AF_INET, SOCK_DGRAM, 0)};
  ifreq mac{}, index{};
  name.copy(mac.ifr_name, IFNAMSIZ - 1);
  there.copy(index.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(sockets[0], SIOCGIFHWADDR, &mac) != 0 || ::ioctl(sockets[1], SIOCGIFINDEX, &index) != 0)
    throw std::runtime_error("no interface " + there);
  for (const int socket : sockets) ::close(socket);
  Port port;
  std::copy_n(mac.ifr_hwaddr.sa_data, port.mac.size(), port.mac.begin());
  port.index = index.ifr_ifindex;
  ports_.emplace(name, port);
}

int Lab::raw_socket(std::string_view name, ir::IpVersion version) {
  const auto known = raw_.find({name, version});
  if (known != raw_.end()) return known->second;
  const int made = host_.socket(version == ir::IpVersion::V4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
  const int on = 1;
  if (made < 0 || ::setsockopt(made, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0 ||
      ::setsockopt(made, SOL_SOCKET, SO_BINDTODEVICE, name.data(), static_cast<socklen_t>(name.size())) != 0)
    throw std::runtime_error("no raw socket");
  return raw_[{name, version}] = made;
}

void Lab::must(const std::string& command, const std::string& input) {
  const Run done = host_.inside(command, input);
  if (done.status != 0) throw std::runtime_error(command + "\n" + done.output);
}

// ---- rules

std::string Lab::load(std::span<const backends::Artifact> files) {
  if (has_programs(loader_)) return load_bpf(files);
  if (loader_ != Loader::Nft) return load_iptables(files);
  const Run done = host_.inside("nft -f -", files.front().bytes);
  return done.status == 0 ? "" : done.output;
}

std::string Lab::load_iptables(std::span<const backends::Artifact> files) {
  const std::string flavour = loader_ == Loader::IptablesLegacy ? "legacy" : "nft";

  const Run cleared =
      host_.inside(fmt::format("printf '*raw\\nCOMMIT\\n' | iptables-{0}-restore -w && printf "
                               "'*raw\\nCOMMIT\\n' | ip6tables-{0}-restore -w",
                               flavour));
  if (cleared.status != 0) return cleared.output;
  must("ipset destroy");
  const Run sets = host_.inside("ipset -exist restore", files[0].bytes);
  if (sets.status != 0) return sets.output;
  for (const std::size_t file : {1u, 2u}) {
    // The jumps come in the same transaction; a person would add them by two commands.
    std::string text = files[file].bytes;
    text.insert(text.rfind("COMMIT"), "-A PREROUTING -j untrack-prerouting\n-A OUTPUT -j untrack-output\n");
    const Run rules = host_.inside(
        fmt::format("{}-{}-restore -w --noflush", file == 1 ? "iptables" : "ip6tables", flavour), text);
    if (rules.status != 0) return rules.output;
  }
  return "";
}

// ---- programs

void Lab::detach_all() {
  std::string commands =
      "for t in untrack untrack-bpf; do nft \"table inet $t {}; delete table inet $t\"; done\n";
  for (const auto& [name, programs] : attached_)
    commands += fmt::format("tc qdisc del dev {} clsact\n", name);
  if (loader_ == Loader::BpfXtables) {
    for (const auto& [name, programs] : attached_)
      commands += fmt::format("ip link set dev {} xdpgeneric off\n", name);
    commands += "iptables-legacy -w -t raw -F OUTPUT\nip6tables-legacy -w -t raw -F OUTPUT\n";
  }
  must("sh -e", commands);
  attached_.clear();
}

// Egress of an interface by its pinned programs, in table raw.
static std::string xt_bpf_rules(const std::string& name, const std::string& folder, Eyes eyes) {
  std::string text;
  for (const std::string_view tool : {"iptables-legacy", "ip6tables-legacy"}) {
    const auto rule = [&](std::string_view program, std::string_view target) {
      text += fmt::format("{} -w -t raw -A OUTPUT -o {} -m bpf --object-pinned {}/{} -j {}\n", tool, name,
                          folder, program, target);
    };
    rule("untrack_drop", "DROP");
    if (eyes == Eyes::Mark) rule("untrack_allow", fmt::format("MARK --set-xmark {0:#x}/{0:#x}", kMark));
    rule("untrack_allow", "CT --notrack");
    rule("untrack_allow", "ACCEPT");
  }
  return text;
}

// Pinned programs are not to be found in `ip netns exec`, which hides /sys/fs/bpf.
std::string Lab::attach(const std::string& name, const std::string& object) {
  auto programs = std::make_unique<BpfPrograms>(object);
  if (!programs->failure().empty()) return programs->failure();
  std::string commands = fmt::format(
      "tc qdisc add dev {0} clsact\ntc filter add dev {0} ingress prio 2 bpf da pinned {1}/untrack_tc\n",
      name, programs->folder());
  if (loader_ == Loader::BpfXtables) {
    commands +=
        fmt::format("ip link set dev {} xdpgeneric pinned {}/untrack_xdp\n", name, programs->folder());
    commands += xt_bpf_rules(name, programs->folder(), eyes_);
  }
  attached_[name] = std::move(programs);
  const Run done = run(fmt::format("nsenter --net=/run/netns/{} sh -e", host_.name()), commands);
  return done.status == 0 ? "" : done.output;
}

std::string Lab::load_bpf(std::span<const backends::Artifact> files) {
  static constexpr std::string_view kFolder = "bpf/", kObject = ".bpf.o", kAccept = "notrack accept";
  detach_all();
  for (const backends::Artifact& file : files) {
    if (file.path.ends_with(kObject)) {
      const std::size_t length = file.path.size() - kFolder.size() - kObject.size();
      const std::string wrong = attach(file.path.substr(kFolder.size(), length), file.bytes);
      if (!wrong.empty()) return wrong;
      continue;
    }
    if (!file.path.ends_with(".nft")) continue;  // the other form is in tests/kernel/bpf_forms_test.py
    std::string script = file.bytes;
    const bool egress = file.path == "bpf/egress.nft";
    if (egress && loader_ == Loader::BpfXtables) continue;
    if (egress && eyes_ == Eyes::Mark) {
      const std::string marked = fmt::format("meta mark set meta mark | {:#x} {}", kMark, kAccept);
      for (std::size_t at = 0; (at = script.find(kAccept, at)) != std::string::npos; at += marked.size())
        script.replace(at, kAccept.size(), marked);
    }
    const Run done = host_.inside("nft -f -", script);
    if (done.status != 0) return done.output;
  }
  return "";
}

// A classic program that ends every walk at once, before ours: its return value is TC_ACT_OK.
void Lab::bypass_programs(bool on) {
  std::string commands;
  for (const auto& [name, programs] : attached_) {
    commands += on ? fmt::format("tc filter add dev {} ingress prio 1 bpf da bytecode '1,6 0 0 0'\n", name)
                   : fmt::format("tc filter del dev {} ingress prio 1\n", name);
    if (loader_ == Loader::BpfXtables) {
      commands += fmt::format("ip link set dev {} xdpgeneric {}\n", name,
                              on ? "off" : "pinned " + programs->folder() + "/untrack_xdp");
    }
  }
  const Run done = run(fmt::format("nsenter --net=/run/netns/{} sh -e", host_.name()), commands);
  if (done.status != 0) throw std::runtime_error(done.output);
}

// ---- packets

void Lab::send_in(const Injected& each, const Bytes& piece) {
  const Port& port = ports_.find(each.interface_name)->second;
  const bool v4 = each.packet.version == ir::IpVersion::V4;
  Bytes frame(port.mac.begin(), port.mac.end());
  frame.insert(frame.end(), {2, 0, 0, 0, 0, 1});
  frame.push_back(v4 ? 0x08 : 0x86);
  frame.push_back(v4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), piece.begin(), piece.end());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(v4 ? ETH_P_IP : ETH_P_IPV6);
  address.sll_ifindex = port.index;
  address.sll_halen = ETH_ALEN;
  std::ranges::copy(port.mac, address.sll_addr);
  ::sendto(frames_, frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

void Lab::send_out(const Injected& each, const Bytes& piece) {
  const ir::IpVersion version = each.packet.version;
  const int socket = raw_socket(each.interface_name, version);
  const ir::AddressBits bits = each.packet.destination.bits();
  // The observer drops all packets, which the sender is told as EPERM: no result is looked at.
  if (version == ir::IpVersion::V4) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(bits));
    ::sendto(socket, piece.data(), piece.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    for (int i = 0; i < 16; ++i) to.sin6_addr.s6_addr[i] = static_cast<std::uint8_t>(bits >> (120 - 8 * i));
    ::sendto(socket, piece.data(), piece.size(), 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
}

Counts Lab::send(std::span<const Injected> packets) {
  if (!has_programs(loader_)) return send_once(packets);
  bypass_programs(true);
  const Counts without = send_once(packets);
  bypass_programs(false);
  Counts counts = send_once(packets);
  counts.arrived = without.arrived;
  return counts;
}

Counts Lab::send_once(std::span<const Injected> packets) {
  for (const Injected& each : packets) {
    for (const Bytes& piece : each.pieces) {
      if (each.direction == ir::Direction::Ingress) {
        send_in(each, piece);
      } else {
        send_out(each, piece);
      }
    }
  }
  ::usleep(2'000);  // veth hands frames over in a soft interrupt
  const Run read = host_.inside("nft reset counters table inet observer");
  if (read.status != 0) throw std::runtime_error(read.output);
  return read_counts(read.output);
}

}  // namespace untrack::kernel
