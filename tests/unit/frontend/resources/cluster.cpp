// What follows from several objects together.
#include <doctest/doctest.h>

#include "frontend/selector/parse.h"
#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static const std::string kCalico = "apiVersion: projectcalico.org/v3\n";

static std::string host_endpoint(const std::string& name, const std::string& label) {
  return kCalico + "kind: HostEndpoint\nmetadata: {name: " + name + ", labels: {from: " + label +
         "}}\nspec: {node: n1, interfaceName: eth0}\n";
}

TEST_CASE("cluster: an object that is linted and in the inventory is the linted one") {
  const Loaded loaded = load_texts({{host_endpoint("e", "dump"), Role::Inventory},
                                    {host_endpoint("e", "dump"), Role::Inventory},
                                    {host_endpoint("e", "file")}});
  CHECK(loaded.findings() == Lines{});
  REQUIRE(loaded.set.host_endpoints.size() == 1);
  CHECK(loaded.set.host_endpoints[0].labels.labels.at("from") == "file");
}

TEST_CASE("cluster: the same object in two files is named at both places") {
  const Loaded loaded = load_texts({{host_endpoint("e", "a")}, {host_endpoint("e", "b")}});
  REQUIRE(loaded.findings() == Lines{"UT108 3:18 HostEndpoint `e` is there twice"});
  const Diagnostic& twice = *loaded.diagnostics.in_order()[0];
  CHECK(loaded.sources.place(twice.span) == "1.yaml:3:18");
  CHECK(loaded.sources.place(twice.notes.at(0).span) == "0.yaml:3:18");
}

TEST_CASE("cluster: an inventory is not linted, and its policies enforce nothing") {
  const std::string newer = kCalico +
                            "kind: HostEndpoint\nmetadata: {name: e}\n"
                            "spec: {node: n1, interfaceName: eth0, newField: 1}\n";
  const std::string policy =
      kCalico + "kind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec: {selector: 'a ='}\n";
  const Loaded loaded = load_texts({{newer, Role::Inventory}, {policy, Role::Inventory}});
  CHECK(loaded.findings() == Lines{});
  CHECK(loaded.set.policies.empty());
  CHECK(loaded.set.host_endpoints.size() == 1);
  const Loaded broken =
      load_texts({{kCalico + "kind: HostEndpoint\nmetadata: {name: e}\nspec: 5\n", Role::Inventory}});
  CHECK(broken.findings() == Lines{"UT052 4:7 `spec` is a number, where a mapping is due"});
}

TEST_CASE("cluster: lists of all forms hold objects") {
  const auto names_in = [](const std::string& text) {
    const Loaded loaded = load_text(text);
    CHECK(loaded.findings() == Lines{});
    std::string names;
    for (const ir::Tier& tier : loaded.set.tiers) {
      if (tier.span.exists()) names += tier.name + " ";
    }
    return names;
  };
  const auto tier = [](const std::string& name) {
    return "{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {name: " + name + "}, spec: {}}";
  };
  const std::string two = "[" + tier("a") + ", " + tier("b") + "]\n";
  CHECK(names_in(two) == "a b ");
  CHECK(names_in("apiVersion: v1\nkind: List\nitems: " + two) == "a b ");
  CHECK(names_in(kCalico + "kind: TierList\nitems: " + two) == "a b ");
  CHECK(names_in(tier("a") + "\n---\n" + tier("b")) == "a b ");
}

TEST_CASE("cluster: items of a Calico list say what they are") {
  const Loaded loaded =
      load_text(kCalico + "kind: TierList\nitems:\n  - metadata: {name: a}\n    spec: {}\n");
  CHECK(loaded.findings() == Lines{"UT061 4:5 the object has no `kind`"});
}

