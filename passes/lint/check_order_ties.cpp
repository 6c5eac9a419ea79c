#include "passes/lint/check_order_ties.h"

#include <bit>
#include <set>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

using ir::Leaf;
using ir::PacketMap;
using ir::PacketSpace;
using ir::Verdict;

namespace {

// The rules of one policy in a block, from where to where.
struct Stretch {
  const ir::Policy* policy;
  std::size_t begin, end;
};

// Leaves of a policy's own answer to a packet: what would become of it if that policy were first.
enum Answer : Leaf { kOpen, kUntrack, kDrop, kTrack };

}  // namespace

static Answer answer_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Track: return kTrack;
    case Verdict::Untrack: return kUntrack;
    case Verdict::Drop: return kDrop;
  }
  __builtin_unreachable();
}

static std::vector<Stretch> stretches(const Subject& subject, const ir::Block& block) {
  std::vector<Stretch> all;
  for (std::size_t i = 0; i < block.rules.size(); ++i) {
    const ir::Policy* policy = subject.origins().policy(block.rules[i].provenance.front());
    if (!policy) continue;
    if (all.empty() || all.back().policy != policy) all.push_back({policy, i, i});
    all.back().end = i + 1;
  }
  return all;
}

// The meaning of a part of a hook.
static ir::HookMeaning meaning_of(const Subject& subject, const HookView& view,
                                  std::vector<ir::Block> blocks) {
  const ir::InterfaceHook part{view.hook.interface_name, view.hook.direction, std::move(blocks)};
  return meaning(subject.space(), subject.ruleset(), part);
}

// What the tiers behind a block decide: leaves are verdicts.
static PacketMap later_verdicts(const Subject& subject, const HookView& view, std::uint32_t block) {
  const auto& blocks = view.hook.blocks;
  return verdicts(subject.space(), meaning_of(subject, view, {blocks.begin() + block + 1, blocks.end()}));
}

// A policy alone; where it passes on, the later tiers decide.
static PacketMap answers(const Subject& subject, const HookView& view, std::uint32_t block,
                         const Stretch& stretch, PacketMap behind) {
  static constexpr Leaf kPass = kTrack + 1;
  PacketSpace& space = subject.space();
  const auto& rules = view.hook.blocks[block].rules;
  const auto begin = rules.begin() + static_cast<std::ptrdiff_t>(stretch.begin);
  const auto end = rules.begin() + static_cast<std::ptrdiff_t>(stretch.end);
  const ir::HookMeaning alone = meaning_of(subject, view, {{"policy", {begin, end}}});
  bool passes = false;
  const PacketMap own = space.map(alone.map, [&](Leaf leaf) -> Leaf {
    const ir::Trace& trace = alone.traces[leaf];
    if (trace.decided) return answer_of(trace.verdict);
    const bool pass =
        !trace.rules.empty() && std::holds_alternative<ir::NextBlock>(begin[trace.rules.back().rule].action);
    passes |= pass;
    return pass ? kPass : kOpen;
  });
  if (!passes) return own;
  return space.combine(own, behind, [](Leaf answer, Leaf verdict) -> Leaf {
    return answer == kPass ? answer_of(static_cast<Verdict>(verdict)) : answer;
  });
}

// All answers that some of the maps give, a bit for each. In halves, so that large maps meet large ones only.
static PacketMap given(PacketSpace& space, std::span<const PacketMap> answers) {
  if (answers.size() == 1)
    return space.map(answers.front(), [](Leaf answer) -> Leaf { return answer == kOpen ? 0 : 1u << answer; });
  const std::size_t half = answers.size() / 2;
  return space.combine(given(space, answers.first(half)), given(space, answers.subspan(half)),
                       [](Leaf a, Leaf b) { return a | b; });
}

// Packets to which they give different answers: there alone a tie can matter.
static ir::PacketSet contested(PacketSpace& space, std::span<const PacketMap> answers) {
  return {
      space.map(given(space, answers), [](Leaf bits) -> Leaf { return std::popcount(bits) > 1 ? 1 : 0; })};
}

