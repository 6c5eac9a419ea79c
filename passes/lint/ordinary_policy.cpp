#include "passes/lint/ordinary_policy.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "passes/cluster.h"
#include "passes/lower_policies.h"

namespace untrack::passes::lint {

// Policy of a namespace selects no host endpoint; policy before NAT is another stage.
static bool is_ordinary(const ir::Policy& policy) {
  return policy.kind == ir::PolicyKind::GlobalNetworkPolicy && !policy.do_not_track && !policy.pre_dnat;
}

// The ordinary policies, marked as untracked: they are then sorted, selected and lowered as those are.
static std::unique_ptr<ir::PolicySet> as_untracked(const ir::PolicySet& policies) {
  auto copy = std::make_unique<ir::PolicySet>(policies);
  std::erase_if(copy->policies, [](const ir::Policy& policy) { return !is_ordinary(policy); });
  for (ir::Policy& policy : copy->policies) policy.do_not_track = true;
  return copy;
}

// ---- profiles

namespace {

// No name of a tier, and no key of a label: nobody else has them.
constexpr std::string_view kProfileTier = " profiles";
std::string profile_label(ir::Direction direction, std::size_t place) {
  return fmt::format(" {} profile {}", ir::to_string(direction), place);
}

// A profile at its place in the list of an endpoint.
struct ProfileUse {
  std::size_t endpoint;  // in the policy set
  ir::Direction direction;
  std::size_t place;
  Symbol profile;
};

}  // namespace

// Untracked policy has no effect on endpoints for all interfaces: there is nothing to compare.
static bool matters(const ir::HostEndpoint& endpoint) {
  return !endpoint.all_interfaces() && !endpoint.labels.profiles.empty();
}

static bool has_known_profile(const ir::PolicySet& policies) {
  return std::ranges::any_of(policies.host_endpoints, [&](const ir::HostEndpoint& endpoint) {
    if (!matters(endpoint)) return false;
    const auto profile = policies.profiles.find(endpoint.labels.profiles.front().text());
    return profile != policies.profiles.end() && profile->second.rules;
  });
}

// Profiles are asked where every tier with a policy for the direction passes on, in their order. What follows
// one whose rules are not known is not known either.
static std::vector<ProfileUse> profiles_asked(const ir::PolicySet& policies) {
  const Cluster cluster(policies);
  std::vector<ProfileUse> uses;
  for (std::size_t i = 0; i < policies.host_endpoints.size(); ++i) {
    const ir::HostEndpoint& endpoint = policies.host_endpoints[i];
    if (!matters(endpoint)) continue;
    const std::vector<OrderedTier> tiers = cluster.untracked_policies(endpoint);
    for (const ir::Direction direction : ir::kDirections) {
      const auto decides = [&](const OrderedTier& tier) {
        const bool passes = tier.tier && tier.tier->default_pass;
        return !passes && std::ranges::any_of(tier.policies, [&](const ir::Policy* policy) {
          return policy->governs(direction);
        });
      };
      if (std::ranges::any_of(tiers, decides)) continue;
      for (std::size_t place = 0; place < endpoint.labels.profiles.size(); ++place) {
        const Symbol name = endpoint.labels.profiles[place];
        const auto profile = policies.profiles.find(name.text());
        if (profile == policies.profiles.end() || !profile->second.rules) break;
        uses.push_back({i, direction, place, name});
      }
    }
  }
  return uses;
}

// As policies of a last tier, each for the endpoints that have the profile at that place of their list: they
// are then lowered as policies are.
static void add_profiles(ir::PolicySet& policies) {
  std::set<std::tuple<ir::Direction, std::size_t, std::string_view>> added;
  for (const ProfileUse& use : profiles_asked(policies)) {
    const std::string label = profile_label(use.direction, use.place);
    policies.host_endpoints[use.endpoint].labels.labels.emplace(Symbol(label), use.profile);
    if (!added.emplace(use.direction, use.place, use.profile.text()).second) continue;
    ir::Policy policy;
    policy.name = use.profile.text();
    policy.tier = kProfileTier;
    policy.order = static_cast<double>(use.place);
    policy.types_ingress = use.direction == ir::Direction::Ingress;
    policy.types_egress = use.direction == ir::Direction::Egress;
    policy.do_not_track = true;
    policy.selector.selector = policies.selectors.intern(
        ir::Selector({{ir::SelectorNode::Op::Equal, label, {std::string(use.profile)}, {}}}));
    auto& rules = use.direction == ir::Direction::Ingress ? policy.ingress : policy.egress;
    rules = policies.profiles.find(use.profile.text())->second.rules->of(use.direction);
    policies.policies.push_back(std::move(policy));
  }
}

static void name_profiles(ir::Ruleset& ruleset) {
  for (ir::InterfaceHook& hook : ruleset.hooks) {
    for (ir::Block& block : hook.blocks) {
      if (!block.name.ends_with(kProfileTier)) continue;
      for (ir::Rule& rule : block.rules) {
        for (ir::Provenance& origin : rule.provenance)
          origin.policy = "profile" + origin.policy.substr(origin.policy.find('/'));
      }
    }
  }
}

// ---- the door

OrdinaryPolicy::OrdinaryPolicy(const ir::PolicySet& policies) {
  const bool profiles = has_known_profile(policies);
  if (!profiles && std::ranges::none_of(policies.policies, is_ordinary)) return;
  auto all = as_untracked(policies);
  if (profiles) add_profiles(*all);
  policies_ = std::move(all);
  cluster_ = std::make_unique<const Cluster>(*policies_);
}

OrdinaryPolicy::~OrdinaryPolicy() = default;

ir::Ruleset OrdinaryPolicy::lower(std::string_view node) const {
  if (!cluster_) return {};
  Diagnostics about_ordinary_policy;  // none of our business
  ir::Ruleset ruleset = lower_policies(*cluster_, node, {}, about_ordinary_policy);
  name_profiles(ruleset);
  return ruleset;
}

}  // namespace untrack::passes::lint
