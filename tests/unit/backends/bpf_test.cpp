#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "backends/bpf/emit.h"
#include "ir/evaluate.h"
#include "ir/print.h"
#include "tests/property/generate.h"
#include "tests/unit/backends/bpf_image.h"

using namespace untrack;
using untrack::test::BpfImage;

static std::vector<backends::Artifact> emitted(const ir::Ruleset& ruleset) {
  Diagnostics diagnostics;
  std::vector<backends::Artifact> artifacts = backends::bpf::emit(ruleset, {}, diagnostics);
  REQUIRE(diagnostics.empty());
  return artifacts;
}

static void check_packets(const ir::Ruleset& ruleset, std::size_t count) {
  const std::vector<backends::Artifact> artifacts = emitted(ruleset);
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    const auto object =
        std::ranges::find(artifacts, "bpf/" + hook.interface_name + ".bpf.o", &backends::Artifact::path);
    REQUIRE(object != artifacts.end());
    const BpfImage image = BpfImage::in_object(object->bytes);
    CHECK(image.broken() == "");
    CHECK(image.number(24 + 4 * static_cast<std::size_t>(hook.direction), 4) == 1);
    for (const ir::Packet& packet : property::boundary_packets(ruleset, hook, count)) {
      const ir::Verdict expected = ir::evaluate(ruleset, hook, packet).verdict;
      const ir::Verdict found = image.verdict(hook.direction, packet);
      CHECK_MESSAGE(found == expected, to_string(hook.direction), " ", to_string(packet), ": expected ",
                    to_string(expected), ", found ", to_string(found));
    }
  }
}

TEST_CASE("bpf: images do what random rulesets mean") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    property::RulesetShape shape;
    shape.any_match = seed % 2 == 1;
    shape.logs = false;
    check_packets(property::random_ruleset(seed, shape), 500);
  }
}

TEST_CASE("bpf: images do what long lists mean") {
  for (const property::ListKind kind : property::kListKinds) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      CAPTURE(static_cast<int>(kind));
      CAPTURE(seed);
      ir::Ruleset ruleset = property::random_list(seed, kind);
      for (ir::InterfaceHook& hook : ruleset.hooks) {
        for (ir::Block& block : hook.blocks) {
          std::erase_if(block.rules, [](const ir::Rule& rule) {
            return std::holds_alternative<ir::LogPacket>(rule.action);
          });
        }
      }
      check_packets(ruleset, 300);
    }
  }
}

// ---- rulesets of a known size

static ir::Rule rule(ir::Action action, std::uint32_t index) {
  ir::Rule made;
  made.action = action;
  made.provenance = {{"gnp/test", ir::Direction::Ingress, index, {}}};
  return made;
}

static ir::AddressSetId net(ir::Ruleset& ruleset, std::uint32_t first, int bits) {
  return ruleset.address_sets.intern(ir::AddressSet({ir::Cidr(ir::Address(ir::IpVersion::V4, first), bits)}));
}

// `count` services: a tcp port each, and a net of its own that may use it.
static std::vector<ir::Rule> services(ir::Ruleset& ruleset, std::uint32_t count) {
  std::vector<ir::Rule> rules;
  for (std::uint32_t i = 0; i < count; ++i) {
    ir::Rule made = rule(ir::Untrack{}, i);
    made.match.protocol = ir::kTcp;
    made.match.destination.ports =
        ir::PortMatch{ir::PortSet({{static_cast<ir::Port>(1000 + i), static_cast<ir::Port>(1000 + i)}}), {}};
    made.match.source.in = {net(ruleset, 0x0a000000 + i * 512, 24)};
    rules.push_back(std::move(made));
  }
  return rules;
}

// A rule for each of `count` nets.
static std::vector<ir::Rule> denied(ir::Ruleset& ruleset, std::uint32_t count) {
  std::vector<ir::Rule> rules;
  for (std::uint32_t i = 0; i < count; ++i) {
    rules.push_back(rule(ir::Drop{}, i));
    rules.back().match.source.in = {net(ruleset, 0x0a000000 + i * 1777, 32)};
  }
  return rules;
}

