#include "support/nearest.h"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace untrack {

static std::string meant(std::string_view word) {
  static constexpr std::array<std::string_view, 7> kKnown = {"action",  "selector", "doNotTrack", "nets",
                                                             "notNets", "sarif",    "nft"};
  const auto found = nearest(word, kKnown);
  return found ? std::string(kKnown[*found]) : "-";
}

TEST_CASE("nearest: a third of the letters may differ, of two one") {
  CHECK(meant("acton") == "action");
  CHECK(meant("selectr") == "selector");
  CHECK(meant("doNotTrak") == "doNotTrack");
  CHECK(meant("nt") == "nft");
  CHECK(meant("actxxx") == "-");
  CHECK(meant("name") == "-");
  CHECK(meant("n") == "-");
  CHECK(meant("") == "-");
}

TEST_CASE("nearest: letters that have changed places are one slip") {
  CHECK(meant("sraif") == "sarif");
  CHECK(meant("asrif") == "sarif");
  CHECK(meant("safir") == "-");  // two letters apart from each other
}

TEST_CASE("nearest: the first of equally near ones") {
  CHECK(meant("neets") == "nets");
  static constexpr std::array<std::string_view, 2> kAlike = {"web1", "web2"};
  CHECK(nearest("web3", kAlike) == 0);
}

}  // namespace untrack
