#include "passes/lint/check_icmp_errors.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/mirror_rule.h"
#include "passes/lint/stateless_diagnostics.h"

namespace untrack::passes::lint {

using ir::IpVersion;
using ir::PacketSet;
using ir::PacketSpace;

namespace {

// What an IP version says to the sender of a packet that is too large: destination unreachable with the code
// for fragmentation needed (RFC 792, RFC 1191), packet too big (RFC 4443 section 3.2).
struct TooBig {
  IpVersion version;
  ir::Protocol protocol;
  std::uint8_t type, code;
};
constexpr TooBig kTooBig[] = {{IpVersion::V4, ir::kIcmp, 3, 4}, {IpVersion::V6, ir::kIcmp6, 2, 0}};

}  // namespace

// Untracked packets of an IP version that a path may be too narrow for.
static PacketSet untracked_flows(PacketSpace& space, const HookView& view, IpVersion version) {
  PacketSet carried = space.nothing();
  for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp, ir::kSctp})
    carried = space.unite(carried, space.protocol(protocol));
  return space.intersect(view.packets(ir::Verdict::Untrack),
                         space.intersect(carried, space.version(version)));
}

static PacketSet messages(PacketSpace& space, const TooBig& kind) {
  return space.intersect(space.icmp(kind.type, kind.type, kind.code, kind.code), space.version(kind.version));
}

static const ir::Rule* first_untracking(const Subject& subject, const HookView& view, PacketSet flows) {
  PacketSpace& space = subject.space();
  for (const ir::Block& block : view.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {
      if (!std::holds_alternative<ir::Untrack>(rule.action)) continue;
      if (!space.empty(space.intersect(flows, subject.packets(rule, view.hook.direction)))) return &rule;
    }
  }
  return nullptr;
}

static ir::PolicyRule allowing(ir::Protocol protocol, std::uint8_t type) {
  ir::PolicyRule rule{ir::Allow{}, {}, {}, {}, {}, {}, {}, {}};
  rule.protocol = ir::ProtocolSpec{protocol, true, {}};
  rule.icmp = ir::IcmpSpec{type, std::nullopt, {}, {}};
  return rule;
}

// What lets the errors pass.
static std::vector<ir::PolicyRule> missing_rules(bool v4, bool v6) {
  std::vector<ir::PolicyRule> rules;
  if (v4) rules.push_back(allowing(ir::kIcmp, 3));
  if (v6) rules.push_back(allowing(ir::kIcmp6, 1));
  if (v6) rules.push_back(allowing(ir::kIcmp6, 2));
  return rules;
}

static std::string help(const Subject& subject, const std::string& policy,
                        const std::vector<ir::PolicyRule>& rules) {
  std::string text = fmt::format("add to the ingress and the egress rules of `{}`:", policy);
  for (const ir::PolicyRule& rule : rules) text += "\n" + to_yaml(subject.origins().policies(), rule);
  return text;
}

// Unsafe: errors about tracked packets are untracked, too.
static Fix fix(const Subject& subject, const ir::Policy& policy, const std::vector<ir::PolicyRule>& rules) {
  Fix fix{.safety = Safety::Unsafe,
          .effect = FixEffect::Asked,
          .text = fmt::format("add rules for these errors to `{}`", policy.name)};
  const MappingPlace spec{policy.object_span, {"spec"}};
  for (const ir::Direction side : ir::kDirections) {
    const std::string key(to_string(side));
    for (const ir::PolicyRule& rule : rules) {
      fix.changes.push_back(AddItem{.mapping = spec,
                                    .key = key,
                                    .item = rule_value(subject.origins().policies(), rule),
                                    .after = side == ir::Direction::Egress ? "ingress" : ""});
    }
    if (policy.governs(side)) continue;
    fix.changes.push_back(AddItem{.mapping = spec,
                                  .key = "types",
                                  .item = word(side == ir::Direction::Egress ? "Egress" : "Ingress"),
                                  .only_if_there = true});
  }
  return fix;
}

static void check(const Subject& subject, const HookView& ingress, const HookView& egress,
                  Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const PacketSet untracked = ingress.packets(ir::Verdict::Untrack);
  PacketSet lost = space.nothing();
  const ir::Rule* rule = nullptr;
  for (const TooBig& kind : kTooBig) {
    const PacketSet in = untracked_flows(space, ingress, kind.version);
    const PacketSet out = untracked_flows(space, egress, kind.version);
    const PacketSet wanted = messages(space, kind);
    if (space.empty(space.unite(in, out)) || !space.empty(space.intersect(wanted, untracked))) continue;
    lost = space.unite(lost, wanted);
    if (!rule) rule = first_untracking(subject, ingress, in);
    if (!rule) rule = first_untracking(subject, egress, out);
  }
  const auto witness = subject.witness(lost, ingress.hook);
  if (!rule || !witness) return;
  const auto is_lost = [&](IpVersion version) {
    return !space.empty(space.intersect(lost, space.version(version)));
  };
  const bool v4 = is_lost(IpVersion::V4), v6 = is_lost(IpVersion::V6);
  const ir::Provenance& origin = rule->provenance.front();
  const ir::Policy* policy = subject.origins().policy(origin);
  Diagnostic& finding = diagnostics.report(origin.span, icmp_errors_tracked,
                                           v4 && v6 ? "ICMP and ICMPv6"
                                           : v4     ? "ICMP"
                                                    : "ICMPv6");
  finding.witness(fmt::format("{} is not untracked", to_string(*witness)));
  subject.note_endpoint(ingress.hook, finding);
  const std::vector<ir::PolicyRule> rules = missing_rules(v4, v6);
  finding.help(help(subject, policy ? policy->name : origin.policy, rules));
  if (policy && policy->object_span.exists()) finding.fix(fix(subject, *policy, rules));
}

void check_icmp_errors(const Subject& subject, Diagnostics& diagnostics) {
  subject.for_each_interface(
      [&](HookView ingress, HookView egress) { check(subject, ingress, egress, diagnostics); });
}

}  // namespace untrack::passes::lint
