// The proof behind every compile: an artifact does, for every packet, exactly what the Ruleset means.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/meaning.h"
#include "verify/reading.h"

namespace untrack::verify {

struct Difference {
  ir::Direction direction = ir::Direction::Ingress;
  std::string interface_name;
  ir::Packet packet;                // a witness
  ir::Effect expected;              // by the policy
  std::optional<ir::Effect> found;  // in the artifact; nothing: undefined (kUndefined)
  std::string to_string() const;
};
struct Unproved {};  // the space's budget ran out
struct Equal {};
using Proof = std::variant<Equal, Difference, Unproved>;

// Over all packets, both directions, every interface that either side names and one that neither does.
Proof prove_equal(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact);

// All kinds of difference, each with one witness: by interface, direction, and what is expected and found.
// Nothing where the space's budget ran out.
std::optional<std::vector<Difference>> differences(ir::PacketSpace& space, const ir::Ruleset& policy,
                                                   const Reading& artifact);

}  // namespace untrack::verify
