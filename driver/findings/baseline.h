// A file of findings that a project has decided to live with for now: lint reports what is new.
#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "driver/console.h"
#include "driver/report/report.h"
#include "support/source.h"

namespace untrack::driver {

// How often each finding is there (driver/fingerprint.h), by hash.
using Baseline = std::map<std::string, unsigned, std::less<>>;

std::variant<Baseline, Failure> read_baseline(const std::string& path);

// Of several like findings, as many as the baseline has are old: the first ones.
std::vector<const Diagnostic*> new_findings(const SourceMap& sources, Findings findings,
                                            const Baseline& baseline);

// The file, sorted, so that a change of it can be read in a review.
std::string baseline_as_json(const SourceMap& sources, Findings findings);

}  // namespace untrack::driver
