#include <doctest/doctest.h>

#include <vector>

#include "support.h"

namespace untrack::verify {

TEST_CASE("proof: artifacts that a good engineer would write by hand are equal to the policy") {
  const ir::Ruleset policy = memcached_policy();
  CHECK(verdict(policy, read_nft("maps.nft", text_of("testdata/verify/maps.nft"))) == "equal");
  CHECK(verdict(policy, read_nft("rules.nft", text_of("testdata/verify/rules.nft"))) == "equal");
  CHECK(verdict(policy, read(memcached_sets())) == "equal");
}

TEST_CASE("proof: no rules and no artifact are equal, and each differs from the other's rules") {
  CHECK(verdict({}, read_nft("a.nft", "")) == "equal");
  CHECK(verdict({}, read({})) == "equal");
  CHECK(
      verdict(memcached_policy(), read({})) ==
      R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact says track)");
}

// A slip in an artifact, and what the proof says of it.
namespace {
struct Slip {
  std::string what;
  std::string from;
  std::string to;
  std::string difference;
};
}  // namespace

static const std::vector<Slip> kNftSlips = {
    {"a missing reply rule", "oifname vmap { \"eng4\" : goto eng4_out }", "",
     R"(egress on eng4, packet tcp 192.0.2.7:12211 > 10.0.0.1:40000: the policy says untrack, the artifact says track)"},
    {"a wrong port", "tcp . 11211 : goto refused", "tcp . 11212 : goto refused",
     R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact says track)"},
    {"a range off by one", "tcp . 12211-12220 : goto clients_in", "tcp . 12211-12219 : goto clients_in",
     R"(ingress on eng4, packet tcp 10.0.0.1:40000 > 192.0.2.7:12220: the policy says untrack, the artifact says track)"},
    {"no guard for IPv4 fragments",
     "ip frag-off & 0x1fff != 0 goto eng4_in_other\n\t\tfrag frag-off != 0 goto eng4_in_other",
     "frag frag-off != 0 goto eng4_in_other",
     R"(ingress on eng4, packet tcp later-fragment 198.51.100.7 > 192.0.2.7: the policy says track, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"a guard that first fragments meet too",
     "ip frag-off & 0x1fff != 0 goto eng4_in_other\n\t\tfrag frag-off != 0",
     "ip frag-off & 0x1fff != 0 goto eng4_in_other\n\t\texthdr frag exists",
     R"(ingress on eng4, packet tcp [2001:db8:1::7]:40000 > [2001:db8::7]:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"a guard that the more-fragments flag meets too", "ip frag-off & 0x1fff != 0 goto eng4_out_other",
     "ip frag-off & 0x3fff != 0 goto eng4_out_other",
     R"(egress on eng4, packet tcp 192.0.2.7:12211 > 10.0.0.1:40000: the policy says untrack, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"one IP version only", "ip6 saddr @clients6 counter goto allow", "",
     R"(ingress on eng4, packet tcp [2001:db8::1]:40000 > [2001:db8::7]:12211: the policy says untrack, the artifact says track)"},
    {"the wrong side", "ip daddr @clients4", "ip saddr @clients4",
     R"(egress on eng4, packet tcp 10.0.0.1:12211 > 198.51.100.7:40000: the policy says track, the artifact says untrack)"},
    {"a rule on another interface", "iifname \"eng4\" goto eng4_in",
     "iifname \"eng4\" goto eng4_in\n\t\tiifname \"eng5\" tcp dport 80 drop",
     R"(ingress on eng5, packet tcp 198.51.100.7:40000 > 192.0.2.7:80: the policy says track, the artifact says drop)"},
    {"a wildcard where a name is meant", "iifname \"eng4\"", "iifname \"eng*\"",
     R"(ingress on eng0, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says track, the artifact says drop, log "denied: " at most 10/second burst 5)"},
    {"a rule in the shadow of another", "meta l4proto . th dport vmap @eng4_in\n",
     "udp dport 68 drop\n\t\tmeta l4proto . th dport vmap @eng4_in\n",
     R"(ingress on eng4, packet udp 198.51.100.7:40000 > 192.0.2.7:68: the policy says track, the artifact says drop)"},
    {"notrack forgotten", "notrack accept", "accept",
     R"(ingress on eng4, packet tcp 10.0.0.1:40000 > 192.0.2.7:12211: the policy says untrack, the artifact says track)"},
    {"any code of an ICMP type", "icmp type . icmp code { destination-unreachable . frag-needed }",
     "icmp type destination-unreachable",
     R"(ingress on eng4, packet icmp 3/0 198.51.100.7 > 192.0.2.7: the policy says track, the artifact says untrack)"},
    {"another text in the log", "denied: ", "refused: ",
     R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact says drop, log "refused: " at most 10/second burst 5)"},
    {"another limit of the log", "burst 5 packets", "burst 6 packets",
     R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact says drop, log "denied: " at most 10/second burst 6)"},
};

TEST_CASE("proof: every slip in an nft script is found, with a packet that shows it") {
  const ir::Ruleset policy = memcached_policy();
  const std::string script = text_of("testdata/verify/maps.nft");
  for (const Slip& slip : kNftSlips) {
    CAPTURE(slip.what);
    CHECK(verdict(policy, read_nft("maps.nft", replaced(script, slip.from, slip.to))) == slip.difference);
  }
}

static const std::vector<Slip> kIptablesSlips = {
    {"a missing reply rule", "-A untrack-output -o eng4 -j ut-eng4-out\n", "",
     R"(egress on eng4, packet tcp 192.0.2.7:12211 > 10.0.0.1:40000: the policy says untrack, the artifact says track)"},
    {"a port match that drops packets cut off before the ports",
     "-p tcp -m set --match-set ut-failsafe-tcp dst", "-p tcp -m multiport --dports 22",
     R"(ingress on eng4, packet tcp cut-off 198.51.100.7 > 192.0.2.7: the policy says track, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"a TCP match that drops fragments at offset 1", "-p tcp -m set --match-set ut-failsafe-tcp src",
     "-p tcp --sport 22",
     R"(egress on eng4, packet tcp later-fragment 192.0.2.7 > 198.51.100.7: the policy says track, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"a negated port match, which later fragments fail", "-p udp -m set ! --match-set ut-low dst",
     "-p udp -m multiport ! --dports 0:1023",
     R"(ingress on eng4, packet udp later-fragment 10.0.0.1 > 192.0.2.7: the policy says untrack, the artifact says track)"},
    {"a return where it must accept", "-A ut-allow -j ACCEPT", "-A ut-allow -j RETURN",
     R"(ingress on eng4, packet tcp 10.0.0.1:40000 > 192.0.2.7:12211: the policy says untrack, the artifact leaves it to bytes that are no header, or to something that no policy means)"},
    {"an ICMP match that drops cut-off packets", "-m set --match-set ut-icmp dst,dst",
     "-m icmp --icmp-type 3/4",
     R"(ingress on eng4, packet icmp cut-off 198.51.100.7 > 192.0.2.7: the policy says track, the artifact says drop)"},
    {"a rule for everyone", "-A untrack-prerouting -i eng4 -g ut-eng4-in",
     "-A untrack-prerouting -i eng4 -g ut-eng4-in\n-A untrack-prerouting -s 10.0.0.1 -j DROP",
     R"(ingress on other0, packet tcp 10.0.0.1:40000 > 192.0.2.7:40000: the policy says track, the artifact says drop)"},
    {"rules in the wrong order", "-A ut-eng4-in -p tcp -m set --match-set ut-failsafe-tcp dst -j ACCEPT",
     "-A ut-eng4-in -p tcp -j ACCEPT",
     R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11211: the policy says drop, log "denied: " at most 10/second burst 5, the artifact says track)"},
};

TEST_CASE("proof: every slip in iptables rules is found, with a packet that shows it") {
  const ir::Ruleset policy = memcached_policy();
  for (const Slip& slip : kIptablesSlips) {
    IptablesTexts texts = memcached_sets();
    texts.v4 = replaced(texts.v4, slip.from, slip.to);
    CAPTURE(slip.what);
    CHECK(verdict(policy, read(texts)) == slip.difference);
  }
}

static const std::vector<Slip> kSetSlips = {
    {"a member too many", "add ut-refused 11211", "add ut-refused 11211-11212",
     R"(ingress on eng4, packet tcp 198.51.100.7:40000 > 192.0.2.7:11212: the policy says track, the artifact says drop, log "denied: " at most 10/second burst 5)"},
    {"a swap forgotten", "swap ut4-clients.new ut4-clients\n", "",
     R"(ingress on eng4, packet tcp 10.0.0.1:40000 > 192.0.2.7:12211: the policy says untrack, the artifact says track)"},
    {"a prefix too short", "2001:db8::/64", "2001:db8::/63",
     R"(ingress on eng4, packet tcp [2001:db8:0:1::1]:40000 > [2001:db8::7]:12211: the policy says track, the artifact says untrack)"},
};

TEST_CASE("proof: every slip in a set is found, with a packet that shows it") {
  const ir::Ruleset policy = memcached_policy();
  for (const Slip& slip : kSetSlips) {
    IptablesTexts texts = memcached_sets();
    texts.ipset = replaced(texts.ipset, slip.from, slip.to);
    CAPTURE(slip.what);
    CHECK(verdict(policy, read(texts)) == slip.difference);
  }
}

TEST_CASE("proof: a budget that runs out proves nothing") {
  ir::PacketSpace space(10);
  const ReadResult artifact = read_nft("maps.nft", text_of("testdata/verify/maps.nft"));
  CHECK(
      std::holds_alternative<Unproved>(prove_equal(space, memcached_policy(), std::get<Reading>(artifact))));
}

}  // namespace untrack::verify
