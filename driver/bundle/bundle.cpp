#include "driver/bundle/bundle.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/bundle/scripts.h"
#include "passes/lower_failsafes.h"
#include "support/digest.h"

namespace untrack::driver {

// ---- facts, as assignments of the shell

// Nothing is special between single quotes but their end.
static std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') {
      result += R"('\'')";
    } else {
      result += c;
    }
  }
  return result + "'";
}

static std::string assignment(std::string_view name, std::string_view value) {
  return fmt::format("{}={}\n", name, quoted(value));
}

// In the order in which `apply` tries them. A target's folder is called like it.
static std::string names(std::span<const TargetFiles> artifacts) {
  std::vector<std::string_view> result;
  for (const TargetFiles& each : artifacts) result.push_back(to_string(each.target));
  return fmt::format("{}", fmt::join(result, " "));
}

// In words of the shell: no name of an interface holds a blank (frontend, UT171).
static std::string interfaces(const ir::Ruleset& policy) {
  std::set<std::string_view> names;
  for (const ir::InterfaceHook& hook : policy.hooks) names.insert(hook.interface_name);
  return fmt::format("{}", fmt::join(names, " "));
}

// As sha256sum(1) has it.
static std::string digests(std::span<const TargetFiles> artifacts,
                           std::span<const backends::Artifact> filter) {
  std::vector<std::string> lines;
  const auto add = [&](const backends::Artifact& each) {
    lines.push_back(fmt::format("{}  {}", hex(as_bytes(sha256(each.bytes))), each.path));
  };
  for (const TargetFiles& target : artifacts) std::ranges::for_each(target.files, add);
  std::ranges::for_each(filter, add);
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// What a target asks of the node, `nft kernel 4.10 why`: its artifacts, and these scripts where they ask for
// more.
static std::string needs(std::span<const TargetFiles> artifacts) {
  // `iptables-restore --wait` (iptables 1.6.2).
  static constexpr backends::Need kWait{backends::Tool::Iptables, {{1, 6, 2}}, "`iptables-restore --wait`"};
  std::vector<std::string> lines;
  for (const TargetFiles& target : artifacts) {
    std::map<backends::Tool, backends::Need> newest;
    const auto add = [&](const backends::Need& need) {
      const auto [place, is_new] = newest.try_emplace(need.tool, need);
      if (!is_new && place->second.least < need.least) place->second = need;
    };
    for (const backends::Artifact& each : target.files) std::ranges::for_each(each.needs, add);
    if (target.target != Target::Nft) add(kWait);
    for (const auto& [tool, need] : newest) {
      lines.push_back(fmt::format("{} {} {} {}", to_string(target.target), to_string(tool),
                                  to_string(need.least), need.construct));
    }
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// ---- failsafes, as failsafe.awk reads them

// The peer that a failsafe is limited to, in one IP version.
static std::vector<std::string> peers(const ir::Ruleset& policy, const ir::SideMatch& peer,
                                      ir::IpVersion version) {
  if (peer.in.empty()) return {"any"};
  std::vector<std::string> result;
  for (const ir::Cidr& each : policy.address_sets[peer.in.front()].prefixes(version))
    result.push_back(each.to_string());
  return result;
}

// What stands before and behind the ports in a probe, and the ports.
using Probes = std::map<std::pair<std::string, std::string>, std::vector<int>>;

static void add_probes(Probes& probes, const ir::Ruleset& policy, const ir::InterfaceHook& hook,
                       const ir::Match& failsafe) {
  const bool ingress = hook.direction == ir::Direction::Ingress;
  const bool request = failsafe.destination.ports.has_value();
  const ir::SideMatch& server = request ? failsafe.destination : failsafe.source;
  const ir::SideMatch& peer = ingress ? failsafe.source : failsafe.destination;
  for (const ir::IpVersion version : ir::kIpVersions) {
    if (failsafe.ip_version && failsafe.ip_version != version) continue;
    const std::string what =
        fmt::format("{} {} {} {} {}", ingress ? "in" : "out", hook.interface_name, static_cast<int>(version),
                    ir::to_string(*failsafe.protocol), request ? "dport" : "sport");
    for (const std::string& addresses : peers(policy, peer, version)) {
      std::vector<int>& ports = probes[{what, addresses}];
      for (const ir::PortRange& range : server.ports->numbers.ranges()) {
        for (int port = range.first; port <= range.last; ++port) ports.push_back(port);
      }
    }
  }
}

static std::string failsafes(const ir::Ruleset& policy) {
  Probes probes;
  for (const ir::InterfaceHook& hook : policy.hooks) {
    for (const ir::Block& block : hook.blocks) {
      if (block.name != passes::kFailsafe) continue;
      for (const ir::Rule& rule : block.rules) add_probes(probes, policy, hook, rule.match);
    }
  }
  std::vector<std::string> lines;
  for (const auto& [probe, ports] : probes)
    lines.push_back(fmt::format("{} {} {}", probe.first, fmt::join(ports, ","), probe.second));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

// ---- scripts

std::vector<backends::Artifact> bundle(const ir::Ruleset& policy, std::span<const TargetFiles> artifacts,
                                       std::span<const backends::Artifact> filter) {
  using namespace scripts;
  static constexpr std::string_view kHead =
      "#!/bin/sh\n"
      "# Made by untrack; its docs/bundle.md tells how these scripts work.\n"
      "# shellcheck disable=SC2317  # they share functions; none uses them all\n";
  const std::string facts = assignment("node", policy.node) + assignment("interfaces", interfaces(policy)) +
                            assignment("artifacts", digests(artifacts, filter));
  const std::string more_facts =
      assignment("targets", names(artifacts)) + "# shellcheck disable=SC2016  # words to be said\n" +
      assignment("needs", needs(artifacts)) + assignment("failsafes", failsafes(policy));
  const std::string machinery =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", kCommon, kNft, kIptables, kBpf, kXdp, kFilter);
  const std::string check = fmt::format("failsafe_check() {{\n  cat <<'AWK'\n{}AWK\n}}\n", kFailsafe);
  return {
      {"apply",
       fmt::format("{}{}{}\n{}{}\n{}\n{}", kHead, facts, more_facts, machinery, kArtifact, check, kApply)},
      {"rollback", fmt::format("{}\n{}{}", kHead, machinery, kRollback)},
      {"status", fmt::format("{}{}\n{}{}\n{}", kHead, facts, machinery, kArtifact, kStatus)},
  };
}

}  // namespace untrack::driver
