#include <algorithm>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "backends/iptables/comment.h"
#include "backends/iptables/diagnostics.h"
#include "backends/iptables/emit.h"
#include "backends/iptables/names.h"
#include "tests/unit/backends/ruleset.h"

using namespace untrack;

namespace {

struct Files {
  std::string sets, v4, v6;
};

Files files(const ir::Ruleset& ruleset, backends::Options options = {}) {
  Diagnostics diagnostics;
  const auto artifacts = backends::iptables::emit(ruleset, options, diagnostics);
  REQUIRE(artifacts.size() == 3);
  CHECK(artifacts[0].path == "iptables/ipset.restore");
  CHECK(artifacts[1].path == "iptables/iptables.restore");
  CHECK(artifacts[2].path == "iptables/ip6tables.restore");
  CHECK(diagnostics.empty());
  return {artifacts[0].bytes, artifacts[1].bytes, artifacts[2].bytes};
}

Files of_rules(const std::string& rules, const std::string& sets = "") {
  return files(with_rules(rules, sets), {.strip = true});
}

// The rules of a chain, one a line, without `-A CHAIN `.
std::string chain(const std::string& table, const std::string& name) {
  const std::string start = "-A " + name + " ";
  std::string rules;
  for (std::size_t at = 0; (at = table.find("\n" + start, at)) != std::string::npos;) {
    at += 1 + start.size();
    rules += table.substr(at, table.find('\n', at) - at) + "\n";
  }
  return rules;
}
std::string eth0(const std::string& table) {
  return chain(table, "untrack-in-eth0");
}

// How one set comes to be, without the last part of its file.
std::string set(const std::string& sets, const std::string& name) {
  return "create " + name + " " + between(sets, "create " + name + " ", "swap");
}

}  // namespace

TEST_CASE("iptables: both tables are always there, with the chains that `apply` jumps to and no jump") {
  const Files made = files(parsed("node cache-1\n"));
  CHECK(between(made.v4, "*raw", "COMMIT\n") ==
        "\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n:untrack-allow - [0:0]\n"
        "-A untrack-allow -j CT --notrack\n-A untrack-allow -j ACCEPT\n");
  CHECK(between(made.v6, "*raw", "COMMIT\n") == between(made.v4, "*raw", "COMMIT\n"));
  for (const std::string& file : {made.sets, made.v4, made.v6}) {
    CHECK(file.starts_with("# "));
    CHECK(file.find("load:") != std::string::npos);
    CHECK(file.find("unload:") != std::string::npos);
  }
}

TEST_CASE("iptables: each file says what it needs, and versions that do not have it are refused") {
  const auto refusals = [](const std::string& rule, backends::Tool tool, backends::Version version) {
    Diagnostics diagnostics;
    backends::iptables::emit(with_rules(rule + " <- p ingress 0"), {.versions = {{tool, version}}},
                             diagnostics);
    return diagnostics.in_order().size();
  };
  using backends::Tool;
  CHECK(refusals("drop tcp to port 80", Tool::Ipset, {{6, 5}}) == 1);
  CHECK(refusals("drop tcp to port 80", Tool::Ipset, {{6, 6}}) == 0);
  CHECK(refusals("drop sctp to port 80", Tool::Ipset, {{6, 0}}) == 1);
  CHECK(refusals("drop sctp to port 80", Tool::Ipset, {{6, 1}}) == 0);
  CHECK(refusals("drop icmp type 8", Tool::Ipset, {{6, 9}}) == 1);
  CHECK(refusals("drop icmp type 8", Tool::Ipset, {{6, 10}}) == 0);
  CHECK(refusals("drop any", Tool::Ipset, {{6, 0}}) == 0);
  CHECK(refusals("drop any", Tool::Iptables, {{1, 4, 8}}) == 0);
  CHECK(refusals("drop tcp to port 80", Tool::Iptables, {{1, 4, 10}}) == 2);
  CHECK(refusals("drop any", Tool::Kernel, {{2, 6, 38}}) == 1);
}

