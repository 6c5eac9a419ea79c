// What was said: the validated resources of a whole cluster, with the place of everything that a finding may
// point at. Built by the front end, read by everyone else, changed by no one.
//
// Invariants: selectors are interned in canonical form and already *effective* (namespace and service-account
// selectors folded in, docs/semantics.md "Effective selectors"); `types` is defaulted; names are valid.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/cidr.h"
#include "ir/labels.h"
#include "ir/port.h"
#include "ir/protocol.h"
#include "ir/selector.h"
#include "support/interner.h"
#include "support/source.h"

namespace untrack::ir {

enum class Direction : std::uint8_t { Ingress, Egress };  // into the host, out of the host
inline constexpr Direction kDirections[] = {Direction::Ingress, Direction::Egress};
constexpr std::string_view to_string(Direction d) {
  return d == Direction::Ingress ? "ingress" : "egress";
}

// Own labels win; then the profiles in their order. A profile that is not in the input gives no labels.
struct Labelled {
  Labels labels;
  std::vector<Symbol> profiles;
};

// ---- rules, as written

struct Allow {
  friend bool operator==(Allow, Allow) = default;
};
struct Deny {
  friend bool operator==(Deny, Deny) = default;
};
struct Pass {
  friend bool operator==(Pass, Pass) = default;
};  // Calico's word: on to the next tier
struct Log {
  friend bool operator==(Log, Log) = default;
};  // not terminal: evaluation goes on
using PolicyAction = std::variant<Allow, Deny, Pass, Log>;

// A protocol as written. A name implies an IP version for ICMP and ICMPv6, a number does not.
struct ProtocolSpec {
  Protocol protocol;
  bool by_name = false;
  SourceSpan span;
};

struct IcmpSpec {
  std::optional<std::uint8_t> type;
  std::optional<std::uint8_t> code;  // only with a type
  SourceSpan span, key_span;
};

struct NamedPort {
  std::string name;
  friend auto operator<=>(const NamedPort&, const NamedPort&) = default;
};
struct PortSpec {
  std::variant<PortRange, NamedPort> port;
  SourceSpan span;
};

struct CidrSpec {
  Cidr cidr;
  SourceSpan span;
};

struct SelectorSpec {
  SelectorId selector;  // effective
  SourceSpan span;      // of the text in the input that contributes most of it
};

struct ServiceSpec {
  std::string namespace_name;  // may be empty: then nothing matches
  std::string name;
  SourceSpan span;
};

// `source` or `destination` of a rule. All parts must hold; the items of one list are alternatives.
struct EntityRule {
  std::vector<CidrSpec> nets, not_nets;
  std::optional<SelectorSpec> selector;      // absent: any address, known to Calico or not
  std::optional<SelectorSpec> not_selector;  // only without `selector`: Calico folds the two into one
  std::vector<PortSpec> ports, not_ports;
  std::optional<ServiceSpec> service;
  SourceSpan span;
};

struct PolicyRule {
  PolicyAction action;
  std::optional<IpVersion> ip_version;
  std::optional<ProtocolSpec> protocol, not_protocol;
  std::optional<IcmpSpec> icmp, not_icmp;
  EntityRule source, destination;
  bool has_http = false;  // cannot be compiled; the front end has reported it where it matters
  SourceSpan span;        // the rule's own text
};

// ---- resources

struct ProfileRules {
  std::vector<PolicyRule> ingress, egress;

