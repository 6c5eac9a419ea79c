#include "verify/nft/check.h"

#include <algorithm>

#include "support/overloaded.h"
#include "verify/nft/names.h"
#include "verify/refuse.h"

namespace untrack::verify::nft {

// NF_IP_PRI_CONNTRACK (linux/netfilter_ipv4.h): from here on `notrack` comes too late.
static constexpr std::int32_t kConntrackPriority = -200;
// NFT_JUMP_STACK_SIZE is 16 (net/netfilter/nf_tables.h) and counts the base chain; a sixteenth jump or goto
// below it fails with EMLINK (tried on Linux 6.18).
static constexpr int kMostJumps = 15;

bool decides_tracking(const Hook& hook) {
  return (hook.name == "prerouting" || hook.name == "output") && hook.priority < kConntrackPriority;
}

// ---- sets

static void check_no_ranges(const Set& set) {
  for (const Element& element : set.elements) {
    for (const Range& value : element.values) {
      if (value.first != value.last) refuse(element.line, "a range in a set without `flags interval`");
    }
  }
}

// Elements of one field that overlap: the kernel refuses them in maps with EEXIST, whatever their verdicts.
static void check_no_overlap(const Set& map) {
  std::vector<const Element*> sorted;
  for (const Element& element : map.elements) {
    if (element.values.size() == 1) sorted.push_back(&element);
  }
  std::sort(sorted.begin(), sorted.end(), [](const Element* a, const Element* b) {
    return a->values != b->values ? a->values < b->values : a->line < b->line;
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const bool overlap = sorted[i]->values[0].first <= sorted[i - 1]->values[0].last;
    if (overlap && sorted[i]->verdict != sorted[i - 1]->verdict) {
      refuse(sorted[i]->line, "the key of this element overlaps the one of line {}, with another verdict",
             sorted[i - 1]->line);
    }
  }
}

static void check_set(const Set& set) {
  if (!set.interval) check_no_ranges(set);
  if (set.verdict_map) check_no_overlap(set);
}

// ---- rules

class TableCheck {
 public:
  explicit TableCheck(const Table& table) : table_(table) {}

  void run() {
    for (const auto& [name, set] : table_.sets) check_elements(set);
    for (const auto& [name, chain] : table_.chains) {
      for (const Rule& rule : chain.rules) check_rule(rule);
    }
    for (const auto& [name, chain] : table_.chains) depth_below(name, chain.line, 0);
  }

 private:
  void check_elements(const Set& set) {
    check_set(set);
    for (const Element& element : set.elements) {
      if (element.verdict) check_target(*element.verdict, element.line);
    }
  }

  void check_target(const Verdict& verdict, std::uint32_t line) {
    if (verdict.chain.empty()) return;
    const auto target = table_.chains.find(verdict.chain);
    if (target == table_.chains.end()) refuse(line, "there is no chain `{}`", verdict.chain);
    if (target->second.hook) refuse(line, "`{}` is a base chain: no rule may go there", verdict.chain);
  }

  void check_source(const SetSource& source, const Key& key, bool verdict_map, std::uint32_t line) {
    if (const auto* set = std::get_if<Set>(&source)) return check_elements(*set);
    const std::string& name = std::get<std::string>(source);
    const auto found = table_.sets.find(name);
    if (found == table_.sets.end()) refuse(line, "there is no set or map `{}`", name);
    const Set& set = found->second;
    if (set.verdict_map != verdict_map)
      refuse(line, "`{}` is {}", name, set.verdict_map ? "a map" : "no map");
    for (std::size_t i = 0; i < std::max(key.size(), set.types.size()); ++i) {
      if (i >= key.size() || i >= set.types.size() || key[i].type != set.types[i]) {
        refuse(line, "`{}` does not hold what is looked up in it", name);
      }
    }
  }

  void check_rule(const Rule& rule) {
    for (const Statement& statement : rule.statements) {
      std::visit(
          overloaded{
              [&](const MatchStatement& match) { check_source(match.set, match.key, false, rule.line); },
              [&](const VerdictMapStatement& map) { check_source(map.set, map.key, true, rule.line); },
              [&](const Verdict& verdict) { check_target(verdict, rule.line); },
              [](const NotrackStatement&) {},
              [](const LogStatement&) {},
              [](const SetMarkStatement&) {},
              [](const ClearMarkStatement&) {},
          },
          statement);
    }
  }

  // The longest way down from a chain, in jumps. Ends on loops too: they are deeper than allowed.
  int depth_below(const std::string& name, std::uint32_t line, int above) {
    if (above > kMostJumps)
      refuse(line, "chains call each other in a loop, or more than {} deep", kMostJumps);
    if (const auto known = depths_.find(name); known != depths_.end()) {
      if (above + known->second > kMostJumps)
        refuse(line, "chains call each other more than {} deep", kMostJumps);
      return known->second;
    }
    int depth = 0;
    const auto look_below = [&](const Verdict& verdict, std::uint32_t from) {
      if (!verdict.chain.empty()) depth = std::max(depth, 1 + depth_below(verdict.chain, from, above + 1));
    };
    for (const Rule& rule : table_.chains.find(name)->second.rules) for_each_verdict(rule, look_below);
    depths_.emplace(name, depth);
    return depth;
  }

  template <class F>
  void for_each_verdict(const Rule& rule, const F& f) {
    for (const Statement& statement : rule.statements) {
      if (const auto* verdict = std::get_if<Verdict>(&statement)) f(*verdict, rule.line);
      const auto* map = std::get_if<VerdictMapStatement>(&statement);
      if (map == nullptr) continue;
      const auto* name = std::get_if<std::string>(&map->set);
      const Set& set = name != nullptr ? table_.sets.find(*name)->second : std::get<Set>(map->set);
      for (const Element& element : set.elements) f(*element.verdict, element.line);
    }
  }

  const Table& table_;
  std::map<std::string, int> depths_;
};

// ---- base chains

// A chain at a later hook that only accepts: accepting there ends no other base chain (nft(8), "VERDICT
// STATEMENT").
static void check_harmless(const Chain& chain) {
  const auto only_accepts = [](const Statement& statement) {
    const auto* verdict = std::get_if<Verdict>(&statement);
    return std::holds_alternative<MatchStatement>(statement) ||
           (verdict != nullptr && verdict->chain.empty() && verdict->kind != Verdict::Kind::Drop);
  };
  if (chain.hook->drops) refuse(chain.line, "a chain at hook `{}` drops by its policy", chain.hook->name);
  for (const Rule& rule : chain.rules) {
    if (!std::all_of(rule.statements.begin(), rule.statements.end(), only_accepts)) {
      refuse(rule.line, "at hook `{}` with priority {} only rules that accept are understood",
             chain.hook->name, chain.hook->priority);
    }
  }
}

static void check_chain(const Chain& chain) {
  if (!chain.hook) return;
  if (chain.hook->chain_type != "filter")
    refuse(chain.line, "a chain of type `{}` is not understood", chain.hook->chain_type);
  if (!decides_tracking(*chain.hook)) check_harmless(chain);
}

// Base chains of one hook and priority run in the order of their registration, which a listing does not tell.
// One that does nothing may come at any time.
static void check_order_of_base_chains(const Script& script) {
  std::map<std::tuple<std::string, std::int32_t, bool>, std::uint32_t> seen;  // and whether for IPv6
  for (const auto& [table_name, table] : script.tables) {
    for (const auto& [name, chain] : table.chains) {
      if (!chain.hook || (chain.rules.empty() && !chain.hook->drops)) continue;
      for (const bool v6 : {false, true}) {
        if (table_name.first == (v6 ? Family::Ip : Family::Ip6)) continue;
        if (!seen.try_emplace({chain.hook->name, chain.hook->priority, v6}, chain.line).second) {
          refuse(chain.line, "two chains at hook `{}` with priority {}: which one comes first is not defined",
                 chain.hook->name, chain.hook->priority);
        }
      }
    }
  }
}

// ---- the packet mark

namespace {
// Of the chains that one base chain's packets meet.
struct MarkUse {
  std::optional<std::uint32_t> tested, written;  // the line of a rule that does
};
}  // namespace

static bool tests_mark(const Statement& statement) {
  const auto* match = std::get_if<MatchStatement>(&statement);
  return match != nullptr && match->key.front().quantity == Quantity::MarkBit;
}
static bool writes_mark(const Statement& statement) {
  return std::holds_alternative<SetMarkStatement>(statement) ||
         std::holds_alternative<ClearMarkStatement>(statement);
}

[[noreturn]] static void refuse_mark_test(std::uint32_t line, std::string_view hook, std::uint32_t written) {
  refuse(line, "the packet mark is tested at hook `{}`, where line {} writes it", hook, written);
}

static void look_for_mark(const Chain& chain, std::string_view hook, MarkUse& use) {
  for (const Rule& rule : chain.rules) {
    for (const Statement& statement : rule.statements) {
      if (tests_mark(statement)) {
        if (use.written) refuse_mark_test(rule.line, hook, *use.written);
        use.tested = rule.line;
      }
      if (writes_mark(statement)) use.written = rule.line;
    }
  }
}

// A test stands for what packets come with, so nothing may have written the bit before: no rule above it in
// its base chain, and none that other chains have. Chains without a hook are taken to be called from each
// base chain of their table, at its beginning and at its end.
static void check_mark(const Script& script) {
  std::map<std::string, std::vector<MarkUse>> by_hook;
  for (const auto& [table_name, table] : script.tables) {
    for (const auto& [base_name, base] : table.chains) {
      if (!base.hook) continue;
      MarkUse shared;
      for (const auto& [name, chain] : table.chains) {
        if (!chain.hook) look_for_mark(chain, base.hook->name, shared);
      }
      // In whatever order they are called.
      if (shared.tested && shared.written) refuse_mark_test(*shared.tested, base.hook->name, *shared.written);
      MarkUse own;
      look_for_mark(base, base.hook->name, own);
      by_hook[base.hook->name].push_back(shared);
      by_hook[base.hook->name].push_back(own);
    }
  }
  for (const auto& [hook, uses] : by_hook) {
    for (const MarkUse& testing : uses) {
      for (const MarkUse& writing : uses) {
        if (&testing != &writing && testing.tested && writing.written)
          refuse_mark_test(*testing.tested, hook, *writing.written);
      }
    }
  }
}

void check(const Script& script) {
  for (const auto& [name, table] : script.tables) {
    TableCheck(table).run();
    for (const auto& [chain_name, chain] : table.chains) check_chain(chain);
  }
  check_order_of_base_chains(script);
  check_mark(script);
}

}  // namespace untrack::verify::nft
