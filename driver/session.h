// What every command over policy begins with: configuration and inputs read, the cluster's resources loaded.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "driver/config.h"
#include "driver/console.h"
#include "driver/findings/suppress.h"
#include "driver/options.h"
#include "driver/report/report.h"
#include "frontend/load.h"
#include "ir/policy.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::driver {

struct Session {
  SourceMap sources;
  Config config;
  std::vector<frontend::Source> inputs;
  ir::PolicySet policies;
  std::vector<Suppression> suppressions;
  Diagnostics diagnostics;
};

std::variant<Session, Failure> open_session(const InputOptions& options, unsigned jobs, Console& console);

// The same inputs read anew, some of them with another text. Buffers keep their ids.
Session with_texts(const Session& session, std::map<BufferId, std::string> texts, unsigned jobs);

// The asked nodes, or all, or the only one; sorted, each once.
std::variant<std::vector<std::string>, Failure> choose_nodes(const ir::PolicySet& policies,
                                                             const std::vector<std::string>& asked, bool all);

// One node: the asked one, or the only one where `asked` is empty.
std::variant<std::string, Failure> choose_node(const ir::PolicySet& policies, const std::string& asked);

// The session's findings, without those that the configuration or the author of the policy do not want to
// see.
std::vector<const Diagnostic*> chosen_findings(const Session& session);

struct Shown {
  bool failed = false;             // a finding is at or above the level from which the command fails
  std::optional<Failure> failure;  // a report file that cannot be written
};

// Shows findings as asked: to `stream`, and to files.
Shown show(const Session& session, Findings findings, const ReportOptions& options, FailOn default_level,
           std::ostream& stream, bool stream_is_terminal, Console& console);

// For commands whose product is not the findings: the chosen ones above `info` (those are for `lint`), and
// all that refuse a compile, since nobody should have to guess why nothing is written.
Shown show_findings(const Session& session, const ReportOptions& options, FailOn default_level,
                    std::ostream& stream, bool stream_is_terminal, Console& console);

}  // namespace untrack::driver
