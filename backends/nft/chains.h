// The rules of one hook, for packets of one class, as chains and maps.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/nft/address_split.h"
#include "backends/nft/dispatch.h"
#include "backends/nft/guard.h"
#include "backends/nft/program.h"
#include "backends/nft/rule_list.h"
#include "backends/nft/rules.h"

namespace untrack::backends::nft {

// The branch with most ports: it needs no element, since it is what follows behind the map.
const Branch& widest(const Dispatch& split);

class ClassLowering {
 public:
  // Without a guard, packets of the class alone may meet the chains. A list with a log rule takes none.
  ClassLowering(Program& program, RuleLists& lists, std::optional<Guard> guard)
      : program_(program),
        lists_(lists),
        guard_(std::move(guard)),
        split_budget_(split_budget(lists, program.sets.ruleset(), program.splitting)) {}

  // Packets that go on with the list go to a chain that is made elsewhere.
  void made_elsewhere(RuleListId id, const std::string& chain) { chains_.emplace(id, chain); }
  // Adds the chain `name` for the rules of the list behind `before`, and the chains that they go to.
  void add(const std::string& name, const RuleList& list, std::vector<Rule> before = {});
  // The items one after the other, for a chain of that name.
  std::vector<Rule> plain_rules(const std::string& name, const std::vector<Item>& items);
  // What is done with ports of the branch; chains that it needs have names that begin with `name`.
  PortElement element(const Branch& branch, Side side, const std::string& name);

 private:
  class ChainLowering;
  // What is done with packets that meet a whole list. For a rule that decides alone no chain is needed.
  struct Decision {
    Verdict verdict;
    std::string comment;  // may be empty
  };
  Decision decision(RuleListId id, const std::string& wanted);
  std::string chain_of(RuleListId id, const std::string& wanted);
  std::string unused(const std::string& wanted);
  void fill(const std::string& name, const RuleList& list, std::vector<Rule> before = {});
  Statement guarded(Statement statement);
  Verdict verdict(const Statement& statement);
  template <class Rules>  // one, or several
  std::string comment(const Rules& rules) const {
    return program_.comments ? nft::comment(rules) : "";
  }

  Program& program_;
  RuleLists& lists_;
  std::optional<Guard> guard_;
  std::map<RuleListId, std::string> chains_;
  std::set<std::string> names_;
  SplitBudget split_budget_;
};

}  // namespace untrack::backends::nft
