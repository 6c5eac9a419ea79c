#include "ir/address.h"

#include <doctest/doctest.h>

#include <utility>

using namespace untrack::ir;

TEST_CASE("address: text is parsed strictly and printed in its canonical form") {
  const std::pair<const char*, const char*> good[] = {{"0.0.0.0", "0.0.0.0"},
                                                      {"255.255.255.255", "255.255.255.255"},
                                                      {"10.0.0.7", "10.0.0.7"},
                                                      {"::", "::"},
                                                      {"2001:DB8::0001", "2001:db8::1"},
                                                      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                                                      {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}};
  for (const auto& [text, printed] : good) {
    CAPTURE(text);
    const auto address = Address::parse(text);
    REQUIRE(address);
    CHECK(address->to_string() == printed);
    CHECK(Address::parse(address->to_string()) == address);
  }
  for (const char* text : {"", "10.0.0", "10.0.0.256", "010.0.0.1", "10.0.0.1/32", " 10.0.0.1",
                           "fe80::1%eth0", "1:2:3:4:5:6:7:8:9", ":::", "localhost"}) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text));
  }
  CHECK_FALSE(Address::parse(std::string_view("10.0.0.1\0", 9)));
}

TEST_CASE("address: the first byte on the wire is the most significant one") {
  CHECK(Address::parse("1.2.3.4")->bits() == 0x01020304);
  CHECK(Address::parse("2001:db8::1")->bits() == (AddressBits{0x20010db8} << 96 | 1));
}

TEST_CASE("address: IPv4 sorts before IPv6, then by number") {
  CHECK(*Address::parse("255.255.255.255") < *Address::parse("::"));
  CHECK(*Address::parse("9.255.255.255") < *Address::parse("10.0.0.0"));
  CHECK(*Address::parse("::ffff:ffff:ffff:ffff") < *Address::parse("::1:0:0:0:0"));
}
