// All that the meaning of a hook depends on: the order of its rules and blocks, what each rule matches, and
// its action. Not where rules come from, what they are called, what the hook is attached to, or how a Ruleset
// numbers its sets.
#pragma once
#include <compare>
#include <cstdint>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::ir {

// Numbers that tell a hook's rules in full: equal for two hooks if they are the same list of rules.
struct HookContent {
  std::vector<std::uint32_t> words;
  friend auto operator<=>(const HookContent&, const HookContent&) = default;
};
HookContent content_of(const Ruleset& ruleset, const InterfaceHook& hook);

}  // namespace untrack::ir
