// Interface names: as numbers, so that a name test is a test for a range, and as classes that rules tell
// apart.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "verify/ranges.h"

namespace untrack::verify {

// IFNAMSIZ - 1 (linux/if.h): 15 bytes and a final zero.
inline constexpr std::size_t kLongestInterfaceName = 15;

// The 16 bytes of the name, first byte first, zeros behind. No name, where a packet has no such interface, is
// 0.
Number name_number(std::string_view name);
// All names that begin so, the text itself among them.
Range names_beginning(std::string_view prefix);

using NameSet = std::set<std::string, std::less<>>;

// Names that stand for all: every exact name, one of each class that prefixes (`eth*`) make, and, if there
// are prefixes, one that nothing matches. Sorted.
std::vector<std::string> representative_names(const NameSet& names, const NameSet& prefixes);

}  // namespace untrack::verify
