// A hook's rules for one IP version and class of packet: what is left of a rule where the class is known are
// sets of keys, one for each field that it still asks for, and what becomes of a packet that is in all of
// them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "backends/bpf/model.h"
#include "backends/bpf/ranges.h"
#include "ir/ruleset.h"
#include "support/interner.h"

namespace untrack::backends::bpf {

using KeySetId = Id<struct KeySetTag>;
// Every key of its field, whatever the field; the one set that is not among the interned.
inline constexpr KeySetId kEvery{0xffffffff};

enum class Outcome : std::uint8_t { Untrack, Drop, Track, NextBlock };

struct Term {
  std::array<KeySetId, kFields> in;
  Outcome outcome = Outcome::Track;
  std::uint32_t block = 0;
  friend bool operator==(const Term&, const Term&) = default;
};

// The key sets of one Ruleset, for one IP version.
class KeySets {
 public:
  KeySets(const ir::Ruleset& ruleset, ir::IpVersion version) : ruleset_(ruleset), version_(version) {}
  const ir::Ruleset& ruleset() const { return ruleset_; }
  ir::IpVersion version() const { return version_; }
  const Ranges& operator[](KeySetId id) const { return sets_[id]; }

  // kEvery if `ranges` are all keys of the field; nothing if there are none.
  std::optional<KeySetId> intern(Field field, Ranges ranges);
  std::optional<KeySetId> intersect(Field field, KeySetId a, KeySetId b);
  std::optional<KeySetId> without(Field field, KeySetId a, KeySetId b);
  std::optional<KeySetId> addresses(ir::AddressSetId id);

 private:
  Ranges ranges(Field field, KeySetId id) const;

  const ir::Ruleset& ruleset_;
  ir::IpVersion version_;
  Interner<Ranges, KeySetId, RangesHash> sets_;
  // Of each address set: nothing yet, or what it is here; without addresses of the version, nothing.
  std::vector<std::optional<std::optional<KeySetId>>> addresses_;
};

// In the order of the rules; those that take no packet of the class are left out. A rule with sockets, which
// are pairs of address and port, becomes several terms. Log rules are not to be there.
std::vector<Term> terms(KeySets& sets, const ir::InterfaceHook& hook, Class of);

}  // namespace untrack::backends::bpf
