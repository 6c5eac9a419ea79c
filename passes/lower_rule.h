// One rule of a policy as one rule of a ruleset (docs/semantics.md, "Rules").
//
//   action: Allow, protocol: TCP, source: {nets: [10.0.0.0/8], ports: [http]}
//   untrack ipv4 tcp from %a0 port %s0  <- gnp/web ingress 0
#pragma once
#include <cstdint>
#include <optional>

#include "ir/policy.h"
#include "ir/ruleset.h"
#include "passes/cluster.h"
#include "support/diagnostic.h"

namespace untrack::passes {

class RuleLowering {
 public:
  RuleLowering(const Cluster& cluster, const ir::FelixSettings& settings, ir::Ruleset& ruleset,
               Diagnostics& diagnostics)
      : cluster_(cluster), settings_(settings), ruleset_(ruleset), diagnostics_(diagnostics) {}

  // Nothing for a rule that exists in no IP version.
  std::optional<ir::Rule> lower(const ir::Policy& policy, ir::Direction direction, std::uint32_t index);

 private:
  const Cluster& cluster_;
  const ir::FelixSettings& settings_;
  ir::Ruleset& ruleset_;
  Diagnostics& diagnostics_;
};

}  // namespace untrack::passes
