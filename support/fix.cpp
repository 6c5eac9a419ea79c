#include "support/fix.h"

#include <algorithm>
#include <cassert>

namespace untrack {

void sort_edits(std::vector<TextEdit>& edits) {
  std::ranges::stable_sort(edits, [](const TextEdit& a, const TextEdit& b) {
    return std::pair(a.span.begin, a.span.end) < std::pair(b.span.begin, b.span.end);
  });
}

static bool is_insertion(const TextEdit& edit) {
  return edit.span.begin == edit.span.end;
}

bool overlap(const std::vector<TextEdit>& edits) {
  return std::ranges::adjacent_find(edits, [](const TextEdit& a, const TextEdit& b) {
           if (is_insertion(a) && is_insertion(b)) return false;
           if (is_insertion(a) || is_insertion(b)) return a.span.end >= b.span.begin;
           return a.span.end > b.span.begin;
         }) != edits.end();
}

EditedText::EditedText(std::string_view text, std::vector<TextEdit> edits) : edits_(std::move(edits)) {
  std::size_t done = 0;
  for (const TextEdit& edit : edits_) {
    assert(edit.span.begin >= done && edit.span.end <= text.size() && "edits are sorted and do not overlap");
    text_ += text.substr(done, edit.span.begin - done);
    text_ += edit.text;
    done = edit.span.end;
  }
  text_ += text.substr(done);
}

std::optional<std::uint32_t> EditedText::place_of(std::uint32_t old_offset) const {
  std::int64_t moved = 0;
  for (const TextEdit& edit : edits_) {
    if (old_offset < edit.span.begin) break;
    const auto place = static_cast<std::uint32_t>(old_offset + moved);
    if (old_offset < edit.span.end) {
      if (old_offset > edit.span.begin || edit.text.empty()) return std::nullopt;
      return place;
    }
    moved += static_cast<std::int64_t>(edit.text.size()) - (edit.span.end - edit.span.begin);
  }
  return static_cast<std::uint32_t>(old_offset + moved);
}

}  // namespace untrack
