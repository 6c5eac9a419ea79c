#include "ir/hook_content.h"

#include <doctest/doctest.h>

#include "ir/meaning.h"

using namespace untrack::ir;

static AddressSet nets(std::string_view text) {
  return AddressSet({*Cidr::parse(text)});
}

// One rule for each of the nets, by the numbers that the Ruleset gives them.
static InterfaceHook hook_from(std::vector<AddressSetId> sources, Action action = Untrack{}) {
  InterfaceHook hook{"eth0", Direction::Ingress, {{"tier default", {}}}};
  for (const AddressSetId id : sources) {
    Match match;
    match.source.in = {id};
    hook.blocks.front().rules.push_back({match, action, {{}}});
  }
  return hook;
}

TEST_CASE("hook content: it is what the rules say, not how sets are numbered or hooks are called") {
  Ruleset a, b;
  const AddressSetId a10 = a.address_sets.intern(nets("10.0.0.0/8"));
  const AddressSetId a192 = a.address_sets.intern(nets("192.168.0.0/16"));
  const AddressSetId b192 = b.address_sets.intern(nets("192.168.0.0/16"));
  const AddressSetId b10 = b.address_sets.intern(nets("10.0.0.0/8"));
  const HookContent content = content_of(a, hook_from({a10, a192}));

  InterfaceHook other = hook_from({b10, b192});
  other.interface_name = "eth1";
  other.blocks.front().name = "tier other";
  other.blocks.front().rules.front().provenance = {{"gnp/p", Direction::Egress, 3, {}}};
  CHECK(content_of(b, other) == content);

  CHECK(content_of(b, hook_from({b192, b10})) != content);  // first match: the order counts
  CHECK(content_of(a, hook_from({a10})) != content);
  CHECK(content_of(a, hook_from({a10, a10})) != content);
  CHECK(content_of(a, hook_from({a10, a192}, Drop{})) != content);
  other.direction = Direction::Egress;
  CHECK(content_of(b, other) != content);

  InterfaceHook cut = hook_from({a10, a192});
  cut.blocks.push_back({"tier second", {cut.blocks.front().rules.back()}});
  cut.blocks.front().rules.pop_back();
  CHECK(content_of(a, cut) != content);  // rules are named by their blocks
}

TEST_CASE("hook content: every part of a match is told apart from every other one") {
  Ruleset ruleset;
  const AddressSetId set = ruleset.address_sets.intern(nets("10.0.0.0/8"));
  const SocketSetId sockets = ruleset.socket_sets.intern(SocketSet({{Address{IpVersion::V4, 1}, kTcp, 80}}));
  const PortMatch port{PortSet({{80, 80}}), {}}, named{{}, {sockets}};
  std::vector<Match> matches(1);
  const auto add = [&](auto change) { change(matches.emplace_back()); };
  add([](Match& m) { m.ip_version = IpVersion::V4; });
  add([](Match& m) { m.ip_version = IpVersion::V6; });
  add([](Match& m) { m.protocol = kTcp; });
  add([](Match& m) { m.not_protocol = kTcp; });
  add([](Match& m) { m.icmp = IcmpMatch{8, std::nullopt}; });
  add([](Match& m) { m.icmp = IcmpMatch{8, 0}; });
  add([](Match& m) { m.not_icmp = IcmpMatch{8, 0}; });
  for (SideMatch Match::* const side : {&Match::source, &Match::destination}) {
    add([&](Match& m) { (m.*side).in = {set}; });
    add([&](Match& m) { (m.*side).not_in = {set}; });
    add([&](Match& m) { (m.*side).ports = PortMatch{}; });
    add([&](Match& m) { (m.*side).ports = port; });
    add([&](Match& m) { (m.*side).ports = named; });
    add([&](Match& m) { (m.*side).not_ports = port; });
    add([&](Match& m) { (m.*side).not_ports = named; });
  }
  for (std::size_t i = 0; i < matches.size(); ++i) {
    for (std::size_t j = 0; j < matches.size(); ++j) {
      const auto content = [&](const Match& match) {
        return content_of(ruleset, {"eth0", Direction::Ingress, {{"tier", {{match, Untrack{}, {{}}}}}}});
      };
      CHECK((content(matches[i]) == content(matches[j])) == (i == j));
    }
  }
}

TEST_CASE("meaning: hooks of one content have one meaning, found once") {
  Ruleset ruleset;
  const AddressSetId set = ruleset.address_sets.intern(nets("10.0.0.0/8"));
  PacketSpace space;
  const HookMeaning first = meaning(space, ruleset, hook_from({set}));
  const std::size_t edges = space.edge_count();
  const HookMeaning again = meaning(space, ruleset, hook_from({set}));
  CHECK(again.map == first.map);
  CHECK(again.traces == first.traces);
  CHECK(space.edge_count() == edges);
  CHECK(meaning(space, ruleset, hook_from({set}, Drop{})).map == first.map);  // the deciding rule is the same
  CHECK(meaning(space, ruleset, hook_from({set}, Drop{})).traces != first.traces);

  space = PacketSpace();  // forgets, ids with them
  CHECK(space.edge_count() == 0);
  meaning(space, ruleset, hook_from({set}));
  CHECK(space.edge_count() != 0);
}
