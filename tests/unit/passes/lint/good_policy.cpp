// Policy that is right must be silent: the sets in testdata/good are what people write, one idea each.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "linted.h"

using namespace untrack;
using passes::lint::test::Linted;

static std::vector<std::string> good_policies() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/good"))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

TEST_CASE("good policy: nothing above info, and every node has rules") {
  const std::vector<std::string> paths = good_policies();
  CHECK(paths.size() >= 40);
  for (const std::string& path : paths) {
    CAPTURE(path);
    const Linted linted(path);
    CHECK(linted.text(Severity::Warning) == "");
    CHECK(std::ranges::any_of(linted.rulesets,
                              [](const ir::Ruleset& ruleset) { return !ruleset.hooks.empty(); }));
  }
}

TEST_CASE("good policy: the example of the documentation shows nothing but lost ICMP errors") {
  const Linted linted("testdata/policies/memcached/input.yaml");
  CHECK(linted.codes(Severity::Info) == std::set<std::string>{"UT205"});
}