TEST_CASE("iptables: the mark is cleared on every packet and set on untracked ones, where one is asked for") {
  const Files made = files(with_rules("untrack any <- p ingress 0"), {.strip = true, .accept_mark = 0x10000});
  for (const std::string& table : {made.v4, made.v6}) {
    CHECK(chain(table, "untrack-prerouting") ==
          "-j MARK --set-xmark 0x0/0x10000\n-i eth0 -g untrack-in-eth0\n");
    CHECK(chain(table, "untrack-output") == "-j MARK --set-xmark 0x0/0x10000\n");
    CHECK(chain(table, "untrack-allow") ==
          "-j CT --notrack\n-j MARK --set-xmark 0x10000/0x10000\n-j ACCEPT\n");
  }
  CHECK(of_rules("untrack any <- p ingress 0").v4.find("MARK") == std::string::npos);
}

TEST_CASE("iptables: packets go to the chain of their interface and direction") {
  const Files made =
      files(parsed("node n\n"
                   "hook eth0 ingress {\nblock a {\ndrop any <- gnp/x ingress 0\n}\n}\n"
                   "hook eth0 egress {\nblock a {\nuntrack any <- gnp/x egress 0\n}\n}\n"));
  CHECK(chain(made.v4, "untrack-prerouting") == "-i eth0 -g untrack-in-eth0\n");
  CHECK(chain(made.v6, "untrack-output") == "-o eth0 -g untrack-out-eth0\n");
  CHECK(chain(made.v4, "untrack-out-eth0") == "-m comment --comment \"gnp/x egress 0\" -g untrack-allow\n");
}

TEST_CASE("iptables: ports are looked up in sets, so that no match can drop a packet by itself") {
  const Files made = of_rules(
      "untrack tcp from port 53 to not port 22,8000:8080 <- p ingress 0\n"
      "drop sctp to port 7 <- p ingress 1\n");
  CHECK(eth0(made.v4) ==
        "-p tcp -m set ! --match-set untrack-port-22_8000-8080 dst -m set --match-set untrack-port-53 src "
        "-g untrack-allow\n"
        "-p sctp -m set --match-set untrack-sctp4-7 dst,dst -j DROP\n");
  CHECK(eth0(made.v6).find("untrack-sctp6-7 dst,dst") != std::string::npos);
  CHECK(set(made.sets, "untrack-sctp4-7") ==
        "create untrack-sctp4-7 hash:net,port family inet hashsize 64 maxelem 2\n"
        "create untrack-sctp4-7-t hash:net,port family inet hashsize 64 maxelem 2\n"
        "flush untrack-sctp4-7-t\n"
        "add untrack-sctp4-7-t 0.0.0.0/1,sctp:7\n"
        "add untrack-sctp4-7-t 128.0.0.0/1,sctp:7\n");
  CHECK(made.sets.find("swap untrack-sctp4-7-t untrack-sctp4-7\ndestroy untrack-sctp4-7-t\n") !=
        std::string::npos);
  CHECK(made.sets.find("create untrack-port-22_8000-8080 bitmap:port range 22-8080\n") != std::string::npos);
}

TEST_CASE("iptables: ports without a protocol are those of tcp, udp and sctp") {
  const Files made = of_rules("log `x: ` to port 80 <- p ingress 0\ndrop to not port 80 <- p ingress 1\n");
  CHECK(eth0(made.v4) ==
        "-m set --match-set untrack-port-80 dst -j LOG --log-prefix \"x: \" --log-level 5\n"
        "-m set --match-set untrack-sctp4-80 dst,dst -m set ! --match-set untrack-port-80 dst "
        "-j LOG --log-prefix \"x: \" --log-level 5\n"
        "-m set ! --match-set untrack-port-80 dst -m set ! --match-set untrack-sctp4-80 dst,dst -j DROP\n");
}

