// testdata/verdicts: what lint finds in the policies whose packets tests/golden/verdicts_test.cpp follows. Together
// they say of each way in which a conversation can be halved what becomes of its packets, and what we call it.
//
//   # findings UT201 UT205
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "linted.h"

using namespace untrack;
using passes::lint::test::Linted;

static std::set<std::string> expected_codes(const std::filesystem::path& path) {
  static constexpr std::string_view kMark = "# findings ";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kMark)) continue;
    std::istringstream words(line.substr(kMark.size()));
    std::set<std::string> codes;
    for (std::string word; words >> word;) codes.insert(word);
    codes.erase("none");
    return codes;
  }
  FAIL("no line of findings in ", path.string());
  return {};
}

TEST_CASE("lint: the findings of the examples of verdicts are the ones that stand there") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/verdicts")) {
    const std::string path = entry.path().string();
    CAPTURE(path);
    const Linted linted(path);
    CAPTURE(linted.text(Severity::Info));
    CHECK(linted.codes(Severity::Info) == expected_codes(entry.path()));
    ++files;
  }
  CHECK(files > 0);
}
