#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

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

static backends::Version version(std::uint16_t major, std::uint16_t minor, std::uint16_t patch = 0) {
  return {{major, minor, patch}};
}

TEST_CASE("nft: older forms are written for older versions, and the artifact says what it needs") {
  std::string nets;
  for (int i = 0; i < 20; ++i) nets += fmt::format("10.0.{}.0/24\n", 2 * i);
  const ir::Ruleset ruleset = with_rules("drop tcp from %a0 to port 80 <- gnp/x ingress 0",
                                         "%a0 = addresses `selector all()` {\n" + nets + "}");
  const auto made = [&](backends::Version nft) {
    Diagnostics diagnostics;
    const backends::Options options{.versions = {{backends::Tool::Nft, nft}}};
    auto artifact = backends::nft::emit(ruleset, options, diagnostics).front();
    CHECK(diagnostics.empty());
    CHECK(artifact.needs.front().tool == backends::Tool::Nft);
    CHECK(artifact.needs.front().least <= nft);
    return artifact.bytes;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  const std::string now = made(version(1, 0, 6)), no_th = made(version(0, 9, 1)),
                    old = made(version(0, 8, 3));
  CHECK(has(now, "priority raw;"));
  CHECK(has(now, "\tth dport 80"));
  CHECK(has(no_th, "priority raw;"));
  CHECK(has(no_th, "\ttcp dport 80"));
  CHECK(has(old, "priority -300;"));
  CHECK_FALSE(has(old, " th "));

  Diagnostics diagnostics;
  backends::nft::emit(ruleset, {.versions = {{backends::Tool::Nft, version(0, 8, 2)}}}, diagnostics);
  backends::nft::emit(ruleset, {.versions = {{backends::Tool::Kernel, version(4, 9)}}}, diagnostics);
  REQUIRE(diagnostics.in_order().size() == 2);
  CHECK(diagnostics.refuses_compile());
}

TEST_CASE("nft: names of chains longer than 31 bytes need Linux 4.14") {
  const auto taken = [](const std::string& interface) {
    Diagnostics diagnostics;
    const ir::Ruleset ruleset =
        parsed("node n\nhook " + interface +
               " ingress {\nblock tier default {\n"
               "untrack tcp to port 80 <- p ingress 0\ndrop udp <- p ingress 1\n}\n}\n");
    backends::nft::emit(ruleset, {.versions = {{backends::Tool::Kernel, version(4, 13)}}}, diagnostics);
    return !diagnostics.refuses_compile();
  };
  CHECK(taken("eth0"));
  CHECK_FALSE(taken("enp175s0f0np0v1"));  // in-enp175s0f0np0v1/rest/untrack-tcp
}

TEST_CASE("nft: the mark is cleared on every packet and set on untracked ones, where one is asked for") {
  const ir::Ruleset ruleset = with_rules("untrack tcp to port 80 <- gnp/x ingress 0");
  const std::string text = script(ruleset, {.strip = true, .accept_mark = 0x10000});
  CHECK(chain(text, "prerouting").find("policy accept;\nmeta mark set meta mark & 0xfffeffff\niifname") !=
        std::string::npos);
  CHECK(chain(text, "output").ends_with("policy accept;\nmeta mark set meta mark & 0xfffeffff\n"));
  CHECK(chain(text, "untrack-tcp")
            .ends_with("meta nfproto ipv6 notrack meta mark set meta mark | 0x00010000 accept\n"));
  CHECK(script(ruleset).find("mark") == std::string::npos);
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

TEST_CASE("nft: a port is looked up first, and what is found acts on readable packets alone") {
  const std::string text = script(with_rules("untrack tcp to port 80 <- p ingress 0"), {.strip = true});
  CHECK(chain(text, "in-eth0") == "th dport 80 goto untrack-tcp\n");
  CHECK(chain(text, "untrack-tcp") ==
        "ip frag-off & 0x1fff == 0 meta l4proto tcp @th,152,8 & 0x0 == 0x0 notrack accept\n"
        "frag frag-off != 0 accept\n"
        "meta l4proto tcp @th,152,8 & 0x0 == 0x0 meta nfproto ipv6 notrack accept\n");
}

TEST_CASE("nft: what no lookup decides about goes on with the rules that ask for no port") {
  const std::string text = script(with_rules("untrack tcp to port 80 <- p ingress 0\n"
                                             "untrack icmp type 8 <- p ingress 1\n"
                                             "drop any <- p ingress 2\n"),
                                  {.strip = true});
  CHECK(chain(text, "in-eth0") == "th dport 80 goto in-eth0/rest/untrack-tcp\ngoto in-eth0/rest\n");
  CHECK(chain(text, "in-eth0/rest/untrack-tcp") ==
        "ip frag-off & 0x1fff == 0 meta l4proto tcp @th,152,8 & 0x0 == 0x0 notrack accept\n"
        "frag frag-off != 0 goto in-eth0/rest\n"
        "meta l4proto tcp @th,152,8 & 0x0 == 0x0 meta nfproto ipv6 notrack accept\n"
        "goto in-eth0/rest\n");
  CHECK(chain(text, "in-eth0/rest") ==
        "icmp type 0-255 @th,56,8 & 0x0 == 0x0 goto in-eth0/icmp\n"
        "icmpv6 type 0-255 @th,56,8 & 0x0 == 0x0 goto in-eth0/icmp\n"
        "goto in-eth0/bare\n");
  CHECK(chain(text, "in-eth0/icmp") ==
        "ip frag-off & 0x1fff != 0 goto in-eth0/bare\n"
        "frag frag-off != 0 goto in-eth0/bare\n"
        "icmp type 8 notrack accept\n"
        "drop\n");
  CHECK(chain(text, "in-eth0/bare") == "drop\n");
}

TEST_CASE("nft: a port of several protocols tells them apart, and the other port is looked up second") {
  const std::string text = script(with_rules("untrack tcp to port 53 <- p ingress 0\n"
                                             "drop udp to port 53 <- p ingress 1\n"
                                             "untrack tcp from port 443 <- p ingress 2\n"),
                                  {.strip = true});
  CHECK(chain(text, "in-eth0") == "th dport 53 goto in-eth0/dport-53\ngoto in-eth0/sport\n");
  CHECK(chain(text, "in-eth0/dport-53") ==
        "meta l4proto tcp goto in-eth0/sport/untrack-tcp\n"
        "meta l4proto udp goto in-eth0/sport/drop-udp\n"
        "goto in-eth0/sport\n");
  CHECK(chain(text, "in-eth0/sport") == "th sport 443 goto untrack-tcp\n");
}

TEST_CASE("nft: packets are sorted by their header where ports are negated, and in an older dialect") {
  const backends::Options old{.strip = true, .versions = {{backends::Tool::Nft, version(0, 9, 1)}}};
  CHECK(chain(script(with_rules("untrack tcp to port 80 <- p ingress 0"), old), "in-eth0") ==
        "ip frag-off & 0x1fff != 0 accept\n"
        "frag frag-off != 0 accept\n"
        "meta l4proto tcp @th,152,8 & 0x0 == 0x0 goto in-eth0/tcp\n");
  CHECK(rules("untrack tcp <- p ingress 0", "") == "meta l4proto tcp notrack accept\n");
  CHECK(rules("drop to not port 80 <- p ingress 0", "") ==
        "ip frag-off & 0x1fff != 0 goto in-eth0/bare\n"
        "frag frag-off != 0 goto in-eth0/bare\n"
        "meta l4proto tcp @th,152,8 & 0x0 == 0x0 goto in-eth0/tcp\n"
        "meta l4proto udp @th,56,8 & 0x0 == 0x0 goto in-eth0/udp\n"
        "meta l4proto sctp @th,88,8 & 0x0 == 0x0 goto in-eth0/sctp\n"
        "goto in-eth0/bare\n");
  CHECK(rules("untrack ipv4 icmp type 8 <- p ingress 0", "") ==
        "ip frag-off & 0x1fff != 0 accept\n"
        "frag frag-off != 0 accept\n"
        "icmp type 0-255 @th,56,8 & 0x0 == 0x0 goto in-eth0/icmp\n"
        "icmpv6 type 0-255 @th,56,8 & 0x0 == 0x0 goto in-eth0/icmp\n");
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
        "meta nfproto ipv4 notrack accept\nip6 saddr 2001:db8::/64 notrack accept\n"
        "ip6 saddr fe80::/10 notrack accept\n");
  CHECK(rules("untrack from not %a1 <- p ingress 0", "", sets) ==
        "ip6 saddr != 2001:db8::/64 ip6 saddr != fe80::/10 notrack accept\n");
  CHECK(rules("untrack from %a0 & %a1 to not %a1 <- p ingress 0", "", sets) == "");
}

TEST_CASE("nft: more than eight prefixes are a named set with its origin") {
  std::string set = "%a0 = addresses `selector role == \"client\"` {\n";
  for (int i = 0; i < 9; ++i) set += "10.0.0." + std::to_string(2 * i) + "/32\n";
  const std::string text = script(with_rules("untrack from %a0 <- p ingress 0", set + "}\n"));
  CHECK(between(text, "set net4-0/32 {\n", "elements") ==
        "\t\ttype ipv4_addr\n\t\tsize 18\n\t\tcomment \"selector role == 'client'\"\n\t\t");
  CHECK(chain(text, "in-eth0") == "ip saddr @net4-0/32 notrack accept comment \"p ingress 0\"\n");
}

// Three sources for each of the ports 81, 82, ...
static std::string services(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) {
    text += "untrack tcp from %a0 to port " + std::to_string(80 + i) + " <- gnp/s" + std::to_string(i) +
            " ingress 0\n";
  }
  return text;
}
static constexpr const char* kSources = "%a0 = addresses {\n10.0.0.0/8\n172.16.0.0/12\n}\n";

