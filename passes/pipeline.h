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

#ifdef UNTRACK_ASSERTIONS
inline constexpr bool kCheckPasses = true;
#else
inline constexpr bool kCheckPasses = false;
#endif

struct PipelineOptions {
  // Called after each pass with its name; for --dump-ir.
  std::function<void(std::string_view pass, const ir::Ruleset&)> after;
  // Names, in the order to run them; empty: the default pipeline.
  std::vector<std::string> only;
  // Compare the meaning before and after every pass, and check the invariants; ends the program if they
  // break.
  bool check = kCheckPasses;
};

std::vector<std::string_view> pass_names();  // of the default pipeline, in order
void run_pipeline(ir::Ruleset& ruleset, PassContext& context, const PipelineOptions& options = {});

}  // namespace untrack::passes
