#include "frontend/resources/endpoint_parts.h"

#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/metadata.h"
#include "frontend/resources/names.h"
#include "frontend/resources/ports.h"
#include "frontend/resources/selectors.h"
#include "ir/interface_name.h"

namespace untrack::frontend::resources {

static std::optional<ir::Protocol> port_protocol_of(Context& context, const Entry& entry) {
  const auto spec = protocol(context, entry);
  if (!spec) return std::nullopt;
  if (!ir::has_ports(spec->protocol)) {
    context.by_validator(spec->span, port_protocol, described(spec->protocol));
    return std::nullopt;
  }
  if (!spec->by_name) {
    context.by_validator(spec->span, numeric_port_protocol, spec->protocol.number)
        .fix(write_instead(spec->span, {described(spec->protocol)}, Safety::Safe));
    return std::nullopt;
  }
  return spec->protocol;
}

struct PortFields {
  Slot<Text> name;
  Slot<ir::Protocol> protocol;
  Slot<ir::Port> port;
  Slot<std::int64_t> host_port;
};
static constexpr auto kPortFields = std::to_array<Field<PortFields>>({
    field<&PortFields::name, port_name>("name", Presence::Required),
    field<&PortFields::protocol, port_protocol_of>("protocol", Presence::Required),
    field<&PortFields::port, port_number>("port", Presence::Required),
});

static std::optional<ir::EndpointPort> whole_port(const PortFields& fields) {
  if (text_of(fields.name).empty() || !fields.protocol || !fields.port) return std::nullopt;
  return ir::EndpointPort{fields.name->str(), *fields.protocol, *fields.port};
}

std::optional<ir::EndpointPort> endpoint_port(Context& context, const Entry& entry) {
  const auto fields = object<PortFields, kPortFields>(context, entry);
  return fields ? whole_port(*fields) : std::nullopt;
}

// A port may go without name: it is then there for the host's sake.
static std::optional<Text> workload_port_name(Context& context, const Entry& entry) {
  if (entry.value.is_scalar() && entry.value.text().empty()) return Text{"", entry.value};
  return port_name(context, entry);
}

static constexpr auto kWorkloadPortFields = std::to_array<Field<PortFields>>({
    field<&PortFields::name, workload_port_name>("name"),
    field<&PortFields::protocol, port_protocol_of>("protocol", Presence::Required),
    field<&PortFields::port, port_number>("port", Presence::Required),
    field<&PortFields::host_port, integer_within<0, 65535>>("hostPort"),
    checked<PortFields, text>("hostIP"),
});

std::optional<WorkloadPort> workload_port(Context& context, const Entry& entry) {
  const auto fields = object<PortFields, kWorkloadPortFields>(context, entry);
  if (!fields) return std::nullopt;
  const bool host_port = fields->host_port ? *fields->host_port != 0 : fields->host_port.written;
  if (text_of(fields->name).empty() && !fields->name.unreadable() && !host_port) {
    context.by_validator(entry.key, port_without_name);
  }
  WorkloadPort port{whole_port(*fields), std::nullopt};
  if (fields->protocol && host_port && fields->host_port)
    port.on_host = ir::HostPort{*fields->protocol, static_cast<ir::Port>(*fields->host_port)};
  return port;
}

// nameRegex: up to 128 bytes (Calico typha/pkg/validator/v1/validator.go).
static constexpr std::size_t kMaxProfileNameBytes = 128;

std::optional<Symbol> profile_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written || !check_name(context, *written)) return std::nullopt;
  if (written->text.size() > kMaxProfileNameBytes) {
    context.by_validator(written->span(), profile_name_too_long, written->text.size());
    return std::nullopt;
  }
  return Symbol(written->text);
}

static SourceSpan first_wrong_byte(const Text& written) {
  for (std::size_t i = 0; i < written.text.size() && (written.text[i] & 0x80) == 0; ++i) {
    if (!ir::is_interface_name(written.text.substr(i, 1))) return written.node.span(i, i + 1);
  }
  return written.span();
}

std::optional<Text> interface_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written || written->text.empty() || written->text == "*" || ir::is_interface_name(written->text))
    return written;
  Diagnostic& wrong = context.by_validator(first_wrong_byte(*written), invalid_interface_name, written->text);
  if (written->text.find('*') != std::string_view::npos) {
    wrong.help("there are no patterns: write one host endpoint for each interface, or `*` alone for all");
  }
  return std::nullopt;
}

}  // namespace untrack::frontend::resources
