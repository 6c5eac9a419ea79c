#include "passes/share_sets.h"

#include <optional>
#include <vector>

#include "passes/intern_addresses.h"

namespace untrack::passes {

namespace {

// Copies the sets that it is asked about into a ruleset without any.
class Renumbering {
 public:
  explicit Renumbering(const ir::Ruleset& from)
      : from_(from), addresses_(from.address_sets.size()), sockets_(from.socket_sets.size()) {}

  void apply(ir::SideMatch& side) {
    for (ir::AddressSetId& id : side.in) id = renumbered(id);
    for (ir::AddressSetId& id : side.not_in) id = renumbered(id);
    if (side.ports) apply(*side.ports);
    apply(side.not_ports);
  }

  // Whether the new numbers are the old ones.
  bool is_identity() const {
    return to_.address_sets.size() == addresses_.size() && to_.socket_sets.size() == sockets_.size() &&
           in_order_;
  }
  void move_sets_into(ir::Ruleset& ruleset) && {
    ruleset.address_sets = std::move(to_.address_sets);
    ruleset.address_set_origins = std::move(to_.address_set_origins);
    ruleset.socket_sets = std::move(to_.socket_sets);
  }

 private:
  void apply(ir::PortMatch& ports) {
    for (ir::SocketSetId& id : ports.sockets) id = renumbered(id);
  }
  ir::AddressSetId renumbered(ir::AddressSetId id) {
    std::optional<ir::AddressSetId>& known = addresses_[id.index];
    if (!known) known = intern_addresses(to_, from_.address_sets[id], from_.address_set_origins[id.index]);
    in_order_ = in_order_ && *known == id;
    return *known;
  }
  ir::SocketSetId renumbered(ir::SocketSetId id) {
    std::optional<ir::SocketSetId>& known = sockets_[id.index];
    if (!known) known = to_.socket_sets.intern(from_.socket_sets[id]);
    in_order_ = in_order_ && *known == id;
    return *known;
  }

  const ir::Ruleset& from_;
  ir::Ruleset to_;
  std::vector<std::optional<ir::AddressSetId>> addresses_;
  std::vector<std::optional<ir::SocketSetId>> sockets_;
  bool in_order_ = true;
};

}  // namespace

Changed ShareSets::run(ir::Ruleset& ruleset, PassContext&) const {
  Renumbering renumbering(ruleset);
  for (ir::InterfaceHook& hook : ruleset.hooks) {
    for (ir::Block& block : hook.blocks) {
      for (ir::Rule& rule : block.rules) {
        renumbering.apply(rule.match.source);
        renumbering.apply(rule.match.destination);
      }
    }
  }
  if (renumbering.is_identity()) return Changed::No;
  std::move(renumbering).move_sets_into(ruleset);
  return Changed::Yes;
}

}  // namespace untrack::passes
