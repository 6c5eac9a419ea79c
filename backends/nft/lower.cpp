#include "backends/nft/lower.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/chains.h"
#include "backends/nft/rules.h"

namespace untrack::backends::nft {

// Words between slashes name parts of a hook: `in-eth0/tcp/2`. No interface name holds a slash.
static std::string hook_chain(const ir::InterfaceHook& hook) {
  return (hook.direction == ir::Direction::Ingress ? "in-" : "out-") + hook.interface_name;
}

static std::string_view word(HeaderClass header_class) {
  switch (header_class) {
    case HeaderClass::Tcp: return "tcp";
    case HeaderClass::Udp: return "udp";
    case HeaderClass::Sctp: return "sctp";
    case HeaderClass::Icmp: return "icmp";
    case HeaderClass::Bare: return "bare";
  }
  return "";
}

static bool looks_at_ports(const ir::Match& match) {
  return match.source.ports || match.destination.ports || !match.source.not_ports.empty() ||
         !match.destination.not_ports.empty();
}

// Whether the rule looks into the header of packets of the class, so that these need rules of their own.
static bool looks_into(const ir::Match& match, HeaderClass header_class) {
  if (header_class == HeaderClass::Bare) return false;
  if (header_class == HeaderClass::Icmp) return match.icmp || match.not_icmp;
  const auto protocol = protocol_of(header_class, ir::IpVersion::V4);
  return looks_at_ports(match) && (!match.protocol || match.protocol == protocol) &&
         match.not_protocol != protocol;
}

// Whether packets must be told apart by their header before they meet the rule; and no rule may skip to where
// they are.
static bool needs_sorting(const ir::Rule& rule) {
  return looks_at_ports(rule.match) || rule.match.icmp || rule.match.not_icmp ||
         std::holds_alternative<ir::NextBlock>(rule.action);
}

namespace {

class Lowering {
 public:
  Lowering(const ir::Ruleset& ruleset, const Options& options)
      : ruleset_(ruleset),
        program_{SetStore(ruleset, !options.strip), {}, {}, !options.strip, options.accept_mark, false} {}

  Table table() {
    for (const ir::Direction direction : ir::kDirections) add_base_chain(direction);
    for (const ir::InterfaceHook& hook : ruleset_.hooks) add_hook(hook);
    if (program_.uses_untrack_chain) {
      program_.chains.push_back(
          {std::string(kUntrackChain), std::nullopt, {{{}, NotrackAccept{program_.mark}, ""}}});
    }
    return {program_.sets.take(), std::move(program_.maps), std::move(program_.chains), program_.mark};
  }

 private:
  void add_base_chain(ir::Direction direction) {
    Chain chain{direction == ir::Direction::Ingress ? "prerouting" : "output", direction, {}};
    if (program_.mark) chain.rules.push_back({{}, ClearMark{*program_.mark}, ""});
    for (const ir::InterfaceHook& hook : ruleset_.hooks) {
      if (hook.direction != direction) continue;
      chain.rules.push_back({{InterfaceIs{direction, hook.interface_name}}, Goto{hook_chain(hook)}, ""});
    }
    program_.chains.push_back(std::move(chain));
  }

  // Sorts packets by their header, before the first rule that looks into one.
  void add_hook(const ir::InterfaceHook& hook) {
    const std::string name = hook_chain(hook);
    std::vector<FlatRule> rules = flat_rules(hook);
    const auto told_apart = [&](HeaderClass header_class) {
      return std::ranges::any_of(
          rules, [&](const FlatRule& each) { return looks_into(each.rule->match, header_class); });
    };
    std::vector<HeaderClass> classes;
    for (const HeaderClass each :
         {HeaderClass::Tcp, HeaderClass::Udp, HeaderClass::Sctp, HeaderClass::Icmp}) {
      if (told_apart(each)) classes.push_back(each);
    }
    if (classes.empty()) return add_chains(program_, rules, HeaderClass::Bare, name);

    Chain sorter{name, std::nullopt, {}};
    const auto first =
        std::ranges::find_if(rules, [](const FlatRule& each) { return needs_sorting(*each.rule); });
    for (auto each = rules.begin(); each != first; ++each) add_rule(sorter.rules, *each->rule);
    rules = behind(rules, static_cast<std::uint32_t>(first - rules.begin()));
    const auto chain_for = [&](HeaderClass each) { return fmt::format("{}/{}", name, word(each)); };
    const auto send = [&](Conditions conditions, HeaderClass to) {
      const bool rules_left = any_rule(rules, to);
      sorter.rules.push_back(
          {std::move(conditions), rules_left ? Statement(Goto{chain_for(to)}) : Accept{}, ""});
    };
    for (const ir::IpVersion version : ir::kIpVersions) send({LaterFragment{version}}, HeaderClass::Bare);
    for (const HeaderClass each : classes) {
      send({HeaderReadable{*protocol_of(each, ir::IpVersion::V4)}}, each);
      if (each == HeaderClass::Icmp) send({HeaderReadable{ir::kIcmp6}}, each);
    }
    if (any_rule(rules, HeaderClass::Bare)) classes.push_back(HeaderClass::Bare);
    if (classes.back() == HeaderClass::Bare) send({}, HeaderClass::Bare);
    program_.chains.push_back(std::move(sorter));
    for (const HeaderClass each : classes) {
      if (any_rule(rules, each)) add_chains(program_, rules, each, chain_for(each));
    }
  }

  // For packets of every class.
  void add_rule(std::vector<Rule>& out, const ir::Rule& rule) {
    add_rules(out, program_.sets, rule.match, HeaderClass::Bare, Prefixes::Together,
              {{}, statement(rule.action, Accept{}, program_.mark), program_.comments ? comment(rule) : ""});
  }

  const ir::Ruleset& ruleset_;
  Program program_;
};

}  // namespace

Table lower(const ir::Ruleset& ruleset, const Options& options) {
  return Lowering(ruleset, options).table();
}

}  // namespace untrack::backends::nft
