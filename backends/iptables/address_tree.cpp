#include "backends/iptables/address_tree.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <utility>

#include "backends/iptables/costs.h"

namespace untrack::backends::iptables {

// Branches of a node, about: one is made where a net holds so many of the rules' nets.
static constexpr std::size_t kFanOut = 8;
// Copies of rules for each one of the list, and some more for short lists. For size, not for speed.
static constexpr std::size_t kCopies = 8, kMoreCopies = 2'000, kMostCopies = 50'000;
// A set of more nets is not looked into: its rule is left wherever it may match.
static constexpr std::size_t kMostNetsOfARule = 64;

static constexpr std::array kSides = {Side::Source, Side::Destination};

static ir::SideMatch& side_of(ir::Match& match, Side side) {
  return side == Side::Source ? match.source : match.destination;
}

namespace {

// The addresses of one side that may still come.
struct Region {
  ir::Cidr within;
  std::vector<ir::Cidr> without;  // decided before

  bool holds_some_of(const ir::Cidr& net) const {
    if (!within.contains(net) && !net.contains(within)) return false;
    return std::ranges::none_of(without, [&](const ir::Cidr& each) { return each.contains(net); });
  }
};

class Building {
 public:
  Building(const ir::Ruleset& ruleset, ir::IpVersion version) : ruleset_(ruleset), version_(version) {}

  std::optional<AddressTree> tree(Leaf rules, std::size_t most_levels) {
    const ir::Cidr everything(ir::Address(version_, 0), 0);
    const Regions regions = {Region{everything, {}}, Region{everything, {}}};
    const std::size_t room = std::min(kCopies * rules.size() + kMoreCopies, kMostCopies);
    node(left_in(rules, regions), regions, most_levels, room);
    if (tree_.nodes.back().branches.empty()) return std::nullopt;
    return std::move(tree_);
  }

 private:
  using Regions = std::array<Region, 2>;  // of the source, of the destination

  struct Cut {
    std::vector<ir::Cidr> nets;  // a net stands behind those within it
    std::vector<Leaf> left;      // for each net, and for what is in none
    std::size_t worst = 0;       // the most rules left in one place
    std::size_t all = 0;         // in all places together
  };

  // Gives the number of the node, and counts the levels of the tree from below. `room` for copies of rules.
  std::pair<std::size_t, std::size_t> node(Leaf rules, const Regions& regions, std::size_t most_levels,
                                           std::size_t room) {
    if (most_levels > 0 && rules.size() > kFewRules) {
      const Side side = better_side(rules, regions);
      Cut best = cut(rules, regions, side);
      // A cut that leaves nearly all of them somewhere would be made again and again.
      if (!best.nets.empty() && best.worst * 8 <= rules.size() * 7 && best.all <= rules.size() + room) {
        room -= best.all - std::min(best.all, rules.size());
        return inner(std::move(best), regions, side, most_levels, room);
      }
    }
    for (LeftRule& rule : rules) {
      rule.source = take_last_net(rule.match.source, regions[0]);
      rule.destination = take_last_net(rule.match.destination, regions[1]);
    }
    tree_.nodes.push_back({Side::Source, {}, 0, std::move(rules)});
    return {tree_.nodes.size() - 1, 0};
  }

  // Each child has its share of the room.
  std::pair<std::size_t, std::size_t> inner(Cut cut, const Regions& regions, Side side,
                                            std::size_t most_levels, std::size_t room) {
    AddressTree::Node made{side, {}, 0, {}};
    std::size_t levels = 0;
    for (std::size_t i = 0; i <= cut.nets.size(); ++i) {
      const std::size_t share = room * cut.left[i].size() / std::max<std::size_t>(1, cut.all);
      const auto [child, below] =
          node(std::move(cut.left[i]), regions_of(cut.nets, i, regions, side), most_levels - 1, share);
      levels = std::max(levels, below);
      if (i < cut.nets.size())
        made.branches.push_back({cut.nets[i], child});
      else
        made.otherwise = child;
    }
    tree_.nodes.push_back(std::move(made));
    tree_.levels = std::max(tree_.levels, levels + 1);
    return {tree_.nodes.size() - 1, levels + 1};
  }

  // Of the i-th of the nets, behind those before it; past the last, of what is in none.
  static Regions regions_of(const std::vector<ir::Cidr>& nets, std::size_t i, Regions regions, Side side) {
    Region& region = regions[static_cast<std::size_t>(side)];
    if (i < nets.size()) region.within = nets[i];
    const auto before = nets.begin() + static_cast<std::ptrdiff_t>(i);
    std::copy_if(nets.begin(), before, std::back_inserter(region.without),
                 [&](const ir::Cidr& net) { return region.within.contains(net); });
    return regions;
  }

  Side better_side(const Leaf& rules, const Regions& regions) {
    const std::size_t by_source = cut(rules, regions, Side::Source).worst;
    return by_source <= cut(rules, regions, Side::Destination).worst ? Side::Source : Side::Destination;
  }

  Cut cut(const Leaf& rules, const Regions& regions, Side side) const {
    Cut made;
    made.nets = branches(rules, regions[static_cast<std::size_t>(side)], side);
    for (std::size_t i = 0; i <= made.nets.size(); ++i) {
      made.left.push_back(left_in(rules, regions_of(made.nets, i, regions, side)));
      made.worst = std::max(made.worst, made.left.back().size());
      made.all += made.left.back().size();
    }
    return made;
  }

