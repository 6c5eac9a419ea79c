#include "frontend/selector/effective.h"

#include "vectors.h"

namespace untrack::frontend {

template <class T>
static T value(std::variant<T, SelectorError> result) {
  if (const auto* error = std::get_if<SelectorError>(&result)) FAIL(error->message, "; ", error->hint);
  return std::get<T>(std::move(result));
}

TEST_CASE("effective: the selector of a global policy") {
  struct Row {
    std::string_view selector, namespaces, service_accounts, effective;
  };
  const std::vector<Row> rows{
      {"", "", "", ""},
      {"all()", "", "", "all()"},
      {"all()", "env == 'prod'", "", R"((has(projectcalico.org/namespace)) && pcns.env == "prod")"},
      {"", "all()", "", "has(projectcalico.org/namespace)"},
      {"role == 'db'", "", "all()", "(role == 'db') && has(projectcalico.org/serviceaccount)"},
      {"role == 'db' || role == 'web'", "env == 'prod' && tier == 'x'", "name == 'sa'",
       "((role == 'db' || role == 'web') && (pcns.env == \"prod\" && pcns.tier == \"x\")) && pcsa.name == "
       "\"sa\""},
      {"all()", "", "has(x)", "(has(projectcalico.org/serviceaccount)) && has(pcsa.x)"},
      {"a == 'all()'", "has(b)", "", "(a == 'has(projectcalico.org/namespace)') && has(pcns.b)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.effective);
    CHECK(value(effective_global_policy_selector(row.selector, row.namespaces, row.service_accounts)) ==
          accepted(row.effective));
  }
  CHECK(value(effective_global_policy_selector("all()", "env == 'prod'", "")).unique_id() ==
        "s:moT6JH8ONX9iLcuqUk-GjoECas1QVy9L-E-Q_g");
}

TEST_CASE("effective: a blank selector of a global policy breaks the join with a namespace selector") {
  CHECK(value(effective_global_policy_selector(" ", "", "")).canonical() == "all()");
  const auto result = effective_global_policy_selector(" ", "has(b)", "");
  const auto& error = std::get<SelectorError>(result);
  CHECK(error.message == "unexpected token: TokRParen()");
  CHECK(error.hint == "Calico joins the selectors to `( ) && has(pcns.b)` and parses that");
}

TEST_CASE("effective: the selector of a namespaced policy") {
  struct Row {
    std::string_view selector, service_accounts, effective;
  };
  const std::vector<Row> rows{
      {"", "", "projectcalico.org/namespace == 'ns1'"},
      {"a == 'b' || c == 'd'", "", "(a == 'b' || c == 'd') && projectcalico.org/namespace == 'ns1'"},
      {"", "all()", "(projectcalico.org/namespace == 'ns1') && all()"},
      {"has(a)", "x == 'y'", "((has(a)) && projectcalico.org/namespace == 'ns1') && pcsa.x == \"y\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.effective);
    CHECK(value(effective_policy_selector("ns1", row.selector, row.service_accounts)) ==
          accepted(row.effective));
  }
  CHECK(value(effective_policy_selector("ns1", "a == 'b' || c == 'd'", "")).unique_id() ==
        "s:8jBMy5yj3GxyzNlSSkxzJ-zDzvg9xGNwrGTL3A");
}

TEST_CASE("effective: the selectors of a rule") {
  static constexpr std::string_view none = "none";
  struct Row {
    std::string_view name;
    RuleSelectorText text;
    std::string_view positive;
    std::string_view negative = none;
  };
  const std::vector<Row> rows{
      {"R1", {}, none},
      {"R2", {.selector = "all()"}, "all()"},
      {"R3", {.selector = "role == 'db'"}, "role == 'db'"},
      {"R4", {.not_selector = "role == 'db'"}, none, "role == 'db'"},
      {"R5", {.selector = "has(a)", .not_selector = "role == 'db'"}, "(has(a)) && (!(role == 'db'))"},
      {"R6", {.namespace_selector = "all()"}, "has(projectcalico.org/namespace)"},
      {"R7", {.namespace_selector = "global()"}, "!has(projectcalico.org/namespace)"},
      {"R8",
       {.namespace_selector = "global()", .selector = "role == 'db'"},
       "(!has(projectcalico.org/namespace)) && (role == 'db')"},
      {"R9",
       {.namespace_selector = "env == 'prod'", .selector = "role == 'db' || role == 'web'"},
       "(pcns.env == \"prod\") && (role == 'db' || role == 'web')"},
      {"R10", {.namespace_selector = "!all()"}, "!has(projectcalico.org/namespace)"},
      {"R11", {.policy_namespace = "ns1"}, none},
      {"R12",
       {.policy_namespace = "ns1", .selector = "all()"},
       "(projectcalico.org/namespace == 'ns1') && (all())"},
      {"R13",
       {.policy_namespace = "ns1", .selector = "role == 'db'"},
       "(projectcalico.org/namespace == 'ns1') && (role == 'db')"},
      {"R14",
       {.policy_namespace = "ns1", .not_selector = "role == 'db'"},
       "(projectcalico.org/namespace == 'ns1') && (!(role == 'db'))"},
      {"R15",
       {.policy_namespace = "ns1", .namespace_selector = "all()", .selector = "role == 'db'"},
       "(has(projectcalico.org/namespace)) && (role == 'db')"},
      {"R16",
       {.policy_namespace = "ns1", .namespace_selector = "global()", .selector = "role == 'db'"},
       "(!has(projectcalico.org/namespace)) && (role == 'db')"},
      {"R17",
       {.service_account_names = {"sa2", "sa1"}},
       "projectcalico.org/serviceaccount in {\"sa1\", \"sa2\"}"},
      {"R18", {.service_account_selector = "app == 'x'"}, "pcsa.app == \"x\""},
      {"R19",
       {.policy_namespace = "ns1",
        .selector = "role == 'db'",
        .service_account_names = {"sa1"},
        .service_account_selector = "app == 'x' && b == 'y'"},
       "(projectcalico.org/namespace == 'ns1') && ((((pcsa.app == \"x\" && pcsa.b == \"y\")) && "
       "(projectcalico.org/serviceaccount in {\"sa1\"})) && (role == 'db'))"},
      {"R20", {.service_account_selector = "all()"}, "all()"},
      {"R21", {.service_account_names = {}, .service_account_selector = ""}, none},
      {"R22",
       {.namespace_selector = "env == 'prod'", .not_selector = "role == 'db'"},
       "(pcns.env == \"prod\") && (!(role == 'db'))"},
      {"R23", {.namespace_selector = " "}, "has(projectcalico.org/namespace)"},
      {"R24",
       {.policy_namespace = "ns1", .service_account_names = {"sa1"}},
       "(projectcalico.org/namespace == 'ns1') && (projectcalico.org/serviceaccount in {\"sa1\"})"},
      {"R25", {.namespace_selector = "!(!has(a))"}, "has(pcns.a)"},
  };
  const auto expected = [](std::string_view text) -> std::optional<ir::Selector> {
    if (text == none) return std::nullopt;
    return accepted(text);
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const RuleSelectors selectors = value(effective_rule_selectors(row.text));
    CHECK((selectors.positive == expected(row.positive)));
    CHECK((selectors.negative == expected(row.negative)));
  }
}

TEST_CASE("effective: the ids of rule selectors are Calico's") {
  const auto id = [](const RuleSelectorText& text) {
    return value(effective_rule_selectors(text)).positive->unique_id();
  };
  const std::string_view db = "role == 'db'";
  CHECK(id({.namespace_selector = "all()"}) == "s:2dAotJA2sZ5pOhC_BaBuAFekzFsoGV350DfHsw");
  CHECK(id({.namespace_selector = "global()"}) == "s:Fzh1i67_WcThHYGTMl77luuqgqy6R2Bwge5p-A");
  CHECK(id({.namespace_selector = "global()", .selector = db}) == "s:3XBSPu3uxbKmHWWaVpSM-wxBOA77cNAYTqRX3w");
  CHECK(id({.namespace_selector = "env == 'prod'", .selector = "role == 'db' || role == 'web'"}) ==
        "s:wX0CbwjZvcw-doFfHnOgXZwzxxgr6c5LK3Xr4A");
  CHECK(id({.policy_namespace = "ns1", .selector = db}) == "s:0XLL7KlDAEOtoRXuhG8gtaP_6qAdlbUMKBVjag");
  CHECK(id({.policy_namespace = "ns1", .not_selector = db}) == "s:NjRO4FAwesjyAQi9qGHS54d9SKh8nBMWkJJWsw");
  CHECK(id({.policy_namespace = "ns1",
            .selector = db,
            .service_account_names = {"sa1"},
            .service_account_selector = "app == 'x' && b == 'y'"}) ==
        "s:8fNL8lisacsYbqXPdS-PvZgVhJZ5-CSNISuW1w");
  CHECK(id({.namespace_selector = "!(!has(a))"}) == "s:2YJ73WeTHz0ITQsYrsHvqhu9cyP_wx6mhgJ4Gg");
}

TEST_CASE("effective: a blank selector of a rule breaks the join with a namespace") {
  CHECK(value(effective_rule_selectors({.selector = " "})).positive->canonical() == "all()");
  const auto result = effective_rule_selectors({.policy_namespace = "ns1", .selector = " "});
  CHECK(std::get<SelectorError>(result).hint ==
        "Calico joins the selectors to `(projectcalico.org/namespace == 'ns1') && ( )` and parses that");
}

TEST_CASE("effective: a prefix counts towards the limit of a label") {
  const auto has = [](std::size_t bytes) { return "has(" + std::string(bytes, 'l') + ")"; };
  CHECK(value(effective_rule_selectors({.namespace_selector = has(507)})).positive);
  const auto result = effective_rule_selectors({.namespace_selector = has(508)});
  CHECK(std::get<SelectorError>(result).message == "label too long: pcns." + std::string(508, 'l'));
  CHECK(std::holds_alternative<SelectorError>(effective_policy_selector("ns1", "", has(508))));
  CHECK(std::holds_alternative<SelectorError>(effective_global_policy_selector("", has(508), "")));
}

TEST_CASE("effective: a field that is wrong by itself fails in its own words") {
  const auto result = effective_rule_selectors({.namespace_selector = "a = 'b'"});
  CHECK(std::get<SelectorError>(result).message == "expected ==");
  CHECK(std::get<SelectorError>(result).offset == 2);
  CHECK(std::get<SelectorError>(effective_rule_selectors({.not_selector = "a"})).offset == 1);
  CHECK(std::get<SelectorError>(effective_rule_selectors({.selector = "a = 'b'"})).hint ==
        "write `==` instead of `=`");
  CHECK(std::holds_alternative<SelectorError>(effective_global_policy_selector("", "", "a")));
}

}  // namespace untrack::frontend
