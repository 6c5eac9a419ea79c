#include "frontend/resources/failsafe.h"

#include <llvm/ADT/StringRef.h>

#include "frontend/resources/felix_diagnostics.h"

namespace untrack::frontend::resources {

// The API takes any text; what Felix cannot read stops it (Calico felix/config/param_types.go,
// PortListParam).
static std::optional<ir::Protocol> failsafe_protocol_of(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const llvm::StringRef word(written->text);
  if (word.equals_insensitive("tcp")) return ir::kTcp;
  if (word.equals_insensitive("udp")) return ir::kUdp;
  context.by_validator(written->span(), failsafe_protocol, fmt::format("not `{}`", written->text));
  return std::nullopt;
}

static std::optional<ir::Cidr> failsafe_net_of(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto net = ir::Cidr::parse(written->text);
  if (!net) context.by_validator(written->span(), failsafe_net, written->text);
  return net;
}

struct FailsafeFields {
  Slot<ir::Protocol> protocol;
  Slot<std::int64_t> port;
  Slot<ir::Cidr> net;
};
static constexpr Field<FailsafeFields> kFailsafeFields[] = {
    field<&FailsafeFields::protocol, failsafe_protocol_of>("protocol"),
    field<&FailsafeFields::port, integer_within<0, 65535>>("port", Presence::Required),
    field<&FailsafeFields::net, failsafe_net_of>("net"),
};

std::optional<ir::FailsafePort> failsafe_port(Context& context, const Entry& entry) {
  const auto fields = object<FailsafeFields, kFailsafeFields>(context, entry);
  if (!fields) return std::nullopt;
  if (!fields->protocol.written) context.by_validator(entry.key, failsafe_protocol, "and must say which");
  const bool net_unreadable = fields->net.written && !fields->net;
  if (!fields->protocol || !fields->port || net_unreadable) return std::nullopt;
  return ir::FailsafePort{*fields->protocol, static_cast<ir::Port>(*fields->port), fields->net.value};
}

}  // namespace untrack::frontend::resources
