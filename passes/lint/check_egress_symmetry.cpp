#include "passes/lint/check_egress_symmetry.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/mirror_rule.h"
#include "passes/lint/peer_ban.h"
#include "passes/lint/stateless_diagnostics.h"
#include "passes/order_policies.h"

namespace untrack::passes::lint {

using ir::Direction;
using ir::HookMeaning;
using ir::Leaf;
using ir::PacketMap;
using ir::PacketSet;
using ir::PacketSpace;
using ir::RuleRef;
using ir::Verdict;

// What becomes of the answer to a packet, as leaves of a map. No answer: there is none, or none is wanted.
enum Answer : Leaf { kNoAnswer, kUntracked, kTracked, kDropped };
static constexpr Leaf kAnswers = 4;

// What is sent although its answer is dropped. Not a reply whose request is dropped, which is what a Deny is
// for; nor what goes out to a peer that is banned on the way in.
static PacketSet sent_in_vain(PacketSpace& space, const HookView& other) {
  const bool own_is_egress = other.hook.direction == Direction::Ingress;
  const PacketSet drops{space.map(other.meaning.map, [&](Leaf leaf) -> Leaf {
    const ir::Trace& trace = other.meaning.traces[leaf];
    if (trace.verdict != Verdict::Drop) return 0;
    return own_is_egress && bans_peers(other.rule(trace.rules.back()), Direction::Ingress) ? 0 : 1;
  })};
  const Direction own = own_is_egress ? Direction::Egress : Direction::Ingress;
  return space.intersect(space.replies_of(drops), client_packets(space, own));
}

// Of one hook, all that its own side is asked about.
struct Answers {
  PacketMap fates;       // leaves are of enum Answer
  PacketSet unanswered;  // tracked or dropped
};

static PacketMap fates_of_answers(PacketSpace& space, const HookView& other) {
  const Direction own = other.hook.direction == Direction::Ingress ? Direction::Egress : Direction::Ingress;
  const PacketSet answered = space.complement(one_way_packets(space, own));
  const auto replies_to = [&](Verdict verdict) {
    return space.intersect(answered, space.replies_of(other.packets(verdict)));
  };
  const auto either = [](Leaf a, Leaf b) { return a + b; };  // the parts are disjoint: one of the two is 0
  return space.combine(space.combine(space.choose(replies_to(Verdict::Untrack), kUntracked, kNoAnswer),
                                     space.choose(sent_in_vain(space, other), kDropped, kNoAnswer), either),
                       space.choose(replies_to(Verdict::Track), kTracked, kNoAnswer), either);
}

namespace {

struct KnownAnswers {
  std::map<const HookPackets*, Answers> by_hook;  // both live as long as the space
};

}  // namespace

static const Answers& answers(PacketSpace& space, const HookView& other) {
  const auto [place, is_new] = space.kept<KnownAnswers>().by_hook.try_emplace(&other.all);
  if (is_new) {
    const PacketMap fates = fates_of_answers(space, other);
    place->second = {fates, PacketSet{space.map(fates, [](Leaf fate) -> Leaf {
                       return fate == kTracked || fate == kDropped ? 1 : 0;
                     })}};
  }
  return place->second;
}

// The packets that one rule untracks, by what becomes of their answers.
struct RuleAnswers {
  PacketSet by_answer[kAnswers];
  PacketSet all(PacketSpace& space) const {
    PacketSet all = space.nothing();
    for (const PacketSet part : by_answer) all = space.unite(all, part);
    return all;
  }
};

static std::map<RuleRef, RuleAnswers> answers_by_rule(PacketSpace& space, const HookMeaning& own,
                                                      const HookView& other) {
  const PacketMap pairs = space.combine(own.map, answers(space, other).fates,
                                        [](Leaf trace, Leaf answer) { return trace * kAnswers + answer; });
  std::map<RuleRef, RuleAnswers> rules;
  for (const auto& [leaf, packets] : space.parts(pairs)) {
    const ir::Trace& trace = own.traces[leaf / kAnswers];
    if (trace.verdict != Verdict::Untrack) continue;
    const auto [entry, is_new] = rules.try_emplace(trace.rules.back());
    if (is_new) std::fill_n(entry->second.by_answer, kAnswers, space.nothing());
    PacketSet& part = entry->second.by_answer[leaf % kAnswers];
    part = space.unite(part, packets);
  }
  return rules;
}

namespace {

// One rule whose requests are not all answered: everything that a finding about it needs.
struct Half {
  const Subject& subject;
  HookView own;
  HookView other;
  const ir::Rule& rule;  // of `own`
  const RuleAnswers& answers;
  PacketSet untracked_answers;  // to all that `own` untracks

