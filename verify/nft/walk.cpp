#include "verify/nft/walk.h"

#include <algorithm>

#include "support/overloaded.h"
#include "verify/lookup.h"
#include "verify/nft/check.h"
#include "verify/nft/fields.h"

namespace untrack::verify::nft {

class TableWalk {
 public:
  TableWalk(const Table& table, Composer& composer, Fields& fields)
      : table_(table), composer_(composer), fields_(fields) {}

  // Exits are Continue or Drop: what accepts in one base chain goes on to the next.
  ir::PacketMap base_chain(const Chain& chain) {
    const Exit policy = chain.hook->drops ? Exit::Drop : Exit::Continue;
    return composer_.space.map(rules(chain), [&](ir::Leaf leaf) {
      leaf = composer_.outcomes.with_exits(leaf, Exit::Return, policy);
      leaf = composer_.outcomes.with_exits(leaf, Exit::Continue, policy);
      return composer_.outcomes.with_exits(leaf, Exit::Accept, Exit::Continue);
    });
  }

 private:
  // The depth of recursion is bounded by check().
  ir::PacketMap chain(const std::string& name) {
    if (const auto known = chains_.find(name); known != chains_.end()) return known->second;
    const ir::PacketMap walk = rules(table_.chains.find(name)->second);
    chains_.emplace(name, walk);
    return walk;
  }

  ir::PacketMap rules(const Chain& chain) {
    std::vector<ir::PacketMap> walks;
    walks.reserve(chain.rules.size());
    for (const Rule& rule : chain.rules) walks.push_back(walk(rule));
    return composer_.sequence(std::move(walks));
  }

  // From the last statement to the first; tests that stand side by side are joined before they are applied.
  ir::PacketMap walk(const Rule& rule) {
    ir::PacketMap rest = composer_.go_on();
    const Hits head = head_test(rule);
    // Nothing passes, on this interface say: the chain behind need not be looked at.
    if (head == composer_.never()) return rest;
    Hits test = composer_.always();
    for (std::size_t i = rule.statements.size(); i-- > 0;) {
      if (const auto* match = std::get_if<MatchStatement>(&rule.statements[i])) {
        test = composer_.both(this->match(*match, known_protocol(rule, i)), test);
        continue;
      }
      rest = composer_.sequence({act(rule, i), composer_.when(test, rest)});
      test = composer_.always();
    }
    return composer_.when(test, rest);
  }

  // The tests that stand before the rule does anything.
  Hits head_test(const Rule& rule) {
    Hits test = composer_.always();
    for (std::size_t i = 0; i < rule.statements.size() && test != composer_.never(); ++i) {
      const auto* match = std::get_if<MatchStatement>(&rule.statements[i]);
      if (match == nullptr) break;
      test = composer_.both(test, this->match(*match, known_protocol(rule, i)));
    }
    return test;
  }

  // What the equalities before a statement have settled about the transport protocol.
  static std::optional<ir::Protocol> known_protocol(const Rule& rule, std::size_t before) {
    std::optional<ir::Protocol> known;
    for (std::size_t i = 0; i < before; ++i) {
      const auto* match = std::get_if<MatchStatement>(&rule.statements[i]);
      if (match == nullptr || !match->is_equality || match->key[0].quantity != Quantity::L4Proto) continue;
      const Number number = std::get<Set>(match->set).elements[0].values[0].first;
      known = ir::Protocol{static_cast<std::uint8_t>(number)};
    }
    return known;
  }

  const Set& set(const SetSource& source) const {
    const auto* name = std::get_if<std::string>(&source);
    return name != nullptr ? table_.sets.find(*name)->second : std::get<Set>(source);
  }

  Hits dependencies(const Key& key, std::optional<ir::Protocol> known) {
    Hits all = composer_.always();
    for (const Field& field : key) all = composer_.both(all, fields_.dependency(field, known));
    return all;
  }

  // The packets that have every field of the key, so that a lookup takes place at all.
  Hits looked_up(const Key& key) {
    Hits all = composer_.always();
    for (const Field& field : key) all = composer_.both(all, fields_.loaded(field));
    return all;
  }

  Hits found(const Key& key, std::span<const Values* const> elements) {
    return found_in(composer_, elements, key.size(),
                    [&](std::size_t field, const Ranges& values) { return fields_.in(key[field], values); });
  }

  Hits match(const MatchStatement& match, std::optional<ir::Protocol> known) {
    return composer_.both(dependencies(match.key, known), compared(match));
  }

  Hits compared(const MatchStatement& match) {
    std::vector<const Values*> elements;
    for (const Element& element : set(match.set).elements) {
      if (element.catches_all()) return match.negated ? composer_.never() : looked_up(match.key);
      elements.push_back(&element.values);
    }
    if (!match.negated) return found(match.key, elements);
    if (match.key.size() > 1) return composer_.except(looked_up(match.key), found(match.key, elements));
    // By the other values, and not by the other packets: a field that holds this value wherever it is loaded
    // is never unequal to it.
    std::vector<Range> ranges;
    for (const Values* values : elements) ranges.push_back(values->front());
    const Field& field = match.key.front();
    return fields_.in(field, Ranges(std::move(ranges)).complement(field.bits));
  }

