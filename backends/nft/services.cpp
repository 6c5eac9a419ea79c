#include "backends/nft/services.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/lengths.h"
#include "backends/nft/rules.h"

namespace untrack::backends::nft {

static std::size_t count(const std::vector<ir::PortRange>& ports) {
  std::size_t total = 0;
  for (const ir::PortRange& range : ports) total += range.last - range.first + 1u;
  return total;
}

// Rules that look address and port up; a hash table for each of the lengths that nets are split into.
static void add_hashed(Program& program, std::vector<Rule>& out, const AddressLookup& lookup,
                       ir::IpVersion version, const std::map<int, int>& lengths,
                       const std::vector<AddressElement>& elements) {
  std::map<int, AddressMap> tables;
  for (const AddressElement& each : elements) {
    const int bits = lengths.at(each.net.prefix_bits());
    AddressMap& table = tables[bits];
    for (const ir::Cidr& part : ir::split(each.net, bits)) {
      table.elements.push_back(each);
      table.elements.back().net = part;
    }
  }
  std::vector<AddressMap> ordered;
  for (auto& [bits, table] : tables) {
    table.name = fmt::format("{}{}-{}", lookup.name, version == ir::IpVersion::V4 ? "4" : "6", bits);
    table.version = version;
    table.hashed_bits = bits;
    table.with_ports = true;
    ordered.push_back(std::move(table));
  }
  // Where most of the nets are, most of the packets that are found will be.
  std::ranges::stable_sort(ordered, std::greater<>(),
                           [](const AddressMap& each) { return each.elements.size(); });
  for (AddressMap& each : ordered) {
    out.push_back(
        {{}, AddressDispatch{version, lookup.side, each.hashed_bits, lookup.port_side, each.name}, ""});
    program.address_maps.push_back(std::move(each));
  }
}

namespace {

// By IP version: into which lengths prefixes are split. A length that is missing is not looked up.
using Lengths = std::array<std::map<int, int>, 2>;

class Services {
 public:
  Services(Program& program, const AddressLookup& lookup, const Guard& guard,
           std::span<const ServicePorts> services)
      : program_(program), lookup_(lookup), guard_(guard), services_(services) {
    for (const ServicePorts& each : services) {
      std::array<const AddressList*, kPortProtocols> lists{};
      bool any = false;
      for (std::size_t i = 0; i < kPortProtocols; ++i) {
        if (!each.lists[i]) continue;
        lists[i] = &*each.lists[i];
        any = any || !lists[i]->rules.empty();
      }
      const bool narrow = count(each.ports) <= kMostServicePorts;
      auto& made = cells_.emplace_back();
      taken_.push_back(any && narrow);
      if (!taken_.back()) continue;
      for (std::size_t v = 0; v < 2; ++v) made[v] = cells(lists, program.sets.ruleset(), ir::kIpVersions[v]);
    }
  }

  std::vector<std::optional<PortElement>> add() {
    choose();
    std::vector<std::optional<PortElement>> found(services_.size());
    if (std::ranges::find(taken_, true) == taken_.end()) return found;
    const std::vector<Rule> lookups = add_tables();
    for (std::size_t i = 0; i < services_.size(); ++i) {
      if (taken_[i]) found[i] = element(services_[i], lookups);
    }
    return found;
  }

 private:
  std::string comment(const std::vector<const ir::Rule*>& rules) const {
    return program_.comments ? nft::comment(rules) : "";
  }

  // Which ports take part. Fewer may as soon as one length more is not worth its lookup.
  void choose() {
    while (true) {
      std::size_t elements = 0;
      for (std::size_t v = 0; v < 2; ++v) elements += choose_lengths(v);
      const std::size_t before = static_cast<std::size_t>(std::ranges::count(taken_, true));
      if (elements < kServicesPerLookup.front()) taken_.assign(taken_.size(), false);
      for (std::size_t i = 0; i < services_.size(); ++i) taken_[i] = taken_[i] && looked_up(i);
      if (static_cast<std::size_t>(std::ranges::count(taken_, true)) == before) return;
    }
  }

  bool looked_up(std::size_t service) const {
    for (std::size_t v = 0; v < 2; ++v) {
      for (const Cell& cell : cells_[service][v]) {
        if (!lengths_[v].contains(cell.net.prefix_bits())) return false;
      }
    }
    return true;
  }

