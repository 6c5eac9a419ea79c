#include "passes/lint/workload_addresses.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace untrack::passes::lint {

bool is_of_host(const Subject& subject, const ir::Address& address) {
  return std::ranges::any_of(
      subject.origins().host_endpoints(subject.ruleset().node), [&](const ir::HostEndpoint* host) {
        return std::ranges::find(host->expected_ips, address) != host->expected_ips.end();
      });
}

static void add(const Subject& subject, const ir::WorkloadEndpoint& workload, std::vector<ir::Cidr>& into) {
  for (const ir::Address& address : workload.addresses) {
    if (!is_of_host(subject, address)) into.emplace_back(address);
  }
}

ir::AddressSet workloads_of_node(const Subject& subject) {
  std::vector<ir::Cidr> addresses;
  for (const ir::WorkloadEndpoint* workload : subject.origins().workloads(subject.ruleset().node))
    add(subject, *workload, addresses);
  return ir::AddressSet(std::move(addresses));
}

ir::AddressSet workloads_of_cluster(const Subject& subject) {
  std::vector<ir::Cidr> addresses;
  for (const ir::WorkloadEndpoint& workload : subject.origins().policies().workload_endpoints)
    add(subject, workload, addresses);
  return ir::AddressSet(std::move(addresses));
}

}  // namespace untrack::passes::lint
