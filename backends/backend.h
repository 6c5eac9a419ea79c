// What every backend is: a pure function from a Ruleset to files. No clock, no host probing, no disk.
// Backends are strangers to each other.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ir/ruleset.h"
#include "support/diagnostic.h"

namespace untrack::backends {

struct Artifact {
  std::string path;  // below the node's folder: `nft/untrack.nft`
  std::string bytes;
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

// One bit of the packet mark that says "allowed by untracked policy". It is cleared for every packet before
// any rule, so that it says nothing when it comes from elsewhere, and set for those that are untracked.
using MarkBit = std::uint32_t;

struct Options {
  bool strip = false;                  // leave out the comments that name policy, direction and rule
  std::optional<MarkBit> accept_mark;  // none: the packet mark is left alone
};

}  // namespace untrack::backends
