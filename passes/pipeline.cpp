#include "passes/pipeline.h"

#include <cassert>
#include <optional>

#include <llvm/ADT/STLExtras.h>

#include "passes/check_pass.h"
#include "passes/drop_idle_tail.h"
#include "passes/drop_shadowed.h"
#include "passes/flatten_tiers.h"
#include "passes/merge_rules.h"
#include "passes/share_sets.h"

namespace untrack::passes {

namespace {

struct Step {
  std::string_view name;
  Changed (*run)(ir::Ruleset&, PassContext&);
};

template <Pass P>
constexpr Step step() {
  return {P::name, [](ir::Ruleset& ruleset, PassContext& context) { return P().run(ruleset, context); }};
}

constexpr Step kDefaultPipeline[] = {
    step<DropShadowed>(), step<FlattenTiers>(), step<MergeRules>(),
    step<DropShadowed>(),  // a rule that moved up may cover others of its action
    step<DropIdleTail>(), step<ShareSets>(),
};

std::vector<Step> steps(const PipelineOptions& options) {
  if (options.only.empty()) return {std::begin(kDefaultPipeline), std::end(kDefaultPipeline)};
  std::vector<Step> chosen;
  for (const std::string& name : options.only) {
    const Step* const found =
        llvm::find_if(kDefaultPipeline, [&](const Step& each) { return each.name == name; });
    assert(found != std::end(kDefaultPipeline) && "the caller checks names against pass_names()");
    chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

std::vector<std::string_view> pass_names() {
  std::vector<std::string_view> names;
  for (const Step& each : kDefaultPipeline) names.push_back(each.name);
  return names;
}

void run_pipeline(ir::Ruleset& ruleset, PassContext& context, const PipelineOptions& options) {
  std::optional<PassChecker> checker;
  if (options.check) checker.emplace(ruleset);
  for (const Step& each : steps(options)) {
    each.run(ruleset, context);
    if (checker) checker->check(each.name, ruleset);
    if (options.after) options.after(each.name, ruleset);
  }
}

}  // namespace untrack::passes
