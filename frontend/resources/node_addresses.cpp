#include "frontend/resources/node_addresses.h"

#include <algorithm>

namespace untrack::frontend::resources {

std::optional<ir::Address> address_of(std::string_view text) {
  if (!ir::Cidr::parse(text)) return std::nullopt;
  return ir::Address::parse(text.substr(0, text.find('/')));
}

void add_address(std::optional<ir::Address> address, std::vector<ir::Address>& into) {
  if (address && std::find(into.begin(), into.end(), *address) == into.end()) into.push_back(*address);
}

std::vector<ir::Node::Interface> interfaces_of(yaml::Node list) {
  std::vector<ir::Node::Interface> interfaces;
  for (std::size_t i = 0; i < list.size() && list.is_sequence(); ++i) {
    const yaml::Node item = list.item(i);
    const auto name = item.find("name");
    if (!name || name->text().empty()) continue;
    ir::Node::Interface& interface = interfaces.emplace_back();
    interface.name = name->text();
    const auto addresses = item.find("addresses");
    for (std::size_t a = 0; addresses && addresses->is_sequence() && a < addresses->size(); ++a) {
      add_address(address_of(addresses->item(a).text()), interface.addresses);
    }
  }
  return interfaces;
}

}  // namespace untrack::frontend::resources
