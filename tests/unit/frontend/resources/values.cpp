// Scalars as Calico's tools read them, and what is refused instead of converted.
#include <doctest/doctest.h>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static Loaded policy_with(const std::string& field) {
  return load_text(
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n  " + field +
      "\n");
}
static Loaded rule_with(const std::string& fields) {
  return policy_with("types: [Ingress]\n  ingress:\n    - {action: Allow, " + fields + "}");
}

TEST_CASE("values: booleans are YAML 1.1 words, and nothing else") {
  for (const char* word : {"true", "True", "yes", "on", "ON", "y"}) {
    const Loaded loaded = policy_with(fmt::format("applyOnForward: {}", word));
    CAPTURE(word);
    CHECK(loaded.findings() == Lines{});
    CHECK(loaded.set.policies.at(0).apply_on_forward);
  }
  for (const char* word : {"false", "no", "Off", "n"}) {
    CAPTURE(word);
    CHECK(!policy_with(fmt::format("applyOnForward: {}", word)).set.policies.at(0).apply_on_forward);
  }
  for (const char* wrong : {"'true'", "1", "yEs", "[]"}) {
    CAPTURE(wrong);
    CHECK(policy_with(fmt::format("applyOnForward: {}", wrong)).findings().at(0).starts_with("UT052 5:19 "));
  }
}

TEST_CASE("values: numbers in all forms of Go and YAML 1.1") {
  const std::pair<const char*, double> kOrders[] = {
      {"1e3", 1000},   {".5", 0.5}, {"-7.25", -7.25}, {"0x10", 16}, {"010", 8}, {"0o17", 15},
      {"1_000", 1000}, {"+5", 5},   {"09", 9},        {"0b101", 5}, {"1.", 1}};
  for (const auto& [written, order] : kOrders) {
    CAPTURE(written);
    const Loaded loaded = policy_with(fmt::format("order: {}", written));
    CHECK(loaded.findings() == Lines{});
    CHECK(loaded.set.policies.at(0).order == order);
  }
  CHECK(policy_with("order:").set.policies.at(0).order == std::nullopt);
  for (const char* wrong : {"'5'", "5 apples", "+-5", "0x", "1e", "22:30"}) {
    CAPTURE(wrong);
    CHECK(policy_with(fmt::format("order: {}", wrong)).findings().at(0).starts_with("UT052 "));
  }
  CHECK(policy_with("order: 1e999").findings().size() == 1);
}

TEST_CASE("values: text without quotes must be text") {
  for (const char* wrong : {"true", "yes", "1.10", "010", "0x10", ".inf"}) {
    CAPTURE(wrong);
    const Loaded loaded = policy_with(fmt::format("tier: {}", wrong));
    REQUIRE(loaded.findings().size() == 1);
    CHECK(loaded.findings()[0].starts_with("UT054 5:9 "));
    CHECK(loaded.diagnostics.in_order()[0]->help_text == fmt::format("write \"{}\"", wrong));
  }
}

static std::string ports_of(const std::string& written) {
  const Loaded loaded = rule_with("protocol: TCP, destination: {ports: [" + written + "]}");
  if (!loaded.diagnostics.empty()) return loaded.findings()[0].substr(0, 5);
  std::string all;
  for (const ir::PortSpec& spec : loaded.set.policies.at(0).ingress.at(0).destination.ports) {
    const auto* range = std::get_if<ir::PortRange>(&spec.port);
    all += range != nullptr ? fmt::format("{}-{} ", range->first, range->last)
                            : std::get<ir::NamedPort>(spec.port).name + " ";
  }
  return all;
}

TEST_CASE("values: ports are numbers, ranges and names") {
  CHECK(ports_of("80, \"80\", \"0080\", 010, 0x50, 80.0, 1e3") ==
        "80-80 80-80 80-80 8-8 80-80 80-80 1000-1000 ");
  CHECK(ports_of("\"80:90\", 22:30, \"80:80\", http, \"8080-tcp\"") == "80-90 22-30 80-80 http 8080-tcp ");
  for (const char* wrong : {"0", "65536", "\"0:10\"", "-1", "99999999999"}) {
    CAPTURE(wrong);
    CHECK(ports_of(wrong) == "UT154");
  }
  for (const char* wrong : {"\"80:\"", "\":90\"", "\"80:90:100\"", "\"80, 90\"", "\"\""}) {
    CAPTURE(wrong);
    CHECK(ports_of(wrong) == "UT152");
  }
  for (const char* wrong : {"80-90", "HTTP", "my_port", "a.b", "a--b", "-a", "sixteen-letters-"}) {
    CAPTURE(wrong);
    CHECK(ports_of(wrong) == "UT155");
  }
  CHECK(ports_of("80.5") == "UT055");
  CHECK(ports_of("yes") == "UT052");
}

TEST_CASE("values: protocols are six names and the numbers from 1 to 255") {
  const auto protocol_of = [](const std::string& written) -> std::string {
    const Loaded loaded = rule_with("protocol: " + written);
    if (!loaded.diagnostics.empty()) return loaded.findings()[0].substr(0, 5);
    const ir::ProtocolSpec& spec = *loaded.set.policies.at(0).ingress.at(0).protocol;
    return fmt::format("{}{}", spec.protocol.number, spec.by_name ? " by name" : "");
  };
  CHECK(protocol_of("ICMPv6") == "58 by name");
  CHECK(protocol_of("UDPLite") == "136 by name");
  CHECK(protocol_of("\"6\"") == "6");
  CHECK(protocol_of("255") == "255");
  for (const char* wrong : {"0", "256", "-1", "\"300\""}) CHECK(protocol_of(wrong) == "UT151");
  for (const char* wrong : {"tcp", "ESP", "\"\"", "icmpv6"}) CHECK(protocol_of(wrong) == "UT150");
}

TEST_CASE("values: nets of rules are prefixes without host bits") {
  const auto code_of = [](const std::string& written) {
    const Loaded loaded = rule_with("source: {nets: [\"" + written + "\"]}");
    return loaded.diagnostics.empty() ? std::string("fine") : loaded.findings()[0].substr(0, 5);
  };
  for (const char* right : {"10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::1/128", "10.0.0.1/32"})
    CHECK(code_of(right) == "fine");
  for (const char* wrong : {"10.0.0.0/33", "10.0.0/8", "010.0.0.0/8", "10.0.0.0/255.0.0.0", "fe80::1%eth0/64",
                            "", " 10.0.0.0/8", "10.0.0.0/-1"}) {
    CAPTURE(wrong);
    CHECK(code_of(wrong) == "UT156");
  }
  CHECK(code_of("10.0.0.1/8") == "UT157");
  CHECK(code_of("10.0.0.1") == "UT158");
  CHECK(code_of("::ffff:10.0.0.1/128") == "UT160");
}
