// The rules that let packets with the mark through the host's own filter: one nft rule without its chain, and
// one chain of iptables. `apply` puts them at the head of whatever filters there are.
#pragma once
#include <string_view>
#include <variant>

#include "verify/reading.h"

namespace untrack::verify {

struct FilterTexts {
  std::string_view nft, iptables;
};

// The one bit of the packet mark by which both accept, whatever else a packet is, and nothing else happens to
// it.
std::variant<MarkBit, Refusal> read_filter(const FilterTexts& texts);

}  // namespace untrack::verify