TEST_CASE("nft: more than four ports are a map") {
  CHECK(rules(services(4), "", kSources).starts_with("th dport 81 goto in-eth0/tcp/dport-81\nth dport 82 "));
  const std::string text = script(with_rules(services(5), kSources));
  CHECK(text.find("iifname \"eth0\" th dport vmap @in-eth0/dport\n") != std::string::npos);
  CHECK(between(text, "map in-eth0/dport {\n", "\n\t}\n") ==
        "\t\ttype inet_service : verdict\n"
        "\t\tsize 10\n"
        "\t\telements = {\n"
        "\t\t\t81 : goto in-eth0/tcp/dport-81,\n"
        "\t\t\t82 : goto in-eth0/tcp/dport-82,\n"
        "\t\t\t83 : goto in-eth0/tcp/dport-83,\n"
        "\t\t\t84 : goto in-eth0/tcp/dport-84,\n"
        "\t\t\t85 : goto in-eth0/tcp/dport-85,\n"
        "\t\t}");
  CHECK(chain(text, "in-eth0/tcp/dport-82") ==
        "ip saddr 10.0.0.0/8 goto untrack-tcp comment \"gnp/s2 ingress 0\"\n"
        "ip saddr 172.16.0.0/12 goto untrack-tcp comment \"gnp/s2 ingress 0\"\n");
}

