#include "driver/catalogue/codes.h"

#include <algorithm>

#include <fmt/format.h>

#include "driver/catalogue/catalogue.h"
#include "driver/did_you_mean.h"
#include "driver/visible.h"

namespace untrack::driver {

static std::vector<std::string_view> known_codes() {
  std::vector<std::string_view> codes;
  for (const CatalogueEntry& entry : catalogue()) codes.push_back(entry.info->code);
  return codes;
}

bool covers(const CodePrefixes& prefixes, std::string_view code) {
  return std::ranges::any_of(prefixes, [&](const std::string& prefix) { return code.starts_with(prefix); });
}

std::optional<std::string> mistake_in_code(std::string_view word) {
  const std::vector<std::string_view> known = known_codes();
  if (std::ranges::find(known, word) != known.end()) return std::nullopt;
  return fmt::format("`{}` is no code{}", visible(word), did_you_mean(word, known));
}

std::optional<std::string> mistake_in_code_prefix(std::string_view word) {
  const auto begins = [&](std::string_view code) { return code.starts_with(word); };
  if (word.starts_with("UT") && std::ranges::any_of(known_codes(), begins)) return std::nullopt;
  return fmt::format("`{}` is neither a code nor the beginning of one, like UT201 or UT2", visible(word));
}

}  // namespace untrack::driver