TEST_CASE("iptables: a protocol without ports matches no port and every negated one") {
  const Files made = of_rules(
      "drop protocol 89 to port 80 <- p ingress 0\nuntrack protocol 89 to not port 80 <- p ingress 1\n");
  CHECK(eth0(made.v4) == "-p 89 -g untrack-allow\n");
  CHECK(made.sets.find("create") == std::string::npos);
}

TEST_CASE("iptables: ICMP is looked up by type and code, in the table of its own version") {
  const Files made =
      of_rules("untrack icmp type 8/0 <- p ingress 0\nuntrack icmpv6 not type 128/3 <- p ingress 1\n");
  CHECK(eth0(made.v4) ==
        "-p icmp -m set --match-set untrack-icmp4-8-0 src,src -g untrack-allow\n"
        "-p icmpv6 -g untrack-allow\n");
  CHECK(eth0(made.v6) == "-p icmpv6 -m set ! --match-set untrack-icmp6-128-3 src,src -g untrack-allow\n");
  CHECK(made.sets.find("add untrack-icmp6-128-3-t 8000::/1,icmpv6:128/3\n") != std::string::npos);
  const Files any_code = of_rules("untrack icmp type 8 <- p ingress 0\n");
  CHECK(any_code.sets.find("maxelem 512\n") != std::string::npos);
  CHECK(any_code.sets.find("add untrack-icmp4-8-t 128.0.0.0/1,icmp:8/255\n") != std::string::npos);
}

TEST_CASE("iptables: one prefix is an option, of which a rule has one a side; more are a set") {
  const std::string sets =
      "%a0 = addresses {\n10.0.0.0/8\n}\n"
      "%a1 = addresses `selector role == \"client\"` {\n10.0.0.0/24\n10.2.0.0/24\n}\n"
      "%a2 = addresses {\n0.0.0.0/0\n}\n";
  const Files made = of_rules("untrack from %a0 & %a1 & %a2 not %a0 to not %a0 <- p ingress 0\n", sets);
  const std::string rule = eth0(made.v4);
  CHECK(rule.starts_with("-s 10.0.0.0/8 -m set --match-set untrack-net4-"));
  CHECK(rule.find(" ! -d 10.0.0.0/8 -g untrack-allow\n") != std::string::npos);
  CHECK(rule.find("-m set ! --match-set untrack-net4-") != std::string::npos);
  CHECK(eth0(made.v6) == "");
  CHECK(of_rules("untrack to not %a0 <- p ingress 0\n", sets).v6.find("untrack-in-eth0 -g") !=
        std::string::npos);
}

TEST_CASE("iptables: the origin of a set stands above it unless stripped") {
  const ir::Ruleset ruleset = with_rules(
      "untrack from %a0 <- p ingress 0",
      "%a0 = addresses `selector role == \"client\"` {\n10.0.0.0/24\n10.2.0.0/24\n10.4.0.0/24\n}\n");
  CHECK(files(ruleset).sets.find("# selector role == \"client\"\ncreate untrack-net4-") != std::string::npos);
  CHECK(files(ruleset, {.strip = true}).sets.find("selector") == std::string::npos);
}

TEST_CASE("iptables: the next block is gone to, so that RETURN always leaves our chains") {
  const Files made =
      files(parsed("node n\n"
                   "hook eth0 ingress {\n"
                   "block failsafe {\ntrack udp <- failsafe ingress 0\n}\n"
                   "block tier a {\nnext-block tcp <- gnp/a ingress 0\ndrop any <- gnp/a ingress 1\n}\n"
                   "block tier b {\nuntrack tcp <- gnp/b ingress 0\nnext-block any <- gnp/b ingress 1\n}\n"
                   "}\n"),
            {.strip = true});
  CHECK(eth0(made.v4) == "-p udp -j RETURN\n-p tcp -g untrack-in-eth0/2\n-j DROP\n-g untrack-in-eth0/2\n");
  CHECK(chain(made.v4, "untrack-in-eth0/2") == "-p tcp -g untrack-allow\n-j RETURN\n");
}

