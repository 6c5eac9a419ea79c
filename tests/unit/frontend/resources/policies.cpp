// What policies say once they are read: directions, selectors, stored objects.
#include <doctest/doctest.h>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static std::string document(const std::string& kind, const std::string& spec,
                            const std::string& metadata = "{name: p}",
                            const std::string& api_version = "projectcalico.org/v3") {
  return "apiVersion: " + api_version + "\nkind: " + kind + "\nmetadata: " + metadata + "\nspec: " + spec +
         "\n";
}

static std::string types_of(const std::string& text) {
  const Loaded loaded = load_text(text);
  const ir::Policy& policy = loaded.set.policies.at(0);
  return std::string(policy.types_ingress ? "in " : "") + (policy.types_egress ? "out" : "");
}

TEST_CASE("policies: absent types follow the rules that are there") {
  const auto gnp = [](const std::string& spec) { return types_of(document("GlobalNetworkPolicy", spec)); };
  const std::string ingress = "ingress: [{action: Allow}]", egress = "egress: [{action: Allow}]";
  CHECK(gnp("{}") == "in ");
  CHECK(gnp("{egress: []}") == "in ");
  CHECK(gnp("{" + ingress + "}") == "in ");
  CHECK(gnp("{" + egress + "}") == "out");
  CHECK(gnp("{ingress: [], " + egress + "}") == "out");
  CHECK(gnp("{" + ingress + ", " + egress + "}") == "in out");
  CHECK(gnp("{types: [], " + egress + "}") == "out");
  CHECK(gnp("{types: [Egress], " + ingress + "}") == "out");
}

TEST_CASE("policies: a stored one without types means both directions") {
  const std::string spec = "{ingress: [{action: Allow}]}";
  CHECK(types_of(document("GlobalNetworkPolicy", spec, "{name: p}", "crd.projectcalico.org/v1")) == "in out");
}

TEST_CASE("policies: a stored one gets back the name and labels that users gave") {
  const auto name_of = [](const std::string& metadata, const std::string& spec) {
    return load_text(document("GlobalNetworkPolicy", spec, metadata, "crd.projectcalico.org/v1"))
        .set.policies.at(0)
        .name;
  };
  CHECK(name_of("{name: default.p}", "{}") == "default.p");
  const std::string annotated = "annotations: {projectcalico.org/metadata: '{\"labels\":{\"a\":\"b\"}}'}";
  CHECK(name_of("{name: default.p, " + annotated + "}", "{}") == "p");
  CHECK(name_of("{name: default.p, " + annotated + "}", "{tier: security}") == "default.p");
  CHECK(name_of("{name: default.p, annotations: {projectcalico.org/metadata: '{\"name\":\"q\"}'}}", "{}") ==
        "q");

  const Loaded endpoint =
      load_text(document("HostEndpoint", "{node: n1, interfaceName: eth0}",
                         "{name: e, labels: {a: own}, " + annotated + "}", "crd.projectcalico.org/v1"));
  CHECK(endpoint.set.host_endpoints.at(0).labels.labels.at("a") == "b");
}

static std::string selector_of(const std::string& text) {
  const Loaded loaded = load_text(text);
  if (!loaded.diagnostics.empty()) return loaded.findings()[0];
  return loaded.set.selectors[loaded.set.policies.at(0).selector.selector].canonical();
}

TEST_CASE("policies: selectors are effective") {
  CHECK(selector_of(document("GlobalNetworkPolicy", "{}")) == "all()");
  CHECK(selector_of(document("GlobalNetworkPolicy", "{selector: all(), namespaceSelector: env == 'prod'}")) ==
        "(has(projectcalico.org/namespace) && pcns.env == \"prod\")");
  CHECK(selector_of(
            document("NetworkPolicy", "{selector: a == 'b' || c == 'd'}", "{name: p, namespace: ns1}")) ==
        "((a == \"b\" || c == \"d\") && projectcalico.org/namespace == \"ns1\")");
  CHECK(selector_of(document("NetworkPolicy", "{}")) == "projectcalico.org/namespace == \"default\"");
}

static std::string sides_of(const std::string& source, const std::string& kind = "GlobalNetworkPolicy") {
  const Loaded loaded =
      load_text(document(kind, "{types: [Ingress], ingress: [{action: Allow, source: " + source + "}]}",
                         kind == "NetworkPolicy" ? "{name: p, namespace: ns1}" : "{name: p}"));
  if (!loaded.diagnostics.empty()) return loaded.findings()[0];
  const ir::EntityRule& side = loaded.set.policies.at(0).ingress.at(0).source;
  const auto text = [&](const std::optional<ir::SelectorSpec>& spec) {
    return spec ? loaded.set.selectors[spec->selector].canonical() : std::string("-");
  };
  return text(side.selector) + " " + text(side.not_selector);
}

