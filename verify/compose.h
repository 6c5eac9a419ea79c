// Composes the walk of a packet through rules and chains out of PacketMaps whose leaves are Outcomes.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ir/packet_space.h"
#include "verify/outcome.h"
#include "verify/programs.h"
#include "verify/reading.h"

namespace untrack::verify {

// The packets that a test takes for certain, and those that it may take; `certain` is within `possible`. The
// two differ where the kernel compares bytes that are no header.
struct Hits {
  ir::PacketSet certain, possible;
  friend constexpr auto operator<=>(const Hits&, const Hits&) = default;
};

class Composer {
 public:
  explicit Composer(ir::PacketSpace& packet_space) : space(packet_space) {}
  ir::PacketSpace& space;
  Outcomes outcomes;

  // ---- tests
  Hits exactly(ir::PacketSet set) const { return {set, set}; }
  Hits always() const { return exactly(space.everything()); }
  Hits never() const { return exactly(space.nothing()); }
  Hits both(Hits a, Hits b) const;
  Hits any(std::vector<Hits> alternatives) const;
  // Taken by `all` and not by `excluded`.
  Hits except(Hits all, Hits excluded) const;

  // ---- walks
  ir::PacketMap always(ir::Leaf outcome) const { return space.constant(outcome); }
  ir::PacketMap go_on() const { return space.constant(Outcomes::kContinue); }
  // `walk` for the packets that the test takes, going on for the others.
  ir::PacketMap when(Hits test, ir::PacketMap walk);
  // One after the other; each applies where the ones before it go on.
  ir::PacketMap sequence(std::vector<ir::PacketMap> walks);
  // At most one of the branches, found by one lookup; going on where none is taken.
  ir::PacketMap dispatch(std::span<const std::pair<Hits, ir::PacketMap>> branches);
  // What a program has done to packets before the first rule.
  ir::PacketMap after(const Before& program);
  // What a rule does that hands the packet over: `jump` comes back after a Return, `go_to` does not.
  ir::PacketMap jump(ir::PacketMap chain);
  ir::PacketMap go_to(ir::PacketMap chain);

  // The end of the walk: what becomes of a packet by its outcome, nothing for what no policy can mean.
  // Packets with several possible ends are kUndefined.
  ir::PacketMap effects(ir::PacketMap walk, ir::EffectTable& table,
                        const std::function<std::optional<ir::Effect>(const Outcome&)>& effect) const;

 private:
  ir::PacketMap restricted(Hits test, ir::PacketMap walk, ir::Leaf otherwise);
};

}  // namespace untrack::verify
