// What traffic changes between two policies, exactly:
//
//   open_session     OLD, NEW -> two PolicySets
//   lower_policies   each, for a node -> two Rulesets
//   changes_of       two Rulesets -> changes, each with a witness and the rules that decide
//   in_common        changes of all nodes -> equal ones once
#include "driver/commands/diff.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "driver/commands/commands.h"
#include "driver/did_you_mean.h"
#include "driver/parallel.h"
#include "driver/progress.h"
#include "driver/session.h"
#include "ir/meaning.h"
#include "passes/check_policies.h"
#include "passes/lower_policies.h"

namespace untrack::driver {

namespace {

// One of the two policies, with what is asked of it again and again.
struct Policy {
  Session session;
  std::optional<passes::Cluster> cluster;  // of `session`
  std::set<std::string> nodes;
};

// One policy of one node, where packets pass.
struct Place {
  const SourceMap& sources;
  const ir::Ruleset& ruleset;
  const ir::InterfaceHook* hook;  // null: no untracked policy there
};

using HookPlace = std::pair<std::string, ir::Direction>;

struct NodeChanges {
  Diagnostics before, after;  // of lowering
  std::vector<Change> changes;
  std::optional<HookPlace> too_large;  // to be compared within the budget
};

}  // namespace

// ---- one direction of one interface

static const ir::InterfaceHook* find_hook(const ir::Ruleset& ruleset, const HookPlace& place) {
  const auto found = std::ranges::find_if(ruleset.hooks, [&](const ir::InterfaceHook& hook) {
    return hook.interface_name == place.first && hook.direction == place.second;
  });
  return found == ruleset.hooks.end() ? nullptr : &*found;
}

static NamedRule named(const SourceMap& sources, const ir::Rule& rule) {
  const ir::Provenance& origin = rule.provenance.front();
  return {to_string(origin), origin.span.exists() ? sources.place(origin.span) : ""};
}

// The rules that make what becomes of a packet: not those that only send it to the next tier.
static void add_rules(const Place& place, const ir::Trace& trace, std::vector<NamedRule>& rules) {
  for (const ir::RuleRef& ref : trace.rules) {
    const ir::Rule& rule = place.hook->blocks[ref.block].rules[ref.rule];
    if (std::holds_alternative<ir::NextBlock>(rule.action)) continue;
    const NamedRule name = named(place.sources, rule);
    if (std::ranges::find(rules, name) == rules.end()) rules.push_back(name);
  }
}

static ChangeSide side(ir::PacketSpace& space, const Place& place, const ir::HookMeaning& meaning,
                       const ir::Effect& effect, ir::PacketSet changed, const ir::Packet& witness) {
  ChangeSide side{.effect = to_string(effect), .rules = {}};
  if (!place.hook) return side;
  add_rules(place, meaning.traces[space.at(meaning.map, witness, place.hook->direction)], side.rules);
  for (const ir::Leaf leaf : space.leaves(meaning.map, changed))
    add_rules(place, meaning.traces[leaf], side.rules);
  return side;
}

static ir::HookMeaning meaning_of(ir::PacketSpace& space, const Place& place) {
  if (!place.hook) return {space.constant(0), {ir::Trace{}}};
  return ir::meaning(space, place.ruleset, *place.hook);
}

static ir::PacketMap effects_of(ir::PacketSpace& space, const Place& place, ir::EffectTable& table) {
  if (!place.hook) return space.constant(table.leaf({}));
  return ir::effects(space, place.ruleset, *place.hook, table);
}

// One for each pair of effects that some packet changes between.
static void add_changes(ir::PacketSpace& space, const Place& before, const Place& after, const HookPlace& at,
                        std::vector<Change>& changes) {
  ir::EffectTable table;
  const ir::PacketMap old_effects = effects_of(space, before, table);
  const ir::PacketMap new_effects = effects_of(space, after, table);
  if (space.exhausted() || old_effects == new_effects) return;
  const ir::HookMeaning old_meaning = meaning_of(space, before), new_meaning = meaning_of(space, after);
  std::map<std::pair<ir::Leaf, ir::Leaf>, ir::Leaf> kinds;
  const ir::PacketMap differing = space.combine(old_effects, new_effects, [&](ir::Leaf a, ir::Leaf b) {
    if (a == b) return ir::Leaf{0};
    return kinds.try_emplace({a, b}, static_cast<ir::Leaf>(kinds.size() + 1)).first->second;
  });
  for (const auto& [effects, kind] : kinds) {
    const ir::PacketSet changed = space.where(differing, kind);
    const auto witness = space.witness(changed, at.second);
    if (space.exhausted()) return;
    if (!witness) continue;
    changes.push_back({.interface_name = at.first,
                       .direction = at.second,
                       .witness = to_string(*witness),
                       .before = side(space, before, old_meaning, table[effects.first], changed, *witness),
                       .after = side(space, after, new_meaning, table[effects.second], changed, *witness)});
  }
}

// ---- one node

// Without any rule where the policy does not speak of the node.
static ir::Ruleset lower(const Policy& policy, const std::string& node, const passes::LowerOptions& options,
                         Diagnostics& diagnostics) {
  ir::Ruleset none;
  none.node = node;
  if (!policy.nodes.contains(node)) return none;
  return passes::lower_policies(*policy.cluster, node, options, diagnostics);
}

static NodeChanges changes_of(const Policy& before, const Policy& after, const std::string& node,
                              const DiffOptions& options) {
  const std::size_t budget = before.session.config.proof_budget;
  NodeChanges result;
  const ir::Ruleset old_rules = lower(before, node, options.lower, result.before);
  const ir::Ruleset new_rules = lower(after, node, options.lower, result.after);
  std::set<HookPlace> places;
  for (const ir::Ruleset* rules : {&old_rules, &new_rules}) {
    for (const ir::InterfaceHook& hook : rules->hooks) places.emplace(hook.interface_name, hook.direction);
  }
  ir::PacketSpace space(budget);
  const auto compare = [&](const HookPlace& place) {
    std::vector<Change> found;
    add_changes(space, {before.session.sources, old_rules, find_hook(old_rules, place)},
                {after.session.sources, new_rules, find_hook(new_rules, place)}, place, found);
    if (!space.exhausted()) std::ranges::move(found, std::back_inserter(result.changes));
    return !space.exhausted();
  };
  for (const HookPlace& place : places) {
    if (compare(place)) continue;
    space = ir::PacketSpace(budget);  // places share one while it lasts
    if (compare(place)) continue;
    result.too_large = place;
    return result;
  }
  return result;
}

// ---- all nodes

static std::variant<std::vector<std::string>, Failure> nodes_of(const Policy& before, const Policy& after,
                                                                const std::vector<std::string>& asked) {
  std::set<std::string> known = before.nodes;
  known.insert(after.nodes.begin(), after.nodes.end());
  if (asked.empty()) return std::vector<std::string>(known.begin(), known.end());
  for (const std::string& node : asked) {
    if (known.contains(node)) continue;
    return Failure{ExitStatus::WrongUsage,
                   fmt::format("no node `{}` in either input{}", node, did_you_mean(node, known))};
  }
  const std::set<std::string> distinct(asked.begin(), asked.end());
  return std::vector<std::string>(distinct.begin(), distinct.end());
}

// In the order of the first node that shows each.
static std::vector<CommonChange> in_common(const std::vector<std::string>& nodes,
                                           std::vector<NodeChanges> found) {
  std::vector<CommonChange> common;
  std::map<Change, std::size_t> places;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (Change& change : found[i].changes) {
      const auto [place, is_new] = places.try_emplace(change, common.size());
      if (is_new) common.push_back({.change = std::move(change), .nodes = {}});
      common[place->second].nodes.push_back(nodes[i]);
    }
  }
  return common;
}

