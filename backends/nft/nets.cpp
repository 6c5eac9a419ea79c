#include "backends/nft/nets.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/rule_list.h"
#include "ir/prefix_tables.h"

namespace untrack::backends::nft {

namespace {

// What one use of tables makes of them.
class Tables {
 public:
  Tables(Program& program, ir::IpVersion version, Side side, const std::vector<AddressElement>& elements,
         std::string set_comment)
      : program_(program),
        version_(version),
        side_(side),
        elements_(elements),
        set_comment_(std::move(set_comment)) {}

  // Sets have names that begin with `sets`; what says something about verdicts, with `name`.
  std::vector<Rule> add(const std::string& name, const std::string& sets, const ir::PrefixTables& tables) {
    std::vector<Rule> rules;
    for (const ir::PrefixTable& table : tables) rules.push_back(add(name, sets, table));
    return rules;
  }

 private:
  Rule add(const std::string& name, const std::string& sets, const ir::PrefixTable& table) {
    if (table.divided.empty() && alike(table)) return add_set(fmt::format("{}/{}", sets, table.bits), table);
    AddressMap map{fmt::format("{}/{}", name, table.bits), version_, table.bits};
    map.comment = set_comment_;
    const bool same_words = same_comments(table);
    for (const ir::PrefixTable::Entry& each : table.whole) {
      const AddressElement& element = elements_[each.of];
      map.elements.push_back(
          {each.key, {}, used(program_, element.verdict), same_words ? "" : element.comment});
    }
    std::vector<Verdict> below;
    for (std::size_t i = 0; i < table.below.size(); ++i) {
      const std::string part = fmt::format("/below-{}", ++parts_);
      Chain chain{name + part, std::nullopt, add(name + part, sets + part, table.below[i])};
      below.push_back(Call{chain.name});
      program_.chains.push_back(std::move(chain));
    }
    for (const ir::PrefixTable::Entry& each : table.divided)
      map.elements.push_back({each.key, {}, below[each.of], ""});
    std::ranges::sort(map.elements, {}, &AddressElement::net);
    Rule rule{{}, AddressDispatch{version_, side_, table.bits, {}, map.name}, same_words ? words(table) : ""};
    program_.address_maps.push_back(std::move(map));
    return rule;
  }

  Rule add_set(const std::string& name, const ir::PrefixTable& table) {
    const bool same_words = same_comments(table);
    Rule rule{{AddressIn{side_, version_, name, false, table.bits}},
              statement(elements_[table.whole.front().of].verdict),
              same_words ? words(table) : ""};
    if (!program_.nets.known.insert(name).second) return rule;
    AddressMap set{name, version_, table.bits};
    set.is_set = true;
    set.comment = set_comment_;
    for (const ir::PrefixTable::Entry& each : table.whole)
      set.elements.push_back({each.key, {}, {}, same_words ? "" : elements_[each.of].comment});
    program_.address_maps.push_back(std::move(set));
    return rule;
  }

  bool alike(const ir::PrefixTable& table) const {
    return std::ranges::all_of(table.whole, [&](const ir::PrefixTable::Entry& each) {
      return elements_[each.of].verdict == elements_[table.whole.front().of].verdict;
    });
  }
  bool same_comments(const ir::PrefixTable& table) const {
    return std::ranges::all_of(table.whole, [&](const ir::PrefixTable::Entry& each) {
      return elements_[each.of].comment == words(table);
    });
  }
  const std::string& words(const ir::PrefixTable& table) const {
    return elements_[table.whole.front().of].comment;
  }

  Statement statement(const Verdict& verdict) const {
    return is_untrack(verdict) ? Statement(NotrackAccept{program_.mark}) : as_statement(verdict);
  }

  Program& program_;
  ir::IpVersion version_;
  Side side_;
  const std::vector<AddressElement>& elements_;
  std::string set_comment_;
  int parts_ = 0;
};

}  // namespace

static std::string version_digit(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "4" : "6";
}

// Nothing: a tree of intervals is better.
static std::optional<ir::PrefixTables> tables_of(std::span<const ir::Cidr> nets) {
  ir::DividedPrefixes divided = ir::divide(nets, hash_cost);
  if (divided.cost > tree_cost(nets.size())) return std::nullopt;
  return std::move(divided.tables);
}

std::vector<Rule> address_rules(Program& program, const std::string& name, ir::IpVersion version, Side side,
                                const std::vector<AddressElement>& elements) {
  if (elements.empty()) return {};
  std::vector<ir::Cidr> nets;
  for (const AddressElement& each : elements) nets.push_back(each.net);
  const std::string named = name + version_digit(version);
  if (const auto tables = tables_of(nets))
    return Tables(program, version, side, elements, "").add(named, named, *tables);
  AddressMap map{named, version, {}, false, elements};
  for (const AddressElement& each : elements) used(program, each.verdict);
  program.address_maps.push_back(std::move(map));
  return {{{}, AddressDispatch{version, side, {}, {}, named}, ""}};
}

// ---- sets of addresses

static const std::optional<ir::PrefixTables>& tables_of(Program& program, ir::AddressSetId id,
                                                        ir::IpVersion version) {
  const auto [place, fresh] = program.nets.tables.try_emplace({id, version});
  const std::span<const ir::Cidr> prefixes = program.sets.ruleset().address_sets[id].prefixes(version);
  if (fresh && prefixes.size() > kInlineElements) place->second = tables_of(prefixes);
  return place->second;
}

std::optional<std::vector<Rule>> address_rules(Program& program, ir::AddressSetId id, ir::IpVersion version,
                                               Side side, const Verdict& verdict) {
  const auto& tables = tables_of(program, id, version);
  if (!tables) return std::nullopt;
  auto& uses = program.nets.uses[{id, version}];
  const auto known = std::ranges::find_if(
      uses, [&](const NetUse& use) { return use.side == side && use.verdict == verdict; });
  if (known != uses.end()) return known->rules;
  if (uses.size() == kMostNetUses) return std::nullopt;
  const std::string sets = fmt::format("net{}-{}", version_digit(version), id.index);
  const std::string name = uses.empty() ? sets : fmt::format("{}.{}", sets, uses.size() + 1);
  std::vector<AddressElement> elements;
  for (const ir::Cidr& net : program.sets.ruleset().address_sets[id].prefixes(version))
    elements.push_back({net, {}, verdict, ""});
  std::vector<Rule> rules =
      Tables(program, version, side, elements, program.sets.comment(id)).add(name, sets, *tables);
  uses.push_back({side, verdict, rules});
  return rules;
}

std::optional<LargeSet> large_set(Program& program, const ir::Match& match, ir::IpVersion version) {
  std::optional<LargeSet> found;
  std::size_t most = 0;
  for (const Side side : {Side::Source, Side::Destination}) {
    for (const ir::AddressSetId id : side_of(match, side).in) {
      const std::size_t size = program.sets.ruleset().address_sets[id].prefixes(version).size();
      if (size <= most || !tables_of(program, id, version)) continue;
      found = {side, id};
      most = size;
    }
  }
  return found;
}

}  // namespace untrack::backends::nft
