// The backends, each with the reader that proves it: a new backend is a new folder and one line here.
#pragma once
#include <span>
#include <vector>

#include "backends/backend.h"
#include "driver/options.h"
#include "ir/ruleset.h"
#include "verify/reading.h"

namespace untrack::driver {

struct Backend {
  Target target;
  bool by_default;   // where no target is asked for
  bool single_file;  // can be printed to standard output
  std::vector<backends::Artifact> (*emit)(const ir::Ruleset&, const backends::Options&, Diagnostics&);
  // A reading for each way in which a node can load the artifacts, which outlive it.
  std::vector<verify::ReadResult> (*read)(std::span<const backends::Artifact>);
};

std::vector<Target> all_targets();
std::vector<Target> default_targets();
const Backend& backend_of(Target target);

// Of the programs that this untrack was built with.
const verify::ClassifierDigest& bpf_classifier();

}  // namespace untrack::driver
