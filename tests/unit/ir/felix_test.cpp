#include "ir/felix.h"

#include <doctest/doctest.h>

using namespace untrack::ir;

static SelectorId has(PolicySet& policies, std::string label) {
  return policies.selectors.intern(Selector({{SelectorNode::Op::Has, std::move(label), {}, {}}}));
}

static FelixConfiguration with_prefix(std::string name, std::string prefix) {
  FelixConfiguration configuration;
  configuration.name = std::move(name);
  configuration.log_prefix = std::move(prefix);
  return configuration;
}

TEST_CASE("felix: without configuration the built-in values stand") {
  const FelixSettings settings = felix_settings(PolicySet(), "n");
  CHECK(settings.failsafe_inbound.size() == 9);
  CHECK(settings.failsafe_outbound.size() == 9);
  CHECK(settings.failsafe_inbound[1] == FailsafePort{kUdp, 68, {}});
  CHECK(settings.failsafe_outbound[0] == FailsafePort{kUdp, 53, {}});
  CHECK(settings.interface_prefix == std::vector<std::string>{"cali"});
  CHECK(settings.log_prefix == "calico-packet");
  CHECK(settings.ipv6_support);
  CHECK_FALSE(settings.log_limit);
}

TEST_CASE("felix: default, then the selected object, then the node's own; field by field") {
  PolicySet policies;
  policies.nodes.push_back({"n", {{"rack", "1"}}, {}, {}});
  policies.felix_configurations = {with_prefix("node.n", "own"), with_prefix("default", "all"),
                                   with_prefix("racks", "rack")};
  policies.felix_configurations[1].ipv6_support = false;
  policies.felix_configurations[1].failsafe_inbound.emplace();
  policies.felix_configurations[2].node_selector = has(policies, "rack");

  CHECK(felix_settings(policies, "n").log_prefix == "own");
  CHECK_FALSE(felix_settings(policies, "n").ipv6_support);
  CHECK(felix_settings(policies, "n").failsafe_inbound.empty());
  CHECK(felix_settings(policies, "n").failsafe_outbound.size() == 9);
  CHECK(felix_settings(policies, "other").log_prefix == "all");

  policies.felix_configurations.erase(policies.felix_configurations.begin());
  CHECK(felix_settings(policies, "n").log_prefix == "rack");
}

TEST_CASE("felix: of several selected objects only the oldest counts, whole") {
  PolicySet policies;
  policies.nodes.push_back({"n", {{"rack", "1"}}, {}, {}});
  policies.felix_configurations = {with_prefix("a", "young"), with_prefix("c", "old"),
                                   with_prefix("b", "old too")};
  for (FelixConfiguration& each : policies.felix_configurations) {
    each.node_selector = has(policies, "rack");
    each.creation_timestamp = "2026-01-01T00:00:00Z";
  }
  policies.felix_configurations[0].creation_timestamp = "2026-02-01T00:00:00Z";
  policies.felix_configurations[0].ipv6_support = false;
  CHECK(felix_settings(policies, "n").log_prefix == "old too");
  CHECK(felix_settings(policies, "n").ipv6_support);
}

TEST_CASE("felix: an object of another name without a node selector counts for nothing") {
  PolicySet policies;
  policies.felix_configurations = {with_prefix("stray", "no")};
  CHECK(felix_settings(policies, "n").log_prefix == "calico-packet");
}

TEST_CASE("felix: the log prefix names the policy and ends in a colon") {
  Policy policy;
  policy.name = "web";
  policy.tier = "security";
  struct Row {
    std::string_view format, text;
  };
  static constexpr Row kRows[] = {
      {"calico-packet", "calico-packet: "},
      {"%t/%k/%n", "security/gnp/web: "},
      {"%p", "web: "},
      {"100%", "100%: "},
      {"%x%%n", "%x%web: "},
  };
  FelixSettings settings = built_in_felix_settings();
  for (const Row& row : kRows) {
    settings.log_prefix = row.format;
    CHECK(log_prefix(settings, policy) == row.text);
  }
  policy.namespace_name = "shop";
  settings.log_prefix = "%p";
  CHECK(log_prefix(settings, policy) == "shop/web: ");
}

TEST_CASE("felix: the log prefix is cut to what iptables takes") {
  Policy policy;
  FelixSettings settings = built_in_felix_settings();
  settings.log_prefix = std::string(100, 'x');
  CHECK(log_prefix(settings, policy) == std::string(27, 'x') + ": ");
}
