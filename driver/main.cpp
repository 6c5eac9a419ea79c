// The only place with side effects is this folder. What a compile does, step by step, stands in
// driver/commands/compile.cpp.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "driver/commands/commands.h"
#include "driver/options.h"
#include "support/overloaded.h"

namespace driver = untrack::driver;
using driver::Console;
using driver::ExitStatus;

static ExitStatus run(const driver::Command& command, Console& console) {
  return std::visit(
      untrack::overloaded{
          [&](const driver::CompileOptions& options) { return driver::compile(options, console); },
          [&](const driver::LintOptions& options) { return driver::lint(options, console); },
          [&](const driver::NodesOptions& options) { return driver::nodes(options, console); },
          [&](const driver::TraceOptions& options) { return driver::trace(options, console); },
          [&](const driver::DiffOptions& options) { return driver::diff(options, console); },
          [&](const driver::VerifyOptions& options) { return driver::verify(options, console); },
          [&](const driver::SelectorOptions& options) { return driver::selector(options, console); },
          [&](const driver::ExplainOptions& options) { return driver::explain(options, console); },
          [&](const driver::RulesOptions& options) { return driver::rules(options, console); },
          [&](const driver::CompletionsOptions& options) { return driver::completions(options, console); },
          [&](const driver::ManOptions& options) { return driver::man(options, console); },
          [&](const driver::VersionOptions& options) { return driver::version(options, console); },
      },
      command);
}

static ExitStatus answer(const driver::Answer& answer) {
  (answer.status == ExitStatus::Done ? std::cout : std::cerr) << answer.text << std::flush;
  return answer.status;
}

static Console console_of_process() {
  const char* no_color = std::getenv("NO_COLOR");
  return {.in = std::cin,
          .out = std::cout,
          .err = std::cerr,
          .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
          .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
          .no_color = no_color && *no_color};
}

int main(int argc, char** argv) try {
  Console console = console_of_process();
  ExitStatus status = std::visit(untrack::overloaded{
                                     [&](const driver::Command& command) { return run(command, console); },
                                     [&](const driver::Answer& text) { return answer(text); },
                                 },
                                 driver::parse_command_line(argc, argv));
  if (!std::cout)
    status = driver::fail(console, {ExitStatus::WorldFailed, "cannot write to standard output"});
  return static_cast<int>(status);
} catch (const std::exception& error) {  // out of memory, or a fault of ours
  std::cerr << "untrack: " << error.what() << '\n';
  return static_cast<int>(ExitStatus::WorldFailed);
}
