// What every backend is: a pure function from a Ruleset to files. No clock, no host probing, no disk.
// Backends are strangers to each other.
#pragma once
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

struct Options {
  bool strip = false;  // leave out the comments that name policy, direction and rule
};

}  // namespace untrack::backends