  const std::vector<PolicyRule>& of(Direction d) const { return d == Direction::Ingress ? ingress : egress; }
};

// What endpoints may inherit: labels, and rules for packets that no tier has decided. Made of a Profile, a
// Namespace or a ServiceAccount.
struct Profile {
  std::string name;
  Labels labels;
  SourceSpan span;
  std::optional<ProfileRules> rules = {};  // absent: Felix does not take them as they are written
};

struct Tier {
  std::string name;
  double order = 1000000;  // docs/semantics.md, "Tier order"
  bool default_pass = false;
  SourceSpan span;                 // does not exist for the built-in tiers
  SourceSpan default_action_span;  // exists where it is written
};

enum class PolicyKind : std::uint8_t {
  GlobalNetworkPolicy,
  NetworkPolicy,
  StagedGlobalNetworkPolicy,
  StagedNetworkPolicy,
  StagedKubernetesNetworkPolicy
};
constexpr bool is_staged(PolicyKind k) {
  return k >= PolicyKind::StagedGlobalNetworkPolicy;
}
std::string_view to_string(PolicyKind kind);   // `GlobalNetworkPolicy`
std::string_view short_kind(PolicyKind kind);  // `gnp` `np` `sgnp` `snp` `sknp`

struct Policy {
  PolicyKind kind = PolicyKind::GlobalNetworkPolicy;
  std::string namespace_name;  // empty for the global kinds
  std::string name;
  std::string tier = "default";
  std::optional<double> order;  // absent: after every number
  SelectorSpec selector;        // effective, over endpoints
  bool types_ingress = true, types_egress = true;
  bool do_not_track = false, pre_dnat = false, apply_on_forward = false;
  bool staged_delete = false;  // stagedAction Delete: as if the policy were not there
  std::vector<PolicyRule> ingress, egress;
  SourceSpan span;         // metadata.name
  SourceSpan object_span;  // all of it
  SourceSpan do_not_track_span, tier_span;

  const std::vector<PolicyRule>& rules(Direction d) const {
    return d == Direction::Ingress ? ingress : egress;
  }
  bool governs(Direction d) const { return d == Direction::Ingress ? types_ingress : types_egress; }
  std::string id() const;  // `gnp/NAME` or `np/NAMESPACE/NAME`: names the policy in artifacts and messages
};

struct EndpointPort {
  std::string name;
  Protocol protocol;
  Port port = 0;
};

struct HostEndpoint {
  std::string name;
  std::string node;
  std::string interface_name;  // may be `*`, or empty: then found by address
  std::vector<Address> expected_ips;
  std::vector<EndpointPort> ports;
  Labelled labels;
  SourceSpan span;  // metadata.name
  SourceSpan node_span, interface_span;

