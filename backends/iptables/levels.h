// Many nets in two levels. A `hash:net` is asked for every length of prefix that it holds. So a first set
// says whether there is anything at all in the slot that a packet's address lies in, a net of one length:
// mostly not. IPv4 has bitmaps with a bit for each slot. Another one says which slots are covered as a whole,
// and only for what is left the longer prefixes are asked for.
//
//     -s 16.0.0.0/4 -g block               block: --match-set any  -g slot
//                                          slot:  --match-set whole -j DROP, --match-set longer -j DROP
//
// bitmap:ip knows no IPv6, and a bitmap for each slot that there is may be too large: then the first set is a
// hash of the slots, and of what is no longer than one; behind it is the set of all nets.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "ir/cidr.h"

namespace untrack::backends::iptables {

// bitmap:ip holds at most 65,536 slots, which are neighbours (IPSET_BITMAP_MAX_RANGE, ip_set_bitmap.h).
inline constexpr int kBitmapBits = 16;

// Disjoint sets of nets.
using NetLists = std::vector<std::vector<ir::Cidr>>;

struct NetBlock {
  ir::Cidr range;                // holds all of the block's nets, and is shorter than a slot
  std::vector<ir::Cidr> any;     // the slots that hold anything; of bitmaps as the fewest prefixes
  NetLists whole;                // for each list what it has of prefixes that are no longer than a slot
  std::vector<bool> has_longer;  // for each list whether it has longer ones in this block
};

struct NetLevels {
  int slot_bits = 0;
  std::vector<NetBlock> blocks;  // ascending, disjoint
  NetLists longer;               // than a slot; for each list. Of hashes all there are
  bool are_bitmaps = true;       // else there is one block, which is for all addresses and has no `whole`
};

// Of nets of one IP version. Nothing if plain sets are as good: for packets of which half come from anywhere
// around the nets and half from the nets themselves, from each as many.
std::optional<NetLevels> net_levels(const NetLists& lists);

}  // namespace untrack::backends::iptables
