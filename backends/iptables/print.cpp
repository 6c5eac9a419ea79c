#include "backends/iptables/print.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

#include "backends/iptables/filter.h"
#include "backends/iptables/names.h"
#include "support/overloaded.h"

namespace untrack::backends::iptables {

// XT_MAX_COMMENT_LEN (256) with the final zero byte, linux/netfilter/xt_comment.h.
static constexpr std::size_t kCommentBytes = 255;
// xt_log_info.prefix (30) with the final zero byte, linux/netfilter/xt_LOG.h.
static constexpr std::size_t kLogPrefixBytes = 29;
// KERN_NOTICE; Calico's rules have it too (felix/rules/policy.go).
static constexpr int kLogLevel = 5;
// ipset rounds a hash up to a power of two and makes none smaller than 64 (IPSET_MIMINAL_HASHSIZE,
// ip_set_hash.h).
static constexpr std::size_t kSmallestHash = 64;

// A fuller table stays in the cache: of 40,000 nets a lookup costs 5 % less than with one bucket each. The
// kernel makes it larger by itself when a bucket would hold more than 12.
static constexpr std::size_t kElementsOfABucket = 4;

// One line, whatever the text: it goes into comments of the file.
static std::string one_line(std::string_view text) {
  std::string result(text);
  std::ranges::replace_if(result, [](char c) { return static_cast<unsigned char>(c) < ' '; }, '?');
  return result;
}

// iptables-restore takes \" and \\ inside quotes (add_param_to_argv, iptables/xshared.c). Cut first, so that
// no escape is torn.
static std::string quoted(std::string_view text, std::size_t limit) {
  static constexpr std::string_view kCut = "...";
  std::string plain = one_line(text);
  if (plain.size() > limit) plain.replace(limit - kCut.size(), std::string::npos, kCut);
  std::string result = "\"";
  for (const char c : plain) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

static std::string text(const ir::Cidr& cidr) {
  const bool host = cidr.prefix_bits() == ir::address_bits(cidr.version());
  return host ? cidr.network().to_string() : cidr.to_string();
}
static std::string text(const ir::PortRange& range, char dash) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}{}{}", range.first, dash, range.last);
}

// ---- sets

static std::string text(const PortElement& element) {
  return text(element.ports, '-');
}
static std::string text(const NetElement& element) {
  return text(element.net);
}
static std::string text(const NetPortElement& element) {
  const bool icmp = !ir::has_ports(element.protocol);
  const ir::Port packed = element.ports.first;
  return fmt::format("{},{}:{}", text(element.net), ir::to_string(element.protocol),
                     icmp ? fmt::format("{}/{}", packed / 256, packed % 256) : text(element.ports, '-'));
}
static std::string text(const SocketElement& element) {
  const ir::SocketAddress& socket = element.socket;
  return fmt::format("{},{}:{}", socket.address.to_string(), ir::to_string(socket.protocol), socket.port);
}

static std::size_t count(const NetElement&) {
  return 1;
}
static std::size_t count(const SocketElement&) {
  return 1;
}
// A range becomes one element for each port.
static std::size_t count(const NetPortElement& element) {
  return static_cast<std::size_t>(element.ports.last - element.ports.first) + 1;
}

template <class Elements>
static std::string hash_type(std::string_view type, ir::IpVersion version, const Elements& elements) {
  std::size_t size = 0;
  for (const auto& each : elements) size += count(each);
  return fmt::format("{} family {} hashsize {} maxelem {}", type,
                     version == ir::IpVersion::V4 ? "inet" : "inet6",
                     std::max(kSmallestHash, std::bit_ceil(size) / kElementsOfABucket), size);
}

static std::string type(const Set& set) {
  return std::visit(
      overloaded{
          [](const BitmapPort& elements) {
            return fmt::format("bitmap:port range {}-{}", elements.front().ports.first,
                               elements.back().ports.last);
          },
          [](const BitmapIp& bitmap) {
            return fmt::format("bitmap:ip range {}-{} netmask {}", bitmap.range.network().to_string(),
                               ir::Address(bitmap.range.version(), bitmap.range.last()).to_string(),
                               bitmap.slot_bits);
          },
          [&](const HashNet& elements) { return hash_type("hash:net", set.version, elements); },
          [&](const HashNetPort& elements) { return hash_type("hash:net,port", set.version, elements); },
          [&](const HashIpPort& elements) { return hash_type("hash:ip,port", set.version, elements); }},
      set.elements);
}

static std::vector<std::string> elements(const Set& set) {
  std::vector<std::string> result;
  const auto add = [&](const auto& list) {
    for (const auto& each : list) result.push_back(text(each));
  };
  std::visit(
      overloaded{[&](const BitmapIp& bitmap) { add(bitmap.nets); }, [&](const auto& list) { add(list); }},
      set.elements);
  return result;
}

