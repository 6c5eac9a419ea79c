#include "verify/iptables/files.h"

#include "verify/iptables/walk.h"
#include "verify/refuse.h"

namespace untrack::verify::iptables {

static const RuleFile& rules(const Files& files, ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? files.v4 : files.v6;
}

// iptables refuses a rule whose set does not exist, is of the other family or has other dimensions.
void check_sets(const RuleFile& file, const IpSets& sets, ir::IpVersion version) {
  const auto check = [&](const SetMatch& match, std::uint32_t line) {
    const auto found = sets.find(match.set);
    if (found == sets.end()) refuse(line, "there is no set `{}`", match.set);
    const IpSet& set = found->second;
    if (set.version && set.version != version)
      refuse(line, "the set `{}` is of the other IP version", match.set);
    if (!set.parts.empty() && set.parts.size() != match.source.size()) {
      refuse(line, "`{}` has {} dimensions, the match {}", match.set, set.parts.size(), match.source.size());
    }
  };
  for (const auto& [name, chain] : file.chains) {
    for (const Rule& rule : chain.rules) {
      for (const Match& match : rule.matches) {
        if (const auto* set = std::get_if<SetMatch>(&match)) check(*set, rule.line);
      }
    }
  }
}

void check_one_mark(const RuleFile& v4, const RuleFile& v6) {
  if (v4.mark && v6.mark && v4.mark != v6.mark)
    refuse(0, "another bit of the packet mark is written for IPv6 than for IPv4");
  if (v4.tested_mark && v6.tested_mark && v4.tested_mark != v6.tested_mark)
    refuse(0, "another bit of the packet mark is tested for IPv6 than for IPv4");
}

std::optional<MarkBit> mark_of(const Files& files) {
  return files.v4.mark ? files.v4.mark : files.v6.mark;
}

std::optional<MarkBit> tested_mark_of(const Files& files) {
  return files.v4.tested_mark ? files.v4.tested_mark : files.v6.tested_mark;
}

std::vector<std::string> interfaces_of(const Files& files) {
  NameSet names = files.v4.interface_names, prefixes = files.v4.interface_prefixes;
  names.insert(files.v6.interface_names.begin(), files.v6.interface_names.end());
  prefixes.insert(files.v6.interface_prefixes.begin(), files.v6.interface_prefixes.end());
  return representative_names(names, prefixes);
}

// A packet that is untracked but not accepted meets the rules of others behind: no policy means that.
static std::optional<ir::Effect> effect(const Outcomes& outcomes, const Outcome& outcome, bool writes_mark) {
  if (outcome.exit == Exit::Anything) return std::nullopt;
  if (outcome.exit == Exit::Drop) return outcomes.effect(outcome, ir::Verdict::Drop);
  if (!outcomes.mark_fits(outcome, writes_mark)) return std::nullopt;
  if (!outcome.untracked) return outcomes.effect(outcome, ir::Verdict::Track);
  if (outcome.exit == Exit::Accept) return outcomes.effect(outcome, ir::Verdict::Untrack);
  return std::nullopt;
}

ir::PacketMap effects(const Files& files, ir::PacketSpace& space, ir::EffectTable& table,
                      ir::Direction direction, std::string_view interface_name, const Programs& programs) {
  Composer composer(space);
  std::vector<std::pair<Hits, ir::PacketMap>> versions;
  for (const ir::IpVersion version : ir::kIpVersions) {
    Matches matches(composer, files.sets, version, direction, interface_name, programs);
    versions.emplace_back(composer.exactly(space.version(version)),
                          walk(rules(files, version), composer, matches, direction));
  }
  ir::PacketMap all = composer.dispatch(versions);
  if (programs.before) all = composer.sequence({composer.after(*programs.before), all});
  return composer.effects(all, table, [&](const Outcome& outcome) {
    return effect(composer.outcomes, outcome, mark_of(files).has_value());
  });
}

}  // namespace untrack::verify::iptables
