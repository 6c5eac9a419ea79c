#include "verify/filter.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace untrack::verify {

static std::string told(std::string_view nft, std::string_view iptables_rule) {
  const std::string iptables =
      fmt::format("*filter\n:untrack-filter - [0:0]\n-A untrack-filter {}\nCOMMIT\n", iptables_rule);
  const auto read = read_filter({.nft = nft, .iptables = iptables});
  if (const auto* refusal = std::get_if<Refusal>(&read)) return refusal->file + ": " + refusal->message;
  return fmt::format("{:#x}", std::get<MarkBit>(read));
}

TEST_CASE("filter: both rules accept by one bit and nothing else") {
  static constexpr std::string_view kNft =
      "# why\nmeta mark & 0x00010000 == 0x00010000 accept comment \"x\"\n";
  static constexpr std::string_view kIptables =
      "-m mark --mark 0x10000/0x10000 -m comment --comment \"x\" -j ACCEPT";
  CHECK(told(kNft, kIptables) == "0x10000");
  CHECK(told("meta mark & 0x8 == 0x8 accept\n", "-m mark --mark 0x8/0x8 -j ACCEPT") == "0x8");

  for (const char* rule : {"accept\n", "meta mark & 0x3 == 0x3 accept\n", "meta mark & 0x10000 == 0 accept\n",
                           "meta mark & 0x10000 != 0x10000 accept\n", "meta mark & 0x10000 == 0x10000 drop\n",
                           "meta mark & 0x10000 == 0x10000 accept\naccept\n", ""}) {
    CAPTURE(rule);
    CHECK(told(rule, kIptables).starts_with("filter/accept.nft: "));
  }
  for (const char* rule :
       {"-j ACCEPT", "-m mark --mark 0x3/0x3 -j ACCEPT", "-m mark ! --mark 0x1/0x1 -j ACCEPT",
        "-m mark --mark 0x10000 -j ACCEPT", "-m mark --mark 0x0/0x10000 -j ACCEPT",
        "-m mark --mark 0x10000/0x10000 -j DROP", "-m mark --mark 0x20000/0x20000 -j ACCEPT",
        "-m mark --mark 0x10000/0x10000 -j ACCEPT\n-A untrack-filter -j ACCEPT"}) {
    CAPTURE(rule);
    CHECK(told(kNft, rule).starts_with("filter/iptables.restore: "));
  }
}

}  // namespace untrack::verify
