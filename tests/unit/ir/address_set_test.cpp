#include "ir/address_set.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/interner.h"
#include "tests/property/generate.h"

using namespace untrack::ir;

static AddressSet set(std::initializer_list<const char*> texts) {
  std::vector<Cidr> prefixes;
  for (const char* text : texts) prefixes.push_back(Cidr::parse(text).value());
  return AddressSet(std::move(prefixes));
}

static std::string text_of(const AddressSet& addresses) {
  std::string text;
  for (const Cidr& prefix : addresses.prefixes()) text += prefix.to_string() + " ";
  return text;
}

TEST_CASE("address set: the fewest prefixes, sorted, IPv4 first") {
  CHECK(text_of(set({"2001:db8::/33", "10.0.1.0/24", "10.0.0.0/24", "10.0.0.7", "2001:db8:8000::/33"})) ==
        "10.0.0.0/23 2001:db8::/32 ");
  CHECK(text_of(set({"10.0.1.0/24", "10.0.2.0/24"})) == "10.0.1.0/24 10.0.2.0/24 ");  // adjacent, not aligned
  CHECK(text_of(set({"128.0.0.0/1", "0.0.0.0/1"})) == "0.0.0.0/0 ");
  CHECK(text_of(set({"255.255.255.255/32", "::/128"})) == "255.255.255.255/32 ::/128 ");
  CHECK(set({}).empty());
}

TEST_CASE("address set: equal sets compare and hash equal, however they were written") {
  const AddressSet halves = set({"10.0.0.128/25", "10.0.0.0/25"}), whole = set({"10.0.0.0/24", "10.0.0.9"});
  CHECK(halves == whole);
  untrack::Interner<AddressSet, AddressSetId> sets;
  CHECK(sets.intern(halves) == sets.intern(whole));
}

TEST_CASE("address set: the prefixes of one version") {
  const AddressSet both = set({"10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"});
  CHECK(both.prefixes(IpVersion::V4).size() == 2);
  CHECK(both.prefixes(IpVersion::V6).size() == 1);
  CHECK(set({"::/0"}).prefixes(IpVersion::V4).empty());
}

TEST_CASE("address set: contains exactly what the prefixes cover") {
  untrack::property::Random random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<Cidr> prefixes;
    for (std::uint64_t i = 0, count = random.below(8); i < count; ++i) {
      const bool v4 = random.chance(50);
      const int shorter = static_cast<int>(random.below(6));
      prefixes.emplace_back(Address(v4 ? IpVersion::V4 : IpVersion::V6, random.below(64)),
                            (v4 ? 32 : 128) - shorter);
    }
    const AddressSet addresses(prefixes);
    for (const IpVersion version : kIpVersions) {
      for (AddressBits bits = 0; bits < 70; ++bits) {
        const Address address(version, bits);
        const bool expected =
            std::ranges::any_of(prefixes, [&](const Cidr& c) { return c.contains(address); });
        REQUIRE(addresses.contains(address) == expected);
      }
    }
  }
}

TEST_CASE("socket set: sorted and distinct, so equal sets compare equal") {
  const SocketAddress http{*Address::parse("10.0.0.7"), kTcp, 80}, dns{*Address::parse("10.0.0.7"), kUdp, 53};
  const SocketSet a({http, dns, http});
  CHECK(a == SocketSet({dns, http}));
  CHECK(a.members().size() == 2);
  CHECK(a.contains(dns));
  CHECK_FALSE(a.contains({*Address::parse("10.0.0.7"), kTcp, 53}));
  CHECK(std::hash<SocketSet>{}(a) == std::hash<SocketSet>{}(SocketSet({dns, http})));
}
