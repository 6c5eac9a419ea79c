#include "ir/prefix_tables.h"

#include <algorithm>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "ir/address_set.h"
#include "tests/property/generate.h"

using namespace untrack::ir;
using untrack::property::Random;

static LookupCost alike(std::size_t) {
  return {1, 1};
}

static std::vector<Cidr> prefixes(std::initializer_list<const char*> texts) {
  std::vector<Cidr> made;
  for (const char* text : texts) made.push_back(Cidr::parse(text).value());
  return made;
}

namespace {
struct Answer {
  std::vector<std::uint32_t> of;  // as often as the address is found
  int lookups = 0;                // until then
};
}  // namespace

// As a packet does it, but that it goes on where it has been found.
static void ask(Answer& answer, const PrefixTables& tables, const Address& address) {
  for (const PrefixTable& table : tables) {
    answer.lookups += answer.of.empty();
    const auto holds = [&](const PrefixTable::Entry& entry) {
      return entry.key == Cidr(address, table.bits);
    };
    for (const PrefixTable::Entry& entry : table.whole) {
      if (holds(entry)) answer.of.push_back(entry.of);
    }
    for (const PrefixTable::Entry& entry : table.divided) {
      if (holds(entry)) ask(answer, table.below[entry.of], address);
    }
  }
}

static Answer ask(const PrefixTables& tables, const Address& address) {
  Answer answer;
  ask(answer, tables, address);
  return answer;
}
static Answer ask(const PrefixTables& tables, const char* address) {
  return ask(tables, Address::parse(address).value());
}

static std::size_t entries(const PrefixTables& tables) {
  std::size_t total = 0;
  for (const PrefixTable& table : tables) {
    total += table.entries();
    for (const PrefixTables& below : table.below) total += entries(below);
  }
  return total;
}

static int depth(const PrefixTables& tables) {
  int deepest = 0;
  for (const PrefixTable& table : tables) {
    for (const PrefixTables& below : table.below) deepest = std::max(deepest, depth(below));
  }
  return deepest + 1;
}

TEST_CASE("prefix tables: none of none, one of prefixes that are equally long") {
  CHECK(divide({}, alike).tables.empty());
  for (const auto& list : {prefixes({"10.0.0.0/24", "10.0.2.0/24", "192.0.2.0/24"}), prefixes({"0.0.0.0/0"}),
                           prefixes({"::/0"}), prefixes({"2001:db8::1/128", "2001:db8::3/128"})}) {
    const PrefixTables tables = divide(list, alike).tables;
    REQUIRE(tables.size() == 1);
    CHECK(tables[0].bits == list[0].prefix_bits());
    CHECK(tables[0].whole.size() == list.size());
    CHECK(tables[0].divided.empty());
  }
}

TEST_CASE("prefix tables: one lookup tells an address that is in none of them") {
  const PrefixTables tables =
      divide(prefixes({"10.1.0.0/16", "10.2.3.0/24", "10.2.9.7/32", "10.3.0.1/32", "10.9.0.0/16"}), alike)
          .tables;
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].bits == 16);
  CHECK(tables[0].whole.size() == 2);
  CHECK(tables[0].divided.size() == 2);
  CHECK(tables[0].below.size() == 2);  // of 24 and 32 bits, of 32 bits
  CHECK(ask(tables, "10.7.0.1").lookups == 1);
  CHECK(ask(tables, "10.9.8.7").of == std::vector<std::uint32_t>{4});
  CHECK(ask(tables, "10.3.0.1").lookups == 2);
  CHECK(ask(tables, "10.3.0.1").of == std::vector<std::uint32_t>{3});
  CHECK(ask(tables, "10.2.9.7").of == std::vector<std::uint32_t>{2});
  CHECK(ask(tables, "10.2.9.8").of.empty());
}

TEST_CASE("prefix tables: a few short prefixes are split, where that saves all others a lookup") {
  std::vector<Cidr> list = prefixes({"10.0.0.0/22"});
  for (std::uint32_t i = 0; i < 100; ++i) list.emplace_back(Address(IpVersion::V4, 0x0b000000 + 512 * i), 24);
  const PrefixTables tables = divide(list, alike).tables;
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].whole.size() == 104);
  CHECK(ask(tables, "10.0.3.1").of == std::vector<std::uint32_t>{0});
}

