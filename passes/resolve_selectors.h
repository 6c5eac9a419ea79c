// What the selectors and named ports of rules stand for, in the whole cluster: local and remote objects alike
// (docs/semantics.md, "Members of sets"; Calico felix/labelindex/named_port_index.go). Each distinct selector
// is resolved once, however many rules and nodes use it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "ir/address_set.h"
#include "ir/policy.h"

namespace untrack::passes {

// What a selector matches. A host endpoint contributes its expectedIPs only, a network set its nets.
struct Members {
  ir::AddressSet addresses;
  std::vector<const ir::HostEndpoint*> without_addresses;  // matched host endpoints that have no expectedIPs
  bool labels_are_known = false;  // some object, matched or not, has some label that the selector asks about
  std::string meant = {};         // where nothing is matched: LabelIndex::what_was_meant
};

// A named port of one side of a rule.
struct NamedPortUse {
  std::optional<ir::SelectorId> selector;  // of that side; absent: every endpoint
  std::optional<ir::Protocol> protocol;    // of the rule; absent: tcp, udp and sctp
  std::string name;
  friend auto operator<=>(const NamedPortUse&, const NamedPortUse&) = default;
};
// `protocol` as named ports see it: what has no ports counts as TCP (Calico felix/labelindex/ipsetmember,
// ProtocolFrom).
NamedPortUse named_port_use(const ir::PolicyRule& rule, const ir::EntityRule& side,
                            const ir::NamedPort& port);

class ResolvedSelectors {
 public:
  // Of every rule in these policies.
  ResolvedSelectors(const ir::PolicySet& policies, const std::vector<const ir::Policy*>& used);

  const Members& members(ir::SelectorId selector) const { return members_.at(selector); }
  const ir::SocketSet& sockets(const NamedPortUse& use) const { return sockets_.at(use); }

 private:
  std::map<ir::SelectorId, Members> members_;
  std::map<NamedPortUse, ir::SocketSet> sockets_;
};

}  // namespace untrack::passes
