// What of untracked policy is lost in Calico's eBPF mode, where ingress rules become an XDP program and
// egress rules stay iptables rules: UT421 with several tiers (UT420 where the mode is not chosen), UT422 on
// interfaces that get no programs, UT423 for protocols without a number.
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_ebpf_mode(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