TEST_CASE("cluster: a kind of Calico's under no version, or another's, is not passed over") {
  const auto found = [](const std::string& head) {
    const Loaded loaded = load_text(head + "\nmetadata: {name: default}\nspec: {}\n");
    return loaded.diagnostics.empty() ? std::string() : loaded.findings()[0].substr(0, 5);
  };
  for (const char* kind :
       {"GlobalNetworkPolicy", "FelixConfiguration", "StagedNetworkPolicy", "NetworkPolicy", "Tier"}) {
    CAPTURE(kind);
    CHECK(found(std::string("kind: ") + kind) == "UT062");
    CHECK(found(std::string("apiVersion: projectcalcio.org/v3\nkind: ") + kind) == "UT064");
  }
  CHECK(found("apiVersion: networking.k8s.io/v1\nkind: GlobalNetworkPolicy") == "UT064");
  CHECK(found("apiVersion: v1\nkind: HostEndpoint") == "UT064");
  CHECK(found("apiVersion: projectcalico.org/v3\nkind: List") == "UT063");
  for (const char* other :
       {"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy", "kind: Node",
        "apiVersion: example.com/v1\nkind: GlobalNetworkPolicy", "apiVersion: v1\nkind: Tier"}) {
    CAPTURE(other);
    CHECK(found(other) == "");
  }
}

TEST_CASE("cluster: documents of other kinds are passed over") {
  const Loaded loaded = load_text(
      "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: x}\n---\napiVersion: "
      "projectcalico.org/v3\nkind: "
      "BGPPeer\n---\napiVersion: crd.antrea.io/v1\nkind: Tier\n---\nreplicas: 3\n---\njust text\n---\n- 1\n- "
      "{a: b}\n");
  CHECK(loaded.findings() == Lines{});
}

TEST_CASE("cluster: pods, namespaces and service accounts give endpoints and labels") {
  const Loaded loaded = load_text(file_text("testdata/resources/cluster.yaml"));
  CHECK(loaded.findings() == Lines{});
  REQUIRE(loaded.set.workload_endpoints.size() == 1);
  const ir::WorkloadEndpoint& pod = loaded.set.workload_endpoints[0];
  CHECK(pod.name == "prod/web-1");
  CHECK(pod.addresses == std::vector{*ir::Address::parse("10.244.0.9"), *ir::Address::parse("fd00:244::9")});
  REQUIRE(pod.ports.size() == 2);
  CHECK(pod.ports[0].name == "http");
  CHECK(pod.ports[1].protocol == ir::kUdp);

  const ir::LabelLookup labels = loaded.set.labels_of(pod.labels);
  CHECK(labels("app") == "web");
  CHECK(labels("pcns.env") == "live");
  CHECK(labels("pcns.projectcalico.org/name") == "prod");
  CHECK(labels("pcsa.team") == "a");
  CHECK(labels("projectcalico.org/serviceaccount") == "api");
  CHECK(labels("projectcalico.org/orchestrator") == "k8s");
  CHECK(labels("nothing") == std::nullopt);

  REQUIRE(loaded.set.services.size() == 1);
  CHECK(loaded.set.services[0].namespace_name == "prod");
  CHECK(loaded.set.services[0].name == "web");
  REQUIRE(loaded.set.services[0].members.size() == 3);
  CHECK(loaded.set.services[0].members[0].ports.size() == 2);
  CHECK(loaded.set.services[0].members[2].ports.empty());
}

TEST_CASE("cluster: Calico's and Kubernetes' documents of a node are one node") {
  const Loaded loaded = load_text(file_text("testdata/resources/cluster.yaml"));
  REQUIRE(loaded.set.nodes.size() == 1);
  const ir::Node& node = loaded.set.nodes[0];
  CHECK(node.labels.at("rack") == "k8s");
  CHECK(node.labels.at("zone") == "z1");
  REQUIRE(node.interfaces.size() == 2);
  CHECK(node.interfaces[0].name == "eng4");
  CHECK(node.interfaces[1].addresses == std::vector{*ir::Address::parse("192.168.7.1")});
}

TEST_CASE("cluster: automatic host endpoints are made of nodes") {
  const Loaded loaded = load_text(file_text("testdata/resources/cluster.yaml"));
  std::string made;
  for (const ir::HostEndpoint& endpoint : loaded.set.host_endpoints) {
    made += fmt::format("{} on '{}':", endpoint.name, endpoint.interface_name);
    for (const ir::Address& address : endpoint.expected_ips) made += " " + address.to_string();
    made += "\n";
  }
  CHECK(made ==
        "jasper-node-0-auto-hep on '*': 10.128.0.162 fd00:128::162 10.0.0.9 192.168.7.1\n"
        "jasper-node-0-lan-auto-hep on '': 10.128.0.162 10.0.0.9\n"
        "jasper-node-0-fast-eng4-auto-hep on 'eng4': 10.128.0.162\n");
  const ir::Labels& labels = loaded.set.host_endpoints[2].labels.labels;
  CHECK(labels.at("rack") == "template");
  CHECK(labels.at("zone") == "z1");
  CHECK(labels.at("projectcalico.org/created-by") == "calico-kube-controllers");
}

