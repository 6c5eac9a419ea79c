#include "frontend/resources/nets.h"

#include "frontend/resources/match_diagnostics.h"

namespace untrack::frontend::resources {

// ::ffff:0:0/96 (RFC 4291 2.5.5.2).
static bool is_mapped(const ir::Address& a) {
  return a.version() == ir::IpVersion::V6 && (a.bits() >> 32) == 0xffff;
}

static std::string_view address_part(std::string_view net) {
  return net.substr(0, net.find('/'));
}

// `::/0` is no plain text.
static Scalar net_scalar(const ir::Cidr& cidr) {
  return {cidr.to_string(), cidr.version() == ir::IpVersion::V6 ? Spelling::Text : Spelling::Word};
}

static std::optional<ir::CidrSpec> net(Context& context, const Text& written) {
  const auto cidr = ir::Cidr::parse(written.text);
  if (!cidr) {
    context.by_validator(written.span(), invalid_net, written.text);
    return std::nullopt;
  }
  const auto host = ir::Address::parse(address_part(written.text));
  if (host && is_mapped(*host)) {
    context.by_validator(written.span(), mapped_address, written.text);
    return std::nullopt;
  }
  return ir::CidrSpec{*cidr, written.span()};
}

std::optional<ir::CidrSpec> set_net(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written ? net(context, *written) : std::nullopt;
}

std::optional<ir::CidrSpec> rule_net(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto spec = net(context, *written);
  if (!spec) return std::nullopt;
  if (written->text.find('/') == std::string_view::npos) {
    context.by_validator(written->span(), bare_address, written->text)
        .help(fmt::format("write `{}`", spec->cidr.to_string()))
        .fix(write_instead(written->span(), net_scalar(spec->cidr), Safety::Safe));
    return std::nullopt;
  }
  const auto host = ir::Address::parse(address_part(written->text));
  if (host && spec->cidr.network() != *host) {
    context.by_validator(written->span(), host_bits_set, written->text)
        .help(fmt::format("write `{}` for the network or `{}` for the address", spec->cidr.to_string(),
                          ir::Cidr(*host).to_string()))
        .fix(write_instead(written->span(), net_scalar(spec->cidr), Safety::Unsafe));
    return std::nullopt;
  }
  return spec;
}

std::optional<ir::CidrSpec> negated_rule_net(Context& context, const Entry& entry) {
  const auto spec = rule_net(context, entry);
  if (!spec || spec->cidr.prefix_bits() > 0) return spec;
  // The validator compares texts of IPv4 and values of IPv6: `0.0.0.0/00` is accepted, and no address is
  // left.
  if (spec->cidr.version() == ir::IpVersion::V4 && entry.value.text() != "0.0.0.0/0") return spec;
  context.by_validator(entry.span(), catch_all_negated, entry.value.text());
  return std::nullopt;
}

std::optional<AddressText> address(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto parsed = ir::Address::parse(written->text);
  if (parsed && !is_mapped(*parsed)) return AddressText{*parsed, written->span()};
  if (parsed) {
    context.by_validator(written->span(), mapped_address, written->text);
    return std::nullopt;
  }
  Diagnostic& wrong = context.by_validator(written->span(), invalid_address, written->text);
  if (ir::Cidr::parse(written->text)) {
    const std::string_view part = address_part(written->text);
    const Spelling spelling = part.find(':') == std::string_view::npos ? Spelling::Word : Spelling::Text;
    wrong.help(fmt::format("write `{}`, without prefix length", part))
        .fix(write_instead(written->span(), {std::string(part), spelling}, Safety::Safe));
  }
  return std::nullopt;
}

}  // namespace untrack::frontend::resources
