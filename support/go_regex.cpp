#include "support/go_regex.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

namespace untrack {

struct GoRegex::Compiled {
  RE2 expression;
};

namespace {

// What of an expression looks like an operator but is none: escaped, quoted by `\Q`, or in brackets.
struct Part {
  enum class Kind { Byte, Escape, Quoted, Class } kind;
  std::size_t begin, end;
};

Part part_at(std::string_view text, std::size_t at) {
  if (text.substr(at).starts_with("\\Q")) {
    const std::size_t end = text.find("\\E", at);
    return {Part::Kind::Quoted, at, end == std::string_view::npos ? text.size() : end + 2};
  }
  if (text[at] == '\\') return {Part::Kind::Escape, at, std::min(at + 2, text.size())};
  if (text[at] != '[') return {Part::Kind::Byte, at, at + 1};
  std::size_t end = at + 1;
  if (end < text.size() && text[end] == '^') ++end;
  if (end < text.size() && text[end] == ']') ++end;  // the first one is itself
  while (end < text.size() && text[end] != ']') {
    const std::size_t named =
        text.substr(end).starts_with("[:") ? text.find(":]", end + 2) : std::string_view::npos;
    end = named != std::string_view::npos ? named + 2 : end + (text[end] == '\\' ? 2 : 1);
  }
  return {Part::Kind::Class, at, std::min(end + 1, text.size())};
}

template <class Visit>
void for_each_part(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const Part part = part_at(text, at);
    visit(part);
    at = part.end;
  }
}

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

// `(?<name>` as RE2 writes it, `(?P<name>`. Look-behind stays as it is, to be refused.
std::string named_groups_rewritten(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_group = false;  // right behind its `(`
  for_each_part(text, [&](const Part& part) {
    const std::string_view rest = text.substr(part.begin);
    const bool named =
        in_group && rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!");
    out += named ? "?P" : rest.substr(0, part.end - part.begin);
    in_group = part.kind == Part::Kind::Byte && rest.front() == '(';
  });
  return out;
}

// Levels of a syntax tree (maxHeight, Go regexp/syntax/parse.go); each parenthesis is one at least.
constexpr std::size_t kMaxDepth = 1000;

struct Parentheses {
  std::optional<std::size_t> lone;      // the first `)` without its `(`, or the last `(` without its `)`
  std::optional<std::size_t> too_deep;  // the first one
};

Parentheses parentheses_of(std::string_view text) {
  Parentheses found;
  std::vector<std::size_t> open;
  for_each_part(text, [&](const Part& part) {
    if (part.kind != Part::Kind::Byte || found.lone) return;
    if (text[part.begin] == '(') {
      open.push_back(part.begin);
      if (open.size() > kMaxDepth && !found.too_deep) found.too_deep = part.begin;
    } else if (text[part.begin] == ')') {
      if (open.empty()) {
        found.lone = part.begin;
      } else {
        open.pop_back();
      }
    }
  });
  if (!found.lone && !open.empty()) found.lone = open.back();
  return found;
}

std::optional<std::size_t> single_byte_escape(std::string_view text) {
  std::optional<std::size_t> found;
  for_each_part(text, [&](const Part& part) {
    if (part.kind == Part::Kind::Escape && !found && text.substr(part.begin, 2) == "\\C") found = part.begin;
  });
  return found;
}

std::string reason(RE2::ErrorCode code, std::string_view where) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return where.size() > 1 && where[1] >= '1' && where[1] <= '9'
                 ? "Go has no back references"
                 : fmt::format("Go has no escape `{}`", where);
    case RE2::ErrorBadCharClass: return "no class of characters";
    case RE2::ErrorBadCharRange: return fmt::format("no range of characters: `{}`", where);
    case RE2::ErrorMissingBracket: return "a `[` without its `]`";
    case RE2::ErrorMissingParen: return "a `(` without its `)`";
    case RE2::ErrorUnexpectedParen: return "a `)` without its `(`";
    case RE2::ErrorTrailingBackslash: return "a `\\` at the end";
    case RE2::ErrorRepeatArgument: return "nothing to repeat";
    case RE2::ErrorRepeatSize: return "at most 1000 repetitions, the smaller number first";
    case RE2::ErrorRepeatOp:
      return where.ends_with('+') ? "Go has no possessive repetition" : "a repetition of a repetition";
    case RE2::ErrorBadPerlOp: {
      const bool around = where.starts_with("(?=") || where.starts_with("(?!") || where.starts_with("(?<");
      return around ? "Go has no look-around" : fmt::format("Go has no group `{}`", where);
    }
    case RE2::ErrorBadUTF8: return "no UTF-8";
    case RE2::ErrorBadNamedCapture: return fmt::format("no name of a group: `{}`", where);
    case RE2::ErrorPatternTooLarge: return "too large";
    case RE2::ErrorInternal:
    case RE2::NoError: break;
  }
  return "it cannot be read";
}

