#include <doctest/doctest.h>
#include <fmt/format.h>

#include <vector>

#include "support.h"

namespace untrack::verify {

static const std::string kSets =
    "create ports hash:ip,port\nadd ports 10.0.0.1,80\nadd ports 10.0.0.1,udp:80\nadd ports "
    "10.0.0.1,sctp:80\n"
    "add ports 10.0.0.1,47:0\nadd ports 10.0.0.1,icmp:8/0\nadd ports 10.0.0.1,udplite:80\n"
    "create ports6 hash:ip,port family inet6\nadd ports6 fd00::1,tcp:80\nadd ports6 fd00::1,gre:0\n"
    "add ports6 fd00::1,icmpv6:128/0\n"
    "create bits bitmap:port range 0-65535\nadd bits 80\n"
    "create nets hash:net\nadd nets 10.0.0.0-10.0.0.2\ncreate none hash:net\n"
    "create some list:set size 8\nadd some none\nadd some nets\n"
    "create two hash:net,port,net\nadd two 10.0.0.0/30,tcp:80-81,10.0.0.0/30\n";

static std::string table(std::string_view rules) {
  return fmt::format(
      "*raw\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n:jumped - [0:0]\n-A jumped -j CT "
      "--notrack\n"
      "-A jumped -j ACCEPT\n{}COMMIT\n",
      rules);
}

static std::string fate_in(std::string_view v4, std::string_view v6, std::string_view packet) {
  const std::string texts[] = {table(v4), table(v6)};
  return fate(read_iptables({.ipset = kSets, .v4 = texts[0], .v6 = texts[1]}), ir::Direction::Ingress, "eth0",
              packet);
}

// ---- what the kernel does with one match, as tried with the packets named so (docs/verify.md)

namespace {
struct Look {
  std::string match;
  std::string
      found;  // by packet: Y taken, n not, D dropped for what it is, ? depends on what no coordinate tells
};
}  // namespace

static const std::vector<std::string> kPackets4 = {
    "tcp 10.0.0.2:40000 > 10.0.0.1:80",
    "tcp later-fragment 10.0.0.2 > 10.0.0.1",
    "tcp cut-off 10.0.0.2 > 10.0.0.1",
    "udp 10.0.0.2:40000 > 10.0.0.1:80",
    "udp later-fragment 10.0.0.2 > 10.0.0.1",
    "udp cut-off 10.0.0.2 > 10.0.0.1",
    "sctp 10.0.0.2:40000 > 10.0.0.1:80",
    "icmp 8/0 10.0.0.2 > 10.0.0.1",
    "icmp later-fragment 10.0.0.2 > 10.0.0.1",
    "icmp cut-off 10.0.0.2 > 10.0.0.1",
    "47 10.0.0.2 > 10.0.0.1",
    "47 later-fragment 10.0.0.2 > 10.0.0.1",
};
static const std::vector<Look> kLooks4 = {
    {"-p tcp -m multiport --dports 80", "Yn?nnnnnnnnn"},
    {"-p tcp -m multiport ! --dports 80", "nn?nnnnnnnnn"},
    {"-p tcp -m multiport ! --dports 81:90,443", "Yn?nnnnnnnnn"},
    {"-p 6 -m multiport --ports 40000", "Yn?nnnnnnnnn"},
    {"-p udp -m multiport --source-ports 40000", "nnnYn?nnnnnn"},
    {"-p tcp --dport 80", "Y?Dnnnnnnnnn"},
    {"-p tcp -m tcp ! --dport 81: --sport :40000", "Y?Dnnnnnnnnn"},
    {"-p tcp -m tcp", "Y?Dnnnnnnnnn"},
    {"-p udp --dport 80", "nnnYnDnnnnnn"},
    {"-p sctp -m sctp --destination-port 80", "nnnnnnYnnnnn"},
    {"-p icmp -m icmp --icmp-type 8", "nnnnnnnYnDnn"},
    {"-p icmp --icmp-type 8/1", "nnnnnnnnnDnn"},
    {"-p icmp -m icmp ! --icmp-type 8/1", "nnnnnnnYnDnn"},
    {"-p icmp -m icmp --icmp-type any", "nnnnnnnYnDnn"},
    {"-p icmp", "nnnnnnnYYYnn"},
    {"-m set --match-set ports dst,dst", "YnnYnnYYnnYY"},
    {"-m set ! --match-set ports dst,dst", "nYYnYYnnYYnn"},
    {"-m set --match-set bits dst", "YnnYnnnnnnnn"},
    {"-m set ! --match-set bits dst", "nYYnYYYYYYYY"},
    {"-m set --match-set nets src", "YYYYYYYYYYYY"},
    {"-m set --match-set some src", "YYYYYYYYYYYY"},
    {"-m set --match-set none src", "nnnnnnnnnnnn"},
    {"-m set --match-set two src,dst,dst", "Ynnnnnnnnnnn"},
    {"-f", "nYnnYnnnYnnY"},
    {"! -f", "YnYYnYYYnYYn"},
    {"! -p tcp", "nnnYYYYYYYYY"},
    {"-p 0", "YYYYYYYYYYYY"},
    {"-p all -s 10.0.0.9/255.255.255.0", "YYYYYYYYYYYY"},
    {"! -s 10.0.0.0/8", "nnnnnnnnnnnn"},
    {"-d 10.0.0.1 -i eth0", "YYYYYYYYYYYY"},
    {"-i eth+", "YYYYYYYYYYYY"},
    {"! -i eth0", "nnnnnnnnnnnn"},
    {"-o eth0", "nnnnnnnnnnnn"},
    {"! -o eth0", "YYYYYYYYYYYY"},
    // Tests of the packet as a whole come first, wherever they are written.
    {"-p tcp -m multiport --dports 80 -s 10.9.9.9", "nnnnnnnnnnnn"},
    {"-p tcp -m set --match-set none src -m multiport --dports 80", "nnnnnnnnnnnn"},
};

static const std::vector<std::string> kPackets6 = {
    "tcp [fd00::2]:40000 > [fd00::1]:80",      "tcp later-fragment fd00::2 > fd00::1",
    "tcp cut-off fd00::2 > fd00::1",           "icmpv6 128/0 fd00::2 > fd00::1",
    "icmpv6 later-fragment fd00::2 > fd00::1", "47 fd00::2 > fd00::1",
    "47 later-fragment fd00::2 > fd00::1",     "icmp fd00::2 > fd00::1",
};
static const std::vector<Look> kLooks6 = {
    {"-p tcp -m multiport --dports 80", "Yn?nnnnn"},
    {"-p tcp --dport 80", "YnDnnnnn"},
    {"-p icmpv6 -m icmp6 --icmpv6-type 128/0", "nnnYnnnn"},
    {"-p ipv6-icmp ! --icmpv6-type 128", "nnnnnnnn"},
    {"-m set --match-set ports6 dst,dst", "YnnYnYnn"},
    {"-m set ! --match-set ports6 dst,dst", "nYYnYnYY"},
    {"-m set --match-set bits dst", "Ynnnnnnn"},
};

static std::string look(const std::vector<std::string>& packets, const std::string& match, bool v6) {
  std::string found;
  for (const std::string& packet : packets) {
    const auto with = [&](const std::string& target) {
      const std::string rule = fmt::format("-A untrack-prerouting {} {}\n", match, target);
      return v6 ? fate_in("", rule, packet) : fate_in(rule, "", packet);
    };
    const std::string taken = with("-g jumped");
    found += taken == "untrack" ? 'Y' : taken == "track" ? 'n' : taken == "drop" ? 'D' : '?';
  }
  return found;
}

TEST_CASE(
    "iptables: a match finds what the kernel finds, with fragments, cut-off headers and other protocols") {
  for (const Look& looked : kLooks4) {
    CAPTURE(looked.match);
    CHECK(look(kPackets4, looked.match, false) == looked.found);
  }
  for (const Look& looked : kLooks6) {
    CAPTURE(looked.match);
    CHECK(look(kPackets6, looked.match, true) == looked.found);
  }
}

// ---- walks

namespace {
struct Walk {
  std::string rules;  // without `-A untrack-prerouting`
  std::string tcp_80;
};
}  // namespace
static const std::vector<Walk> kWalks = {
    {"", "track"},
    {"-j CT --notrack|-j ACCEPT", "untrack"},
    {"-j NOTRACK|-j ACCEPT", "untrack"},
    // Left to the rules of others, untracked: no policy means that.
    {"-j CT --notrack", "undefined"},
    {"-j ACCEPT|-j DROP", "track"},
    {"-j RETURN|-j DROP", "track"},
    {"-j jumped|-j DROP", "untrack"},
    {"-p tcp|-j DROP", "drop"},
    {"-j LOG --log-prefix \"a \\\"b\\\" \" --log-level 4|-j DROP", "drop log `a \"b\" `"},
    {"-m limit --limit 10/m --limit-burst 7 -m comment --comment \"x y\" -j LOG|-g jumped", "untrack log ``"},
    {"-j MARK --set-xmark 0x10000/0x10000|-j jumped", "untrack"},
    {"-j MARK --set-xmark 0x10000/0x10000", "undefined"},
    {"-j MARK --set-xmark 0x0/0x10000", "track"},
    {"-j MARK --set-xmark 0x0/0x10000|-j jumped", "undefined"},
    {"-p udp -j MARK --set-xmark 0x10000/0x10000", "undefined"},
};

TEST_CASE("iptables: rules run in order, and only some targets end the walk") {
  for (const Walk& walk : kWalks) {
    std::string rules;
    for (std::size_t at = 0; at < walk.rules.size();) {
      const std::size_t end = std::min(walk.rules.find('|', at), walk.rules.size());
      rules += "-A untrack-prerouting " + walk.rules.substr(at, end - at) + "\n";
      at = end + 1;
    }
    CAPTURE(walk.rules);
    CHECK(fate_in(rules, "", kPackets4[0]) == walk.tcp_80);
    CHECK(fate_in("", rules, kPackets6[0]) == walk.tcp_80);
    // The other IP version has no rules, so none that clears the mark.
    CHECK(fate_in("", rules, kPackets4[0]) ==
          (walk.rules.find("MARK") == std::string::npos ? "track" : "undefined"));
  }
}

TEST_CASE("iptables: chains are declared, filled, emptied and inserted into") {
  const std::string packet = kPackets4[0];
  CHECK(fate_in("-A untrack-prerouting -j DROP\n:untrack-prerouting - [0:0]\n", "", packet) == "track");
  CHECK(fate_in("-A untrack-prerouting -j DROP\n-F untrack-prerouting\n", "", packet) == "track");
  CHECK(fate_in("-A untrack-prerouting -j DROP\n-I untrack-prerouting -j ACCEPT\n", "", packet) == "track");
  CHECK(fate_in("-N more\n-A more -j DROP\n[7:420] -A untrack-prerouting -j more\n", "", packet) == "drop");
}

TEST_CASE("ipset: commands change what the ones before have made") {
  const auto member = [](std::string_view commands) {
    const std::string sets =
        fmt::format("create s hash:net family inet -exist\ncreate t hash:net\n{}", commands);
    const std::string v4 = table("-A untrack-prerouting -m set --match-set s src -j DROP\n");
    return fate(read_iptables({.ipset = sets, .v4 = v4, .v6 = ""}), ir::Direction::Ingress, "e",
                kPackets4[0]) == "drop";
  };
  CHECK_FALSE(member(""));
  CHECK(member("add s 10.0.0.0/30\n"));
  CHECK(member("add s 10.1.2.3/8 -exist\n"));
  CHECK_FALSE(member("add s 10.0.0.2\nflush s\n"));
  CHECK_FALSE(member("add s 10.0.0.2\nswap s t\n"));
  CHECK(member("add t 10.0.0.2\nswap s t\ndestroy t\n"));
  CHECK(member("add s 10.0.0.2\ncreate s hash:net\n"));
}

// As tried on Linux 6.18 with ipset 7.17.
TEST_CASE("ipset: a bitmap of addresses holds whole slots, and nothing outside of its range") {
  const auto member = [](std::string_view commands, bool negated = false) {
    const std::string v4 =
        table(fmt::format("-A untrack-prerouting -m set {}--match-set s src -j DROP\n", negated ? "! " : ""));
    return fate(read_iptables({.ipset = commands, .v4 = v4, .v6 = ""}), ir::Direction::Ingress, "e",
                kPackets4[0]) == "drop";  // from 10.0.0.2
  };
  CHECK(member("create s bitmap:ip range 10.0.0.0/8 netmask 24\nadd s 10.0.0.200\n"));
  CHECK(member("create s bitmap:ip range 0.0.0.0-255.255.255.255 netmask 16\nadd s 10.0.0.0/9\n"));
  CHECK(member("create s bitmap:ip range 10.0.0.0/30\nadd s 10.0.0.1-10.0.0.2\n"));
  CHECK_FALSE(member("create s bitmap:ip range 10.0.0.0/8 netmask 24\nadd s 10.0.1.0/24\n"));
  CHECK_FALSE(member("create s bitmap:ip range 10.0.0.0/30\nadd s 10.0.0.1\n"));
  const std::string elsewhere = "create s bitmap:ip range 11.0.0.0/8 netmask 24\nadd s 11.0.0.0/8\n";
  CHECK_FALSE(member(elsewhere));
  CHECK(member(elsewhere, true));
}

}  // namespace untrack::verify
