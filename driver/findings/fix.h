// From findings with cures to files without them. Nothing is written that was not proved
// (driver/findings/prove_fix.h).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "driver/options.h"
#include "driver/session.h"

namespace untrack::driver {

// What a fix of the asked kind would cure: whether it is safe, or unsafe ones are wanted as well.
bool may_fix(const Diagnostic& finding, const FixOptions& options);

struct FixedFile {
  std::string name;
  BufferId buffer;
  std::string before, after;
};

struct FixRun {
  Session session;                   // as it would be read after the fixes
  std::vector<FixedFile> files;      // those that changed, in the order of reading
  std::size_t fixed = 0;             // findings
  std::vector<std::string> refused;  // what was not done and why, a line each
};

// Which findings of a session the user wants to hear of.
using Choose = std::function<std::vector<const Diagnostic*>(const Session&)>;
// Finds anew what is in a session whose text has changed.
using Analyse = std::function<void(Session&)>;

// Repeats until nothing is left that can be fixed: one fix may make room for another.
FixRun fix(Session session, const Choose& choose, const Analyse& analyse, const LintOptions& options);

}  // namespace untrack::driver
