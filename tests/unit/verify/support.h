// Files, policies and readings for the tests of verify.
#pragma once
#include <string>
#include <string_view>

#include "ir/ruleset.h"
#include "verify/prove.h"
#include "verify/reading.h"

namespace untrack::verify {

std::string text_of(const std::string& path);
// `text` with its one occurrence of `from` replaced.
std::string replaced(std::string text, std::string_view from, std::string_view to);

ir::Ruleset policy_of(std::string_view text);
ir::Ruleset memcached_policy();  // testdata/verify/memcached.ir

struct IptablesTexts {
  std::string ipset, v4, v6;
};
IptablesTexts memcached_sets();  // testdata/verify/sets

ReadResult read(const IptablesTexts& texts);
// What the proof says: `equal`, `unproved`, the difference, or `refused FILE:LINE: MESSAGE`.
std::string verdict(const ir::Ruleset& policy, const ReadResult& artifact);

// `FILE:LINE: MESSAGE`, or empty text.
std::string refusal(const ReadResult& artifact);

// What becomes of one packet on an interface: `untrack`, `drop`, `track`, `undefined`, or
// `contradiction`.
std::string fate(const ReadResult& artifact, ir::Direction direction, std::string_view interface_name,
                 std::string_view packet);

}  // namespace untrack::verify