TEST_CASE("cluster: the result does not depend on the number of threads") {
  std::vector<Input> inputs;
  for (int i = 0; i < 40; ++i) {
    inputs.push_back(
        {fmt::format("{}kind: GlobalNetworkPolicy\nmetadata: {{name: p{}}}\nspec: {{selector: \"a == '{}'\", "
                     "tier: none, ingress: [{{action: Allow, source: {{selector: \"b == '{}'\"}}}}]}}\n",
                     kCalico, i, i % 7, i % 5)});
  }
  const auto dump = [&](unsigned jobs) {
    const Loaded loaded = load_texts(inputs, jobs);
    std::string all;
    for (const std::string& line : loaded.findings()) all += line + "\n";
    for (const ir::Selector& selector : loaded.set.selectors) all += selector.canonical() + "\n";
    for (const ir::Policy& policy : loaded.set.policies) {
      all += fmt::format("{} {} {}\n", policy.name, policy.selector.selector.index,
                         policy.ingress.at(0).source.selector->selector.index);
    }
    return all;
  };
  const std::string alone = dump(1);
  for (int round = 0; round < 10; ++round) CHECK(dump(4) == alone);
}

// Who inherits which labels: a pod, two host endpoints, a global and a namespaced network set.
TEST_CASE("cluster: selectors match own labels and inherited ones") {
  const Loaded loaded = load_text(R"(
apiVersion: v1
kind: Namespace
metadata: {name: prod, labels: {env: live}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: prod, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: prod, labels: {app: web, pcns.env: fake}}
spec: {nodeName: n1, serviceAccountName: api}
status: {podIP: 10.0.0.1}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h, labels: {role: gw, env: live}}
spec: {node: n1, interfaceName: eth0}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h2, labels: {role: gw, env: live}}
spec: {node: n1, interfaceName: eth1, profiles: [edge]}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: edge}
spec: {labelsToApply: {role: x, zone: z1}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: g, labels: {kind: ext}}
spec: {nets: [10.1.0.0/16]}
---
apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata: {name: s, namespace: prod, labels: {kind: int}}
spec: {nets: [10.2.0.0/16]}
)");
  CHECK(loaded.findings() == Lines{});
  REQUIRE(loaded.set.host_endpoints.size() == 2);
  REQUIRE(loaded.set.network_sets.size() == 2);
  const ir::Labelled* const objects[] = {
      &loaded.set.workload_endpoints.at(0).labels, &loaded.set.host_endpoints[0].labels,
      &loaded.set.host_endpoints[1].labels, &loaded.set.network_sets[0].labels,
      &loaded.set.network_sets[1].labels};
  const std::pair<std::string_view, std::string_view> kRows[] = {
      // pod, h, h2, g, s
      {"all()", "TTTTT"},
      {"has(projectcalico.org/namespace)", "TFFFT"},
      {"!has(projectcalico.org/namespace)", "FTTTF"},
      {"pcns.env == 'live'", "TFFFT"},  // the pod's own label of that name was taken off
      {"env == 'live'", "FTTFF"},
      {"pcns.projectcalico.org/name == 'prod'", "TFFFT"},
      {"projectcalico.org/serviceaccount == 'api'", "TFFFF"},
      {"pcsa.team == 'a'", "TFFFF"},
      {"pcsa.team != 'b'", "TTTTT"},
      {"role == 'gw'", "FTTFF"},  // an own label beats the profile's
      {"zone == 'z1'", "FFTFF"},
      {"kind != 'ext'", "TTTFT"},
      {"projectcalico.org/orchestrator == 'k8s'", "TFFFF"},
      {"app == 'web' || role in {'gw'}", "TTTFF"},
  };
  for (const auto& [text, expected] : kRows) {
    CAPTURE(text);
    const auto parsed = parse_selector(text);
    REQUIRE(std::holds_alternative<ir::Selector>(parsed));
    std::string matched;
    for (const ir::Labelled* object : objects) {
      matched += std::get<ir::Selector>(parsed).matches(loaded.set.labels_of(*object)) ? 'T' : 'F';
    }
    CHECK(matched == expected);
  }
}
