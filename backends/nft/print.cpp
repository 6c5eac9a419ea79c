#include "backends/nft/print.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/filter.h"
#include "support/overloaded.h"

namespace untrack::backends::nft {

// NFTNL_UDATA_COMMENT_MAXLEN, libnftnl/udata.h: without the final zero byte.
static constexpr std::size_t kCommentBytes = 128;
// NF_LOG_PREFIXLEN, linux/netfilter/nf_log.h, without the final zero byte.
static constexpr std::size_t kLogPrefixBytes = 127;

// nft strings have no escapes and end at the next quote; `$` in a log prefix begins a variable.
static std::string quoted(std::string_view text, std::size_t limit) {
  static constexpr std::string_view kCut = "...";
  std::string result(text);
  if (result.size() > limit) result.replace(limit - kCut.size(), std::string::npos, kCut);
  for (char& c : result) {
    if (c == '"' || c == '\\') c = '\'';
    if (c == '$' || static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return '"' + result + '"';
}

static std::string_view keyword(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "ip" : "ip6";
}
static std::string_view address_field(Side side) {
  return side == Side::Source ? "saddr" : "daddr";
}
static std::string_view port_field(Side side) {
  return side == Side::Source ? "sport" : "dport";
}
// `th`, or the header's own name.
static std::string_view transport(std::optional<ir::Protocol> protocol, const Dialect& dialect) {
  assert((dialect.transport_header || protocol) && "without `th` a port has to be some protocol's");
  if (dialect.transport_header) return "th";
  return protocol == ir::kTcp ? "tcp" : protocol == ir::kUdp ? "udp" : "sctp";
}
static std::string_view unless(bool negated) {
  return negated ? "!= " : "";
}

static std::string text(const ir::Cidr& cidr) {
  const bool host = cidr.prefix_bits() == ir::address_bits(cidr.version());
  return host ? cidr.network().to_string() : cidr.to_string();
}
static std::string text(const ir::SocketAddress& socket) {
  return fmt::format("{} . {} . {}", socket.address.to_string(), ir::to_string(socket.protocol), socket.port);
}
static std::string text(const ir::PortRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

template <class Elements>
static std::vector<std::string> texts(const Elements& elements) {
  std::vector<std::string> result;
  for (const auto& each : elements) result.push_back(text(each));
  return result;
}

template <class Elements>
static std::string braced(const Elements& elements) {
  return fmt::format("{{ {} }}", fmt::join(texts(elements), ", "));
}
// One element needs no set.
template <class Elements>
static std::string one_or_set(const Elements& elements) {
  return elements.size() == 1 ? text(elements.front()) : braced(elements);
}

// To the kernel a set of single ports is a bitmap or a hash table, one with ranges a tree of intervals
// (nft_set_bitmap.c, nft_set_rbtree.c in net/netfilter): short ranges within a set are written out.
static std::vector<ir::PortRange> written_ports(const ir::PortSet& ports) {
  static constexpr std::uint32_t kMostWrittenOut = 32;
  if (ports.ranges().size() == 1 || ports.count() > kMostWrittenOut) return ports.ranges();
  std::vector<ir::PortRange> singles;
  for (const ir::PortRange& range : ports.ranges()) {
    for (std::uint32_t port = range.first; port <= range.last; ++port) {
      singles.push_back({static_cast<ir::Port>(port), static_cast<ir::Port>(port)});
    }
  }
  return singles;
}

static std::string text(const std::variant<ir::PortSet, SetName>& ports) {
  return std::visit(overloaded{[](const ir::PortSet& each) { return one_or_set(written_ports(each)); },
                               [](const SetName& name) { return "@" + name; }},
                    ports);
}

// ` & 255.255.255.0`, where that leaves anything out.
static std::string mask(ir::IpVersion version, std::optional<int> hashed_bits) {
  const int bits = ir::address_bits(version);
  if (!hashed_bits || *hashed_bits == bits) return "";
  const ir::AddressBits kept =
      *hashed_bits == 0 ? ir::AddressBits{0} : ir::max_address(version) << (bits - *hashed_bits);
  return " & " + ir::Address(version, kept & ir::max_address(version)).to_string();
}

// A prefix of 24 bits would become a load of three bytes, which the kernel has no fast way for
// (nft_payload_fast_ops, net/netfilter/nft_payload.c): the whole address under a mask is half the price
// (docs/performance.md).
static std::optional<std::string> masked_text(const AddressIn& condition) {
  static constexpr int kThreeBytes = 24;
  const auto* list = std::get_if<InlinePrefixes>(&condition.addresses);
  if (list == nullptr || list->size() != 1 || condition.version != ir::IpVersion::V4 ||
      list->front().prefix_bits() != kThreeBytes)
    return std::nullopt;
  return fmt::format("{} {}{} {} {}", keyword(condition.version), address_field(condition.side),
                     mask(condition.version, kThreeBytes),
                     condition.negated ? "!=" : "==", list->front().network().to_string());
}

static std::string text(const IcmpIs& icmp) {
  const std::string_view word = icmp.version == ir::IpVersion::V4 ? "icmp" : "icmpv6";
  const int type = icmp.icmp.type;
  if (!icmp.icmp.code) return fmt::format("{} type {}{}", word, unless(icmp.negated), type);
  const int code = *icmp.icmp.code;
  if (!icmp.negated) return fmt::format("{0} type {1} {0} code {2}", word, type, code);
  return fmt::format("{0} type . {0} code != {{ {1} . {2} }}", word, type, code);
}

static std::string text(const LaterFragment& fragment) {
  // 13 bits of offset (RFC 791 section 3.1, RFC 8200 section 4.5). A packet without fragment header has none.
  assert(!fragment.negated || fragment.version == ir::IpVersion::V4);
  if (fragment.negated) return "ip frag-off & 0x1fff == 0";
  return fragment.version == ir::IpVersion::V4 ? "ip frag-off & 0x1fff != 0" : "frag frag-off != 0";
}

// A test that holds if the header's last byte can be loaded: that of the fixed part, as ipset and the
// kernel's own matches want it (get_port in net/netfilter/ipset/ip_set_getport.c). No bit of it is looked at:
// a comparison under a mask is half the price of a range (docs/performance.md). For ICMP the type stands in
// for protocol and version, since `nft list` of 1.0.6 loses the version in `meta nfproto ipv4 meta l4proto
// icmp`.
static std::string text(const HeaderReadable& readable) {
  const ir::Protocol p = readable.protocol;
  if (p == ir::kTcp) return "meta l4proto tcp @th,152,8 & 0x0 == 0x0";   // 20 bytes, RFC 9293 section 3.1
  if (p == ir::kUdp) return "meta l4proto udp @th,56,8 & 0x0 == 0x0";    // 8 bytes, RFC 768
  if (p == ir::kSctp) return "meta l4proto sctp @th,88,8 & 0x0 == 0x0";  // 12 bytes, RFC 9260 section 3.1
  if (p == ir::kIcmp) return "icmp type 0-255 @th,56,8 & 0x0 == 0x0";    // 8 bytes, struct icmphdr
  return "icmpv6 type 0-255 @th,56,8 & 0x0 == 0x0";                      // 8 bytes, struct icmp6hdr
}

static std::string text(const Condition& condition, const Dialect& dialect) {
  return std::visit(
      overloaded{
          [](const InterfaceIs& c) {
            return fmt::format("{} \"{}\"", c.direction == ir::Direction::Ingress ? "iifname" : "oifname",
                               c.name);
          },
          [](const VersionIs& c) {
            return fmt::format("meta nfproto {}", c.version == ir::IpVersion::V4 ? "ipv4" : "ipv6");
          },
          [](const ProtocolIs& c) {
            return fmt::format("meta l4proto {}{}", unless(c.negated), ir::to_string(c.protocol));
          },
          [](const AddressIn& c) {
            if (const auto masked = masked_text(c)) return *masked;
            const auto* set = std::get_if<SetName>(&c.addresses);
            return fmt::format("{} {}{} {}{}", keyword(c.version), address_field(c.side),
                               mask(c.version, c.hashed_bits), unless(c.negated),
                               set ? "@" + *set : one_or_set(std::get<InlinePrefixes>(c.addresses)));
          },
          [&](const PortIn& c) {
            return fmt::format("{} {} {}{}", transport(c.protocol, dialect), port_field(c.side),
                               unless(c.negated), text(c.ports));
          },
          [&](const SocketIn& c) {
            const auto* set = std::get_if<SetName>(&c.sockets);
            return fmt::format("{} {} . meta l4proto . {} {} {}{}", keyword(c.version), address_field(c.side),
                               transport(c.protocol, dialect), port_field(c.side), unless(c.negated),
                               set ? "@" + *set : braced(std::get<InlineSockets>(c.sockets)));
          },
          [](const IcmpIs& c) { return text(c); },
          [](const LaterFragment& c) { return text(c); },
          [](const HeaderReadable& c) { return text(c); },
      },
      condition);
}

static std::string text(const ir::LogPacket& log) {
  // Limit after all conditions, so that only packets that are logged use it up. Level as Calico's iptables
  // rules have it (felix/rules/policy.go).
  const std::string limit = log.limit ? fmt::format("limit rate {}/{} burst {} packets ", log.limit->rate,
                                                    log.limit->unit, log.limit->burst)
                                      : "";
  return fmt::format("{}log prefix {} level notice", limit, quoted(log.prefix, kLogPrefixBytes));
}

static std::string text(const Statement& statement, const Dialect& dialect) {
  return std::visit(
      overloaded{[](const NotrackAccept& allow) -> std::string {
                   return allow.mark
                              ? fmt::format("notrack meta mark set meta mark | {:#010x} accept", *allow.mark)
                              : "notrack accept";
                 },
                 [](const ClearMark& clear) {
                   return fmt::format("meta mark set meta mark & {:#010x}", ~clear.bit);
                 },
                 [](Drop) -> std::string { return "drop"; }, [](Accept) -> std::string { return "accept"; },
                 [](const Goto& jump) { return "goto " + jump.chain; },
                 [](const Call& call) { return "jump " + call.chain; },
                 [&](const PortDispatch& dispatch) {
                   return fmt::format("{} {} vmap @{}", transport(dispatch.protocol, dialect),
                                      port_field(dispatch.side), dispatch.map);
                 },
                 [&](const AddressDispatch& dispatch) {
                   const std::string port = dispatch.port_side
                                                ? fmt::format(" . {} {}", transport(std::nullopt, dialect),
                                                              port_field(*dispatch.port_side))
                                                : "";
                   return fmt::format("{} {}{}{} vmap @{}", keyword(dispatch.version),
                                      address_field(dispatch.side),
                                      mask(dispatch.version, dispatch.hashed_bits), port, dispatch.map);
                 },
                 [](const ir::LogPacket& log) { return text(log); }},
      statement);
}

// A port is not one number.
static const PortIn* excluded_port(const Condition& condition) {
  const auto* port = std::get_if<PortIn>(&condition);
  const auto* ports = port == nullptr || !port->negated ? nullptr : std::get_if<ir::PortSet>(&port->ports);
  return ports != nullptr && ports->count() == 1 ? port : nullptr;
}

// `th dport != 80 th sport != 81` is loaded by nft 1.0.6 as one field that is not the two together, so that a
// packet passes of which one alone is unequal (stmt_reduce in src/rule.c; tried); a range is left alone.
static std::string text_beside_another(const PortIn& port, const Dialect& dialect) {
  const ir::Port number = std::get<ir::PortSet>(port.ports).ranges().front().first;
  return fmt::format("{} {} != {}-{}", transport(port.protocol, dialect), port_field(port.side), number,
                     number);
}

static std::string text(const Rule& rule, const Dialect& dialect) {
  std::string line;
  const bool several = std::ranges::count_if(rule.conditions, [](const Condition& each) {
                         return excluded_port(each) != nullptr;
                       }) > 1;
  for (const Condition& condition : rule.conditions) {
    const PortIn* port = several ? excluded_port(condition) : nullptr;
    line += (port != nullptr ? text_beside_another(*port, dialect) : text(condition, dialect)) + " ";
  }
  line += text(rule.statement, dialect);
  if (!rule.comment.empty()) line += " comment " + quoted(rule.comment, kCommentBytes);
  return line;
}

// A hash table whose size is known beforehand is faster than one that may grow (nft_hash_lookup and
// nft_rhash_lookup in net/netfilter/nft_set_hash.c).
static std::string hash_size(std::size_t elements) {
  return fmt::format("\t\tsize {}\n", kHashRoom * elements);
}

static bool has_range(const std::vector<ir::PortRange>& ports) {
  return std::ranges::any_of(ports, [](const ir::PortRange& each) { return each.first != each.last; });
}

static constexpr std::string_view kIntervals = "\t\tflags interval\n";

// Type and properties of a set, each a line, and its elements.
struct SetText {
  std::string head;
  std::vector<std::string> elements;
};

static std::string_view address_type(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "ipv4_addr" : "ipv6_addr";
}

static SetText set_text(const Set& set, const InlinePrefixes& prefixes) {
  SetText made{fmt::format("\t\ttype {}\n", address_type(set.version)), texts(prefixes)};
  made.head += set.hashed_bits ? hash_size(prefixes.size()) : kIntervals;
  if (set.hashed_bits) {
    std::ranges::transform(prefixes, made.elements.begin(),
                           [](const ir::Cidr& prefix) { return prefix.network().to_string(); });
  }
  return made;
}
static SetText set_text(const Set& set, const InlineSockets& sockets) {
  return {fmt::format("\t\ttype {} . inet_proto . inet_service\n{}", address_type(set.version),
                      hash_size(sockets.size())),
          texts(sockets)};
}
static SetText set_text(const Set&, const ir::PortSet& ports) {
  const std::vector<ir::PortRange> written = written_ports(ports);
  return {fmt::format("\t\ttype inet_service\n{}", has_range(written) ? kIntervals : ""), texts(written)};
}

static void print_comment(std::string& out, const std::string& comment, const Dialect& dialect) {
  if (dialect.set_comments && !comment.empty()) out += "\t\tcomment " + quoted(comment, kCommentBytes) + "\n";
}

static void print_set(std::string& out, const Set& set, const Dialect& dialect) {
  const SetText text =
      std::visit([&](const auto& elements) { return set_text(set, elements); }, set.elements);
  fmt::format_to(std::back_inserter(out), "\tset {} {{\n{}", set.name, text.head);
  print_comment(out, set.comment, dialect);
  fmt::format_to(std::back_inserter(out), "\t\telements = {{\n\t\t\t{}\n\t\t}}\n\t}}\n\n",
                 fmt::join(text.elements, ",\n\t\t\t"));
}

static std::string text(const Verdict& verdict, const Dialect& dialect) {
  return std::visit([&](const auto& each) { return text(Statement(each), dialect); }, verdict);
}

static void print_element(std::string& out, std::string_view key, const std::string& comment,
                          std::string_view verdict) {
  fmt::format_to(std::back_inserter(out), "\t\t\t{}", key);
  if (!comment.empty())
    fmt::format_to(std::back_inserter(out), " comment {}", quoted(comment, kCommentBytes));
  if (!verdict.empty()) fmt::format_to(std::back_inserter(out), " : {}", verdict);
  out += ",\n";
}

static void print_map(std::string& out, const PortMap& map, const Dialect& dialect) {
  std::vector<ir::PortRange> ports;
  for (const PortElement& each : map.elements) ports.push_back(each.ports);
  // A set of single ports is a bitmap, unless it names a size (nft_bitmap_estimate in
  // net/netfilter/nft_set_bitmap.c).
  const std::string kind = has_range(ports) ? std::string(kIntervals)
                           : map.is_set     ? ""
                                            : hash_size(ports.size());
  fmt::format_to(std::back_inserter(out), "\t{} {} {{\n\t\ttype inet_service{}\n{}\t\telements = {{\n",
                 map.is_set ? "set" : "map", map.name, map.is_set ? "" : " : verdict", kind);
  for (const PortElement& each : map.elements)
    print_element(out, text(each.ports), each.comment, map.is_set ? "" : text(each.verdict, dialect));
  out += "\t\t}\n\t}\n\n";
}

static void print_map(std::string& out, const AddressMap& map, const Dialect& dialect) {
  fmt::format_to(std::back_inserter(out), "\t{} {} {{\n\t\ttype {}{}{}\n{}", map.is_set ? "set" : "map",
                 map.name, address_type(map.version), map.with_ports ? " . inet_service" : "",
                 map.is_set ? "" : " : verdict",
                 map.hashed_bits ? hash_size(map.elements.size()) : kIntervals);
  print_comment(out, map.comment, dialect);
  out += "\t\telements = {\n";
  for (const AddressElement& each : map.elements) {
    std::string key = map.hashed_bits ? each.net.network().to_string() : text(each.net);
    if (each.port) key += fmt::format(" . {}", *each.port);
    print_element(out, key, each.comment, map.is_set ? "" : text(each.verdict, dialect));
  }
  out += "\t\t}\n\t}\n\n";
}

static void print_chain(std::string& out, const Chain& chain, const Dialect& dialect) {
  fmt::format_to(std::back_inserter(out), "\tchain {} {{\n", chain.name);
  if (chain.hook) {
    fmt::format_to(std::back_inserter(out), "\t\ttype filter hook {} priority {}; policy accept;\n",
                   *chain.hook == ir::Direction::Ingress ? "prerouting" : "output",
                   dialect.priority_names ? "raw" : "-300");
  }
  for (const Rule& rule : chain.rules) out += "\t\t" + text(rule, dialect) + "\n";
  out += "\t}\n";
}

std::string print(const Table& table, std::string_view node, const Dialect& dialect) {
  std::string out = fmt::format(
      "#!/usr/sbin/nft -f\n"
      "# Untracked host-endpoint policy of node {}\n"
      "#   load:   nft -f FILE   (replaces all of table `inet untrack` in one transaction, touches nothing "
      "else)\n"
      "#   unload: nft delete table inet untrack\n"
      "{}"
      "table inet untrack {{\n}}\n"
      "delete table inet untrack\n"
      "table inet untrack {{\n",
      quoted(node, kCommentBytes),
      table.mark
          ? fmt::format("#   filter: nft insert rule FAMILY TABLE CHAIN {}   (for each chain that filters)\n",
                        accept_rule(*table.mark))
          : "");
  for (const Set& set : table.sets) print_set(out, set, dialect);
  for (const PortMap& map : table.maps) print_map(out, map, dialect);
  for (const AddressMap& map : table.address_maps) print_map(out, map, dialect);
  for (std::size_t i = 0; i < table.chains.size(); ++i) {
    if (i > 0) out += "\n";
    print_chain(out, table.chains[i], dialect);
  }
  return out + "}\n";
}

}  // namespace untrack::backends::nft
