#include "ir/packet.h"

#include <doctest/doctest.h>

#include "tests/property/generate.h"

using namespace untrack::ir;

TEST_CASE("packet: texts that are read and printed alike") {
  for (const char* text :
       {"tcp 10.0.0.7:40000 > 10.128.0.162:12211", "udp [2001:db8::1]:53 > [2001:db8::2]:40000",
        "icmp 8/0 10.0.0.1 > 10.0.0.2", "icmpv6 128/0 2001:db8::1 > 2001:db8::2",
        "tcp later-fragment 10.0.0.1 > 10.0.0.2", "sctp cut-off 10.0.0.1 > 10.0.0.2",
        "icmp cut-off 10.0.0.1 > 10.0.0.2", "89 10.0.0.1 > 10.0.0.2", "89 later-fragment 10.0.0.1 > 10.0.0.2",
        "icmpv6 10.0.0.1 > 10.0.0.2", "udplite ::1 > ::2"}) {
    CAPTURE(text);
    const auto packet = parse_packet(text);
    REQUIRE(packet);
    CHECK(to_string(*packet) == text);
  }
}

TEST_CASE("packet: other ways to write one") {
  CHECK(parse_packet(" 6  10.0.0.1:1   > 10.0.0.2:2 ") == parse_packet("tcp 10.0.0.1:1 > 10.0.0.2:2"));
  CHECK(parse_packet("udp [::0]:1 > [0::1]:2") == parse_packet("udp [::]:1 > [::1]:2"));
}

TEST_CASE("packet: text of a packet that cannot exist is nothing") {
  for (const char* text : {"",
                           "tcp",
                           "tcp 10.0.0.1 > 10.0.0.2",
                           "tcp 10.0.0.1:1 10.0.0.2:2",
                           "tcp 10.0.0.1:1 > 10.0.0.2",
                           "tcp 10.0.0.1:1 > [::1]:2",
                           "tcp 10.0.0.1:65536 > 10.0.0.2:1",
                           "tcp [10.0.0.1]:1 > 10.0.0.2:1",
                           "icmp 10.0.0.1 > 10.0.0.2",
                           "icmp 8 10.0.0.1 > 10.0.0.2",
                           "icmp 256/0 10.0.0.1 > 10.0.0.2",
                           "icmp 8/0 2001:db8::1 > 2001:db8::2",
                           "tcp later-fragment 10.0.0.1:1 > 10.0.0.2:2",
                           "89 cut-off 10.0.0.1 > 10.0.0.2",
                           "udplite cut-off ::1 > ::2",
                           "icmpv6 cut-off 10.0.0.1 > 10.0.0.2",
                           "256 10.0.0.1 > 10.0.0.2",
                           "tcp later-fragment cut-off 10.0.0.1 > 10.0.0.2",
                           "udp 2001:db8::1:53 > [::1]:2",
                           "89 10.0.0.1:1 > 10.0.0.2:2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_packet(text));
  }
}

TEST_CASE("packet: what is wrong with a text is said") {
  const std::pair<const char*, const char*> pairs[] = {
      {"tcp 10.0.0.1:1 10.0.0.2:2", "ends with `SOURCE > DESTINATION`"},
      {"tcp 10.0.0.1:1>10.0.0.2:2", "ends with `SOURCE > DESTINATION`"},
      {"TPC 10.0.0.1:1 > 10.0.0.2:2", "`TPC` is no protocol"},
      {"tcp 10.0.0.256:1 > 10.0.0.2:2", "`10.0.0.256:1` is no address"},
      {"tcp 10.0.0.1:1 > [::1:2", "`[::1:2` is no address"},
      {"tcp 10.0.0.1:1 > [::1]:2", "different IP versions"},
      {"tcp 10.0.0.1 > 10.0.0.2:2", "`tcp` has a port on both sides"},
      {"gre 10.0.0.1 > 10.0.0.2", "`gre` is no protocol"},
      {"47 10.0.0.1:1 > 10.0.0.2:1", "`47` has no ports"},
      {"icmp 10.0.0.1 > 10.0.0.2", "has a type and a code, like `icmp 8/0`"},
      {"icmpv6 ::1 > ::2", "has a type and a code, like `icmpv6 128/0`"},
      {"icmp 8 10.0.0.1 > 10.0.0.2", "not `8`"},
      {"icmpv6 128/0 10.0.0.1 > 10.0.0.2", "`icmpv6` has no type and code in IPv4"},
      {"tcp syn ack 10.0.0.1:1 > 10.0.0.2:2", "not `syn ack`"},
      {"udp later-fragment 10.0.0.1:1 > 10.0.0.2:2", "it has no ports"},
      {"89 cut-off 10.0.0.1 > 10.0.0.2", "`89` has no header"},
  };
  for (const auto& [text, reason] : pairs) {
    CAPTURE(text);
    const auto packet = explain_packet(text);
    REQUIRE(std::holds_alternative<std::string>(packet));
    CAPTURE(std::get<std::string>(packet));
    CHECK(std::get<std::string>(packet).find(reason) != std::string::npos);
  }
}

TEST_CASE("packet: a reply has the ends exchanged and answers the ICMP type") {
  const std::pair<const char*, const char*> pairs[] = {
      {"tcp 10.0.0.1:1 > 10.0.0.2:2", "tcp 10.0.0.2:2 > 10.0.0.1:1"},
      {"icmp 8/0 10.0.0.1 > 10.0.0.2", "icmp 0/0 10.0.0.2 > 10.0.0.1"},
      {"icmp 13/7 10.0.0.1 > 10.0.0.2", "icmp 14/7 10.0.0.2 > 10.0.0.1"},
      {"icmpv6 139/1 ::1 > ::2", "icmpv6 140/1 ::2 > ::1"},
      {"icmp later-fragment 10.0.0.1 > 10.0.0.2", "icmp later-fragment 10.0.0.2 > 10.0.0.1"},
      {"89 10.0.0.1 > 10.0.0.2", "89 10.0.0.2 > 10.0.0.1"}};
  for (const auto& [request, reply] : pairs) {
    CAPTURE(request);
    CHECK(reply_to(*parse_packet(request)) == parse_packet(reply));
    CHECK(reply_to(*parse_packet(reply)) == parse_packet(request));
  }
  for (const char* text :
       {"icmp 3/4 10.0.0.1 > 10.0.0.2", "icmp 11/0 10.0.0.1 > 10.0.0.2", "icmpv6 2/0 ::1 > ::2",
        "icmpv6 8/0 ::1 > ::2", "icmp 128/0 10.0.0.1 > 10.0.0.2"}) {
    CAPTURE(text);
    CHECK_FALSE(reply_to(*parse_packet(text)));
  }
}

TEST_CASE("packet: parse(print(x)) == x and the reply to a reply is the request") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Ruleset ruleset = untrack::property::random_ruleset(seed);
    for (const Packet& packet : untrack::property::boundary_packets(ruleset, ruleset.hooks.front(), 500)) {
      REQUIRE(parse_packet(to_string(packet)) == packet);
      const auto reply = reply_to(packet);
      if (reply) REQUIRE(reply_to(*reply) == packet);
    }
  }
}