  const ir::Provenance& origin() const { return rule.provenance.front(); }
  PacketSpace& space() const { return subject.space(); }
};

}  // namespace

// The match of the mirrored rule, in the other direction.
static std::optional<ir::Match> mirror_match(const ir::Match& match, ir::IpVersion version) {
  ir::Match mirror = match;
  std::swap(mirror.source, mirror.destination);
  for (auto* icmp : {&mirror.icmp, &mirror.not_icmp}) {
    if (!*icmp) continue;
    const auto answer = ir::icmp_reply_type(version, (*icmp)->type);
    if (!answer) return std::nullopt;
    (*icmp)->type = *answer;
  }
  return mirror;
}

// Proof that a rule at the end of the policy's other list untracks these answers: it takes every one of them,
// and today none of them meets a rule that decides it or sends it on to the next tier.
static bool mirror_at_end_suffices(const Half& half, PacketSet replies, ir::IpVersion version) {
  const auto mirror = mirror_match(half.rule.match, version);
  if (!mirror) return false;
  PacketSpace& space = half.space();
  const PacketSet taken = packets(space, half.subject.ruleset(), *mirror, half.other.hook.direction);
  if (!space.empty(space.subtract(replies, taken))) return false;
  for (const Leaf leaf : space.leaves(half.other.meaning.map, replies)) {
    const ir::Trace& trace = half.other.meaning.traces[leaf];
    if (trace.decided) return false;
    for (const RuleRef ref : trace.rules) {
      if (std::holds_alternative<ir::NextBlock>(half.other.rule(ref).action)) return false;
    }
  }
  return true;
}

static std::string mirror_help(const Half& half, PacketSet replies, ir::IpVersion version) {
  const Direction side = half.other.hook.direction;
  const std::string_view list = to_string(side);
  const Origins& origins = half.subject.origins();
  const ir::Policy* policy = origins.policy(half.origin());
  const ir::PolicyRule* written = origins.rule(half.origin());
  const auto mirror = written ? mirror_rule(*written, version) : std::nullopt;
  if (!mirror) {
    return fmt::format(
        "no single rule mirrors this one: untrack the answers with {} rules of your own, or let "
        "ordinary tracked policy carry this traffic",
        list);
  }
  std::string help =
      fmt::format("add to the {} rules of {} `{}`", list, to_string(policy->kind), policy->name);
  if (!mirror_at_end_suffices(half, replies, version)) {
    help += ", before the rules that decide these answers today";
  }
  if (!policy->governs(side)) {
    help += fmt::format(", with `{}` in its `types`", side == Direction::Egress ? "Egress" : "Ingress");
  }
  return fmt::format("{}:\n{}", help, to_yaml(origins.policies(), *mirror));
}

// ---- the fix: the reply rule in its place

// Where a new rule of the policy would stand in the other hook: before the rule at `place`.
struct Insertion {
  RuleRef place;
  const ir::PolicyRule* before = nullptr;  // that rule, if it is the policy's own
};

// Behind all rules of the policy. Where its tier has no rule in this direction yet, only failsafes are known
// to come first.
static RuleRef end_of_policy(const Half& half, const ir::Policy& policy) {
  const auto& blocks = half.other.hook.blocks;
  const auto block = std::ranges::find(blocks, "tier " + policy.tier, &ir::Block::name);
  if (block == blocks.end()) return {blocks.empty() || blocks.front().name != "failsafe" ? 0u : 1u, 0};
  const auto later = std::ranges::find_if(block->rules, [&](const ir::Rule& rule) {
    const ir::Policy* other = half.subject.origins().policy(rule.provenance.front());
    return other && other != &policy && evaluated_before(policy, *other);
  });
  return {static_cast<std::uint32_t>(block - blocks.begin()),
          static_cast<std::uint32_t>(later - block->rules.begin())};
}

static bool ends_block(const ir::Rule& rule) {
  return !std::holds_alternative<ir::LogPacket>(rule.action);
}

// Before the first of the policy's own rules that takes one of these answers away; nothing where a rule of
// another policy does so first.
static std::optional<Insertion> before_deciders(const Half& half, const ir::Policy& policy,
                                                PacketSet replies) {
  std::optional<RuleRef> first;
  for (const Leaf leaf : half.space().leaves(half.other.meaning.map, replies)) {
    for (const RuleRef ref : half.other.meaning.traces[leaf].rules) {
      const ir::Rule& rule = half.other.rule(ref);
      if (!ends_block(rule)) continue;
      if (half.subject.origins().policy(rule.provenance.front()) != &policy) return std::nullopt;
      if (!first || ref < *first) first = ref;
      break;
    }
  }
  if (!first) return std::nullopt;
  return Insertion{*first, half.subject.origins().rule(half.other.rule(*first).provenance.front())};
}

// Whether a packet with this trace gets to a rule that stands before `place`.
static bool reaches(const HookView& view, const ir::Trace& trace, RuleRef place) {
  return std::ranges::none_of(trace.rules, [&](RuleRef ref) {
    if (!(ref < place) || !ends_block(view.rule(ref))) return false;
    return !std::holds_alternative<ir::NextBlock>(view.rule(ref).action) || ref.block == place.block;
  });
}

// Whether the reply rule changes the fate of nothing but answers to untracked packets.
static bool changes_answers_only(const Half& half, RuleRef place) {
  PacketSpace& space = half.space();
  PacketSet taken = space.nothing();
  for (const ir::Block& block : half.own.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {  // one for each IP version, it may be
      const ir::Provenance& origin = rule.provenance.front();
      if (std::tie(origin.policy, origin.direction, origin.index) !=
          std::tie(half.origin().policy, half.origin().direction, half.origin().index))
        continue;
      for (const ir::IpVersion version : ir::kIpVersions) {
        const auto mirror = mirror_match(rule.match, version);
        if (!mirror) continue;  // an ICMP type of the other version
        taken = space.unite(
            taken, space.intersect(space.version(version), packets(space, half.subject.ruleset(), *mirror,
                                                                   half.other.hook.direction)));
      }
    }
  }
  const auto any = [&](PacketSet packets, Verdict verdict) {
    return std::ranges::any_of(space.leaves(half.other.meaning.map, packets), [&](Leaf leaf) {
      const ir::Trace& trace = half.other.meaning.traces[leaf];
      return trace.verdict == verdict && reaches(half.other, trace, place);
    });
  };
  return !any(taken, Verdict::Drop) && !any(space.subtract(taken, half.untracked_answers), Verdict::Track);
}

static std::optional<Fix> mirror_fix(const Half& half, PacketSet replies, ir::IpVersion version) {
  const Direction side = half.other.hook.direction;
  const Origins& origins = half.subject.origins();
  const ir::Policy* policy = origins.policy(half.origin());
  const ir::PolicyRule* written = origins.rule(half.origin());
  const auto mirror = written ? mirror_rule(*written, version) : std::nullopt;
  if (!mirror || !policy->object_span.exists()) return std::nullopt;

  std::optional<Insertion> insertion = Insertion{end_of_policy(half, *policy)};
  bool safe = policy->governs(side) || policy->rules(side).empty();  // else dormant rules would wake up
  if (!mirror_at_end_suffices(half, replies, version)) {
    insertion = before_deciders(half, *policy, replies);
    safe = false;
  }
  if (!insertion) return std::nullopt;
  Fix fix{.safety = safe && changes_answers_only(half, insertion->place) ? Safety::Safe : Safety::Unsafe,
          .effect = FixEffect::Asked,
          .text = fmt::format("add the reply rule to the {} rules of `{}`", to_string(side), policy->name)};
  const MappingPlace spec{policy->object_span, {"spec"}};
  fix.changes.push_back(AddItem{.mapping = spec,
                                .key = std::string(to_string(side)),
                                .item = rule_value(origins.policies(), *mirror),
                                .after = std::string(to_string(half.own.hook.direction)),
                                .before = insertion->before ? insertion->before->span : SourceSpan{}});
  if (!policy->governs(side)) {
    fix.changes.push_back(AddItem{.mapping = spec,
                                  .key = "types",
                                  .item = word(side == Direction::Egress ? "Egress" : "Ingress"),
                                  .only_if_there = true});
  }
  return fix;
}

// The rule of the other list that decides a packet, if one does.
static const ir::Rule* decider(const Half& half, const ir::Packet& packet) {
  const Leaf leaf = half.space().at(half.other.meaning.map, packet, half.other.hook.direction);
  const ir::Trace& trace = half.other.meaning.traces[leaf];
  return trace.decided ? &half.other.rule(trace.rules.back()) : nullptr;
}

// A rule of the same policy that says the mirror with the ports on the wrong side: the commonest slip of all.
static const ir::Rule* unmirrored_twin(const Half& half) {
  for (const ir::Block& block : half.other.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {
      if (rule.match == half.rule.match && rule.action == half.rule.action) return &rule;
    }
  }
  return nullptr;
}

static void finish(const Half& half, Diagnostic& finding, PacketSet missing, std::string_view fate) {
  const auto request = half.subject.witness(missing, half.own.hook);
  if (!request) return;
  const auto reply = ir::reply_to(*request);
  if (!reply) return;
  finding.witness(
      fmt::format("reply {} {}, request {} is untracked", to_string(*reply), fate, to_string(*request)));
  if (const ir::Rule* rule = decider(half, *reply)) {
    finding.note(rule->provenance.front().span,
                 fmt::format("`{}` decides the answer", to_string(rule->provenance.front())));
  }
  if (const ir::Rule* twin = unmirrored_twin(half)) {
    finding.note(twin->provenance.front().span,
                 "this rule matches like the request; in the answer source and destination change places");
  }
  half.subject.note_endpoint(half.own.hook, finding);
  const PacketSet replies = half.space().replies_of(missing);
  finding.help(mirror_help(half, replies, request->version));
  if (auto fix = mirror_fix(half, replies, request->version)) {
    if (finding.info->fixable == Fixable::Unsafely) fix->safety = Safety::Unsafe;
    finding.fix(*std::move(fix));
  }
}

// The IP version in which everything is answered while the other one lacks answers, if it is so.
static std::optional<ir::IpVersion> unanswered_version(PacketSpace& space, const RuleAnswers& answers) {
  const PacketSet all = answers.all(space), missing = answers.by_answer[kTracked];
  const auto in = [&](ir::IpVersion v, PacketSet set) {
    return !space.empty(space.intersect(set, space.version(v)));
  };
  for (const ir::IpVersion version : ir::kIpVersions) {
    const ir::IpVersion other = version == ir::IpVersion::V4 ? ir::IpVersion::V6 : ir::IpVersion::V4;
    if (in(version, missing) && !in(other, missing) && in(other, all)) return version;
  }
  return std::nullopt;
}

// ---- the same rule on another interface of the node

namespace {

// One direction of one interface, with what becomes of the answers to each of its rules: worked out once
// something asks for it, which right policy never does.
class Side {
 public:
  Side(PacketSpace& space, HookView own_view, HookView other_view)
      : own(own_view), other(other_view), space_(space) {}

