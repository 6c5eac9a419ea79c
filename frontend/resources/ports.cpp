#include "frontend/resources/ports.h"

#include <algorithm>
#include <charconv>

#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/names.h"

namespace untrack::frontend::resources {

// ---- protocols

// In the spelling of Calico (api/pkg/lib/numorstring/protocol.go).
struct NamedProtocol {
  std::string_view name;
  ir::Protocol protocol;
};
static constexpr NamedProtocol kNamedProtocols[] = {
    {"TCP", ir::kTcp},      {"UDP", ir::kUdp},   {"ICMP", ir::kIcmp},
    {"ICMPv6", ir::kIcmp6}, {"SCTP", ir::kSctp}, {"UDPLite", ir::kUdpLite},
};

std::string described(ir::Protocol protocol) {
  for (const auto& [name, known] : kNamedProtocols) {
    if (known == protocol) return std::string(name);
  }
  return fmt::format("protocol {}", protocol.number);
}

static bool is_decimal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Nothing above 32 bits either.
static std::optional<std::uint32_t> decimal(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_decimal(text) || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

static std::optional<ir::ProtocolSpec> protocol_by_number(Context& context, const Entry& entry,
                                                          std::optional<std::int64_t> number) {
  if (number && *number >= 1 && *number <= 255) {
    return ir::ProtocolSpec{ir::Protocol{static_cast<std::uint8_t>(*number)}, false, entry.span()};
  }
  context.by_validator(entry.span(), protocol_out_of_range, entry.value.text());
  return std::nullopt;
}

static std::optional<ir::ProtocolSpec> protocol_by_name(Context& context, const Text& written) {
  std::vector<std::string_view> names;
  for (const auto& [name, known] : kNamedProtocols) {
    if (written.text == name) return ir::ProtocolSpec{known, true, written.span()};
    names.push_back(name);
  }
  Diagnostic& unknown = context.by_validator(written.span(), unknown_protocol, written.text);
  std::string upper = written.str();
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  if (upper == "ICMPV6") upper = "ICMPv6";
  if (upper == "UDPLITE") upper = "UDPLite";
  if (const auto meant = nearest_name(upper, names)) {
    const Safety safety = *meant == upper ? Safety::Safe : Safety::Unsafe;  // the letter case alone is wrong
    unknown.help(fmt::format("did you mean `{}`?", *meant))
        .fix(write_instead(written.span(), {std::string(*meant)}, safety));
  }
  return std::nullopt;
}

std::optional<ir::ProtocolSpec> protocol(Context& context, const Entry& entry) {
  if (!entry.value.is_scalar() || type_of(entry.value) == ScalarType::Boolean) {
    report_wrong_type(context, entry, "a protocol name or number");
    return std::nullopt;
  }
  if (type_of(entry.value) != ScalarType::Text) {
    const auto whole = integer(context, entry);
    return whole ? protocol_by_number(context, entry, whole) : std::nullopt;
  }
  const Text written{entry.value.text(), entry.value};
  // Calico turns a quoted number into the number (NUM, UnmarshalJSON).
  if (is_decimal(written.text)) return protocol_by_number(context, entry, decimal(written.text));
  return protocol_by_name(context, written);
}

// ---- ports

static std::optional<ir::Port> in_port_range(Context& context, SourceSpan span, std::string_view written,
                                             std::optional<std::int64_t> number) {
  if (number && *number >= 1 && *number <= 65535) return static_cast<ir::Port>(*number);
  context.by_validator(span, port_out_of_range, written);
  return std::nullopt;
}

std::optional<ir::Port> port_number(Context& context, const Entry& entry) {
  if (!entry.value.is_scalar() || type_of(entry.value) != ScalarType::Number) {
    report_wrong_type(context, entry, "a port number");
    return std::nullopt;
  }
  const auto whole = integer(context, entry);
  return whole ? in_port_range(context, entry.span(), entry.value.text(), whole) : std::nullopt;
}

static bool is_port_name_alphabet(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '.' ||
           c == '-';
  });
}

static bool is_port_name(Context& context, const Text& written) {
  if (resources::is_port_name(written.text)) return true;
  Diagnostic& wrong = context.by_validator(written.span(), invalid_port_name, written.text);
  const std::size_t dash = written.text.find('-');
  if (dash != std::string_view::npos && is_decimal(written.text.substr(0, dash)) &&
      is_decimal(written.text.substr(dash + 1))) {
    const std::string range =
        fmt::format("{}:{}", written.text.substr(0, dash), written.text.substr(dash + 1));
    wrong.help(fmt::format("write the range as \"{}\"", range))
        .fix(write_instead(written.span(), {range, Spelling::Text}, Safety::Safe));
  }
  return false;
}

std::optional<Text> port_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && is_port_name(context, *written) ? written : std::nullopt;
}

static std::optional<ir::PortSpec> port_range(Context& context, const Text& written, std::size_t colon) {
  const std::string_view low = written.text.substr(0, colon), high = written.text.substr(colon + 1);
  if (!is_decimal(low) || !is_decimal(high)) {
    context.by_validator(written.span(), invalid_port, written.text);
    return std::nullopt;
  }
  const auto first = in_port_range(context, written.node.span(0, colon), low, decimal(low));
  const auto last =
      in_port_range(context, written.node.span(colon + 1, written.text.size()), high, decimal(high));
  if (!first || !last) return std::nullopt;
  if (*first > *last) {
    context.by_validator(written.span(), port_range_reversed, written.text)
        .help(fmt::format("write \"{}:{}\"", high, low))
        .fix(
            write_instead(written.span(), {fmt::format("{}:{}", high, low), Spelling::Text}, Safety::Unsafe));
    return std::nullopt;
  }
  return ir::PortSpec{ir::PortRange{*first, *last}, written.span()};
}

std::optional<ir::PortSpec> port(Context& context, const Entry& entry) {
  const ScalarType type = type_of(entry.value);
  if (!entry.value.is_scalar() || type == ScalarType::Boolean) {
    report_wrong_type(context, entry, "a port, a range or a port name");
    return std::nullopt;
  }
  const Text written{entry.value.text(), entry.value};
  const bool is_text = type == ScalarType::Text;
  if (const std::size_t colon = written.text.find(':'); is_text && colon != std::string_view::npos) {
    return port_range(context, written, colon);
  }
  std::optional<std::int64_t> number;
  if (!is_text) {
    number = integer(context, entry);
    if (!number) return std::nullopt;
  } else if (is_decimal(written.text)) {
    number = decimal(written.text);
  } else if (!is_port_name_alphabet(written.text)) {
    context.by_validator(written.span(), invalid_port, written.text);
    return std::nullopt;
  } else {
    if (!is_port_name(context, written)) return std::nullopt;
    return ir::PortSpec{ir::NamedPort{written.str()}, written.span()};
  }
  const auto single = in_port_range(context, written.span(), written.text, number);
  if (!single) return std::nullopt;
  return ir::PortSpec{ir::PortRange{*single, *single}, written.span()};
}

}  // namespace untrack::frontend::resources
