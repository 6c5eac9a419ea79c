#include <string>

#include <doctest/doctest.h>

#include "backends/nft/diagnostics.h"
#include "backends/nft/emit.h"
#include "tests/unit/backends/ruleset.h"

using namespace untrack;

static std::string script(const ir::Ruleset& ruleset, backends::Options options = {}) {
  Diagnostics diagnostics;
  const auto artifacts = backends::nft::emit(ruleset, options, diagnostics);
  REQUIRE(artifacts.size() == 1);
  CHECK(artifacts[0].path == "nft/untrack.nft");
  CHECK(diagnostics.empty());
  return artifacts[0].bytes;
}

// The rules of a chain, one a line, without indentation.
static std::string chain(const std::string& script, const std::string& name) {
  std::string rules = between(script, "\tchain " + name + " {\n", "\t}\n");
  for (std::size_t at; (at = rules.find("\t\t")) != std::string::npos;) rules.erase(at, 2);
  return rules;
}

static std::string rules(const std::string& text, const std::string& part, const std::string& sets = "") {
  return chain(script(with_rules(text, sets), {.strip = true}), "in-eth0" + part);
}

TEST_CASE("nft: a script is one transaction that touches one table") {
  CHECK(script(parsed("node cache-1\n")) ==
        "#!/usr/sbin/nft -f\n"
        "# Untracked host-endpoint policy of node \"cache-1\"\n"
        "#   load:   nft -f FILE   (replaces all of table `inet untrack` in one transaction, touches nothing "
        "else)\n"
        "#   unload: nft delete table inet untrack\n"
        "table inet untrack {\n}\n"
        "delete table inet untrack\n"
        "table inet untrack {\n"
        "\tchain prerouting {\n"
        "\t\ttype filter hook prerouting priority raw; policy accept;\n"
        "\t}\n\n"
        "\tchain output {\n"
        "\t\ttype filter hook output priority raw; policy accept;\n"
        "\t}\n"
        "}\n");
}

TEST_CASE("nft: packets go to the chain of their interface and direction") {
  const std::string text =
      script(parsed("node n\n"
                    "hook eth0.7 egress {\nblock a {\ndrop any <- gnp/x egress 0\n}\n}\n"
                    "hook eth1 ingress {\nblock a {\ndrop any <- gnp/x ingress 0\n}\n}\n"));
  CHECK(text.find("iifname \"eth1\" goto in-eth1\n") != std::string::npos);
  CHECK(text.find("oifname \"eth0.7\" goto out-eth0.7\n") != std::string::npos);
  CHECK(text.find("iifname \"eth0.7\"") == std::string::npos);
  CHECK(chain(text, "out-eth0.7") == "drop comment \"gnp/x egress 0\"\n");
}

TEST_CASE("nft: packets are sorted by their header only where rules look into it") {
  CHECK(rules("untrack tcp <- p ingress 0", "") == "meta l4proto tcp notrack accept\n");
  CHECK(rules("untrack tcp to port 80 <- p ingress 0", "") ==
        "ip frag-off & 0x1fff != 0 accept\n"
        "frag frag-off != 0 accept\n"
        "meta l4proto tcp @th,152,8 0-255 goto in-eth0/tcp\n");
  CHECK(rules("drop to not port 80 <- p ingress 0", "") ==
        "ip frag-off & 0x1fff != 0 goto in-eth0/bare\n"
        "frag frag-off != 0 goto in-eth0/bare\n"
        "meta l4proto tcp @th,152,8 0-255 goto in-eth0/tcp\n"
        "meta l4proto udp @th,56,8 0-255 goto in-eth0/udp\n"
        "meta l4proto sctp @th,88,8 0-255 goto in-eth0/sctp\n"
        "goto in-eth0/bare\n");
  CHECK(rules("untrack ipv4 icmp type 8 <- p ingress 0", "") ==
        "ip frag-off & 0x1fff != 0 accept\n"
        "frag frag-off != 0 accept\n"
        "icmp type 0-255 @th,56,8 0-255 goto in-eth0/icmp\n"
        "icmpv6 type 0-255 @th,56,8 0-255 goto in-eth0/icmp\n");
}

TEST_CASE("nft: packets without ports meet negated ports alone") {
  const std::string text = "untrack tcp to port 80 <- p ingress 0\ndrop tcp to not port 22 <- p ingress 1\n";
  CHECK(rules(text, "/tcp") == "th dport 80 notrack accept\nth dport != 22 drop\n");
  CHECK(rules(text, "/bare") == "meta l4proto tcp drop\n");
}

TEST_CASE("nft: ICMP type and code together, and their negation as a pair") {
  const std::string text =
      "untrack icmp type 8/0 <- p ingress 0\n"
      "drop icmpv6 not type 128/3 <- p ingress 1\n"
      "untrack not type 3 <- p ingress 2\n";
  CHECK(rules(text, "/icmp") ==
        "icmp type 8 icmp code 0 notrack accept\n"
        "icmpv6 type . icmpv6 code != { 128 . 3 } drop\n"
        "icmp type != 3 notrack accept\n"
        "icmpv6 type != 3 notrack accept\n");
  CHECK(rules(text, "/bare") == "meta l4proto icmpv6 drop\nnotrack accept\n");
}

