// The decoders of what a rule matches by: protocols, ports, nets, addresses.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

std::optional<ir::ProtocolSpec> protocol(Context& context, const Entry& entry);
// In Calico's spelling: `UDPLite`, `protocol 47`.
std::string described(ir::Protocol protocol);
std::optional<ir::PortSpec> port(Context& context, const Entry& entry);
// A number alone, 1-65535.
std::optional<ir::Port> port_number(Context& context, const Entry& entry);
std::optional<Text> port_name(Context& context, const Entry& entry);
// Of a rule: a prefix with no bit behind its length.
std::optional<ir::CidrSpec> rule_net(Context& context, const Entry& entry);
std::optional<ir::CidrSpec> negated_rule_net(Context& context, const Entry& entry);
// Of a network set: a prefix or an address, host bits are cleared.
std::optional<ir::CidrSpec> set_net(Context& context, const Entry& entry);
struct AddressText {
  ir::Address address;
  SourceSpan span;
};
std::optional<AddressText> address(Context& context, const Entry& entry);

// Limits of lists: MaxItems (by_schema), and sets (a remark: only the API server looks).
void check_size(Context& context, const Entry& list, std::size_t most);
void check_distinct(Context& context, const Entry& list);
template <auto decode, std::size_t most>
auto list_up_to(Context& context, const Entry& entry) {
  check_size(context, entry, most);
  return list<decode>(context, entry);
}
template <auto decode>
auto set(Context& context, const Entry& entry) {
  check_distinct(context, entry);
  return list<decode>(context, entry);
}
template <auto decode, std::size_t most>
auto set_up_to(Context& context, const Entry& entry) {
  check_size(context, entry, most);
  return set<decode>(context, entry);
}

}  // namespace untrack::frontend::resources
