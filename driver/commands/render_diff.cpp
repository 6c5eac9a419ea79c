#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "driver/commands/diff.h"
#include "driver/visible.h"

namespace untrack::driver {

// ---- text

// People read names up to here; programs get all of them.
static constexpr std::size_t kNamesShown = 4;

static std::string some_of(std::vector<std::string> names) {
  const std::size_t more = names.size() - std::min(names.size(), kNamesShown);
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

static std::string rules_text(const std::vector<NamedRule>& rules) {
  if (rules.empty()) return "no rule decides";
  std::vector<std::string> names;
  for (const NamedRule& rule : rules) {
    names.push_back(rule.place.empty() ? rule.name : fmt::format("{} ({})", rule.name, rule.place));
  }
  return some_of(std::move(names));
}

static std::string text(const CommonChange& common) {
  const Change& change = common.change;
  return fmt::format("{}: {} on {}: {} -> {}, like {}\n  before: {}\n  after:  {}\n", some_of(common.nodes),
                     to_string(change.direction), change.interface_name, visible(change.before.effect),
                     visible(change.after.effect), change.witness, rules_text(change.before.rules),
                     rules_text(change.after.rules));
}

std::string render_diff_text(const std::vector<CommonChange>& changes) {
  std::string all;
  for (const CommonChange& change : changes) all += text(change);
  return all;
}

// ---- JSON

using Json = nlohmann::ordered_json;

static Json to_json(const ChangeSide& side) {
  Json object{{"effect", side.effect}, {"rules", Json::array()}};
  for (const NamedRule& rule : side.rules) {
    Json named{{"name", rule.name}};
    if (!rule.place.empty()) named["place"] = rule.place;
    object["rules"].push_back(std::move(named));
  }
  return object;
}

std::string render_diff_json(const std::vector<CommonChange>& changes) {
  Json document{{"changes", Json::array()}};
  std::set<std::string> nodes;
  for (const auto& [change, on] : changes) {
    document["changes"].push_back({{"nodes", on},
                                   {"interface", change.interface_name},
                                   {"direction", to_string(change.direction)},
                                   {"witness", change.witness},
                                   {"before", to_json(change.before)},
                                   {"after", to_json(change.after)}});
    nodes.insert(on.begin(), on.end());
  }
  document["summary"] = {{"changes", changes.size()}, {"nodes", nodes.size()}};
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
