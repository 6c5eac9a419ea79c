#include "backends/iptables/dispatch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "backends/iptables/port_classes.h"

namespace untrack::backends::iptables {

// Branches of a node. Wider nodes try more rules, narrower ones go through more chains; measured on
// Linux 6.18.
static constexpr std::size_t kFanOut = 8;
// Rules in the leaves of one group together: a file of 6 MB, loaded in about a second.
static constexpr std::size_t kMostLeftRules = 50'000;

namespace {

class TreeBuilding {
 public:
  TreeBuilding(const ir::Ruleset& ruleset, const Group& group, ir::Protocol protocol)
      : side_(group.shape.ports) {
    tree_.protocol = protocol;
    for (const ir::Rule* rule : group.rules) {
      if (rule->match.protocol != protocol) continue;
      rules_.push_back(rule);
      // Apart, so that no class of ports lies in both the numbers and the sockets alone.
      const ir::PortMatch& ports = *side_of(rule->match, side_).ports;
      lists_.push_back(ports.numbers);
      lists_.push_back(socket_ports(ruleset, ports, protocol));
    }
  }

  // `most` rules in the leaves; what is used up is taken off.
  std::optional<PortTree> tree(std::size_t& most) {
    const auto classes = port_classes(lists_, most);
    if (!classes) return std::nullopt;
    for (const PortClass& each : *classes) most -= each.lists.size();
    std::vector<ir::PortRange> entering;
    std::vector<Branch> level;
    for (const PortClass& each : *classes) {
      entering.push_back(each.ports);
      const std::size_t leaf = leaf_of(each);
      // What lies between two classes never gets here.
      if (!level.empty() && level.back().to == leaf)
        level.back().ports.last = each.ports.last;
      else
        level.push_back({each.ports, true, leaf});
    }
    if (level.empty()) return std::move(tree_);
    for (; level.size() > 1; ++tree_.levels) level = parents(level);
    tree_.root = level.front();
    tree_.ports = ir::PortSet(std::move(entering));
    return std::move(tree_);
  }

 private:
  // A rule that is left; settled: its numbers hold the port, so that no socket has to be asked for.
  struct Left {
    std::uint32_t rule;
    bool settled;
    friend auto operator<=>(const Left&, const Left&) = default;
  };

  std::size_t leaf_of(const PortClass& ports) {
    std::vector<Left> key;
    for (const std::uint32_t list : ports.lists) {
      const Left left{list / 2, list % 2 == 0};
      if (key.empty() || key.back().rule != left.rule) key.push_back(left);
    }
    const auto [place, is_new] = known_.try_emplace(key, tree_.leaves.size());
    if (is_new) tree_.leaves.push_back(leaf(key));
    return place->second;
  }

  Leaf leaf(const std::vector<Left>& key) const {
    Leaf leaf;
    for (const Left& left : key) {
      ir::Match match = rules_[left.rule]->match;
      auto& ports = (side_ == Side::Source ? match.source : match.destination).ports;
      if (left.settled)
        ports.reset();
      else
        ports->numbers = ir::PortSet();
      leaf.push_back({rules_[left.rule], std::move(match)});
    }
    return leaf;
  }

  std::vector<Branch> parents(const std::vector<Branch>& level) {
    const std::size_t count = (level.size() + kFanOut - 1) / kFanOut;
    std::vector<Branch> result;
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = [&](std::size_t part) {
        return level.begin() + static_cast<std::ptrdiff_t>(part * level.size() / count);
      };
      result.push_back({{at(i)->ports.first, std::prev(at(i + 1))->ports.last}, false, tree_.nodes.size()});
      tree_.nodes.emplace_back(at(i), at(i + 1));
    }
    return result;
  }

  Side side_;
  std::vector<const ir::Rule*> rules_;  // of the protocol
  std::vector<ir::PortSet> lists_;      // of each rule its numbers, then its sockets' ports
  std::map<std::vector<Left>, std::size_t> known_;
  PortTree tree_;
};

}  // namespace

std::optional<std::vector<PortTree>> port_trees(const ir::Ruleset& ruleset, const Group& group) {
  std::size_t most = kMostLeftRules;
  std::vector<PortTree> trees;
  for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp}) {
    auto tree = TreeBuilding(ruleset, group, protocol).tree(most);
    if (!tree) return std::nullopt;
    if (!tree->ports.empty()) trees.push_back(std::move(*tree));
  }
  return trees;
}

}  // namespace untrack::backends::iptables
