// The door of the front end: text in, the cluster's resources out.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>
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

// Whether a file that nobody named, but that a search of a folder found, is to be given to `load`: it says
// `projectcalico.org/v...`, or is no template and has a `kind` that only Calico has or that selectors are
// resolved with (HostEndpoint, Pod, Namespace, List...). Folders hold charts, values and playbooks as well,
// which need not even be YAML, so this looks at words only. Who names a file wants it read.
bool looks_relevant(std::string_view text);

}  // namespace untrack::frontend