// Packets that come as far as a rule of a block.
static ir::PacketSet reaching(const Subject& subject, const HookView& view, std::uint32_t block,
                              std::size_t rule) {
  return {subject.space().map(view.meaning.map, [&](Leaf leaf) -> Leaf {
    for (const ir::RuleRef met : view.meaning.traces[leaf].rules) {
      if (met.block > block || (met.block == block && met.rule >= rule)) break;
      const ir::Action& action = view.rule(met).action;
      const bool goes_on = std::holds_alternative<ir::LogPacket>(action) ||
                           (met.block < block && std::holds_alternative<ir::NextBlock>(action));
      if (!goes_on) return 0;
    }
    return 1;
  })};
}

static std::string order_text(const ir::Policy& policy) {
  return policy.order ? fmt::format("order {}", *policy.order) : "no order";
}

static void report(const Subject& subject, const HookView& view, const ir::Policy& first,
                   const ir::Policy& second, const ir::Packet& packet, Leaf now, Leaf then,
                   Diagnostics& diagnostics) {
  static constexpr std::string_view kFates[] = {"", "untracked", "dropped", "tracked"};
  Diagnostic& finding = diagnostics.report(second.span, order_tie, first.name, order_text(second));
  finding.note(first.span, "this one comes first, because its name does");
  finding.witness(fmt::format("{} is {}, and the other way round it would be {}", to_string(packet),
                              kFates[now], kFates[then]));
  subject.note_endpoint(view.hook, finding);
  finding.help("give the two policies different orders");
}

// Policies that share an order. A conflict with any earlier one of them is one with the first that answers.
static void check_ties(const Subject& subject, const HookView& view, std::uint32_t block,
                       std::span<const Stretch> tied, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const PacketMap behind = later_verdicts(subject, view, block);
  std::vector<PacketMap> all;
  for (const Stretch& stretch : tied) all.push_back(answers(subject, view, block, stretch, behind));
  const ir::PacketSet matters =
      space.intersect(contested(space, all), reaching(subject, view, block, tied.front().begin));
  if (space.empty(matters)) return;
  const auto where_it_matters = [&](PacketMap map) {
    return space.combine(map, matters.map, [](Leaf answer, Leaf inside) { return inside ? answer : kOpen; });
  };
  // The first answer, with who gives it: 4 * place + answer.
  PacketMap first = where_it_matters(all.front());
  for (std::size_t i = 1; i < tied.size(); ++i) {
    const PacketMap own = where_it_matters(all[i]);
    if (own == space.constant(kOpen)) continue;
    const PacketMap conflicts = space.combine(first, own, [](Leaf earlier, Leaf later) -> Leaf {
      return earlier % 4 != kOpen && later != kOpen && earlier % 4 != later ? 4 * earlier + later : 0;
    });
    std::set<Leaf> places;
    for (const Leaf leaf : space.leaves(conflicts)) {
      const Leaf place = leaf / 16;
      if (leaf == 0 || !places.insert(place).second) continue;
      const auto witness = subject.witness(space.where(conflicts, leaf), view.hook);
      if (witness) {
        report(subject, view, *tied[place].policy, *tied[i].policy, *witness, leaf / 4 % 4, leaf % 4,
               diagnostics);
      }
    }
    const Leaf place = static_cast<Leaf>(i);
    first = space.combine(first, own, [place](Leaf earlier, Leaf later) -> Leaf {
      return earlier % 4 != kOpen || later == kOpen ? earlier : 4 * place + later;
    });
  }
}

void check_order_ties(const Subject& subject, Diagnostics& diagnostics) {
  for (const HookView& view : subject.hooks()) {
    for (std::uint32_t block = 0; block < view.hook.blocks.size(); ++block) {
      const std::vector<Stretch> all = stretches(subject, view.hook.blocks[block]);
      for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
        while (end < all.size() && all[end].policy->order == all[begin].policy->order) ++end;
        if (end - begin < 2) continue;
        check_ties(subject, view, block, std::span(all).subspan(begin, end - begin), diagnostics);
      }
    }
  }
}

}  // namespace untrack::passes::lint
