// Which packets does an untracked ingress Allow take that are not for the host itself? Without a connection
// nothing translates addresses and nothing recognises replies (docs/semantics.md, "Forwarded packets and
// NAT").
//
//   UT206  a port on which a workload of the node serves       UT207  any packet for a workload's address
//   UT208  node ports
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_forwarded(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
