// All that lint finds in a session.
#pragma once
#include "driver/console.h"
#include "driver/options.h"
#include "driver/session.h"

namespace untrack::driver {

// Into its diagnostics. Cures are laid out as edits of the linted files; those that cannot be are dropped.
void analyse(Session& session, const LintOptions& options, Console& console);

}  // namespace untrack::driver
