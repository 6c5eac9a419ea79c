// What goes onto a node beside its artifacts: `apply`, `rollback` and `status`, POSIX shell. docs/bundle.md
// tells how they work; the scripts themselves are in this folder and become part of the program when it is
// built.
#pragma once
#include <span>
#include <vector>

#include "backends/backend.h"
#include "driver/bundle/manifest.h"
#include "ir/ruleset.h"

namespace untrack::driver {

// `policy` is what lower_policies made, before any pass: `apply` checks that its failsafes stay open in the
// artifacts. `filter`: the files that let marked packets through the host's filter, or none. The scripts are
// to be executable.
std::vector<backends::Artifact> bundle(const ir::Ruleset& policy, std::span<const TargetFiles> artifacts,
                                       std::span<const backends::Artifact> filter);

}  // namespace untrack::driver
