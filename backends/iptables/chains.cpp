#include "backends/iptables/chains.h"

#include "backends/iptables/names.h"

namespace untrack::backends::iptables {

void Chains::begin(const ir::InterfaceHook& hook) {
  hook_ = &hook;
  of_hook_ = 0;
}

Chains::Id Chains::open() {
  chains_.push_back({chain_name(*hook_, ++of_hook_), {}});
  return chains_.size() - 1;
}

}  // namespace untrack::backends::iptables
