// The meaning of a Ruleset's hook: packet -> what becomes of it and which rules it met on the way.
// This is the one notion behind pass checking, symmetry, shadowing, diff, verify and fix safety.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ir/packet_space.h"
#include "ir/ruleset.h"
#include "support/interner.h"

namespace untrack::ir {

enum class Verdict : std::uint8_t { Track, Untrack, Drop };
std::string_view to_string(Verdict verdict);  // `track`, `untrack`, `drop`

// A rule of a hook, by place.
struct RuleRef {
  std::uint32_t block = 0;
  std::uint32_t rule = 0;
  friend auto operator<=>(const RuleRef&, const RuleRef&) = default;
};

// What one packet meets: the rules that matched, in order. The last one decides if it is terminal; Log and
// NextBlock rules stand before it. A packet that no rule decides is tracked.
struct Trace {
  std::vector<RuleRef> rules;
  Verdict verdict = Verdict::Track;
  bool decided = false;  // by a rule, not by the end of the list
  friend auto operator<=>(const Trace&, const Trace&) = default;
};

// packet -> Trace. `traces[leaf]` is the trace of the packets with that leaf; all of them occur.
struct HookMeaning {
  PacketMap map;
  std::vector<Trace> traces;
  // Where the space ran out of its budget: how many rules of the hook, from its first, have a meaning that
  // was found before. All of them where it did not.
  std::size_t rules_within_budget = 0;
};
// Found once in a space for all hooks of one content (ir/hook_content.h).
HookMeaning meaning(PacketSpace& space, const Ruleset& ruleset, const InterfaceHook& hook);

// The packets that one match takes, by itself, in a direction.
PacketSet packets(PacketSpace& space, const Ruleset& ruleset, const Match& match, Direction direction);

// What the outside world can see: the verdict and the texts logged, without which rule did it.
struct Effect {
  Verdict verdict = Verdict::Track;
  std::vector<LogPacket> logs;
  friend bool operator==(const Effect&, const Effect&) = default;
};
std::string to_string(const Effect& effect);  // `untrack, log "memcached" at most 5/minute burst 10`

// Effects are numbered by first sight in a table that several maps may share: then maps with equal effects
// are equal ids. Effect 0 is always {Track, no logs}.
class EffectTable {
 public:
  EffectTable();
  Leaf leaf(const Effect& effect);
  const Effect& operator[](Leaf leaf) const { return effects_[{leaf}]; }

 private:
  struct Hash {
    std::size_t operator()(const Effect& effect) const;
  };
  Interner<Effect, Id<struct EffectTag>, Hash> effects_;
};
PacketMap effects(PacketSpace& space, const Ruleset& ruleset, const InterfaceHook& hook, EffectTable& table);

// The verdict alone: leaves are static_cast<Leaf>(Verdict).
PacketMap verdicts(PacketSpace& space, const HookMeaning& meaning);
PacketSet packets_with(PacketSpace& space, const HookMeaning& meaning, Verdict verdict);
// By the rule that decides them. Packets that no rule decides are left out, and rules that decide none.
std::map<RuleRef, PacketSet> packets_by_rule(PacketSpace& space, const HookMeaning& meaning);

}  // namespace untrack::ir