std::string print_sets(const std::vector<Set>& sets, std::string_view node) {
  std::string out = fmt::format(
      "# Sets of the untracked host-endpoint policy of node {}\n"
      "#   load:   ipset -exist restore < FILE   (before the chains; may be repeated)\n"
      "#   unload: ipset list -n | grep '^untrack-' | xargs -rn1 ipset destroy   (after the chains)\n",
      one_line(node));
  for (const Set& set : sets) {
    const std::string filling = filling_name(set.name);
    if (!set.comment.empty()) out += "# " + one_line(set.comment) + "\n";
    fmt::format_to(std::back_inserter(out), "create {0} {1}\ncreate {2} {1}\nflush {2}\n", set.name,
                   type(set), filling);
    for (const std::string& each : elements(set))
      fmt::format_to(std::back_inserter(out), "add {} {}\n", filling, each);
    fmt::format_to(std::back_inserter(out), "swap {0} {1}\ndestroy {0}\n", filling, set.name);
  }
  return out;
}

// ---- rules

static std::string text(const std::vector<Side>& sides) {
  std::string directions;
  for (const Side side : sides) {
    if (!directions.empty()) directions += ',';
    directions += side == Side::Source ? "src" : "dst";
  }
  return directions;
}

static std::string text(const Condition& condition) {
  return std::visit(
      overloaded{
          [](const InterfaceIs& c) {
            return fmt::format("{} {}", c.direction == ir::Direction::Ingress ? "-i" : "-o", c.name);
          },
          [](const ProtocolIs& c) {
            return fmt::format("{}-p {}", c.negated ? "! " : "", ir::to_string(c.protocol));
          },
          [](const AddressIs& c) {
            return fmt::format("{}{} {}", c.negated ? "! " : "", c.side == Side::Source ? "-s" : "-d",
                               c.prefix.to_string());
          },
          [](const InSet& c) {
            return fmt::format("-m set {}--match-set {} {}", c.negated ? "! " : "", c.set, text(c.sides));
          },
          [](const PortIs& c) {
            return fmt::format("{} {}", c.side == Side::Source ? "--sport" : "--dport", text(c.ports, ':'));
          }},
      condition);
}

static std::string text(const Target& target) {
  return std::visit(overloaded{[](Notrack) -> std::string { return "-j CT --notrack"; },
                               [](const SetMark& mark) {
                                 return fmt::format("-j MARK --set-xmark {:#x}/{:#x}", mark.to ? mark.bit : 0,
                                                    mark.bit);
                               },
                               [](Accept) -> std::string { return "-j ACCEPT"; },
                               [](Drop) -> std::string { return "-j DROP"; },
                               [](Return) -> std::string { return "-j RETURN"; },
                               [](const Goto& jump) { return "-g " + jump.chain; },
                               [](const ir::LogPacket& log) {
                                 return fmt::format("-j LOG --log-prefix {} --log-level {}",
                                                    quoted(log.prefix, kLogPrefixBytes), kLogLevel);
                               }},
                    target);
}

// Last of the matches, so that only packets that are logged use the limit up.
static std::string limit(const Target& target) {
  const auto* log = std::get_if<ir::LogPacket>(&target);
  if (log == nullptr || !log->limit) return "";
  return fmt::format(" -m limit --limit {}/{} --limit-burst {}", log->limit->rate, log->limit->unit,
                     log->limit->burst);
}

static std::string text(const Rule& rule) {
  std::string line;
  for (const Condition& condition : rule.conditions) line += " " + text(condition);
  if (!rule.comment.empty()) line += " -m comment --comment " + quoted(rule.comment, kCommentBytes);
  return line + limit(rule.target) + " " + text(rule.target);
}

static std::string how_to(const Table& table, std::string_view node) {
  const std::string_view tool = table.version == ir::IpVersion::V4 ? "iptables" : "ip6tables";
  const std::string filter =
      table.mark ? fmt::format("#   filter: {} -I INPUT {} -j ACCEPT   (and FORWARD, OUTPUT)\n", tool,
                               accepted_by(*table.mark))
                 : "";
  return fmt::format(
      "# Untracked host-endpoint policy of node {1}, IPv{2}\n"
      "#   load:   ipset -exist restore < ipset.restore\n"
      "#           {0}-restore --noflush < FILE   (replaces our chains in one transaction; may be repeated)\n"
      "#   enter:  {0} -t raw -I PREROUTING -j {3}\n"
      "#           {0} -t raw -I OUTPUT -j {4}   (once each; not part of the file)\n"
      "#   unload: {0} -t raw -D PREROUTING -j {3}\n"
      "#           {0} -t raw -D OUTPUT -j {4}\n"
      "#           for x in -F -X; do {0} -t raw -S | sed -n \"s/^-N \\(untrack-.*\\)/\\1/p\" |\n"
      "#             xargs -rn1 {0} -t raw $x; done\n"
      "{5}",
      tool, one_line(node), static_cast<int>(table.version), kPreroutingChain, kOutputChain, filter);
}

std::string print_table(const Table& table, std::string_view node) {
  std::string out = how_to(table, node) + "*raw\n";
  for (const Chain& chain : table.chains)
    fmt::format_to(std::back_inserter(out), ":{} - [0:0]\n", chain.name);
  for (const Chain& chain : table.chains) {
    for (const Rule& rule : chain.rules)
      fmt::format_to(std::back_inserter(out), "-A {}{}\n", chain.name, text(rule));
  }
  return out + "COMMIT\n";
}

}  // namespace untrack::backends::iptables
