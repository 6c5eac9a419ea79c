#include <doctest/doctest.h>

#include <string>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

// A folder with the policy of kServer in `in` and its artifacts in `out/n1`.
static void compile_server(const Folder& folder) {
  folder.put("in/policy.yaml", kServer);
  REQUIRE(folder.run({"compile", "in", "-o", "out"}).status == 0);
}

static Outcome verify(const Folder& folder, std::vector<std::string> artifacts, std::string_view input = "") {
  std::vector<std::string> words{"verify"};
  words.insert(words.end(), artifacts.begin(), artifacts.end());
  words.insert(words.end(), {"--against", "in"});
  return folder.run(words, input);
}

static std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("verify: a node's folder, and each of its artifacts by itself, is equal to its policy") {
  const Folder folder;
  compile_server(folder);
  for (const std::vector<std::string>& artifacts :
       {std::vector<std::string>{"out/n1"},
        {"out/n1/nft/untrack.nft"},
        {"out/n1/iptables/iptables.restore", "out/n1/iptables/ip6tables.restore",
         "out/n1/iptables/ipset.restore"}}) {
    const Outcome outcome = verify(folder, artifacts);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "equal\n");
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("verify: a changed rule is a difference with a witness, expected and found") {
  const Folder folder;
  compile_server(folder);
  folder.put("live.nft", replaced(folder.read("out/n1/nft/untrack.nft"), "11211", "11212"));
  const Outcome outcome = verify(folder, {"live.nft"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, ":11211: the policy says untrack, the artifact says track\n"));
  CHECK(contains(outcome.out, ":11212: the policy says track, the artifact says untrack\n"));
}

TEST_CASE("verify: tables of others are not judged, and are named where they see packets before conntrack") {
  const Folder folder;
  compile_server(folder);
  std::string script = folder.read("out/n1/nft/untrack.nft");
  const std::string listing = script.substr(script.rfind("\ntable inet untrack {") + 1);
  const std::string foreign =
      "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n"
      "\t\txt match \"state\" counter packets 3 bytes 7 accept\n\t}\n}\n"
      "table ip raw { # handle 3\n\tchain PRE {\n\t\ttype filter hook prerouting priority raw - 5; policy "
      "drop;\n"
      "\t}\n}\n";
  const Outcome outcome = verify(folder, {"-"}, foreign + listing);
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "equal\n");
  CHECK(outcome.err ==
        "<stdin>:9: chain `PRE` of table `ip raw` sees packets before conntrack too, and was not judged\n");
}

TEST_CASE("verify: where nothing is loaded, all that the policy does is missing") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {"-"}, "table ip filter {\n}\n");
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "no table `inet untrack` is loaded"));
  CHECK(contains(outcome.out, "the policy says untrack, the artifact says track"));
}

TEST_CASE("verify: what is not understood is told with its place") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {"-"}, "table inet untrack {\n\tflags dormant\n}\n");
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "<stdin>:2: not understood: "));
}

