// What was probably meant: advice for the common slips, many of them habits from Kubernetes, SQL or YAML.
#pragma once
#include <llvm/ADT/ArrayRef.h>

#include <string>
#include <string_view>

#include "frontend/selector/token.h"

namespace untrack::frontend {

// Empty where there is nothing to say beyond the message. Of a text refused by the tokeniser, `tokens` holds
// those before the offending byte.
std::string hint(std::string_view text, llvm::ArrayRef<Token> tokens, const Refusal& refusal);

}  // namespace untrack::frontend
