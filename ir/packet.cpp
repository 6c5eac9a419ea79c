#include "ir/packet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <llvm/Support/ErrorHandling.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace untrack::ir {

// Request and reply of each pair that conntrack tracks by id.
static constexpr std::pair<std::uint8_t, std::uint8_t> kIcmpPairs[] = {{8, 0}, {13, 14}, {15, 16}, {17, 18}};
static constexpr std::pair<std::uint8_t, std::uint8_t> kIcmp6Pairs[] = {{128, 129}, {139, 140}};

std::optional<std::uint8_t> icmp_reply_type(IpVersion version, std::uint8_t type) {
  const auto answer = [type](const auto& pairs) -> std::optional<std::uint8_t> {
    for (const auto& [request, reply] : pairs) {
      if (type == request) return reply;
      if (type == reply) return request;
    }
    return std::nullopt;
  };
  return version == IpVersion::V4 ? answer(kIcmpPairs) : answer(kIcmp6Pairs);
}

std::optional<Packet> reply_to(const Packet& packet) {
  Packet reply = packet;
  std::swap(reply.source, reply.destination);
  std::swap(reply.source_port, reply.destination_port);
  if (!packet.icmp_type) return reply;
  reply.icmp_type = icmp_reply_type(packet.version, *packet.icmp_type);
  if (!reply.icmp_type) return std::nullopt;
  return reply;
}

static std::string to_string(const Address& address, std::optional<Port> port) {
  if (!port) return address.to_string();
  if (address.version() == IpVersion::V4) return fmt::format("{}:{}", address.to_string(), *port);
  return fmt::format("[{}]:{}", address.to_string(), *port);
}

static std::string_view to_string(Transport transport) {
  switch (transport) {
    case Transport::Readable: return "";
    case Transport::LaterFragment: return " later-fragment";
    case Transport::CutOff: return " cut-off";
  }
  llvm_unreachable("a transport outside its enumeration");
}

std::string to_string(const Packet& packet) {
  std::string text = to_string(packet.protocol);
  text += to_string(packet.transport);
  if (packet.icmp_type) text += fmt::format(" {}/{}", *packet.icmp_type, *packet.icmp_code);
  return text + fmt::format(" {} > {}", to_string(packet.source, packet.source_port),
                            to_string(packet.destination, packet.destination_port));
}

static std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(words.back().size());
  }
}

template <class Number>
static std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Endpoint {
  Address address;
  std::optional<Port> port;
};

// `10.0.0.7`, `10.0.0.7:80`, `2001:db8::1`, `[2001:db8::1]:80`
static std::optional<Endpoint> parse_endpoint(std::string_view text) {
  if (const auto address = Address::parse(text)) return Endpoint{*address, std::nullopt};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number<Port>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  if (!address || !port || bracketed != (address->version() == IpVersion::V6)) return std::nullopt;
  return Endpoint{*address, port};
}

// Reads the words between the protocol and the addresses; a reason if they make no sense.
using Reason = std::optional<std::string>;
static Reason read_header(Packet& packet, std::span<const std::string_view> words) {
  if (words.empty()) return std::nullopt;
  if (words.size() == 1 && words[0] == "later-fragment") {
    packet.transport = Transport::LaterFragment;
    return std::nullopt;
  }
  if (words.size() == 1 && words[0] == "cut-off") {
    packet.transport = Transport::CutOff;
    return std::nullopt;
  }
  const std::size_t slash = std::min(words[0].find('/'), words[0].size() - 1);
  packet.icmp_type = parse_number<std::uint8_t>(words[0].substr(0, slash));
  packet.icmp_code = parse_number<std::uint8_t>(words[0].substr(slash + 1));
  if (words.size() == 1 && packet.icmp_type && packet.icmp_code) return std::nullopt;
  return fmt::format(
      "between the protocol and the addresses stands TYPE/CODE of ICMP, `later-fragment` or `cut-off`, not "
      "`{}`",
      fmt::join(words, " "));
}

// The invariants that packet.h states; the one that does not hold.
static Reason cannot_exist(const Packet& packet) {
  const bool readable = packet.transport == Transport::Readable;
  const bool ports = readable && has_ports(packet.protocol);
  const bool icmp = readable && has_icmp(packet.version, packet.protocol);
  const std::string name = to_string(packet.protocol);
  if (packet.source.version() != packet.destination.version())
    return "its addresses are of different IP versions";
  if (packet.transport == Transport::CutOff && !has_header(packet.version, packet.protocol))
    return fmt::format("`{}` has no header that could be cut off", name);
  if (packet.source_port.has_value() != ports || packet.destination_port.has_value() != ports) {
    if (ports)
      return fmt::format("`{}` has a port on both sides, like 10.0.0.7:40000 or [2001:db8::1]:80", name);
    return readable ? fmt::format("`{}` has no ports", name)
                    : "it has no ports: its transport header cannot be read";
  }
  if (packet.icmp_type.has_value() != icmp) {
    if (icmp)
      return fmt::format("`{0}` has a type and a code, like `{0} {1}/0`", name,
                         packet.version == IpVersion::V4 ? 8 : 128);
    return readable
               ? fmt::format("`{}` has no type and code in IPv{}", name, static_cast<int>(packet.version))
               : "it has no type: its header cannot be read";
  }
  return std::nullopt;
}

std::variant<Packet, std::string> explain_packet(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  if (words.size() < 4 || words[words.size() - 2] != ">")
    return "it ends with `SOURCE > DESTINATION`, with blanks around the `>`";
  const auto protocol = parse_protocol(words.front());
  if (!protocol)
    return fmt::format("`{}` is no protocol: tcp, udp, sctp, icmp, icmpv6, udplite or a number up to 255",
                       words.front());
  const auto source = parse_endpoint(words[words.size() - 3]);
  const auto destination = parse_endpoint(words.back());
  if (!source || !destination) {
    return fmt::format("`{}` is no address, with a port or without, like 10.0.0.7:40000 or [2001:db8::1]:80",
                       source ? words.back() : words[words.size() - 3]);
  }
  Packet packet{.version = source->address.version(),
                .protocol = *protocol,
                .source = source->address,
                .destination = destination->address,
                .source_port = source->port,
                .destination_port = destination->port};
  if (Reason reason = read_header(packet, std::span(words).subspan(1, words.size() - 4))) return *reason;
  if (Reason reason = cannot_exist(packet)) return *reason;
  return packet;
}

std::optional<Packet> parse_packet(std::string_view text) {
  auto packet = explain_packet(text);
  if (auto* read = std::get_if<Packet>(&packet)) return std::move(*read);
  return std::nullopt;
}

}  // namespace untrack::ir
