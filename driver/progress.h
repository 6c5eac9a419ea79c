// A line on the terminal while work takes long: `120 of 1000 nodes`.
#pragma once
#include <chrono>
#include <cstddef>
#include <mutex>
#include <ostream>

namespace untrack::driver {

// Shown once the work has taken a second, removed at the end. May be told from several threads.
class Progress {
 public:
  Progress(std::ostream& terminal, bool enabled, std::size_t all);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void one_done();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& terminal_;
  const bool enabled_;
  const std::size_t all_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  bool shown_ = false;
  Clock::time_point next_;  // when the line may be written again
};

}  // namespace untrack::driver
