// testdata/diagnostics/, put into the program when it is built (driver/examples.cmake).
#pragma once
#include <span>
#include <string_view>

namespace untrack::driver {

struct Example {
  std::string_view code;
  std::string_view bad, good;
};

std::span<const Example> examples();  // by code

}  // namespace untrack::driver
