// Names of interfaces, as policy can write them and artifacts hold them.
#pragma once
#include <string_view>

namespace untrack::ir {

// `[a-zA-Z0-9_.-]{1,15}` (Calico libcalico-go/lib/validator/v3/validator.go, interfaceRegex). The kernel
// allows every byte but `/`, `:` and blanks.
bool is_interface_name(std::string_view text);

}  // namespace untrack::ir
