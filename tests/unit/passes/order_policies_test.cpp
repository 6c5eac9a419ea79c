#include "passes/order_policies.h"

#include <doctest/doctest.h>

#include "tests/unit/passes/policies.h"

using namespace untrack;
using namespace untrack::passes;

// `tier: policy policy; tier: policy`
static std::string text(const std::vector<OrderedTier>& tiers) {
  std::string out;
  for (const OrderedTier& tier : tiers) {
    if (!out.empty()) out += "; ";
    out += std::string(tier.name) + (tier.tier == nullptr ? "?:" : ":");
    for (const ir::Policy* policy : tier.policies) out += " " + policy->name;
  }
  return out;
}

static ir::Policy policy(ir::PolicySet& policies, std::string name, std::optional<double> order = {},
                         std::string tier = "default") {
  ir::Policy made = test::untracked(policies, std::move(name));
  made.order = order;
  made.tier = std::move(tier);
  return made;
}

TEST_CASE("order: by order, absent last; ties by name/namespace/kind as bytes") {
  ir::PolicySet policies;
  policies.tiers.push_back({"default"});
  for (const char* name : {"web", "weba", "web.a", "web-b"})
    policies.policies.push_back(policy(policies, name));
  policies.policies.push_back(policy(policies, "late", 2000));
  policies.policies.push_back(policy(policies, "early", -1));
  CHECK(text(untracked_policies(policies, {})) == "default: early late web-b web.a web weba");
}

TEST_CASE("order: tiers by existence, order, name") {
  ir::PolicySet policies;
  policies.tiers = {{"default", 1000000}, {"b", 10},          {"a", 10},
                    {"first", 1},         {"unset", 1000000}, {"empty", 0}};
  for (const char* tier : {"missing", "unset", "default", "a", "b", "first"}) {
    policies.policies.push_back(policy(policies, std::string("in-") + tier, {}, tier));
  }
  CHECK(text(untracked_policies(policies, {})) ==
        "first: in-first; a: in-a; b: in-b; default: in-default; unset: in-unset; missing?: in-missing");
}

TEST_CASE("order: tracked, staged and not selecting policies are left out") {
  ir::PolicySet policies;
  policies.tiers.push_back({"default"});
  policies.policies = {policy(policies, "tracked"), policy(policies, "staged"), policy(policies, "elsewhere"),
                       policy(policies, "here")};
  policies.policies[0].do_not_track = false;
  policies.policies[1].kind = ir::PolicyKind::StagedGlobalNetworkPolicy;
  policies.policies[2].selector.selector = test::has(policies, "rack");
  CHECK(text(untracked_policies(policies, {})) == "default: here");
  CHECK(text(untracked_policies(policies, {{{"rack", "1"}}, {}})) == "default: elsewhere here");
}

TEST_CASE("order: labels are inherited from profiles") {
  ir::PolicySet policies;
  policies.policies.push_back(policy(policies, "p"));
  policies.policies[0].selector.selector = test::equal(policies, "rack", "1");
  policies.profiles["one"] = {"one", {{"rack", "1"}}, {}};
  CHECK(text(untracked_policies(policies, {{}, {Symbol("missing"), Symbol("one")}})) == "default?: p");
  CHECK(text(untracked_policies(policies, {{{"rack", "2"}}, {Symbol("one")}})).empty());
}
