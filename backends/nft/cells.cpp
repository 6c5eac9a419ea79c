#include "backends/nft/cells.h"

#include <algorithm>
#include <utility>

#include "backends/nft/sweep.h"
#include "support/overloaded.h"

namespace untrack::backends::nft {

std::optional<Outcome> outcome(const ir::Action& action) {
  using Found = std::optional<Outcome>;
  return std::visit(overloaded{[](ir::Untrack) -> Found { return Outcome::Untrack; },
                               [](ir::Drop) -> Found { return Outcome::Drop; },
                               [](ir::Track) -> Found { return Outcome::Track; },
                               [](ir::NextBlock) -> Found { return std::nullopt; },
                               [](const ir::LogPacket&) -> Found { return std::nullopt; }},
                    action);
}

std::optional<AddressRule> address_rule(const RuleLists& lists, const Item& item, Side side) {
  const ir::Rule& rule = lists.rule(item);
  const auto found = outcome(rule.action);
  const auto nets = lists.only_addresses(item, side);
  if (!found || !nets) return std::nullopt;
  return AddressRule{&rule, *nets, item.version ? item.version : rule.match.ip_version, *found};
}

std::optional<AddressList> address_list(const RuleLists& lists, const RuleList& list, Side side) {
  const RuleList all = lists.joined(list);
  AddressList made{{}, {}, Outcome::Track, nullptr};
  for (std::size_t i = 0; i < all.items.size(); ++i) {
    const Item& item = all.items[i];
    const auto decided = outcome(lists.rule(item).action);
    if (!decided) return std::nullopt;
    if (lists.unconditional(item)) {
      made.end = *decided;
      made.end_rule = &lists.rule(item);
      return made;
    }
    if (const auto rule = address_rule(lists, item, side)) {
      made.rules.push_back(*rule);
      continue;
    }
    made.head.assign(all.items.begin(), all.items.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    made.rules.clear();
  }
  return made;
}

namespace {

// At address `at` the nets of a rule begin or end.
struct Boundary {
  ir::AddressBits at;
  std::uint32_t list, rule;
  friend bool operator<(const Boundary& a, const Boundary& b) { return a.at < b.at; }
};

struct Deciding {
  Outcomes outcomes{};
  std::array<const ir::Rule*, kPortProtocols> rules{};
};

class Sweep {
 public:
  Sweep(const std::array<const AddressList*, kPortProtocols>& lists, const ir::Ruleset& ruleset,
        ir::IpVersion version)
      : lists_(lists), version_(version) {
    for (std::uint32_t list = 0; list < kPortProtocols; ++list) {
      if (lists[list] == nullptr) continue;
      for (std::uint32_t rule = 0; rule < lists[list]->rules.size(); ++rule) add(list, rule, ruleset);
    }
    std::ranges::stable_sort(boundaries_, std::less<>());
    ends_ = deciding().outcomes;
  }

  std::vector<Cell> cells() {
    ir::AddressBits from = 0;
    for (auto each = boundaries_.begin(); each != boundaries_.end();) {
      const ir::AddressBits at = each->at;
      if (at > from) take(from, at - 1);
      from = at;
      // Nets of one rule are disjoint; where one ends as the next begins both boundaries stand.
      for (; each != boundaries_.end() && each->at == at; ++each)
        change_sides(active_[each->list], each->rule);
    }
    take(from, ir::max_address(version_));
    flush();
    return std::move(cells_);
  }

 private:
  void add(std::uint32_t list, std::uint32_t index, const ir::Ruleset& ruleset) {
    const AddressRule& rule = lists_[list]->rules[index];
    if (rule.version && rule.version != version_) return;
    for (const ir::Cidr& net : ruleset.address_sets[rule.nets].prefixes(version_)) {
      boundaries_.push_back({net.first(), list, index});
      // What lasts until the last address does not end.
      if (net.last() != ir::max_address(version_)) boundaries_.push_back({net.last() + 1, list, index});
    }
  }

  Deciding deciding() const {
    Deciding found;
    for (std::size_t i = 0; i < kPortProtocols; ++i) {
      if (lists_[i] == nullptr) continue;
      const bool ends = active_[i].empty();
      const AddressRule* rule = ends ? nullptr : &lists_[i]->rules[active_[i].front()];
      found.outcomes[i] = ends ? lists_[i]->end : rule->outcome;
      found.rules[i] = ends ? lists_[i]->end_rule : rule->rule;
    }
    return found;
  }

  void take(ir::AddressBits first, ir::AddressBits last) {
    const Deciding now = deciding();
    if (now.outcomes == ends_) return flush();
    if (open_ && open_->outcomes != now.outcomes) flush();
    if (!open_) open_ = Span{first, last, now.outcomes, {}};
    open_->last = last;
    for (const ir::Rule* rule : now.rules) {
      if (rule != nullptr && std::ranges::find(open_->rules, rule) == open_->rules.end())
        open_->rules.push_back(rule);
    }
  }

  void flush() {
    if (!open_) return;
    for (const ir::Cidr& net : ir::prefixes_of(version_, open_->first, open_->last))
      cells_.push_back({net, open_->outcomes, open_->rules});
    open_.reset();
  }

  struct Span {
    ir::AddressBits first, last;
    Outcomes outcomes;
    std::vector<const ir::Rule*> rules;
  };

  const std::array<const AddressList*, kPortProtocols>& lists_;
  ir::IpVersion version_;
  std::vector<Boundary> boundaries_;
  std::array<std::vector<std::uint32_t>, kPortProtocols> active_;  // rules of each list, ascending
  Outcomes ends_{};
  std::optional<Span> open_;
  std::vector<Cell> cells_;
};

}  // namespace

std::vector<Cell> cells(const std::array<const AddressList*, kPortProtocols>& lists,
                        const ir::Ruleset& ruleset, ir::IpVersion version) {
  return Sweep(lists, ruleset, version).cells();
}

}  // namespace untrack::backends::nft