namespace {

// `count` rules, each made by `rule` of its number.
template <class MakeRule>
std::string rules(int count, const MakeRule& rule) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("{} <- gnp/x ingress {}\n", rule(i), i);
  return text;
}
std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}
const std::string kTwoNets = "%a0 = addresses {\n10.0.0.0/8\n}\n%a1 = addresses {\n10.1.0.0/16\n}\n";

}  // namespace

TEST_CASE("iptables: many services are one lookup") {
  const Files made = of_rules(
      rules(100, [](int i) { return fmt::format("untrack tcp from %a{} to port {}", i % 2, 1000 + 2 * i); }),
      kTwoNets);
  CHECK(lines(eth0(made.v4)) == 1);
  CHECK(eth0(made.v4).find(" src,dst -g untrack-allow\n") != std::string::npos);
  CHECK(made.sets.find(" hash:net,port family inet hashsize 64 maxelem 100\n") != std::string::npos);
  CHECK(made.sets.find("-t 10.1.0.0/16,tcp:1002\n") != std::string::npos);
  CHECK(eth0(made.v6) == "");
}

TEST_CASE("iptables: many rules by address alone are one lookup for each action") {
  const Files made = of_rules(
      rules(20,
            [](int i) { return fmt::format("{} from %a{}", i % 2 == 0 ? "drop" : "untrack", 1 - i % 2); }),
      kTwoNets);
  const std::string text = eth0(made.v4);
  CHECK(lines(text) == 2);
  CHECK(text.starts_with("-m set --match-set untrack-net4-"));
  CHECK(text.find(" src -j DROP\n") != std::string::npos);
  CHECK(text.find(" src -g untrack-allow\n") != std::string::npos);
  CHECK(made.sets.find("-t 10.1.0.0/16\n") != std::string::npos);  // dropped
  CHECK(made.sets.find("-t 10.0.0.0/16\n") != std::string::npos);  // what is left of 10.0.0.0/8
  CHECK(made.sets.find("-t 10.0.0.0/8\n") == std::string::npos);
}

// Twelve that are shorter than /32, 40 /24, and 248 of the longest, each in a /24 of its own.
static std::string many_lengths() {
  std::string nets;
  for (int bits = 20; bits < 32; ++bits) nets += fmt::format("10.10.{}.0/{}\n", 16 * (bits - 19), bits);
  for (int i = 0; i < 40; ++i) nets += fmt::format("10.8.{}.0/24\n", 2 * i);
  for (int i = 0; i < 248; ++i) nets += fmt::format("10.9.{}.128/{}\n", i, 25 + i % 8);
  return nets;
}

TEST_CASE("iptables: many nets are told apart by a bit for each slot before they are looked up") {
  const Files made = of_rules(
      "drop from %a0 <- gnp/a ingress 0\nuntrack tcp from %a0 to port 80 <- gnp/a ingress 1\n"
      "untrack tcp to port 81 <- gnp/a ingress 2\n",
      "%a0 = addresses {\n" + many_lengths() + "}\n");
  // The first decides for all; the second is for packets with the port alone.
  const std::string first = eth0(made.v4);
  CHECK(lines(first) == 2);
  CHECK(first.starts_with("-m set --match-set untrack-slots-"));
  CHECK(first.ends_with("-g untrack-in-eth0/2\n"));
  const std::string second = chain(made.v4, "untrack-in-eth0/2");
  CHECK(second.starts_with("-p tcp -m set --match-set untrack-port-80 dst -g "));
  CHECK(second.find("untrack-net4") == std::string::npos);
  CHECK(made.sets.find(" bitmap:ip range 10.8.0.0-10.11.255.255 netmask ") != std::string::npos);
  // As an element of both bitmaps, and split nowhere.
  CHECK(made.sets.find(" 10.10.16.0/20\n") != std::string::npos);
}

