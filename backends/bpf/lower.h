// Ruleset -> the images of its interfaces. docs/bpf.md tells what a stage, a class and a node are.
#pragma once
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/bpf/model.h"

namespace untrack::backends::bpf {

struct Lowered {
  std::vector<Image> images;           // by interface name
  std::vector<std::string> too_large;  // interfaces whose image would not keep to the limits
};
// There are no log rules. Images have `most_bytes` at most.
Lowered lower(const ir::Ruleset& ruleset, MarkBit mark, std::size_t most_bytes);

}  // namespace untrack::backends::bpf
