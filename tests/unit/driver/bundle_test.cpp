#include "driver/bundle/bundle.h"

#include <doctest/doctest.h>

#include "passes/lower_failsafes.h"

using namespace untrack;

namespace {

ir::Ruleset ruleset(std::string node) {
  ir::Ruleset result;
  result.node = std::move(node);
  ir::FelixSettings settings;
  settings.failsafe_inbound = {
      {ir::kTcp, 22}, {ir::kTcp, 2222}, {ir::kUdp, 68, ir::Cidr::parse("10.0.0.0/8")}};
  settings.failsafe_outbound = {};
  result.hooks.push_back({"eth0", ir::Direction::Ingress, {}});
  result.hooks.back().blocks.push_back(passes::lower_failsafes(settings, ir::Direction::Ingress, result));
  return result;
}

std::string script(std::string_view name, const ir::Ruleset& policy) {
  const std::vector<driver::TargetFiles> artifacts = {{driver::Target::Nft, {{"nft/untrack.nft", "abc"}}}};
  for (const backends::Artifact& each : driver::bundle(policy, artifacts, {})) {
    if (each.path == name) return each.bytes;
  }
  return "";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("bundle: each script begins as one") {
  for (const char* name : {"apply", "rollback", "status"}) {
    CHECK(script(name, ruleset("n1")).starts_with("#!/bin/sh\n"));
  }
}

TEST_CASE("bundle: a script knows the digest of what was proved") {
  // FIPS 180-4 gives this digest of `abc` as its example.
  static constexpr std::string_view kDigest =
      "artifacts='ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  nft/untrack.nft'\n";
  CHECK(contains(script("apply", ruleset("n1")), kDigest));
  CHECK(contains(script("status", ruleset("n1")), kDigest));
}

TEST_CASE("bundle: apply and status know the interfaces that have rules") {
  ir::Ruleset policy = ruleset("n1");
  policy.hooks.push_back({"eth1", ir::Direction::Egress, {}});
  policy.hooks.push_back({"eth0", ir::Direction::Egress, {}});
  CHECK(contains(script("apply", policy), "\ninterfaces='eth0 eth1'\n"));
  CHECK(contains(script("status", policy), "\ninterfaces='eth0 eth1'\n"));
}

TEST_CASE("bundle: failsafes of the policy are probes, one line for all ports of a kind") {
  CHECK(contains(script("apply", ruleset("n1")),
                 "failsafes='in eth0 4 tcp dport 22,2222 any\n"
                 "in eth0 4 udp dport 68 10.0.0.0/8\n"
                 "in eth0 6 tcp dport 22,2222 any'\n"));
}

TEST_CASE("bundle: no name of a node is more than a word to the shell") {
  CHECK(contains(script("apply", ruleset("n'$(reboot)`")), R"(node='n'\''$(reboot)`')"));
}
