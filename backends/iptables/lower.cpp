#include "backends/iptables/lower.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "backends/iptables/match.h"
#include "backends/iptables/names.h"
#include "backends/iptables/sets.h"
#include "support/overloaded.h"

namespace untrack::backends::iptables {

// CT does not end the walk, so that untracking takes two rules: one pair, shared.
static Chain allow_chain() {
  return {std::string(kAllowChain), {{{}, Notrack{}, ""}, {{}, Accept{}, ""}}};
}

static std::string comment(const ir::Rule& rule) {
  std::string text;
  for (const ir::Provenance& each : rule.provenance) {
    if (!text.empty()) text += ", ";
    text += ir::to_string(each);
  }
  return text;
}

// Every way on is a goto, so there never is a chain of ours to come back to: `RETURN` and the end of a chain
// leave us.
static Target target(const ir::Action& action, const Target& next_block) {
  return std::visit(
      overloaded{[](ir::Untrack) -> Target { return Goto{std::string(kAllowChain)}; },
                 [](ir::Drop) -> Target { return Drop{}; }, [](ir::Track) -> Target { return Return{}; },
                 [&](ir::NextBlock) { return next_block; },
                 [](const ir::LogPacket& log) -> Target { return log; }},
      action);
}

namespace {

// Table raw for packets of one IP version.
class TableLowering {
 public:
  TableLowering(const ir::Ruleset& ruleset, const Options& options, ir::IpVersion version, SetStore& sets)
      : ruleset_(ruleset), options_(options), sets_(sets), table_{version, {}} {}

  Table table() {
    add_entry(ir::Direction::Ingress, kPreroutingChain);
    add_entry(ir::Direction::Egress, kOutputChain);
    table_.chains.push_back(allow_chain());
    for (const ir::InterfaceHook& hook : ruleset_.hooks) add_hook(hook);
    return std::move(table_);
  }

 private:
  void add_entry(ir::Direction direction, std::string_view name) {
    Chain chain{std::string(name), {}};
    for (const ir::InterfaceHook& hook : ruleset_.hooks) {
      if (hook.direction != direction) continue;
      chain.rules.push_back({{InterfaceIs{direction, hook.interface_name}}, Goto{chain_name(hook, 1)}, ""});
    }
    table_.chains.push_back(std::move(chain));
  }

  // A block that is jumped to begins a chain of its own, and the one before ends by going there.
  void add_hook(const ir::InterfaceHook& hook) {
    std::size_t part = 1;
    Chain chain{chain_name(hook, part), {}};
    for (std::size_t i = 0; i < hook.blocks.size(); ++i) {
      const bool last = i + 1 == hook.blocks.size();
      const Goto next{chain_name(hook, part + 1)};
      const bool skips = add_rules(chain.rules, hook.blocks[i], last ? Target(Return{}) : next);
      if (!skips || last) continue;
      chain.rules.push_back({{}, next, ""});
      table_.chains.push_back(std::exchange(chain, Chain{next.chain, {}}));
      ++part;
    }
    table_.chains.push_back(std::move(chain));
  }

  // Whether a rule goes to the next block.
  bool add_rules(std::vector<Rule>& out, const ir::Block& block, const Target& next_block) {
    bool skips = false;
    for (const ir::Rule& rule : block.rules) {
      auto ways = alternatives(sets_, rule.match, table_.version);
      skips |= !ways.empty() && std::holds_alternative<ir::NextBlock>(rule.action);
      for (Conditions& conditions : ways) {
        out.push_back(
            {std::move(conditions), target(rule.action, next_block), options_.strip ? "" : comment(rule)});
      }
    }
    return skips;
  }

  const ir::Ruleset& ruleset_;
  const Options& options_;
  SetStore& sets_;
  Table table_;
};

}  // namespace

// A match may ask for sets before it turns out to be empty.
static std::vector<Set> used_sets(std::vector<Set> sets, const std::array<Table, 2>& tables) {
  std::set<std::string> used;
  for (const Table& table : tables) {
    for (const Chain& chain : table.chains) {
      for (const Rule& rule : chain.rules) {
        for (const Condition& condition : rule.conditions) {
          if (const auto* match = std::get_if<InSet>(&condition)) used.insert(match->set);
        }
      }
    }
  }
  std::erase_if(sets, [&](const Set& set) { return !used.contains(set.name); });
  return sets;
}

Program lower(const ir::Ruleset& ruleset, const Options& options) {
  SetStore sets(ruleset, !options.strip);
  Program program;
  for (std::size_t i = 0; i < program.tables.size(); ++i) {
    program.tables[i] = TableLowering(ruleset, options, ir::kIpVersions[i], sets).table();
  }
  program.sets = used_sets(sets.take(), program.tables);
  return program;
}

}  // namespace untrack::backends::iptables
