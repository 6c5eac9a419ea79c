#include "passes/lint/subject.h"

#include <fmt/format.h>

namespace untrack::passes::lint {

Subject::Subject(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space)
    : origins_(origins), ruleset_(ruleset), space_(space) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) meanings_.push_back(meaning(space, ruleset, hook));
}

std::vector<HookView> Subject::hooks() const {
  std::vector<HookView> views;
  for (std::size_t i = 0; i < meanings_.size(); ++i) views.push_back({ruleset_.hooks[i], meanings_[i]});
  return views;
}

void Subject::for_each_interface(const std::function<void(HookView ingress, HookView egress)>& visit) const {
  const std::vector<HookView> views = hooks();  // by interface, ingress before egress
  for (std::size_t i = 0; i + 1 < views.size(); ++i) {
    if (views[i].hook.interface_name == views[i + 1].hook.interface_name) visit(views[i], views[i + 1]);
  }
}

ir::PacketSet Subject::packets(const ir::Rule& rule, ir::Direction direction) const {
  return ir::packets(space_, ruleset_, rule.match, direction);
}

std::optional<ir::Packet> Subject::witness(ir::PacketSet packets, const ir::InterfaceHook& hook) const {
  ir::WitnessHints hints;
  if (const ir::HostEndpoint* governing = endpoint(hook)) hints.local = governing->expected_ips;
  return space_.witness(packets, hook.direction, hints);
}

void Subject::note_endpoint(const ir::InterfaceHook& hook, Diagnostic& finding) const {
  const ir::HostEndpoint* governing = endpoint(hook);
  if (!governing) return;
  finding.note(governing->span, fmt::format("on host endpoint `{}`, interface `{}` of node `{}`",
                                            governing->name, hook.interface_name, ruleset_.node));
}

// The endpoint that governs the hook's interface: by name, else one that is bound by address.
const ir::HostEndpoint* Subject::endpoint(const ir::InterfaceHook& hook) const {
  const ir::HostEndpoint* by_address = nullptr;
  for (const ir::HostEndpoint& candidate : origins_.policies().host_endpoints) {
    if (candidate.node != ruleset_.node) continue;
    if (candidate.interface_name == hook.interface_name) return &candidate;
    if (candidate.interface_name.empty() && !by_address) by_address = &candidate;
  }
  return by_address;
}

}  // namespace untrack::passes::lint
