// One function for each command: from its options to its exit status.
#pragma once
#include "driver/console.h"
#include "driver/options.h"

namespace untrack::driver {

ExitStatus compile(const CompileOptions& options, Console& console);
ExitStatus lint(const LintOptions& options, Console& console);
ExitStatus nodes(const NodesOptions& options, Console& console);
ExitStatus trace(const TraceOptions& options, Console& console);
ExitStatus diff(const DiffOptions& options, Console& console);
ExitStatus verify(const VerifyOptions& options, Console& console);
ExitStatus selector(const SelectorOptions& options, Console& console);
ExitStatus explain(const ExplainOptions& options, Console& console);
ExitStatus rules(const RulesOptions& options, Console& console);
ExitStatus completions(const CompletionsOptions& options, Console& console);
ExitStatus man(const ManOptions& options, Console& console);
ExitStatus version(const VersionOptions& options, Console& console);

}  // namespace untrack::driver
