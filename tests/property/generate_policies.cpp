#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/property/generate.h"

namespace untrack::property {

namespace {

constexpr std::array kLetters = std::to_array<std::string_view>({"a", "b", "c", "d"});
constexpr std::array kTiers = std::to_array<std::string_view>({"default", "platform", "security"});
constexpr std::array kPortNames = std::to_array<std::string_view>({"dns", "http", "probe"});
constexpr std::array kPorts =
    std::to_array<int>({1, 22, 53, 80, 443, 1024, 2379, 6443, 8080, 12211, 32767, 40000, 65534, 65535});

// One document after the other, in the words of Calico's API. Whatever it refuses is never written.
class PolicyWriter {
 public:
  explicit PolicyWriter(std::uint64_t seed) : random_(seed) {}

  std::string cluster() {
    static constexpr std::array kNames =
        std::to_array<std::string_view>({"bond0", "ens3", "eth0", "eth1", "vlan.7"});
    const std::size_t count = 1 + random_.below(3), first = random_.below(kNames.size() - count + 1);
    for (std::size_t i = 0; i < count; ++i) host_endpoint(kGeneratedNode, kNames[first + i]);
    for (std::size_t i = 0, peers = random_.below(4); i < peers; ++i)
      host_endpoint(fmt::format("peer-{}", i), "eth0");
    for (std::size_t i = 0, sets = 1 + random_.below(4); i < sets; ++i) network_set(i);
    if (random_.chance(50)) service();
    if (random_.chance(30)) felix_configuration();
    for (const std::string_view tier : kTiers) {
      if (tier != "default")
        document("Tier", std::string(tier), fmt::format("{{order: {}}}", random_.below(4)));
    }
    for (std::size_t i = 0, policies = 1 + random_.below(5); i < policies; ++i) policy(i);
    return std::move(text_);
  }

 private:
  void document(std::string_view kind, const std::string& name, const std::string& spec,
                const std::string& metadata = "") {
    text_ +=
        fmt::format("---\napiVersion: projectcalico.org/v3\nkind: {}\nmetadata: {{name: {}{}}}\nspec: {}\n",
                    kind, name, metadata, spec);
  }

  // ---- words

  template <class Make>
  std::string list(std::size_t most, Make make) {
    std::vector<std::string> items;
    for (std::size_t i = 0, count = 1 + random_.below(most); i < count; ++i) {
      std::string item = make();
      if (std::ranges::find(items, item) == items.end()) items.push_back(std::move(item));
    }
    return fmt::format("[{}]", fmt::join(items, ", "));
  }

  std::string labels() {
    return fmt::format("{{role: {}, zone: {}}}", random_.pick(kLetters), random_.pick(kLetters));
  }
  std::string selector() {
    const std::string_view a = random_.pick(kLetters), b = random_.pick(kLetters);
    switch (random_.below(7)) {
      case 0: return fmt::format("\"role == '{}'\"", a);
      case 1: return fmt::format("\"role != '{}'\"", a);
      case 2: return fmt::format("\"role in {{'{}', '{}'}}\"", a, b);
      case 3: return fmt::format("\"role == '{}' && !(zone == '{}')\"", a, b);
      case 4: return fmt::format("\"role == '{}' || zone == '{}'\"", a, b);
      case 5: return "\"has(zone)\"";
      default: return "\"all()\"";
    }
  }

  // Of a few neighbouring nets, as random_ruleset has them: sets overlap, touch and nest.
  ir::Address address(ir::IpVersion version) {
    if (version == ir::IpVersion::V4)
      return ir::Address(version, ir::AddressBits{0x0a000000} | random_.below(1024));
    return ir::Address(version,
                       ir::AddressBits{0x20010db8} << 96 | random_.below(4) << 16 | random_.below(1024));
  }
  std::string quoted_address() {
    return fmt::format("'{}'", address(random_.pick(ir::kIpVersions)).to_string());
  }
  std::string net(ir::IpVersion version) {
    static constexpr std::array kShorter = {0, 0, 1, 4, 8, 10, 24};
    const int shorter = random_.pick(kShorter);
    return fmt::format("'{}'", ir::Cidr(address(version), ir::address_bits(version) - shorter).to_string());
  }