  bool all_interfaces() const { return interface_name == "*"; }
};

// A port of the node that is translated to a port of a workload.
struct HostPort {
  Protocol protocol;
  Port port = 0;
};

struct WorkloadEndpoint {
  std::string name;  // NAMESPACE/NAME
  std::string node;
  std::vector<Address> addresses;
  std::vector<EndpointPort> ports;
  Labelled labels;
  SourceSpan span;
  std::vector<HostPort> host_ports;
};

struct NetworkSet {
  std::string name;  // NAMESPACE/NAME for a NetworkSet, NAME for a GlobalNetworkSet
  std::vector<Cidr> nets;
  Labelled labels;
  SourceSpan span;
};

// The endpoints of a Kubernetes Service, from its EndpointSlices.
struct ServiceEndpoints {
  std::string namespace_name, name;
  struct Member {
    Address address;
    std::vector<std::pair<Protocol, Port>> ports;
  };
  std::vector<Member> members;
};

// A Kubernetes Service, as far as packets to it are translated before they reach anything.
struct Service {
  std::string namespace_name, name;
  std::vector<Address> addresses;  // of the cluster, external and of load balancers
  struct Port {
    Protocol protocol;
    ir::Port port = 0;
    ir::Port node_port = 0;  // on every node; 0: none
  };
  std::vector<Port> ports;
  SourceSpan span;
};

struct Node {
  std::string name;
  Labels labels;
  struct Interface {
    std::string name;
    std::vector<Address> addresses;
  };
  std::vector<Interface> interfaces;
  SourceSpan span;
};

struct FailsafePort {
  Protocol protocol;  // tcp or udp
  Port port = 0;
  std::optional<Cidr> net;  // absent: any address of either version
  friend bool operator==(const FailsafePort&, const FailsafePort&) = default;
};

struct LogLimit {
  std::uint32_t rate = 0;  // matches per `unit`
  std::string unit;        // `second` `minute` `hour` `day`
  std::uint32_t burst = 5;
  friend bool operator==(const LogLimit&, const LogLimit&) = default;
};

// How the node's own Calico would enforce policy: what is compiled here does not depend on it, findings do.
enum class NftablesMode : std::uint8_t { Auto, Enabled, Disabled };
enum class DenyAction : std::uint8_t { Drop, Reject };

// The bits of the packet mark that Felix may use.
struct MarkMask {
  std::uint32_t bits = 0;
  SourceSpan span;
};

// One FelixConfiguration object; an absent field leaves the value to a lower source.
struct FelixConfiguration {
  std::string name;  // `default`, `node.NAME`, or any other with a node selector
  std::optional<SelectorId> node_selector;
  std::string creation_timestamp;
  std::optional<std::vector<FailsafePort>> failsafe_inbound, failsafe_outbound;
  std::optional<std::vector<std::string>> interface_prefix;   // workload interfaces begin with one of these
  std::optional<std::vector<std::string>> interface_exclude;  // exact names, or /regular expressions/
  std::optional<bool> ipv6_support;
  std::optional<std::string> log_prefix;
  std::optional<LogLimit> log_limit;
  std::optional<bool> bpf_enabled, xdp_enabled, generic_xdp_enabled;
  std::optional<NftablesMode> nftables_mode;
  std::optional<DenyAction> iptables_deny_action, nftables_deny_action;
  std::optional<std::string> bpf_data_interfaces, bpf_l3_interfaces;  // regular expressions
  std::optional<std::uint64_t> max_ipset_size;
  std::optional<MarkMask> iptables_mark_mask, nftables_mark_mask;
  SourceSpan span;
  SourceSpan failsafe_inbound_span, failsafe_outbound_span;
  SourceSpan iptables_deny_action_span, nftables_deny_action_span;
};

// Calico's settings for one node: the built-in values overlaid by what the input says (ir/felix.h).
struct FelixSettings {
  std::vector<FailsafePort> failsafe_inbound, failsafe_outbound;
  std::vector<std::string> interface_prefix;
  std::vector<std::string> interface_exclude;
  bool ipv6_support = true;
  std::string log_prefix;
  std::optional<LogLimit> log_limit;
  bool bpf_enabled = false;
  std::optional<bool> xdp_enabled;  // absent: on, without anyone having asked for it
  bool generic_xdp_enabled = false;
  NftablesMode nftables_mode = NftablesMode::Auto;
  DenyAction iptables_deny_action = DenyAction::Drop, nftables_deny_action = DenyAction::Drop;
  std::string bpf_data_interfaces, bpf_l3_interfaces;  // regular expressions; empty: none
  std::uint64_t max_ipset_size = 0;
  // Do not exist for built-in values.
  SourceSpan failsafe_inbound_span, failsafe_outbound_span;
  SourceSpan iptables_deny_action_span, nftables_deny_action_span;
};

struct PolicySet {
  Interner<Selector, SelectorId> selectors;
  std::map<std::string, Profile, std::less<>> profiles;  // by name; the built-in ones included
  std::vector<Tier> tiers;                               // the built-in ones included
  std::vector<Policy> policies;
  std::vector<HostEndpoint> host_endpoints;
  std::vector<WorkloadEndpoint> workload_endpoints;
  std::vector<NetworkSet> network_sets;
  std::vector<ServiceEndpoints> services;
  std::vector<Service> translated_services;  // at most findings depend on them
  std::vector<Node> nodes;  // nodes that a document describes; host endpoints may name others
  std::vector<FelixConfiguration> felix_configurations;

  LabelLookup labels_of(const Labelled& object) const;  // keeps references to the set and the object
  // Every node that a host endpoint or a Node document names, sorted.
  std::vector<std::string> node_names() const;
};

}  // namespace untrack::ir
