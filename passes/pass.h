// A pass over a Ruleset: any value with a name and a run. It preserves the meaning, keeps no state between
// runs, knows no backend, and running it twice changes nothing more.
#pragma once
#include <concepts>
#include <string_view>

#include "ir/packet_space.h"
#include "ir/ruleset.h"

namespace untrack::passes {

enum class Changed : bool { No, Yes };
constexpr Changed operator|(Changed a, Changed b) {
  return a == Changed::Yes ? a : b;
}

struct PassContext {
  ir::PacketSpace& space;
};

template <class P>
concept Pass = requires(const P pass, ir::Ruleset& ruleset, PassContext& context) {
  { P::name } -> std::convertible_to<std::string_view>;
  { pass.run(ruleset, context) } -> std::same_as<Changed>;
};

}  // namespace untrack::passes