TEST_CASE("policies: rule selectors are effective, and their absence is no selector") {
  CHECK(sides_of("{}") == "- -");
  CHECK(sides_of("{selector: ''}") == "- -");
  CHECK(sides_of("{serviceAccounts: {}}") == "- -");
  CHECK(sides_of("{selector: all()}") == "all() -");
  CHECK(sides_of("{notSelector: role == 'db'}") == "- role == \"db\"");
  CHECK(sides_of("{selector: has(a), notSelector: role == 'db'}") == "(has(a) && !role == \"db\") -");
  CHECK(sides_of("{namespaceSelector: global()}") == "!has(projectcalico.org/namespace) -");
  CHECK(sides_of("{nets: [10.0.0.0/8]}", "NetworkPolicy") == "- -");
  CHECK(sides_of("{notSelector: role == 'db'}", "NetworkPolicy") ==
        "(projectcalico.org/namespace == \"ns1\" && !role == \"db\") -");
  CHECK(sides_of("{serviceAccounts: {names: [sa2, sa1]}}") ==
        "projectcalico.org/serviceaccount in {\"sa1\", \"sa2\"} -");
}

TEST_CASE("policies: staged ones are read and marked") {
  const Loaded loaded =
      load_text(document("StagedGlobalNetworkPolicy", "{doNotTrack: true, applyOnForward: true}") + "---\n" +
                document("StagedNetworkPolicy", "{stagedAction: Delete}") + "---\n" +
                document("StagedKubernetesNetworkPolicy", "{podSelector: {}, policyTypes: [Ingress]}"));
  CHECK(loaded.findings() == Lines{});
  REQUIRE(loaded.set.policies.size() == 3);
  for (const ir::Policy& policy : loaded.set.policies) CHECK(ir::is_staged(policy.kind));
  CHECK(loaded.set.policies[0].id() == "sgnp/p");
  CHECK(loaded.set.policies[1].id() == "snp/default/p");
  CHECK(loaded.set.policies[1].staged_delete);
  CHECK(loaded.set.policies[2].id() == "sknp/default/p");
}

TEST_CASE("policies: a staged one of Kubernetes has the fields of Kubernetes, down to the last") {
  const auto found = [](const std::string& spec) {
    Lines codes = load_text(document("StagedKubernetesNetworkPolicy", spec)).findings();
    for (std::string& code : codes) code = code.substr(0, 5);
    return codes;
  };
  CHECK(
      found(
          "{podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}, "
          "policyTypes: [Ingress, Egress], ingress: [{ports: [{protocol: TCP, port: 80, endPort: 90}, {port: "
          "http}], from: [{podSelector: {}}, {namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: "
          "[10.1.0.0/16]}}]}], egress: [{to: []}]}") == Lines{});
  CHECK(found("{podSelector: {matchlabels: {}}, ingress: [{to: []}], egress: [{to: [{ipBlock: {}}]}]}") ==
        Lines{"UT051", "UT050", "UT053"});
  CHECK(found("{policyTypes: [ingress]}") == Lines{"UT059"});
  CHECK(found("{policyTypes: []}") == Lines{"UT116"});
  CHECK(found("{stagedAction: Delete, podSelector: {}}") == Lines{});
  CHECK(found("{stagedAction: Delete, podSelector: {matchLabels: {}}, egress: []}") ==
        Lines{"UT122", "UT122"});
}

TEST_CASE("policies: a stored one may lack its spec, another may not") {
  const auto load = [](const std::string& version) {
    return load_text("apiVersion: " + version + "\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\n");
  };
  CHECK(load("crd.projectcalico.org/v1").findings() == Lines{});
  CHECK(load("crd.projectcalico.org/v1").set.policies.at(0).types_egress);
  CHECK(load("projectcalico.org/v3").findings() == Lines{"UT053 1:1 field `spec` is missing in the object"});
}

TEST_CASE("policies: names have one dot at most, converted ones may have more") {
  const auto code_of = [](const std::string& kind, const std::string& name) {
    const Loaded loaded = load_text(document(kind, "{}", "{name: " + name + "}"));
    return loaded.diagnostics.empty() ? std::string() : loaded.findings()[0].substr(0, 5);
  };
  CHECK(code_of("GlobalNetworkPolicy", "a.b").empty());
  CHECK(code_of("GlobalNetworkPolicy", "a.b.c") == "UT100");
  CHECK(code_of("NetworkPolicy", "knp.default.a.b.c").empty());
  CHECK(code_of("NetworkPolicy", "a.b.c") == "UT100");
  CHECK(code_of("StagedKubernetesNetworkPolicy", "a.b.c").empty());
  CHECK(code_of("Tier", "a.b") == "UT100");
  CHECK(code_of("GlobalNetworkPolicy", "a-") == "UT100");
  CHECK(code_of("GlobalNetworkPolicy", std::string(254, 'a')) == "UT101");
}
