#include "frontend/load.h"

#include <doctest/doctest.h>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static const ir::Selector& selector_of(const Loaded& loaded, const ir::SelectorSpec& spec) {
  return loaded.set.selectors[spec.selector];
}

TEST_CASE("load: the memcached example says what it seems to say") {
  const Loaded loaded = load_texts(
      {{file_text("testdata/memcached/hostendpoint.yaml")}, {file_text("testdata/memcached/policy.yaml")}});
  CHECK(loaded.findings() == Lines{});

  REQUIRE(loaded.set.host_endpoints.size() == 1);
  const ir::HostEndpoint& endpoint = loaded.set.host_endpoints[0];
  CHECK(endpoint.name == "jasper-node-0-eng4");
  CHECK(endpoint.node == "jasper-node-0");
  CHECK(endpoint.interface_name == "eng4");
  CHECK(endpoint.expected_ips ==
        std::vector{*ir::Address::parse("10.128.0.162"), *ir::Address::parse("fd00:128::162")});
  CHECK(loaded.set.node_names() == std::vector<std::string>{"jasper-node-0"});

  REQUIRE(loaded.set.policies.size() == 1);
  const ir::Policy& policy = loaded.set.policies[0];
  CHECK(policy.id() == "gnp/memcached");
  CHECK(policy.tier == "default");
  CHECK(policy.order == 100);
  CHECK((policy.do_not_track && policy.apply_on_forward && !policy.pre_dnat));
  CHECK((policy.types_ingress && policy.types_egress));
  CHECK(selector_of(loaded, policy.selector).canonical() == "node == \"memcached\"");
  CHECK(selector_of(loaded, policy.selector).matches(loaded.set.labels_of(endpoint.labels)));
  CHECK(loaded.sources.text(policy.do_not_track_span) == "doNotTrack: true");

  REQUIRE(policy.ingress.size() == 1);
  REQUIRE(policy.ingress[0].destination.ports.size() == 1);
  CHECK(std::get<ir::PortRange>(policy.ingress[0].destination.ports[0].port) == ir::PortRange{12211, 12211});
  CHECK(std::get<ir::PortRange>(policy.egress.at(0).source.ports.at(0).port) == ir::PortRange{12211, 12211});
  CHECK(policy.ingress[0].protocol->protocol == ir::kTcp);
}

TEST_CASE("load: the built-in tiers and profile are always there") {
  const Loaded loaded = load_texts({});
  std::vector<std::string> names;
  for (const ir::Tier& tier : loaded.set.tiers) names.push_back(tier.name);
  CHECK(names == std::vector<std::string>{"kube-admin", "default", "kube-baseline"});
  CHECK(loaded.set.profiles.contains("projectcalico-default-allow"));
}

TEST_CASE("load: of a searched folder, what says nothing of policy or inventory is not for us") {
  for (const char* ours : {
           "apiVersion: projectcalico.org/v3\n",
           "{\"kind\":\"HostEndpoint\", \"apiVersion\" : \"crd.projectcalico.org/v1\"}",
           "apiVersion: !!str 'projectcalico.org/v3'",
           "a: b\n---\nkind: PodList",
           "kind: \"Namespace\" # of the shop",
           "kind:\tList\r\n",
           "kind: GlobalNetworkPolicy",
           "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: {{ .Release.Name }}}\n",
       }) {
    CAPTURE(ours);
    CHECK(looks_relevant(ours));
  }
  for (const char* none_of_ours : {
           "",
           "kind",
           "kind: ",
           "image: {{ .Values.image }}\n",
           "- hosts: all\n  vars: {secret: !vault a}\n  broken: [",
           "apiVersion: apps/v1\nkind: Deployment\nmetadata: {annotations: {cni.projectcalico.org/ipAddrs: "
           "x}}\n",
           "apiVersion: rbac.authorization.k8s.io/v1\nrules: [{apiGroups: [projectcalico.org]}]\n",
           "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}}\n",
           "kind: PodDisruptionBudget\n",
           "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
       }) {
    CAPTURE(none_of_ours);
    CHECK(!looks_relevant(none_of_ours));
  }
}
