// Ways to bring the rules of a workload into a kernel: compiled, and as people and agents write them.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::bench {

// A command for the host's namespace, and what it reads.
struct Load {
  std::string command;
  std::string input;
};
using Loads = std::vector<Load>;

struct Lowering {
  std::string name;
  std::function<Loads(const ir::Ruleset&)> write;
  std::function<std::string(const ir::Ruleset&)> native_xdp = {};  // the object, if it is to be asked there
};

enum class Flavour { Legacy, Nft };  // of iptables

Lowering compiled_nft();
Lowering compiled_iptables(Flavour flavour);  // with ipset

// The programs of `in0`. XDP: in its generic form, behind the allocation of the sk_buff; or in place of a
// driver's, before it.
enum class Programs { Tc, TcAndGenericXdp, TcAndNativeXdp };
Lowering compiled_bpf(Programs programs);
// The parts of what a packet meets at tc, to see what each costs. They do not keep to the rules.
std::vector<Lowering> parts_of_bpf();

// An nft rule that leaves nothing to tracking.
Loads single_rule();

// One rule after the other, for rulesets of `services`, `block_list` and `pairs` without failsafes.
Lowering linear_nft();
Lowering linear_iptables(Flavour flavour);
// A chain for each policy; a rule that names several nets is a block of rules which set a bit of the mark; a
// packet that is allowed gets another bit, which is asked for behind each policy. The shape is that of
// felix/rules/endpoints.go and policy.go; nothing of them is copied.
Lowering chain_for_each_policy();

}  // namespace untrack::bench
