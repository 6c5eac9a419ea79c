// A file as `untrack lint` sees it, without the program around.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "ir/policy.h"
#include "ir/ruleset.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::passes::lint::test {

struct Linted {
  SourceMap sources;
  ir::PolicySet policies;
  std::vector<ir::Ruleset> rulesets;  // by node
  Diagnostics findings;               // of the front end, the lowering and lint

  explicit Linted(const std::string& path);
  static Linted of_text(std::string text);

  std::set<std::string> codes(Severity at_least) const;
  const Diagnostic* first(std::string_view code) const;  // nullptr: none
  std::string text(Severity at_least) const;             // one line for each finding, for messages of tests

 private:
  Linted(std::string name, std::string text, std::size_t proof_budget);
};

// testdata/diagnostics/CODE/WHICH.yaml
std::string example(std::string_view code, std::string_view which);

}  // namespace untrack::passes::lint::test
