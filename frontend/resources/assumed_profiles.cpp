#include "frontend/resources/assumed_profiles.h"

#include <algorithm>
#include <set>

#include "frontend/resources/built_in.h"
#include "frontend/resources/profile_diagnostics.h"

namespace untrack::frontend::resources {

namespace {

// kns.NAMESPACE, and ksa.NAMESPACE.NAME (Calico libcalico-go/lib/backend/k8s/conversion/constants.go).
constexpr std::string_view kOfNamespace = "kns.", kOfServiceAccount = "ksa.";
// Every Namespace has the two (the second by Kubernetes itself), every ServiceAccount the third.
constexpr std::string_view kNamespaceLabels[] = {"pcns.projectcalico.org/name",
                                                 "pcns.kubernetes.io/metadata.name"};
constexpr std::string_view kServiceAccountLabel = "pcsa.projectcalico.org/name";

bool is_built_in(std::string_view label) {
  return label == kServiceAccountLabel || std::find(std::begin(kNamespaceLabels), std::end(kNamespaceLabels),
                                                    label) != std::end(kNamespaceLabels);
}

class Assuming {
 public:
  Assuming(ir::PolicySet& into, Diagnostics& diagnostics)
      : into_(into),
        diagnostics_(diagnostics),
        namespaces_asked_(asks_for("pcns.")),
        accounts_asked_(asks_for("pcsa.")) {}

  // Users write profiles for host endpoints; what workloads have is left to their orchestrator.
  void look_for_written(const ir::HostEndpoint& endpoint) {
    for (const std::string_view name : endpoint.labels.profiles) {
      if (into_.profiles.contains(name) || !missing_.emplace(name).second) continue;
      diagnostics_.report(endpoint.span, missing_profile, name);
    }
  }

  void look_at(const ir::Labelled& object, SourceSpan mention) {
    for (const std::string_view name : object.profiles) {
      if (into_.profiles.contains(name)) continue;
      if (name.starts_with(kOfNamespace)) assume_namespace(name, mention);
      if (name.starts_with(kOfServiceAccount)) assume_service_account(name, mention);
    }
  }

 private:
  bool asks_for(std::string_view prefix) const {
    return std::any_of(into_.selectors.begin(), into_.selectors.end(), [&](const ir::Selector& selector) {
      return std::any_of(selector.nodes().begin(), selector.nodes().end(), [&](const ir::SelectorNode& node) {
        return node.label.starts_with(prefix) && !is_built_in(node.label);
      });
    });
  }

  void assume_namespace(std::string_view profile_name, SourceSpan mention) {
    const std::string_view name = profile_name.substr(kOfNamespace.size());
    ir::Profile profile{std::string(profile_name), {}, {}, allow_everything()};
    for (const std::string_view label : kNamespaceLabels) profile.labels.emplace(label, name);
    into_.profiles.emplace(profile_name, std::move(profile));
    if (namespaces_asked_) diagnostics_.report(mention, assumed_namespace, name);
  }

  void assume_service_account(std::string_view profile_name, SourceSpan mention) {
    // The namespace has no dot, the account may have some.
    const std::string_view rest = profile_name.substr(kOfServiceAccount.size());
    const std::size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return;
    const std::string_view name = rest.substr(dot + 1);
    ir::Profile profile{std::string(profile_name), {}, {}, ir::ProfileRules()};
    profile.labels.emplace(kServiceAccountLabel, name);
    into_.profiles.emplace(profile_name, std::move(profile));
    if (accounts_asked_) diagnostics_.report(mention, assumed_service_account, name);
  }

  ir::PolicySet& into_;
  Diagnostics& diagnostics_;
  bool namespaces_asked_, accounts_asked_;
  std::set<std::string, std::less<>> missing_;  // profiles, each reported once
};

}  // namespace

void add_assumed_profiles(ir::PolicySet& into, Diagnostics& diagnostics) {
  Assuming assuming(into, diagnostics);
  for (const ir::WorkloadEndpoint& endpoint : into.workload_endpoints)
    assuming.look_at(endpoint.labels, endpoint.span);
  for (const ir::NetworkSet& set : into.network_sets) assuming.look_at(set.labels, set.span);
  for (const ir::HostEndpoint& endpoint : into.host_endpoints) {
    assuming.look_at(endpoint.labels, endpoint.span);
    assuming.look_for_written(endpoint);
  }
}

}  // namespace untrack::frontend::resources