  // ---- what rules speak of

  void host_endpoint(std::string_view node, std::string_view interface_name) {
    std::string ports;
    for (const std::string_view name : kPortNames) {
      if (random_.chance(60))
        ports += fmt::format("{{name: {}, protocol: {}, port: {}}}, ", name,
                             random_.chance(70) ? "TCP" : "UDP", random_.pick(kPorts));
    }
    document("HostEndpoint", fmt::format("{}-{}", node, interface_name),
             fmt::format("{{node: {}, interfaceName: {}, expectedIPs: {}, ports: [{}]}}", node,
                         interface_name, list(3, [&] { return quoted_address(); }), ports),
             ", labels: " + labels());
  }

  void network_set(std::size_t index) {
    document("GlobalNetworkSet", fmt::format("set-{}", index),
             fmt::format("{{nets: {}}}", list(random_.chance(20) ? 30 : 4,
                                              [&] { return net(random_.pick(ir::kIpVersions)); })),
             ", labels: " + labels());
  }

  void service() {
    has_service_ = true;
    text_ += fmt::format(
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-1, namespace: "
        "prod, "
        "labels: {{kubernetes.io/service-name: web}}}}\naddressType: IPv4\nendpoints: [{{addresses: "
        "['{}']}}]\n"
        "ports: [{{name: http, port: {}, protocol: TCP}}]\n",
        address(ir::IpVersion::V4).to_string(), random_.pick(kPorts));
  }

  void felix_configuration() {
    const auto ports = [&] {
      return list(3, [&] {
        const std::string net_of = random_.chance(40) ? ", net: " + net(random_.pick(ir::kIpVersions)) : "";
        return fmt::format("{{protocol: {}, port: {}{}}}", random_.chance(70) ? "tcp" : "udp",
                           random_.pick(kPorts), net_of);
      });
    };
    std::string spec;
    if (random_.chance(70))
      spec += fmt::format("failsafeInboundHostPorts: {}, ", random_.chance(20) ? "[]" : ports());
    if (random_.chance(70))
      spec += fmt::format("failsafeOutboundHostPorts: {}, ", random_.chance(20) ? "[]" : ports());
    if (random_.chance(10)) spec += "ipv6Support: false, ";
    document("FelixConfiguration", "default", fmt::format("{{{}}}", spec));
  }

  // ---- policies

  void policy(std::size_t index) {
    std::string spec = fmt::format("\n  tier: {}\n  selector: {}\n", random_.pick(kTiers),
                                   index == 0 ? "\"all()\"" : selector());
    if (random_.chance(80)) spec += fmt::format("  order: {}\n", random_.below(5));
    const bool untracked = index == 0 || random_.chance(90);  // others have no say in table raw
    if (untracked) spec += "  doNotTrack: true\n  applyOnForward: true\n";
    const std::uint64_t directions = random_.below(4);  // 0: ingress alone, 1: egress alone, else both
    spec += fmt::format("  types: [{}]\n", directions == 0   ? "Ingress"
                                           : directions == 1 ? "Egress"
                                                             : "Ingress, Egress");
    if (directions != 1) rules(spec, "ingress");
    if (directions != 0) rules(spec, "egress");
    document(random_.chance(95) ? "GlobalNetworkPolicy" : "StagedGlobalNetworkPolicy",
             fmt::format("{}-{}", random_.pick(kLetters), index), spec);
  }

  void rules(std::string& spec, std::string_view direction) {
    spec += fmt::format("  {}:\n", direction);
    const std::size_t count = 1 + random_.below(random_.chance(10) ? 25 : 6);
    for (std::size_t i = 0; i < count; ++i) spec += fmt::format("  - {{{}}}\n", rule(direction == "egress"));
  }

  // What the fields of one rule have to agree on.
  struct Choice {
    std::string protocol;   // as written; empty: none
    ir::IpVersion version;  // of all nets
    bool has_ports;
  };

