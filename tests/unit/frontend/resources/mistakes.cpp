// Several mistakes in one file, each at its place and none because of another.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

TEST_CASE("mistakes: ten independent ones give ten findings in one run") {
  const Loaded loaded = load_text(file_text("testdata/resources/ten_mistakes.yaml"));
  CHECK(loaded.findings() ==
        Lines{
            "UT100 4:9 `Memcached` is no valid name: lower-case letters, digits and `-`, in parts joined by "
            "dots, with a "
            "letter or digit at both ends of each",
            "UT070 8:10 selector: expected ==",
            "UT052 9:10 `order` is text, where a number is due",
            "UT050 10:3 unknown field `doNotTrak` in `spec`",
            "UT059 11:20 `egress` is no value of `types`: write `Ingress` or `Egress`",
            "UT150 14:17 no protocol is called `tcp`: TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from "
            "1 to 255",
            "UT157 16:16 `10.0.0.1/8` has bits behind the prefix length",
            "UT156 16:28 `10.0.0.300/32` is no IP prefix such as `10.0.0.0/8` or `fd00::/64`",
            "UT155 18:17 `12211-12219` is no port name: up to 15 lower-case letters, digits and single `-`, "
            "at least one "
            "letter",
            "UT053 19:7 field `action` is missing in an item of `ingress`",
            "UT153 21:17 port range `90:80` ends below its start",
            "UT052 21:26 an item of `ports` is a boolean, where a port, a range or a port name is due",
        });
  CHECK(loaded.set.policies.empty());
}

TEST_CASE("mistakes: a selector is blamed at its byte, behind escapes and in folded blocks") {
  const std::string head =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n";
  CHECK(load_text(head + "  selector: a == 'b' & c == 'd'\n").findings() ==
        Lines{"UT070 5:22 selector: expected &&"});
  CHECK(load_text(head + "  selector: \"a \\x3d 'b'\"\n").findings() ==
        Lines{"UT070 5:16 selector: expected =="});
  CHECK(load_text(head + "  selector: 'a == ''b'' )'\n").findings() ==
        Lines{"UT070 5:25 selector: unexpected content at end of selector [TokRParen() TokEOF()]"});
  const Loaded block = load_text(head + "  selector: |\n    has(a)\n  order: 1\n");
  CHECK(block.findings() == Lines{"UT070 6:11 selector: expected identifier"});
  CHECK(block.diagnostics.in_order()[0]->help_text.find("`>-`") != std::string::npos);
}

TEST_CASE("mistakes: a misspelt field does not count as missing too") {
  const std::string head =
      "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: e}\nspec:\n";
  CHECK(load_text(head + "  nod: n1\n  interfaceName: eth0\n").findings() ==
        Lines{"UT050 5:3 unknown field `nod` in `spec`"});
  CHECK(load_text(head + "  node: n1\n  interfacename: eth0\n").findings() ==
        Lines{"UT051 6:3 field `interfacename` is spelt `interfaceName`"});
}

TEST_CASE("mistakes: a field of another kind says where it belongs") {
  const Loaded loaded = load_text(
      "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {doNotTrack: "
      "true}\n");
  REQUIRE(loaded.findings() == Lines{"UT050 4:8 unknown field `doNotTrack` in `spec`"});
  CHECK(loaded.diagnostics.in_order()[0]->help_text ==
        "only GlobalNetworkPolicy and StagedGlobalNetworkPolicy have it, in their `spec`");
}

TEST_CASE("mistakes: a part of an object that is no mapping is one mistake, whatever the kind") {
  for (const char* kind : {"HostEndpoint", "GlobalNetworkPolicy", "Tier", "Node", "WorkloadEndpoint",
                           "FelixConfiguration", "GlobalNetworkSet", "Profile"}) {
    for (const char* part : {"metadata: [a]", "metadata: a", "metadata: {name: default, labels: [a]}"}) {
      const std::string text =
          fmt::format("apiVersion: projectcalico.org/v3\nkind: {}\n{}\nspec: {{}}\n", kind, part);
      const Loaded loaded = load_text(text);
      const auto findings = loaded.findings();
      CHECK_MESSAGE(
          std::ranges::count_if(
              findings, [](const std::string& finding) { return finding.find("3:") != finding.npos; }) == 1,
          text);
    }
  }
}

TEST_CASE("mistakes: an unknown kind of HTTP path is one mistake") {
  const std::string head =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\n"
      "spec: {ingress: [{action: Allow, http: {paths: [";
  CHECK(load_text(head + "{regex: /a}]}}]}\n").findings() ==
        Lines{"UT050 4:50 unknown field `regex` in an item of `paths`"});
  CHECK(load_text(head + "{}]}}]}\n").findings() ==
        Lines{"UT140 4:49 an HTTP path has exactly one of `exact` and `prefix`"});
}