// What nft 1.0.6 prints with `-j` where kOnePort is loaded, beside a chain of somebody else.
static constexpr std::string_view kListing =
    R"({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
{"table": {"family": "inet", "name": "untrack", "handle": 2}},
{"chain": {"family": "inet", "table": "untrack", "name": "prerouting", "handle": 1, "type": "filter", "hook": "prerouting", "prio": -300, "policy": "accept"}},
{"chain": {"family": "inet", "table": "untrack", "name": "in-eth0", "handle": 3}},
{"chain": {"family": "inet", "table": "untrack", "name": "rest", "handle": 4}},
{"chain": {"family": "inet", "table": "untrack", "name": "guard", "handle": 6}},
{"set": {"family": "inet", "name": "ports", "table": "untrack", "type": "inet_service", "handle": 5, "flags": ["interval"], "elem": [{"range": [11211, 11211]}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "prerouting", "handle": 7, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}}, {"goto": {"target": "in-eth0"}}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "in-eth0", "handle": 9, "comment": "gnp/serve ingress 0", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "th", "field": "dport"}}, "right": "@ports"}}, {"counter": {"packets": 7, "bytes": 400}}, {"goto": {"target": "guard"}}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "in-eth0", "handle": 10, "expr": [{"goto": {"target": "rest"}}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "rest", "handle": 11, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "udp"}}, {"drop": null}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "guard", "handle": 12, "expr": [{"match": {"op": "==", "left": {"&": [{"payload": {"protocol": "ip", "field": "frag-off"}}, 8191]}, "right": 0}}, {"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}, {"match": {"op": "==", "left": {"&": [{"payload": {"base": "th", "offset": 152, "len": 8}}, 0]}, "right": 0}}, {"notrack": null}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "guard", "handle": 13, "expr": [{"match": {"op": "!=", "left": {"exthdr": {"name": "frag", "field": "frag-off"}}, "right": 0}}, {"goto": {"target": "rest"}}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "guard", "handle": 14, "expr": [{"match": {"op": "==", "left": {"meta": {"key": "l4proto"}}, "right": "tcp"}}, {"match": {"op": "==", "left": {"&": [{"payload": {"base": "th", "offset": 152, "len": 8}}, 0]}, "right": 0}}, {"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv6"}}, {"notrack": null}, {"accept": null}]}},
{"rule": {"family": "inet", "table": "untrack", "chain": "guard", "handle": 15, "expr": [{"goto": {"target": "rest"}}]}},
{"table": {"family": "ip", "name": "foreign", "handle": 3}},
{"chain": {"family": "ip", "table": "foreign", "name": "early", "handle": 1, "type": "filter", "hook": "prerouting", "prio": -350, "policy": "accept"}},
{"rule": {"family": "ip", "table": "foreign", "chain": "early", "handle": 2, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": "new"}}, {"accept": null}]}}
]}
)";

TEST_CASE("verify: a listing in JSON is judged as its text is") {
  const Folder folder;
  folder.put("in/policy.yaml", kOnePort);
  const Outcome equal = verify(folder, {"-"}, kListing);
  CHECK(equal.status == 0);
  CHECK(equal.out == "equal\n");
  CHECK(contains(equal.err, "chain `early` of table `ip foreign` sees packets before conntrack too"));
  const Outcome drifted =
      verify(folder, {"-"}, replaced(std::string(kListing), "[11211, 11211]", "[11211, 11212]"));
  CHECK(drifted.status == 1);
  CHECK(contains(drifted.out, ":11212: the policy says track, the artifact says untrack\n"));
}

TEST_CASE("verify: what is not known of our tables in JSON is refused, whatever it is") {
  const Folder folder;
  folder.put("in/policy.yaml", kOnePort);
  const auto refused = [&](std::string_view known, std::string_view other) {
    CAPTURE(other);
    const Outcome outcome = verify(folder, {"-"}, replaced(std::string(kListing), known, other));
    CHECK(outcome.status == 3);
    CHECK(contains(outcome.err, "not understood: "));
  };
  refused(R"({"drop": null})", R"({"queue": {"num": 1}})");
  refused(R"({"drop": null})", R"({"drop": null, "accept": null})");
  refused(R"("handle": 11, )", R"("handle": 11, "index": 3, )");
  refused(R"("op": "!=")", R"("op": "in")");
  refused(R"("name": "untrack", "handle": 2)", R"("name": "untrack", "flags": "dormant")");
  refused(R"("right": "udp")", R"("right": "udp drop")");
  refused(R"({"goto": {"target": "rest"}})", R"({"goto": {"target": "rest\naccept"}})");
  refused(R"("chain": "rest", "handle": 11)", R"("chain": "none", "handle": 11)");
  refused(R"("nftables")", R"("iptables")");
  refused("]}\n", "");
}

// A dump of a node that has kOnePort: written by hand, so it is no output of ours.
static constexpr std::string_view kRules = R"(*raw
:PREROUTING ACCEPT [12:900]
:OUTPUT ACCEPT [7:500]
:cali-PREROUTING - [0:0]
:untrack-allow - [0:0]
:untrack-output - [0:0]
:untrack-prerouting - [0:0]
-A PREROUTING -j untrack-prerouting
-A PREROUTING -j cali-PREROUTING
-A OUTPUT -j untrack-output
-A cali-PREROUTING -j MARK --set-xmark 0x0/0xf0000
-A untrack-allow -j CT --notrack
-A untrack-allow -j ACCEPT
-A untrack-prerouting -i eth0 -p tcp -m set --match-set untrack-ports dst -g untrack-allow
-A untrack-prerouting -i eth0 -p udp -j DROP
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
# Completed on Mon Nov 23 00:00:00 2026
)";
static constexpr std::string_view kSets = R"(create foreign hash:mac hashsize 1024
add foreign 00:11:22:33:44:55
create untrack-ports bitmap:port range 11211-11212
add untrack-ports 11211
)";

