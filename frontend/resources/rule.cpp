#include "frontend/resources/rule.h"

#include <algorithm>

#include <llvm/ADT/SmallVector.h>

#include "frontend/resources/entity_rule.h"
#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/http.h"
#include "frontend/resources/metadata.h"
#include "frontend/resources/ports.h"
#include "frontend/resources/rule_diagnostics.h"

namespace untrack::frontend::resources {

// ---- the fields

static constexpr std::string_view kActions[] = {"Allow", "Deny", "Log", "Pass"};

static ir::PolicyAction action_of(std::string_view word) {
  if (word == "Allow") return ir::Allow{};
  if (word == "Deny") return ir::Deny{};
  if (word == "Log") return ir::Log{};
  return ir::Pass{};
}

static std::optional<ir::IpVersion> ip_version(Context& context, const Entry& entry) {
  const auto version = integer(context, entry);
  if (!version) return std::nullopt;
  if (*version == 4) return ir::IpVersion::V4;
  if (*version == 6) return ir::IpVersion::V6;
  context.by_schema(entry.span(), unknown_word, entry.value.text(), entry.field, "`4` or `6`");
  return std::nullopt;
}

struct IcmpFields {
  Slot<std::int64_t> type, code;
};
// Type 255 is refused by the kernel (Calico api/pkg/apis/projectcalico/v3/policy_common.go, ICMPFields).
static constexpr Field<IcmpFields> kIcmpFields[] = {
    field<&IcmpFields::type, integer_within<0, 254>>("type"),
    field<&IcmpFields::code, integer_within<0, 255>>("code"),
};
static std::optional<ir::IcmpSpec> icmp(Context& context, const Entry& entry) {
  const std::size_t errors = context.errors();
  const auto fields = object<IcmpFields, kIcmpFields>(context, entry);
  if (!fields) return std::nullopt;
  if (fields->code && !fields->type.written) context.by_schema(fields->code.key, icmp_code_without_type);
  if (context.errors() != errors) return std::nullopt;
  ir::IcmpSpec spec;
  if (fields->type) spec.type = static_cast<std::uint8_t>(*fields->type);
  if (fields->code) spec.code = static_cast<std::uint8_t>(*fields->code);
  spec.span = entry.span();
  spec.key_span = entry.key;
  return spec;
}

struct RuleMetadata {
  Slot<std::vector<TextPair>> annotations;
};
static constexpr Field<RuleMetadata> kRuleMetadataFields[] = {
    field<&RuleMetadata::annotations, text_map>("annotations"),
};
static std::optional<std::monostate> rule_metadata(Context& context, const Entry& entry) {
  const auto fields = object<RuleMetadata, kRuleMetadataFields>(context, entry);
  if (fields && fields->annotations) check_annotations(context, *fields->annotations, "rule annotations");
  return std::monostate{};
}

struct RuleFields {
  Slot<Text> action;
  Slot<ir::IpVersion> ip_version;
  Slot<ir::ProtocolSpec> protocol, not_protocol;
  Slot<ir::IcmpSpec> icmp, not_icmp;
  Slot<ir::EntityRule> source, destination;
  Slot<std::monostate> http;
};
static constexpr Field<RuleFields> kRuleFields[] = {
    field<&RuleFields::action, word<kActions>>("action", Presence::Required),
    field<&RuleFields::ip_version, ip_version>("ipVersion"),
    field<&RuleFields::protocol, protocol>("protocol"),
    field<&RuleFields::not_protocol, protocol>("notProtocol"),
    field<&RuleFields::icmp, icmp>("icmp"),
    field<&RuleFields::not_icmp, icmp>("notICMP"),
    field<&RuleFields::source, entity_rule>("source"),
    field<&RuleFields::destination, entity_rule>("destination"),
    field<&RuleFields::http, http_match>("http"),
    checked<RuleFields, rule_metadata>("metadata"),
};

// ---- where they meet

static llvm::SmallVector<const ir::PortSpec*> ports_of(const RuleFields& fields) {
  llvm::SmallVector<const ir::PortSpec*> all;
  for (const Slot<ir::EntityRule>* side : {&fields.source, &fields.destination}) {
    if (!*side) continue;
    for (const ir::PortSpec& spec : (*side)->ports) all.push_back(&spec);
    for (const ir::PortSpec& spec : (*side)->not_ports) all.push_back(&spec);
  }
  return all;
}

// One message a rule: the cure is one field.
static void check_ports(Context& context, const RuleFields& fields) {
  const auto ports = ports_of(fields);
  if (ports.empty() || (fields.protocol.written && !fields.protocol)) return;
  if (fields.protocol) {
    if (ir::has_ports(fields.protocol->protocol)) return;
    context.by_validator(ports.front()->span, ports_with_wrong_protocol, described(fields.protocol->protocol))
        .note(fields.protocol.span, "the protocol");
    return;
  }
  const auto numeric = std::find_if(ports.begin(), ports.end(), [](const ir::PortSpec* spec) {
    return std::holds_alternative<ir::PortRange>(spec->port);
  });
  if (numeric != ports.end()) {
    context.by_validator((*numeric)->span, ports_without_protocol)
        .help("add `protocol: TCP` (or UDP, SCTP) to the rule");
  }
}

static bool is_icmp(ir::Protocol p) {
  return p == ir::kIcmp || p == ir::kIcmp6;
}

static void check_icmp(Context& context, const RuleFields& fields) {
  const bool protocol_unknown = fields.protocol.written && !fields.protocol;
  if (protocol_unknown || (fields.protocol && is_icmp(fields.protocol->protocol))) return;
  if (fields.icmp.written) context.by_schema(fields.icmp.key, icmp_without_protocol, "icmp");
  // Accepted on every path, and then Felix renders a match that iptables refuses.
  if (fields.not_icmp.written) context.by_validator(fields.not_icmp.key, icmp_without_protocol, "notICMP");
}

static void check_icmp_version(Context& context, const RuleFields& fields) {
  if (!fields.ip_version) return;
  for (const Slot<ir::ProtocolSpec>* spec : {&fields.protocol, &fields.not_protocol}) {
    if (!*spec) continue;
    const bool clash = *fields.ip_version == ir::IpVersion::V4 ? (*spec)->protocol == ir::kIcmp6
                                                               : (*spec)->protocol == ir::kIcmp;
    if (!clash) continue;
    context
        .by_schema(spec->span, icmp_ip_version, described((*spec)->protocol),
                   static_cast<int>(*fields.ip_version))
        .note(fields.ip_version.span, "the IP version");
  }
}

static llvm::SmallVector<const ir::CidrSpec*> nets_of(const RuleFields& fields) {
  llvm::SmallVector<const ir::CidrSpec*> all;
  for (const Slot<ir::EntityRule>* side : {&fields.source, &fields.destination}) {
    if (!*side) continue;
    for (const ir::CidrSpec& spec : (*side)->nets) all.push_back(&spec);
    for (const ir::CidrSpec& spec : (*side)->not_nets) all.push_back(&spec);
  }
  return all;
}

static void check_families(Context& context, const RuleFields& fields) {
  const auto nets = nets_of(fields);
  if (nets.empty()) return;
  const auto other = std::find_if(nets.begin(), nets.end(), [&](const ir::CidrSpec* net) {
    return net->cidr.version() != nets.front()->cidr.version();
  });
  if (other != nets.end()) {
    context.by_validator((*other)->span, mixed_families)
        .note(nets.front()->span,
              fmt::format("the first is IPv{}", static_cast<int>(nets.front()->cidr.version())))
        .help("write one rule for each IP version");
    return;
  }
  if (fields.ip_version && nets.front()->cidr.version() != *fields.ip_version) {
    context
        .by_validator(nets.front()->span, net_ip_version, nets.front()->cidr.to_string(),
                      static_cast<int>(*fields.ip_version))
        .note(fields.ip_version.span, "the IP version");
  }
}

static void check_http(Context& context, const RuleFields& fields, ir::Direction direction) {
  if (!fields.http.written) return;
  if (fields.protocol && fields.protocol->protocol != ir::kTcp)
    context.by_schema(fields.protocol.span, http_needs_tcp);
  if (fields.action && fields.action->text != "Allow")
    context.by_schema(fields.action.span, http_needs_allow);
  if (direction == ir::Direction::Egress && !context.in_profile) {
    context.by_validator(fields.http.key, http_in_egress);
  }
}

static void check_services(Context& context, const RuleFields& fields, ir::Direction direction) {
  const bool in_source = fields.source && fields.source->service;
  const bool in_destination = fields.destination && fields.destination->service;
  if (in_source && direction == ir::Direction::Egress && !context.in_profile) {
    context.by_validator(fields.source->service->span, services_wrong_direction, "source", "ingress");
  }
  if (!in_destination) return;
  if (direction == ir::Direction::Ingress && !context.in_profile) {
    context.by_validator(fields.destination->service->span, services_wrong_direction, "destination",
                         "egress");
  }
  if (!fields.destination->ports.empty() || !fields.destination->not_ports.empty()) {
    context.by_schema(fields.destination->service->span, services_with_ports);
  }
}

std::optional<ir::PolicyRule> rule(Context& context, const Entry& entry, ir::Direction direction) {
  const std::size_t errors = context.errors();
  auto fields = object<RuleFields, kRuleFields>(context, entry);
  if (!fields) return std::nullopt;
  check_ports(context, *fields);
  check_icmp(context, *fields);
  check_icmp_version(context, *fields);
  check_families(context, *fields);
  check_http(context, *fields, direction);
  check_services(context, *fields, direction);
  if (context.errors() != errors || !fields->action) return std::nullopt;

  ir::PolicyRule rule;
  rule.action = action_of(fields->action->text);
  rule.ip_version = fields->ip_version.value;
  rule.protocol = fields->protocol.value;
  rule.not_protocol = fields->not_protocol.value;
  rule.icmp = fields->icmp.value;
  rule.not_icmp = fields->not_icmp.value;
  if (fields->source) rule.source = *std::move(fields->source.value);
  if (fields->destination) rule.destination = *std::move(fields->destination.value);
  rule.has_http = fields->http.written;
  rule.span = entry.span();
  return rule;
}

}  // namespace untrack::frontend::resources