  Choice choose() {
    static constexpr std::array kPortless =
        std::to_array<std::string_view>({"4", "89", "2", "UDPLite", "255"});
    const ir::IpVersion version = random_.chance(60) ? ir::IpVersion::V4 : ir::IpVersion::V6;
    const std::uint64_t dice = random_.below(100);
    if (dice < 45) return {random_.chance(80) ? "TCP" : "6", version, true};
    if (dice < 65) return {random_.chance(80) ? "UDP" : "17", version, true};
    if (dice < 72) return {"SCTP", version, true};
    if (dice < 82) return {version == ir::IpVersion::V4 ? "ICMP" : "ICMPv6", version, false};
    if (dice < 88) return {std::string(random_.pick(kPortless)), version, false};
    return {"", version, false};
  }

  std::string rule(bool egress) {
    const Choice choice = choose();
    std::string text = fmt::format("action: {}", action());
    if (!choice.protocol.empty()) text += ", protocol: " + choice.protocol;
    const bool icmp = choice.protocol.starts_with("ICMP");
    if (random_.chance(icmp ? 50 : 15))
      text += fmt::format(", ipVersion: {}", choice.version == ir::IpVersion::V4 ? 4 : 6);
    if (choice.protocol.empty() && random_.chance(40))
      text += fmt::format(", notProtocol: {}",
                          random_.pick(std::to_array<std::string_view>({"TCP", "UDP", "89"})));
    if (icmp && random_.chance(60)) text += ", icmp: " + icmp_match();
    if (icmp && random_.chance(30)) text += ", notICMP: " + icmp_match();
    const std::string source = side(choice, 50, !egress && random_.chance(5)),
                      destination = side(choice, 25, egress && random_.chance(5));
    if (!source.empty()) text += fmt::format(", source: {{{}}}", source);
    if (!destination.empty()) text += fmt::format(", destination: {{{}}}", destination);
    return text;
  }

  std::string_view action() {
    const std::uint64_t dice = random_.below(100);
    return dice < 60 ? "Allow" : dice < 82 ? "Deny" : dice < 95 ? "Pass" : "Log";
  }

  std::string icmp_match() {
    static constexpr std::array kTypes = {0, 3, 8, 11, 13, 128, 129, 135, 254};
    const int type = random_.pick(kTypes);
    return random_.chance(40) ? fmt::format("{{type: {}, code: {}}}", type, random_.below(256))
                              : fmt::format("{{type: {}}}", type);
  }

  std::string side(const Choice& choice, int addresses_percent, bool may_be_service) {
    if (may_be_service && has_service_) return "services: {name: web, namespace: prod}";
    std::vector<std::string> parts;
    if (random_.chance(addresses_percent)) {
      if (random_.chance(50))
        parts.push_back("nets: " + list(4, [&] { return net(choice.version); }));
      else
        parts.push_back("selector: " + selector());
      if (random_.chance(15)) parts.push_back("notSelector: " + selector());
    }
    if (random_.chance(10)) parts.push_back("notNets: " + list(3, [&] { return net(choice.version); }));
    if (choice.has_ports && random_.chance(40)) parts.push_back("ports: " + ports());
    if (choice.has_ports && random_.chance(10)) parts.push_back("notPorts: " + ports());
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  std::string ports() {
    return list(random_.chance(10) ? 20 : 3, [&] {
      if (random_.chance(15)) return std::string(random_.pick(kPortNames));
      const int first = random_.pick(kPorts);
      if (random_.chance(75)) return fmt::format("{}", first);
      return fmt::format(
          "'{}:{}'", first,
          std::min<std::uint64_t>(65535, static_cast<std::uint64_t>(first) + random_.below(3000)));
    });
  }

  Random random_;
  std::string text_;
  bool has_service_ = false;
};

}  // namespace

std::string random_policies(std::uint64_t seed) {
  return PolicyWriter(seed).cluster();
}

}  // namespace untrack::property
