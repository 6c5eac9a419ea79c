// Findings as people and as programs read them.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "driver/options.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::driver {

using Findings = std::span<const Diagnostic* const>;

// `file:line:column: level: message [UT201]`, the source line with the span underlined, notes with theirs,
// the witness and the help. Control characters of the input are shown, never passed on to a terminal.
std::string render_text(const SourceMap& sources, Findings findings, bool color);

// `file:line:column: level: message [UT201]` and no more.
std::string render_concise(const SourceMap& sources, Findings findings);

// How often each code is found.
std::string render_statistics(Findings findings);

// For programs; each ends with a newline.
std::string render_json(const SourceMap& sources, Findings findings);  // docs/lint.schema.json
std::string render_sarif(const SourceMap& sources, Findings findings);
std::string render_github(const SourceMap& sources, Findings findings);
std::string render_gitlab(const SourceMap& sources, Findings findings);
std::string render_junit(const SourceMap& sources, Findings findings, FailOn level);

// `1 error, 2 warnings`; empty where there is no finding.
std::string summary(Findings findings);

// `; 1 fixable with --fix, 2 more with --unsafe-fixes`; empty where nothing is fixable.
std::string fixable_summary(Findings findings);
// A fix that is known to fit into the file.
inline const Fix* known_fix(const Diagnostic& finding) {
  return finding.cure && !finding.cure->edits.empty() ? &*finding.cure : nullptr;
}

}  // namespace untrack::driver
