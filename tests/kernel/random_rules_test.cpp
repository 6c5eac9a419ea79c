// Random sets of policy as rules of nft and of iptables.
#include "tests/kernel/random_verdicts.h"

#include <doctest/doctest.h>

namespace untrack::kernel {

TEST_CASE("nft untracks, drops and tracks what the policy says") {
  run_all(Loader::Nft, Eyes::Conntrack);
}
TEST_CASE("iptables-legacy untracks, drops and tracks what the policy says") {
  run_all(Loader::IptablesLegacy, Eyes::Conntrack);
}
TEST_CASE("iptables-nft untracks, drops and tracks what the policy says") {
  run_all(Loader::IptablesNft, Eyes::Conntrack);
}
TEST_CASE("nft keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::Nft, Eyes::Mark);
}
TEST_CASE("iptables-legacy keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::IptablesLegacy, Eyes::Mark);
}
TEST_CASE("iptables-nft keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::IptablesNft, Eyes::Mark);
}

}  // namespace untrack::kernel
