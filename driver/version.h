// The version of the build (CMakeLists.txt, project()).
#pragma once
#include <string_view>

namespace untrack::driver {

inline constexpr std::string_view kVersion = UNTRACK_VERSION;

}  // namespace untrack::driver
