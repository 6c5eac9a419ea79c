// Does every untracked request get an untracked reply? Without connection state the reply of an allowed
// request is a packet like any other: it needs a rule of its own, in the other direction (docs/semantics.md,
// "Symmetry").
//
// Exact, over all packets and the whole ordered rule list, per interface and IP version:
//   UT201  allowed in, and the answer is tracked on its way out       UT202  the same, out first
//   UT203  the answer is dropped                                      UT204  answered in one IP version only
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_egress_symmetry(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
