#include "verify/interfaces.h"

#include <cassert>
#include <optional>

#include <fmt/format.h>

namespace untrack::verify {

Number name_number(std::string_view name) {
  assert(name.size() <= kLongestInterfaceName && "longer names are refused by the parsers");
  Number number = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    number = number << 8 | (i < name.size() ? static_cast<unsigned char>(name[i]) : 0u);
  }
  return number;
}

Range names_beginning(std::string_view prefix) {
  const Number first = name_number(prefix);
  const int free_bits = 128 - 8 * static_cast<int>(prefix.size());
  return {first, first | max_number(free_bits)};
}

static bool is_class_of(std::string_view name, std::string_view prefix, const NameSet& names,
                        const NameSet& prefixes) {
  if (name.empty() || name.size() > kLongestInterfaceName || names.contains(name)) return false;
  for (std::size_t length = prefix.size() + 1; length <= name.size(); ++length) {
    if (prefixes.contains(name.substr(0, length))) return false;
  }
  return true;
}

// A name that begins with `prefix` and that no exact name and no longer prefix takes, if an easy one exists.
static std::optional<std::string> name_of_class(std::string_view prefix, const NameSet& names,
                                                const NameSet& prefixes) {
  static constexpr std::string_view kNext =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.";
  for (const char next : kNext) {
    for (int number = -1; number < 1000; ++number) {
      const std::string name =
          number < 0 ? fmt::format("{}{}", prefix, next) : fmt::format("{}{}{}", prefix, next, number);
      if (is_class_of(name, prefix, names, prefixes)) return name;
      if (prefixes.contains(fmt::format("{}{}", prefix, next))) break;
    }
  }
  if (is_class_of(prefix, prefix, names, prefixes)) return std::string(prefix);
  return std::nullopt;
}

std::vector<std::string> representative_names(const NameSet& names, const NameSet& prefixes) {
  NameSet all = names;
  for (const std::string& prefix : prefixes) {
    if (const auto name = name_of_class(prefix, names, prefixes)) all.insert(*name);
  }
  if (!prefixes.empty()) {
    if (const auto name = name_of_class("", names, prefixes)) all.insert(*name);
  }
  return {all.begin(), all.end()};
}

}  // namespace untrack::verify
