// The door of the front end: text in, the cluster's resources out.
#pragma once
#include <span>
#include <vector>

#include "ir/policy.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::frontend {

// Linted sources are reported on; inventory only resolves selectors (dumps of endpoints, sets, pods, nodes),
// so only what makes it unreadable is reported: a server has accepted it, and it may be newer than we are.
// Policies of an inventory are left out. An object that a linted source holds too is taken from there.
enum class Role : std::uint8_t { Linted, Inventory };

struct Source {
  BufferId buffer;
  Role role = Role::Linted;
};

// Every independent mistake is reported; what is wrong is left out of the result, the rest is there.
// `jobs`: threads that may read documents at the same time; the result does not depend on it.
ir::PolicySet load(const SourceMap& sources, std::span<const Source> inputs, Diagnostics& diagnostics,
                   unsigned jobs = 1);

}  // namespace untrack::frontend
