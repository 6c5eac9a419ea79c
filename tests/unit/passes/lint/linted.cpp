#include "linted.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "frontend/load.h"
#include "passes/check_policies.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"

namespace untrack::passes::lint::test {

static std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As the configuration beside the file sets it.
static std::size_t proof_budget(const std::string& path) {
  std::ifstream config(std::filesystem::path(path).parent_path() / ".untrack.yaml");
  for (std::string key; config >> key;) {
    std::size_t budget = 0;
    if (key == "proof-budget:" && config >> budget) return budget;
  }
  return ir::PacketSpace::kDefaultEdgeBudget;
}

Linted::Linted(const std::string& path) : Linted(path, read(path), proof_budget(path)) {}

Linted Linted::of_text(std::string text) {
  return {"test.yaml", std::move(text), ir::PacketSpace::kDefaultEdgeBudget};
}

Linted::Linted(std::string name, std::string text, std::size_t proof_budget) {
  const frontend::Source source{sources.add(std::move(name), std::move(text)), frontend::Role::Linted};
  policies = frontend::load(sources, {&source, 1}, findings);
  const Cluster cluster(policies);
  check_policies(cluster, findings);
  const Origins origins(policies);
  std::vector<NodeFindings> nodes;
  for (const std::string& node : policies.node_names()) {
    rulesets.push_back(lower_policies(cluster, node, {}, findings));
    ir::PacketSpace space(proof_budget);
    nodes.push_back(lint(origins, rulesets.back(), space));
  }
  findings.append(conclude(origins, std::move(nodes)));
}

std::set<std::string> Linted::codes(Severity at_least) const {
  std::set<std::string> codes;
  for (const Diagnostic* finding : findings.in_order()) {
    if (finding->info->severity >= at_least) codes.emplace(finding->info->code);
  }
  return codes;
}

const Diagnostic* Linted::first(std::string_view code) const {
  for (const Diagnostic* finding : findings.in_order()) {
    if (finding->info->code == code) return finding;
  }
  return nullptr;
}

std::string Linted::text(Severity at_least) const {
  std::string text;
  for (const Diagnostic* finding : findings.in_order()) {
    if (finding->info->severity < at_least) continue;
    text +=
        fmt::format("{}: {}: {} [{}] {}\n", sources.place(finding->span), to_string(finding->info->severity),
                    finding->message, finding->info->code, finding->witness_text);
  }
  return text;
}

std::string example(std::string_view code, std::string_view which) {
  return fmt::format("testdata/diagnostics/{}/{}.yaml", code, which);
}

}  // namespace untrack::passes::lint::test
