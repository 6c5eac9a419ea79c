#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

#include "support.h"

namespace untrack::verify {

namespace {
struct Bad {
  std::string text;
  std::string refusal;  // `LINE: MESSAGE`
};
}  // namespace

static const std::vector<Bad> kBadNft = {
    {"table arp t {\n}\n", "1: a table of family `arp` is not understood"},
    {"flush ruleset\n", "1: `flush ruleset` removes the tables of others"},
    {"delete table inet t\n",
     "1: `delete table` fails where the table is not loaded; write `table …` before it"},
    {"destroy table inet t\n", "1: the command `destroy` is not understood"},
    {"include \"/etc/other.nft\"\n", "1: the command `include` is not understood"},
    {"define x = 1\n", "1: the command `define` is not understood"},
    {"table inet t {\n flowtable f {\n }\n}\n", "2: `flowtable` in a table is not understood"},
    {"table inet t {\n chain c {\n", "3: the text ends where `}` should stand"},
    {"table inet t {\n chain c {\n tcp dport ssh accept\n }\n}\n",
     "3: `ssh` is no inet_service that is known; write the number"},
    {"table inet t {\n chain c {\n tcp flags syn accept\n }\n}\n", "3: `tcp flags` is not understood"},
    {"table inet t {\n chain c {\n th sport != 1 ip saddr 10.0.0.1 th dport != 2 accept\n }\n}\n",
     "3: nft may load two `!=` of fields beside each other as one; write one as a range, `!= 80-80`"},
    {"table inet t {\n chain c {\n icmp type != 8 icmp code != { 0 } accept\n }\n}\n",
     "3: nft may load two `!=` of fields beside each other as one; write one as a range, `!= 80-80`"},
    {"table inet t {\n chain c {\n ct state new accept\n }\n}\n", "3: `ct` is not understood"},
    {"table inet t {\n chain c {\n @nh,0,32 5 accept\n }\n}\n",
     "3: `@nh,0,32` is not understood; of raw payload up to 64 bits behind `th` are"},
    {"table inet t {\n chain c {\n ip saddr example.org accept\n }\n}\n",
     "3: `example.org` where an IPv4 address should stand"},
    {"table inet t {\n chain c {\n ip saddr ::1 accept\n }\n}\n",
     "3: `::1` where an IPv4 address should stand"},
    {"table inet t {\n chain c {\n ip saddr & 255.0.255.0 == 10.0.1.0 accept\n }\n}\n",
     "3: an address mask that is no prefix length is not understood"},
    {"table inet t {\n chain c {\n tcp dport 70000 accept\n }\n}\n",
     "3: `70000` is no inet_service (at most 65535, no leading zero)"},
    {"table inet t {\n chain c {\n tcp dport 9-5 accept\n }\n}\n", "3: a range ends before it begins"},
    {"table inet t {\n chain c {\n tcp dport { 1, 2 accept\n }\n}\n", "3: `accept` where `,` should stand"},
    {"table inet t {\n chain c {\n limit rate 5/second accept\n }\n}\n",
     "3: a limit that limits more than a log makes the verdict depend on time"},
    {"table inet t {\n chain c {\n limit rate 5/second log accept\n }\n}\n",
     "3: behind a limited log the rule must end: what follows would be limited too"},
    {"table inet t {\n chain c {\n log group 5\n }\n}\n", "3: `group` is not understood"},
    {"table inet t {\n chain c {\n log prefix \"" + std::string(128, 'x') + "\"\n }\n}\n",
     "3: a log prefix has at most 127 characters"},
    {"table inet t {\n chain c {\n reject\n }\n}\n", "3: `reject` is not understood"},
    {"table inet t {\n chain c {\n accept drop\n }\n}\n", "3: `drop` stands behind the verdict of its rule"},
    {"table inet t {\n chain c {\n queue num 1\n }\n}\n", "3: `queue` is not understood"},
    {"table inet t {\n chain c {\n meta mark set 0x10000\n }\n}\n",
     "3: the whole packet mark is written, with the bits of others"},
    {"table inet t {\n chain c {\n meta mark set meta mark | 0x3\n }\n}\n",
     "3: more than one bit of the packet mark is written"},
    {"table inet t {\n chain c {\n meta mark set meta mark | 0x1\n meta mark set meta mark & 0xfffffffd\n "
     "}\n}\n",
     "4: more than one bit of the packet mark is written"},
    {"table inet t {\n chain c {\n meta mark 5 accept\n }\n}\n",
     "3: packets come here with any mark: a test of it says nothing about them"},
    {"table inet t {\n chain c {\n jump d\n }\n}\n", "3: there is no chain `d`"},
    {"table inet t {\n chain c {\n jump c\n }\n}\n",
     "3: chains call each other in a loop, or more than 15 deep"},
    {"table inet t {\n chain c {\n jump b\n }\n chain b {\n type filter hook output priority raw;\n }\n}\n",
     "3: `b` is a base chain: no rule may go there"},
    {"table inet t {\n chain c {\n ip saddr @s accept\n }\n}\n", "3: there is no set or map `s`"},
    {"table inet t {\n set s { type ipv6_addr; }\n chain c {\n ip saddr @s accept\n }\n}\n",
     "4: `s` does not hold what is looked up in it"},
    {"table inet t {\n set s { type ipv4_addr; }\n chain c {\n ip saddr vmap @s\n }\n}\n",
     "4: `s` is no map"},
    {"table inet t {\n set s { type ipv4_addr; elements = { 10.0.0.0/8 }\n }\n}\n",
     "2: a range in a set without `flags interval`"},
    {"table inet t {\n set s { type ipv4_addr; flags timeout;\n }\n}\n",
     "2: the set flag `timeout` is not understood"},
    {"table inet t {\n set s { elements = { 1 }\n }\n}\n", "2: elements stand before the type of their set"},
    {"table inet t {\n map m { type inet_service : verdict; flags interval;\n elements = { 1-5 : accept,\n 5 "
     ": drop }\n }\n}\n",
     "4: the key of this element overlaps the one of line 3, with another verdict"},
    {"table inet t {\n map m { type inet_service : mark; }\n}\n", "2: `mark` where `verdict` should stand"},
    {"table inet t {\n chain c {\n type nat hook output priority raw;\n }\n}\n",
     "2: a chain of type `nat` is not understood"},
    {"table inet t {\n chain c {\n type filter hook output priority raw; policy drop; policy reject;\n "
     "}\n}\n",
     "3: `reject` where `accept` should stand"},
    {"table inet t {\n chain c {\n type filter hook input priority filter; policy drop;\n }\n}\n",
     "2: a chain at hook `input` drops by its policy"},
    {"table inet t {\n chain c {\n type filter hook forward priority filter;\n tcp dport 80 drop\n }\n}\n",
     "4: at hook `forward` with priority 0 only rules that accept are understood"},
    {"table inet t {\n chain c {\n type filter hook output priority filter;\n notrack\n }\n}\n",
     "4: at hook `output` with priority 0 only rules that accept are understood"},
    {"table inet t {\n chain a {\n type filter hook output priority raw;\n accept\n }\n chain b {\n type "
     "filter hook "
     "output priority -300;\n accept\n }\n}\n",
     "6: two chains at hook `output` with priority -300: which one comes first is not defined"},
    {"table inet t {\n chain c {\n iifname \"an-interface-name\" accept\n }\n}\n",
     "3: an interface name has 1 to 15 characters"},
    {"table inet t {\n chain c {\n iif eth0 accept\n }\n}\n", "3: `iif` is not understood"},
    {"add rule inet t c accept\n",
     "1: there is no table `t` yet: the command fails where it is not loaded; write `table …` before"},
    {"}\n", "1: the command `}` is not understood"},
};

TEST_CASE("nft: what is not understood is refused, with its line") {
  for (const Bad& bad : kBadNft) {
    CAPTURE(bad.text);
    CHECK(refusal(read_nft("f", bad.text)) == "f:" + bad.refusal);
  }
}

TEST_CASE("nft: fifteen jumps below a base chain are the most") {
  const auto chains = [](int count) {
    std::string text = "table inet t {\n";
    for (int i = 0; i < count; ++i) text += fmt::format("chain c{} {{\n jump c{}\n}}\n", i, i + 1);
    return text +
           fmt::format(
               "chain c{} {{\n}}\n chain b {{\n type filter hook output priority raw;\n jump c0\n}}\n}}\n",
               count);
  };
  CHECK(refusal(read_nft("f", chains(14))).empty());
  CHECK_FALSE(refusal(read_nft("f", chains(15))).empty());
  CHECK_FALSE(refusal(read_nft("f", chains(5000))).empty());
}

static const std::vector<Bad> kBadRules = {
    {"-A c -j ACCEPT\n", "1: `-A` stands before the table that it belongs to"},
    {"*nat\nCOMMIT\n", "1: table `nat` is not understood; give the output of `iptables-save -t raw`"},
    {"*raw\n", "0: the last table has no COMMIT: nothing of it would be loaded"},
    {"*raw\nCOMMIT\n", "0: there is no chain `untrack-prerouting`, where packets would enter"},
    {"*raw\n:OUTPUT DROP [0:0]\nCOMMIT\n", "2: the policy of OUTPUT is DROP"},
    {"*raw\n-A PREROUTING -j DROP\nCOMMIT\n",
     "2: a rule of PREROUTING that is not the jump to the chains that are read"},
    {"*raw\n:c - [0:0]\n-A c -j REJECT\nCOMMIT\n",
     "3: `REJECT` is neither a chain nor a target that is understood"},
    {"*raw\n:c - [0:0]\n-A c -j c\nCOMMIT\n", "3: chains call each other in a loop, or more than 14 deep"},
    {"*raw\n:c - [0:0]\n-A c -j CT --zone 5\nCOMMIT\n", "3: `--zone` is not understood"},
    {"*raw\n:c - [0:0]\n-A c -j CT\nCOMMIT\n", "3: `-j CT` is not understood without its option"},
    {"*raw\n:c - [0:0]\n-A c -m u32 --u32 0&0xff=1 -j DROP\nCOMMIT\n", "3: `-m u32` is not understood"},
    {"*raw\n:c - [0:0]\n-A c -m mark --mark 1 -j DROP\nCOMMIT\n", "3: `-m mark` is not understood"},
    {"*raw\n:c - [0:0]\n-A c -j MARK --set-xmark 0x3/0x3\nCOMMIT\n",
     "3: more than one bit of the packet mark is written"},
    {"*raw\n:c - [0:0]\n-A c -j MARK --set-xmark 0x2/0x1\nCOMMIT\n",
     "3: more than one bit of the packet mark is written"},
    {"*raw\n:c - [0:0]\n-A c -j MARK --set-xmark 0x1/0x1\n-A c -j MARK --set-xmark 0x0/0x2\nCOMMIT\n",
     "4: more than one bit of the packet mark is written"},
    {"*raw\n:c - [0:0]\n-A c -m limit -j DROP\nCOMMIT\n",
     "3: a limit that limits more than a log makes the verdict depend on time"},
    {"*raw\n:c - [0:0]\n-A c -m limit --limit 5/s -m set --match-set s src -j LOG\nCOMMIT\n",
     "3: the limit stands before other tests: packets that fail them would use it up"},
    {"*raw\n:c - [0:0]\n-A c -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15:16 -j "
     "DROP\nCOMMIT\n",
     "3: a multiport match has 15 slots, a range takes two"},
    {"*raw\n:c - [0:0]\n-A c -p tcp -m multiport --dports 5:1 -j DROP\nCOMMIT\n",
     "3: a range of ports ends before it begins"},
    {"*raw\n:c - [0:0]\n-A c -p tcp -m multiport --dports ssh -j DROP\nCOMMIT\n",
     "3: `ssh` is no port number"},
    {"*raw\n:c - [0:0]\n-A c -m multiport --dports 1 -j DROP\nCOMMIT\n",
     "3: `-m multiport` needs `-p` with tcp, udp or sctp before it"},
    {"*raw\n:c - [0:0]\n-A c ! -p tcp --dport 1 -j DROP\nCOMMIT\n",
     "3: `-m tcp` needs `-p` with tcp, udp or sctp before it"},
    {"*raw\n:c - [0:0]\n-A c --dport 1 -j DROP\nCOMMIT\n", "3: a port needs `-p` before it"},
    {"*raw\n:c - [0:0]\n-A c -p udp -m tcp --dport 1 -j DROP\nCOMMIT\n",
     "3: `-m tcp` in a rule for another protocol"},
    {"*raw\n:c - [0:0]\n-A c -p tcp --syn -j DROP\nCOMMIT\n", "3: `--syn` is not understood"},
    {"*raw\n:c - [0:0]\n-A c -p tcp -p udp -j DROP\nCOMMIT\n", "3: more than one `-p`"},
    {"*raw\n:c - [0:0]\n-A c ! -p 0 -j DROP\nCOMMIT\n", "3: `! -p 0` never matches, and iptables refuses it"},
    {"*raw\n:c - [0:0]\n-A c -p icmpv6 --icmpv6-type 1 -j DROP\nCOMMIT\n",
     "3: `--icmpv6-type` is not understood"},
    {"*raw\n:c - [0:0]\n-A c -p icmp --icmp-type echo-request -j DROP\nCOMMIT\n",
     "3: `echo-request` is no ICMP TYPE or TYPE/CODE; write numbers"},
    {"*raw\n:c - [0:0]\n-A c -s ::1 -j DROP\nCOMMIT\n", "3: `::1` is no IPv4 address"},
    {"*raw\n:c - [0:0]\n-A c -s 10.0.0.0/255.0.255.0 -j DROP\nCOMMIT\n",
     "3: the mask `255.0.255.0` is no prefix length"},
    {"*raw\n:c - [0:0]\n-A c -s 10.0.0.1,10.0.0.2 -j DROP\nCOMMIT\n",
     "3: `10.0.0.1,10.0.0.2` is no IPv4 address"},
    {"*raw\n:c - [0:0]\n-A c -i an-interface-name -j DROP\nCOMMIT\n",
     "3: an interface name has 1 to 15 characters"},
    {"*raw\n:c - [0:0]\n-A c -m comment --comment \"open -j DROP\nCOMMIT\n",
     "3: a quoted text has no end on its line"},
    {"*raw\n:c - [0:0]\n-A c -j LOG --log-prefix \"longer than twenty-nine characters\"\nCOMMIT\n",
     "3: a log prefix has at most 29 characters"},
    {"*raw\n:c - [0:0]\n-A c -j DROP -j ACCEPT\nCOMMIT\n", "3: more than one target"},
    {"*raw\n:c - [0:0]\n-D c 1\nCOMMIT\n", "3: the command `-D` is not understood"},
    {"*raw\n-F\nCOMMIT\n", "2: `-F` without a chain empties those of others"},
    {"*filter\n:c - [0:0]\n-A c -j ACCEPT\nCOMMIT\n",
     "1: table `filter` is not understood; give the output of `iptables-save -t raw`"},
    {"*raw\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n-A untrack-output -m set --match-set s src "
     "-j DROP\nCOMMIT\n",
     "4: there is no set `s`"},
    {"*raw\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n-A untrack-output -m set --match-set v6 "
     "src -j DROP\nCOMMIT\n",
     "4: the set `v6` is of the other IP version"},
    {"*raw\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n-A untrack-output -m set --match-set v4 "
     "src,src -j DROP\nCOMMIT\n",
     "4: `v4` has 1 dimensions, the match 2"},
};

TEST_CASE("iptables: what is not understood is refused, with its line") {
  for (const Bad& bad : kBadRules) {
    CAPTURE(bad.text);
    CHECK(refusal(read_iptables({.ipset = "create v4 hash:net\ncreate v6 hash:net family inet6\n",
                                 .v4 = bad.text,
                                 .v6 = ""})) == "iptables.restore:" + bad.refusal);
  }
}

static const std::vector<Bad> kBadSets = {
    {"create s hash:mac\n", "1: sets of type `hash:mac` are not understood"},
    {"create s hash:net timeout 5\n", "1: the option `timeout` is not understood"},
    {"create s hash:net family arp\n", "1: the family `arp` is not understood"},
    {"create s bitmap:port range 0-1023\nadd s 1024\n", "2: `1024` is outside the range of its set"},
    {"create s bitmap:ip\n", "1: a bitmap:ip has a range"},
    {"create s bitmap:ip range ::/120\n", "1: `::` is no IPv4 address"},
    {"create s bitmap:ip range 10.0.0.0/8\n", "1: more than 65536 slots"},
    {"create s bitmap:ip range 10.0.0.0/24 netmask 0\n", "1: a netmask has 1 to 32 bits"},
    {"create s bitmap:ip range 10.0.0.0/24 netmask 24\n",
     "1: the range of a bitmap:ip has two slots at least"},
    {"create s bitmap:ip range 10.0.0.0-10.0.2.255 netmask 24\n",
     "1: with a netmask the range of a bitmap:ip is a prefix"},
    {"create s bitmap:ip range 10.0.0.0/8 netmask 24\nadd s 11.0.0.0\n",
     "2: `11.0.0.0` is outside the range of its set"},
    {"create s bitmap:ip range 10.0.0.0/8 netmask 24\nadd s 10.0.0.5-10.0.1.2\n",
     "2: `10.0.0.5-10.0.1.2` does not begin where a slot of its set begins"},
    {"create s bitmap:ip range 0.0.0.0/0 netmask 16\nadd s 0.0.0.0/0\n",
     "2: `0.0.0.0/0` is more than a bitmap takes at once"},
    {"create s bitmap:ip range 10.0.0.0/8 netmask 24\ncreate s bitmap:ip range 10.0.0.0/8 netmask 23\n",
     "2: the set `s` exists with another range"},
    {"create s hash:net netmask 24\n", "1: the option `netmask` is not understood"},
    {"create s hash:net\ncreate s hash:ip\n", "2: the set `s` exists with another type"},
    {"add s 10.0.0.1\n", "1: there is no set `s`"},
    {"create s hash:net\nadd s ::1\n", "2: `::1` is no IPv4 address"},
    {"create s hash:net\nadd s 0.0.0.0/0\n", "2: ipset refuses prefixes of length 0"},
    {"create s hash:net\nadd s 10.0.0.1 nomatch\n", "2: `nomatch` is not understood"},
    {"create s hash:net family inet6\nadd s ::1-::5\n",
     "2: `::1-::5`: ipset takes no ranges of IPv6 addresses"},
    {"create s hash:ip,port\nadd s 10.0.0.1\n", "2: `10.0.0.1` is no element of a hash:ip,port"},
    {"create s hash:ip,port\nadd s 10.0.0.1,gre:5\n", "2: protocol 47 has no ports: only `:0` stands for it"},
    {"create s hash:ip,port\nadd s 10.0.0.1,icmp:5\n", "2: `5` is no ICMP TYPE/CODE"},
    {"create s hash:ip,port\nadd s 10.0.0.1,tcp:9-5\n", "2: the range `9-5` ends before it begins"},
    {"create s hash:ip,port maxelem 10\nadd s 10.0.0.1,tcp:1-11\n",
     "2: more than 10 elements: the set is full here"},
    {"create s hash:net\ncreate t hash:ip\nswap s t\n", "3: sets of different types cannot be swapped"},
    {"create s list:set\nadd s t\n", "1: `s` holds `t`, which does not exist"},
    {"create s list:set\nadd s s\n", "1: `s` holds `s`, itself a list"},
    {"flush\n", "1: `flush` without a name empties the sets of others"},
    {"destroy\n", "1: `destroy` without a name removes the sets of others"},
    {"create s hash:net\ndel s 10.0.0.1\n", "2: the ipset command `del` is not understood"},
    {"create this-name-is-longer-than-31-characters hash:net\n", "1: a set name has 1 to 31 characters"},
};

TEST_CASE("ipset: what is not understood is refused, with its line") {
  for (const Bad& bad : kBadSets) {
    CAPTURE(bad.text);
    CHECK(refusal(read_iptables({.ipset = bad.text, .v4 = "", .v6 = ""})) == "ipset.restore:" + bad.refusal);
  }
}

}  // namespace untrack::verify
