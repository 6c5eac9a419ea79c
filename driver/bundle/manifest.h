// DIR/manifest.json, or DIR/manifest-I-of-N.json of one part of the nodes: what was made from what. The same inputs and options give the same bytes; so there is no
// date in it.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "driver/options.h"
#include "frontend/load.h"
#include "support/source.h"

namespace untrack::driver {

// What one backend emitted for one node.
struct TargetFiles {
  Target target;
  std::vector<backends::Artifact> files;
};

struct Manifest {
  const SourceMap& sources;
  std::span<const frontend::Source> inputs;
  const CompileOptions& options;
  std::vector<Target> targets;
  backends::Options shape;
  std::span<const backends::Artifact> filter;  // of every node
  struct Node {
    std::string name;
    std::span<const TargetFiles> targets;
    std::span<const backends::Artifact> scripts;
  };
  std::vector<Node> nodes;
};
std::string to_json(const Manifest& manifest);

}  // namespace untrack::driver
