#include "support.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "ir/print.h"
#include "support/overloaded.h"

namespace untrack::verify {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.good(), path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE_MESSAGE(at != std::string::npos, from);
  REQUIRE_MESSAGE(text.find(from, at + 1) == std::string::npos, from);
  return text.replace(at, from.size(), to);
}

ir::Ruleset policy_of(std::string_view text) {
  auto parsed = ir::parse_ruleset(text);
  if (const auto* error = std::get_if<ir::ParseError>(&parsed)) {
    FAIL("line " << error->line << ": " << error->message);
  }
  return std::get<ir::Ruleset>(std::move(parsed));
}

ir::Ruleset memcached_policy() {
  return policy_of(text_of("testdata/verify/memcached.ir"));
}

IptablesTexts memcached_sets() {
  const std::string folder = "testdata/verify/sets/";
  return {text_of(folder + "ipset.restore"), text_of(folder + "iptables.restore"),
          text_of(folder + "ip6tables.restore")};
}

ReadResult read(const IptablesTexts& texts) {
  return read_iptables({.ipset = texts.ipset, .v4 = texts.v4, .v6 = texts.v6});
}

std::string refusal(const ReadResult& artifact) {
  const auto* refused = std::get_if<Refusal>(&artifact);
  return refused == nullptr ? "" : fmt::format("{}:{}: {}", refused->file, refused->line, refused->message);
}

std::string verdict(const ir::Ruleset& policy, const ReadResult& artifact) {
  if (std::holds_alternative<Refusal>(artifact)) return "refused " + refusal(artifact);
  ir::PacketSpace space;
  return std::visit(overloaded{
                        [](const Equal&) -> std::string { return "equal"; },
                        [](const Unproved&) -> std::string { return "unproved"; },
                        [](const Difference& difference) { return difference.to_string(); },
                    },
                    prove_equal(space, policy, std::get<Reading>(artifact)));
}

std::string fate(const ReadResult& artifact, ir::Direction direction, std::string_view interface_name,
                 std::string_view packet) {
  REQUIRE_MESSAGE(refusal(artifact).empty(), refusal(artifact));
  const auto parsed = ir::parse_packet(packet);
  REQUIRE_MESSAGE(parsed, packet);
  ir::PacketSpace space;
  ir::EffectTable table;
  const ir::PacketMap map = std::get<Reading>(artifact).effects(space, table, direction, interface_name);
  const ir::Leaf leaf = space.at(map, *parsed, direction);
  if (leaf == kUndefined) return "undefined";
  if (leaf == kContradiction) return "contradiction";
  std::string text(ir::to_string(table[leaf].verdict));
  for (const ir::LogPacket& log : table[leaf].logs) text += fmt::format(" log `{}`", log.prefix);
  return text;
}

}  // namespace untrack::verify
