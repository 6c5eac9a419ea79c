// Names that the kernel takes: short enough, and made unique by a digest where something had to go.
#pragma once
#include <string>
#include <string_view>

#include "ir/ruleset.h"

namespace untrack::backends::iptables {

inline constexpr std::string_view kPreroutingChain = "untrack-prerouting";
inline constexpr std::string_view kOutputChain = "untrack-output";
inline constexpr std::string_view kAllowChain = "untrack-allow";

// `untrack-in-eth0`; from the second part on `untrack-in-eth0/2`. No interface name holds a slash.
std::string chain_name(const ir::InterfaceHook& hook, std::size_t part);

// Equal content, equal name. `untrack-port-22`: KIND and what the set holds, if that is short; else a digest
// of it.
std::string set_name(std::string_view kind, std::string_view words);
// `untrack-net4-8d9f6d2e0a1b3c4d`: always a digest, for content that is no word.
std::string digested_set_name(std::string_view kind, std::string_view content);
// Under which a set is filled before it takes its place.
std::string filling_name(std::string_view set_name);

}  // namespace untrack::backends::iptables
