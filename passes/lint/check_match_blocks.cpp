#include "passes/lint/check_match_blocks.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/meaning.h"
#include "passes/lint/dataplane_diagnostics.h"
#include "passes/lint/felix_ports.h"

namespace untrack::passes::lint {

using ir::IpVersion;
using ir::Match;
using ir::PacketSet;
using ir::PacketSpace;

static std::size_t alternatives(const std::vector<ir::CidrSpec>& nets, IpVersion version) {
  return static_cast<std::size_t>(
      std::ranges::count_if(nets, [&](const ir::CidrSpec& net) { return net.cidr.version() == version; }));
}

namespace {

enum class List : std::uint8_t { SourcePorts, DestinationPorts, SourceNets, DestinationNets };

}  // namespace

static std::string_view name_of(List list) {
  switch (list) {
    case List::SourcePorts: return "source ports";
    case List::DestinationPorts: return "destination ports";
    case List::SourceNets: return "source nets";
    case List::DestinationNets: return "destination nets";
  }
  __builtin_unreachable();
}

// The lists that become blocks, in the order in which Felix writes them.
static std::vector<List> blocks(const ir::PolicyRule& rule, IpVersion version) {
  std::vector<List> lists;
  if (port_matches(rule.source.ports) > 1) lists.push_back(List::SourcePorts);
  if (port_matches(rule.destination.ports) > 1) lists.push_back(List::DestinationPorts);
  if (alternatives(rule.source.nets, version) > 1) lists.push_back(List::SourceNets);
  if (alternatives(rule.destination.nets, version) > 1) lists.push_back(List::DestinationNets);
  return lists;
}

// The set that a rule's nets have become, if they restrict it.
static void forget_nets(const ir::Ruleset& ruleset, const std::vector<ir::CidrSpec>& nets,
                        std::optional<IpVersion> version, ir::SideMatch& side) {
  std::vector<ir::Cidr> prefixes;
  for (const ir::CidrSpec& net : nets) {
    if (!version || net.cidr.version() == *version) prefixes.push_back(net.cidr);
  }
  const ir::AddressSet set(std::move(prefixes));
  const auto found =
      std::ranges::find_if(side.in, [&](ir::AddressSetId id) { return ruleset.address_sets[id] == set; });
  if (found != side.in.end()) side.in.erase(found);
}

static void forget(List list, const ir::Ruleset& ruleset, const ir::PolicyRule& written, Match& match) {
  switch (list) {
    case List::SourcePorts: match.source.ports.reset(); return;
    case List::DestinationPorts: match.destination.ports.reset(); return;
    case List::SourceNets: return forget_nets(ruleset, written.source.nets, match.ip_version, match.source);
    case List::DestinationNets:
      return forget_nets(ruleset, written.destination.nets, match.ip_version, match.destination);
  }
}

// Packets that come as far as a rule, and whose fate it would change.
static PacketSet changed_by(PacketSpace& space, const HookView& view, ir::RuleRef ref) {
  const ir::Action& action = view.rule(ref).action;
  const auto decided_before = [&](const ir::Trace& trace) {
    return std::ranges::any_of(trace.rules, [&](ir::RuleRef met) {
      if (!(met < ref)) return false;
      const ir::Action& earlier = view.rule(met).action;
      if (std::holds_alternative<ir::LogPacket>(earlier)) return false;
      return met.block == ref.block || !std::holds_alternative<ir::NextBlock>(earlier);
    });
  };
  const auto same = [&](const ir::Trace& trace) {
    return (trace.verdict == ir::Verdict::Untrack && std::holds_alternative<ir::Untrack>(action)) ||
           (trace.verdict == ir::Verdict::Drop && std::holds_alternative<ir::Drop>(action));
  };
  return {space.map(view.meaning.map, [&](ir::Leaf leaf) -> ir::Leaf {
    const ir::Trace& trace = view.meaning.traces[leaf];
    return !decided_before(trace) && !same(trace) ? 1 : 0;
  })};
}

static std::string_view verb(const ir::PolicyAction& action) {
  return std::holds_alternative<ir::Allow>(action)  ? "allow"
         : std::holds_alternative<ir::Deny>(action) ? "deny"
                                                    : "match";
}

static void check_rule(const Subject& subject, const HookView& view, ir::RuleRef ref,
                       const ir::PolicyRule& written, IpVersion version, Diagnostics& diagnostics) {
  const std::vector<List> lists = blocks(written, version);
  if (lists.size() < 3) return;
  PacketSpace& space = subject.space();
  const ir::Rule& rule = view.rule(ref);
  Match wide = rule.match;
  std::vector<std::string_view> forgotten;
  for (std::size_t i = 2; i < lists.size(); ++i) {
    forget(lists[i], subject.ruleset(), written, wide);
    forgotten.push_back(name_of(lists[i]));
  }
  const ir::Direction direction = view.hook.direction;
  PacketSet more =
      space.subtract(packets(space, subject.ruleset(), wide, direction), subject.packets(rule, direction));
  more = space.intersect(space.intersect(more, space.version(version)), changed_by(space, view, ref));
  const auto witness = subject.witness(more, view.hook);
  if (!witness) return;
  Diagnostic& finding =
      diagnostics.report(written.span, widened_by_match_blocks,
                         fmt::format("{}", fmt::join(forgotten, " and the ")), verb(written.action));
  finding.witness(fmt::format("{} is not in the rule, and Felix would take it", to_string(*witness)));
  subject.note_endpoint(view.hook, finding);
  finding.help("write two rules, or put the nets into a GlobalNetworkSet and select it: a set is no list");
}

void check_match_blocks(const Subject& subject, Diagnostics& diagnostics) {
  const bool ebpf = subject.settings().bpf_enabled;  // only egress rules are lines there
  subject.for_each_written_rule([&](const HookView& view, ir::RuleRef ref, const ir::PolicyRule& written) {
    if (ebpf && view.hook.direction == ir::Direction::Ingress) return;
    for (const IpVersion version : ir::kIpVersions)
      check_rule(subject, view, ref, written, version, diagnostics);
  });
}

}  // namespace untrack::passes::lint
