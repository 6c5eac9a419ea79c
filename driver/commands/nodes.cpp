#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/commands/commands.h"
#include "driver/session.h"
#include "passes/cluster.h"
#include "passes/govern_interfaces.h"

namespace untrack::driver {

using Row = std::array<std::string, 4>;  // node, host endpoint, interface, policies

static std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

static std::string policies_of(const passes::Cluster& cluster, const ir::HostEndpoint& endpoint) {
  std::vector<std::string> ids;
  for (const passes::OrderedTier& tier : cluster.untracked_policies(endpoint)) {
    for (const ir::Policy* policy : tier.policies) ids.push_back(policy->id());
  }
  return or_dash(fmt::format("{}", fmt::join(ids, " ")));
}

// The interfaces that this endpoint governs; where it governs none, what it names.
static std::string interfaces_of(const ir::HostEndpoint& endpoint,
                                 const std::vector<passes::GovernedInterface>& governed) {
  std::vector<std::string> names;
  for (const passes::GovernedInterface& interface : governed) {
    if (interface.endpoint == &endpoint) names.push_back(interface.interface_name);
  }
  if (!names.empty()) return fmt::format("{}", fmt::join(names, ","));
  if (endpoint.all_interfaces()) return "*";
  return endpoint.interface_name.empty() ? "-" : "(" + endpoint.interface_name + ")";
}

static std::vector<Row> rows_of(const passes::Cluster& cluster, const std::string& node,
                                const NodesOptions& options, Diagnostics& diagnostics) {
  const auto governed = passes::govern_interfaces(cluster, node, options.lower, diagnostics);
  std::vector<Row> rows;
  for (const ir::HostEndpoint* endpoint : cluster.host_endpoints(node)) {
    rows.push_back(
        {node, endpoint->name, interfaces_of(*endpoint, governed), policies_of(cluster, *endpoint)});
  }
  if (rows.empty()) rows.push_back({node, "-", "-", "-"});
  return rows;
}

static std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, 3> widths{};  // the last column is not padded
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) text += fmt::format("{:<{}}  ", row[i], widths[i]);
    text += row.back() + '\n';
  }
  return text;
}

ExitStatus nodes(const NodesOptions& options, Console& console) {
  auto opened = open_session(options.input, /*jobs=*/1, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);
  std::vector<Row> rows{{"NODE", "HOST ENDPOINT", "INTERFACE", "UNTRACKED POLICIES"}};
  const passes::Cluster cluster(session.policies);
  for (const std::string& node : session.policies.node_names()) {
    const std::vector<Row> more = rows_of(cluster, node, options, session.diagnostics);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  console.out << table(rows) << std::flush;
  // A list made from half of the input would mislead without a word.
  const Shown shown =
      show_findings(session, options.report, FailOn::Error, console.err, console.err_is_terminal, console);
  return shown.failed ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