TEST_CASE("iptables: many nets of IPv6 are looked up behind a hash of slots") {
  std::string nets;
  for (int i = 0; i < 100; ++i) {
    for (int bits = 40; bits <= 128; bits += 8)
      nets += fmt::format("2001:db8:{:x}::/{}\n", bits * 256 + i, bits);
  }
  const Files made = of_rules("untrack tcp from not %a0 to port 80 <- gnp/a ingress 0\n",
                              "%a0 = addresses {\n" + nets + "}\n");
  CHECK(eth0(made.v6) == "-p tcp -m set --match-set untrack-port-80 dst -g untrack-in-eth0/2\n");
  const std::string gate = chain(made.v6, "untrack-in-eth0/2");
  CHECK(lines(gate) == 2);
  CHECK(gate.starts_with("-m set --match-set untrack-net6-"));
  CHECK(gate.ends_with("\n-g untrack-allow\n"));
  const std::string slot = chain(made.v6, "untrack-in-eth0/3");
  CHECK(lines(slot) == 2);
  CHECK(slot.find(" src -j RETURN\n-g untrack-allow\n") != std::string::npos);
}

TEST_CASE("iptables: rare lengths of nets are split into others") {
  std::string nets = "10.0.0.0/23\n";
  for (int i = 0; i < 100; ++i) nets += fmt::format("10.1.{}.0/24\n", 2 * i);
  const Files made = of_rules("drop from %a0 <- gnp/a ingress 0\n", "%a0 = addresses {\n" + nets + "}\n");
  CHECK(made.sets.find("-t 10.0.0.0/24\n") != std::string::npos);
  CHECK(made.sets.find("-t 10.0.1.0/24\n") != std::string::npos);
  CHECK(made.sets.find("/23\n") == std::string::npos);
}

TEST_CASE("iptables: two lists of denied nets are one lookup") {
  std::string one, other;
  for (int i = 0; i < 100; ++i) one += fmt::format("10.1.{}.0/24\n", 2 * i);
  for (int i = 0; i < 100; ++i) other += fmt::format("10.2.{}.0/24\n", 2 * i);
  const Files made = of_rules("drop from %a0 <- gnp/a ingress 0\ndrop from %a1 <- gnp/a ingress 1\n",
                              "%a0 = addresses {\n" + one + "}\n%a1 = addresses {\n" + other + "}\n");
  CHECK(lines(eth0(made.v4)) == 1);
}

TEST_CASE("iptables: services that overlap with another action are told apart beforehand") {
  const Files made =
      of_rules(rules(20,
                     [](int i) {
                       return fmt::format("{} from %a{} to port {}", i % 2 == 0 ? "drop udp" : "untrack udp",
                                          1 - i % 2, 1000 + 2 * (i / 2));
                     }),
               kTwoNets);
  CHECK(lines(eth0(made.v4)) == 2);
  CHECK(made.sets.find("-t 10.1.0.0/16,udp:1000\n") != std::string::npos);  // dropped
  CHECK(made.sets.find("-t 10.0.0.0/16,udp:1000\n") != std::string::npos);  // what is left of 10.0.0.0/8
  CHECK(made.sets.find("-t 10.0.0.0/8,udp:1000\n") == std::string::npos);
}

TEST_CASE("iptables: a service on every address is two halves, since hash:net takes no /0") {
  const Files made =
      of_rules(rules(10, [](int i) { return fmt::format("untrack tcp from %a0 to port {}", 1000 + 2 * i); }),
               "%a0 = addresses {\n0.0.0.0/0\n}\n");
  CHECK(made.sets.find("-t 128.0.0.0/1,tcp:1018\n") != std::string::npos);
  CHECK(made.sets.find("/0,") == std::string::npos);
}

