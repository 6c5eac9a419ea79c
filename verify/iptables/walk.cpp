#include "verify/iptables/walk.h"

#include "support/overloaded.h"

namespace untrack::verify::iptables {

class FileWalk {
 public:
  FileWalk(const RuleFile& file, Composer& composer, Matches& matches)
      : file_(file), composer_(composer), matches_(matches) {}

  // The depth of recursion is bounded by parse_rules().
  ir::PacketMap chain(std::string_view name) {
    if (const auto known = chains_.find(name); known != chains_.end()) return known->second;
    std::vector<ir::PacketMap> walks;
    for (const Rule& rule : file_.chains.find(name)->second.rules) walks.push_back(walk(rule));
    const ir::PacketMap all = composer_.sequence(std::move(walks));
    chains_.emplace(name, all);
    return all;
  }

 private:
  ir::PacketMap walk(const Rule& rule) {
    std::vector<Test> tests;
    Hits passing = composer_.always();
    for (const Match& match : rule.matches) {
      tests.push_back(matches_.test(match));
      passing = composer_.both(passing, tests.back().taken);
      // Nothing passes, on this interface say: the tests behind are not reached.
      if (passing == composer_.never()) break;
    }
    ir::PacketMap rest = passing == composer_.never() ? composer_.go_on() : target(rule.target);
    Hits pending = composer_.always();
    for (std::size_t i = tests.size(); i-- > 0;) {
      if (tests[i].dropped == composer_.never()) {
        pending = composer_.both(tests[i].taken, pending);
        continue;
      }
      rest = composer_.when(pending, rest);
      pending = composer_.always();
      const std::pair<Hits, ir::PacketMap> branches[] = {
          {tests[i].taken, rest},
          {tests[i].dropped, composer_.always(composer_.outcomes.just(Exit::Drop))},
      };
      rest = composer_.dispatch(branches);
    }
    return composer_.when(pending, rest);
  }

  ir::PacketMap target(const Target& target) {
    Outcomes& outcomes = composer_.outcomes;
    const auto just = [&](const Outcome& outcome) { return composer_.always(outcomes.just(outcome)); };
    return std::visit(
        overloaded{
            [&](const NoTarget&) { return composer_.go_on(); },
            [&](const Accept&) { return just({.exit = Exit::Accept}); },
            [&](const Drop&) { return just({.exit = Exit::Drop}); },
            [&](const Return&) { return just({.exit = Exit::Return}); },
            [&](const Jump& jump) {
              const ir::PacketMap to = chain(jump.chain);
              return jump.comes_back ? composer_.jump(to) : composer_.go_to(to);
            },
            // CT and LOG do not end the walk (xt_CT.c, xt_LOG.c: XT_CONTINUE).
            [&](const Notrack&) { return just({.untracked = true}); },
            [&](const Log& log) { return just({.logs = {outcomes.log(log.log)}}); },
            [&](const MarkTarget& mark) { return just({.mark = mark.set ? Mark::Set : Mark::Cleared}); },
        },
        target);
  }

  const RuleFile& file_;
  Composer& composer_;
  Matches& matches_;
  std::map<std::string, ir::PacketMap, std::less<>> chains_;
};

ir::PacketMap walk(const RuleFile& file, Composer& composer, Matches& matches, ir::Direction direction) {
  const std::string_view entry = direction == ir::Direction::Ingress ? kEntryIngress : kEntryEgress;
  if (!file.chains.contains(entry)) return composer.go_on();  // nothing is loaded for this IP version
  return FileWalk(file, composer, matches).chain(entry);
}

}  // namespace untrack::verify::iptables
