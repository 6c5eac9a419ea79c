#include "passes/lint/check_lists.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

using ir::Cidr;
using ir::PortRange;

namespace {

// An item of a list as the span of addresses or ports that it stands for.
template <class Value>
struct Item {
  Value value;
  SourceSpan span;
};

}  // namespace

static std::string to_text(const Cidr& net) {
  return net.to_string();
}
static std::string to_text(const PortRange& ports) {
  return ir::PortSet({ports}).to_string();
}

static std::vector<Item<Cidr>> items(const std::vector<ir::CidrSpec>& nets) {
  std::vector<Item<Cidr>> all;
  for (const ir::CidrSpec& spec : nets) all.push_back({spec.cidr, spec.span});
  return all;
}

// Named ports stand for sockets and are left out.
static std::vector<Item<PortRange>> items(const std::vector<ir::PortSpec>& ports) {
  std::vector<Item<PortRange>> all;
  for (const ir::PortSpec& spec : ports) {
    if (const auto* range = std::get_if<PortRange>(&spec.port)) all.push_back({*range, spec.span});
  }
  return all;
}

// What covers comes before what it covers; of equals the one that is written first.
static bool before(const Item<Cidr>& a, const Item<Cidr>& b) {
  return a.value < b.value;
}
static bool before(const Item<PortRange>& a, const Item<PortRange>& b) {
  return a.value.first != b.value.first ? a.value.first < b.value.first : a.value.last > b.value.last;
}

static bool covers(const Cidr& a, const Cidr& b) {
  return a.contains(b);
}
static bool covers(const PortRange& a, const PortRange& b) {
  return a.first <= b.first && b.last <= a.last;
}

// In this order an item that any other one covers is covered by the last one that none covers.
template <class Value>
static void check_covered(std::vector<Item<Value>> list, Diagnostics& diagnostics) {
  std::ranges::stable_sort(list, [](const auto& a, const auto& b) { return before(a, b); });
  const Item<Value>* cover = nullptr;
  for (const Item<Value>& item : list) {
    if (!cover || !covers(cover->value, item.value)) {
      cover = &item;
      continue;
    }
    diagnostics
        .report(item.span, covered_item, to_text(item.value),
                cover->value == item.value ? "stands in the list twice"
                                           : fmt::format("lies within `{}`", to_text(cover->value)))
        .note(cover->span, "it is here already")
        .help("leave it out");
  }
}

static bool excludes_something(const std::vector<Item<Cidr>>& from, const Cidr& excluded) {
  return std::ranges::any_of(from, [&](const Item<Cidr>& item) {
    return item.value.contains(excluded) || excluded.contains(item.value);
  });
}
static bool excludes_something(const std::vector<Item<PortRange>>& from, const PortRange& excluded) {
  return std::ranges::any_of(from, [&](const Item<PortRange>& item) {
    return item.value.first <= excluded.last && excluded.first <= item.value.last;
  });
}

template <class Value>
static void check_exclusions(const std::vector<Item<Value>>& from, const std::vector<Item<Value>>& exclusions,
                             std::string_view list, Diagnostics& diagnostics) {
  if (from.empty()) return;
  for (const Item<Value>& excluded : exclusions) {
    if (excludes_something(from, excluded.value)) continue;
    diagnostics.report(excluded.span, exclusion_without_effect, to_text(excluded.value), list)
        .help("leave it out, or correct it");
  }
}

void check_lists(const ir::PolicyRule& rule, Diagnostics& diagnostics) {
  for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
    check_covered(items(side->nets), diagnostics);
    check_covered(items(side->not_nets), diagnostics);
    check_covered(items(side->ports), diagnostics);
    check_covered(items(side->not_ports), diagnostics);
    check_exclusions(items(side->nets), items(side->not_nets), "nets", diagnostics);
    const auto ports = items(side->ports);
    if (ports.size() == side->ports.size()) {  // a named port may be any
      check_exclusions(ports, items(side->not_ports), "ports", diagnostics);
    }
  }
}

}  // namespace untrack::passes::lint
