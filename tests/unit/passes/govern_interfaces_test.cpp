#include "passes/govern_interfaces.h"

#include <doctest/doctest.h>

#include "tests/unit/passes/policies.h"

using namespace untrack;
using namespace untrack::passes;
using test::host;

namespace {

struct Governed {
  std::string text;   // `eth0=a eth1=b`
  std::string codes;  // `UT401 UT405`
  bool refuses = false;
};

Governed govern(ir::PolicySet& policies, const LowerOptions& options = {}, std::string_view node = "n") {
  Diagnostics diagnostics;
  Governed result;
  for (const GovernedInterface& each : govern_interfaces(policies, node, options, diagnostics)) {
    result.text += (result.text.empty() ? "" : " ") + each.interface_name + "=" + each.endpoint->name;
  }
  for (const Diagnostic* found : diagnostics.in_order()) {
    result.codes += (result.codes.empty() ? "" : " ") + std::string(found->info->code);
  }
  result.refuses = diagnostics.refuses_compile();
  return result;
}

ir::PolicySet with(std::vector<ir::HostEndpoint> hosts) {
  ir::PolicySet policies;
  policies.host_endpoints = std::move(hosts);
  policies.policies.push_back(test::untracked(policies, "p"));
  return policies;
}

}  // namespace

TEST_CASE("govern: an endpoint governs the interface that it names, whatever its addresses") {
  ir::PolicySet policies = with({host("a", "eth0", {"10.0.0.1"}), host("b", "lo")});
  CHECK(govern(policies).text == "eth0=a lo=b");
  CHECK(govern(policies).codes.empty());
  CHECK(govern(policies, {}, "N").text.empty());
}

TEST_CASE("govern: an endpoint without a name is found by address") {
  ir::PolicySet policies =
      with({host("a", "", {"10.0.0.1", "2001:db8::1"}), host("b", "eth2", {"10.0.0.1"})});
  policies.nodes.push_back({"n",
                            {},
                            {{"eth0", {test::address("10.0.0.1")}},
                             {"eth1", {test::address("2001:db8::1"), test::address("fe80::1")}},
                             {"eth3", {test::address("10.0.0.3")}}},
                            {}});
  CHECK(govern(policies).text == "eth0=a eth1=a eth2=b");
  CHECK(govern(policies).codes.empty());
}

TEST_CASE("govern: --interface tells what no document says") {
  ir::PolicySet policies = with({host("a", "", {"10.0.0.1"})});
  CHECK(govern(policies).codes == "UT404");
  CHECK(govern(policies).refuses);
  LowerOptions options;
  options.interfaces[{"other", test::address("10.0.0.1")}] = "eth0";
  CHECK(govern(policies, options).refuses);
  options.interfaces[{"n", test::address("10.0.0.1")}] = "eth0";
  CHECK(govern(policies, options).text == "eth0=a");
  CHECK(govern(policies, options).codes.empty());
}

TEST_CASE("govern: an unknown interface matters only where there is untracked policy") {
  ir::PolicySet policies = with({host("a", "", {"10.0.0.1"}), host("b", "eth0", {}, {{"role", "db"}})});
  policies.policies[0].selector.selector = test::has(policies, "role");
  CHECK(govern(policies).codes == "UT404");  // `a` might win eth0
  policies.policies[0].selector.selector = test::has(policies, "rack");
  CHECK(govern(policies).codes.empty());
}

TEST_CASE("govern: of several the smallest name wins, a match by name has no priority") {
  ir::PolicySet policies = with({host("c", "eth0"), host("b", "eth0"), host("a", "", {"10.0.0.1"})});
  policies.nodes.push_back({"n", {}, {{"eth0", {test::address("10.0.0.1")}}}, {}});
  CHECK(govern(policies).text == "eth0=a");
  CHECK(govern(policies).codes == "UT405 UT405");
}

TEST_CASE("govern: all interfaces together are none for untracked policy") {
  ir::PolicySet policies = with({host("a", "*", {"10.0.0.1"}), host("b", "eth0")});
  CHECK(govern(policies).text == "eth0=b");
  CHECK(govern(policies).codes == "UT401");
  CHECK_FALSE(govern(policies).refuses);
  policies.policies.clear();
  CHECK(govern(policies).codes.empty());
}

TEST_CASE("govern: workload interfaces and excluded ones have no host endpoint") {
  ir::PolicySet policies = with({host("a", "cali123"), host("b", "kube-ipvs0"), host("c", "kube-ipvs01")});
  CHECK(govern(policies).text == "kube-ipvs01=c");
  CHECK(govern(policies).codes == "UT402 UT403");

  ir::FelixConfiguration felix;
  felix.name = "default";
  felix.interface_prefix = {"tap"};
  felix.interface_exclude = {"/(?i)^CALI[0-9]/", "/ipvs0\\z/", "/broken(/"};
  policies.felix_configurations.push_back(felix);
  CHECK(govern(policies).text == "kube-ipvs01=c");
  CHECK(govern(policies).codes == "UT403 UT403");
}

TEST_CASE("govern: a node that the documents do not describe is reported where others are described") {
  ir::PolicySet policies = with({host("a", "eth0")});
  policies.nodes.push_back({"m", {}, {}, {}});
  CHECK(govern(policies).text == "eth0=a");
  CHECK(govern(policies).codes == "UT406");
}
