#include "ir/meaning.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/Support/ErrorHandling.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "ir/hook_content.h"
#include "support/interner.h"
#include "support/overloaded.h"

namespace untrack::ir {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Track: return "track";
    case Verdict::Untrack: return "untrack";
    case Verdict::Drop: return "drop";
  }
  llvm_unreachable("a verdict outside its enumeration");
}

static std::size_t mixed(std::size_t hash, std::size_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

// ---- matches

namespace {

// The packets of matches of one hook. Sets that several rules share are turned into packets once.
class MatchPackets {
 public:
  MatchPackets(PacketSpace& space, const Ruleset& ruleset, Direction direction)
      : space_(space), ruleset_(ruleset), direction_(direction) {}

  PacketSet operator()(const Match& match) {
    PacketSet set = space_.everything();
    if (match.ip_version) set = space_.version(*match.ip_version);
    if (match.protocol) set = space_.intersect(set, space_.protocol(*match.protocol));
    if (match.not_protocol) set = space_.subtract(set, space_.protocol(*match.not_protocol));
    if (match.icmp) set = space_.intersect(set, icmp(*match.icmp));
    if (match.not_icmp) set = space_.subtract(set, icmp(*match.not_icmp));
    set = space_.intersect(set, side(match.source, source_end(direction_)));
    return space_.intersect(set, side(match.destination, destination_end(direction_)));
  }

 private:
  PacketSet icmp(const IcmpMatch& match) {
    return space_.icmp(match.type, match.type, match.code.value_or(0), match.code.value_or(255));
  }

  PacketSet side(const SideMatch& match, End end) {
    PacketSet set = space_.everything();
    if (match.ports) set = ports(*match.ports, end);
    if (!match.not_ports.empty()) set = space_.subtract(set, ports(match.not_ports, end));
    for (const AddressSetId id : match.in) set = space_.intersect(set, addresses(id, end));
    for (const AddressSetId id : match.not_in) set = space_.subtract(set, addresses(id, end));
    return set;
  }

  PacketSet ports(const PortMatch& match, End end) {
    PacketSet set = space_.ports(end, match.numbers);
    for (const SocketSetId id : match.sockets) {
      set = space_.unite(set, space_.sockets(end, ruleset_.socket_sets[id]));
    }
    return set;
  }

  PacketSet addresses(AddressSetId id, End end) {
    auto& known = addresses_[static_cast<std::size_t>(end)];
    const auto [place, is_new] = known.try_emplace(id.index);
    if (is_new) place->second = space_.address(end, ruleset_.address_sets[id]);
    return place->second;
  }

  PacketSpace& space_;
  const Ruleset& ruleset_;
  Direction direction_;
  std::array<llvm::DenseMap<std::uint32_t, PacketSet>, 2> addresses_;  // by end and set
};

}  // namespace

PacketSet packets(PacketSpace& space, const Ruleset& ruleset, const Match& match, Direction direction) {
  return MatchPackets(space, ruleset, direction)(match);
}

// ---- traces

namespace {

// What a packet has met in a part of a list: a Trace that may have left its block.
struct Progress {
  Trace trace;
  bool left_block = false;  // by NextBlock: the rest of the block is skipped
  friend bool operator==(const Progress&, const Progress&) = default;
};
struct ProgressHash {
  std::size_t operator()(const Progress& progress) const noexcept {
    std::size_t sum = static_cast<std::size_t>(progress.trace.verdict) << 2 | progress.trace.decided << 1 |
                      static_cast<std::size_t>(progress.left_block);
    for (const RuleRef& rule : progress.trace.rules)
      sum = mixed(sum, std::size_t{rule.block} << 32 | rule.rule);
    return sum;
  }
};
using ProgressId = Id<struct ProgressTag>;

// Composes the rules of a hook. First-match composition is associative, so lists are halved and halved again:
// rule after rule would rebuild the whole list's diagram each time. A list is a run of blocks that packets
// leave early at its end only; where blocks meet inside it makes no difference.
class Composer {
 public:
  Composer(PacketSpace& space, const Ruleset& ruleset, const InterfaceHook& hook)
      : space_(space), hook_(hook), packets_(space, ruleset, hook.direction) {
    const ProgressId none = progress_.intern({});
    assert(none.index == 0 && "leaf 0 is: nothing met");
    (void)none;
    cut_into_runs();
  }

  HookMeaning run() {
    const PacketMap all = compose(
        0, runs_.size(), [this](std::size_t run) { return map_of_run(run); },
        [this](std::size_t run) { return runs_[run].end; });
    return numbered(all);
  }

 private:
  // Rules that stand one after the other, by their place in `rules_`.
  struct Run {
    std::size_t first = 0, end = 0;
    bool may_leave = false;  // its last block
  };

  void cut_into_runs() {
    for (std::uint32_t b = 0; b < hook_.blocks.size(); ++b) {
      const std::vector<Rule>& rules = hook_.blocks[b].rules;
      if (runs_.empty() || runs_.back().may_leave) runs_.push_back({rules_.size(), rules_.size()});
      for (std::uint32_t r = 0; r < rules.size(); ++r) rules_.push_back({b, r});
      runs_.back().end = rules_.size();
      runs_.back().may_leave = std::ranges::any_of(
          rules, [](const Rule& rule) { return std::holds_alternative<NextBlock>(rule.action); });
    }
  }

  // The parts [first, end) one after the other. `end_of` is the number of rules up to and with a part.
  template <class Part, class EndOf>
  PacketMap compose(std::size_t first, std::size_t end, const Part& part, const EndOf& end_of) {
    if (first == end) return space_.constant(0);
    if (end - first == 1) return part(first);
    const std::size_t middle = std::midpoint(first, end);
    const PacketMap before = compose(first, middle, part, end_of), after = compose(middle, end, part, end_of);
    const PacketMap both = space_.first_match(
        before, after, [this](Leaf x) { return is_decided(x); },
        [this](Leaf x, Leaf y) { return then(x, y); });
    if (first == 0 && !space_.exhausted()) within_budget_ = std::max(within_budget_, end_of(end - 1));
    return both;
  }

  PacketMap map_of_run(std::size_t number) {
    const Run& run = runs_[number];
    const PacketMap map = compose(
        0, run.end - run.first, [&](std::size_t place) { return map_of_rule(rules_[run.first + place]); },
        // Only the beginning of the first run is a beginning of the whole.
        [&](std::size_t place) { return number == 0 ? place + 1 : 0; });
    return run.may_leave ? space_.map(map, [this](Leaf leaf) { return in_next_block(leaf); }) : map;
  }

  PacketMap map_of_rule(RuleRef ref) {
    const Match& match = hook_.blocks[ref.block].rules[ref.rule].match;
    return space_.choose(packets_(match), leaf_of(ref), 0);
  }

  Leaf leaf_of(RuleRef ref) {
    Progress progress;
    progress.trace.rules.push_back(ref);
    const auto decide = [&](Verdict verdict) {
      progress.trace.verdict = verdict;
      progress.trace.decided = true;
    };
    std::visit(
        overloaded{[&](const Untrack&) { decide(Verdict::Untrack); },
                   [&](const Drop&) { decide(Verdict::Drop); }, [&](const Track&) { decide(Verdict::Track); },
                   [&](const NextBlock&) { progress.left_block = true; }, [](const LogPacket&) {}},
        hook_.blocks[ref.block].rules[ref.rule].action);
    return progress_.intern(std::move(progress)).index;
  }

  const Progress& at(Leaf leaf) const { return progress_[ProgressId{leaf}]; }
  bool is_decided(Leaf leaf) const { return at(leaf).trace.decided || at(leaf).left_block; }

  Leaf then(Leaf x, Leaf y) {
    Progress both = at(y);
    rules_in_traces_ += at(x).trace.rules.size() + both.trace.rules.size();
    if (rules_in_traces_ > kMostRulesInTraces) space_.exhaust();
    both.trace.rules.insert(both.trace.rules.begin(), at(x).trace.rules.begin(), at(x).trace.rules.end());
    return progress_.intern(std::move(both)).index;
  }

  Leaf in_next_block(Leaf leaf) {
    Progress next = at(leaf);
    next.left_block = false;
    return progress_.intern(std::move(next)).index;
  }

  // Only traces that occur are kept, in the order of their lists of rules.
  HookMeaning numbered(PacketMap all) {
    HookMeaning meaning;
    for (const Leaf leaf : space_.leaves(all)) meaning.traces.push_back(at(leaf).trace);
    std::ranges::sort(meaning.traces);
    meaning.map = space_.map(all, [&](Leaf leaf) {
      const auto place = std::ranges::lower_bound(meaning.traces, at(leaf).trace);
      return static_cast<Leaf>(place - meaning.traces.begin());
    });
    if (space_.exhausted()) meaning.traces.resize(1);
    meaning.rules_within_budget = space_.exhausted() ? within_budget_ : rules_.size();
    return meaning;
  }

  // Log rules that overlap make many long traces: at 8 bytes a rule this is 128 MB of them.
  static constexpr std::size_t kMostRulesInTraces = 16'000'000;

  PacketSpace& space_;
  const InterfaceHook& hook_;
  std::vector<RuleRef> rules_;  // of all blocks, in order
  std::vector<Run> runs_;
  std::size_t within_budget_ = 0;  // rules
  std::size_t rules_in_traces_ = 0;
  MatchPackets packets_;
  Interner<Progress, ProgressId, ProgressHash> progress_;
};

}  // namespace

namespace {

struct KnownMeanings {
  std::map<HookContent, HookMeaning> by_content;
};

}  // namespace

HookMeaning meaning(PacketSpace& space, const Ruleset& ruleset, const InterfaceHook& hook) {
  if (space.exhausted()) return Composer(space, ruleset, hook).run();
  auto& known = space.kept<KnownMeanings>().by_content;
  HookContent content = content_of(ruleset, hook);
  if (const auto found = known.find(content); found != known.end()) return found->second;
  HookMeaning meaning = Composer(space, ruleset, hook).run();
  if (!space.exhausted()) known.emplace(std::move(content), meaning);
  return meaning;
}

// ---- effects and verdicts

static std::size_t hash_of(const LogPacket& log) {
  std::size_t sum = std::hash<std::string>{}(log.prefix);
  if (!log.limit) return sum;
  return mixed(mixed(sum, std::hash<std::string>{}(log.limit->unit)),
               std::size_t{log.limit->rate} << 32 | log.limit->burst);
}

std::size_t EffectTable::Hash::operator()(const Effect& effect) const {
  std::size_t sum = static_cast<std::size_t>(effect.verdict);
  for (const LogPacket& log : effect.logs) sum = mixed(sum, hash_of(log));
  return sum;
}

std::string to_string(const Effect& effect) {
  std::string text(to_string(effect.verdict));
  for (const LogPacket& log : effect.logs) {
    text += fmt::format(", log \"{}\"", log.prefix);
    if (log.limit) {
      text += fmt::format(" at most {}/{} burst {}", log.limit->rate, log.limit->unit, log.limit->burst);
    }
  }
  return text;
}

EffectTable::EffectTable() {
  effects_.intern({});
}

Leaf EffectTable::leaf(const Effect& effect) {
  return effects_.intern(effect).index;
}

static Effect effect_of(const InterfaceHook& hook, const Trace& trace) {
  Effect effect{trace.verdict, {}};
  for (const RuleRef& ref : trace.rules) {
    const Action& action = hook.blocks[ref.block].rules[ref.rule].action;
    if (const auto* log = std::get_if<LogPacket>(&action)) effect.logs.push_back(*log);
  }
  return effect;
}

PacketMap effects(PacketSpace& space, const Ruleset& ruleset, const InterfaceHook& hook, EffectTable& table) {
  const HookMeaning traced = meaning(space, ruleset, hook);
  return space.map(traced.map, [&](Leaf leaf) { return table.leaf(effect_of(hook, traced.traces[leaf])); });
}

PacketMap verdicts(PacketSpace& space, const HookMeaning& meaning) {
  return space.map(meaning.map, [&](Leaf leaf) { return static_cast<Leaf>(meaning.traces[leaf].verdict); });
}

PacketSet packets_with(PacketSpace& space, const HookMeaning& meaning, Verdict verdict) {
  return {space.map(meaning.map, [&](Leaf leaf) { return Leaf{meaning.traces[leaf].verdict == verdict}; })};
}

std::map<RuleRef, PacketSet> packets_by_rule(PacketSpace& space, const HookMeaning& meaning) {
  std::map<RuleRef, PacketSet> packets;
  for (const auto& [leaf, part] : space.parts(meaning.map)) {
    const Trace& trace = meaning.traces[leaf];
    if (!trace.decided) continue;
    const auto [place, added] = packets.try_emplace(trace.rules.back(), part);
    if (!added) place->second = space.unite(place->second, part);
  }
  return packets;
}

}  // namespace untrack::ir