  const HookView own, other;

  bool all_answered() const {
    const PacketSet unanswered = answers(space_, other).unanswered;
    return space_.empty(space_.intersect(own.packets(Verdict::Untrack), unanswered));
  }
  const std::map<RuleRef, RuleAnswers>& by_rule() const {
    if (!by_rule_) by_rule_ = answers_by_rule(space_, own.meaning, other);
    return *by_rule_;
  }
  // Those that one of the rules here stands for with all of its answers untracked.
  const std::set<WrittenRule>& all_answered_rules() const {
    if (!all_answered_rules_) {
      all_answered_rules_.emplace();
      for (const auto& [ref, answers] : by_rule()) {
        const bool answered = space_.empty(answers.by_answer[kTracked]) &&
                              space_.empty(answers.by_answer[kDropped]) &&
                              !space_.empty(answers.by_answer[kUntracked]);
        if (answered) all_answered_rules_->insert(written_rule(own.rule(ref)));
      }
    }
    return *all_answered_rules_;
  }
  PacketSet untracked_answers() const { return space_.replies_of(own.packets(Verdict::Untrack)); }

 private:
  PacketSpace& space_;
  mutable std::optional<std::map<RuleRef, RuleAnswers>> by_rule_;
  mutable std::optional<std::set<WrittenRule>> all_answered_rules_;
};

}  // namespace

// A side where the same rule has all of its answers untracked.
static const Side* answered_elsewhere(const Half& half, const std::vector<Side>& sides) {
  for (const Side& side : sides) {
    if (side.own.hook.direction != half.own.hook.direction) continue;
    if (side.all_answered_rules().contains(written_rule(half.rule))) return &side;
  }
  return nullptr;
}

// The rule that untracks there what is tracked here.
static void report_interface(const Half& half, const Side& there, PacketSet missing,
                             Diagnostics& diagnostics) {
  const auto request = half.subject.witness(missing, half.own.hook);
  const auto reply = request ? ir::reply_to(*request) : std::nullopt;
  if (!reply) return;
  Diagnostic& finding =
      diagnostics.report(half.origin().span, answered_on_one_interface, to_string(half.own.hook.direction),
                         there.own.hook.interface_name, half.own.hook.interface_name);
  finding.witness(
      fmt::format("reply {} is tracked, request {} is untracked", to_string(*reply), to_string(*request)));
  half.subject.note_endpoint(half.own.hook, finding);
  const ir::Leaf leaf = half.space().at(there.other.meaning.map, *reply, there.other.hook.direction);
  const ir::Trace& trace = there.other.meaning.traces[leaf];
  const ir::Policy* policy =
      trace.decided ? half.subject.origins().policy(there.other.rule(trace.rules.back()).provenance.front())
                    : nullptr;
  if (!policy) {
    finding.help(mirror_help(half, half.space().replies_of(missing), request->version));
    return;
  }
  finding.note(there.other.rule(trace.rules.back()).provenance.front().span,
               fmt::format("on `{}` this rule untracks the replies", there.own.hook.interface_name));
  const ir::HostEndpoint* endpoint = half.subject.endpoint(half.own.hook);
  finding.help(fmt::format("let {} `{}` select {}, too, or the policy with this rule select less",
                           to_string(policy->kind), policy->name,
                           endpoint ? fmt::format("host endpoint `{}`", endpoint->name)
                                    : fmt::format("interface `{}`", half.own.hook.interface_name)));
}

static void report(const Half& half, const std::vector<Side>& sides, Diagnostics& diagnostics) {
  PacketSpace& space = half.space();
  const Direction direction = half.own.hook.direction;
  const SourceSpan span = half.origin().span;
  const PacketSet tracked = half.answers.by_answer[kTracked], dropped = half.answers.by_answer[kDropped];
  const Side* elsewhere = space.empty(tracked) ? nullptr : answered_elsewhere(half, sides);
  if (elsewhere) {
    report_interface(half, *elsewhere, tracked, diagnostics);
  } else if (!space.empty(tracked)) {
    const bool some = !space.empty(half.answers.by_answer[kUntracked]);
    const std::string_view how_many = some ? "only some of their replies" : "none of their replies";
    const auto version = unanswered_version(space, half.answers);
    Diagnostic& finding = version ? diagnostics.report(span, answered_in_one_version, to_string(direction),
                                                       *version == ir::IpVersion::V4 ? "IPv4" : "IPv6")
                          : direction == Direction::Ingress
                              ? diagnostics.report(span, reply_not_untracked, how_many)
                              : diagnostics.report(span, incoming_reply_not_untracked, how_many);
    finish(half, finding, tracked, "is tracked");
  }
  if (!space.empty(dropped)) {
    finish(half, diagnostics.report(span, reply_denied, to_string(direction)), dropped, "is dropped");
  }
}

void check_egress_symmetry(const Subject& subject, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  std::vector<Side> sides;
  subject.for_each_interface([&](HookView ingress, HookView egress) {
    sides.emplace_back(space, ingress, egress);
    sides.emplace_back(space, egress, ingress);
  });
  for (const Side& side : sides) {
    if (side.all_answered()) continue;
    const PacketSet untracked_answers = side.untracked_answers();
    for (const auto& [ref, answers] : side.by_rule()) {
      report({subject, side.own, side.other, side.own.rule(ref), answers, untracked_answers}, sides,
             diagnostics);
    }
  }
}

}  // namespace untrack::passes::lint
