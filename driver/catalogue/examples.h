// testdata/diagnostics/, put into the program when it is built (driver/examples.cmake).
#pragma once
#include <span>
#include <string_view>

namespace untrack::driver {

// Empty where there is no such file.
struct Example {
  std::string_view code;
  std::string_view bad;     // YAML that triggers it
  std::string_view output;  // what `untrack lint bad.yaml` writes
  std::string_view fixed;   // what `untrack lint --fix`, with --unsafe-fixes if need be, makes of `bad`
  std::string_view good;    // a near miss that does not trigger it
  std::string_view config;  // the .untrack.yaml of both
};

std::span<const Example> examples();  // by code

}  // namespace untrack::driver
