#include "backends/nft/rules.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/nets.h"
#include "support/overloaded.h"

namespace untrack::backends::nft {

Statement statement(const ir::Action& action, const Statement& next_block, std::optional<MarkBit> mark) {
  return std::visit(
      overloaded{[&](ir::Untrack) -> Statement { return NotrackAccept{mark}; },
                 [](ir::Drop) -> Statement { return Drop{}; },
                 [](ir::Track) -> Statement { return Accept{}; }, [&](ir::NextBlock) { return next_block; },
                 [](const ir::LogPacket& log) -> Statement { return log; }},
      action);
}

static bool continues(const ir::Provenance& a, const ir::Provenance& b) {
  return a.policy == b.policy && a.direction == b.direction;
}

static std::string comment(const std::vector<ir::Provenance>& all) {
  std::string text;
  for (std::size_t i = 0; i < all.size();) {
    const bool same_policy = i > 0 && continues(all[i - 1], all[i]);
    std::size_t last = i;
    while (last + 1 < all.size() && continues(all[last], all[last + 1]) &&
           all[last + 1].index == all[last].index + 1) {
      ++last;
    }
    text += i == 0 ? "" : same_policy ? "," : ", ";
    text += same_policy ? std::to_string(all[i].index) : ir::to_string(all[i]);
    if (last > i) text += fmt::format("{}{}", last == i + 1 ? "," : "-", all[last].index);
    i = last + 1;
  }
  return text;
}

std::string comment(const ir::Rule& rule) {
  return comment(rule.provenance);
}

std::string comment(const std::vector<const ir::Rule*>& rules) {
  std::vector<ir::Provenance> all;
  for (const ir::Rule* rule : rules) std::ranges::copy(rule->provenance, std::back_inserter(all));
  return comment(all);
}

// ---- versions

static bool tells_version(const Condition& condition) {
  return std::visit(
      overloaded{[](const AddressIn&) { return true; }, [](const SocketIn&) { return true; },
                 [](const IcmpIs&) { return true; }, [](const LaterFragment&) { return true; },
                 [](const VersionIs&) { return true; }, [](const InterfaceIs&) { return false; },
                 [](const ProtocolIs&) { return false; }, [](const PortIn&) { return false; },
                 [](const HeaderReadable& readable) { return !ir::has_ports(readable.protocol); }},
      condition);
}

// After a protocol: in the other order `nft list` of 1.0.6 loses the version (`meta nfproto ipv4 meta l4proto
// icmp` comes back as `meta l4proto icmp`, which IPv6 packets meet as well).
static Conditions with_version(Conditions conditions, ir::IpVersion version) {
  if (std::ranges::any_of(conditions, tells_version)) return conditions;
  const bool protocol_first = !conditions.empty() && std::holds_alternative<ProtocolIs>(conditions.front());
  conditions.insert(conditions.begin() + (protocol_first ? 1 : 0), VersionIs{version});
  return conditions;
}

// ---- short lists

static const InlinePrefixes* prefix_list(const Condition& condition, bool negated) {
  const auto* address = std::get_if<AddressIn>(&condition);
  const auto* list = address == nullptr || address->negated != negated
                         ? nullptr
                         : std::get_if<InlinePrefixes>(&address->addresses);
  return list != nullptr && list->size() > 1 ? list : nullptr;
}

static Condition with_prefix(const Condition& condition, const ir::Cidr& prefix) {
  AddressIn one = std::get<AddressIn>(condition);
  one.addresses = InlinePrefixes{prefix};
  return one;
}

// Lists of ports as sets with names, which other rules share; of prefixes that are not to be, a condition
// each.
static Conditions written_out(const Conditions& conditions, SetStore& sets) {
  Conditions made;
  for (const Condition& condition : conditions) {
    if (const InlinePrefixes* list = prefix_list(condition, true)) {
      for (const ir::Cidr& prefix : *list) made.push_back(with_prefix(condition, prefix));
      continue;
    }
    made.push_back(condition);
    auto* port = std::get_if<PortIn>(&made.back());
    const auto* list = port == nullptr ? nullptr : std::get_if<ir::PortSet>(&port->ports);
    if (list != nullptr && list->ranges().size() > 1) port->ports = sets.ports(*list);
  }
  return made;
}

// A rule for each prefix of a list, or of several.
static void add_rule(std::vector<Rule>& out, SetStore& sets, const Conditions& conditions,
                     const Rule& model) {
  std::vector<Conditions> ways = {written_out(conditions, sets)};
  // Each of several rules would have a limit of its own.
  const auto* log = std::get_if<ir::LogPacket>(&model.statement);
  const bool limited = log != nullptr && log->limit;
  for (std::size_t i = 0; !limited && i < ways.front().size(); ++i) {
    const InlinePrefixes* list = prefix_list(ways.front()[i], false);
    if (list == nullptr || ways.size() * list->size() > kInlineElements) continue;
    std::vector<Conditions> more;
    for (const Conditions& way : ways) {
      for (const ir::Cidr& prefix : std::get<InlinePrefixes>(std::get<AddressIn>(way[i]).addresses)) {
        more.push_back(way);
        more.back()[i] = with_prefix(way[i], prefix);
      }
    }
    ways = std::move(more);
  }
  for (Conditions& way : ways) out.push_back({std::move(way), model.statement, model.comment});
}

// The rule where packets are told by tables of addresses (nets.h); false if it has to stand otherwise.
static bool add_by_tables(std::vector<Rule>& out, Program& program, const ir::Match& match,
                          ir::IpVersion version, HeaderClass header_class, const Rule& model) {
  const auto verdict = as_verdict(model.statement);
  if (!verdict) return false;
  const auto large = large_set(program, match, version);
  if (!large) return false;
  const auto lookups = address_rules(program, large->id, version, large->side, *verdict);
  if (!lookups) return false;
  ir::Match rest = match;
  std::erase((large->side == Side::Source ? rest.source : rest.destination).in, large->id);
  for (const Conditions& each : alternatives(program.sets, rest, version, header_class)) {
    for (const Rule& lookup : *lookups) {
      Conditions all = each;
      std::ranges::copy(lookup.conditions, std::back_inserter(all));
      add_rule(out, program.sets, all, {{}, lookup.statement, model.comment});
    }
  }
  return true;
}

void add_rules(std::vector<Rule>& out, Program& program, const ir::Match& match, Known known,
               const Rule& model) {
  std::array<std::vector<Conditions>, 2> found;
  for (std::size_t v = 0; v < 2; ++v) {
    const ir::IpVersion version = ir::kIpVersions[v];
    if (known.version && version != known.version) continue;
    if (!add_by_tables(out, program, match, version, known.header_class, model))
      found[v] = alternatives(program.sets, match, version, known.header_class);
  }
  if (known.version) {
    for (const Conditions& each : found[known.version == ir::IpVersion::V6])
      add_rule(out, program.sets, each, model);
    return;
  }
  const auto& [v4, v6] = found;
  const auto in = [](const Conditions& each, const std::vector<Conditions>& all) {
    return std::ranges::find(all, each) != all.end();
  };
  for (const Conditions& each : v4) {
    add_rule(out, program.sets, in(each, v6) ? each : with_version(each, ir::IpVersion::V4), model);
  }
  for (const Conditions& each : v6) {
    if (!in(each, v4)) add_rule(out, program.sets, with_version(each, ir::IpVersion::V6), model);
  }
}

}  // namespace untrack::backends::nft
