// The passes in their order, and what may be done around each: dump, check invariants, compare the meaning.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ruleset.h"
#include "passes/pass.h"

namespace untrack::passes {

struct PipelineOptions {
  // Called after each pass with its name; for --dump-ir.
  std::function<void(std::string_view pass, const ir::Ruleset&)> after;
  // Names, in the order to run them; empty: the default pipeline.
  std::vector<std::string> only;
};

std::vector<std::string_view> pass_names();  // of the default pipeline, in order
// With UNTRACK_ASSERTIONS the invariants and the meaning are compared around every pass.
void run_pipeline(ir::Ruleset& ruleset, PassContext& context, const PipelineOptions& options = {});

}  // namespace untrack::passes
