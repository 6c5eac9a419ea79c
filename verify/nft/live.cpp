// What of a live ruleset is ours. nft prints tables one after the other, each from `table FAMILY NAME {` to
// `}` at the beginning of a line, with chains indented by one tab (nft(8), "list ruleset").
#include <algorithm>

#include <fmt/format.h>

#include "verify/dump.h"
#include "verify/nft/check.h"
#include "verify/nft/cursor.h"
#include "verify/nft/script.h"
#include "verify/text_lines.h"

namespace untrack::verify {

static constexpr std::string_view kFamily = "inet";

// Whether packets are here before conntrack sees them. What cannot be understood may be.
static bool sees_packets_early(std::string_view hook_line) {
  if (hook_line.find(" hook ingress ") != std::string_view::npos) return true;
  if (hook_line.find(" hook prerouting ") == std::string_view::npos &&
      hook_line.find(" hook output ") == std::string_view::npos) {
    return false;
  }
  try {
    const std::vector<nft::Token> list = nft::tokens(hook_line);
    nft::Cursor at(list);
    return nft::decides_tracking(nft::parse_hook(at));
  } catch (const Refused&) {
    return true;
  }
}

Ours ours_of_nft(std::string_view text, std::span<const std::string_view> tables) {
  Ours ours;
  bool inside = false, any = false;
  std::string table, chain;
  ours.text = lines_kept(text, [&](std::uint32_t number, std::string_view line) {
    if (line.starts_with("table ")) {
      table = fmt::format("{} {}", word(line, 1), word(line, 2));
      inside = word(line, 1) == kFamily && std::ranges::find(tables, word(line, 2)) != tables.end();
      any |= inside;
    } else if (!inside && word(line, 0) == "chain") {
      chain = word(line, 1);
    } else if (!inside && word(line, 0) == "type" && sees_packets_early(line)) {
      ours.remarks.push_back(
          {number,
           fmt::format("chain `{}` of table `{}` sees packets before conntrack too, and was not judged",
                       chain, table)});
    }
    return inside;
  });
  if (!any) ours.text.clear();
  return ours;
}

bool has_bpf_rules(std::string_view text) {
  return !ours_of_nft(text, std::array<std::string_view, 1>{"untrack-bpf"}).text.empty();
}

}  // namespace untrack::verify
