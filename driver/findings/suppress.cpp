#include "driver/findings/suppress.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "driver/catalogue/codes.h"
#include "driver/diagnostics.h"
#include "driver/report/outline.h"
#include "support/nearest.h"

namespace untrack::driver {

static constexpr std::string_view kName = "untrack";
static constexpr std::string_view kIgnore = "ignore";
static constexpr std::string_view kAnnotations = "untrack.dev/";
static constexpr std::string_view kIgnoreAnnotation = "untrack.dev/ignore-";
static constexpr std::string_view kBlanks = " \t\r";

static std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kBlanks) + 1));
  return text;
}

// ---- comments

namespace {

// One that begins with our name. Offsets count from the begin of the buffer.
struct Comment {
  std::size_t line;  // where its line begins
  std::size_t begin, end;
  std::string_view words;  // behind our name
};

// Reads what one buffer says.
class Reader {
 public:
  Reader(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics)
      : text_(sources.text(buffer)), buffer_(buffer), diagnostics_(diagnostics) {
    const std::vector<Comment> comments = possible_comments();
    if (comments.empty() && text_.find(kAnnotations) == std::string_view::npos) return;
    outline_ = outline(sources, buffer);
    for (const Comment& comment : comments) {
      if (!in_scalar(comment.begin)) read(comment);
    }
    for (const OutlinedResource& resource : outline_.resources) {
      for (const Annotation& annotation : resource.annotations) read(annotation, resource);
    }
  }

  std::vector<Suppression> take() { return std::move(found_); }

 private:
  // YAML 1.2.2 section 6.6: a comment begins with `#` at the begin of a line or behind a blank. Whether the
  // place is inside a scalar is not looked at here.
  std::vector<Comment> possible_comments() const {
    std::vector<Comment> comments;
    for (std::size_t at = text_.find(kName); at != std::string_view::npos; at = text_.find(kName, at + 1)) {
      const std::size_t before = at == 0 ? std::string_view::npos : text_.find_last_not_of(" \t", at - 1);
      if (before == std::string_view::npos || text_[before] != '#') continue;
      if (before > 0 && std::string_view(" \t\n").find(text_[before - 1]) == std::string_view::npos) continue;
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      const std::size_t words = at + kName.size();
      comments.push_back({line_begin(before), before, end, text_.substr(words, end - words)});
    }
    return comments;
  }

  bool in_scalar(std::size_t offset) const {
    const auto after = std::ranges::upper_bound(outline_.scalars, offset, {}, &SourceSpan::begin);
    return after != outline_.scalars.begin() && offset < std::prev(after)->end;
  }

