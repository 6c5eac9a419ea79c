#include "frontend/yaml/syntax_error.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "frontend/yaml/diagnostics.h"
#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

namespace {
class Reporter {
 public:
  Reporter(const SourceMap& sources, SourceSpan document, const SyntaxError& error, const Composer& composer,
           Diagnostics& diagnostics)
      : source_(sources.text(document.buffer).substr(0, document.end)),
        document_(document),
        error_(error),
        at_(std::clamp(error.at, document.begin, document.end)),
        composer_(composer),
        diagnostics_(diagnostics) {}

  void report() {
    switch (error_.fault) {
      case Fault::EndOfText: return end_of_text();
      case Fault::Tab: return tab(at_);
      case Fault::NotAnEntry: return not_an_entry();
      case Fault::NotInFlow: return not_in_flow();
      case Fault::ListItem: return list_item();
      case Fault::Colon: return colon();
      case Fault::ClosingBracket:
        syntax(character(at_), fmt::format("`{}` closes no bracket that is open here", text(character(at_))));
        return;
      case Fault::FirstCharacter: return first_character();
      case Fault::Escape: return escape();
      case Fault::BlockHeader:
        syntax(rest_of_line(at_), "text cannot follow `|` or `>` on the same line")
            .help(
                "begin the text on the next line, indented; put the value in quotes if `|` or `>` is part of "
                "it");
        return;
      case Fault::EmptyName: return empty_name();
      case Fault::UnknownAlias: return unknown();
      case Fault::TooDeep: diagnostics_.report(point(at_), nested_too_deep, Composer::kMaxDepth); return;
      case Fault::Other: syntax(character(at_), error_.words); return;
    }
  }

 private:
  // ---- faults

  void end_of_text() {
    const std::uint32_t quote = open_quote(composer_.cursor()).value_or(at_);
    quote_is_open(quote);
  }

  void tab(std::uint32_t at) {
    diagnostics_.report(character(at), tab_indentation).help("indent with spaces");
  }

  // In a block collection.
  void not_an_entry() {
    if (const auto found = tab_in_indentation()) return tab(*found);
    if (follows_closing()) return;
    const bool in_mapping = !composer_.open().empty() && composer_.open().back().kind == NodeKind::Mapping;
    if (is_list_item(at_) && in_mapping) {
      syntax(character(at_), "a list item stands where a `key: value` is expected")
          .help(
              "indent the items of a list more than the keys around it, or write them right below their "
              "`key:`");
    } else if (in_mapping && !has_colon(at_)) {
      no_colon(rest_of_line(at_));
    } else {
      diagnostics_.report(rest_of_line(at_), bad_indentation,
                          fmt::format("this line is indented by {}, but what it could belong to by {}",
                                      column(at_), indentations()));
    }
  }

  // Something behind a closing quote or bracket, on its line.
  bool follows_closing() {
    const std::uint32_t end = composer_.cursor();
    if (end == 0 || end > at_ || line_begin(source_, end) != line_begin(source_, at_)) return false;
    const Cell* scalar = composer_.last_scalar();
    const char closing = source_[end - 1];
    if (scalar != nullptr && scalar->end == end && (closing == '"' || closing == '\'') &&
        source_[scalar->begin] == closing) {
      if (line_begin(source_, scalar->begin) != line_begin(source_, at_)) {
        quote_is_open(scalar->begin).note(span(end - 1, end), "the text is read up to here");
        return true;
      }
      syntax(rest_of_line(at_), "text follows the closing quote")
          .help(
              "put all of the text in quotes; inside of double quotes write `\\\"`, inside of single ones "
              "`''`");
      return true;
    }
    if (closing != ']' && closing != '}') return false;
    syntax(rest_of_line(at_), "text follows the closing bracket")
        .help("quote all of it if it is meant as text");
    return true;
  }

