#include "ir/prefix_lengths.h"

#include <doctest/doctest.h>

using namespace untrack::ir;

static Cidr cidr(std::uint64_t first, int bits) {
  return Cidr(Address(IpVersion::V4, first), bits);
}

TEST_CASE("prefix lengths: a prefix is split into all of its parts") {
  CHECK(split(cidr(0x0a000000, 8), 8) == std::vector{cidr(0x0a000000, 8)});
  CHECK(split(cidr(0x0a000000, 23), 25) ==
        std::vector{cidr(0x0a000000, 25), cidr(0x0a000080, 25), cidr(0x0a000100, 25), cidr(0x0a000180, 25)});
  CHECK(split(cidr(0, 0), 1) == std::vector{cidr(0, 1), cidr(0x80000000, 1)});
}

TEST_CASE("prefix lengths: each is split into the next one there is, and takes those before it along") {
  const std::vector<Cidr> prefixes = {cidr(0x0a000000, 20), cidr(0x0b000000, 24), cidr(0x0b000100, 24)};
  const LengthCounts counts = count_lengths(prefixes);
  CHECK(counts == LengthCounts{{20, 1}, {24, 2}});
  CHECK(total(counts) == 3);
  SplitLengths lengths({{20, 1}, {24, 2}, {25, 3}, {32, 9}}, 6);
  CHECK_FALSE(lengths.split_of(25));  // too deep
  CHECK_FALSE(lengths.split_of(32));  // the last
  CHECK_FALSE(lengths.split_of(22));  // none
  const auto by_parts = [](const SplitLengths::Split& each) { return each.parts; };
  const auto first = lengths.cheapest(by_parts);
  REQUIRE(first);
  CHECK(first->bits == 24);
  CHECK(first->count == 2);
  CHECK(first->parts == 4);
  lengths.apply(*first);
  const auto second = lengths.cheapest(by_parts);
  REQUIRE(second);
  CHECK(second->bits == 20);
  CHECK(second->parts == 32);
  lengths.apply(*second);
  CHECK_FALSE(lengths.cheapest(by_parts));
  CHECK(lengths.lengths() == std::map<int, int>{{20, 25}, {24, 25}, {25, 25}, {32, 32}});
}
