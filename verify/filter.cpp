#include "verify/filter.h"

#include <bit>
#include <optional>
#include <string>

#include "verify/iptables/words.h"
#include "verify/nft/cursor.h"
#include "verify/number.h"
#include "verify/refuse.h"

namespace untrack::verify {

static constexpr std::uint64_t kMostMark = 0xffffffff;

static MarkBit one_bit(std::uint32_t line, std::uint64_t mask, std::uint64_t value) {
  const auto bit = static_cast<MarkBit>(mask);
  if (mask != value || !std::has_single_bit(bit)) refuse(line, "the mark is tested for more than one bit");
  return bit;
}

// `meta mark & 0x10000 == 0x10000 accept comment "..."`
static MarkBit read_nft_rule(std::string_view text) {
  const std::vector<nft::Token> list = nft::tokens(text);
  nft::Cursor at(list);
  at.skip_newlines();
  const std::uint32_t line = at.line();
  at.expect_word("meta");
  at.expect_word("mark");
  at.expect_sign("&");
  const std::uint64_t mask = at.number("mask", kMostMark);
  at.expect_sign("==");
  const MarkBit bit = one_bit(line, mask, at.number("mark", kMostMark));
  at.expect_word("accept");
  if (at.take_word("comment")) at.quoted("the text of a comment");
  at.skip_newlines();
  if (!at.at_end()) at.unexpected("the end of the rule");
  return bit;
}

// `-A untrack-filter -m mark --mark 0x10000/0x10000 -m comment --comment "..." -j ACCEPT`
static MarkBit read_iptables_rule(const iptables::Line& rule, std::string_view chain) {
  iptables::WordCursor at(rule);
  const auto expect = [&](std::string_view word) {
    if (!at.take(word)) refuse(at.line(), "`{}` should stand here", word);
  };
  for (const std::string_view word : {std::string_view("-A"), chain, std::string_view("-m"),
                                      std::string_view("mark"), std::string_view("--mark")}) {
    expect(word);
  }
  const std::string& text = at.next("a mark");
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto value = parse_number(std::string_view(text).substr(0, slash), kMostMark);
  const auto mask =
      slash < text.size() ? parse_number(std::string_view(text).substr(slash + 1), kMostMark) : std::nullopt;
  if (!value || !mask) refuse(at.line(), "`{}` is no VALUE/MASK", text);
  if (at.take("-m")) {
    expect("comment");
    expect("--comment");
    at.next("the text of a comment");
  }
  expect("-j");
  expect("ACCEPT");
  if (!at.at_end()) refuse(at.line(), "`{}` stands behind the target", at.next("nothing"));
  return one_bit(at.line(), *mask, *value);
}

static MarkBit read_iptables_chain(std::string_view text) {
  static constexpr std::string_view kChain = "untrack-filter", kDeclaration = ":untrack-filter";
  const std::vector<iptables::Line> all = iptables::lines(text);
  const bool shape = all.size() == 4 && all[0].words.front() == "*filter" &&
                     all[1].words.front() == kDeclaration && all[3].words.front() == "COMMIT";
  if (!shape) refuse(0, "not one chain `{}` of table filter with one rule", kChain);
  return read_iptables_rule(all[2], kChain);
}

template <class Read>
static std::variant<MarkBit, Refusal> read_file(std::string_view file, const Read& read) {
  try {
    return read();
  } catch (const Refused& refused) {
    return Refusal{std::string(file), refused.line, refused.message};
  }
}

std::variant<MarkBit, Refusal> read_filter(const FilterTexts& texts) {
  const auto nft = read_file("filter/accept.nft", [&] { return read_nft_rule(texts.nft); });
  if (std::holds_alternative<Refusal>(nft)) return nft;
  const auto iptables =
      read_file("filter/iptables.restore", [&] { return read_iptables_chain(texts.iptables); });
  if (std::holds_alternative<Refusal>(iptables)) return iptables;
  if (std::get<MarkBit>(nft) != std::get<MarkBit>(iptables))
    return Refusal{"filter/iptables.restore", 0, "it tests another bit than filter/accept.nft"};
  return nft;
}

}  // namespace untrack::verify
