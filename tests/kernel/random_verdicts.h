// What the kernel does with real packets under the real artifacts, against ir::evaluate: random sets of
// policy, packets on every boundary, later fragments and cut-off headers among them, into and out of the
// host, by five loaders.
//
// In the environment: UNTRACK_KERNEL_SETS=N, so many sets for each loader in place of 200;
// UNTRACK_KERNEL_FIRST=K, from the K-th on.
#pragma once
#include "tests/kernel/lab.h"

namespace untrack::kernel {

// All sets by one loader. Fails, with the first wrong packet of a set, or says what the machine lacks.
void run_all(Loader loader, Eyes eyes);

}  // namespace untrack::kernel