  // In `[` or `{`.
  void not_in_flow() {
    const Composer::Open* open = innermost_bracket();
    if (open == nullptr) {
      syntax(character(at_), "this cannot stand inside of brackets");
      return;
    }
    const std::uint32_t begin = composer_.cell(open->cell).begin;
    const char opening = source_[begin];
    const char closing = opening == '[' ? ']' : '}';
    if (source_.find(closing, at_) == std::string_view::npos) {
      Diagnostic& diagnostic =
          diagnostics_.report(span(begin, begin + 1), unclosed_bracket, text(character(begin)));
      if (at_ < document_.end) {
        diagnostic.note(span(at_, at_ + 1), fmt::format("`,` or `{}` is expected before this", closing));
      }
      return;
    }
    // A missing comma lets plain text run on into the next line.
    const Cell* scalar = composer_.last_scalar();
    const bool ran_on = scalar != nullptr && scalar->end <= at_ && scalar->begin > begin &&
                        line_begin(source_, scalar->begin) != line_begin(source_, scalar->end);
    const std::uint32_t where = ran_on ? line_end(source_, scalar->begin) : at_;
    syntax(ran_on ? point(where) : character(where), fmt::format("`,` or `{}` is expected here", closing));
  }

  void list_item() {
    if (const auto found = tab_in_indentation()) return tab(*found);
    if (innermost_bracket() != nullptr) return not_in_flow();
    syntax(character(at_), "a list item cannot begin on the line of its key")
        .help("put `- ` on a line of its own; quote the value if it is meant as text");
  }

  // In a block collection, outside of brackets.
  void colon() {
    if (const auto found = tab_in_indentation()) return tab(*found);
    const std::uint32_t line = line_begin(source_, at_);
    const Cell* scalar = composer_.last_scalar();
    const bool goes_on = scalar != nullptr && scalar->end <= at_ && skip_blanks(source_, scalar->end) == at_;
    const std::uint32_t first = skip_blanks(source_, line);
    if (goes_on && scalar->begin < line) {
      diagnostics_
          .report(span(first, at_), bad_indentation,
                  "this line is indented more than the `key: value` above it, and so continues the value")
          .note(span(scalar->begin, line_end(source_, scalar->begin)), "the value begins here");
    } else if (goes_on) {
      syntax(character(at_), "unquoted text cannot contain `: `").help("put the text in quotes");
    } else if (const auto above = line_above(line); above && !has_colon(above->begin)) {
      no_colon(*above);
    } else {
      syntax(character(at_), "`:` cannot stand here");
    }
  }

  void first_character() {
    const std::string_view c = text(character(at_));
    const std::string shown = c == "`" ? "a backtick" : fmt::format("`{}`", c);
    syntax(character(at_), fmt::format("unquoted text cannot begin with {}", shown))
        .help("put the text in quotes");
  }

  // `interfaceName: *`
  void empty_name() {
    const SourceSpan where = character(at_ == 0 ? 0 : at_ - 1);
    syntax(where, fmt::format("`{}` needs the name of an anchor", text(where)))
        .help("put the text in quotes if it is no anchor or alias");
  }

  void escape() {
    const std::size_t found = at_ == 0 ? std::string_view::npos : source_.rfind('\\', at_ - 1);
    const std::uint32_t begin = found == std::string_view::npos ? at_ : static_cast<std::uint32_t>(found);
    const std::uint32_t end = std::max(character(begin + 1).end, std::min(at_, line_end(source_, begin)));
    diagnostics_.report(span(begin, end), bad_escape, text(span(begin, end)))
        .help(
            "write `\\\\` for a backslash, or put the text in single quotes, where a backslash is just that");
  }

  void unknown() {
    std::uint32_t end = at_ + 1;
    while (end < source_.size() &&
           std::string_view(" \t\r\n[]{},").find(source_[end]) == std::string_view::npos) {
      ++end;
    }
    end = std::min(end, document_.end);
    diagnostics_.report(span(at_, end), unknown_alias, text(span(at_, end)))
        .help("put the text in quotes if it is no alias");
  }

  // ---- parts of messages

  Diagnostic& syntax(SourceSpan where, std::string_view words) {
    return diagnostics_.report(where, yaml_syntax, words);
  }

  Diagnostic& quote_is_open(std::uint32_t quote) {
    return diagnostics_.report(character(quote), unclosed_quote, text(character(quote))).help(kCloseQuote);
  }

  void no_colon(SourceSpan line) {
    diagnostics_.report(line, missing_colon, text(line))
        .help(std::string(help_with_missing_colon(text(line))));
  }

