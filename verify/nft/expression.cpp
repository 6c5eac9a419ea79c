#include "verify/nft/expression.h"

#include <algorithm>
#include <iterator>

#include "verify/interfaces.h"
#include "verify/nft/names.h"

namespace untrack::verify::nft {

// ---- fields

struct Keyword {
  std::string_view header, name;  // `ip saddr`
  Quantity quantity;
  Type type;
  int bits;
  std::optional<ir::Protocol> implied;
};
static constexpr Keyword kKeywords[] = {
    {"meta", "nfproto", Quantity::NfProto, Type::NfProto, 8, {}},
    {"meta", "protocol", Quantity::EtherType, Type::EtherType, 16, {}},
    {"meta", "l4proto", Quantity::L4Proto, Type::Protocol, 8, {}},
    {"meta", "iifname", Quantity::InputName, Type::InterfaceName, 128, {}},
    {"meta", "oifname", Quantity::OutputName, Type::InterfaceName, 128, {}},
    {"ip", "saddr", Quantity::Ip4Source, Type::Ipv4Address, 32, {}},
    {"ip", "daddr", Quantity::Ip4Destination, Type::Ipv4Address, 32, {}},
    {"ip", "protocol", Quantity::Ip4Protocol, Type::Protocol, 8, {}},
    {"ip", "frag-off", Quantity::Ip4FragmentOffset, Type::FragmentOffset, 16, {}},
    {"ip6", "saddr", Quantity::Ip6Source, Type::Ipv6Address, 128, {}},
    {"ip6", "daddr", Quantity::Ip6Destination, Type::Ipv6Address, 128, {}},
    {"ip6", "nexthdr", Quantity::Ip6NextHeader, Type::Protocol, 8, {}},
    {"frag", "frag-off", Quantity::Ip6FragmentOffset, Type::FragmentOffset, 13, {}},
    {"exthdr", "frag", Quantity::Ip6HasFragmentHeader, Type::Boolean, 1, {}},
    {"tcp", "sport", Quantity::SourcePort, Type::Service, 16, ir::kTcp},
    {"tcp", "dport", Quantity::DestinationPort, Type::Service, 16, ir::kTcp},
    {"udp", "sport", Quantity::SourcePort, Type::Service, 16, ir::kUdp},
    {"udp", "dport", Quantity::DestinationPort, Type::Service, 16, ir::kUdp},
    {"sctp", "sport", Quantity::SourcePort, Type::Service, 16, ir::kSctp},
    {"sctp", "dport", Quantity::DestinationPort, Type::Service, 16, ir::kSctp},
    {"th", "sport", Quantity::SourcePort, Type::Service, 16, {}},
    {"th", "dport", Quantity::DestinationPort, Type::Service, 16, {}},
    {"icmp", "type", Quantity::IcmpType, Type::IcmpType, 8, ir::kIcmp},
    {"icmp", "code", Quantity::IcmpCode, Type::IcmpCode, 8, ir::kIcmp},
    {"icmpv6", "type", Quantity::IcmpType, Type::Icmpv6Type, 8, ir::kIcmp6},
    {"icmpv6", "code", Quantity::IcmpCode, Type::Icmpv6Code, 8, ir::kIcmp6},
};

static bool is_header(std::string_view word) {
  return std::any_of(std::begin(kKeywords), std::end(kKeywords),
                     [&](const Keyword& k) { return k.header == word; });
}
// The two keys that nft also takes without `meta`.
static bool is_bare_meta_key(std::string_view word) {
  return word == "iifname" || word == "oifname";
}

bool at_key(const Cursor& at) {
  if (at.at_sign("@")) return true;
  return at.peek().kind == Token::Kind::Word &&
         (is_header(at.peek().text) || is_bare_meta_key(at.peek().text));
}

// `@th,16,16`: as many bits at an offset from the transport header. The two ports are what they are by any
// name; of other bytes only whether they can be loaded is known.
static Field parse_raw_payload(Cursor& at) {
  static constexpr std::uint64_t kMostBits = 64;
  const std::uint32_t line = at.line();
  at.expect_sign("@");
  const std::string_view base = at.word("`th`");
  at.expect_sign(",");
  const std::uint64_t offset = at.number("bit offset", 0xffff);
  at.expect_sign(",");
  const std::uint64_t length = at.number("length in bits", 0xffff);
  if (base != "th" || length == 0 || length > kMostBits) {
    refuse(line, "`@{},{},{}` is not understood; of raw payload up to {} bits behind `th` are", base, offset,
           length, kMostBits);
  }
  if (length == 16 && offset == 0) return {Quantity::SourcePort, Type::Service, 16, {}, {}};
  if (length == 16 && offset == 16) return {Quantity::DestinationPort, Type::Service, 16, {}, {}};
  return {Quantity::TransportBytes,         Type::Integer, static_cast<int>(length), {}, {},
          static_cast<int>(offset + length)};
}

static Field parse_named_field(Cursor& at) {
  const std::uint32_t line = at.line();
  std::string_view header = at.word("a packet field");
  std::string_view name = header;
  if (is_bare_meta_key(header)) {
    header = "meta";
  } else {
    name = at.word("the name of a field");
  }
  const auto found = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                  [&](const Keyword& k) { return k.header == header && k.name == name; });
  if (found == std::end(kKeywords)) refuse(line, "`{} {}` is not understood", header, name);
  return {found->quantity, found->type, found->bits, found->implied, {}};
}

