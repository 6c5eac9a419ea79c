#include "backends/nft/address_split.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <utility>

#include "backends/nft/costs.h"
#include "backends/nft/sweep.h"

namespace untrack::backends::nft {

static bool is_everything(std::span<const ir::Cidr> nets) {
  return nets.size() == 1 && nets.front().prefix_bits() == 0;
}

static std::size_t count_nets(const ir::Ruleset& ruleset, const ir::SideMatch& side) {
  std::size_t nets = 0;
  for (const auto* sets : {&side.in, &side.not_in})
    for (const ir::AddressSetId id : *sets) nets += ruleset.address_sets[id].prefixes().size();
  return nets;
}

namespace {

// The rules [from, to) of a list, split by the address of one side.
class AddressSplitter {
 public:
  AddressSplitter(RuleLists& lists, const ir::Ruleset& ruleset, const RuleList& list, std::size_t from,
                  std::size_t to, Side side)
      : lists_(lists),
        ruleset_(ruleset),
        items_(list.items.begin() + static_cast<std::ptrdiff_t>(from),
               list.items.begin() + static_cast<std::ptrdiff_t>(to)),
        side_(side),
        rest_(lists.rest(list, to)) {}

  std::optional<AddressSplit> split(std::size_t room) {
    AddressSplit made;
    made.side = side_;
    std::array<std::vector<std::uint32_t>, 2> outside;
    for (std::size_t v = 0; v < outside.size(); ++v) {
      const Sweep sweep(*this, ir::kIpVersions[v]);
      auto pieces = sweep.pieces(room);
      if (!pieces) return std::nullopt;
      for (Piece& piece : *pieces) {
        made.longest = std::max(made.longest, piece.rules.size());
        made.branches[v].push_back(
            {std::move(piece.nets), intern(piece.rules, piece.rules, ir::kIpVersions[v])});
      }
      outside[v] = sweep.outside();
    }
    std::vector<std::uint32_t> either, both;
    std::ranges::set_union(outside[0], outside[1], std::back_inserter(either));
    std::ranges::set_intersection(outside[0], outside[1], std::back_inserter(both));
    made.longest = std::max(made.longest, either.size());
    // A split that leaves nearly all of them somewhere would be made again and again.
    if (made.longest * 4 > items_.size() * 3) return std::nullopt;
    made.room = room;
    made.otherwise = intern(either, both, std::nullopt);
    return made;
  }

 private:
  // What the side of a rule asks for, of one IP version.
  struct Asked {
    bool possible = true;
    bool open = false;  // not told by the address here
    std::vector<std::span<const ir::Cidr>> in, not_in;
  };

  Asked asked(const Item& item, ir::IpVersion version) const {
    Asked made;
    const ir::Match& match = lists_.rule(item).match;
    made.possible =
        (!match.ip_version || match.ip_version == version) && (!item.version || item.version == version);
    made.open = !looked_into(item);
    if (made.open || !made.possible) return made;
    const ir::SideMatch& side = side_of(match, side_);
    for (const ir::AddressSetId id : side.in) {
      const auto nets = ruleset_.address_sets[id].prefixes(version);
      made.possible = made.possible && !nets.empty();
      if (!is_everything(nets)) made.in.push_back(nets);
    }
    for (const ir::AddressSetId id : side.not_in) {
      const auto nets = ruleset_.address_sets[id].prefixes(version);
      made.possible = made.possible && !is_everything(nets);
      made.not_in.push_back(nets);
    }
    return made;
  }

  // What a copy of the rule takes: the other side's nets may stand in a map of their own with each.
  std::size_t weight(std::uint32_t i) const {
    const Side other = side_ == Side::Source ? Side::Destination : Side::Source;
    if (!lists_.asks_address(items_[i], other)) return 1;
    return 1 + count_nets(ruleset_, side_of(lists_.rule(items_[i]).match, other));
  }

  bool looked_into(const Item& item) const {
    const auto small = [&](ir::AddressSetId id) {
      return ruleset_.address_sets[id].prefixes().size() <= kMostNetsOfARule;
    };
    const ir::SideMatch& side = side_of(lists_.rule(item).match, side_);
    return lists_.asks_address(item, side_) && std::ranges::all_of(side.in, small) &&
           std::ranges::all_of(side.not_in, small);
  }

  struct Piece {
    std::vector<ir::Cidr> nets;
    std::vector<std::uint32_t> rules;  // indices of items, ascending
  };

  // Over the addresses of one IP version: where which rules may match.
  class Sweep {
   public:
    Sweep(const AddressSplitter& splitter, ir::IpVersion version)
        : splitter_(splitter), version_(version), left_(splitter.items_.size()) {
      for (std::uint32_t i = 0; i < splitter.items_.size(); ++i) {
        const Asked asked = splitter.asked(splitter.items_[i], version);
        if (!asked.possible) continue;
        left_[i] = static_cast<int>(asked.in.size());
        if (left_[i] == 0) outside_.push_back(i);
        for (const auto& nets : asked.in) add(nets, i, -1);
        for (const auto& nets : asked.not_in) add(nets, i, +1);
      }
      std::ranges::stable_sort(boundaries_, {}, &Boundary::at);
    }

    // The rules that may match addresses of no piece, ascending.
    const std::vector<std::uint32_t>& outside() const { return outside_; }

