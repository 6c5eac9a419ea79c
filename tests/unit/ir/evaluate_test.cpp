#include "ir/evaluate.h"

#include <doctest/doctest.h>

#include <utility>

using namespace untrack::ir;

static Packet packet(const char* text) {
  return parse_packet(text).value();
}

static AddressSetId net(Ruleset& ruleset, const char* text) {
  return ruleset.address_sets.intern(AddressSet({Cidr::parse(text).value()}));
}

using Cases = std::initializer_list<std::pair<const char*, bool>>;
static void check(const Ruleset& ruleset, const Match& match, Cases cases) {
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(matches(ruleset, match, packet(text)) == expected);
  }
}

TEST_CASE("evaluate: a positive port match needs ports, a negated one does not") {
  Match positive, negative;
  positive.destination.ports = PortMatch{PortSet({{80, 90}}), {}};
  negative.destination.not_ports = {PortSet({{80, 90}}), {}};
  check({}, positive,
        {{"tcp 10.0.0.1:1 > 10.0.0.2:80", true},
         {"udp 10.0.0.1:80 > 10.0.0.2:91", false},
         {"tcp later-fragment 10.0.0.1 > 10.0.0.2", false},
         {"tcp cut-off 10.0.0.1 > 10.0.0.2", false},
         {"89 10.0.0.1 > 10.0.0.2", false}});
  check({}, negative,
        {{"tcp 10.0.0.1:1 > 10.0.0.2:80", false},
         {"udp 10.0.0.1:80 > 10.0.0.2:91", true},
         {"tcp later-fragment 10.0.0.1 > 10.0.0.2", true},
         {"tcp cut-off 10.0.0.1 > 10.0.0.2", true},
         {"89 10.0.0.1 > 10.0.0.2", true}});
}

TEST_CASE("evaluate: a port match that is there but empty never matches") {
  Match match;
  match.source.ports = PortMatch{};
  check({}, match, {{"tcp 10.0.0.1:1 > 10.0.0.2:80", false}, {"89 10.0.0.1 > 10.0.0.2", false}});
}

TEST_CASE("evaluate: a named port is address, protocol and port of its own side") {
  Ruleset ruleset;
  const SocketSetId http = ruleset.socket_sets.intern(SocketSet({{*Address::parse("10.0.0.2"), kTcp, 80}}));
  Match positive, negative;
  positive.destination.ports = PortMatch{PortSet({{53, 53}}), {http}};
  negative.destination.not_ports = {PortSet(), {http}};
  check(ruleset, positive,
        {{"tcp 10.0.0.1:1 > 10.0.0.2:80", true},
         {"udp 10.0.0.1:1 > 10.0.0.2:80", false},
         {"tcp 10.0.0.1:1 > 10.0.0.3:80", false},
         {"tcp 10.0.0.2:80 > 10.0.0.1:1", false},
         {"udp 10.0.0.1:1 > 10.0.0.3:53", true},
         {"89 10.0.0.1 > 10.0.0.2", false}});
  check(ruleset, negative,
        {{"tcp 10.0.0.1:1 > 10.0.0.2:80", false},
         {"udp 10.0.0.1:1 > 10.0.0.2:80", true},
         {"tcp cut-off 10.0.0.1 > 10.0.0.2", true},
         {"89 10.0.0.1 > 10.0.0.2", true}});
}

TEST_CASE("evaluate: an address is in each set and in none of the negated ones") {
  Ruleset ruleset;
  Match match;
  match.source.in = {net(ruleset, "10.0.0.0/8"), net(ruleset, "10.1.0.0/16")};
  match.source.not_in = {net(ruleset, "10.1.1.0/24")};
  check(ruleset, match,
        {{"89 10.1.0.1 > 10.0.0.2", true},
         {"89 10.1.1.1 > 10.0.0.2", false},
         {"89 10.2.0.1 > 10.0.0.2", false},
         {"89 ::1 > ::2", false}});
  Match other_version;
  other_version.source.not_in = {net(ruleset, "10.0.0.0/8")};
  check(ruleset, other_version, {{"89 ::1 > ::2", true}});
}

TEST_CASE("evaluate: ICMP is matched where its header can be read") {
  Match positive, negative;
  positive.icmp = IcmpMatch{8, 0};
  negative.not_icmp = IcmpMatch{8, std::nullopt};
  check({}, positive,
        {{"icmp 8/0 10.0.0.1 > 10.0.0.2", true},
         {"icmp 8/1 10.0.0.1 > 10.0.0.2", false},
         {"icmpv6 8/0 ::1 > ::2", true},
         {"icmp cut-off 10.0.0.1 > 10.0.0.2", false},
         {"icmpv6 10.0.0.1 > 10.0.0.2", false},
         {"tcp 10.0.0.1:8 > 10.0.0.2:8", false}});
  check({}, negative,
        {{"icmp 8/1 10.0.0.1 > 10.0.0.2", false},
         {"icmp 0/0 10.0.0.1 > 10.0.0.2", true},
         {"icmp later-fragment 10.0.0.1 > 10.0.0.2", true},
         {"tcp 10.0.0.1:8 > 10.0.0.2:8", true}});
}

TEST_CASE("evaluate: protocol and its negation hold both; versions are told apart") {
  Match match;
  match.not_protocol = kTcp;
  match.ip_version = IpVersion::V4;
  check({}, match,
        {{"udp 10.0.0.1:1 > 10.0.0.2:2", true},
         {"udp [::1]:1 > [::2]:2", false},
         {"tcp 10.0.0.1:1 > 10.0.0.2:2", false}});
  match.protocol = kTcp;
  check({}, match, {{"udp 10.0.0.1:1 > 10.0.0.2:2", false}, {"tcp 10.0.0.1:1 > 10.0.0.2:2", false}});
}

static Rule rule(Protocol protocol, Action action) {
  return {{.protocol = protocol}, std::move(action), {{}}};
}

TEST_CASE("evaluate: the first terminal rule decides, NextBlock skips its block, Log goes on") {
  Ruleset ruleset;
  ruleset.hooks.push_back(
      {"eth0",
       Direction::Ingress,
       {{"tier a",
         {rule(kTcp, LogPacket{"a: ", {}}), rule(kTcp, NextBlock{}), rule(kTcp, Drop{}), rule(kUdp, Drop{})}},
        {"tier b",
         {rule(kUdp, Untrack{}), rule(kTcp, Untrack{}), rule(kSctp, NextBlock{}), rule(kSctp, Drop{})}}}});
  const auto trace = [&](const char* text) {
    return evaluate(ruleset, "eth0", Direction::Ingress, packet(text));
  };
  CHECK(trace("tcp 10.0.0.1:1 > 10.0.0.2:2") == Trace{{{0, 0}, {0, 1}, {1, 1}}, Verdict::Untrack, true});
  CHECK(trace("udp 10.0.0.1:1 > 10.0.0.2:2") == Trace{{{0, 3}}, Verdict::Drop, true});
  CHECK(trace("sctp 10.0.0.1:1 > 10.0.0.2:2") == Trace{{{1, 2}}, Verdict::Track, false});
  CHECK(trace("89 10.0.0.1 > 10.0.0.2") == Trace{});
  CHECK(evaluate(ruleset, "eth0", Direction::Egress, packet("udp 10.0.0.1:1 > 10.0.0.2:2")) == Trace{});
  CHECK(evaluate(ruleset, "eth1", Direction::Ingress, packet("udp 10.0.0.1:1 > 10.0.0.2:2")) == Trace{});
}
