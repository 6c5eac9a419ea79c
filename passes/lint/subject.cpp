#include "passes/lint/subject.h"

#include <algorithm>

#include <fmt/format.h>

#include "ir/hook_content.h"

namespace untrack::passes::lint {

namespace {

struct KnownHooks {
  std::map<ir::HookContent, HookPackets> by_content;
};

}  // namespace

static HookPackets packets_of(ir::PacketSpace& space, const ir::Ruleset& ruleset,
                              const ir::InterfaceHook& hook) {
  HookPackets all{meaning(space, ruleset, hook), {}, {}};
  all.undecided = {space.map(
      all.meaning.map, [&](ir::Leaf leaf) -> ir::Leaf { return all.meaning.traces[leaf].decided ? 0 : 1; })};
  for (const auto& [verdict, packets] : space.parts(verdicts(space, all.meaning)))
    all.by_verdict[verdict] = packets;
  return all;
}

Subject::Subject(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space)
    : origins_(origins),
      ruleset_(ruleset),
      space_(space),
      settings_(ir::felix_settings(origins.policies(), ruleset.node)) {
  auto& known = space.kept<KnownHooks>().by_content;
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    const auto [place, is_new] = known.try_emplace(content_of(ruleset, hook));
    HookPackets& all = place->second;
    if (is_new) all = packets_of(space, ruleset, hook);
    hooks_.push_back({hook, all.meaning, all.undecided, all});
  }
}

void Subject::for_each_interface(const std::function<void(HookView ingress, HookView egress)>& visit) const {
  // By interface, ingress before egress.
  for (std::size_t i = 0; i + 1 < hooks_.size(); ++i) {
    if (hooks_[i].hook.interface_name == hooks_[i + 1].hook.interface_name) visit(hooks_[i], hooks_[i + 1]);
  }
}

void Subject::for_each_written_rule(
    const std::function<void(const HookView&, ir::RuleRef, const ir::PolicyRule&)>& visit) const {
  for (const HookView& view : hooks()) {
    for (std::uint32_t block = 0; block < view.hook.blocks.size(); ++block) {
      const auto& rules = view.hook.blocks[block].rules;
      for (std::uint32_t rule = 0; rule < rules.size(); ++rule) {
        const ir::PolicyRule* written = origins_.rule(rules[rule].provenance.front());
        if (written) visit(view, {block, rule}, *written);
      }
    }
  }
}

ir::PacketSet Subject::packets(const ir::Rule& rule, ir::Direction direction) const {
  return ir::packets(space_, ruleset_, rule.match, direction);
}

const std::map<ir::RuleRef, ir::PacketSet>& Subject::decided(const HookView& view) const {
  if (!view.all.decided) view.all.decided = packets_by_rule(space_, view.meaning);
  return *view.all.decided;
}

void Subject::for_each_decider(const HookView& view, ir::PacketSet packets,
                               const std::function<void(ir::RuleRef, const ir::Packet&)>& visit) const {
  packets = space_.subtract(packets, view.undecided);
  while (const auto shown = witness(packets, view.hook)) {
    const ir::Leaf leaf = space_.at(view.meaning.map, *shown, view.hook.direction);
    const ir::RuleRef ref = view.meaning.traces[leaf].rules.back();
    visit(ref, *shown);
    const auto& all = decided(view);
    const auto own = all.find(ref);
    if (own == all.end()) return;  // the space is exhausted
    packets = space_.subtract(packets, own->second);
  }
}

std::optional<ir::Packet> Subject::witness(ir::PacketSet packets, const ir::InterfaceHook& hook) const {
  ir::WitnessHints hints;
  if (const ir::HostEndpoint* governing = endpoint(hook)) hints.local = governing->expected_ips;
  return space_.witness(packets, hook.direction, hints);
}

void Subject::note_endpoint(const ir::InterfaceHook& hook, Diagnostic& finding) const {
  const ir::HostEndpoint* governing = endpoint(hook);
  if (!governing) return;
  finding.holds_on(governing->span, fmt::format("host endpoint `{}`, interface `{}` of node `{}`",
                                                governing->name, hook.interface_name, ruleset_.node));
}

static bool has_one_of(const ir::Node::Interface& interface, const std::vector<ir::Address>& addresses) {
  return std::ranges::any_of(addresses, [&](const ir::Address& address) {
    return std::ranges::find(interface.addresses, address) != interface.addresses.end();
  });
}

// Whether an endpoint that is bound by address may govern an interface. Addresses that no document places are
// placed by the command line, which is not known here.
static bool may_be_on(const Origins& origins, std::string_view node_name, const ir::HostEndpoint& endpoint,
                      std::string_view interface_name) {
  const ir::Node* node = origins.node(node_name);
  if (!node) return true;
  bool placed = false;
  for (const ir::Node::Interface& interface : node->interfaces) {
    if (!has_one_of(interface, endpoint.expected_ips)) continue;
    if (interface.name == interface_name) return true;
    placed = true;
  }
  return !placed;
}

const ir::HostEndpoint* governing_endpoint(const Origins& origins, std::string_view node,
                                           std::string_view interface_name) {
  for (const ir::HostEndpoint* candidate : origins.host_endpoints(node)) {
    const std::string& name = candidate->interface_name;
    if (name == interface_name) return candidate;
    if (name.empty() && may_be_on(origins, node, *candidate, interface_name)) return candidate;
  }
  return nullptr;
}

const ir::HostEndpoint* Subject::endpoint(const ir::InterfaceHook& hook) const {
  return governing_endpoint(origins_, ruleset_.node, hook.interface_name);
}

}  // namespace untrack::passes::lint
