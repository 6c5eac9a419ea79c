// What two policies do differently to packets, and how that is told.
#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "ir/policy.h"

namespace untrack::driver {

struct NamedRule {
  std::string name;   // `gnp/memcached ingress 0`, `failsafe ingress 3`
  std::string place;  // `policy.yaml:12:5`; empty for a built-in failsafe
  friend auto operator<=>(const NamedRule&, const NamedRule&) = default;
};

// What becomes of the packets of one change, and the rules that make it so: those that the witness meets come
// first. None: no rule decides.
struct ChangeSide {
  std::string effect;  // `track`, `untrack`, `drop`, with what is logged
  std::vector<NamedRule> rules;
  friend auto operator<=>(const ChangeSide&, const ChangeSide&) = default;
};

struct Change {
  std::string interface_name;
  ir::Direction direction = ir::Direction::Ingress;
  std::string witness;  // a packet, as `trace` reads it
  ChangeSide before, after;
  friend auto operator<=>(const Change&, const Change&) = default;
};

// One change on all the nodes that show it.
struct CommonChange {
  Change change;
  std::vector<std::string> nodes;
};

std::string render_diff_text(const std::vector<CommonChange>& changes);
std::string render_diff_json(const std::vector<CommonChange>& changes);  // docs/diff.schema.json

}  // namespace untrack::driver
