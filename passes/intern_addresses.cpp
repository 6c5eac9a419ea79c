#include "passes/intern_addresses.h"

namespace untrack::passes {

static constexpr std::string_view kMore = " and others";

ir::AddressSetId intern_addresses(ir::Ruleset& ruleset, ir::AddressSet addresses, std::string_view origin) {
  const ir::AddressSetId id = ruleset.address_sets.intern(std::move(addresses));
  ruleset.address_set_origins.resize(ruleset.address_sets.size());
  std::string& known = ruleset.address_set_origins[id.index];
  if (known.empty()) {
    known = origin;
  } else if (!origin.empty() && known != origin && !known.ends_with(kMore)) {
    known += kMore;
  }
  return id;
}

}  // namespace untrack::passes
