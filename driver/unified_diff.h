// Two texts as `diff -u` shows them: for people, `patch` and `git apply -p0`.
#pragma once
#include <string>
#include <string_view>

namespace untrack::driver {

// Empty for equal texts.
std::string unified_diff(std::string_view name, std::string_view before, std::string_view after);

}  // namespace untrack::driver
