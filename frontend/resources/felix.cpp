#include <algorithm>
#include <array>
#include <charconv>

#include "frontend/resources/failsafe.h"
#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/felix_other_fields.h"
#include "frontend/resources/go_regex.h"
#include "frontend/resources/lists.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/object.h"
#include "frontend/resources/ports.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

// ---- values

static constexpr std::string_view kInsertModes[] = {"Insert", "Append"};
static constexpr std::string_view kEndpointToHost[] = {"Drop", "Accept", "Return"};
static constexpr std::string_view kAllowActions[] = {"Accept", "Return"};
static constexpr std::string_view kDenyActions[] = {"Drop", "Reject"};
static constexpr std::string_view kReversePathModes[] = {"Disabled", "Strict", "Loose"};
static constexpr std::string_view kIptablesBackends[] = {"Legacy", "NFT", "Auto"};
static constexpr std::string_view kNftablesModes[] = {"Disabled", "Enabled", "Auto"};
static constexpr std::string_view kSpoofing[] = {"Disabled", "Any"};

static bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_made_of(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_alphanumeric(c) || marks.find(c) != std::string_view::npos; });
}

static std::optional<Text> malformed(Context& context, const Entry& entry, std::string_view rule) {
  context.by_validator(entry.span(), malformed_setting, entry.value.text(), entry.field, rule);
  return std::nullopt;
}

static std::optional<Text> log_prefix(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written || is_made_of(written->text, "%: /_-")) return written;
  return malformed(context, entry, "letters, digits, spaces and `%:/_-` only");
}

// `N/UNIT`, 1-9999 (Calico api/pkg/apis/projectcalico/v3/felixconfig.go, LogActionRateLimit).
static std::optional<ir::LogLimit> log_limit(Context& context, const Entry& entry) {
  static constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day"};
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const std::size_t slash = std::min(written->text.find('/'), written->text.size());
  const std::string_view number = written->text.substr(0, slash);
  const std::string_view unit = slash < written->text.size() ? written->text.substr(slash + 1) : "";
  ir::LogLimit limit;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), limit.rate);
  const bool is_number = error == std::errc{} && end == number.data() + number.size();
  const bool known_unit = std::find(std::begin(kUnits), std::end(kUnits), unit) != std::end(kUnits);
  if (is_number && known_unit && limit.rate >= 1 && limit.rate <= 9999) {
    limit.unit = unit;
    return limit;
  }
  malformed(context, entry, "`N/second`, `N/minute`, `N/hour` or `N/day`, N from 1 to 9999");
  return std::nullopt;
}

static std::optional<Text> tracked_interface(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const bool fits =
      !written->text.empty() && written->text.size() <= 15 && is_made_of(written->text, ":._+-");
  return fits ? written : malformed(context, entry, "up to 15 letters, digits and `:._+-`");
}

static std::optional<ir::CidrSpec> node_net(Context& context, const Entry& entry) {
  const auto spec = set_net(context, entry);
  if (!spec || spec->cidr.version() == ir::IpVersion::V4) return spec;
  malformed(context, entry, "IPv4 only");
  return std::nullopt;
}

static std::optional<ir::PortSpec> numbered_port(Context& context, const Entry& entry) {
  const auto spec = port(context, entry);
  if (!spec || std::holds_alternative<ir::PortRange>(spec->port)) return spec;
  context.by_validator(entry.span(), named_port_not_allowed);
  return std::nullopt;
}

// ---- fields

struct FelixFields {
  Slot<Text> node_selector, interface_prefix, interface_exclude, log_prefix;
  Slot<std::vector<ir::FailsafePort>> failsafe_inbound, failsafe_outbound;
  Slot<bool> ipv6_support;
  Slot<ir::LogLimit> log_limit;
  Slot<std::int64_t> log_burst;
  Slot<bool> bpf_enabled, xdp_enabled, generic_xdp_enabled;
  Slot<Text> nftables_mode, iptables_deny_action, nftables_deny_action;
  Slot<Text> bpf_data_interfaces, bpf_l3_interfaces;
  Slot<std::int64_t> max_ipset_size, iptables_mark_mask, nftables_mark_mask;
};
template <auto decode>
static constexpr Field<FelixFields> only_checked(std::string_view name) {
  return checked<FelixFields, decode>(name);
}
static constexpr std::int64_t kMaxMark = 0xffffffff;

