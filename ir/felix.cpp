#include "ir/felix.h"

#include <algorithm>
#include <tuple>

namespace untrack::ir {

// The longest prefix that every target takes: XT_LOG keeps 30 bytes with the final zero (struct xt_log_info,
// linux/netfilter/xt_LOG.h); nft takes 127 (NF_LOG_PREFIXLEN, linux/netfilter/nf_log.h). One text for all
// targets keeps their meanings equal.
static constexpr std::size_t kLogPrefixBytes = 29;
static constexpr std::string_view kLogPrefixEnd = ": ";

FelixSettings built_in_felix_settings() {
  FelixSettings settings;
  settings.failsafe_inbound = {{kTcp, 22},   {kUdp, 68},   {kTcp, 179},  {kTcp, 2379}, {kTcp, 2380},
                               {kTcp, 5473}, {kTcp, 6443}, {kTcp, 6666}, {kTcp, 6667}};
  settings.failsafe_outbound = {{kUdp, 53},   {kUdp, 67},   {kTcp, 179},  {kTcp, 2379}, {kTcp, 2380},
                                {kTcp, 5473}, {kTcp, 6443}, {kTcp, 6666}, {kTcp, 6667}};
  settings.interface_prefix = {"cali"};
  settings.interface_exclude = {std::string(kDefaultInterfaceExclude)};
  settings.log_prefix = "calico-packet";
  settings.bpf_data_interfaces = "^((en|wl|ww|sl|ib)[Popsx].*|(eth|wlan|wwan|bond).*)";
  settings.max_ipset_size = 1048576;
  return settings;
}

static void overlay_dataplane(FelixSettings& settings, const FelixConfiguration& above) {
  if (above.bpf_enabled) settings.bpf_enabled = *above.bpf_enabled;
  if (above.xdp_enabled) settings.xdp_enabled = above.xdp_enabled;
  if (above.generic_xdp_enabled) settings.generic_xdp_enabled = *above.generic_xdp_enabled;
  if (above.nftables_mode) settings.nftables_mode = *above.nftables_mode;
  if (above.iptables_deny_action) {
    settings.iptables_deny_action = *above.iptables_deny_action;
    settings.iptables_deny_action_span = above.iptables_deny_action_span;
  }
  if (above.nftables_deny_action) {
    settings.nftables_deny_action = *above.nftables_deny_action;
    settings.nftables_deny_action_span = above.nftables_deny_action_span;
  }
  if (above.bpf_data_interfaces) settings.bpf_data_interfaces = *above.bpf_data_interfaces;
  if (above.bpf_l3_interfaces) settings.bpf_l3_interfaces = *above.bpf_l3_interfaces;
  if (above.max_ipset_size) settings.max_ipset_size = *above.max_ipset_size;
}

static void overlay(FelixSettings& settings, const FelixConfiguration& above) {
  if (above.failsafe_inbound) {
    settings.failsafe_inbound = *above.failsafe_inbound;
    settings.failsafe_inbound_span = above.failsafe_inbound_span;
  }
  if (above.failsafe_outbound) {
    settings.failsafe_outbound = *above.failsafe_outbound;
    settings.failsafe_outbound_span = above.failsafe_outbound_span;
  }
  if (above.interface_prefix) settings.interface_prefix = *above.interface_prefix;
  if (above.interface_exclude) settings.interface_exclude = *above.interface_exclude;
  if (above.ipv6_support) settings.ipv6_support = *above.ipv6_support;
  // An empty text is as good as none (Calico felix/config/config_params.go, resolve).
  if (above.log_prefix && !above.log_prefix->empty()) settings.log_prefix = *above.log_prefix;
  if (above.log_limit) settings.log_limit = above.log_limit;
  overlay_dataplane(settings, above);
}

static const FelixConfiguration* named(const PolicySet& policies, std::string_view name) {
  const auto& all = policies.felix_configurations;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

static bool is_for_named_scope(std::string_view name) {
  return name == "default" || name.starts_with("node.");
}

// Calico felix/calc/config_batcher.go: the oldest of the objects whose node selector matches.
static const FelixConfiguration* selected(const PolicySet& policies, std::string_view node) {
  const auto document = std::find_if(policies.nodes.begin(), policies.nodes.end(),
                                     [&](const Node& each) { return each.name == node; });
  const Labelled labelled{document == policies.nodes.end() ? Labels() : document->labels, {}};
  const LabelLookup labels = policies.labels_of(labelled);

  const FelixConfiguration* oldest = nullptr;
  for (const FelixConfiguration& each : policies.felix_configurations) {
    if (!each.node_selector || is_for_named_scope(each.name)) continue;
    if (!policies.selectors[*each.node_selector].matches(labels)) continue;
    if (oldest == nullptr ||
        std::tie(each.creation_timestamp, each.name) < std::tie(oldest->creation_timestamp, oldest->name)) {
      oldest = &each;
    }
  }
  return oldest;
}

FelixSettings felix_settings(const PolicySet& policies, std::string_view node) {
  FelixSettings settings = built_in_felix_settings();
  for (const FelixConfiguration* source :
       {named(policies, "default"), selected(policies, node), named(policies, "node." + std::string(node))}) {
    if (source != nullptr) overlay(settings, *source);
  }
  return settings;
}

static std::optional<std::string> filled_in(char specifier, const Policy& policy) {
  switch (specifier) {
    case 't': return policy.tier;
    case 'k': return std::string(short_kind(policy.kind));
    case 'n': return policy.name;
    case 'p': return policy.namespace_name.empty() ? policy.name : policy.namespace_name + "/" + policy.name;
  }
  return std::nullopt;
}

std::string log_prefix(const FelixSettings& settings, const Policy& policy) {
  std::string text;
  const std::string_view format = settings.log_prefix;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool may_stand_for_more = format[i] == '%' && i + 1 < format.size();
    if (const auto value = may_stand_for_more ? filled_in(format[i + 1], policy) : std::nullopt) {
      text += *value;
      ++i;
    } else {
      text += format[i];
    }
  }
  text.resize(std::min(text.size(), kLogPrefixBytes - kLogPrefixEnd.size()));
  return text.append(kLogPrefixEnd);
}

}  // namespace untrack::ir
