// The decoders of prefixes and addresses.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

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

}  // namespace untrack::frontend::resources
