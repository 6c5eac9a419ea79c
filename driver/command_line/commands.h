// A function for each command that makes its entry of the table.
#pragma once
#include "driver/command_line/table.h"

namespace untrack::driver {

CommandEntry compile_command();
CommandEntry lint_command();
CommandEntry trace_command();
CommandEntry diff_command();
CommandEntry verify_command();
CommandEntry nodes_command();
CommandEntry selector_command();
CommandEntry explain_command();
CommandEntry rules_command();
CommandEntry completions_command();
CommandEntry man_command();
CommandEntry version_command();

}  // namespace untrack::driver