TEST_CASE(
    "iptables: other rules that ask for ports are found through a tree, entered only with a whole header") {
  const Files made = of_rules(
      rules(64, [](int i) { return fmt::format("untrack tcp from %a0 to %a1 port {}", 1000 + 2 * i); }),
      kTwoNets);
  const std::string entry = eth0(made.v4);
  CHECK(lines(entry) == 1);
  CHECK(entry.starts_with("-p tcp -m set --match-set untrack-port-"));
  CHECK(entry.find(" dst -g untrack-in-eth0/2\n") != std::string::npos);
  const std::string root = chain(made.v4, "untrack-in-eth0/2");
  CHECK(root.starts_with("-p tcp --dport 1000:1014 -g untrack-in-eth0/3\n"));
  CHECK(lines(root) == 8);
  CHECK(chain(made.v4, "untrack-in-eth0/3").starts_with("-p tcp --dport 1000 -g untrack-in-eth0/4\n"));
  CHECK(chain(made.v4, "untrack-in-eth0/4") == "-s 10.0.0.0/8 -d 10.1.0.0/16 -g untrack-allow\n");
}

TEST_CASE("iptables: two nets are two rules, but for a limit, and where one net is asked for as well") {
  const std::string sets =
      "%a0 = addresses {\n10.0.0.0/24\n10.2.0.0/24\n}\n%a1 = addresses {\n192.0.2.0/24\n}\n";
  CHECK(eth0(of_rules("untrack from %a0 <- p ingress 0\n", sets).v4) ==
        "-s 10.0.0.0/24 -g untrack-allow\n-s 10.2.0.0/24 -g untrack-allow\n");
  CHECK(lines(eth0(of_rules("untrack from %a0 to %a0 <- p ingress 0\n", sets).v4)) == 2);
  CHECK(lines(eth0(of_rules("drop from %a0 to %a1 <- p ingress 0\n", sets).v4)) == 1);
  CHECK(lines(eth0(of_rules("log `x` limit 1/second burst 5 from %a0 <- p ingress 0\n", sets).v4)) == 1);
}

TEST_CASE("iptables: what a tree does not decide goes on to the rules behind") {
  const Files made = of_rules(
      rules(9, [](int i) { return fmt::format("untrack tcp from %a0 to %a1 port {}", 1000 + 2 * i); }) +
          "drop tcp <- gnp/x ingress 9\n",
      kTwoNets);
  const std::string entry = eth0(made.v4);
  CHECK(lines(entry) == 2);
  const std::string rest = between(entry, "\n-g ", "\n");
  CHECK(chain(made.v4, rest) == "-p tcp -j DROP\n");
  CHECK(made.v4.find(" -s 10.0.0.0/8 -d 10.1.0.0/16 -g untrack-allow\n") != std::string::npos);
  CHECK(lines(made.v4.substr(made.v4.find("COMMIT"))) == 1);
}

TEST_CASE("iptables: many rules about both sides are a tree of addresses, at whose ends one net is no set") {
  std::string sets;
  for (int i = 0; i < 120; ++i)
    sets += fmt::format("%a{} = addresses {{\n10.0.{}.0/24\n10.9.{}.0/24\n}}\n", i, 2 * i, 2 * i);
  sets += "%a120 = addresses {\n192.0.2.0/24\n}\n";
  const auto rule = [](int i) {
    return fmt::format("{} from %a{} to %a120", i % 7 == 0 ? "log `x`" : i % 3 == 0 ? "drop" : "untrack", i);
  };
  const Files made =
      of_rules(rules(120, rule) + "log `y` limit 1/second burst 5 any <- gnp/y ingress 0\n", sets);
  const std::string root = eth0(made.v4);
  CHECK(lines(root) < 20);
  CHECK(root.find(" -g untrack-in-eth0/") != std::string::npos);
  CHECK(root.find("--match-set") == std::string::npos);
  CHECK(root.ends_with("-g untrack-in-eth0/2\n"));
  CHECK(chain(made.v4, "untrack-in-eth0/2").starts_with("-m limit --limit 1/second"));
  CHECK(made.v4.find("--match-set untrack-net4-") == std::string::npos);
}

