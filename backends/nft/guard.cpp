#include "backends/nft/guard.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace untrack::backends::nft {

static constexpr std::array kClasses = {HeaderClass::Tcp, HeaderClass::Udp, HeaderClass::Sctp};
static_assert(kClasses.size() == kPortProtocols);

std::size_t place_of(HeaderClass header_class) {
  return static_cast<std::size_t>(header_class) - static_cast<std::size_t>(HeaderClass::Tcp);
}
HeaderClass class_at(std::size_t place) {
  return kClasses[place];
}

static std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Open: return "";
    case Outcome::Untrack: return "untrack";
    case Outcome::Drop: return "drop";
    case Outcome::Track: return "track";
  }
  return "";
}

Statement statement(Outcome outcome, std::optional<MarkBit> mark) {
  switch (outcome) {
    case Outcome::Untrack: return NotrackAccept{mark};
    case Outcome::Drop: return Drop{};
    case Outcome::Open:
    case Outcome::Track: break;
  }
  return Accept{};
}

// `untrack-tcp-drop-udp`; empty if nothing is decided.
static std::string name_of(const Outcomes& outcomes) {
  std::string name;
  for (std::size_t i = 0; i < kPortProtocols; ++i) {
    if (outcomes[i] == Outcome::Open) continue;
    name += fmt::format("{}{}-{}", name.empty() ? "" : "-", word(outcomes[i]),
                        ir::to_string(*protocol_of(kClasses[i], ir::IpVersion::V4)));
  }
  return name;
}

Verdict guarded_verdict(Program& program, const Guard& guard, const Outcomes& outcomes) {
  Outcomes deciding = outcomes;
  for (Outcome& each : deciding) {
    // As if it were not decided.
    if (!guard.rest && each == Outcome::Track) each = Outcome::Open;
  }
  const std::string word = name_of(deciding);
  const Verdict others = guard.rest ? Verdict(Goto{*guard.rest}) : Accept{};
  if (word.empty()) return others;
  Chain chain{guard.rest ? *guard.rest + "/" + word : word, std::nullopt, {}};
  const auto add_readable = [&](const Conditions& conditions, bool version_follows) {
    for (std::size_t i = 0; i < kPortProtocols; ++i) {
      if (deciding[i] == Outcome::Open) continue;
      Conditions all = conditions;
      all.push_back(HeaderReadable{*protocol_of(kClasses[i], ir::IpVersion::V4)});
      if (version_follows) all.push_back(VersionIs{ir::IpVersion::V6});
      chain.rules.push_back({std::move(all), statement(deciding[i], program.mark), ""});
    }
  };
  // Most packets are IPv4 and no fragments: one rule for them.
  add_readable({LaterFragment{ir::IpVersion::V4, true}}, false);
  chain.rules.push_back({{LaterFragment{ir::IpVersion::V6}}, as_statement(others), ""});
  add_readable({}, true);
  if (guard.rest) chain.rules.push_back({{}, as_statement(others), ""});
  const std::string name = chain.name;
  program.shared_chains.try_emplace(name, std::move(chain));
  return Goto{name};
}

}  // namespace untrack::backends::nft
