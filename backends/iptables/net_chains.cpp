#include "backends/iptables/net_chains.h"

#include <algorithm>
#include <cassert>

namespace untrack::backends::iptables {

bool is_unconditional(std::span<const Conditions> alternatives) {
  return alternatives.size() == 1 && alternatives.front().empty();
}

std::size_t jumps_within(const NetLevels& levels, std::span<const Conditions> alternatives) {
  return (is_unconditional(alternatives) ? 0u : 1u) + (levels.blocks.size() > 1 ? 1u : 0u) + 1u;
}

namespace {

class LevelChains {
 public:
  LevelChains(Chains& chains, SetStore& sets, Side side, const NetLevels& levels,
              std::span<const NetEnd> ends, const Otherwise& otherwise)
      : chains_(chains), sets_(sets), side_(side), levels_(levels), ends_(ends), otherwise_(otherwise) {
    for (const std::vector<ir::Cidr>& list : levels.longer)
      longer_.push_back(list.empty() ? "" : sets_.nets(list, list.front().version()));
  }

  void add(Chains::Id chain, std::span<const Conditions> alternatives) {
    if (is_unconditional(alternatives)) return add_blocks(chain);
    const Chains::Id found = chains_.open();
    for (const Conditions& each : alternatives) chains_.add(chain, {each, chains_.way_to(found), ""});
    add_blocks(found);
    go_on(found);
  }

 private:
  void add_blocks(Chains::Id chain) {
    for (const NetBlock& block : levels_.blocks) {
      Chains::Id place = chain;
      if (levels_.blocks.size() > 1) {
        place = chains_.open();
        chains_.add(chain, {{AddressIs{side_, block.range}}, chains_.way_to(place), ""});
      }
      add_block(place, block);
      if (place != chain) go_on(place);
    }
  }
  void go_on(Chains::Id chain) {
    if (otherwise_) chains_.add(chain, {{}, *otherwise_, ""});
  }
  Conditions in(std::string set) const { return {InSet{std::move(set), {side_}, false}}; }
  std::string slots(const NetBlock& block, std::span<const ir::Cidr> nets) {
    return levels_.are_bitmaps ? sets_.slots(block.range, levels_.slot_bits, nets)
                               : sets_.nets(nets, block.range.version());
  }

  void add_block(Chains::Id chain, const NetBlock& block) {
    std::vector<Rule> rules;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (!block.whole[i].empty())
        rules.push_back({in(slots(block, block.whole[i])), ends_[i].target, ends_[i].comment});
    }
    const std::size_t wholes = rules.size();
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      if (block.has_longer[i]) rules.push_back({in(longer_[i]), ends_[i].target, ends_[i].comment});
    }
    assert(!rules.empty() && "a block holds nets");
    if (wholes == 1 && rules.size() == 1) {  // the slots that hold anything are those of the one list
      chains_.add(chain, std::move(rules.front()));
      return;
    }
    const Conditions any = in(slots(block, block.any));
    chains_.add(chain, {any, way_into_slots(std::move(rules), wholes == 0), ""});
  }

  // Blocks without whole slots have this chain in common.
  Target way_into_slots(std::vector<Rule> rules, bool only_longer) {
    const bool shared = only_longer && rules.size() == ends_.size();
    if (shared && in_longer_) return *in_longer_;
    const Chains::Id chain = chains_.open();
    for (Rule& rule : rules) chains_.add(chain, std::move(rule));
    go_on(chain);
    if (shared) in_longer_ = chains_.way_to(chain);
    return chains_.way_to(chain);
  }

  Chains& chains_;
  SetStore& sets_;
  Side side_;
  const NetLevels& levels_;
  std::span<const NetEnd> ends_;
  const Otherwise& otherwise_;
  std::vector<std::string> longer_;  // the set of each list; empty: none
  std::optional<Target> in_longer_;
};

}  // namespace

void add_levels(Chains& chains, SetStore& sets, Chains::Id chain, std::span<const Conditions> alternatives,
                Side side, const NetLevels& levels, std::span<const NetEnd> ends,
                const Otherwise& otherwise) {
  LevelChains(chains, sets, side, levels, ends, otherwise).add(chain, alternatives);
}

}  // namespace untrack::backends::iptables
