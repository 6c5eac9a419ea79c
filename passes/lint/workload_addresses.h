// The addresses of workloads, as far as they are not the host's own: nothing is forwarded to those.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

bool is_of_host(const Subject& subject, const ir::Address& address);
ir::AddressSet workloads_of_node(const Subject& subject);
ir::AddressSet workloads_of_cluster(const Subject& subject);

}  // namespace untrack::passes::lint
