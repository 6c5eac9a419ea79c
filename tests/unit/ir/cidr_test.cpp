#include "ir/cidr.h"

#include <doctest/doctest.h>

using namespace untrack::ir;

static Cidr cidr(const char* text) {
  return Cidr::parse(text).value();
}

TEST_CASE("cidr: parsing clears the host bits") {
  CHECK(cidr("10.1.2.3/8") == cidr("10.0.0.0/8"));
  CHECK(cidr("10.1.2.3/8").to_string() == "10.0.0.0/8");
  CHECK(cidr("10.1.2.3").to_string() == "10.1.2.3/32");
  CHECK(cidr("2001:db8::ffff/64").to_string() == "2001:db8::/64");
  CHECK(cidr("255.255.255.255/0").to_string() == "0.0.0.0/0");
}

TEST_CASE("cidr: malformed text is nothing") {
  for (const char* text : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
                           "::/129", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.0/0x8"}) {
    CAPTURE(text);
    CHECK_FALSE(Cidr::parse(text));
  }
}

TEST_CASE("cidr: first and last address of every length") {
  CHECK(cidr("0.0.0.0/0").last() == max_address(IpVersion::V4));
  CHECK(cidr("::/0").last() == max_address(IpVersion::V6));
  CHECK(cidr("10.0.0.8/30").last() == 0x0a00000b);
  CHECK(cidr("::1/128").last() == 1);
}

TEST_CASE("cidr: contains addresses and prefixes of its own version only") {
  CHECK(cidr("10.0.0.0/8").contains(*Address::parse("10.255.255.255")));
  CHECK_FALSE(cidr("10.0.0.0/8").contains(*Address::parse("11.0.0.0")));
  CHECK_FALSE(cidr("0.0.0.0/0").contains(*Address::parse("::")));
  CHECK(cidr("10.0.0.0/8").contains(cidr("10.0.0.0/8")));
  CHECK(cidr("10.0.0.0/8").contains(cidr("10.4.0.0/16")));
  CHECK_FALSE(cidr("10.4.0.0/16").contains(cidr("10.0.0.0/8")));
}

TEST_CASE("cidr: a covering prefix sorts before what it covers") {
  CHECK(cidr("10.0.0.0/8") < cidr("10.0.0.0/16"));
  CHECK(cidr("10.0.0.0/16") < cidr("10.1.0.0/8").parse("11.0.0.0/8"));
}

TEST_CASE("cidr: a range is covered by the fewest prefixes, in order") {
  const auto texts = [](IpVersion version, AddressBits first, AddressBits last) {
    std::string text;
    for (const Cidr& prefix : prefixes_of(version, first, last)) text += prefix.to_string() + " ";
    return text;
  };
  CHECK(texts(IpVersion::V4, 0, 0xffffffff) == "0.0.0.0/0 ");
  CHECK(texts(IpVersion::V4, 0x0a000001, 0x0a000006) == "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32 ");
  CHECK(texts(IpVersion::V4, 0xffffffff, 0xffffffff) == "255.255.255.255/32 ");
  CHECK(texts(IpVersion::V6, 0, ~AddressBits{0}) == "::/0 ");
  CHECK(texts(IpVersion::V6, 1, ~AddressBits{0}).substr(0, 16) == "::1/128 ::2/127 ");
  CHECK(prefixes_of(IpVersion::V6, 1, ~AddressBits{0}).size() == 128);
}
