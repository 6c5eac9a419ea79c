// The symbolic constants that nft prints instead of numbers (`nft describe TYPE`, nft 1.0.6).
#pragma once
#include <optional>
#include <string_view>

#include "verify/nft/ast.h"

namespace untrack::verify::nft {

// The number that a word stands for in a type. Nothing for a word that the type does not have, service names
// among them: they depend on the host's /etc/services.
std::optional<Number> constant(Type type, std::string_view word);

std::optional<Type> type_named(std::string_view name);  // `ipv4_addr` ..
std::string_view to_string(Type type);

}  // namespace untrack::verify::nft