// ---- the whole

static std::optional<Failure> open(Policy& policy, const std::string& path, const DiffOptions& options,
                                   Console& console) {
  InputOptions input = options.input;
  input.paths = {path};
  auto opened = open_session(input, options.jobs, console);
  if (auto* failure = std::get_if<Failure>(&opened)) return *failure;
  policy.session = std::get<Session>(std::move(opened));
  policy.cluster.emplace(policy.session.policies);
  passes::check_policies(*policy.cluster, policy.session.diagnostics);
  const std::vector<std::string> names = policy.session.policies.node_names();
  policy.nodes.insert(names.begin(), names.end());
  return std::nullopt;
}

// Half of a policy compared with another would mislead: its errors end the command.
static bool refuse(const Policy& policy, const DiffOptions& options, Console& console) {
  if (!policy.session.diagnostics.refuses_compile()) return false;
  ReportOptions errors = options.report;
  errors.quiet = true;
  show_findings(policy.session, errors, FailOn::Never, console.err, console.err_is_terminal, console);
  return true;
}

ExitStatus diff(const DiffOptions& options, Console& console) {
  if (options.before == "-" && options.after == "-") {
    return fail(console, {ExitStatus::WrongUsage, "only one of OLD and NEW can be standard input"});
  }
  Policy before, after;
  if (const auto failure = open(before, options.before, options, console)) return fail(console, *failure);
  if (const auto failure = open(after, options.after, options, console)) return fail(console, *failure);
  const auto chosen = nodes_of(before, after, options.nodes);
  if (const auto* failure = std::get_if<Failure>(&chosen)) return fail(console, *failure);
  const auto& nodes = std::get<std::vector<std::string>>(chosen);

  std::vector<NodeChanges> found(nodes.size());
  Progress progress(console.err, console.err_is_terminal && !options.report.quiet, nodes.size());
  for_each_index(options.jobs, nodes.size(), [&](std::size_t index) {
    found[index] = changes_of(before, after, nodes[index], options);
    progress.one_done();
  });
  for (NodeChanges& node : found) {
    before.session.diagnostics.append(std::move(node.before));
    after.session.diagnostics.append(std::move(node.after));
  }
  const bool old_refused = refuse(before, options, console), new_refused = refuse(after, options, console);
  if (old_refused || new_refused) return ExitStatus::Findings;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!found[i].too_large) continue;
    const auto& [interface_name, direction] = *found[i].too_large;
    return fail(console,
                {ExitStatus::WorldFailed,
                 fmt::format("{}, {} on {}: could not be compared within the budget; see --proof-budget",
                             nodes[i], to_string(direction), interface_name)});
  }
  const std::vector<CommonChange> changes = in_common(nodes, std::move(found));
  console.out << (options.json ? render_diff_json(changes) : render_diff_text(changes)) << std::flush;
  return changes.empty() ? ExitStatus::Done : ExitStatus::Findings;
}

}  // namespace untrack::driver
