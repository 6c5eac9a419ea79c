// The proof behind every compile: an artifact does, for every packet, exactly what the Ruleset means.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ir/meaning.h"
#include "verify/reading.h"

namespace untrack::verify {

// What is found in place of an effect: kUndefined, kContradiction.
enum class NoEffect : std::uint8_t { Undefined, Contradiction };

struct Difference {
  ir::Direction direction = ir::Direction::Ingress;
  std::string interface_name;
  ir::Packet packet;    // a witness
  ir::Effect expected;  // by the policy
  std::variant<ir::Effect, NoEffect> found;
  std::string to_string() const;
};
// The budget ran out for one direction of one interface, in a space of its own.
struct Unproved {
  ir::Direction direction = ir::Direction::Ingress;
  std::string interface_name;
};
struct Equal {};
using Proof = std::variant<Equal, Difference, Unproved>;

// Over all packets, both directions, every interface that either side names and one that neither does. The
// space is shared while its budget lasts; then it is replaced by a new one with the same budget.
Proof prove_equal(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact);

// All kinds of difference, each with one witness: by interface, direction, and what is expected and found.
std::variant<std::vector<Difference>, Unproved> differences(ir::PacketSpace& space, const ir::Ruleset& policy,
                                                            const Reading& artifact);

}  // namespace untrack::verify
