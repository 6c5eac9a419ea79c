// Every code of this folder has an example in testdata/diagnostics, and a near miss.
#include <doctest/doctest.h>

#include <optional>

#include "ir/evaluate.h"
#include "linted.h"
#include "passes/lint/diagnostics.h"

using namespace untrack;
using passes::lint::test::example;
using passes::lint::test::Linted;

TEST_CASE("lint: each bad example shows its finding and no other") {
  for (const DiagnosticInfo* info : passes::lint::diagnostics()) {
    CAPTURE(info->code);
    const Linted linted(example(info->code, "bad"));
    CAPTURE(linted.text(info->severity));
    CHECK(linted.codes(info->severity) == std::set{std::string(info->code)});
  }
}

TEST_CASE("lint: each near miss is clean") {
  for (const DiagnosticInfo* info : passes::lint::diagnostics()) {
    CAPTURE(info->code);
    const Linted linted(example(info->code, "good"));
    CHECK(linted.text(info->severity) == "");
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
  for (const std::string_view code : {"UT201", "UT202", "UT203", "UT204", "UT210"}) {
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
    const std::string& interface_name = ruleset.hooks.back().interface_name;  // of UT210 the second one
    CHECK(evaluate(ruleset, interface_name, there, *request).verdict == ir::Verdict::Untrack);
    CHECK(evaluate(ruleset, interface_name, back, *reply).verdict ==
          (code == "UT203" ? ir::Verdict::Drop : ir::Verdict::Track));
  }
}
