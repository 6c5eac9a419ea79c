#include "ir/evaluate.h"

#include <algorithm>

#include "support/overloaded.h"

namespace untrack::ir {

static bool matches(const IcmpMatch& match, const Packet& packet) {
  return packet.icmp_type == match.type && (!match.code || packet.icmp_code == match.code);
}

static bool matches(const Ruleset& ruleset, const PortMatch& match, const SocketAddress& socket) {
  return match.numbers.contains(socket.port) || std::ranges::any_of(match.sockets, [&](SocketSetId id) {
           return ruleset.socket_sets[id].contains(socket);
         });
}

static bool matches(const Ruleset& ruleset, const SideMatch& match, const Packet& packet,
                    const Address& address, std::optional<Port> port) {
  const auto holds_address = [&](AddressSetId id) { return ruleset.address_sets[id].contains(address); };
  if (!std::ranges::all_of(match.in, holds_address) || std::ranges::any_of(match.not_in, holds_address))
    return false;
  if (!port) return !match.ports;
  const SocketAddress socket{address, packet.protocol, *port};
  if (match.ports && !matches(ruleset, *match.ports, socket)) return false;
  return !matches(ruleset, match.not_ports, socket);
}

bool matches(const Ruleset& ruleset, const Match& match, const Packet& packet) {
  if (match.ip_version && *match.ip_version != packet.version) return false;
  if (match.protocol && *match.protocol != packet.protocol) return false;
  if (match.not_protocol && *match.not_protocol == packet.protocol) return false;
  if (match.icmp && !matches(*match.icmp, packet)) return false;
  if (match.not_icmp && matches(*match.not_icmp, packet)) return false;
  return matches(ruleset, match.source, packet, packet.source, packet.source_port) &&
         matches(ruleset, match.destination, packet, packet.destination, packet.destination_port);
}

// What a rule that matches does to the walk.
enum class Next { Rule, Block, Done };

static Next apply(const Action& action, Trace& trace) {
  const auto decide = [&](Verdict verdict) {
    trace.verdict = verdict;
    trace.decided = true;
    return Next::Done;
  };
  return std::visit(
      overloaded{[&](const Untrack&) { return decide(Verdict::Untrack); },
                 [&](const Drop&) { return decide(Verdict::Drop); },
                 [&](const Track&) { return decide(Verdict::Track); },
                 [](const NextBlock&) { return Next::Block; }, [](const LogPacket&) { return Next::Rule; }},
      action);
}

Trace evaluate(const Ruleset& ruleset, const InterfaceHook& hook, const Packet& packet) {
  Trace trace;
  for (std::uint32_t b = 0; b < hook.blocks.size(); ++b) {
    const Block& block = hook.blocks[b];
    for (std::uint32_t r = 0; r < block.rules.size(); ++r) {
      if (!matches(ruleset, block.rules[r].match, packet)) continue;
      trace.rules.push_back({b, r});
      const Next next = apply(block.rules[r].action, trace);
      if (next == Next::Done) return trace;
      if (next == Next::Block) break;
    }
  }
  return trace;
}

Trace evaluate(const Ruleset& ruleset, std::string_view interface_name, Direction direction,
               const Packet& packet) {
  const auto hook = std::ranges::find_if(ruleset.hooks, [&](const InterfaceHook& h) {
    return h.interface_name == interface_name && h.direction == direction;
  });
  return hook == ruleset.hooks.end() ? Trace{} : evaluate(ruleset, *hook, packet);
}

}  // namespace untrack::ir