static constexpr auto kOwnFields = std::to_array<Field<FelixFields>>({
    field<&FelixFields::node_selector, unparsed_selector>("nodeSelector"),
    field<&FelixFields::failsafe_inbound, list<failsafe_port>>("failsafeInboundHostPorts"),
    field<&FelixFields::failsafe_outbound, list<failsafe_port>>("failsafeOutboundHostPorts"),
    field<&FelixFields::interface_prefix, text>("interfacePrefix"),
    field<&FelixFields::interface_exclude, interface_exclude>("interfaceExclude"),
    field<&FelixFields::ipv6_support, boolean>("ipv6Support"),
    field<&FelixFields::log_prefix, log_prefix>("logPrefix"),
    field<&FelixFields::log_limit, log_limit>("logActionRateLimit"),
    field<&FelixFields::log_burst, integer_within<0, 9999>>("logActionRateLimitBurst"),
    only_checked<word_in_any_case<kInsertModes>>("chainInsertMode"),
    only_checked<word_in_any_case<kEndpointToHost>>("defaultEndpointToHostAction"),
    only_checked<word_in_any_case<kAllowActions>>("iptablesFilterAllowAction"),
    only_checked<word_in_any_case<kAllowActions>>("iptablesMangleAllowAction"),
    field<&FelixFields::iptables_deny_action, word_in_any_case<kDenyActions>>("iptablesFilterDenyAction"),
    only_checked<word_in_any_case<kAllowActions>>("nftablesFilterAllowAction"),
    only_checked<word_in_any_case<kAllowActions>>("nftablesMangleAllowAction"),
    field<&FelixFields::nftables_deny_action, word_in_any_case<kDenyActions>>("nftablesFilterDenyAction"),
    only_checked<word_in_any_case<kReversePathModes>>("bpfEnforceRPF"),
    only_checked<word<kIptablesBackends>>("iptablesBackend"),
    field<&FelixFields::nftables_mode, word<kNftablesModes>>("nftablesMode"),
    only_checked<word<kSpoofing>>("workloadSourceSpoofing"),
    field<&FelixFields::iptables_mark_mask, integer_within<0, kMaxMark>>("iptablesMarkMask"),
    field<&FelixFields::nftables_mark_mask, integer_within<0, kMaxMark>>("nftablesMarkMask"),
    field<&FelixFields::xdp_enabled, boolean>("xdpEnabled"),
    field<&FelixFields::generic_xdp_enabled, boolean>("genericXDPEnabled"),
    field<&FelixFields::bpf_enabled, boolean>("bpfEnabled"),
    only_checked<boolean>("bpfHostConntrackBypass"),
    only_checked<boolean>("disableConntrackInvalidCheck"),
    field<&FelixFields::bpf_data_interfaces, go_regex>("bpfDataIfacePattern"),
    field<&FelixFields::bpf_l3_interfaces, felix_regex>("bpfL3IfacePattern"),
    only_checked<list<tracked_interface>>("bpfForceTrackPacketsFromIfaces"),
    only_checked<integer>("bpfMapSizeIPSets"),
    field<&FelixFields::max_ipset_size, integer>("maxIpsetSize"),
    only_checked<list_up_to<numbered_port, 7>>("kubeNodePortRanges"),
    only_checked<list<node_net>>("externalNodesList"),
});
static constexpr auto kFelixFields = joined(kOwnFields, OtherFelixFields<FelixFields>::kAll);

// ---- the whole

static std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

static void check_nodes(Context& context, const Object& object, const FelixFields& fields) {
  const std::string& name = object.metadata.name;
  const bool named = name == "default" || name.starts_with("node.");
  const bool selects =
      fields.node_selector ? !fields.node_selector->text.empty() : fields.node_selector.written;
  if (named && selects) context.by_schema(fields.node_selector.key, node_selector_not_allowed, name);
  if (named || selects) return;
  context.remark(object.metadata.name_span, felix_configuration_without_nodes, name,
                 "it has no `nodeSelector`");
}