TEST_CASE("prefix tables: what would be too many parts has a lookup of its own") {
  std::vector<Cidr> list = prefixes({"10.0.0.0/8"});
  for (std::uint32_t i = 0; i < 100; ++i) list.emplace_back(Address(IpVersion::V4, 0x0b000000 + 2 * i));
  list.emplace_back(Address(IpVersion::V4, 0xc0000000), 8);
  CHECK(entries(divide(list, alike).tables) <= 5 * list.size());
}

// ---- any list

static std::vector<Cidr> random_prefixes(Random& random, IpVersion version, std::size_t count) {
  const int width = address_bits(version);
  // Few first bits, so that prefixes lie beside each other.
  const int spread = static_cast<int>(2 + random.below(20));
  std::vector<int> lengths;
  for (std::uint64_t i = 0; i < 1 + random.below(version == IpVersion::V4 ? 8 : 20); ++i)
    lengths.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(width) + 1)));
  std::vector<Cidr> all;
  for (std::size_t i = 0; i < count; ++i) {
    AddressBits bits = random.below(std::uint64_t{1} << spread);
    bits = bits << (width - spread) | random.below(4) << random.below(static_cast<std::uint64_t>(width));
    const int length = random.pick(lengths);
    all.emplace_back(Address(version, bits & max_address(version)), length);
  }
  // Disjoint, but not merged: neighbours may say different things.
  std::ranges::sort(all);
  std::vector<Cidr> disjoint;
  for (const Cidr& each : all) {
    if (disjoint.empty() || !disjoint.back().contains(each)) disjoint.push_back(each);
  }
  return disjoint;
}

static LookupCost dearer(std::size_t entries) {
  return {static_cast<double>(10 + entries), static_cast<double>(10 + entries / 2)};
}
static LookupCost free_if_missed(std::size_t) {
  return {1, 0};
}

TEST_CASE("prefix tables: an address is found in the prefix that holds it, once") {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const IpVersion version = kIpVersions[seed % 2];
    const std::vector<Cidr> list = random_prefixes(random, version, 1 + random.below(60));
    for (const LookupCosts costs : {alike, dearer, free_if_missed}) {
      const DividedPrefixes divided = divide(list, costs);
      CHECK(entries(divided.tables) <= 5 * list.size());
      CHECK(depth(divided.tables) <= 3);
      const auto expect = [&](AddressBits bits) {
        const Address address(version, bits & max_address(version));
        std::vector<std::uint32_t> of;
        for (std::uint32_t i = 0; i < list.size(); ++i) {
          if (list[i].contains(address)) of.push_back(i);
        }
        CHECK(ask(divided.tables, address).of == of);
      };
      for (const Cidr& each : list) {
        for (const AddressBits bits : {each.first(), each.last(), each.first() - 1, each.last() + 1})
          expect(bits);
      }
    }
  }
}

TEST_CASE("prefix tables: no dearer than a table for each length") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const std::vector<Cidr> list = random_prefixes(random, kIpVersions[seed % 2], 1 + random.below(200));
    std::set<int> lengths;
    for (const Cidr& each : list) lengths.insert(each.prefix_bits());
    CHECK(divide(list, alike).cost <= static_cast<double>(lengths.size()) + 1e-9);
  }
}

TEST_CASE("prefix tables: the expected cost is what addresses meet on average") {
  Random random(3);
  std::vector<Cidr> all;
  for (int i = 0; i < 3000; ++i) {
    static constexpr int kLengths[] = {16, 20, 22, 24, 24, 24, 32, 32, 32};
    all.emplace_back(Address(IpVersion::V4, 0x0a000000 + random.below(0x06000000)),
                     kLengths[random.below(9)]);
  }
  const AddressSet set(all);
  const DividedPrefixes divided = divide(set.prefixes(), alike);
  double lookups = 0;
  static constexpr int kAddresses = 4000;
  for (int i = 0; i < kAddresses; ++i) {
    const Cidr& net = set.prefixes()[random.below(set.prefixes().size())];
    const AddressBits bits = i % 2 == 0 ? net.first() : 0x0a000000 + random.below(0x06000000);
    lookups += ask(divided.tables, Address(IpVersion::V4, bits)).lookups;
  }
  CHECK(lookups / kAddresses == doctest::Approx(divided.cost).epsilon(0.05));
}