TEST_CASE("iptables: failsafes stand first and as they are") {
  const Files made = files(parsed(
      "node n\n" + kTwoNets +
      "hook eth0 ingress {\nblock failsafe {\ntrack tcp to port 22 <- failsafe ingress 0\n}\nblock t {\n" +
      rules(20, [](int i) { return fmt::format("drop tcp from %a0 to port {}", 20 + 2 * i); }) + "}\n}\n"));
  CHECK(eth0(made.v4).starts_with("-p tcp -m set --match-set untrack-port-22 dst "));
  CHECK(lines(eth0(made.v4)) == 2);
}

TEST_CASE("iptables: a comment tells neighbours in one list by their range") {
  const auto of = [](std::vector<std::uint32_t> indices) {
    std::vector<ir::Provenance> all;
    for (const std::uint32_t index : indices) all.push_back({"gnp/x", ir::Direction::Ingress, index, {}});
    all.push_back({"gnp/y", ir::Direction::Egress, 7, {}});
    return backends::iptables::comment(all);
  };
  CHECK(of({0, 2, 3, 4, 8}) == "gnp/x ingress 0,2-4,8, gnp/y egress 7");
  CHECK(of({5, 6}) == "gnp/x ingress 5,6, gnp/y egress 7");
}

TEST_CASE("iptables: names keep to the kernel's limits and differ where their content does") {
  const ir::InterfaceHook hook{"averylonginterf", ir::Direction::Egress, {}};
  CHECK(backends::iptables::chain_name(hook, 1) == "untrack-out-averylonginterf");
  const std::string second = backends::iptables::chain_name(hook, 2),
                    third = backends::iptables::chain_name(hook, 3);
  CHECK(second.size() <= 28);
  CHECK(second != third);
  const std::string long_words(100, '7');
  const std::string name = backends::iptables::set_name("port", long_words);
  CHECK(backends::iptables::filling_name(name).size() == 31);
  CHECK(name != backends::iptables::set_name("port", long_words + "1"));
}

TEST_CASE("iptables: quotes are escaped, comments and log prefixes are cut") {
  const std::string rule =
      eth0(files(with_rules("log `a\"b: ` any <- " + std::string(300, 'p') + " ingress 0")).v4);
  CHECK(rule.find("--log-prefix \"a\\\"b: \"") != std::string::npos);
  CHECK(between(rule, "--comment \"", "\"").size() == 255);
  const std::string cut = eth0(of_rules("log `" + std::string(40, 'x') + "` any <- p ingress 0").v4);
  CHECK(between(cut, "--log-prefix \"", "\"").size() == 29);
}

TEST_CASE("iptables: a limit stands after what it limits, and is refused where the kernel would") {
  CHECK(eth0(of_rules("log `x` limit 10/minute burst 5 tcp to port 80 <- p ingress 0").v4) ==
        "-p tcp -m set --match-set untrack-port-80 dst -m limit --limit 10/minute --limit-burst 5 "
        "-j LOG --log-prefix \"x\" --log-level 5\n");
  for (const char* limit : {"10/minute burst 0", "1/day burst 2", "1/hour burst 25"}) {
    CAPTURE(limit);
    Diagnostics diagnostics;
    backends::iptables::emit(with_rules(std::string("log `x` limit ") + limit + " any <- p ingress 0"), {},
                             diagnostics);
    REQUIRE(diagnostics.size() == 1);
    CHECK(diagnostics.in_order()[0]->info == &backends::iptables::log_limit.info);
  }
}
