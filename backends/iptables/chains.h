// The chains of one table. They are named by place, since their list grows.
#pragma once
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

class Chains {
 public:
  using Id = std::size_t;

  // One with a name of its own.
  void append(Chain chain) { chains_.push_back(std::move(chain)); }
  // What is opened from now on is of this hook, which must outlive it: `untrack-in-eth0`,
  // `untrack-in-eth0/2`, ...
  void begin(const ir::InterfaceHook& hook);
  Id open();

  void add(Id chain, Rule rule) { chains_[chain].rules.push_back(std::move(rule)); }
  Target way_to(Id chain) const { return Goto{chains_[chain].name}; }
  std::vector<Chain> take() { return std::move(chains_); }

 private:
  std::vector<Chain> chains_;
  const ir::InterfaceHook* hook_ = nullptr;
  std::size_t of_hook_ = 0;
};

// Where packets go on that nothing decides; nothing: they leave us.
using Otherwise = std::optional<Target>;

// Jumps on the longest way from an entry chain. The nft flavour takes NFT_JUMP_STACK_SIZE (16) from a
// built-in chain, gotos too (nft_chain_validate, net/netfilter/nf_tables_api.c).
inline constexpr std::size_t kMostJumps = 14;

}  // namespace untrack::backends::iptables