  ir::PacketMap act(const Rule& rule, std::size_t i) {
    Outcomes& outcomes = composer_.outcomes;
    return std::visit(
        overloaded{
            [&](const MatchStatement&) { return composer_.go_on(); },
            [&](const VerdictMapStatement& map) { return verdict_map(map, known_protocol(rule, i)); },
            [&](const Verdict& verdict) { return this->verdict(verdict); },
            [&](const NotrackStatement&) {
              return composer_.always(outcomes.just(Outcome{.untracked = true}));
            },
            [&](const LogStatement& log) {
              return composer_.always(outcomes.just(Outcome{.logs = {outcomes.log(log.log)}}));
            },
            [&](const SetMarkStatement&) {
              return composer_.always(outcomes.just(Outcome{.mark = Mark::Set}));
            },
            [&](const ClearMarkStatement&) {
              return composer_.always(outcomes.just(Outcome{.mark = Mark::Cleared}));
            },
        },
        rule.statements[i]);
  }

  ir::PacketMap verdict(const Verdict& verdict) {
    switch (verdict.kind) {
      case Verdict::Kind::Accept: return composer_.always(composer_.outcomes.just(Exit::Accept));
      case Verdict::Kind::Drop: return composer_.always(composer_.outcomes.just(Exit::Drop));
      case Verdict::Kind::Continue: return composer_.go_on();
      case Verdict::Kind::Return: return composer_.always(composer_.outcomes.just(Exit::Return));
      case Verdict::Kind::Jump: return composer_.jump(chain(verdict.chain));
      case Verdict::Kind::Goto: return composer_.go_to(chain(verdict.chain));
    }
    return composer_.go_on();
  }

  ir::PacketMap verdict_map(const VerdictMapStatement& statement, std::optional<ir::Protocol> known) {
    std::map<Verdict, std::vector<const Values*>> by_verdict;
    std::vector<const Values*> all;
    const Verdict* otherwise = nullptr;
    for (const Element& element : set(statement.set).elements) {
      if (element.catches_all()) {
        otherwise = &*element.verdict;
      } else {
        all.push_back(&element.values);
        by_verdict[*element.verdict].push_back(&element.values);
      }
    }
    std::vector<std::pair<Hits, ir::PacketMap>> branches;
    for (const auto& [verdict, elements] : by_verdict) {
      const Hits taken = found(statement.key, elements);
      // Nothing here, for another interface say: the chain need not be looked at.
      if (taken != composer_.never()) branches.emplace_back(taken, this->verdict(verdict));
    }
    if (otherwise != nullptr) {
      const Hits missed = composer_.except(looked_up(statement.key), found(statement.key, all));
      branches.emplace_back(missed, this->verdict(*otherwise));
    }
    return composer_.when(dependencies(statement.key, known), composer_.dispatch(branches));
  }

  const Table& table_;
  Composer& composer_;
  Fields& fields_;
  std::map<std::string, ir::PacketMap> chains_;
};

// ---- the whole ruleset

struct BaseChain {
  Family family;
  const Table* table;
  const Chain* chain;
};

static std::vector<BaseChain> base_chains(const Script& script, ir::Direction direction) {
  const std::string_view hook = direction == ir::Direction::Ingress ? "prerouting" : "output";
  std::vector<BaseChain> found;
  for (const auto& [name, table] : script.tables) {
    for (const auto& [chain_name, chain] : table.chains) {
      if (chain.hook && chain.hook->name == hook && decides_tracking(*chain.hook)) {
        found.push_back({name.first, &table, &chain});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const BaseChain& a, const BaseChain& b) {
    return a.chain->hook->priority < b.chain->hook->priority;
  });
  return found;
}

static Hits seen_by(Composer& composer, Family family) {
  switch (family) {
    case Family::Ip: return composer.exactly(composer.space.version(ir::IpVersion::V4));
    case Family::Ip6: return composer.exactly(composer.space.version(ir::IpVersion::V6));
    case Family::Inet: return composer.always();
  }
  return composer.always();
}

// Behind every base chain.
static std::optional<ir::Effect> effect(const Outcomes& outcomes, const Outcome& outcome, bool writes_mark) {
  if (outcome.exit == Exit::Anything) return std::nullopt;
  if (outcome.exit == Exit::Drop) return outcomes.effect(outcome, ir::Verdict::Drop);
  if (!outcomes.mark_fits(outcome, writes_mark)) return std::nullopt;
  return outcomes.effect(outcome, outcome.untracked ? ir::Verdict::Untrack : ir::Verdict::Track);
}

ir::PacketMap effects(const Script& script, ir::PacketSpace& space, ir::EffectTable& table,
                      ir::Direction direction, std::string_view interface_name,
                      const std::optional<Before>& before) {
  Composer composer(space);
  const Hits marked = before ? composer.exactly(before->marked) : Hits{space.nothing(), space.everything()};
  Fields fields(composer, direction, interface_name, marked);
  std::vector<ir::PacketMap> walks;
  if (before) walks.push_back(composer.after(*before));
  for (const BaseChain& base : base_chains(script, direction)) {
    TableWalk walk(*base.table, composer, fields);
    walks.push_back(composer.when(seen_by(composer, base.family), walk.base_chain(*base.chain)));
  }
  return composer.effects(composer.sequence(std::move(walks)), table, [&](const Outcome& outcome) {
    return effect(composer.outcomes, outcome, script.mark.has_value());
  });
}

}  // namespace untrack::verify::nft
