// Whether fixes do what they promise, shown by the linter itself: the edited text is read anew, and compared
// with the old one in what it says, in what is found in it, and in what becomes of every packet.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/options.h"
#include "driver/report/report.h"
#include "driver/session.h"
#include "support/fix.h"

namespace untrack::driver {

// Files with edits made.
using Editions = std::map<BufferId, EditedText>;

// Each gives what is wrong, or nothing.

// The documents say the same but for the changes of the fixes.
std::optional<std::string> disproof_by_text(const Session& before, const Session& after,
                                            const Editions& editions, Findings fixed);
// What was to be cured is gone, and nothing at or above its level is new; with a safe fix no warning either.
// Mending what could not be read may uncover what was hidden behind it.
std::optional<std::string> disproof_by_findings(const Session& before, const Session& after,
                                                const Editions& editions, Findings fixed, Safety safety);
// Every node treats every packet as before, but for what the effect allows. Where that is too large to be
// found out, it is not proved.
std::optional<std::string> disproof_by_packets(const Session& before, const Session& after, FixEffect effect,
                                               const LintOptions& options);

}  // namespace untrack::driver
