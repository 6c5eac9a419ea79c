// From rules as they are written to rules as packets meet them.
#include "passes/lower_policies.h"

#include <doctest/doctest.h>

#include "ir/invariants.h"
#include "ir/print.h"
#include "tests/unit/passes/policies.h"

using namespace untrack;
using namespace untrack::passes;
using test::net;

namespace {

struct Fixture {
  Fixture() {
    policies.host_endpoints.push_back(test::host("h", "eth0", {"10.0.0.1", "2001:db8::1"}, {{"role", "db"}}));
    policies.tiers.push_back({"default"});
    policies.policies.push_back(test::untracked(policies, "p"));
    ir::FelixConfiguration felix;  // no failsafes: they have a test of their own
    felix.name = "default";
    felix.failsafe_inbound.emplace();
    felix.failsafe_outbound.emplace();
    policies.felix_configurations.push_back(felix);
  }

  ir::Ruleset lower() {
    diagnostics = Diagnostics();
    ir::Ruleset made = lower_policies(policies, "n", {}, diagnostics);
    CHECK(ir::broken_invariant(made) == std::nullopt);
    return made;
  }

  // The match of the one ingress rule, after its sets; nothing where it is left out.
  std::string lowered(const ir::PolicyRule& rule) {
    policies.policies[0].ingress = {rule};
    ruleset = lower();
    REQUIRE(ruleset.hooks.size() == 2);
    if (ruleset.hooks[0].blocks.empty()) return "";
    return ir::to_string(ruleset.hooks[0].blocks[0].rules[0].match);
  }
  std::string addresses(std::uint32_t set) {
    std::string text;
    for (const ir::Cidr& prefix : ruleset.address_sets[{set}].prefixes()) text += prefix.to_string() + " ";
    return text;
  }
  std::string sockets(std::uint32_t set) {
    std::string text;
    for (const ir::SocketAddress& each : ruleset.socket_sets[{set}].members()) {
      text += each.address.to_string() + " " + ir::to_string(each.protocol) + " " +
              std::to_string(each.port) + "; ";
    }
    return text;
  }
  std::string codes() const {
    std::string text;
    for (const Diagnostic* found : diagnostics.in_order()) {
      text += (text.empty() ? "" : " ") + std::string(found->info->code);
    }
    return text;
  }

