#include "backends/iptables/comment.h"

#include <fmt/format.h>

namespace untrack::backends::iptables {

static bool of_one_list(const ir::Provenance& a, const ir::Provenance& b) {
  return a.policy == b.policy && a.direction == b.direction;
}

// How many of the front ones count up by one.
static std::size_t run_length(std::span<const ir::Provenance> provenance) {
  std::size_t length = 1;
  while (length < provenance.size() && of_one_list(provenance[length], provenance[0]) &&
         provenance[length].index == provenance[0].index + length) {
    ++length;
  }
  return length;
}

std::string comment(std::span<const ir::Provenance> provenance) {
  static constexpr std::size_t kShortestRange = 3;
  std::string text;
  const ir::Provenance* before = nullptr;
  while (!provenance.empty()) {
    const ir::Provenance& front = provenance.front();
    if (before != nullptr && of_one_list(*before, front)) {
      text += fmt::format(",{}", front.index);
    } else {
      text += fmt::format("{}{}", text.empty() ? "" : ", ", ir::to_string(front));
    }
    std::size_t told = 1;
    if (const std::size_t run = run_length(provenance); run >= kShortestRange) {
      text += fmt::format("-{}", front.index + run - 1);
      told = run;
    }
    before = &front;
    provenance = provenance.subspan(told);
  }
  return text;
}

}  // namespace untrack::backends::iptables