// Services 1000, 1002 .., each for a net of its own; `nets` of the others are for the rules that come before.
static ir::Ruleset many_services(int count, const std::string& first = "", const std::string& last = "") {
  std::string sets = "%a0 = addresses {\n10.0.0.0/22\n}\n", rules = first;
  for (int i = 1; i <= count; ++i) {
    sets += fmt::format("%a{} = addresses {{\n10.{}.{}.0/24\n}}\n", i, i / 256, i % 256);
    rules += fmt::format("untrack {} from %a{} to port {} <- gnp/s{} ingress 0\n", i % 2 == 0 ? "tcp" : "udp",
                         i, 998 + 2 * i, i);
  }
  return with_rules(rules + last, sets);
}

TEST_CASE("nft: many services are a set of ports, and a table of nets and ports") {
  const std::string text = script(many_services(100));
  CHECK(text.find("iifname \"eth0\" th dport @in-eth0/dport goto in-eth0/services\n") != std::string::npos);
  // Neither a map nor with a size: so the kernel takes a bitmap.
  CHECK(
      text.find("set in-eth0/dport {\n\t\ttype inet_service\n\t\telements = {\n\t\t\t1000,\n\t\t\t1002,\n") !=
      std::string::npos);
  CHECK(chain(text, "in-eth0/services") ==
        "ip saddr & 255.255.255.0 . th dport vmap @in-eth0/services4-24\n");
  CHECK(between(text, "map in-eth0/services4-24 {\n", "10.0.3.0")
            .ends_with("\t\ttype ipv4_addr . inet_service : verdict\n"
                       "\t\tsize 200\n"
                       "\t\telements = {\n"
                       "\t\t\t10.0.1.0 . 1000 comment \"gnp/s1 ingress 0\" : goto untrack-udp,\n"
                       "\t\t\t10.0.2.0 . 1002 comment \"gnp/s2 ingress 0\" : goto untrack-tcp,\n"
                       "\t\t\t"));
}

