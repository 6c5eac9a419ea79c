// The rules of profiles are what ordinary policy ends with, where no tier decides.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "linted.h"

using namespace untrack;
using passes::lint::test::Linted;

namespace {

// An untracked Deny that also drops the replies to what the host asks for: a finding (UT211) exactly if
// something allows the host to ask.
std::string shut(std::string_view profiles, std::string_view more = "") {
  return fmt::format(R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: cache-1-eth0, labels: {{role: cache}}}}
spec: {{node: cache-1, interfaceName: eth0, expectedIPs: [192.0.2.10], profiles: {}}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: shut}}
spec:
  selector: role == 'cache'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress: [{{action: Deny, protocol: TCP, destination: {{notPorts: [11211]}}}}]
---
{})",
                     profiles, more);
}

std::string profile(std::string_view name, std::string_view spec) {
  return fmt::format(
      "apiVersion: projectcalico.org/v3\nkind: Profile\nmetadata: {{name: {}}}\nspec: {}\n---\n", name, spec);
}

std::string tier(std::string_view default_action) {
  return fmt::format(R"(apiVersion: projectcalico.org/v3
kind: Tier
metadata: {{name: web}}
spec: {{order: 5, defaultAction: {}}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: names}}
spec:
  tier: web
  selector: role == 'cache'
  types: [Egress]
  egress: [{{action: Allow, protocol: UDP, destination: {{ports: [53]}}}}]
)",
                     default_action);
}

bool finds(std::string_view code, const std::string& text) {
  return Linted::of_text(text).first(code) != nullptr;
}

}  // namespace

TEST_CASE("profiles: what they allow is ordinary traffic") {
  CHECK_FALSE(finds("UT211", shut("[]")));
  CHECK(finds("UT211", shut("[projectcalico-default-allow]")));
  CHECK(finds("UT211", shut("[web]", profile("web", "{egress: [{action: Allow}]}"))));
  CHECK_FALSE(finds("UT211", shut("[web]", profile("web", "{ingress: [{action: Allow}]}"))));
}

TEST_CASE("profiles: they are asked in the order of the endpoint's list") {
  const std::string closed = profile("closed", "{egress: [{action: Deny}]}");
  CHECK_FALSE(finds("UT211", shut("[closed, projectcalico-default-allow]", closed)));
  CHECK(finds("UT211", shut("[projectcalico-default-allow, closed]", closed)));
}

TEST_CASE("profiles: behind one whose rules are not known nothing is known") {
  CHECK_FALSE(finds("UT211", shut("[missing, projectcalico-default-allow]")));
  CHECK_FALSE(finds(
      "UT211", shut("[odd, projectcalico-default-allow]", profile("odd", "{egress: [{action: deny}]}"))));
}

TEST_CASE("profiles: a tier that denies what it does not decide keeps packets from them") {
  CHECK_FALSE(finds("UT211", shut("[projectcalico-default-allow]", tier("Deny"))));
  CHECK(finds("UT211", shut("[projectcalico-default-allow]", tier("Pass"))));
}

TEST_CASE("profiles: an untracked Allow goes before what they deny") {
  const std::string text = R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: cache-1-eth0, labels: {role: cache}}
spec: {node: cache-1, interfaceName: eth0, expectedIPs: [192.0.2.10], profiles: [web]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: memcached}
spec:
  selector: role == 'cache'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP, destination: {ports: [11211]}}]
  egress: [{action: Allow, protocol: TCP, source: {ports: [11211]}}]
---
)";
  const std::string denied = "{ingress: [{action: Deny, protocol: TCP, source: {nets: [203.0.113.0/24]}}]}";
  CHECK(finds("UT503", text + profile("web", denied)));
  CHECK_FALSE(finds("UT503", text + profile("other", denied)));
}

TEST_CASE("profiles: ssh is shut out unless one lets it in") {
  const auto text = [](std::string_view rules) {
    return shut("[web]", profile("web", rules)) +
           "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\n"
           "spec: {failsafeInboundHostPorts: [{protocol: TCP, port: 6443}]}\n";
  };
  CHECK(finds("UT505", text("{ingress: [{action: Allow, protocol: UDP}]}")));
  CHECK_FALSE(
      finds("UT505", text("{ingress: [{action: Allow, protocol: TCP, destination: {ports: [22]}}]}")));
}
