// Random sets of policy as programs.
#include "tests/kernel/random_verdicts.h"

#include <doctest/doctest.h>

namespace untrack::kernel {

TEST_CASE("bpf at tc, with nft for egress, untracks, drops and tracks what the policy says") {
  run_all(Loader::Bpf, Eyes::Conntrack);
}
TEST_CASE("bpf at tc and XDP, with xt_bpf for egress, untracks, drops and tracks what the policy says") {
  run_all(Loader::BpfXtables, Eyes::Conntrack);
}
TEST_CASE("bpf at tc, with nft for egress, keeps to the policy for fragments on a host without conntrack") {
  run_all(Loader::Bpf, Eyes::Mark);
}
TEST_CASE(
    "bpf at tc and XDP, with xt_bpf for egress, keeps to it for fragments on a host without conntrack") {
  run_all(Loader::BpfXtables, Eyes::Mark);
}

}  // namespace untrack::kernel
