#include "ir/ruleset.h"

#include <fmt/format.h>

namespace untrack::ir {

std::string to_string(const Provenance& provenance) {
  return fmt::format("{} {} {}", provenance.policy, to_string(provenance.direction), provenance.index);
}

}  // namespace untrack::ir
