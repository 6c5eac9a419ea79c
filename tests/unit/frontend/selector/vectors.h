// The rows of testdata/selectors, and sets of labels to ask selectors about.
#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/selector/parse.h"
#include "ir/selector.h"

namespace untrack::frontend {

using Labels = std::map<std::string, std::string, std::less<>>;

inline std::vector<nlohmann::json> rows_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file, path);
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("//")) rows.push_back(nlohmann::json::parse(line));
  }
  return rows;
}

inline bool matches(const ir::Selector& selector, const Labels& labels) {
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    const auto found = labels.find(key);
    if (found == labels.end()) return std::nullopt;
    return found->second;
  });
}

inline ir::Selector accepted(std::string_view text) {
  auto parsed = parse_selector(text);
  if (const auto* error = std::get_if<SelectorError>(&parsed)) FAIL("`", text, "`: ", error->message);
  return std::get<ir::Selector>(std::move(parsed));
}

inline SelectorError refused(std::string_view text) {
  auto parsed = parse_selector(text);
  REQUIRE_MESSAGE(std::holds_alternative<SelectorError>(parsed), text);
  return std::get<SelectorError>(std::move(parsed));
}

}  // namespace untrack::frontend