static Number parse_value_bits(Cursor& at, Type type, int bits);

static Number parse_mask(Cursor& at, const Field& field) {
  const std::uint32_t line = at.line();
  if (field.type == Type::InterfaceName) refuse(line, "a masked interface name is not understood");
  const Number mask = parse_value_bits(at, field.type, field.bits);
  if (field.bits > 16 && !is_prefix_mask(mask, field.bits)) {
    refuse(line, "an address mask that is no prefix length is not understood");
  }
  return mask;
}

static Field parse_field(Cursor& at) {
  Field field = at.at_sign("@") ? parse_raw_payload(at) : parse_named_field(at);
  if (at.take_sign("&") || at.take_word("and")) field.mask = parse_mask(at, field);
  return field;
}

Key parse_key(Cursor& at) {
  Key key{parse_field(at)};
  while (at.take_sign(".")) key.push_back(parse_field(at));
  return key;
}

std::vector<Type> types_of(const Key& key) {
  std::vector<Type> types;
  for (const Field& field : key) types.push_back(field.type);
  return types;
}

// ---- values

static Number parse_address(Cursor& at, ir::IpVersion version) {
  const Token token = at.peek();
  const auto address = token.kind == Token::Kind::Address ? ir::Address::parse(token.text) : std::nullopt;
  if (!address || address->version() != version) {
    at.unexpected(version == ir::IpVersion::V4 ? "an IPv4 address" : "an IPv6 address");
  }
  at.next();
  return address->bits();
}

// A single value that is no interface name.
static Number parse_value_bits(Cursor& at, Type type, int bits) {
  if (type == Type::Ipv4Address) return parse_address(at, ir::IpVersion::V4);
  if (type == Type::Ipv6Address) return parse_address(at, ir::IpVersion::V6);
  if (at.peek().kind == Token::Kind::Word) {
    const auto number = constant(type, at.peek().text);
    if (!number)
      refuse(at.line(), "`{}` is no {} that is known; write the number", at.peek().text, to_string(type));
    at.next();
    return *number;
  }
  return at.number(to_string(type), static_cast<std::uint64_t>(max_number(bits)));
}

// `"eth0"`, `eth0`, `"eth*"`; `\*` is an asterisk in a name (nft(8), "iifname").
static Range parse_interface(Cursor& at, Script& script) {
  const std::uint32_t line = at.line();
  if (at.peek().kind != Token::Kind::Quoted && at.peek().kind != Token::Kind::Word)
    at.unexpected("an interface name");
  std::string name(at.next().text);
  const bool escaped = name.ends_with("\\*");
  const bool wildcard = !escaped && name.ends_with('*');
  if (wildcard) name.pop_back();
  if (escaped) name.erase(name.size() - 2, 1);
  if (name.find('\\') != std::string::npos)
    refuse(line, "an interface name with a backslash is not understood");
  if (name.empty() || name.size() > kLongestInterfaceName) {
    refuse(line, "an interface name has 1 to {} characters", kLongestInterfaceName);
  }
  (wildcard ? script.interface_prefixes : script.interface_names).insert(name);
  return wildcard ? names_beginning(name) : Range{name_number(name), name_number(name)};
}