static Outcome verify_rules_of_ipv4(const std::string& v4) {
  static constexpr std::string_view kV4 = "# Generated by iptables-save v1.8.9 on Mon Nov 23 00:00:00 2026\n";
  static constexpr std::string_view kV6 =
      "# Generated by ip6tables-save v1.8.9 on Mon Nov 23 00:00:00 2026\n";
  const Folder folder;
  folder.put("in/policy.yaml", kOnePort);
  std::string dump;
  for (const std::string_view part : {kV4, std::string_view(v4), kV6, kRules, kSets}) dump += part;
  return verify(folder, {"-"}, dump);
}

TEST_CASE(
    "verify: iptables-save, ip6tables-save and ipset save in one text; rules behind the jump are named") {
  const Outcome equal = verify_rules_of_ipv4(std::string(kRules));
  CHECK(equal.status == 0);
  CHECK(equal.out == "equal\n");
  CHECK(contains(equal.err, "<stdin>:3: 1 rule of PREROUTING behind the jump to `untrack-prerouting` sees"));
}

TEST_CASE("verify: a rule before the jump is a difference, since it may decide first") {
  const Outcome outcome = verify_rules_of_ipv4(
      replaced(std::string(kRules), "-A PREROUTING", "-A PREROUTING -i lo -j ACCEPT\n-A PREROUTING"));
  CHECK(outcome.status == 1);
  CHECK(outcome.out ==
        "<stdin>:9: a rule of PREROUTING stands before the jump to `untrack-prerouting` and may decide "
        "first\n");
}

TEST_CASE("verify: a jump with a condition is none") {
  const Outcome outcome = verify_rules_of_ipv4(
      replaced(std::string(kRules), "PREROUTING -j untrack", "PREROUTING -i eth9 -j untrack"));
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "<stdin>:3: PREROUTING does not jump to `untrack-prerouting`"));
}

TEST_CASE("verify: a policy of PREROUTING that drops is a difference") {
  const Outcome outcome =
      verify_rules_of_ipv4(replaced(std::string(kRules), "PREROUTING ACCEPT", "PREROUTING DROP"));
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "<stdin>:3: the policy of PREROUTING is DROP"));
}

TEST_CASE("verify: a changed iptables rule is a difference of its IP version") {
  const Outcome outcome =
      verify_rules_of_ipv4(replaced(std::string(kRules), "-p udp -j DROP", "-p udp -j RETURN"));
  CHECK(outcome.status == 1);
  CHECK(count(outcome.out, "\n") == 1);
  CHECK(contains(outcome.out, "iptables: ingress on eth0, packet udp "));
  CHECK(contains(outcome.out, "the policy says drop, the artifact says track"));
}

TEST_CASE("verify: one IP version alone is not enough") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {"out/n1/iptables/iptables.restore"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "ip6tables-save"));
}

}  // namespace untrack::cli
