// What every command tells its caller.
#pragma once

namespace untrack::driver {

enum class ExitStatus : int {
  Done = 0,
  Findings = 1,     // reported at or above --fail-on; for compile: refused, nothing was written
  WrongUsage = 2,   // options, node names
  WorldFailed = 3,  // unreadable file, full disk, or a fault of ours
};

}  // namespace untrack::driver
