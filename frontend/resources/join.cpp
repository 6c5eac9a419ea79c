#include "frontend/resources/join.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include <llvm/ADT/StringMap.h>

#include "frontend/resources/assumed_profiles.h"
#include "frontend/resources/automatic_host_endpoints.h"
#include "frontend/resources/built_in.h"
#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/fields.h"
#include "frontend/resources/merged_nodes.h"
#include "frontend/resources/metadata_diagnostics.h"
#include "support/overloaded.h"

namespace untrack::frontend::resources {

namespace {

// Ids of a table -> ids of the result, in the order of first use.
class Renumbering {
 public:
  Renumbering(ir::PolicySet& into, SelectorTable& from) : into_(into), from_(from), ids_(from.size()) {}

  void operator()(ir::SelectorId& id) {
    std::optional<ir::SelectorId>& known = ids_[id.index];
    if (!known) known = into_.selectors.intern(from_.take(id));
    id = *known;
  }
  void operator()(std::optional<ir::SelectorId>& id) {
    if (id) (*this)(*id);
  }
  void operator()(std::optional<ir::SelectorSpec>& spec) {
    if (spec) (*this)(spec->selector);
  }
  void operator()(std::vector<ir::PolicyRule>& rules) {
    for (ir::PolicyRule& rule : rules) {
      for (ir::EntityRule* side : {&rule.source, &rule.destination}) {
        (*this)(side->selector);
        (*this)(side->not_selector);
      }
    }
  }
  void operator()(ir::Policy& policy) {
    (*this)(policy.selector.selector);
    (*this)(policy.ingress);
    (*this)(policy.egress);
  }
  void operator()(ir::Profile& profile) {
    if (!profile.rules) return;
    (*this)(profile.rules->ingress);
    (*this)(profile.rules->egress);
  }

 private:
  ir::PolicySet& into_;
  SelectorTable& from_;
  std::vector<std::optional<ir::SelectorId>> ids_;  // by that of the table
};

class Join {
 public:
  Join(Diagnostics& diagnostics, std::size_t policies) : diagnostics_(diagnostics) {
    set_.policies.reserve(policies);
  }

  void add(Part part) {
    Renumbering& renumber = renumberings_.try_emplace(part.selectors, set_, *part.selectors).first->second;
    for (Resource& resource : part.resources) {
      if (!is_new(resource, part.role)) continue;
      if (part.role == Role::Linted && resource.kind == "FelixConfiguration") {
        settings_.emplace_back(resource.name, resource.span);
      }
      take(std::move(resource), renumber);
    }
  }

  ir::PolicySet finish() {
    add_built_in();
    check_tiers();
    nodes_ = merged_nodes(std::move(nodes_), automatic_.sync_labels);
    for (const NodeFacts& facts : nodes_) set_.nodes.push_back(facts.node);
    add_automatic_host_endpoints(automatic_, nodes_, set_, diagnostics_);
    add_assumed_profiles(set_, diagnostics_);
    check_settings();
    return std::move(set_);
  }

 private:
  struct Seen {
    SourceSpan span;
    Role role;
  };

  // ``NetworkPolicy `shop/web` ``
  static std::string described(const Resource& resource) {
    std::string text(resource.kind);
    text += " `";
    if (!resource.namespace_name.empty()) text.append(resource.namespace_name).append("/");
    return text.append(resource.name).append("`");
  }

  bool is_new(const Resource& resource, Role role) {
    const auto [seen, added] = seen_.try_emplace(described(resource), Seen{resource.span, role});
    // An inventory holds what is in the cluster today: also what is linted here, and the same object in two
    // dumps. Services stand in many files that are not for Calico, and in variants of them.
    if (!added && role == Role::Linted && !std::holds_alternative<ir::Service>(resource.what)) {
      diagnostics_.report(resource.span, duplicate_object, described(resource))
          .note(seen->second.span, "the first is here");
    }
    return added;
  }

