// Any bytes as input YAML: no crash, no hang; every diagnostic points into the text. What can be read is lowered for
// each of its nodes, so that the front end's promises about a PolicySet are put to the test too.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/load.h"
#include "ir/invariants.h"
#include "passes/lower_policies.h"

using namespace untrack;

static void require(bool holds) {
  if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  const frontend::Source source{sources.add("input.yaml", std::string(reinterpret_cast<const char*>(data), size)),
                                frontend::Role::Linted};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  for (const Diagnostic* diagnostic : diagnostics.in_order()) {
    const SourceSpan span = diagnostic->span;
    require(!span.exists() || (span.begin <= span.end && span.end <= sources.text(span.buffer).size()));
  }
  for (const std::string& node : policies.node_names()) {
    require(!ir::broken_invariant(passes::lower_policies(policies, node, {}, diagnostics)));
  }
  return 0;
}
