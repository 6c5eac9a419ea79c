#include "backends/iptables/levels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>

#include "backends/iptables/costs.h"
#include "backends/iptables/lengths.h"
#include "ir/address_set.h"

namespace untrack::backends::iptables {

// Shorter ones would be too coarse.
static constexpr int kShortestSlot = 8;

static ir::Cidr shortened(const ir::Cidr& net, int bits) {
  return ir::Cidr(net.network(), std::min(bits, net.prefix_bits()));
}

// ---- what a form costs

namespace {

// A hash of prefixes, by length, after splitting.
class HashCost {
 public:
  explicit HashCost(const ir::LengthCounts& counts) {
    const std::size_t all = ir::total(counts);
    ir::LengthCounts probes;
    for (const auto& [bits, target] : fewer_lengths(counts)) {
      probes[target] += counts.at(bits);  // as many prefixes as were written, from each as many packets
    }
    std::size_t asked = 0, sum = 0;
    for (auto it = probes.rbegin(); it != probes.rend(); ++it) sum += it->second * ++asked;
    if (all == 0) return;
    missed_ = kSetCost + static_cast<double>(asked) * probe_cost(all);
    found_ = kSetCost + static_cast<double>(sum) / static_cast<double>(all) * probe_cost(all);
  }
  double missed() const { return missed_; }
  double found() const { return found_; }

 private:
  double missed_ = 0, found_ = 0;
};

}  // namespace

// How many nets of a length have an address in one of these, which ascend.
static double touched(std::span<const ir::Cidr> nets, int bits) {
  const int host_bits = ir::address_bits(nets.front().version()) - bits;
  double count = 0;
  std::optional<ir::AddressBits> before;
  for (const ir::Cidr& net : nets) {
    const ir::AddressBits first = net.first() >> host_bits, last = net.last() >> host_bits;
    count += static_cast<double>(last - first) + (first == before ? 0 : 1);
    before = last;
  }
  return count;
}

// Half of the packets come from anywhere around the nets, half from the nets.
static double mean(double anywhere, double from_nets) {
  return (anywhere + from_nets) / 2;
}

namespace {

// How to look for nets; the slots of levels_of_hashes() are of a hash as well.
enum class Looking : std::uint8_t { Plain, Bitmaps, Hashes };
struct Choice {
  Looking form = Looking::Plain;
  int slot_bits = 0;
  double cost = 0;
};

class Choosing {
 public:
  explicit Choosing(std::span<const ir::Cidr> nets)
      : nets_(nets), counts_(ir::count_lengths(nets)), plain_(counts_), version_(nets.front().version()) {
    // What is around are the nets of this length that hold any: a part of all addresses.
    const int around_bits = version_ == ir::IpVersion::V4 ? 8 : 24;
    around_ = std::ldexp(touched(nets, around_bits), -around_bits);
    for (const auto& [bits, count] : counts_) covered_ += std::ldexp(static_cast<double>(count), -bits);
    covered_ /= around_;
  }

  Choice best() const {
    const double plain = mean((1 - covered_) * plain_.missed() + covered_ * plain_.found(), plain_.found());
    Choice best{Looking::Plain, 0, plain - kLeastSaving};
    const int step = version_ == ir::IpVersion::V4 ? 1 : 4;
    for (int bits = kShortestSlot; bits < counts_.rbegin()->first; bits += step) {
      const double filled = std::min(1.0, std::ldexp(touched(nets_, bits), -bits) / around_);
      consider(best, {Looking::Hashes, bits, hashes(bits, filled)});
      const std::size_t blocks = blocks_of(bits);
      if (are_affordable(blocks)) consider(best, {Looking::Bitmaps, bits, bitmaps(bits, blocks, filled)});
    }
    return best;
  }

 private:
  static void consider(Choice& best, const Choice& other) {
    if (other.cost < best.cost) best = other;
  }

  std::size_t blocks_of(int slot_bits) const {
    return slot_bits <= kBitmapBits ? 1 : static_cast<std::size_t>(touched(nets_, slot_bits - kBitmapBits));
  }
  bool are_affordable(std::size_t blocks) const {
    const std::size_t bytes = blocks * (std::size_t{2} << kBitmapBits) / 8;
    return version_ == ir::IpVersion::V4 && blocks <= kMostBlocks &&
           bytes <= kBitmapShare * kHashBytes * nets_.size() + kFreeBitmapBytes;
  }

  double bitmaps(int slot_bits, std::size_t blocks, double filled) const {
    const ir::LengthCounts longer(counts_.upper_bound(slot_bits), counts_.end());
    const HashCost hash(longer);
    const double bit = kSetCost + kBitCost;
    const double way = blocks == 1 ? 0 : static_cast<double>(blocks + 1) / 2 * kRuleCost + kChainCost;
    const double outside = way + bit;
    const double within = outside + kChainCost + (longer.size() == counts_.size() ? 0 : bit);
    const double share = static_cast<double>(ir::total(longer)) / static_cast<double>(nets_.size());
    return cost(filled, outside, within + hash.missed(), within + share * hash.found());
  }

