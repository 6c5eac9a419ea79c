#include "support/diagnostic.h"

#include <doctest/doctest.h>

using namespace untrack;

static constexpr DiagnosticKind<std::string_view> kind = {
    {"UT999", "test", Severity::Error, Compile::GoesOn, "", "", ""}, "says {}"};

TEST_CASE("diagnostics: one finding in several places is one that says how many") {
  Diagnostics all;
  const SourceSpan rule{BufferId{0}, 10, 20}, other{BufferId{0}, 30, 40}, endpoint{BufferId{0}, 50, 60};
  all.report(rule, kind, "a").note(other, "a remark").holds_on(endpoint, "eth0").holds_on(endpoint, "eth1");
  all.report(other, kind, "a").holds_on(endpoint, "eth0");
  all.report(rule, kind, "a").holds_on(endpoint, "eth1");
  all.report(rule, kind, "b").holds_on(endpoint, "eth2");
  all.report(rule, kind, "a").holds_on(endpoint, "eth3");
  all.report(rule, kind, "c").note(other, "a remark");
  all.fold_places();
  const auto found = all.in_order();
  REQUIRE(all.size() == 4);
  REQUIRE(found.size() == 4);
  REQUIRE(found[0]->notes.size() == 2);
  CHECK(found[0]->notes[0].message == "a remark");
  CHECK(found[0]->notes[1].message == "on eth0, and on 2 more");
  CHECK(found[1]->notes[0].message == "on eth2");
  CHECK(found[2]->notes[0].message == "a remark");
  CHECK(found[3]->notes[0].message == "on eth0");
}
