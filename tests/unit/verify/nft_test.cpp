#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <vector>

#include "support.h"

namespace untrack::verify {

static std::string script(std::string_view rules) {
  return fmt::format(
      "table inet untrack {{\n chain out {{\n type filter hook output priority raw; policy accept;\n }}\n"
      " chain jumped {{\n notrack accept\n }}\n set s {{ type ipv4_addr; flags interval; elements = {{ "
      "10.0.0.0/8 }}\n }}\n"
      " chain in {{\n type filter hook prerouting priority raw; policy accept;\n {}\n }}\n}}\n",
      rules);
}

static std::string fate_in(std::string_view rules, std::string_view packet) {
  return fate(read_nft("x.nft", script(rules)), ir::Direction::Ingress, "eth0", packet);
}

// ---- what the kernel does with one test, as tried with the packets named so (docs/verify.md)

static const std::vector<std::string> kPackets = {
    "tcp 10.0.0.2:40000 > 10.0.0.1:80",   "tcp later-fragment 10.0.0.2 > 10.0.0.1",
    "tcp cut-off 10.0.0.2 > 10.0.0.1",    "udp 10.0.0.2:40000 > 10.0.0.1:80",
    "icmp 8/0 10.0.0.2 > 10.0.0.1",       "icmp later-fragment 10.0.0.2 > 10.0.0.1",
    "icmp cut-off 10.0.0.2 > 10.0.0.1",   "47 10.0.0.2 > 10.0.0.1",
    "tcp [fd00::2]:40000 > [fd00::1]:80", "tcp later-fragment fd00::2 > fd00::1",
    "icmpv6 128/0 fd00::2 > fd00::1",     "icmp fd00::2 > fd00::1",
};

namespace {
struct Look {
  std::string test;
  std::string found;  // by packet: Y taken, n not, ? either
};
}  // namespace
static const std::vector<Look> kLooks = {
    {"tcp dport 80", "Y??nnnnnY?nn"},
    {"tcp dport != 80", "n??nnnnnn?nn"},
    {"tcp dport != 81", "Y??nnnnnY?nn"},
    {"th dport 80", "Y??Y????Y???"},
    {"th dport != 80", "n??n????n???"},
    {"@th,16,16 80", "Y??Y????Y???"},
    // Whether bytes are there: the last ones of a header are not where it is cut off.
    {"meta l4proto tcp @th,152,8 0-255", "Y?nnnnnnY?nn"},
    {"meta l4proto tcp @th,152,8 >= 0", "Y?nnnnnnY?nn"},
    {"meta l4proto tcp @th,152,8 & 0 == 0", "Y?nnnnnnY?nn"},
    {"meta l4proto tcp @th,144,8 0-255", "Y??nnnnnY?nn"},
    {"meta l4proto tcp @th,160,8 0-255", "??nnnnnn??nn"},
    {"meta l4proto icmp @th,56,8 0x0-0xff", "nnnnY?nnnnn?"},
    {"@th,56,8 7", "??????n?????"},
    {"tcp dport & 0xfff0 == 80", "Y??nnnnnY?nn"},
    {"tcp dport < 80", "n??nnnnnn?nn"},
    {"tcp dport ge 80", "Y??nnnnnY?nn"},
    {"tcp dport < 0", "nnnnnnnnnnnn"},
    {"meta l4proto . th dport { tcp . 80, udp . 80 }", "Y??YnnnnY?nn"},
    {"meta l4proto . th dport != { tcp . 80 }", "n??Y????n???"},
    {"ip protocol . th dport { 6 . 0-65535 }", "Y??nnnnnnnnn"},
    {"icmp type echo-request", "nnnnY??nnnnn"},
    {"icmp type != 8", "nnnnn??nnnnn"},
    {"icmp type . icmp code != { 8 . 1 }", "nnnnY??nnnnn"},
    {"meta l4proto icmp icmp type 8", "nnnnY??nnnn?"},
    {"meta nfproto ipv4 meta l4proto icmp icmp type 8", "nnnnY??nnnnn"},
    {"icmpv6 type 128", "nnnnnnnnnnYn"},
    {"ip frag-off & 0x1fff != 0", "nYnnnYnnnnnn"},
    {"ip frag-off & 0x1fff == 0", "YnYYYnYYnnnn"},
    {"ip frag-off & 0x3fff != 0", "?Y???Y??nnnn"},
    {"frag frag-off != 0", "nnnnnnnnnYnn"},
    {"frag frag-off 0", "nnnnnnnn?n??"},
    {"exthdr frag exists", "nnnnnnnn?Y??"},
    {"exthdr frag missing", "nnnnnnnn?n??"},
    {"ip6 nexthdr tcp", "nnnnnnnn?nnn"},
    {"ip6 nexthdr 44", "nnnnnnnn????"},
    {"meta l4proto != tcp", "nnnYYYYYnnYY"},
    {"meta nfproto ipv6", "nnnnnnnnYYYY"},
    {"meta protocol ip", "YYYYYYYYnnnn"},
    {"ip saddr 10.0.0.0/8", "YYYYYYYYnnnn"},
    {"ip saddr != 10.0.0.0/8", "nnnnnnnnnnnn"},
    {"ip saddr @s", "YYYYYYYYnnnn"},
    {"ip saddr & 255.255.255.0 == 10.0.0.0", "YYYYYYYYnnnn"},
    {"ip saddr & 255.255.255.0 == 10.0.0.1", "nnnnnnnnnnnn"},
    {"ip6 saddr fd00::/8", "nnnnnnnnYYYY"},
    {"iifname \"eth0\"", "YYYYYYYYYYYY"},
    {"iifname { \"eth*\", \"lo\" }", "YYYYYYYYYYYY"},
    {"iifname != eth0", "nnnnnnnnnnnn"},
    {"oifname \"eth0\"", "nnnnnnnnnnnn"},
    {"oifname != \"eth0\"", "????????????"},
    {"iifname . meta l4proto { \"eth0\" . tcp }", "YYYnnnnnYYnn"},
    {"tcp dport 80 udp dport 80", "nnnnnnnnnnnn"},
    {"ip saddr { * }", "YYYYYYYYnnnn"},
};

TEST_CASE("nft: a test finds what the kernel finds, with fragments, cut-off headers and other protocols") {
  for (const Look& look : kLooks) {
    std::string found;
    for (const std::string& packet : kPackets) {
      const std::string fate = fate_in(look.test + " drop", packet);
      found += fate == "drop" ? 'Y' : fate == "track" ? 'n' : '?';
    }
    CAPTURE(look.test);
    CHECK(found == look.found);
  }
}

// ---- walks

namespace {
struct Walk {
  std::string rules;
  std::string tcp_80, udp_53;
};
}  // namespace
static const std::vector<Walk> kWalks = {
    {"", "track", "track"},
    {"notrack", "untrack", "untrack"},
    {"tcp dport 80 notrack accept\ndrop", "untrack", "drop"},
    {"tcp dport 80 accept\nnotrack", "track", "untrack"},
    {"tcp dport 80 return\ndrop", "track", "drop"},
    {"tcp dport 80 jump jumped\ndrop", "untrack", "drop"},
    {"tcp dport 80 continue\ndrop", "drop", "drop"},
    {"notrack tcp dport 80 drop", "drop", "untrack"},
    {"log prefix \"a \" tcp dport 80 log prefix \"b \" drop", "drop log `a ` log `b `", "track log `a `"},
    {"th dport vmap { 80 : drop, 53 : goto jumped }\ndrop", "drop", "untrack"},
    {"th dport vmap { 0-79 : drop, * : jump jumped }", "untrack", "drop"},
    {"tcp dport vmap { 80 : continue }\ndrop", "drop", "drop"},
    {"counter packets 1 bytes 40 tcp dport { 80, 443, } counter drop comment \"why\"", "drop", "track"},
    {"limit rate 10/second log prefix \"x\"", "track log `x`", "track log `x`"},
    // A mark says "let me through the filter": of a packet that stays tracked no policy means that, also
    // where it may have had the mark before.
    {"meta mark set meta mark | 0x00010000", "undefined", "undefined"},
    {"tcp dport 80 notrack meta mark set mark or 0x10000 accept", "untrack", "undefined"},
    {"meta mark set meta mark & 0xfffeffff\ntcp dport 80 notrack meta mark set mark or 0x10000 accept",
     "untrack", "track"},
    {"meta mark set mark and 0xfffeffff\nnotrack tcp dport 80 meta mark set mark or 0x10000 accept",
     "untrack", "undefined"},
    {"notrack meta mark set mark or 0x10000\nmeta mark set mark and 0xfffeffff", "undefined", "undefined"},
};

TEST_CASE("nft: rules run in order, statements too") {
  for (const Walk& walk : kWalks) {
    CAPTURE(walk.rules);
    CHECK(fate_in(walk.rules, "tcp 10.0.0.2:40000 > 10.0.0.1:80") == walk.tcp_80);
    CHECK(fate_in(walk.rules, "udp 10.0.0.2:40000 > 10.0.0.1:53") == walk.udp_53);
  }
}

TEST_CASE("nft: an undecided match is harmless where both branches come to one end") {
  const std::string fragment = "udp later-fragment 10.0.0.2 > 10.0.0.1";
  CHECK(fate_in("udp dport 53 drop\ndrop", fragment) == "drop");
  CHECK(fate_in("udp dport 53 accept", fragment) == "track");
  CHECK(fate_in("udp dport 53 goto jumped\nnotrack", fragment) == "untrack");
  CHECK(fate_in("udp dport 53 log prefix \"x\"", fragment) == "undefined");
}

TEST_CASE("nft: goto does not come back to the chain it left") {
  const std::string text =
      "table inet t {\n chain b {\n tcp dport 80 return\n notrack\n }\n"
      " chain a {\n goto b\n drop\n }\n"
      " chain in {\n type filter hook prerouting priority raw; policy accept;\n jump a\n tcp dport 80 drop\n "
      "}\n}\n";
  const ReadResult read = read_nft("x.nft", text);
  CHECK(fate(read, ir::Direction::Ingress, "eth0", "tcp 10.0.0.2:40000 > 10.0.0.1:80") == "drop");
  CHECK(fate(read, ir::Direction::Ingress, "eth0", "udp 10.0.0.2:40000 > 10.0.0.1:80") == "untrack");
  CHECK(fate(read, ir::Direction::Egress, "eth0", "udp 10.0.0.2:40000 > 10.0.0.1:80") == "track");
}

TEST_CASE("nft: accept ends one base chain, drop all of them; priority says which is first") {
  const std::string text =
      "table inet t {\n chain late {\n type filter hook prerouting priority -250; policy drop;\n"
      " tcp dport 80 notrack accept\n udp dport 53 accept\n }\n"
      " chain early {\n type filter hook prerouting priority raw - 10;\n tcp dport 80 accept\n udp dport 53 "
      "notrack accept\n }\n}\n";
  const ReadResult read = read_nft("x.nft", text);
  CHECK(fate(read, ir::Direction::Ingress, "e", "tcp 10.0.0.2:40000 > 10.0.0.1:80") == "untrack");
  CHECK(fate(read, ir::Direction::Ingress, "e", "udp 10.0.0.2:40000 > 10.0.0.1:53") == "untrack");
  CHECK(fate(read, ir::Direction::Ingress, "e", "udp 10.0.0.2:40000 > 10.0.0.1:54") == "drop");
}

TEST_CASE("nft: a chain behind conntrack that only accepts changes nothing") {
  const std::string text =
      "table inet t {\n chain f {\n type filter hook input priority filter; policy accept;\n"
      " tcp dport 80 accept\n }\n}\n";
  CHECK(verdict({}, read_nft("x.nft", text)) == "equal");
}

TEST_CASE("nft: commands change what the ones before have made") {
  const std::string made = script("ip saddr @s drop");
  const auto source_10 = [&](std::string_view more) {
    return fate(read_nft("x.nft", made + std::string(more)), ir::Direction::Ingress, "e",
                "udp 10.0.0.2:40000 > 10.0.0.1:54");
  };
  CHECK(source_10("") == "drop");
  CHECK(source_10("flush set inet untrack s\n") == "track");
  CHECK(source_10("flush set inet untrack s; add element inet untrack s { 10.0.0.2 }\n") == "drop");
  CHECK(source_10("flush chain inet untrack in\n") == "track");
  CHECK(source_10("flush table inet untrack\nadd rule inet untrack in notrack\n") == "untrack");
  CHECK(source_10("insert rule inet untrack in accept\n") == "track");
  CHECK(source_10("delete table inet untrack\n") == "track");
}

}  // namespace untrack::verify