  // `0 or 2`: spaces before the lines of the open block collections and the line above.
  std::string indentations() const {
    std::vector<std::uint32_t> columns;
    for (const Composer::Open& open : composer_.open()) {
      if (open.layout == Composer::Layout::Block) columns.push_back(open.column);
    }
    if (const auto above = line_above(line_begin(source_, at_))) columns.push_back(column(above->begin));
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out += fmt::format("{}{}", i == 0 ? "" : i + 1 == columns.size() ? " or " : ", ", columns[i]);
    }
    return out;
  }

  // ---- looking around

  std::uint32_t column(std::uint32_t at) const { return at - line_begin(source_, at); }

  std::optional<std::uint32_t> tab_in_indentation() const {
    const std::uint32_t line = line_begin(source_, at_);
    const std::string_view indentation = source_.substr(line, skip_blanks(source_, line) - line);
    const std::size_t found = indentation.find('\t');
    if (found == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint32_t>(line + found);
  }

  // The first quote from `at` on that nothing closes.
  std::optional<std::uint32_t> open_quote(std::uint32_t at) const {
    for (; at < source_.size(); ++at) {
      const char c = source_[at];
      const char before = at == 0 ? '\n' : source_[at - 1];
      const bool apart = is_blank(before) || before == '\n';
      if (c == '#' && apart) at = line_end(source_, at);
      if (c != '"' && c != '\'') continue;
      if (!apart && std::string_view("[{,:-").find(before) == std::string_view::npos) continue;
      const std::optional<std::uint32_t> end = read_quoted(source_, at, [](const Piece&) {});
      if (!end) return at;
      at = *end - 1;
    }
    return std::nullopt;
  }

  const Composer::Open* innermost_bracket() const {
    const auto open = composer_.open();
    for (auto it = open.rbegin(); it != open.rend(); ++it) {
      if (it->layout == Composer::Layout::Flow && !it->pair) return &*it;
    }
    return nullptr;
  }

  bool is_list_item(std::uint32_t at) const {
    return byte_at(source_, at) == '-' &&
           (is_blank(byte_at(source_, at + 1)) || is_break_at(source_, at + 1));
  }

  // Whether a key ends on the line, from `at` on.
  bool has_colon(std::uint32_t at) const {
    const std::uint32_t end = line_end(source_, at);
    for (; at < end; ++at) {
      if (source_[at] == ':' && (at + 1 == end || is_blank(source_[at + 1]))) return true;
    }
    return false;
  }

  // The text of the last line before `line` that has some, comments aside.
  std::optional<SourceSpan> line_above(std::uint32_t line) const {
    while (line > document_.begin) {
      line = line_begin(source_, line - 1);
      const std::uint32_t first = skip_blanks(source_, line);
      if (!is_break_at(source_, first) && byte_at(source_, first) != '#') return rest_of_line(first);
    }
    return std::nullopt;
  }

  // ---- spans

  SourceSpan span(std::uint32_t begin, std::uint32_t end) const { return {document_.buffer, begin, end}; }
  SourceSpan point(std::uint32_t at) const { return span(at, at); }
  std::string_view text(SourceSpan where) const {
    return source_.substr(where.begin, where.end - where.begin);
  }

  SourceSpan character(std::uint32_t at) const {
    std::uint32_t end = std::min(at + 1, document_.end);
    while (end < document_.end && (static_cast<unsigned char>(source_[end]) & 0xc0) == 0x80) ++end;
    return span(std::min(at, end), end);
  }

  SourceSpan rest_of_line(std::uint32_t at) const {
    std::uint32_t end = line_end(source_, at);
    while (end > at && is_blank(source_[end - 1])) --end;
    return span(at, end);
  }

  std::string_view source_;  // up to the end of the document
  SourceSpan document_;
  const SyntaxError& error_;
  std::uint32_t at_;
  const Composer& composer_;
  Diagnostics& diagnostics_;
};
}  // namespace

void report_syntax_error(const SourceMap& sources, SourceSpan document, const SyntaxError& error,
                         const Composer& composer, Diagnostics& diagnostics) {
  Reporter(sources, document, error, composer, diagnostics).report();
}

}  // namespace untrack::frontend::yaml
