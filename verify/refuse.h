// How a reader says no. Thrown where the text stops being understood, caught at the readers' doors: no
// exception leaves this folder.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace untrack::verify {

struct Refused {
  std::uint32_t line = 0;  // from 1; 0: the file as a whole
  std::string message;
};

template <class... Args>
[[noreturn]] void refuse(std::uint32_t line, fmt::format_string<Args...> text, Args&&... args) {
  throw Refused{line, fmt::format(text, std::forward<Args>(args)...)};
}

}  // namespace untrack::verify
