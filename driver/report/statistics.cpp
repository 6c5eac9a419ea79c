// How often each code is found: the most frequent first.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "driver/report/report.h"

namespace untrack::driver {

std::string render_statistics(Findings findings) {
  std::map<std::string_view, std::pair<std::size_t, const DiagnosticInfo*>> by_code;
  for (const Diagnostic* finding : findings) {
    auto& [count, info] = by_code[finding->info->code];
    ++count;
    info = finding->info;
  }
  std::vector<std::pair<std::size_t, const DiagnosticInfo*>> counts;
  for (const auto& [code, entry] : by_code) counts.push_back(entry);
  std::ranges::stable_sort(counts, std::ranges::greater(), [](const auto& entry) { return entry.first; });
  std::string text;
  for (const auto& [count, info] : counts)
    text += fmt::format("{:>6}  {}  {:<7}  {}\n", count, info->code, to_string(info->severity), info->name);
  return text;
}

}  // namespace untrack::driver
