// What every command over policy begins with: configuration and inputs read, the cluster's resources loaded.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "driver/config.h"
#include "driver/console.h"
#include "driver/options.h"
#include "driver/render.h"
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
  Diagnostics diagnostics;
};

std::variant<Session, Failure> open_session(const InputOptions& options, unsigned jobs, Console& console);

// The asked nodes, or all, or the only one; sorted, each once.
std::variant<std::vector<std::string>, Failure> choose_nodes(const ir::PolicySet& policies,
                                                             const std::vector<std::string>& asked, bool all);

// Shows the session's findings as asked: to `stream`, and to files. True where one is at or above the level
// from which the command fails.
struct Shown {
  bool failed = false;
  std::optional<Failure> failure;  // a report file that cannot be written
};
Shown show_findings(const Session& session, const ReportOptions& options, FailOn default_level,
                    std::ostream& stream, bool stream_is_terminal, Console& console);

}  // namespace untrack::driver
