#include "driver/progress.h"

#include <fmt/format.h>

namespace untrack::driver {

using namespace std::chrono_literals;

static constexpr auto kPatience = 1s;
static constexpr auto kInterval = 100ms;
// Return to the first column and erase to the end of the line (ECMA-48, EL).
static constexpr std::string_view kClearLine = "\r\x1b[K";

Progress::Progress(std::ostream& terminal, bool enabled, std::size_t all)
    : terminal_(terminal), enabled_(enabled), all_(all), next_(Clock::now() + kPatience) {}

Progress::~Progress() {
  if (shown_) terminal_ << kClearLine << std::flush;
}

void Progress::one_done() {
  if (!enabled_) return;
  const std::lock_guard lock(mutex_);
  ++done_;
  const Clock::time_point now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  shown_ = true;
  terminal_ << kClearLine << fmt::format("{} of {} nodes", done_, all_) << std::flush;
}

}  // namespace untrack::driver
