#include "backends/nft/address_dispatch.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/lengths.h"

namespace untrack::backends::nft {

static void add_map(Program& program, std::vector<Rule>& out, const AddressLookup& lookup, AddressMap map) {
  out.push_back(
      {{}, AddressDispatch{map.version, lookup.side, map.hashed_bits, lookup.port_side, map.name}, ""});
  program.address_maps.push_back(std::move(map));
}

static std::string map_name(const AddressLookup& lookup, ir::IpVersion version) {
  return lookup.name + (version == ir::IpVersion::V4 ? "4" : "6");
}

void add_hashed_addresses(Program& program, std::vector<Rule>& out, const AddressLookup& lookup,
                          ir::IpVersion version, const std::map<int, int>& lengths,
                          const std::vector<AddressElement>& elements) {
  std::map<int, AddressMap> tables;
  for (const AddressElement& each : elements) {
    const int bits = lengths.at(each.net.prefix_bits());
    AddressMap& table = tables[bits];
    for (const ir::Cidr& part : split(each.net, bits)) {
      table.elements.push_back(each);
      table.elements.back().net = part;
    }
  }
  std::vector<AddressMap> ordered;
  for (auto& [bits, table] : tables) {
    table.name = fmt::format("{}-{}", map_name(lookup, version), bits);
    table.version = version;
    table.hashed_bits = bits;
    table.with_ports = lookup.port_side.has_value();
    ordered.push_back(std::move(table));
  }
  // Where most of the nets are, most of the packets that are found will be.
  std::ranges::stable_sort(ordered, std::greater<>(),
                           [](const AddressMap& each) { return each.elements.size(); });
  for (AddressMap& each : ordered) add_map(program, out, lookup, std::move(each));
}

void add_addresses(Program& program, std::vector<Rule>& out, const AddressLookup& lookup,
                   ir::IpVersion version, const std::vector<AddressElement>& elements) {
  if (elements.empty()) return;
  LengthCounts counts;
  for (const AddressElement& each : elements) ++counts[each.net.prefix_bits()];
  const std::map<int, int> lengths = hashed_lengths(counts);
  if (hashes_pay(elements.size(), count_tables(lengths)))
    return add_hashed_addresses(program, out, lookup, version, lengths, elements);
  add_map(program, out, lookup, {map_name(lookup, version), version, {}, false, elements});
}

}  // namespace untrack::backends::nft