static ir::Ruleset ingress_on_eth0(std::vector<ir::Block> blocks, ir::Ruleset ruleset) {
  ruleset.node = "test";
  ruleset.hooks = {{"eth0", ir::Direction::Ingress, std::move(blocks)}};
  ruleset.address_set_origins.resize(ruleset.address_sets.size());
  return ruleset;
}

static std::size_t image_size(const ir::Ruleset& ruleset) {
  return BpfImage::in_object(emitted(ruleset).front().bytes).bytes().size();
}

TEST_CASE("bpf: a long list is not multiplied by the ports behind it") {
  ir::Ruleset ruleset;
  const std::vector<ir::Rule> list = denied(ruleset, 10'000), ports = services(ruleset, 1000);
  const ir::Ruleset both = ingress_on_eth0({{"tier a", list}, {"tier b", ports}}, ruleset),
                    first = ingress_on_eth0({{"tier a", list}}, ruleset),
                    second = ingress_on_eth0({{"tier b", ports}}, ruleset);
  check_packets(both, 2000);
  CHECK(image_size(both) <= image_size(first) + image_size(second));
}

TEST_CASE("bpf: sizes of large policies") {
  ir::Ruleset ruleset;
  const std::vector<ir::Rule> ports = services(ruleset, 5000), list = denied(ruleset, 100'000);
  CHECK(image_size(ingress_on_eth0({{"tier a", ports}}, ruleset)) < 2'000'000);
  CHECK(image_size(ingress_on_eth0({{"tier a", list}}, ruleset)) < 4'000'000);
}

TEST_CASE("bpf: the same rules give the same bytes") {
  property::RulesetShape shape;
  shape.logs = false;
  CHECK(emitted(property::random_ruleset(3, shape)) == emitted(property::random_ruleset(3, shape)));
}

TEST_CASE("bpf: a log rule is refused") {
  ir::Ruleset ruleset = ingress_on_eth0({{"tier a", {rule(ir::LogPacket{"x", {}}, 0)}}}, {});
  Diagnostics diagnostics;
  CHECK(backends::bpf::emit(ruleset, {}, diagnostics).empty());
  CHECK(diagnostics.refuses_compile());
}

TEST_CASE("bpf: what does not fit into an image is refused; a kernel before 5.17 takes 4 MiB") {
  std::vector<ir::Cidr> hosts;
  for (std::uint32_t i = 0; i < 510'000; ++i)
    hosts.emplace_back(ir::Address(ir::IpVersion::V4, 0x0a000000 + i * 1777), 32);
  ir::Ruleset ruleset;
  ir::Rule deny = rule(ir::Drop{}, 0);
  deny.match.source.in = {ruleset.address_sets.intern(ir::AddressSet(hosts))};
  ruleset = ingress_on_eth0({{"tier a", {deny}}}, ruleset);
  for (const bool old : {false, true}) {
    backends::Options options;
    if (old) options.versions[backends::Tool::Kernel] = {{5, 10}};
    Diagnostics diagnostics;
    const auto artifacts = backends::bpf::emit(ruleset, options, diagnostics);
    CHECK(diagnostics.refuses_compile() == old);
    if (!old) CHECK(artifacts.front().needs.front().least == backends::Version{{5, 17}});
  }
}

TEST_CASE("bpf: the companion rule trusts the mark on interfaces with an ingress image") {
  ir::Ruleset ruleset;
  ruleset.node = "test";
  ruleset.hooks = {{"eth0", ir::Direction::Ingress, {}},
                   {"eth1", ir::Direction::Egress, {}},
                   {"eth2", ir::Direction::Ingress, {}}};
  const auto artifacts = emitted(ruleset);
  REQUIRE(artifacts.size() == 6);  // and the rule for iptables, one file for each IP version
  CHECK(artifacts[3].path == "bpf/companion.nft");
  CHECK(artifacts[3].bytes.find(
            "meta mark & 0x00010000 == 0x00010000 iifname { \"eth0\", \"eth2\" } notrack accept\n") !=
        std::string::npos);
  CHECK(BpfImage::in_object(artifacts[1].bytes).number(24, 4) == 0);
  CHECK(BpfImage::in_object(artifacts[1].bytes).number(28, 4) == 1);
}
