// What every analysis looks at: one node's rules, their exact meaning, and where they come from.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "ir/felix.h"
#include "ir/meaning.h"
#include "ir/packet_space.h"
#include "ir/ruleset.h"
#include "passes/lint/origin.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

// What the rules of a hook do to packets. It is found once in a space, and kept there, for all hooks of one
// content (ir/hook_content.h): those of nodes that are alike, above all.
struct HookPackets {
  ir::HookMeaning meaning;
  std::array<ir::PacketSet, 3> by_verdict;  // in the order of ir::Verdict
  ir::PacketSet undecided;                  // by any rule: tracked, and left to ordinary policy
  // By the rule that decides them, once somebody asked.
  std::optional<std::map<ir::RuleRef, ir::PacketSet>> decided = {};
};

// One hook with its meaning.
struct HookView {
  const ir::InterfaceHook& hook;
  const ir::HookMeaning& meaning;
  ir::PacketSet undecided;  // HookPackets::undecided
  HookPackets& all;
  ir::PacketSet packets(ir::Verdict verdict) const {
    return all.by_verdict[static_cast<std::size_t>(verdict)];
  }
  const ir::Rule& rule(ir::RuleRef ref) const { return hook.blocks[ref.block].rules[ref.rule]; }
};

// The endpoint that governs an interface; nullptr where only the command line knows.
const ir::HostEndpoint* governing_endpoint(const Origins& origins, std::string_view node,
                                           std::string_view interface_name);

class Subject {
 public:
  Subject(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space);
  Subject(const Subject&) = delete;  // views refer into it

  const Origins& origins() const { return origins_; }
  const ir::Ruleset& ruleset() const { return ruleset_; }
  ir::PacketSpace& space() const { return space_; }
  const ir::FelixSettings& settings() const { return settings_; }  // of the node

  std::span<const HookView> hooks() const { return hooks_; }  // in the order of the Ruleset
  // Calls back for each interface that has hooks in both directions.
  void for_each_interface(const std::function<void(HookView ingress, HookView egress)>& visit) const;

  // Calls back for each rule that a policy holds: failsafes are left out.
  void for_each_written_rule(
      const std::function<void(const HookView&, ir::RuleRef, const ir::PolicyRule& written)>& visit) const;

  // Alone, whatever stands before it.
  ir::PacketSet packets(const ir::Rule& rule, ir::Direction direction) const;
  // The packets of a hook by the rule that decides them; without those that none decides.
  const std::map<ir::RuleRef, ir::PacketSet>& decided(const HookView& view) const;
  // Calls back for each rule that decides some of these packets of a hook, with one of them. Packets that no
  // rule decides are passed over.
  void for_each_decider(const HookView& view, ir::PacketSet packets,
                        const std::function<void(ir::RuleRef, const ir::Packet&)>& visit) const;
  // A packet of the hook that shows the host's own address as its endpoint states it.
  std::optional<ir::Packet> witness(ir::PacketSet packets, const ir::InterfaceHook& hook) const;
  // Adds where a finding holds: the host endpoint, its interface and node.
  void note_endpoint(const ir::InterfaceHook& hook, Diagnostic& finding) const;
  // The endpoint that governs the hook's interface; nullptr where only the command line knows.
  const ir::HostEndpoint* endpoint(const ir::InterfaceHook& hook) const;

 private:
  const Origins& origins_;
  const ir::Ruleset& ruleset_;
  ir::PacketSpace& space_;
  const ir::FelixSettings settings_;
  std::vector<HookView> hooks_;  // of ruleset_.hooks
};

}  // namespace untrack::passes::lint
