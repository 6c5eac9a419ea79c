// "Did you mean": the known word that a misspelt one probably stands for.
#pragma once
#include <llvm/ADT/StringRef.h>

#include <optional>
#include <string>
#include <string_view>

namespace untrack::driver {

// Nothing where no candidate is close: about one edit in three letters. The first of equally close ones wins.
template <class Words>
std::optional<std::string> nearest(std::string_view word, const Words& candidates) {
  unsigned best = static_cast<unsigned>(word.size()) / 3 + 1;
  std::optional<std::string> found;
  for (const std::string_view candidate : candidates) {
    const unsigned edits = llvm::StringRef(word).edit_distance(candidate, /*AllowReplacements=*/true, best);
    if (edits > best || (found && edits == best)) continue;
    best = edits;
    found = std::string(candidate);
  }
  return found;
}

// `; did you mean `x`?`, or nothing.
template <class Words>
std::string did_you_mean(std::string_view word, const Words& candidates) {
  const std::optional<std::string> found = nearest(word, candidates);
  return found ? "; did you mean `" + *found + "`?" : std::string();
}

}  // namespace untrack::driver