TEST_CASE(
    "nft: in a table of services the first match is worked out, and who is not found meets the last rule") {
  const std::string text = script(many_services(100,
                                                "drop tcp from %a0 to port 1002 <- gnp/d ingress 0\n"
                                                "untrack tcp to port 1006 <- gnp/u ingress 0\n",
                                                "drop udp to port 1000 <- gnp/e ingress 0\n"),
                                  {.strip = true});
  CHECK(text.find("\t\t\t10.0.2.0 . 1002 : goto drop-tcp,\n") != std::string::npos);
  CHECK(text.find("\t\t\t10.0.1.0 . 1002 : goto drop-tcp,\n") != std::string::npos);
  CHECK(text.find("\t\t\t1006 : goto untrack-tcp,\n") != std::string::npos);  // every address: no service
  CHECK(text.find("\t\t\t1000 : goto in-eth0/services,\n\t\t\t1002 : goto in-eth0/services.2,\n") !=
        std::string::npos);
  CHECK(chain(text, "in-eth0/services") ==
        "ip saddr & 255.255.255.0 . th dport vmap @in-eth0/services4-24\ngoto drop-udp\n");
}

TEST_CASE("nft: what comes before services, failsafes of the other port say, comes before their table") {
  const std::string text =
      script(many_services(200, "track tcp from port 179,2379 <- failsafe ingress 0\n"), {.strip = true});
  CHECK(chain(text, "in-eth0/tcp/services") ==
        "th sport @ports-0 accept\nip saddr & 255.255.255.0 . th dport vmap @in-eth0/tcp/services4-24\n");
  CHECK(chain(text, "in-eth0/services") ==
        "ip saddr & 255.255.255.0 . th dport vmap @in-eth0/services4-24\n");
}

TEST_CASE("nft: many rules on one port are a map by address") {
  std::string sets, rules;
  for (int i = 0; i < 20; ++i) {
    sets += fmt::format("%a{} = addresses {{\n10.0.{}.0/24\nfd00:{}::/32\n}}\n", i, 2 * i, 2 * i);
    rules += fmt::format("{} tcp from %a{} to port 443 <- gnp/r{} ingress 0\n",
                         i % 3 == 0 ? "drop" : "untrack", i, i);
  }
  const std::string text = script(with_rules(rules, sets));
  CHECK(chain(text, "in-eth0/tcp/dport-443") ==
        "ip saddr & 255.255.255.0 vmap @in-eth0/tcp/dport-443/saddr4/24\n"
        "ip6 saddr & ffff:ffff:: vmap @in-eth0/tcp/dport-443/saddr6/32\n");
  CHECK(between(text, "map in-eth0/tcp/dport-443/saddr4/24 {\n", "10.0.4.0") ==
        "\t\ttype ipv4_addr : verdict\n"
        "\t\tsize 40\n"
        "\t\telements = {\n"
        "\t\t\t10.0.0.0 comment \"gnp/r0 ingress 0\" : goto drop-tcp,\n"
        "\t\t\t10.0.2.0 comment \"gnp/r1 ingress 0\" : goto untrack-tcp,\n"
        "\t\t\t");
}

