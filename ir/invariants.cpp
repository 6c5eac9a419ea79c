#include "ir/invariants.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "support/overloaded.h"

namespace untrack::ir {

namespace {

using Broken = std::optional<std::string>;

// The textual form ends words at blanks and texts at line ends.
bool is_word(std::string_view text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}
bool is_line(std::string_view text) {
  return !text.empty() && text.front() != ' ' &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

Broken broken_ports(const Ruleset& ruleset, const PortMatch& ports) {
  for (const SocketSetId id : ports.sockets) {
    if (id.index >= ruleset.socket_sets.size()) return fmt::format("there is no set %s{}", id.index);
  }
  return std::nullopt;
}

Broken broken_side(const Ruleset& ruleset, const SideMatch& side) {
  for (const auto* ids : {&side.in, &side.not_in}) {
    for (const AddressSetId id : *ids) {
      if (id.index >= ruleset.address_sets.size()) return fmt::format("there is no set %a{}", id.index);
    }
  }
  if (side.ports) {
    if (auto broken = broken_ports(ruleset, *side.ports)) return broken;
  }
  return broken_ports(ruleset, side.not_ports);
}

Broken broken_action(const Action& action) {
  return std::visit(overloaded{
                        [](Untrack) -> Broken { return std::nullopt; },
                        [](Drop) -> Broken { return std::nullopt; },
                        [](Track) -> Broken { return std::nullopt; },
                        [](NextBlock) -> Broken { return std::nullopt; },
                        [](const LogPacket& log) -> Broken {
                          if (!log.limit) return std::nullopt;
                          if (log.limit->rate == 0) return "a log limit of 0 packets";
                          static constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day"};
                          const bool known = std::find(std::begin(kUnits), std::end(kUnits),
                                                       log.limit->unit) != std::end(kUnits);
                          return known ? Broken() : "a log limit per `" + log.limit->unit + "`";
                        },
                    },
                    action);
}

Broken broken_rule(const Ruleset& ruleset, const Rule& rule) {
  if (rule.provenance.empty()) return "a rule from nowhere";
  for (const Provenance& from : rule.provenance) {
    if (!is_word(from.policy)) return "`" + from.policy + "` is no policy id";
  }
  if (auto broken = broken_action(rule.action)) return broken;
  if (auto broken = broken_side(ruleset, rule.match.source)) return broken;
  return broken_side(ruleset, rule.match.destination);
}

Broken broken_hook(const Ruleset& ruleset, const InterfaceHook& hook) {
  if (!is_word(hook.interface_name)) return "an interface name that is no word";
  std::vector<std::string_view> names;
  for (const Block& block : hook.blocks) {
    if (!is_line(block.name)) return "a block name that is no line";
    if (std::find(names.begin(), names.end(), block.name) != names.end()) {
      return "two blocks called `" + block.name + "`";
    }
    names.push_back(block.name);
    for (const Rule& rule : block.rules) {
      if (auto broken = broken_rule(ruleset, rule)) return *broken + " in block `" + block.name + "`";
    }
  }
  return std::nullopt;
}

bool in_order(const InterfaceHook& a, const InterfaceHook& b) {
  return std::tie(a.interface_name, a.direction) < std::tie(b.interface_name, b.direction);
}

}  // namespace

std::optional<std::string> broken_invariant(const Ruleset& ruleset) {
  if (ruleset.address_set_origins.size() != ruleset.address_sets.size())
    return "address sets and their origins differ in number";
  for (std::size_t i = 0; i < ruleset.hooks.size(); ++i) {
    const InterfaceHook& hook = ruleset.hooks[i];
    if (i != 0 && !in_order(ruleset.hooks[i - 1], hook)) {
      return fmt::format("hook {} {} is out of order", hook.interface_name, to_string(hook.direction));
    }
    if (auto broken = broken_hook(ruleset, hook)) {
      return fmt::format("hook {} {}: {}", hook.interface_name, to_string(hook.direction), *broken);
    }
  }
  return std::nullopt;
}

}  // namespace untrack::ir
