// What a chain does to one packet, and what it may do where the kernel decides by bytes that are no header.
#pragma once
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "ir/meaning.h"

namespace untrack::verify {

enum class Exit : std::uint8_t {
  Continue,  // on to the next rule
  Return,    // leaves the chain
  Accept,
  Drop,
  Anything,  // too many possibilities to list
};

// What the rules did last to the bit of the packet mark that says "allowed by untracked policy".
enum class Mark : std::uint8_t { Untouched, Cleared, Set };

struct Outcome {
  std::vector<std::uint32_t> logs;  // in order; indices of Outcomes::log
  bool untracked = false;
  Mark mark = Mark::Untouched;
  Exit exit = Exit::Continue;
  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};

// Leaves of the PacketMaps that a reader composes. A leaf stands for a *set* of outcomes: one where the text
// and the packet decide, several where bytes that are no header do. So an undecided match is harmless
// wherever both branches come to the same end.
class Outcomes {
 public:
  static constexpr ir::Leaf kContinue = 0;  // {go on, nothing done}; also what an exhausted PacketSpace gives
  static constexpr ir::Leaf kNone = 1;      // no outcome at all: neutral for `either`

  Outcomes();
  ir::Leaf just(const Outcome& outcome);
  ir::Leaf just(Exit exit) { return just(Outcome{.exit = exit}); }
  std::uint32_t log(const ir::LogPacket& log);  // its index

  ir::Leaf either(ir::Leaf a, ir::Leaf b);
  ir::Leaf then(ir::Leaf first, ir::Leaf second);  // `second` applies where `first` goes on
  // Every outcome with its exit replaced.
  ir::Leaf with_exits(ir::Leaf leaf, Exit from, Exit to);

  const std::vector<Outcome>& operator[](ir::Leaf leaf) const { return sets_[leaf]; }
  ir::Effect effect(const Outcome& outcome, ir::Verdict verdict) const;
  // Whether the mark says of a packet that goes on what becomes of it. Where rules write it at all, an
  // untracked packet without it would meet the host's filter, and a tracked one on which it is left would be
  // let through.
  static bool mark_fits(const Outcome& outcome, bool writes_mark) {
    return !writes_mark || outcome.mark == (outcome.untracked ? Mark::Set : Mark::Cleared);
  }

 private:
  ir::Leaf intern(std::vector<Outcome> set);
  std::vector<ir::LogPacket> logs_;
  std::deque<std::vector<Outcome>> sets_;
  std::map<std::vector<Outcome>, ir::Leaf> leaves_;
};

}  // namespace untrack::verify