  // How many elements there are, of all lengths.
  std::size_t choose_lengths(std::size_t version) {
    ir::LengthCounts counts;
    std::size_t total = 0;
    for (std::size_t i = 0; i < services_.size(); ++i) {
      if (!taken_[i]) continue;
      for (const Cell& cell : cells_[i][version]) counts[cell.net.prefix_bits()] += count(services_[i].ports);
    }
    lengths_[version] = hashed_lengths(counts);
    ir::LengthCounts tables;
    for (const auto& [bits, table] : lengths_[version]) {
      tables[table] += counts[bits];
      total += counts[bits];
    }
    std::size_t most = 0;
    while (most < kServicesPerLookup.size() && total >= kServicesPerLookup[most]) ++most;
    while (tables.size() > std::max<std::size_t>(most, 1)) {
      const auto fewest = std::ranges::min_element(tables, {}, &ir::LengthCounts::value_type::second);
      std::erase_if(lengths_[version], [&](const auto& each) { return each.second == fewest->first; });
      tables.erase(fewest);
    }
    return total;
  }

  // Rules that look address and port up.
  std::vector<Rule> add_tables() {
    std::vector<Rule> lookups;
    for (std::size_t v = 0; v < 2; ++v) {
      std::vector<AddressElement> elements;
      for (std::size_t i = 0; i < services_.size(); ++i) {
        if (!taken_[i]) continue;
        for (const Cell& cell : cells_[i][v]) {
          const Verdict verdict = guarded_verdict(program_, guard_, cell.outcomes);
          const std::string words = comment(cell.rules);
          for (const ir::PortRange& range : services_[i].ports) {
            for (int port = range.first; port <= range.last; ++port)
              elements.push_back({cell.net, static_cast<ir::Port>(port), verdict, words});
          }
        }
      }
      add_hashed(program_, lookups, lookup_, ir::kIpVersions[v], lengths_[v], elements);
    }
    return lookups;
  }

  static std::vector<Item> head_of(const ServicePorts& ports) {
    for (const auto& list : ports.lists) {
      if (list) return list->head;
    }
    return {};
  }

  // Ports whose packets come to the same end if they are not found share a chain.
  PortElement element(const ServicePorts& ports, const std::vector<Rule>& lookups) {
    Outcomes ends{};
    std::vector<const ir::Rule*> rules;
    for (std::size_t i = 0; i < kPortProtocols; ++i) {
      if (!ports.lists[i]) continue;
      ends[i] = ports.lists[i]->end;
      if (ports.lists[i]->end_rule != nullptr) rules.push_back(ports.lists[i]->end_rule);
    }
    const Verdict end = guarded_verdict(program_, guard_, ends);
    const auto* further = std::get_if<Goto>(&end);  // else they stay tracked
    const std::vector<Item> head = ports.lowering == nullptr ? std::vector<Item>() : head_of(ports);
    const ChainKey key{further != nullptr ? further->chain : "", ports.lowering, head};
    const auto [place, fresh] = chains_.try_emplace(key);
    if (fresh) {
      place->second = chains_.size() == 1 ? lookup_.name : fmt::format("{}.{}", lookup_.name, chains_.size());
      Chain chain{place->second, std::nullopt, {}};
      if (ports.lowering != nullptr) chain.rules = ports.lowering->plain_rules(place->second, head);
      std::ranges::copy(lookups, std::back_inserter(chain.rules));
      if (further != nullptr) chain.rules.push_back({{}, *further, ""});
      program_.chains.push_back(std::move(chain));
    }
    return {{}, Goto{place->second}, comment(rules)};
  }

  Program& program_;
  const AddressLookup& lookup_;
  const Guard& guard_;
  std::span<const ServicePorts> services_;
  std::vector<std::array<std::vector<Cell>, 2>> cells_;  // by service and IP version
  std::vector<bool> taken_;
  Lengths lengths_;
  // Where packets go that are not found, and what comes before.
  using ChainKey = std::tuple<std::string, const ClassLowering*, std::vector<Item>>;
  std::map<ChainKey, std::string> chains_;
};

}  // namespace

std::vector<std::optional<PortElement>> add_services(Program& program, const AddressLookup& lookup,
                                                     const Guard& guard,
                                                     std::span<const ServicePorts> services) {
  return Services(program, lookup, guard, services).add();
}

}  // namespace untrack::backends::nft