// RE2 shows the text that is wrong and not its place. It reads from left to right and stops at the first
// mistake, so that text ends where the shortest beginning with the same mistake ends.
std::size_t offset_of(const RE2& refused, std::string_view expression) {
  static constexpr std::size_t kLongest = 200;  // of what is tried byte by byte
  const std::string& where = refused.error_arg();
  for (std::size_t end = where.size(); end <= std::min(expression.size(), kLongest); ++end) {
    if (!expression.substr(0, end).ends_with(where)) continue;
    const RE2 beginning(std::string(expression.substr(0, end)), options());
    if (beginning.error_code() == refused.error_code() && beginning.error_arg() == where)
      return end - where.size();
  }
  return std::min(expression.find(where), expression.size());
}

// Names of Unicode classes that are as new as Go 1.25 are unknown to RE2.
bool is_unicode_class(const RE2& refused) {
  const std::string& where = refused.error_arg();
  return refused.error_code() == RE2::ErrorBadCharRange &&
         (where.starts_with("\\p{") || where.starts_with("\\P{"));
}

GoRegex::Refusal refusal_of(const RE2& refused, std::string_view expression) {
  GoRegex::Refusal refusal;
  const RE2::ErrorCode code = refused.error_code();
  std::string_view where = refused.error_arg();
  refusal.by_go =
      code != RE2::ErrorPatternTooLarge && code != RE2::ErrorInternal && !is_unicode_class(refused);
  refusal.offset = 0;
  refusal.length = expression.size();
  if (code == RE2::ErrorMissingParen || code == RE2::ErrorUnexpectedParen) {
    if (const auto at = parentheses_of(expression).lone) {
      refusal.offset = *at;
      refusal.length = 1;
    }
  } else if (code == RE2::ErrorTrailingBackslash) {
    refusal.offset = expression.size() - 1;
    refusal.length = 1;
  } else if (!where.empty() && where.size() < expression.size() &&
             expression.find(where) != std::string_view::npos) {
    refusal.offset = offset_of(refused, expression);
    refusal.length = code == RE2::ErrorMissingBracket ? 1 : where.size();
  }
  refusal.reason = reason(code, where);
  return refusal;
}

}  // namespace

std::variant<GoRegex, GoRegex::Refusal> GoRegex::compile(std::string_view expression) {
  if (const auto at = parentheses_of(expression).too_deep) {
    return Refusal{true, *at, 1, fmt::format("nested deeper than {} levels", kMaxDepth)};
  }
  if (const auto at = single_byte_escape(expression)) return Refusal{true, *at, 2, "Go has no escape `\\C`"};
  auto compiled =
      std::unique_ptr<const Compiled>(new Compiled{{named_groups_rewritten(expression), options()}});
  if (!compiled->expression.ok()) return refusal_of(compiled->expression, expression);
  return GoRegex(std::move(compiled));
}

bool GoRegex::is_found_in(std::string_view text) const {
  return RE2::PartialMatch({text.data(), text.size()}, compiled_->expression);
}

GoRegex::GoRegex(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
GoRegex::~GoRegex() = default;
GoRegex::GoRegex(GoRegex&&) noexcept = default;
GoRegex& GoRegex::operator=(GoRegex&&) noexcept = default;

}  // namespace untrack