  double hashes(int slot_bits, double filled) const {
    ir::LengthCounts slots(counts_.begin(), counts_.upper_bound(slot_bits));
    std::optional<ir::Cidr> slot;
    for (const ir::Cidr& net : nets_) {
      if (net.prefix_bits() <= slot_bits || (slot && slot->contains(net))) continue;
      slot = shortened(net, slot_bits);
      ++slots[slot_bits];
    }
    const HashCost first(slots);
    const double within = first.found() + kChainCost;
    return cost(filled, first.missed(), within + plain_.missed(), within + plain_.found());
  }

  // Of packets from where no slot is filled, from filled ones without being from the nets, and from the nets.
  double cost(double filled, double outside, double missed, double found) const {
    return mean((1 - filled) * outside + (filled - covered_) * missed + covered_ * found, found);
  }

  std::span<const ir::Cidr> nets_;
  ir::LengthCounts counts_;
  HashCost plain_;
  ir::IpVersion version_;
  double around_ = 0, covered_ = 0;
};

}  // namespace

// ---- levels

// The shortest prefix that holds all of them; ascending.
static ir::Cidr hull(const std::vector<ir::Cidr>& nets) {
  int bits = nets.front().prefix_bits();
  while (ir::Cidr(nets.front().network(), bits).last() < nets.back().last()) --bits;
  return ir::Cidr(nets.front().network(), bits);
}

namespace {

class Levels {
 public:
  Levels(const NetLists& lists, int slot_bits)
      : lists_(lists), slot_bits_(slot_bits), block_bits_(std::max(0, slot_bits - kBitmapBits)) {}

  NetLevels levels() {
    NetLevels made{slot_bits_, {}, NetLists(lists_.size()), true};
    for (std::size_t list = 0; list < lists_.size(); ++list) {
      for (const ir::Cidr& net : lists_[list]) {
        if (net.prefix_bits() > slot_bits_) made.longer[list].push_back(net);
        add(list, net);
      }
    }
    for (auto& [number, block] : blocks_) made.blocks.push_back(finished(std::move(block)));
    return made;
  }

 private:
  void add(std::size_t list, const ir::Cidr& net) {
    for (const ir::Cidr& part : ir::split(net, std::max(block_bits_, net.prefix_bits()))) {
      const ir::Cidr number = shortened(part, block_bits_);
      NetBlock& block =
          blocks_
              .try_emplace(number,
                           NetBlock{number, {}, NetLists(lists_.size()), std::vector<bool>(lists_.size())})
              .first->second;
      block.any.push_back(shortened(part, slot_bits_));
      if (part.prefix_bits() <= slot_bits_)
        block.whole[list].push_back(part);
      else
        block.has_longer[list] = true;
    }
  }

  // The range as short as can be: a bitmap has two slots at least.
  NetBlock finished(NetBlock block) const {
    block.any = ir::AddressSet(std::move(block.any)).prefixes();
    block.range = shortened(hull(block.any), slot_bits_ - 1);
    return block;
  }

  const NetLists& lists_;
  int slot_bits_, block_bits_;
  std::map<ir::Cidr, NetBlock> blocks_;
};

}  // namespace

// A hash of slots, and of what is no longer than one; behind it all nets.
static NetLevels levels_of_hashes(std::span<const ir::Cidr> nets, const NetLists& lists, int slot_bits) {
  NetBlock block{shortened(nets.front(), 0), {}, NetLists(lists.size()), std::vector<bool>(lists.size())};
  for (const ir::Cidr& net : nets) {
    if (block.any.empty() || !block.any.back().contains(net)) block.any.push_back(shortened(net, slot_bits));
  }
  for (std::size_t list = 0; list < lists.size(); ++list) block.has_longer[list] = !lists[list].empty();
  return {slot_bits, {std::move(block)}, lists, false};
}

std::optional<NetLevels> net_levels(const NetLists& lists) {
  std::vector<ir::Cidr> all;
  for (const std::vector<ir::Cidr>& list : lists) std::ranges::copy(list, std::back_inserter(all));
  if (all.size() < kManyNets) return std::nullopt;
  std::ranges::sort(all);
  const Choice choice = Choosing(all).best();
  switch (choice.form) {
    case Looking::Plain: return std::nullopt;
    case Looking::Bitmaps: return Levels(lists, choice.slot_bits).levels();
    case Looking::Hashes: return levels_of_hashes(all, lists, choice.slot_bits);
  }
  return std::nullopt;
}

}  // namespace untrack::backends::iptables
