#include "ir/print.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ir/invariants.h"
#include "tests/property/generate.h"

using namespace untrack::ir;
using untrack::property::random_ruleset;

// One of everything that the form can say.
static constexpr std::string_view kEverything = R"(node node-1

%a0 = addresses `selector role == "client"` {
  10.0.0.0/8
  2001:db8::/32
}
%a1 = addresses {
}
%a2 = addresses `a tick \x60, a backslash \x5c and a line end \x0a` {
  192.168.0.7/32
}

%s0 = sockets {
  10.0.0.1 tcp 8080
  2001:db8::1 udp 53
}

hook eth0 ingress {
  block failsafe {
    track tcp to port 22  <- failsafe ingress 0
    track ipv4 tcp from %a0 to port 0  <- failsafe ingress 1
  }
  block tier default {
    untrack any  <- gnp/web ingress 0 5, np/shop/web ingress 7, np/shop/web egress 7
    drop ipv6 not protocol 89 from %a0 & %a1 not %a2  <- gnp/web ingress 1
    next-block icmp type 8 not type 3/4  <- gnp/web ingress 2
    log `calico-packet: ` limit 10/second burst 5 protocol 89  <- gnp/web ingress 3
    log `tick \x60: ` icmpv6 type 135/0  <- gnp/web ingress 4
    untrack tcp from port 1:1023,8080,%s0 not port 443 to not %a1 port none  <- gnp/web ingress 5
    untrack from not port %s0 to not port 1,3:4  <- gnp/web ingress 6
  }
}

hook eth0 egress {
}
)";

static Ruleset parsed(std::string_view text) {
  auto result = parse_ruleset(text);
  if (const auto* error = std::get_if<ParseError>(&result)) FAIL(error->line << ": " << error->message);
  return std::get<Ruleset>(std::move(result));
}

TEST_CASE("print: what was parsed prints as it was written") {
  const Ruleset ruleset = parsed(kEverything);
  CHECK(print(ruleset) == kEverything);
  CHECK(broken_invariant(ruleset) == std::nullopt);
}

TEST_CASE("print: the parts of a rule arrive where they belong") {
  const Ruleset ruleset = parsed(kEverything);
  REQUIRE(ruleset.hooks.size() == 2);
  CHECK(ruleset.node == "node-1");
  CHECK(ruleset.address_set_origins[0] == "selector role == \"client\"");
  CHECK(ruleset.address_set_origins[2] == "a tick `, a backslash \\ and a line end \n");
  const std::vector<Rule>& rules = ruleset.hooks[0].blocks[1].rules;
  CHECK(rules[0].match == Match());
  REQUIRE(rules[0].provenance.size() == 4);
  CHECK(rules[0].provenance[1].policy == "gnp/web");
  CHECK(rules[0].provenance[1].index == 5);
  CHECK(rules[0].provenance[2].policy == "np/shop/web");
  CHECK(rules[0].provenance[3].direction == Direction::Egress);
  CHECK(rules[1].match.not_protocol == Protocol{89});
  CHECK(rules[1].match.source.in == std::vector<AddressSetId>{{0}, {1}});
  CHECK(rules[1].match.source.not_in == std::vector<AddressSetId>{{2}});
  CHECK(rules[2].match.icmp == IcmpMatch{8, std::nullopt});
  CHECK(rules[2].match.not_icmp == IcmpMatch{3, 4});
  CHECK(std::get<LogPacket>(rules[3].action).limit == LogLimit{10, "second", 5});
  CHECK(rules[5].match.source.ports->sockets == std::vector<SocketSetId>{{0}});
  REQUIRE(rules[5].match.destination.ports);
  CHECK(rules[5].match.destination.ports->empty());
}

TEST_CASE("print: a mistake is reported with its line") {
  struct Row {
    std::string_view text;
    std::uint32_t line;
  };
  static constexpr Row kRows[] = {
      {"nodes n\n", 1},
      {"node n\n}\n", 2},
      {"node n\n%a1 = addresses {\n}\n", 2},
      {"node n\n%a0 = addresses {\n}\n%a1 = addresses {\n}\n", 5},
      {"node n\n%a0 = addresses {\n10.0.0.300/8\n}\n", 3},
      {"node n\n%a0 = addresses `open {\n}\n", 2},
      {"node n\n%s0 = sockets {\n10.0.0.1 tcp\n}\n", 3},
      {"hook eth0 sideways {\n}\n", 1},
      {"hook eth0 ingress {\n", 1},
      {"hook eth0 ingress {\nblock b {\nallow any  <- p ingress 0\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack from %a0  <- p ingress 0\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack to port 80:70  <- p ingress 0\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack to port 65536  <- p ingress 0\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack type 256  <- p ingress 0\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack any\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack any  <- p ingress\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nuntrack any  <- p ingress 0,\n}\n}\n", 3},
      {"hook eth0 ingress {\nblock b {\nlog `p` limit 3 burst 5 any  <- p ingress 0\n}\n}\n", 3},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.text);
    const auto result = parse_ruleset(row.text);
    REQUIRE(std::holds_alternative<ParseError>(result));
    CHECK(std::get<ParseError>(result).line == row.line);
  }
}

TEST_CASE("print: every prefix of a good text is refused or read, never a crash") {
  for (std::size_t size = 0; size < kEverything.size(); ++size)
    (void)parse_ruleset(kEverything.substr(0, size));
}

template <class Store>
static bool same_contents(const Store& a, const Store& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

TEST_CASE("print: what was printed is read back whole") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    const Ruleset ruleset = random_ruleset(seed, {.any_match = seed % 2 == 0});
    const Ruleset back = parsed(print(ruleset));
    CHECK(back.node == ruleset.node);
    CHECK(back.hooks == ruleset.hooks);
    CHECK(same_contents(back.address_sets, ruleset.address_sets));
    CHECK(same_contents(back.socket_sets, ruleset.socket_sets));
    CHECK(back.address_set_origins == ruleset.address_set_origins);
  }
}