TEST_CASE("mistakes: the schema fills in the action of a built-in tier, and nothing else") {
  const auto of = [](std::string_view name, std::string_view spec) {
    return load_text(
               fmt::format("apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: {}}}\nspec: {}\n",
                           name, spec))
        .findings();
  };
  CHECK(of("default", "{order: 1000000}") == Lines{});
  CHECK(of("default", "{defaultAction: Deny}") ==
        Lines{"UT175 4:1 tier `default` must have `order: 1000000`"});
  CHECK(of("kube-admin", "{order: 1000}") ==
        Lines{"UT175 4:1 tier `kube-admin` must have `defaultAction: Pass`"});
}

TEST_CASE("mistakes: an unreadable version or kind is one mistake, and not passed over") {
  CHECK(load_text("apiVersion: 3\nkind: GlobalNetworkPolicy\n").findings() ==
        Lines{"UT054 1:13 `apiVersion` is text, but `3` without quotes is a number"});
  CHECK(load_text("apiVersion: projectcalico.org/v3\nkind: [Tier]\n").findings() ==
        Lines{"UT052 2:7 `kind` is a list, where text is due"});
  CHECK(load_text("apiVersion: apps/v1\nkind: [Tier]\n").findings() == Lines{});
}

TEST_CASE("mistakes: a document that cannot be read hides no other") {
  const Loaded loaded = load_text(
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: a}\nspec: [1]\n---\n"
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: b}\nspec: {order: .nan}\n");
  CHECK(loaded.findings() == Lines{"UT052 4:7 `spec` is a list, where a mapping is due",
                                   "UT057 9:15 `order` takes a finite number, not `.nan`"});
}

TEST_CASE("mistakes: a template within quotes is one finding, and its object is left out") {
  const std::string head = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n";
  const std::string said = "this is a Helm (Go) template, which means nothing until it is rendered";
  const std::pair<std::string, std::string> templates[] = {
      {head + "  name: \"{{ .Values.name }}\"\nspec: {order: '{{.Values.order}}', tier: '{{ $.tier }}'}\n",
       "4:10"},
      {head + "  name: p\nspec:\n  selector: \"role == '{{ include \\\"role\\\" . }}'\"\n", "6:23"},
      {head + "  name: p\n  labels: {'{{- .Values.key -}}': x}\nspec: {}\n", "5:13"},
      {"apiVersion: projectcalico.org/v3\nkind: '{{ .Values.kind }}'\nmetadata: {name: p}\n", "2:8"},
      {"apiVersion: '{{ .Values.version }}'\nkind: HostEndpoint\nmetadata: {name: p}\n", "1:14"},
      {"apiVersion: v1\nkind: Pod\nmetadata: {name: \"{{ .Release.Name }}-p\"}\n", "3:19"},
  };
  for (const auto& [text, place] : templates) {
    CAPTURE(text);
    const Loaded loaded = load_text(text);
    CHECK(loaded.findings() == Lines{"UT009 " + place + " " + said});
    CHECK(loaded.set.policies.empty());
  }
  const Loaded two = load_text(templates[0].first + "---\n" + head + "  name: q\nspec: {}\n");
  CHECK(two.findings() == Lines{"UT009 4:10 " + said});
  CHECK(two.set.policies.size() == 1);
}

TEST_CASE("mistakes: braces are no template where others want them, or where nobody reads") {
  const std::string head = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n";
  for (const std::string& text : {
           head + "  name: p\n  annotations: {note: 'made of {{ .Values.x }}'}\nspec: {}\n",
           head + "  name: p\nspec: {ingress: [{action: Allow, metadata: {annotations: {a: '{{ .x }}'}}}]}\n",
           head + "  name: p\nspec:\n  selector: \"role in {'{{', '}}', '{{dns}}', '{{ dns }}'}\"\n",
           std::string(
               "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: '{{ .Values.x }}'}\n"),
           std::string(
               "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: '{{ .Values.x }}'}\n"),
           std::string("apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec:\n"
                       "  containers: [{name: c, args: ['--format={{ .State }}']}]\n"),
       }) {
    CAPTURE(text);
    CHECK(load_text(text).findings() == Lines{});
  }
}

TEST_CASE("mistakes: what Calico accepts is accepted, whatever it comes to") {
  const std::string policy =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n"
      "  ingress: [{action: Allow, source: {notNets: [";
  CHECK(load_text(policy + "0.0.0.0/00]}}]\n").findings() == Lines{});
  CHECK(load_text(policy + "0.0.0.0/0]}}]\n").findings().size() == 1);
  CHECK(load_text(policy + "'::/00']}}]\n").findings().size() == 1);

  const std::string settings =
      "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: rack-a}\nspec:\n";
  const Loaded skipped = load_text(settings + "  nodeSelector: rack == a\n");
  CHECK(skipped.findings() ==
        Lines{"UT181 5:25 FelixConfiguration `rack-a` counts for no node: its `nodeSelector` "
              "is no selector: expected string"});
  CHECK(skipped.set.felix_configurations.empty());
  CHECK(load_text(settings + "  nodeSelector: rack == 'a'\n").set.felix_configurations.size() == 1);
}