// Nothing where Felix skips the object.
static std::optional<ir::SelectorId> node_selector(Context& context, std::string_view name,
                                                   const Text& written) {
  const auto& parsed = context.selectors.parsed(written.text);
  const auto* error = std::get_if<SelectorError>(&parsed);
  if (error == nullptr) return std::get<ir::SelectorId>(parsed);
  Diagnostic& skipped = context.remark(span_of(written, *error), felix_configuration_without_nodes, name,
                                       fmt::format("its `nodeSelector` is no selector: {}", error->message));
  if (!error->hint.empty()) skipped.help(error->hint);
  return std::nullopt;
}

static std::optional<ir::NftablesMode> nftables_mode(std::string_view word) {
  if (word == "Auto") return ir::NftablesMode::Auto;
  if (word == "Enabled") return ir::NftablesMode::Enabled;
  if (word == "Disabled") return ir::NftablesMode::Disabled;
  return std::nullopt;
}

static std::optional<ir::DenyAction> deny_action(std::string_view word) {
  if (word.empty()) return std::nullopt;
  return word[0] == 'R' || word[0] == 'r' ? ir::DenyAction::Reject : ir::DenyAction::Drop;
}

static std::optional<std::string> unless_empty(const Slot<Text>& slot) {
  return text_of(slot).empty() ? std::nullopt : std::optional(slot->str());
}

static std::optional<ir::MarkMask> mark_mask(const Slot<std::int64_t>& slot) {
  if (!slot) return std::nullopt;
  return ir::MarkMask{static_cast<std::uint32_t>(*slot), slot.span};
}

static void take_dataplane(const FelixFields& fields, ir::FelixConfiguration& felix) {
  felix.iptables_mark_mask = mark_mask(fields.iptables_mark_mask);
  felix.nftables_mark_mask = mark_mask(fields.nftables_mark_mask);
  felix.bpf_enabled = fields.bpf_enabled.value;
  felix.xdp_enabled = fields.xdp_enabled.value;
  felix.generic_xdp_enabled = fields.generic_xdp_enabled.value;
  felix.nftables_mode = nftables_mode(text_of(fields.nftables_mode));
  felix.iptables_deny_action = deny_action(text_of(fields.iptables_deny_action));
  felix.iptables_deny_action_span = fields.iptables_deny_action.span;
  felix.nftables_deny_action = deny_action(text_of(fields.nftables_deny_action));
  felix.nftables_deny_action_span = fields.nftables_deny_action.span;
  felix.bpf_data_interfaces = unless_empty(fields.bpf_data_interfaces);
  felix.bpf_l3_interfaces = unless_empty(fields.bpf_l3_interfaces);
  if (fields.max_ipset_size && *fields.max_ipset_size > 0)
    felix.max_ipset_size = static_cast<std::uint64_t>(*fields.max_ipset_size);
}

What read_felix_configuration(Context& context, const Object& object) {
  const std::size_t errors = context.errors();
  auto fields = read_spec<FelixFields, kFelixFields>(context, object);
  if (!fields) return {};
  check_nodes(context, object, *fields);
  if (context.errors() != errors) return {};

  ir::FelixConfiguration felix;
  felix.name = object.metadata.name;
  felix.span = object.metadata.name_span;
  felix.creation_timestamp = object.metadata.creation_timestamp;
  if (!text_of(fields->node_selector).empty()) {
    felix.node_selector = node_selector(context, felix.name, *fields->node_selector);
    if (!felix.node_selector) return {};
  }
  felix.failsafe_inbound = std::move(fields->failsafe_inbound.value);
  felix.failsafe_outbound = std::move(fields->failsafe_outbound.value);
  felix.failsafe_inbound_span = fields->failsafe_inbound.span;
  felix.failsafe_outbound_span = fields->failsafe_outbound.span;
  // An empty text is no value: the default stays (Calico felix/config/config_params.go, resolve).
  if (!text_of(fields->interface_prefix).empty())
    felix.interface_prefix = comma_list(fields->interface_prefix->text);
  if (!text_of(fields->interface_exclude).empty()) {
    felix.interface_exclude = comma_list(fields->interface_exclude->text);
  }
  felix.ipv6_support = fields->ipv6_support.value;
  felix.log_prefix = unless_empty(fields->log_prefix);
  felix.log_limit = fields->log_limit.value;
  if (felix.log_limit && fields->log_burst)
    felix.log_limit->burst = static_cast<std::uint32_t>(*fields->log_burst);
  take_dataplane(*fields, felix);
  return std::make_unique<ir::FelixConfiguration>(std::move(felix));
}

}  // namespace untrack::frontend::resources
