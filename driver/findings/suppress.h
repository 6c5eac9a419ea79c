// Findings that the author of the policy has judged: `# untrack: ignore[UT201] reason` beside the text, or
// the annotation `untrack.dev/ignore-UT201: reason` on a resource. docs/lint.md says what each covers.
#pragma once
#include <set>
#include <span>
#include <string>
#include <vector>

#include "driver/report/report.h"
#include "frontend/load.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::driver {

struct Suppression {
  std::string code;
  SourceSpan written;      // where it names the code
  SourceSpan covers;       // findings that begin in it, or at its end
  bool expected_to_count;  // false in a file that cannot be read as a whole: its findings may be missing
  Change removal;          // of this code, and of all that names it if it is the only one
};

// Those of the linted inputs, in order; what cannot be understood is reported.
std::vector<Suppression> read_suppressions(const SourceMap& sources, std::span<const frontend::Source> inputs,
                                           Diagnostics& diagnostics);

std::set<const Diagnostic*> suppressed(std::span<const Suppression> suppressions, Findings findings);

// Reports those that suppress none of the findings so far.
void report_unused(std::span<const Suppression> suppressions, Diagnostics& diagnostics);

}  // namespace untrack::driver