  void read(const Comment& comment) {
    std::string_view words = without_blanks(comment.words);
    const bool colon = words.starts_with(':');
    if (colon) words = without_blanks(words.substr(1));
    const std::string_view verb =
        words.substr(0, words.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"));
    const std::string_view rest = words.substr(verb.size());
    // Other comments may begin with our name as well: `# untracked since May`, `# untrack: see the runbook`.
    static constexpr std::array kVerbs = {kIgnore};
    const bool meant = rest.starts_with('[') || (colon && nearest(verb, kVerbs));
    if (!meant) return;
    const SourceSpan whole = span(comment.begin, comment.end);
    if (!colon) return malformed(whole, "there is no `:` behind `untrack`");
    if (verb != kIgnore) return malformed(span_of(verb), fmt::format("`{}` is not `ignore`", verb));
    if (!rest.starts_with('[')) return malformed(whole, "it names no codes");
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return malformed(whole, "there is no `]` behind the codes");
    if (without_blanks(rest.substr(close + 1)).empty()) return malformed(whole, "it gives no reason");
    read_codes(rest.substr(1, close - 1), whole, covered(comment));
  }

  void read_codes(std::string_view codes, SourceSpan comment, SourceSpan covers) {
    std::vector<std::string_view> all;
    for (std::size_t begin = 0; begin <= codes.size();) {
      const std::size_t comma = std::min(codes.find(',', begin), codes.size());
      all.push_back(without_blanks(codes.substr(begin, comma - begin)));
      begin = comma + 1;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const SourceSpan code = span_of(all[i]);
      SourceSpan part = comment;
      if (i + 1 < all.size())
        part = span(code.begin, span_of(all[i + 1]).begin);  // the comma behind it, too
      else if (i > 0)
        part = span(span_of(all[i - 1]).end, code.end);
      add(all[i], code, covers, RemoveComment{part});
    }
  }

  // Behind text: its own line. Alone on a line: the next line that says something; the whole document where
  // the document begins in that line.
  SourceSpan covered(const Comment& comment) const {
    const std::string_view before = text_.substr(comment.line, comment.begin - comment.line);
    if (!without_blanks(before).empty()) return span(comment.line, comment.end);
    std::size_t begin = std::min(comment.end + 1, text_.size());
    while (begin < text_.size() && says_nothing(begin)) begin = std::min(line_end(begin) + 1, text_.size());
    const std::size_t end = line_end(begin);
    const auto document = std::ranges::find_if(
        outline_.documents, [&](SourceSpan root) { return begin <= root.begin && root.begin <= end; });
    return document == outline_.documents.end() ? span(begin, end) : *document;
  }

  // Blank, a comment, a directive, or a mark between documents (YAML 1.2.2 section 9.1).
  bool says_nothing(std::size_t line) const {
    std::string_view words = text_.substr(line, line_end(line) - line);
    if (words.starts_with('%')) return true;
    if (words.starts_with("---") || words.starts_with("...")) words.remove_prefix(3);
    words = without_blanks(words);
    return words.empty() || words.starts_with('#');
  }

  // ---- annotations

  void read(const Annotation& annotation, const OutlinedResource& resource) {
    const std::string_view key = annotation.key;
    if (!key.starts_with(kAnnotations)) return;
    if (!key.starts_with(kIgnoreAnnotation))
      return malformed(annotation.key_span,
                       fmt::format("`{}` does not begin with `{}`", key, kIgnoreAnnotation));
    if (without_blanks(annotation.value).empty()) return malformed(annotation.key_span, "it gives no reason");
    add(key.substr(kIgnoreAnnotation.size()), annotation.key_span, resource.span,
        RemoveEntry{annotation.key_span});
  }

  // ---- both

  void add(std::string_view code, SourceSpan written, SourceSpan covers, Change removal) {
    if (const auto mistake = mistake_in_code(code)) return malformed(written, *mistake);
    found_.push_back({std::string(code), written, covers, outline_.readable, std::move(removal)});
  }

  void malformed(SourceSpan where, const std::string& mistake) {
    diagnostics_.report(where, malformed_suppression, mistake)
        .help(
            "write `# untrack: ignore[UT201] why it is right here`, or the annotation\n"
            "untrack.dev/ignore-UT201: why it is right here");
  }

  std::size_t line_begin(std::size_t offset) const {
    const std::size_t newline = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    return newline == std::string_view::npos ? 0 : newline + 1;
  }
  std::size_t line_end(std::size_t offset) const { return std::min(text_.find('\n', offset), text_.size()); }

  SourceSpan span(std::size_t begin, std::size_t end) const {
    return {buffer_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }
  SourceSpan span_of(std::string_view part) const {
    const auto begin = static_cast<std::size_t>(part.data() - text_.data());
    return span(begin, begin + part.size());
  }

  std::string_view text_;
  BufferId buffer_;
  Diagnostics& diagnostics_;
  Outline outline_;
  std::vector<Suppression> found_;
};

}  // namespace

std::vector<Suppression> read_suppressions(const SourceMap& sources, std::span<const frontend::Source> inputs,
                                           Diagnostics& diagnostics) {
  std::vector<Suppression> all;
  for (const frontend::Source& input : inputs) {
    if (input.role != frontend::Role::Linted) continue;
    std::ranges::move(Reader(sources, input.buffer, diagnostics).take(), std::back_inserter(all));
  }
  return all;
}

static bool suppresses(const Suppression& suppression, const Diagnostic& finding) {
  return suppression.code == finding.info->code && suppression.covers.buffer == finding.span.buffer &&
         suppression.covers.begin <= finding.span.begin && finding.span.begin <= suppression.covers.end;
}

std::set<const Diagnostic*> suppressed(std::span<const Suppression> suppressions, Findings findings) {
  std::set<const Diagnostic*> found;
  for (const Diagnostic* finding : findings) {
    const auto covers = [&](const Suppression& suppression) { return suppresses(suppression, *finding); };
    if (std::ranges::any_of(suppressions, covers)) found.insert(finding);
  }
  return found;
}

void report_unused(std::span<const Suppression> suppressions, Diagnostics& diagnostics) {
  const std::vector<const Diagnostic*> findings = diagnostics.in_order();
  for (const Suppression& suppression : suppressions) {
    const auto used = [&](const Diagnostic* finding) { return suppresses(suppression, *finding); };
    if (!suppression.expected_to_count || std::ranges::any_of(findings, used)) continue;
    diagnostics.report(suppression.written, unused_suppression, suppression.code)
        .help("take it away")
        .fix({Safety::Safe, FixEffect::Kept, "take it away", {suppression.removal}});
  }
}

}  // namespace untrack::driver