  ir::PolicySet policies;
  ir::Ruleset ruleset;
  Diagnostics diagnostics;
};

ir::PolicyRule allow() {
  return test::rule(ir::Allow{});
}
ir::PolicyRule allow(ir::Protocol protocol, bool by_name = true) {
  ir::PolicyRule rule = allow();
  rule.protocol = {protocol, by_name, {}};
  return rule;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "lower: actions") {
  policies.policies[0].ingress = {test::rule(ir::Allow{}), test::rule(ir::Deny{}), test::rule(ir::Pass{}),
                                  test::rule(ir::Log{})};
  policies.felix_configurations[0].log_limit = ir::LogLimit{10, "second", 5};
  const std::string text = ir::print(lower());
  CHECK(text == R"(node n

hook eth0 ingress {
  block tier default {
    untrack any  <- gnp/p ingress 0
    drop any  <- gnp/p ingress 1
    next-block any  <- gnp/p ingress 2
    log `calico-packet: ` limit 10/second burst 5 any  <- gnp/p ingress 3
  }
}

hook eth0 egress {
}
)");
}

TEST_CASE_FIXTURE(Fixture, "lower: no hook without untracked policy") {
  policies.policies[0].selector.selector = test::has(policies, "absent");
  CHECK(lower().hooks.empty());
}

TEST_CASE_FIXTURE(Fixture, "lower: a policy acts in the directions that it governs") {
  policies.policies[0].ingress = {allow()};
  policies.policies[0].egress = {allow()};
  policies.policies[0].types_ingress = false;
  const ir::Ruleset both = lower();
  CHECK(both.hooks[0].blocks.empty());
  CHECK(both.hooks[1].blocks.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "lower: failsafes come first, their replies in the other direction") {
  policies.felix_configurations[0].failsafe_inbound = {
      {{ir::kTcp, 22, {}}, {ir::kUdp, 68, *ir::Cidr::parse("0.0.0.0/0")}}};
  policies.felix_configurations[0].failsafe_outbound = {
      {{ir::kTcp, 6443, *ir::Cidr::parse("2001:db8::/32")}}};
  policies.policies[0].egress = {allow()};
  static constexpr std::string_view kSets = "node n\n\n%a0 = addresses {\n  2001:db8::/32\n}\n";
  CHECK(ir::print(lower()) == std::string(kSets) + R"(
hook eth0 ingress {
  block failsafe {
    track tcp to port 22  <- failsafe ingress 0
    track ipv4 udp to port 68  <- failsafe ingress 1
    track ipv6 tcp from %a0 port 6443  <- failsafe egress 0
  }
}

hook eth0 egress {
  block failsafe {
    track ipv6 tcp to %a0 port 6443  <- failsafe egress 0
    track tcp from port 22  <- failsafe ingress 0
    track ipv4 udp from port 68  <- failsafe ingress 1
  }
  block tier default {
    untrack any  <- gnp/p egress 0
  }
}
)");
}

TEST_CASE_FIXTURE(Fixture, "lower: without IPv6 support everything is IPv4") {
  policies.felix_configurations[0].ipv6_support = false;
  policies.felix_configurations[0].failsafe_inbound = {
      {{ir::kTcp, 22, {}}, {ir::kTcp, 23, *ir::Cidr::parse("::/0")}}};
  policies.policies[0].ingress = {allow()};
  const ir::Ruleset both = lower();
  CHECK(ir::to_string(both.hooks[0].blocks[0].rules[0]) ==
        "track ipv4 tcp to port 22  <- failsafe ingress 0");
  CHECK(both.hooks[0].blocks[0].rules.size() == 1);
  CHECK(ir::to_string(both.hooks[0].blocks[1].rules[0].match) == "ipv4");
  ir::PolicyRule v6 = allow(ir::kIcmp6);
  policies.felix_configurations[0].failsafe_inbound.emplace();
  CHECK(lowered(v6).empty());
  CHECK(codes().empty());
}

TEST_CASE_FIXTURE(Fixture, "lower: the IP version of a protocol") {
  CHECK(lowered(allow(ir::kIcmp)) == "ipv4 icmp");
  CHECK(lowered(allow(ir::kIcmp6)) == "ipv6 icmpv6");
  CHECK(lowered(allow(ir::kIcmp, false)) == "icmp");
  CHECK(lowered(allow(ir::kTcp)) == "tcp");
  ir::PolicyRule rule = allow(ir::kIcmp, false);
  rule.icmp = {8, {}, {}};
  CHECK(lowered(rule) == "ipv4 icmp type 8");
  rule = allow(ir::kIcmp6, false);
  rule.not_icmp = {128, 0, {}};
  CHECK(lowered(rule) == "ipv6 icmpv6 not type 128/0");
  rule = allow();
  rule.ip_version = ir::IpVersion::V6;
  CHECK(lowered(rule) == "ipv6");
  rule = allow();
  rule.not_protocol = {ir::kIcmp, true, {}};
  CHECK(lowered(rule) == "not icmp");
}

TEST_CASE_FIXTURE(Fixture, "lower: an ICMP match without a type restricts nothing") {
  ir::PolicyRule rule = allow(ir::kIcmp, false);
  rule.icmp.emplace();
  CHECK(lowered(rule) == "icmp");
  CHECK(codes() == "UT305");
}

TEST_CASE_FIXTURE(Fixture, "lower: protocol and notProtocol both hold") {
  ir::PolicyRule rule = allow(ir::kTcp);
  rule.not_protocol = {ir::kUdp, true, {}};
  CHECK(lowered(rule) == "tcp");
  CHECK(codes() == "UT412");
  rule.not_protocol = {ir::kTcp, false, {}};
  CHECK(lowered(rule).empty());
}

TEST_CASE_FIXTURE(Fixture, "lower: HTTP refuses the compile") {
  ir::PolicyRule rule = allow(ir::kTcp);
  rule.has_http = true;
  lowered(rule);
  CHECK(codes() == "UT411");
  CHECK(diagnostics.refuses_compile());
}

TEST_CASE_FIXTURE(Fixture, "lower: nets pin the IP versions that they have") {
  ir::PolicyRule rule = allow();
  rule.source.nets = {net("10.0.0.0/8"), net("192.168.0.0/16")};
  CHECK(lowered(rule) == "ipv4 from %a0");
  CHECK(addresses(0) == "10.0.0.0/8 192.168.0.0/16 ");
  rule.source.nets.push_back(net("2001:db8::/32"));
  CHECK(lowered(rule) == "from %a0");
  CHECK(codes().empty());
  rule.destination.nets = {net("fd00::/8")};
  CHECK(lowered(rule) == "ipv6 from %a0 to %a1");
  CHECK(addresses(0) == "2001:db8::/32 ");
  rule.source.nets = {net("10.0.0.0/8")};
  CHECK(lowered(rule).empty());
  CHECK(codes() == "UT304");
}

TEST_CASE_FIXTURE(Fixture, "lower: nets that cover their version restrict nothing else") {
  ir::PolicyRule rule = allow();
  rule.source.nets = {net("0.0.0.0/0")};
  CHECK(lowered(rule) == "ipv4");
  rule.source.nets.push_back(net("::/0"));
  CHECK(lowered(rule) == "any");
  rule.source.nets[1] = net("2001:db8::/32");
  CHECK(lowered(rule) == "from %a0");
}

TEST_CASE_FIXTURE(Fixture, "lower: notNets of one version take the rule away from the other") {
  ir::PolicyRule rule = test::rule(ir::Deny{});
  rule.source.not_nets = {net("10.0.0.0/8")};
  CHECK(lowered(rule) == "ipv4 from not %a0");
  CHECK(codes() == "UT414");
  rule.ip_version = ir::IpVersion::V4;
  CHECK(lowered(rule) == "ipv4 from not %a0");
  CHECK(codes().empty());
  rule.ip_version.reset();
  rule.source.not_nets.push_back(net("2001:db8::/32"));
  CHECK(lowered(rule) == "from not %a0");
  CHECK(codes().empty());
  rule.source.not_nets.push_back(net("::/0"));
  CHECK(lowered(rule) == "ipv4 from not %a0");
}

TEST_CASE_FIXTURE(Fixture, "lower: a selector stands for the addresses of what it matches") {
  policies.network_sets.push_back({"set", {*ir::Cidr::parse("192.168.0.0/16")}, {{{"role", "db"}}, {}}, {}});
  policies.workload_endpoints.push_back(
      {"ns/pod", "n", {test::address("10.1.0.1")}, {}, {{{"role", "db"}}, {}}, {}});
  policies.workload_endpoints.push_back(
      {"ns/web", "n", {test::address("10.1.0.2")}, {}, {{{"role", "web"}}, {}}, {}});
  ir::PolicyRule rule = allow();
  rule.source.selector = {test::equal(policies, "role", "db"), {}};
  CHECK(lowered(rule) == "from %a0");
  CHECK(addresses(0) == "10.0.0.1/32 10.1.0.1/32 192.168.0.0/16 2001:db8::1/128 ");
  CHECK(ruleset.address_set_origins[0] == "selector role == \"db\"");
  CHECK(codes().empty());
  rule.source.selector.reset();
  rule.source.not_selector = {test::equal(policies, "role", "db"), {}};
  CHECK(lowered(rule) == "from not %a0");
}

TEST_CASE_FIXTURE(Fixture,
                  "lower: a selector that finds nothing is reported, with what it means for the rule") {
  ir::PolicyRule rule = allow();
  rule.source.selector = {test::equal(policies, "role", "dbb"), {}};
  CHECK(lowered(rule) == "from %a0");
  CHECK(addresses(0).empty());
  CHECK(codes() == "UT301");
  CHECK(diagnostics.in_order()[0]->message ==
        "selector `role == \"dbb\"` stands for no address in the input, so this rule allows nothing");
  rule.action = ir::Deny{};
  rule.source.selector.reset();
  rule.source.not_selector = {test::has(policies, "app"), {}};
  lowered(rule);
  CHECK(codes() == "UT306");
  CHECK(diagnostics.in_order()[0]->message ==
        "nothing in the input has the labels that selector `has(app)` asks for, so it excludes nothing");
}

TEST_CASE_FIXTURE(Fixture, "lower: a selected host endpoint without expectedIPs gives no address") {
  policies.host_endpoints[0].expected_ips.clear();
  ir::PolicyRule rule = allow();
  rule.source.selector = {test::has(policies, "role"), {}};
  CHECK(lowered(rule) == "from %a0");
  CHECK(codes() == "UT413");
}

TEST_CASE_FIXTURE(Fixture, "lower: two selectors with equal content share a set") {
  ir::PolicyRule rule = allow();
  rule.source.selector = {test::has(policies, "role"), {}};
  rule.destination.selector = {test::equal(policies, "role", "db"), {}};
  CHECK(lowered(rule) == "from %a0 to %a0");
  CHECK(ruleset.address_set_origins[0] == "selector has(role) and others");
}

TEST_CASE_FIXTURE(Fixture, "lower: named ports are sockets of the endpoints that define them") {
  policies.host_endpoints[0].ports = {{"http", ir::kTcp, 80}, {"http", ir::kUdp, 443}, {"dns", ir::kUdp, 53}};
  policies.workload_endpoints.push_back(
      {"ns/pod", "n", {test::address("10.1.0.1")}, {{"http", ir::kTcp, 8080}}, {{{"role", "web"}}, {}}, {}});
  ir::PolicyRule rule = allow();
  rule.destination.ports = {{ir::NamedPort{"http"}, {}}};
  CHECK(lowered(rule) == "to port %s0");
  CHECK(sockets(0) ==
        "10.0.0.1 tcp 80; 10.0.0.1 udp 443; 10.1.0.1 tcp 8080; 2001:db8::1 tcp 80; 2001:db8::1 udp 443; ");
  rule.protocol = {ir::kTcp, false, {}};
  rule.destination.selector = {test::equal(policies, "role", "web"), {}};
  CHECK(lowered(rule) == "tcp to port %s0");  // the selector is in the set
  CHECK(sockets(0) == "10.1.0.1 tcp 8080; ");
  rule.destination.ports.push_back({ir::PortRange{90, 99}, {}});
  CHECK(lowered(rule) == "tcp to %a0 port 90:99,%s0");
  rule.destination.not_ports = std::exchange(rule.destination.ports, {});
  CHECK(lowered(rule) == "tcp to %a0 not port 90:99,%s0");
  CHECK(codes().empty());
}

TEST_CASE_FIXTURE(Fixture, "lower: a named port that nobody defines matches nothing") {
  ir::PolicyRule rule = allow(ir::kTcp);
  rule.destination.ports = {{ir::NamedPort{"http"}, {}}};
  CHECK(lowered(rule) == "tcp to port %s0");
  CHECK(sockets(0).empty());
  CHECK(codes() == "UT302");
}

TEST_CASE_FIXTURE(Fixture, "lower: a service is addresses as a source and sockets as a destination") {
  policies.services.push_back(
      {"shop",
       "web",
       {{test::address("10.1.0.1"), {{ir::kTcp, 80}, {ir::kTcp, 443}}}, {test::address("10.1.0.2"), {}}}});
  ir::PolicyRule rule = allow();
  rule.source.service = {"shop", "web", {}};
  CHECK(lowered(rule) == "from %a0");
  CHECK(addresses(0) == "10.1.0.1/32 10.1.0.2/32 ");
  std::swap(rule.source, rule.destination);
  CHECK(lowered(rule) == "to port %s0");
  CHECK(sockets(0) == "10.1.0.1 tcp 80; 10.1.0.1 tcp 443; ");
  rule.destination.ports = {{ir::PortRange{400, 500}, {}}};
  CHECK(lowered(rule) == "to port %s0");
  CHECK(sockets(0) == "10.1.0.1 tcp 443; ");
  CHECK(codes().empty());
  rule.destination.service->name = "unknown";
  lowered(rule);
  CHECK(codes() == "UT303");
}
