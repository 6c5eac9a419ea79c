#include "driver/unified_diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace untrack::driver {

namespace {

using Lines = std::vector<std::string_view>;  // with their line ends

// Lines [begin, end) of either text that are not in the other.
struct Hunk {
  std::size_t old_begin, old_end, new_begin, new_end;
};

}  // namespace

static Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// The shortest edit script (Myers, An O(ND) Difference Algorithm, 1986) of the lines between a common
// beginning and a common end. Its memory grows with the square of the differences: past a limit the middle is
// one hunk.
static constexpr int kMostDifferences = 2000;

static std::vector<Hunk> hunks_of(const Lines& a, const Lines& b) {
  std::size_t head = 0, tail = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
    ++tail;
  const int n = static_cast<int>(a.size() - head - tail), m = static_cast<int>(b.size() - head - tail);
  const Hunk middle{head, a.size() - tail, head, b.size() - tail};
  if (n == 0 && m == 0) return {};

  // furthest[d][k + d]: how far a path with d differences gets on diagonal k.
  std::vector<std::vector<int>> furthest;
  int differences = -1;
  for (int d = 0; differences < 0; ++d) {
    if (d > kMostDifferences) return {middle};
    std::vector<int> row(2 * static_cast<std::size_t>(d) + 1);
    for (int k = -d; k <= d; k += 2) {
      int x = 0;
      if (d > 0) {
        const std::vector<int>& last = furthest.back();
        const auto at = [&](int diagonal) { return last[static_cast<std::size_t>(diagonal + d - 1)]; };
        const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
        x = down ? at(k + 1) : at(k - 1) + 1;
      }
      while (x < n && x - k < m &&
             a[head + static_cast<std::size_t>(x)] == b[head + static_cast<std::size_t>(x - k)])
        ++x;
      row[static_cast<std::size_t>(k + d)] = x;
      if (x >= n && x - k >= m) differences = d;
    }
    furthest.push_back(std::move(row));
  }

  std::vector<Hunk> hunks;  // from the last to the first
  int x = n, y = m;
  for (int d = differences; d > 0; --d) {
    const std::vector<int>& last = furthest[static_cast<std::size_t>(d - 1)];
    const auto at = [&](int diagonal) { return last[static_cast<std::size_t>(diagonal + d - 1)]; };
    const int k = x - y;
    const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
    const int from_x = down ? at(k + 1) : at(k - 1);
    const int from_y = from_x - (down ? k + 1 : k - 1);
    const Hunk one{
        head + static_cast<std::size_t>(from_x), head + static_cast<std::size_t>(from_x + (down ? 0 : 1)),
        head + static_cast<std::size_t>(from_y), head + static_cast<std::size_t>(from_y + (down ? 1 : 0))};
    if (!hunks.empty() && hunks.back().old_begin == one.old_end && hunks.back().new_begin == one.new_end)
      hunks.back() = {one.old_begin, hunks.back().old_end, one.new_begin, hunks.back().new_end};
    else
      hunks.push_back(one);
    x = from_x;
    y = from_y;
  }
  std::ranges::reverse(hunks);
  return hunks;
}

static void put(std::string& text, char mark, std::string_view line) {
  text += mark;
  text += line;
  if (!line.ends_with('\n')) text += "\n\\ No newline at end of file\n";
}

// `12,3`: where the lines begin, counted from 1, and how many they are; of none, the line before them.
static std::string range(std::size_t begin, std::size_t end) {
  return end - begin == 1 ? fmt::format("{}", end)
                          : fmt::format("{},{}", end == begin ? begin : begin + 1, end - begin);
}

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after) {
  static constexpr std::size_t kContext = 3;
  const Lines a = lines_of(before), b = lines_of(after);
  const std::vector<Hunk> hunks = hunks_of(a, b);
  if (hunks.empty()) return {};
  std::string text = fmt::format("--- {0}\n+++ {0}\n", name);
  for (std::size_t i = 0; i < hunks.size();) {
    std::size_t last = i;
    while (last + 1 < hunks.size() && hunks[last + 1].old_begin - hunks[last].old_end <= 2 * kContext) ++last;
    const std::size_t lead = std::min(kContext, hunks[i].old_begin);
    const std::size_t trail = std::min(kContext, a.size() - hunks[last].old_end);
    text += fmt::format("@@ -{} +{} @@\n", range(hunks[i].old_begin - lead, hunks[last].old_end + trail),
                        range(hunks[i].new_begin - lead, hunks[last].new_end + trail));
    std::size_t at = hunks[i].old_begin - lead;
    for (; i <= last; ++i) {
      for (; at < hunks[i].old_begin; ++at) put(text, ' ', a[at]);
      for (; at < hunks[i].old_end; ++at) put(text, '-', a[at]);
      for (std::size_t line = hunks[i].new_begin; line < hunks[i].new_end; ++line) put(text, '+', b[line]);
    }
    for (const std::size_t end = at + trail; at < end; ++at) put(text, ' ', a[at]);
  }
  return text;
}

}  // namespace untrack::driver