TEST_CASE("nft: a version is told after the protocol, and not twice") {
  CHECK(rules("untrack ipv4 icmp <- p ingress 0", "") ==
        "meta l4proto icmp meta nfproto ipv4 notrack accept\n");
  CHECK(rules("drop ipv6 <- p ingress 0", "") == "meta nfproto ipv6 drop\n");
  CHECK(rules("untrack ipv4 from %a0 <- p ingress 0", "", "%a0 = addresses {\n10.0.0.0/8\n}") ==
        "ip saddr 10.0.0.0/8 notrack accept\n");
}

TEST_CASE("nft: each version gets the part of an address set that it can match") {
  const std::string sets =
      "%a0 = addresses {\n10.0.0.7/32\n}\n%a1 = addresses {\n0.0.0.0/0\n2001:db8::/64\nfe80::/10\n}\n";
  CHECK(rules("untrack from %a0 <- p ingress 0", "", sets) == "ip saddr 10.0.0.7 notrack accept\n");
  CHECK(rules("untrack to not %a0 <- p ingress 0", "", sets) ==
        "ip daddr != 10.0.0.7 notrack accept\nmeta nfproto ipv6 notrack accept\n");
  CHECK(rules("untrack from %a1 <- p ingress 0", "", sets) ==
        "meta nfproto ipv4 notrack accept\nip6 saddr { 2001:db8::/64, fe80::/10 } notrack accept\n");
  CHECK(rules("untrack from not %a1 <- p ingress 0", "", sets) ==
        "ip6 saddr != { 2001:db8::/64, fe80::/10 } notrack accept\n");
  CHECK(rules("untrack from %a0 & %a1 to not %a1 <- p ingress 0", "", sets) == "");
}

TEST_CASE("nft: more than eight prefixes are a named set with its origin") {
  std::string set = "%a0 = addresses `selector role == \"client\"` {\n";
  for (int i = 0; i < 9; ++i) set += "10.0.0." + std::to_string(2 * i) + "/32\n";
  const std::string text = script(with_rules("untrack from %a0 <- p ingress 0", set + "}\n"));
  CHECK(between(text, "set net4-0 {\n", "elements") ==
        "\t\ttype ipv4_addr\n\t\tflags interval\n\t\tcomment \"selector role == 'client'\"\n\t\t");
  CHECK(chain(text, "in-eth0") == "ip saddr @net4-0 notrack accept comment \"p ingress 0\"\n");
}

TEST_CASE("nft: numbers or sockets are rules of their own that no packet meets both of") {
  const std::string sets = "%s0 = sockets {\n10.0.0.1 tcp 8080\n10.0.0.1 icmp 5\n}\n";
  CHECK(rules("log `x: ` tcp to port 80,%s0 <- p ingress 0", "/tcp", sets) ==
        "th dport 80 log prefix \"x: \" level notice\n"
        "ip daddr . meta l4proto . th dport { 10.0.0.1 . tcp . 8080 } th dport != 80 log prefix \"x: \" "
        "level notice\n");
  CHECK(rules("drop to not port %s0 <- p ingress 0", "/udp", sets) ==
        "ip daddr . meta l4proto . th dport != { 10.0.0.1 . tcp . 8080 } drop\nmeta nfproto ipv6 drop\n");
  CHECK(rules("drop to port none <- p ingress 0", "/udp", sets) == "");
}

TEST_CASE("nft: the next block is gone to, and decided packets never come back") {
  const std::string text =
      script(parsed("node n\n"
                    "hook eth0 ingress {\n"
                    "block failsafe {\ntrack udp <- failsafe ingress 0\n}\n"
                    "block tier a {\nnext-block tcp <- gnp/a ingress 0\ndrop any <- gnp/a ingress 1\n}\n"
                    "block tier b {\nuntrack tcp <- gnp/b ingress 0\nnext-block any <- gnp/b ingress 1\n}\n"
                    "}\n"),
             {.strip = true});
  CHECK(chain(text, "in-eth0") == "meta l4proto udp accept\nmeta l4proto tcp goto in-eth0/3\ndrop\n");
  CHECK(chain(text, "in-eth0/3") == "meta l4proto tcp notrack accept\naccept\n");
}

TEST_CASE("nft: a limit stands after what it limits") {
  CHECK(
      rules("log `calico-packet: ` limit 10/minute burst 5 tcp <- p ingress 0", "") ==
      "meta l4proto tcp limit rate 10/minute burst 5 packets log prefix \"calico-packet: \" level notice\n");
}

TEST_CASE("nft: what a string cannot hold is replaced, and comments are cut to 128 bytes") {
  const std::string text = script(with_rules("log `a\"$b: ` any <- " + std::string(200, 'p') + " ingress 0"));
  CHECK(text.find("log prefix \"a'?b: \"") != std::string::npos);
  CHECK(between(text, "comment \"", "\"").size() == 128);
}

TEST_CASE("nft: several origins are named in one comment, and --strip names none") {
  const ir::Ruleset ruleset = with_rules("drop tcp <- gnp/a ingress 0, gnp/b ingress 3");
  CHECK(script(ruleset).find("comment \"gnp/a ingress 0, gnp/b ingress 3\"") != std::string::npos);
  CHECK(script(ruleset, {.strip = true}).find("comment") == std::string::npos);
}

TEST_CASE("nft: a burst of nothing is refused") {
  Diagnostics diagnostics;
  backends::nft::emit(with_rules("log `x` limit 10/minute burst 0 any <- p ingress 0"), {}, diagnostics);
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics.in_order()[0]->info == &backends::nft::log_burst_zero.info);
  CHECK(diagnostics.refuses_compile());
}
