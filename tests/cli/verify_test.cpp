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

TEST_CASE("verify: a JSON listing is refused, and the text asked for") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {"-"}, "{\"nftables\": []}\n");
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "without `-j`"));
}

// One port without failsafes, and a dump of a node that has it: written by hand, so it is no output of ours.
static constexpr std::string_view kOnePort = R"(apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: server}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [10.0.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: serve}
spec:
  selector: role == 'server'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, destination: {ports: [11211]}}
  - {action: Deny, protocol: UDP}
)";

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