TEST_CASE("nft: two maps by address in one chain have names of their own") {
  std::string sets, rules;
  for (int i = 0; i < 40; ++i) {
    sets += fmt::format("%a{} = addresses {{\n10.0.{}.0/24\n}}\n", i, 2 * i);
    rules +=
        fmt::format("{} tcp from %a{} to port 443 <- gnp/r ingress 0\n", i % 2 == 0 ? "drop" : "untrack", i);
    if (i == 19) rules += "drop tcp from %a40 to %a40 port 443 <- gnp/r ingress 0\n";
  }
  sets += "%a40 = addresses {\n192.0.2.1/32\n}\n";
  CHECK(chain(script(with_rules(rules, sets), {.strip = true}), "in-eth0/tcp/dport-443") ==
        "ip saddr & 255.255.255.0 vmap @in-eth0/tcp/dport-443/saddr4/24\n"
        "ip saddr & 255.255.255.0 vmap @in-eth0/tcp/dport-443/saddr.24/24\n"
        "accept\n");
}

// %a0, %a1 and so on: nets that are no neighbours.
static std::string distinct_nets(int count) {
  std::string sets;
  for (int i = 0; i < count; ++i)
    sets += fmt::format("%a{} = addresses {{\n10.{}.{}.0/24\n}}\n", i, i / 100, 2 * (i % 100));
  return sets;
}

TEST_CASE("nft: many rules about both sides are told apart by one, and behind it by the other") {
  std::string rules;
  for (int i = 0; i < 400; ++i) {
    const char* action = i % 4 == 0 ? "log `x`" : i % 3 == 0 ? "drop" : "untrack";
    rules += fmt::format("{} from %a{} to %a{} <- gnp/r ingress 0\n", action, i / 20, i % 20);
  }
  const std::string text = script(with_rules(rules, distinct_nets(20)), {.strip = true});
  CHECK(chain(text, "in-eth0") == "ip saddr & 255.255.255.0 vmap @in-eth0/saddr4/24\n");
  CHECK(chain(text, "in-eth0/saddr4-3") == "ip daddr & 255.255.255.0 vmap @in-eth0/saddr4-3/daddr4/24\n");
  CHECK(chain(text, "in-eth0/saddr4-3/daddr4-1") == "log prefix \"x\" level notice\n");
  const std::string third = between(text, "map in-eth0/saddr4-3/daddr4/24 {\n", "\n\t}");
  CHECK(third.find("10.0.2.0 : goto untrack,") != std::string::npos);
  CHECK(third.find("10.0.4.0 : drop,") != std::string::npos);
}

TEST_CASE("nft: a rule with an exception, and one that names no address, are left where they may match") {
  std::string rules = "untrack udp from not %a1 <- gnp/any ingress 0\n";
  for (int i = 0; i < 20; ++i)
    rules += fmt::format("drop from %a{} to not %a{} <- gnp/r ingress 0\n", i, i + 1);
  const std::string text =
      script(with_rules(rules + "untrack tcp <- gnp/rest ingress 0\n", distinct_nets(21)), {.strip = true});
  CHECK(chain(text, "in-eth0") ==
        "ip saddr & 255.255.255.0 vmap @in-eth0/saddr4/24\n"
        "meta l4proto udp notrack accept\n"
        "meta l4proto tcp notrack accept\n");
  const auto chain_of = [&](std::string_view net) {
    return chain(text, between(text, fmt::format("\t{} : goto ", net), ",\n"));
  };
  CHECK(chain_of("10.0.0.0") ==
        "meta l4proto udp notrack accept\n"
        "ip daddr & 255.255.255.0 != 10.0.2.0 drop\n"
        "meta l4proto tcp notrack accept\n");
  CHECK(chain_of("10.0.2.0") ==
        "ip daddr & 255.255.255.0 != 10.0.4.0 drop\n"
        "meta l4proto tcp notrack accept\n");
}

