#include <doctest/doctest.h>

#include <algorithm>

#include "verify/interfaces.h"
#include "verify/nft/lexer.h"
#include "verify/outcome.h"
#include "verify/ranges.h"
#include "verify/refuse.h"

namespace untrack::verify {

using List = std::vector<Range>;
static List list(const Ranges& ranges) {
  return {ranges.list().begin(), ranges.list().end()};
}

TEST_CASE("ranges: equal sets are equal, however they were written") {
  CHECK(Ranges({{5, 9}, {1, 2}, {3, 3}}) == Ranges({{1, 3}, {5, 9}}));
  CHECK(Ranges({{1, 8}, {2, 3}}) == Ranges({{1, 8}}));
  CHECK(Ranges({{0, ~Number{0}}, {7, 9}}) == Ranges::all(128));
  CHECK(Ranges({{1, 3}, {5, 9}}).contains(5));
  CHECK_FALSE(Ranges({{1, 3}, {5, 9}}).contains(4));
  CHECK_FALSE(Ranges().contains(0));
}

TEST_CASE("ranges: the complement has all others") {
  CHECK(list(Ranges({{1, 3}, {5, 9}}).complement(4)) == List{{0, 0}, {4, 4}, {10, 15}});
  CHECK(Ranges().complement(8) == Ranges::all(8));
  CHECK(Ranges::all(128).complement(128).empty());
  CHECK(list(Ranges({{0, 14}}).complement(4)) == List{{15, 15}});
}

TEST_CASE("ranges: unmasked gives every number whose masked form is a member") {
  for (const Number mask : {0x00u, 0x0fu, 0xf0u, 0xffu, 0xc0u, 0x55u, 0xfeu}) {
    for (const Range range : List{{0, 0}, {0x10, 0x2f}, {0x33, 0x54}, {0xf1, 0xff}, {0, 0xff}}) {
      const Ranges found = Ranges({range}).unmasked(mask, 8);
      for (Number number = 0; number <= 0xff; ++number) {
        const Number masked = number & mask;
        REQUIRE(found.contains(number) == (range.first <= masked && masked <= range.last));
      }
    }
  }
  const Number mask = max_number(128) << 64;
  CHECK(list(Ranges({{Number{5} << 64, Number{5} << 64}}).unmasked(mask, 128)) ==
        List{{Number{5} << 64, (Number{6} << 64) - 1}});
}

TEST_CASE("interfaces: a prefix is a range of names, and every class of names has one that stands for it") {
  CHECK(Ranges({names_beginning("eth")}).contains(name_number("eth0")));
  CHECK(Ranges({names_beginning("eth")}).contains(name_number("eth")));
  CHECK_FALSE(Ranges({names_beginning("eth")}).contains(name_number("eti")));
  CHECK(Ranges({names_beginning("")}).contains(name_number("abcdefghijklmno")));

  CHECK(representative_names({"eth0", "lo"}, {}) == std::vector<std::string>{"eth0", "lo"});
  const auto names = representative_names({"eth0"}, {"eth", "eth1", "wl"});
  const auto of_class = [&](std::string_view prefix, std::string_view longer) {
    return std::count_if(names.begin(), names.end(), [&](const std::string& name) {
      return name.starts_with(prefix) && (longer.empty() || !name.starts_with(longer)) && name != "eth0";
    });
  };
  CHECK(of_class("eth", "eth1") == 1);
  CHECK(of_class("eth1", "") == 1);
  CHECK(of_class("wl", "") == 1);
  CHECK(names.size() == 5);
}

TEST_CASE("outcomes: a set of outcomes is one leaf, and what follows applies where they go on") {
  Outcomes outcomes;
  const ir::Leaf drop = outcomes.just(Exit::Drop), untracked = outcomes.just(Outcome{.untracked = true});
  CHECK(outcomes.just(Exit::Drop) == drop);
  CHECK(outcomes.either(drop, untracked) == outcomes.either(untracked, drop));
  CHECK(outcomes.either(drop, Outcomes::kNone) == drop);
  CHECK(outcomes.then(drop, untracked) == drop);
  CHECK(outcomes.then(Outcomes::kContinue, untracked) == untracked);
  const ir::Leaf both = outcomes.then(outcomes.either(drop, Outcomes::kContinue), untracked);
  CHECK(both == outcomes.either(drop, untracked));
  CHECK(outcomes.with_exits(both, Exit::Continue, Exit::Drop) ==
        outcomes.either(drop, outcomes.just(Outcome{.untracked = true, .exit = Exit::Drop})));
}

TEST_CASE("outcomes: too many possibilities are called anything") {
  Outcomes outcomes;
  ir::Leaf all = Outcomes::kNone;
  for (std::uint32_t log = 0; log < 100; ++log)
    all = outcomes.either(all, outcomes.just(Outcome{.logs = {log}}));
  REQUIRE(outcomes[all].size() == 1);
  CHECK(outcomes[all][0].exit == Exit::Anything);
}

static std::string kinds(std::string_view text) {
  static constexpr std::string_view kLetters = "wnaqs;.";
  std::string found;
  for (const nft::Token& token : nft::tokens(text)) found += kLetters[static_cast<std::size_t>(token.kind)];
  return found;
}

TEST_CASE("nft lexer: addresses, ranges and names are told apart as nft does") {
  CHECK(kinds("tcp . 80 : accept") == "wsnsw;.");
  CHECK(kinds("80:accept") == "nsw;.");
  CHECK(kinds("10.0.0.0/8 . 0x50-0x5a") == "asnsnsn;.");
  CHECK(kinds("fe80::1 : drop,::/0") ==
        "asws"
        "asn;.");
  CHECK(kinds("::1: drop") == "asw;.");
  CHECK(kinds("::ffff:1.2.3.4 dead:beef::") == "aa;.");
  CHECK(kinds("\"eth0\" eth* eth\\* ut-a/b.c_d") == "qwww;.");
  CHECK(kinds("a # { \"\nb \\\n c") == "w;ww;.");
  CHECK(kinds("!= <= >= == < > =") == "sssssss;.");
  for (const char* bad : {"80abc", "10.0.0.1.80", "1.2.3", "\"open", "tcp .80", "\x01"}) {
    CAPTURE(std::string(bad));
    CHECK_THROWS_AS(nft::tokens(bad), Refused);
  }
}

}  // namespace untrack::verify