  void take(Resource&& resource, Renumbering& renumber) {
    std::visit(
        overloaded{
            [](std::monostate) {},
            [&](ir::Policy& policy) {
              renumber(policy);
              set_.policies.push_back(std::move(policy));
            },
            [&](ir::Tier& tier) { set_.tiers.push_back(std::move(tier)); },
            [&](ir::HostEndpoint& endpoint) { set_.host_endpoints.push_back(std::move(endpoint)); },
            [&](ir::NetworkSet& set) { set_.network_sets.push_back(std::move(set)); },
            [&](ir::Profile& profile) {
              renumber(profile);
              std::string name = profile.name;
              set_.profiles.try_emplace(std::move(name), std::move(profile));
            },
            [&](std::unique_ptr<ir::FelixConfiguration>& felix) {
              renumber(felix->node_selector);
              set_.felix_configurations.push_back(*std::move(felix));
            },
            [&](ir::WorkloadEndpoint& endpoint) { set_.workload_endpoints.push_back(std::move(endpoint)); },
            [&](ir::ServiceEndpoints& part) { add_service(std::move(part)); },
            [&](ir::Service& service) { set_.translated_services.push_back(std::move(service)); },
            [&](NodeFacts& facts) { nodes_.push_back(std::move(facts)); },
            [&](AutoHostEndpoints& automatic) {
              for (EndpointTemplate& item : automatic.templates) renumber(item.node_selector);
              automatic_ = std::move(automatic);
            },
        },
        resource.what);
  }

  void add_service(ir::ServiceEndpoints part) {
    const auto [place, added] =
        services_.try_emplace(part.namespace_name + "/" + part.name, set_.services.size());
    if (added) {
      set_.services.push_back(std::move(part));
    } else {
      auto& members = set_.services[place->second].members;
      members.insert(members.end(), part.members.begin(), part.members.end());
    }
  }

  void add_built_in() {
    for (ir::Tier& tier : built_in_tiers()) {
      const bool written = std::any_of(set_.tiers.begin(), set_.tiers.end(),
                                       [&](const ir::Tier& t) { return t.name == tier.name; });
      if (!written) set_.tiers.push_back(std::move(tier));
    }
    ir::Profile profile = default_allow_profile();
    set_.profiles.try_emplace(profile.name, profile);
  }

  void check_tiers() {
    std::vector<std::string_view> names;
    for (const ir::Tier& tier : set_.tiers) names.push_back(tier.name);
    std::sort(names.begin(), names.end());
    for (const ir::Policy& policy : set_.policies) {
      if (std::binary_search(names.begin(), names.end(), policy.tier)) continue;
      Diagnostic& unknown = diagnostics_.report(policy.tier_span, unknown_tier, policy.tier);
      if (const auto meant = nearest_name(policy.tier, names))
        unknown.help(fmt::format("did you mean `{}`?", *meant))
            .fix(write_instead(policy.tier_span, {std::string(*meant)}, Safety::Unsafe));
    }
  }

  void check_settings() {
    static constexpr std::string_view kOfNode = "node.";
    const std::vector<std::string> known = set_.node_names();
    const std::vector<std::string_view> names(known.begin(), known.end());
    for (const auto& [name, span] : settings_) {
      if (names.empty() || !name.starts_with(kOfNode)) continue;
      const std::string_view node = std::string_view(name).substr(kOfNode.size());
      if (std::ranges::find(names, node) != names.end()) continue;
      Diagnostic& unknown = diagnostics_.report(span, settings_of_unknown_node, node);
      if (const auto meant = nearest_name(node, names))
        unknown.help(fmt::format("did you mean `{}`?", *meant));
    }
  }

  Diagnostics& diagnostics_;
  ir::PolicySet set_;
  std::unordered_map<SelectorTable*, Renumbering> renumberings_;
  llvm::StringMap<Seen> seen_;
  std::unordered_map<std::string, std::size_t> services_;  // where in set_.services
  std::vector<NodeFacts> nodes_;
  std::vector<std::pair<std::string, SourceSpan>> settings_;  // those linted, by name
  AutoHostEndpoints automatic_;
};

}  // namespace

static std::size_t policies_in(const std::vector<Part>& parts) {
  std::size_t policies = 0;
  for (const Part& part : parts) {
    policies += static_cast<std::size_t>(std::ranges::count_if(
        part.resources, [](const Resource& r) { return std::holds_alternative<ir::Policy>(r.what); }));
  }
  return policies;
}

ir::PolicySet join(std::vector<Part> parts, Diagnostics& diagnostics) {
  Join joined(diagnostics, policies_in(parts));
  for (const Role role : {Role::Linted, Role::Inventory}) {
    for (Part& part : parts) {
      if (part.role == role) joined.add(std::move(part));
    }
  }
  return joined.finish();
}

}  // namespace untrack::frontend::resources
