#include "frontend/load.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

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

// All that a run says and all that it found, as text.
static std::string everything(const std::vector<Input>& inputs, unsigned jobs) {
  const Loaded loaded = load_texts(inputs, jobs);
  std::string all;
  for (const Diagnostic* found : loaded.diagnostics.in_order()) {
    all += fmt::format("{} {} {}\n{}\n{}\n", loaded.sources.place(found->span), found->info->code,
                       found->message, found->help_text, found->witness_text);
    for (const Note& note : found->notes) all += loaded.sources.place(note.span) + " " + note.message + "\n";
  }
  for (const ir::Selector& selector : loaded.set.selectors) all += selector.canonical() + "\n";
  for (const ir::Policy& policy : loaded.set.policies) {
    all += fmt::format("{} {} {}\n", policy.id(), policy.selector.selector.index,
                       loaded.sources.place(policy.span));
  }
  for (const ir::HostEndpoint& endpoint : loaded.set.host_endpoints) all += endpoint.name + "\n";
  for (const ir::WorkloadEndpoint& endpoint : loaded.set.workload_endpoints) all += endpoint.name + "\n";
  for (const ir::NetworkSet& set : loaded.set.network_sets) all += set.name + "\n";
  for (const ir::Node& node : loaded.set.nodes) all += node.name + "\n";
  for (const ir::Tier& tier : loaded.set.tiers) all += tier.name + "\n";
  return all;
}

static std::vector<Input> all_of_testdata() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("testdata")) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".yaml" || extension == ".json") paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  std::vector<Input> inputs;
  for (const std::string& path : paths) inputs.push_back({file_text(path)});
  return inputs;
}

TEST_CASE("load: what it says and finds does not depend on the number of threads") {
  const std::vector<Input> files = all_of_testdata();
  REQUIRE(files.size() > 100);
  // Once more as the documents of a few files, so that one file is read by several threads.
  std::vector<Input> joined(3);
  for (std::size_t i = 0; i < files.size(); ++i) {
    // A template, or a file that is no text, would take the whole of its file along.
    if (load_text(files[i].text).findings().empty()) joined[i % 3].text += "---\n" + files[i].text + "\n";
  }
  for (const std::vector<Input>& inputs : {files, joined}) {
    const std::string alone = everything(inputs, 1);
    for (const unsigned jobs : {2u, 3u, 8u}) CHECK(everything(inputs, jobs) == alone);
  }
}

TEST_CASE("load: a template somewhere in a large file is all that is said about the file") {
  const auto policies = [](int count, const std::string& tail) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += fmt::format(
          "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: T{}}}\nspec: {{}}\n---\n", i);
    }
    return text + tail;
  };
  const std::string action = "metadata:\n  name: {{ .Release.Name }}\n";
  for (const unsigned jobs : {1u, 8u}) {
    const Loaded loaded = load_texts({{policies(3000, action)}, {policies(1, "")}}, jobs);
    REQUIRE(loaded.diagnostics.size() == 2);
    CHECK(loaded.findings()[0].starts_with("UT009 15002:9 "));
    CHECK(loaded.findings()[1].starts_with("UT100 3:18 `T0` "));
  }
}
