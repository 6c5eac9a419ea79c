// What Calico's controllers and clients make of objects: names, host endpoints, labels.
#include <doctest/doctest.h>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static const std::string kCalico = "apiVersion: projectcalico.org/v3\n";

static std::string workload(const std::string& metadata, const std::string& spec) {
  return kCalico + "kind: WorkloadEndpoint\nmetadata: {" + metadata +
         "namespace: shop}\nspec: {node: n-1, interfaceName: cali1, ipNetworks: [10.0.0.1/32], " + spec +
         "}\n";
}

TEST_CASE("controllers: a workload endpoint without name gets the one that follows from its spec") {
  const auto name_of = [](const std::string& spec) {
    const Loaded loaded = load_text(workload("", spec));
    if (!loaded.diagnostics.empty()) return loaded.findings()[0].substr(0, 5);
    return loaded.set.workload_endpoints.at(0).name;
  };
  CHECK(name_of("orchestrator: k8s, pod: web-1, endpoint: eth0") == "shop/n--1-k8s-web--1-eth0");
  CHECK(name_of("orchestrator: cni, containerID: ab12, endpoint: eth0") == "shop/n--1-cni-ab12-eth0");
  CHECK(name_of("orchestrator: libnetwork, endpoint: e") == "shop/n--1-libnetwork-libnetwork-e");
  CHECK(name_of("orchestrator: openstack, workload: vm1, endpoint: e") == "shop/n--1-openstack-vm1-e");
  CHECK(name_of("orchestrator: k8s, pod: web-1") == "UT053");
  CHECK(name_of("pod: web-1, endpoint: eth0") == "UT053");

  const std::string spec = "orchestrator: k8s, pod: web-1, endpoint: eth0";
  CHECK(load_text(workload("name: n--1-k8s-web--1-eth0, ", spec)).findings() == Lines{});
  CHECK(load_text(workload("", spec) + "---\n" + workload("name: n--1-k8s-web--1-eth0, ", spec)).findings() ==
        Lines{"UT108 8:18 WorkloadEndpoint `shop/n--1-k8s-web--1-eth0` is there twice"});
}

static std::string controllers(const std::string& node_controller) {
  return "---\n" + kCalico +
         "kind: KubeControllersConfiguration\nmetadata: {name: default}\nspec: {controllers: {node: " +
         node_controller + "}}\n";
}
static std::string node(const std::string& name) {
  return "---\n" + kCalico + "kind: Node\nmetadata: {name: " + name +
         ", labels: {from: calico}}\nspec: {bgp: {ipv4Address: 10.0.0.1/24}}\n";
}

TEST_CASE("controllers: the name of an automatic host endpoint is hashed if it is too long") {
  const auto name_of = [](std::size_t length) {
    return load_text(node(std::string(length, 'n')) + controllers("{hostEndpoint: {autoCreate: Enabled}}"))
        .set.host_endpoints.at(0)
        .name;
  };
  CHECK(name_of(244) == std::string(244, 'n') + "-auto-hep");
  // SHA-256 of 245 n and "-auto-hep".
  CHECK(name_of(245) == "ewp5m34lkguin2xxvhr9f29ne8lioon3aplebjdzam-auto-hep");
}

TEST_CASE("controllers: of two automatic host endpoints of one name the last one stays") {
  const Loaded loaded = load_text(
      node("n1") +
      controllers("{hostEndpoint: {autoCreate: Enabled, templates: [{interfaceCIDRs: "
                  "[10.0.0.0/8], labels: {a: b}}, {generateName: x, interfaceCIDRs: [10.0.0.0/8]}]}}"));
  CHECK(loaded.findings() ==
        Lines{"UT125 9:18 the host endpoint `n1-auto-hep` is made twice, and the first is overwritten"});
  REQUIRE(loaded.set.host_endpoints.size() == 2);
  CHECK(loaded.set.host_endpoints[0].name == "n1-auto-hep");
  CHECK(loaded.set.host_endpoints[0].interface_name.empty());
  CHECK(loaded.set.host_endpoints[0].labels.labels.contains("a"));
  CHECK(loaded.set.host_endpoints[1].name == "n1-x-auto-hep");
}

TEST_CASE("controllers: a host endpoint that someone wrote is not overwritten") {
  const Loaded loaded = load_text(
      kCalico + "kind: HostEndpoint\nmetadata: {name: n1-auto-hep}\nspec: {node: n1, interfaceName: eth0}\n" +
      node("n1") + controllers("{hostEndpoint: {autoCreate: Enabled}}"));
  CHECK(loaded.findings() == Lines{});
  REQUIRE(loaded.set.host_endpoints.size() == 1);
  CHECK(loaded.set.host_endpoints[0].interface_name == "eth0");
}

TEST_CASE("controllers: labels of Kubernetes nodes are not copied where that is switched off") {
  const std::string of_kubernetes =
      "---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {from: k8s}}\n";
  const auto label = [&](const std::string& text) {
    return load_text(node("n1") + of_kubernetes + text).set.nodes.at(0).labels.at("from");
  };
  CHECK(label("") == "k8s");
  CHECK(label(controllers("{syncLabels: Enabled}")) == "k8s");
  CHECK(label(controllers("{syncLabels: Disabled}")) == "calico");
  CHECK(load_text(of_kubernetes + controllers("{syncLabels: Disabled}")).set.nodes.at(0).labels.at("from") ==
        "k8s");
}

TEST_CASE("controllers: fields of the other controllers are known, and no others") {
  const auto found = [](const std::string& field) {
    const Lines lines = load_text(kCalico +
                                  "kind: KubeControllersConfiguration\nmetadata: {name: default}\nspec: "
                                  "{controllers: {" +
                                  field + "}}\n")
                            .findings();
    return lines.empty() ? std::string() : lines[0].substr(0, 5);
  };
  for (const char* fine :
       {"policy: {reconcilerPeriod: 5m}", "loadBalancer: {assignIPs: AllServices}",
        "migration: {policyNameMigrator: Enabled}", "namespace: {}", "serviceAccount: null"}) {
    CAPTURE(fine);
    CHECK(found(fine) == "");
  }
  CHECK(found("policy: {assignIPs: x}") == "UT050");
  CHECK(found("workloadEndpoint: {reconcilerperiod: 5m}") == "UT051");
  CHECK(found("serviceAccount: {reconcilerPeriod: 5}") == "UT058");
}
