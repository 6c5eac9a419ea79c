#include "verify/iptables/values.h"

#include "verify/number.h"
#include "verify/protocol_names.h"
#include "verify/refuse.h"

namespace untrack::verify::iptables {

Halves split(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

static Number parse_host(std::string_view text, ir::IpVersion version, std::uint32_t line) {
  const auto address = ir::Address::parse(text);
  if (!address || address->version() != version) {
    refuse(line, "`{}` is no {} address", text, version == ir::IpVersion::V4 ? "IPv4" : "IPv6");
  }
  return address->bits();
}

static Number parse_mask(std::string_view text, ir::IpVersion version, std::uint32_t line) {
  const int bits = ir::address_bits(version);
  if (const auto length = parse_number(text, static_cast<std::uint64_t>(bits))) {
    return *length == 0 ? 0
                        : max_number(bits) & ~(*length == static_cast<std::uint64_t>(bits)
                                                   ? 0
                                                   : max_number(bits - static_cast<int>(*length)));
  }
  const Number mask = parse_host(text, version, line);
  if (!is_prefix_mask(mask, bits)) refuse(line, "the mask `{}` is no prefix length", text);
  return mask;
}

Range parse_network(std::string_view text, ir::IpVersion version, std::uint32_t line) {
  const Halves halves = split(text, '/');
  const Number address = parse_host(halves.before, version, line);
  if (!halves.behind) return {address, address};
  const Number mask = parse_mask(*halves.behind, version, line);
  return {address & mask, address | (max_number(ir::address_bits(version)) & ~mask)};
}

Range parse_network_or_range(std::string_view text, ir::IpVersion version, std::uint32_t line) {
  const Halves halves = split(text, '-');
  if (!halves.behind) return parse_network(text, version, line);
  const Range range{parse_host(halves.before, version, line), parse_host(*halves.behind, version, line)};
  if (range.last < range.first) refuse(line, "the range `{}` ends before it begins", text);
  return range;
}

ir::Port parse_port(std::string_view text, std::uint32_t line) {
  const auto port = parse_number(text, 0xffff);
  if (!port) refuse(line, "`{}` is no port number", text);
  return static_cast<ir::Port>(*port);
}

ir::Protocol parse_protocol_word(std::string_view text, std::uint32_t line) {
  if (const auto number = parse_number(text, 0xff)) return ir::Protocol{static_cast<std::uint8_t>(*number)};
  const auto named = protocol_named(text);
  if (!named) refuse(line, "`{}` is no protocol that is known; write its number", text);
  return *named;
}

}  // namespace untrack::verify::iptables