  // ---- where to cut

  // Nets that each hold about as many of the nets that the rules ask for.
  std::vector<ir::Cidr> branches(const Leaf& rules, const Region& region, Side side) const {
    std::vector<ir::Cidr> asked;
    for (const LeftRule& rule : rules) {
      const ir::SideMatch& match = iptables::side_of(rule.match, side);
      for (const std::vector<ir::AddressSetId>* ids : {&match.in, &match.not_in}) {
        for (const ir::AddressSetId id : *ids) {
          const auto nets = ruleset_.address_sets[id].prefixes(version_);
          if (nets.size() > kMostNetsOfARule) continue;
          std::ranges::copy_if(nets, std::back_inserter(asked), [&](const ir::Cidr& net) {
            return net != region.within && region.within.contains(net) && region.holds_some_of(net);
          });
        }
      }
    }
    std::ranges::sort(asked);
    std::vector<ir::Cidr> made;
    const std::size_t least = std::max<std::size_t>(1, asked.size() / kFanOut);
    cut_below(region.within, asked, least, made);
    return made;
  }

  // The nets, which lie within `net`, that no branch holds.
  static std::size_t cut_below(const ir::Cidr& net, std::span<const ir::Cidr> asked, std::size_t least,
                               std::vector<ir::Cidr>& made, bool is_root = true) {
    if (asked.size() < least) return asked.size();
    const auto whole = static_cast<std::size_t>(
        std::ranges::find_if(asked, [&](const ir::Cidr& each) { return each != net; }) - asked.begin());
    std::size_t open = whole;
    if (whole < asked.size()) {
      const ir::Cidr lower(net.network(), net.prefix_bits() + 1);
      const auto middle = static_cast<std::size_t>(
          std::ranges::find_if(asked.subspan(whole),
                               [&](const ir::Cidr& each) { return !lower.contains(each); }) -
          asked.subspan(whole).begin());
      open += cut_below(lower, asked.subspan(whole, middle), least, made, false);
      const ir::Cidr upper(ir::Address(net.version(), lower.last() + 1), lower.prefix_bits());
      open += cut_below(upper, asked.subspan(whole + middle), least, made, false);
    }
    if (open < least || is_root) return open;
    made.push_back(net);
    return 0;
  }

  // ---- what is left

  Leaf left_in(const Leaf& rules, const Regions& regions) const {
    Leaf left;
    for (const LeftRule& rule : rules) {
      LeftRule here = rule;
      if (std::ranges::all_of(kSides, [&](Side side) { return narrow(here, regions, side); }))
        left.push_back(std::move(here));
    }
    return left;
  }

  // Takes from the rule what the region settles. False if it matches nothing there.
  bool narrow(LeftRule& rule, const Regions& regions, Side side) const {
    const Region& region = regions[static_cast<std::size_t>(side)];
    ir::SideMatch& match = side_of(rule.match, side);
    bool possible = true;
    std::erase_if(match.in, [&](ir::AddressSetId id) {
      const Overlap overlap = overlap_of(id, region);
      possible = possible && overlap != Overlap::None;
      return overlap == Overlap::Whole;
    });
    std::erase_if(match.not_in, [&](ir::AddressSetId id) {
      const Overlap overlap = overlap_of(id, region);
      possible = possible && overlap != Overlap::Whole;
      return overlap == Overlap::None;
    });
    return possible;
  }

  // Where a side asks for one set alone, and of that one net is left: the net, in place of the set.
  std::optional<ir::Cidr> take_last_net(ir::SideMatch& match, const Region& region) const {
    if (match.in.size() != 1 || !match.not_in.empty()) return std::nullopt;
    const auto nets = ruleset_.address_sets[match.in.front()].prefixes(version_);
    if (nets.size() > kMostNetsOfARule) return std::nullopt;
    std::optional<ir::Cidr> last;
    for (const ir::Cidr& net : nets) {
      if (!region.holds_some_of(net)) continue;
      if (last) return std::nullopt;
      last = net;
    }
    if (last) match.in.clear();
    return last;
  }

  enum class Overlap : std::uint8_t { None, Some, Whole };
  Overlap overlap_of(ir::AddressSetId id, const Region& region) const {
    const auto nets = ruleset_.address_sets[id].prefixes(version_);
    if (nets.size() > kMostNetsOfARule) return Overlap::Some;
    Overlap overlap = Overlap::None;
    for (const ir::Cidr& net : nets) {
      if (net.contains(region.within)) return Overlap::Whole;
      if (region.holds_some_of(net)) overlap = Overlap::Some;
    }
    return overlap;
  }

  const ir::Ruleset& ruleset_;
  ir::IpVersion version_;
  AddressTree tree_;
};

}  // namespace

std::optional<AddressTree> address_tree(const ir::Ruleset& ruleset, Leaf rules, ir::IpVersion version,
                                        std::size_t most_levels) {
  if (rules.size() < kRulesOfATree) return std::nullopt;
  return Building(ruleset, version).tree(std::move(rules), most_levels);
}

}  // namespace untrack::backends::iptables
