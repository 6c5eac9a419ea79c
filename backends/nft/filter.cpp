#include "backends/nft/filter.h"

#include <fmt/format.h>

namespace untrack::backends::nft {

std::string accept_rule(MarkBit mark) {
  return fmt::format("meta mark & {0:#010x} == {0:#010x} accept", mark);
}

Artifact accept_in_filter(MarkBit mark) {
  return {"filter/accept.nft",
          fmt::format(
              "# Accepts what untracked policy has allowed\n"
              "#   load:   nft insert rule FAMILY TABLE CHAIN RULE   (for each chain of type filter at hooks "
              "input, forward, output)\n"
              "#   unload: nft delete rule FAMILY TABLE CHAIN handle N   (N as `nft -a list chain` says)\n"
              "{} comment \"untrack-filter\"\n",
              accept_rule(mark))};
}

}  // namespace untrack::backends::nft
