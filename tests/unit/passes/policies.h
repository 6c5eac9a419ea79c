// Small policy sets for tests, without YAML.
#pragma once
#include <string>
#include <utility>

#include "ir/policy.h"

namespace untrack::passes::test {

using Op = ir::SelectorNode::Op;

inline ir::SelectorId all(ir::PolicySet& policies) {
  return policies.selectors.intern(ir::Selector::all());
}
inline ir::SelectorId has(ir::PolicySet& policies, std::string label) {
  return policies.selectors.intern(ir::Selector({{Op::Has, std::move(label), {}, {}}}));
}
inline ir::SelectorId equal(ir::PolicySet& policies, std::string label, std::string value) {
  return policies.selectors.intern(ir::Selector({{Op::Equal, std::move(label), {std::move(value)}, {}}}));
}

inline ir::Address address(std::string_view text) {
  return *ir::Address::parse(text);
}
inline ir::CidrSpec net(std::string_view text) {
  return {*ir::Cidr::parse(text), {}};
}

inline ir::HostEndpoint host(std::string name, std::string interface_name,
                             std::vector<std::string_view> expected_ips = {}, ir::Labels labels = {}) {
  ir::HostEndpoint endpoint;
  endpoint.name = std::move(name);
  endpoint.node = "n";
  endpoint.interface_name = std::move(interface_name);
  for (const std::string_view ip : expected_ips) endpoint.expected_ips.push_back(address(ip));
  endpoint.labels.labels = std::move(labels);
  return endpoint;
}

inline ir::PolicyRule rule(ir::PolicyAction action) {
  ir::PolicyRule rule;
  rule.action = action;
  return rule;
}

// An untracked policy for every endpoint.
inline ir::Policy untracked(ir::PolicySet& policies, std::string name) {
  ir::Policy policy;
  policy.name = std::move(name);
  policy.do_not_track = true;
  policy.selector = {all(policies), {}};
  return policy;
}

}  // namespace untrack::passes::test