static Range parse_prefix(Cursor& at, Number address, int bits) {
  const int length = static_cast<int>(at.number("prefix length", static_cast<std::uint64_t>(bits)));
  const Number below = length == bits ? 0 : max_number(bits - length);
  return {address & ~below & max_number(bits), address | below};
}

static Range parse_value(Cursor& at, Type type, Script& script) {
  if (type == Type::InterfaceName) return parse_interface(at, script);
  const std::uint32_t line = at.line();
  const int bits = type_bits(type);
  const Number first = parse_value_bits(at, type, bits);
  const bool is_address = type == Type::Ipv4Address || type == Type::Ipv6Address;
  if (is_address && at.take_sign("/")) return parse_prefix(at, first, bits);
  if (!at.take_sign("-")) return {first, first};
  const Number last = parse_value_bits(at, type, bits);
  if (last < first) refuse(line, "a range ends before it begins");
  return {first, last};
}

std::vector<Range> parse_values(Cursor& at, const std::vector<Type>& types, Script& script) {
  std::vector<Range> values{parse_value(at, types.front(), script)};
  for (std::size_t i = 1; i < types.size(); ++i) {
    at.expect_sign(".");
    values.push_back(parse_value(at, types[i], script));
  }
  return values;
}

// ---- verdicts and elements

struct VerdictWord {
  std::string_view word;
  Verdict::Kind kind;
};
static constexpr VerdictWord kVerdicts[] = {
    {"accept", Verdict::Kind::Accept}, {"drop", Verdict::Kind::Drop}, {"continue", Verdict::Kind::Continue},
    {"return", Verdict::Kind::Return}, {"jump", Verdict::Kind::Jump}, {"goto", Verdict::Kind::Goto},
};

bool at_verdict(const Cursor& at) {
  return std::any_of(std::begin(kVerdicts), std::end(kVerdicts),
                     [&](const VerdictWord& verdict) { return at.at_word(verdict.word); });
}

Verdict parse_verdict(Cursor& at) {
  if (!at_verdict(at)) at.unexpected("a verdict");
  const std::string_view word = at.next().text;
  const auto found = std::find_if(std::begin(kVerdicts), std::end(kVerdicts),
                                  [&](const VerdictWord& verdict) { return verdict.word == word; });
  const bool to_chain = found->kind == Verdict::Kind::Jump || found->kind == Verdict::Kind::Goto;
  return {found->kind, to_chain ? std::string(at.word("the name of a chain")) : std::string()};
}

// What may stand behind the value of an element and changes nothing: `counter packets 0 bytes 0 comment "x"`.
static void skip_element_notes(Cursor& at) {
  while (true) {
    if (at.take_word("comment")) {
      at.quoted("the text of a comment");
    } else if (at.take_word("counter")) {
      if (!at.take_word("packets")) continue;
      at.number("count", ~std::uint64_t{0});
      at.expect_word("bytes");
      at.number("count", ~std::uint64_t{0});
    } else {
      return;
    }
  }
}

static Element parse_element(Cursor& at, const std::vector<Type>& types, bool verdict_map, Script& script) {
  Element element;
  element.line = at.line();
  if (!at.take_sign("*")) element.values = parse_values(at, types, script);
  skip_element_notes(at);
  if (verdict_map) {
    at.expect_sign(":");
    element.verdict = parse_verdict(at);
  }
  return element;
}

std::vector<Element> parse_elements(Cursor& at, const std::vector<Type>& types, bool verdict_map,
                                    Script& script) {
  std::vector<Element> elements;
  at.expect_sign("{");
  at.skip_newlines();
  while (!at.take_sign("}")) {
    elements.push_back(parse_element(at, types, verdict_map, script));
    at.skip_newlines();
    if (!at.at_sign("}")) at.expect_sign(",");
    at.skip_newlines();
  }
  return elements;
}

}  // namespace untrack::verify::nft
