#include "backends/nft/program.h"

#include <algorithm>
#include <utility>

#include "backends/nft/costs.h"

namespace untrack::backends::nft {

std::string_view keyword(Side side) {
  return side == Side::Source ? "sport" : "dport";
}

Statement as_statement(const Verdict& verdict) {
  return std::visit([](const auto& each) -> Statement { return each; }, verdict);
}

std::optional<Verdict> as_verdict(const Statement& statement) {
  if (const auto* jump = std::get_if<Goto>(&statement)) return *jump;
  if (std::holds_alternative<Drop>(statement)) return Drop{};
  if (std::holds_alternative<Accept>(statement)) return Accept{};
  if (std::holds_alternative<NotrackAccept>(statement)) return Goto{std::string(kUntrackChain)};
  return std::nullopt;
}

bool is_untrack(const Verdict& verdict) {
  const auto* jump = std::get_if<Goto>(&verdict);
  return jump != nullptr && jump->chain == kUntrackChain;
}

const Verdict& used(Program& program, const Verdict& verdict) {
  if (is_untrack(verdict)) {
    const std::string name(kUntrackChain);
    program.shared_chains.try_emplace(name,
                                      Chain{name, std::nullopt, {{{}, NotrackAccept{program.mark}, ""}}});
  }
  return verdict;
}

static bool all_alike(const std::vector<PortElement>& elements) {
  return std::ranges::all_of(
      elements, [&](const PortElement& each) { return each.verdict == elements.front().verdict; });
}

void add_port_rules(Program& program, std::vector<Rule>& out, const std::string& name, Side side,
                    std::optional<ir::Protocol> protocol, std::vector<PortElement> elements) {
  std::ranges::sort(elements, {}, &PortElement::ports);
  if (elements.size() <= kPortsInRules) {
    for (const PortElement& each : elements)
      out.push_back({{PortIn{side, protocol, ir::PortSet({each.ports}), false}},
                     as_statement(each.verdict),
                     each.comment});
    return;
  }
  PortMap single{name, {}}, ranges{name + "-ranges", {}};
  for (PortElement& each : elements) {
    if (each.ports.last - each.ports.first >= kExpandedPorts) {
      ranges.elements.push_back(std::move(each));
      continue;
    }
    for (int port = each.ports.first; port <= each.ports.last; ++port) {
      single.elements.push_back(each);
      single.elements.back().ports = {static_cast<ir::Port>(port), static_cast<ir::Port>(port)};
    }
  }
  single.is_set = single.elements.size() <= kMostInBitmap && all_alike(single.elements);
  for (PortMap* map : {&single, &ranges}) {
    if (map->elements.empty()) continue;
    if (map->is_set) {
      const Verdict verdict = map->elements.front().verdict;
      out.push_back({{PortIn{side, protocol, map->name, false}}, as_statement(verdict), ""});
    } else {
      out.push_back({{}, PortDispatch{side, protocol, map->name}, ""});
    }
    program.maps.push_back(std::move(*map));
  }
}

}  // namespace untrack::backends::nft