    // Pieces with different rules, none of them with those of `outside`, by their first address. Nothing if
    // they would take more than `room`; else it is taken from it.
    std::optional<std::vector<Piece>> pieces(std::size_t& room) const {
      std::vector<Piece> made;
      std::map<std::vector<std::uint32_t>, std::size_t> known;
      std::vector<int> left = left_;
      std::vector<std::uint32_t> active = outside_;
      const auto add = [&](ir::AddressBits first, ir::AddressBits last) {
        if (active == outside_) return true;
        const auto [place, fresh] = known.try_emplace(active, made.size());
        const std::vector<ir::Cidr> nets = ir::prefixes_of(version_, first, last);
        std::size_t more = nets.size();
        if (fresh) {
          for (const std::uint32_t i : active) more += splitter_.weight(i);
          made.push_back({{}, active});
        }
        if (more > room) return false;
        room -= more;
        std::ranges::copy(nets, std::back_inserter(made[place->second].nets));
        return true;
      };
      ir::AddressBits from = 0;
      for (auto each = boundaries_.begin(); each != boundaries_.end();) {
        const ir::AddressBits at = each->at;
        if (at > from && !add(from, at - 1)) return std::nullopt;
        from = at;
        for (; each != boundaries_.end() && each->at == at; ++each) {
          const bool held = left[each->rule] == 0;
          left[each->rule] += each->change;
          if (held != (left[each->rule] == 0)) change_sides(active, each->rule);
        }
      }
      if (!add(from, ir::max_address(version_))) return std::nullopt;
      return made;
    }

   private:
    // At address `at` a net begins or ends.
    struct Boundary {
      ir::AddressBits at;
      std::uint32_t rule;
      int change;  // of the conditions that are left to hold
    };

    void add(std::span<const ir::Cidr> nets, std::uint32_t rule, int change) {
      for (const ir::Cidr& net : nets) {
        boundaries_.push_back({net.first(), rule, change});
        // What lasts until the last address does not end.
        if (net.last() != ir::max_address(version_)) boundaries_.push_back({net.last() + 1, rule, -change});
      }
    }

    const AddressSplitter& splitter_;
    ir::IpVersion version_;
    std::vector<int> left_;  // for each rule, conditions that do not hold before the first boundary
    std::vector<std::uint32_t> outside_;
    std::vector<Boundary> boundaries_;
  };

  // Up to a rule that decides for all packets. Addresses of the side are as `settled` rules ask for them.
  RuleListId intern(const std::vector<std::uint32_t>& rules, const std::vector<std::uint32_t>& settled,
                    std::optional<ir::IpVersion> version) {
    RuleList list{{}, rest_};
    for (const std::uint32_t i : rules) {
      Item item = items_[i];
      if (version) item.version = version;
      if (looked_into(item) && std::ranges::binary_search(settled, i))
        item.addresses_hold[static_cast<std::size_t>(side_)] = true;
      list.items.push_back(item);
      if (!lists_.unconditional(item) || std::holds_alternative<ir::LogPacket>(lists_.rule(item).action))
        continue;
      list.next.reset();
      break;
    }
    return lists_.intern(std::move(list));
  }

  RuleLists& lists_;
  const ir::Ruleset& ruleset_;
  std::vector<Item> items_;
  Side side_;
  std::optional<RuleListId> rest_;
};

}  // namespace

static bool is_failsafe(const ir::Rule& rule) {
  return !rule.provenance.empty() && rule.provenance.front().policy == "failsafe";
}

bool may_be_copied(const ir::Rule& rule) {
  const auto* log = std::get_if<ir::LogPacket>(&rule.action);
  return !std::holds_alternative<ir::NextBlock>(rule.action) && (log == nullptr || !log->limit) &&
         !is_failsafe(rule);
}

SplitBudget split_budget(const RuleLists& lists, const ir::Ruleset& ruleset, Splitting splitting) {
  static constexpr int kMostParts = 4;
  if (splitting == Splitting::None) return {};
  std::size_t size = 0;
  for (const Item& item : lists.all().items) {
    const ir::Match& match = lists.rule(item).match;
    size += 1 + std::min(kMostNetsOfARule,
                         count_nets(ruleset, match.source) + count_nets(ruleset, match.destination));
  }
  return {kCopies * size + kFreeCopies, splitting == Splitting::Parts ? kMostParts : 0};
}

bool many_nets(const RuleLists& lists, const ir::Ruleset& ruleset, std::span<const Item> items, Side side) {
  std::size_t nets = 0, rules = 0;
  for (const Item& item : items) {
    if (!lists.asks_address(item, side)) continue;
    ++rules;
    nets += count_nets(ruleset, side_of(lists.rule(item).match, side));
    if (rules > 1 && nets >= kNetsInRules) return true;
  }
  return false;
}

std::optional<AddressSplit> split_by_address(RuleLists& lists, const ir::Ruleset& ruleset, Side remote,
                                             const RuleList& list, std::size_t from, SplitBudget& budget) {
  static constexpr std::size_t kShort = 8, kFarShorter = 4, kMostByLocal = 512;
  const std::span<const Item> items = std::span(list.items).subspan(from);
  const auto run = static_cast<std::size_t>(
      std::ranges::find_if(items, [&](const Item& item) { return !may_be_copied(lists.rule(item)); }) -
      items.begin());
  const auto split = [&](Side side, std::size_t count) -> std::optional<AddressSplit> {
    if (!many_nets(lists, ruleset, items.first(count), side)) return std::nullopt;
    return AddressSplitter(lists, ruleset, list, from, from + count, side).split(budget.copies);
  };
  const Side local = remote == Side::Source ? Side::Destination : Side::Source;
  for (std::size_t count = run; count > 1 && (count == run || budget.parts > 0); count /= 2) {
    auto best = split(remote, count);
    if (count <= kMostByLocal && (!best || best->longest > kShort)) {
      auto other = split(local, count);
      if (other && (!best || other->longest * kFarShorter <= best->longest)) best = std::move(other);
    }
    if (!best) continue;
    budget.copies = best->room;
    if (count < run) --budget.parts;
    return best;
  }
  return std::nullopt;
}

}  // namespace untrack::backends::nft