TEST_CASE("nft: many rules about addresses before those about ports have a chain of their own") {
  std::string rules;
  for (int i = 0; i < 20; ++i) rules += fmt::format("drop from %a{} to %a{} <- gnp/r ingress 0\n", i, i + 1);
  const std::string text =
      script(with_rules(rules + "untrack tcp to port 80 <- gnp/web ingress 0\n", distinct_nets(21)),
             {.strip = true});
  CHECK(chain(text, "prerouting").ends_with("iifname \"eth0\" goto in-eth0\n"));
  CHECK(chain(text, "in-eth0") == "ip saddr & 255.255.255.0 vmap @in-eth0/saddr4/24\ngoto in-eth0/behind\n");
  CHECK(chain(text, "in-eth0/saddr4-1") ==
        "ip daddr & 255.255.255.0 == 10.0.2.0 drop\ngoto in-eth0/behind\n");
  CHECK(chain(text, "in-eth0/behind") == "th dport 80 goto untrack-tcp\n");
}

TEST_CASE("nft: rules that decide the same are grouped by the side that they look at") {
  std::string rules;
  for (int i = 0; i < 40; ++i)
    rules += fmt::format("untrack {} %a{} <- gnp/r ingress 0\n", i % 2 == 0 ? "from" : "to", i);
  CHECK(chain(script(with_rules(rules, distinct_nets(40)), {.strip = true}), "in-eth0") ==
        "ip saddr & 255.255.255.0 @in-eth0/saddr4/24 notrack accept\n"
        "ip daddr & 255.255.255.0 @in-eth0/daddr4/24 notrack accept\n");
}

TEST_CASE("nft: lists that would be copied again and again are split as far as there is room") {
  std::string rules;
  for (int i = 0; i < 600; ++i)
    rules += fmt::format("{} {} %a{} <- gnp/r ingress 0\n", i % 2 == 0 ? "untrack" : "drop",
                         i % 4 < 2 ? "from" : "to", i);
  const std::string text = script(with_rules(rules, distinct_nets(600)), {.strip = true});
  CHECK(text.size() < 2'000'000);
}

// Behind a rule with a negated port, so that packets are sorted first.
TEST_CASE("nft: sorted packets meet more than four rules by a map of their protocol") {
  const std::string text = services(5) + "drop tcp to not port 22 <- gnp/d ingress 0\n";
  CHECK(rules(services(3) + "drop tcp to not port 22 <- gnp/d ingress 0\n", "/tcp", kSources)
            .starts_with("th dport 81 ip saddr 10.0.0.0/8 notrack accept\n"
                         "th dport 81 ip saddr 172.16.0.0/12 notrack accept\n"));
  CHECK(rules(text, "/tcp", kSources) == "th dport vmap @in-eth0/tcp/dport\ndrop\n");
  CHECK(rules(text, "/tcp/dport-82", kSources) ==
        "ip saddr 10.0.0.0/8 notrack accept\nip saddr 172.16.0.0/12 notrack accept\ndrop\n");
}

