#include <doctest/doctest.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "frontend/load.h"
#include "ir/evaluate.h"
#include "passes/lint/diagnostics.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"

using namespace untrack;

namespace {

struct Linted {
  SourceMap sources;
  ir::PolicySet policies;
  std::vector<ir::Ruleset> rulesets;
  Diagnostics findings;

  explicit Linted(const std::string& path) {
    std::ifstream file(path);
    REQUIRE_MESSAGE(file.good(), path);
    std::stringstream text;
    text << file.rdbuf();
    const frontend::Source source{sources.add(path, text.str()), frontend::Role::Linted};
    Diagnostics reading;
    policies = frontend::load(sources, {&source, 1}, reading);
    REQUIRE_FALSE(reading.has(Severity::Warning));
    const passes::lint::Origins origins(policies);
    std::vector<passes::lint::NodeFindings> nodes;
    for (const std::string& node : policies.node_names()) {
      rulesets.push_back(passes::lower_policies(policies, node, {}, reading));
      ir::PacketSpace space;
      nodes.push_back(passes::lint::lint(origins, rulesets.back(), space));
    }
    findings = passes::lint::conclude(std::move(nodes));
  }

  std::vector<std::string> codes(Severity at_least) const {
    std::vector<std::string> codes;
    for (const Diagnostic* finding : findings.in_order()) {
      if (finding->info->severity >= at_least) codes.emplace_back(finding->info->code);
    }
    return codes;
  }

  const Diagnostic* first(std::string_view code) const {
    for (const Diagnostic* finding : findings.in_order()) {
      if (finding->info->code == code) return finding;
    }
    return nullptr;
  }
};

}  // namespace

static std::string example(std::string_view code, std::string_view which) {
  return fmt::format("testdata/diagnostics/{}/{}.yaml", code, which);
}

TEST_CASE("lint: each bad example shows its finding and no other") {
  for (const DiagnosticInfo* info : passes::lint::diagnostics()) {
    CAPTURE(info->code);
    CHECK(Linted(example(info->code, "bad")).codes(info->severity) == std::vector{std::string(info->code)});
  }
}

TEST_CASE("lint: each near miss is clean") {
  for (const DiagnosticInfo* info : passes::lint::diagnostics()) {
    CAPTURE(info->code);
    CHECK(Linted(example(info->code, "good")).codes(info->severity).empty());
  }
}

// The packet between two texts of a witness.
static std::optional<ir::Packet> packet_between(std::string_view text, std::string_view before,
                                                std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + before.size());
  return ir::parse_packet(text.substr(0, text.find(after)));
}

TEST_CASE("lint: a symmetry finding's witness holds for the evaluator too") {
  for (const std::string_view code : {"UT201", "UT202", "UT203", "UT204"}) {
    CAPTURE(code);
    const Linted linted(example(code, "bad"));
    const Diagnostic* finding = linted.first(code);
    REQUIRE(finding != nullptr);
    const std::string& witness = finding->witness_text;
    CAPTURE(witness);
    const auto request = packet_between(witness, "request ", " is untracked");
    const auto reply = packet_between(witness, "reply ", code == "UT203" ? " is dropped" : " is tracked");
    REQUIRE(request);
    REQUIRE(reply);
    CHECK(ir::reply_to(*request) == reply);
    const bool out_first = code == "UT202";
    const auto there = out_first ? ir::Direction::Egress : ir::Direction::Ingress;
    const auto back = out_first ? ir::Direction::Ingress : ir::Direction::Egress;
    const ir::Ruleset& ruleset = linted.rulesets.front();
    const std::string& interface_name = ruleset.hooks.front().interface_name;
    CHECK(evaluate(ruleset, interface_name, there, *request).verdict == ir::Verdict::Untrack);
    CHECK(evaluate(ruleset, interface_name, back, *reply).verdict ==
          (code == "UT203" ? ir::Verdict::Drop : ir::Verdict::Track));
  }
}
