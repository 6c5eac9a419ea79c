#include "ir/port.h"

#include <doctest/doctest.h>

using namespace untrack::ir;

TEST_CASE("port: equal sets compare equal, however they were written") {
  const PortSet a({{80, 80}, {443, 443}, {8000, 8080}});
  CHECK(a == PortSet({{8040, 8080}, {443, 443}, {8000, 8050}, {80, 80}, {80, 80}}));
  CHECK(a == PortSet({{8000, 8039}, {80, 80}, {8040, 8080}, {443, 443}}));
  CHECK(a.to_string() == "80,443,8000:8080");
  CHECK(a.count() == 83);
}

TEST_CASE("port: the ends of the port numbers are ordinary ports") {
  const PortSet all({{0, 65535}});
  CHECK(all == PortSet({{32768, 65535}, {0, 32767}}));
  CHECK(all.count() == 65536);
  CHECK(all.contains(0));
  CHECK(all.contains(65535));
  CHECK_FALSE(PortSet({{1, 65534}}).contains(0));
  CHECK_FALSE(PortSet({{1, 65534}}).contains(65535));
}

TEST_CASE("port: the empty set holds nothing") {
  CHECK(PortSet().empty());
  CHECK(PortSet().count() == 0);
  CHECK(PortSet().to_string() == "");
  CHECK_FALSE(PortSet().contains(0));
}