TEST_CASE("nft: a rule without ports stands in every branch, at its place") {
  const std::string text = services(3) + "drop tcp from %a1 <- gnp/d ingress 0\n" +
                           "untrack tcp to port 81:83,90 <- gnp/e ingress 0\n" +
                           "track udp <- gnp/f ingress 0\n";
  const std::string sets = std::string(kSources) + "%a1 = addresses {\n192.0.2.1/32\n}\n";
  CHECK(rules(text, "/rest", sets) == "meta l4proto tcp ip saddr 192.0.2.1 drop\n");
  CHECK(rules(text, "/tcp/dport-82", sets) ==
        "ip saddr 10.0.0.0/8 goto in-eth0/rest/untrack-tcp\n"
        "ip saddr 172.16.0.0/12 goto in-eth0/rest/untrack-tcp\n"
        "ip saddr 192.0.2.1 goto in-eth0/rest/drop-tcp\n"
        "goto in-eth0/rest/untrack-tcp\n");
  CHECK(rules(text, "/tcp/dport-90", sets) ==
        "ip saddr 192.0.2.1 goto in-eth0/rest/drop-tcp\ngoto in-eth0/rest/untrack-tcp\n");
}

TEST_CASE("nft: a port that one rule decides about alone needs no chain, and its rule is named") {
  const std::string text = script(
      with_rules("track tcp to port 22,179 <- failsafe ingress 0, failsafe ingress 2, failsafe ingress 3\n"
                 "drop tcp to port 23 <- gnp/a ingress 0\n"
                 "untrack tcp to port 80 <- gnp/b ingress 0\n"
                 "drop tcp to port 24 <- gnp/c ingress 0\n"
                 "untrack tcp to port 80:81 <- gnp/d ingress 0\n"));
  CHECK(between(text, "elements = {\n", "\t\t}\n") ==
        "\t\t\t22 comment \"failsafe ingress 0,2,3\" : accept,\n"
        "\t\t\t23 comment \"gnp/a ingress 0\" : goto drop-tcp,\n"
        "\t\t\t24 comment \"gnp/c ingress 0\" : goto drop-tcp,\n"
        "\t\t\t80 comment \"gnp/b ingress 0\" : goto untrack-tcp,\n"
        "\t\t\t81 comment \"gnp/d ingress 0\" : goto untrack-tcp,\n"
        "\t\t\t179 comment \"failsafe ingress 0,2,3\" : accept,\n");
}

TEST_CASE("nft: what keeps packets tracked on the other port stands behind the lookup, and only there") {
  const std::string failsafes =
      "track tcp to port 22 <- failsafe ingress 0\ntrack tcp from port 179,2379:2380 <- failsafe egress 0\n";
  const std::string text = script(with_rules(failsafes + services(4), kSources), {.strip = true});
  CHECK(text.find("iifname \"eth0\" th dport vmap @in-eth0/dport\n") != std::string::npos);
  CHECK(chain(text, "in-eth0/tcp/dport-81").starts_with("th sport @ports-0 accept\nip saddr "));
  CHECK(between(text, "set ports-0 {\n", "\n\t}\n") ==
        "\t\ttype inet_service\n\t\telements = {\n\t\t\t179,\n\t\t\t2379,\n\t\t\t2380\n\t\t}");
}

TEST_CASE("nft: wide ranges stand in a map of their own") {
  const std::string text =
      script(with_rules(services(5) + "drop tcp to port 100:200 <- gnp/w ingress 0\n", kSources));
  CHECK(chain(text, "in-eth0") == "th dport vmap @in-eth0/dport\nth dport vmap @in-eth0/dport-ranges\n");
  CHECK(between(text, "map in-eth0/dport-ranges {\n", "\n\t}\n") ==
        "\t\ttype inet_service : verdict\n\t\tflags interval\n\t\telements = {\n"
        "\t\t\t100-200 comment \"gnp/w ingress 0\" : goto drop-tcp,\n\t\t}");
}

TEST_CASE("nft: rules that look into no header stand before packets are told apart") {
  CHECK(rules("drop from %a0 <- p ingress 0\nuntrack tcp to port 80 <- p ingress 1", "", kSources) ==
        "ip saddr 10.0.0.0/8 drop\nip saddr 172.16.0.0/12 drop\nth dport 80 goto untrack-tcp\n");
}

