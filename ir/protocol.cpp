#include "ir/protocol.h"

#include <charconv>
#include <utility>

namespace untrack::ir {

static constexpr std::pair<Protocol, std::string_view> kNames[] = {
    {kIcmp, "icmp"}, {kTcp, "tcp"}, {kUdp, "udp"}, {kIcmp6, "icmpv6"}, {kSctp, "sctp"}, {kUdpLite, "udplite"}};

std::string to_string(Protocol protocol) {
  for (const auto& [named, name] : kNames) {
    if (named == protocol) return std::string(name);
  }
  return std::to_string(protocol.number);
}

std::optional<Protocol> parse_protocol(std::string_view text) {
  for (const auto& [named, name] : kNames) {
    if (name == text) return named;
  }
  Protocol protocol;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), protocol.number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return protocol;
}

}  // namespace untrack::ir
