// Where a command's words go. Products to `out`, messages to `err`; tests put strings there.
#pragma once
#include <istream>
#include <ostream>
#include <string>

#include "driver/exit_status.h"

namespace untrack::driver {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool no_color = false;  // NO_COLOR is set and not empty (https://no-color.org)
};

// Why a command ends before its work is done.
struct Failure {
  ExitStatus status = ExitStatus::WorldFailed;
  std::string message;  // lines without `untrack: ` before them
};

inline ExitStatus fail(Console& console, const Failure& failure) {
  console.err << "untrack: " << failure.message << '\n';
  return failure.status;
}

}  // namespace untrack::driver