// Beside each other as nets of 24 bits, hosts, and one net of 22 bits.
static std::string long_list() {
  std::string set = "%a0 = addresses {\n";
  for (int i = 0; i < 600; ++i)
    set += "10." + std::to_string(i / 100) + "." + std::to_string(i % 100 * 2) + ".0/24\n";
  set += "11.0.0.0/22\n";
  for (int i = 0; i < 600; ++i)
    set += "12.0." + std::to_string(i / 100) + "." + std::to_string(i % 100 * 2) + "/32\n";
  return set + "}\n";
}

TEST_CASE("nft: one lookup tells packets that are in no prefix of a long list") {
  const std::string text = script(with_rules("drop from %a0 <- p ingress 0", long_list()), {.strip = true});
  CHECK(chain(text, "in-eth0") == "ip saddr & 255.255.255.0 vmap @net4-0/24\naccept\n");
  CHECK(between(text, "map net4-0/24 {\n", "\t\t\t10.0.0.0") ==
        "\t\ttype ipv4_addr : verdict\n\t\tsize 1220\n\t\telements = {\n");
  CHECK(between(text, "11.0.0.0 : drop,\n", "12.0.1.0") ==
        "\t\t\t11.0.1.0 : drop,\n\t\t\t11.0.2.0 : drop,\n\t\t\t11.0.3.0 : drop,\n"
        "\t\t\t12.0.0.0 : jump net4-0/below-1,\n\t\t\t");
  CHECK(chain(text, "net4-0/below-1") == "ip saddr @net4-0/below-1/32 drop\n");
}

TEST_CASE("nft: rules that do different things share the tables of a list, but for the map") {
  const std::string text = script(with_rules("drop tcp from %a1 to %a0 port 80 <- p ingress 0\n"
                                             "untrack tcp from %a1 to %a0 port 81 <- p ingress 1\n"
                                             "drop tcp from %a1 to %a0 port 82 <- p ingress 2\n",
                                             long_list() + "%a1 = addresses {\n192.0.2.1/32\n}\n"),
                                  {.strip = true});
  CHECK(chain(text, "in-eth0/tcp/dport-80") ==
        "ip saddr 192.0.2.1 ip daddr & 255.255.255.0 vmap @net4-0/24\naccept\n");
  CHECK(chain(text, "in-eth0/tcp/dport-81") ==
        "ip saddr 192.0.2.1 ip daddr & 255.255.255.0 vmap @net4-0.2/24\naccept\n");
  CHECK(chain(text, "net4-0/below-1") == "ip daddr @net4-0/below-1/32 goto drop-tcp\n");
  CHECK(chain(text, "net4-0.2/below-1") == "ip daddr @net4-0/below-1/32 goto untrack-tcp\n");
  // A call comes back from every chain that does not end by itself.
  CHECK(chain(text, "untrack-tcp").ends_with("meta nfproto ipv6 notrack accept\naccept\n"));
}

TEST_CASE(
    "nft: where a long list is negated or logged, it is a hash table for each length, rare ones split") {
  const auto in = [](const std::string& text) {
    return chain(script(with_rules(text, long_list()), {.strip = true}), "in-eth0");
  };
  CHECK(in("drop from not %a0 <- p ingress 0") ==
        "ip saddr & 255.255.255.0 != @net4-0-24 ip saddr != @net4-0-32 drop\nmeta nfproto ipv6 drop\n");
  CHECK(in("log `x` from %a0 <- p ingress 0") ==
        "ip saddr & 255.255.255.0 @net4-0-24 log prefix \"x\" level notice\n"
        "ip saddr @net4-0-32 log prefix \"x\" level notice\n");
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

// nft 1.0.6 loads `th dport != 2 th sport != 1` as one comparison of both ports together.
TEST_CASE("nft: the ports of both sides that are not one number are written as ranges") {
  CHECK(rules("untrack sctp from not port 1 to not port 2 <- p ingress 0", "/sctp") ==
        "th dport != 2-2 th sport != 1-1 notrack accept\n");
  CHECK(rules("untrack sctp from not port 1 to not port 2,3 <- p ingress 0", "/sctp") ==
        "th dport != 2-3 th sport != 1 notrack accept\n");
}
