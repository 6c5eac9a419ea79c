// The one file that meets yaml-cpp (0.7): its events become a document, its exceptions diagnostics. Nothing
// of it is global, so that several buffers can be parsed at once.
#include <algorithm>
#include <array>
#include <istream>
#include <iterator>
#include <limits>
#include <optional>
#include <streambuf>
#include <string>
#include <utility>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "frontend/yaml/composer.h"
#include "frontend/yaml/diagnostics.h"
#include "frontend/yaml/document.h"
#include "frontend/yaml/encoding.h"
#include "frontend/yaml/lexical.h"
#include "frontend/yaml/syntax_error.h"
#include "frontend/yaml/template_action.h"

namespace untrack::frontend::yaml {

namespace {
// yaml-cpp holds back all tokens of a bracket that may yet turn out to be a key: all of a JSON document.
// Behind
// `---` on the same line there are no keys, so it reads as it goes (7 MB instead of 59 MB for one of 2.2 MB).
std::string_view lead_for(std::string_view text) {
  return text.starts_with('{') || text.starts_with('[') ? "--- " : "";
}

// Reads two views, one behind the other, without copying them.
class ViewBuffer : public std::streambuf {
 public:
  ViewBuffer(std::string_view first, std::string_view second) : second_(second) { show(first); }

 protected:
  int_type underflow() override {
    show(std::exchange(second_, {}));
    return gptr() == egptr() ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }

 private:
  void show(std::string_view text) {
    char* const begin = const_cast<char*>(text.data());  // a get area is never written to
    setg(begin, begin, begin + text.size());
  }

  std::string_view second_;
};

// Marks of yaml-cpp count bytes from the beginning of what it was given (measured; also behind multi-byte
// characters and CRLF), so a document's offset in the buffer makes them offsets in the buffer.
class Events : public YAML::EventHandler {
 public:
  Events(const SourceMap& sources, SourceSpan document, Diagnostics& diagnostics)
      : sources_(sources),
        document_(document),
        lead_(static_cast<int>(lead_for(sources.text(document)).size())),
        diagnostics_(diagnostics) {
    composer_.emplace(sources_, document_, diagnostics_);
  }

  // What was read. `failed`: up to a syntax error, which is the latest document's if nothing ended that.
  std::vector<Document> take(bool failed) {
    if (latest_ && (!failed || has_end_marker())) finished_.push_back(std::move(*latest_));
    return std::move(finished_);
  }
  const Composer& composer() const { return *composer_; }
  std::uint32_t offset(const YAML::Mark& mark) const {
    return document_.begin + static_cast<std::uint32_t>(std::max(mark.pos - lead_, 0));
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) {
      require_end(offset(mark));
      composer_.emplace(sources_, SourceSpan{document_.buffer, offset(mark), document_.end}, diagnostics_);
    }
    started_ = true;
  }
  void OnDocumentEnd() override {
    end_ = composer_->cursor();
    empty_ = composer_->is_empty();
    if (latest_) finished_.push_back(std::move(*latest_));
    latest_ = composer_->finish();
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { composer_->null(at(mark), anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override { composer_->alias(at(mark), anchor); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    composer_->scalar(at(mark), tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    composer_->begin_sequence(at(mark), tag, anchor, layout(style));
  }
  void OnSequenceEnd() override { composer_->end_sequence(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    composer_->begin_mapping(at(mark), tag, anchor, layout(style));
  }
  void OnMapEnd() override { composer_->end_mapping(); }

 private:
  Composer::At at(const YAML::Mark& mark) const {
    return {.offset = offset(mark), .column = static_cast<std::uint32_t>(mark.column)};
  }

  static Composer::Layout layout(YAML::EmitterStyle::value style) {
    return style == YAML::EmitterStyle::Block ? Composer::Layout::Block : Composer::Layout::Flow;
  }

  bool has_end_marker() const {
    const std::string_view source = sources_.text(document_.buffer);
    return is_marker_at(source, skip_separation(source, end_), "...");
  }

  // yaml-cpp takes whatever follows a complete value for the next document; YAML wants `...` (or `---`, where
  // the text was already divided) between the two.
  void require_end(std::uint32_t begin) {
    if (has_end_marker()) return;
    latest_.reset();  // who knows what was meant to be part of it
    const std::string_view source = sources_.text(document_.buffer);
    if (empty_) {
      const SourceSpan token{document_.buffer, begin, std::min(begin + 1, document_.end)};
      diagnostics_.report(token, yaml_syntax, fmt::format("`{}` cannot stand here", sources_.text(token)));
      throw Composer::Refused{};
    }
    diagnostics_.report({document_.buffer, begin, line_end(source, begin)}, content_after_end)
        .help(
            "indent it like the lines above if it belongs to them; begin another document with a line `---`");
    throw Composer::Refused{};
  }

  const SourceMap& sources_;
  SourceSpan document_;
  int lead_;
  Diagnostics& diagnostics_;
  std::optional<Composer> composer_;
  std::optional<Document> latest_;
  std::vector<Document> finished_;  // those before it
  std::uint32_t end_ = 0;           // of the latest
  bool empty_ = false;  // nothing was written there: yaml-cpp stopped before a token that begins no value
  bool started_ = false;
};
}  // namespace

static Fault fault_of(std::string_view words) {
  struct Known {
    std::string_view words;
    Fault fault;
  };
  static const std::array kKnown{
      Known{YAML::ErrorMsg::EOF_IN_SCALAR, Fault::EndOfText},
      Known{YAML::ErrorMsg::DOC_IN_SCALAR, Fault::EndOfText},
      Known{YAML::ErrorMsg::TAB_IN_INDENTATION, Fault::Tab},
      Known{YAML::ErrorMsg::END_OF_MAP_FLOW, Fault::NotInFlow},
      Known{YAML::ErrorMsg::END_OF_SEQ_FLOW, Fault::NotInFlow},
      Known{YAML::ErrorMsg::END_OF_MAP, Fault::NotAnEntry},
      Known{YAML::ErrorMsg::END_OF_SEQ, Fault::NotAnEntry},
      Known{YAML::ErrorMsg::BLOCK_ENTRY, Fault::ListItem},
      Known{YAML::ErrorMsg::MAP_VALUE, Fault::Colon},
      Known{YAML::ErrorMsg::FLOW_END, Fault::ClosingBracket},
      Known{YAML::ErrorMsg::UNKNOWN_TOKEN, Fault::FirstCharacter},
      Known{YAML::ErrorMsg::INVALID_HEX, Fault::Escape},
      Known{YAML::ErrorMsg::INVALID_UNICODE, Fault::Escape},
      Known{YAML::ErrorMsg::INVALID_ESCAPE, Fault::Escape},
      Known{YAML::ErrorMsg::CHAR_IN_BLOCK, Fault::BlockHeader},
      Known{YAML::ErrorMsg::ALIAS_NOT_FOUND, Fault::EmptyName},
      Known{YAML::ErrorMsg::ANCHOR_NOT_FOUND, Fault::EmptyName},
      Known{YAML::ErrorMsg::UNKNOWN_ANCHOR, Fault::UnknownAlias},
  };
  for (const Known& known : kKnown) {
    if (words.starts_with(known.words)) return known.fault;
  }
  return Fault::Other;
}

std::vector<SourceSpan> divide(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics) {
  std::vector<SourceSpan> parts;
  if (!check_encoding(sources, buffer, diagnostics)) return parts;
  const std::string_view text = sources.text(buffer);
  auto begin = static_cast<std::uint32_t>(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t at = text.find("\n---", begin); at != std::string_view::npos;
       at = text.find("\n---", at + 1)) {
    const auto line = static_cast<std::uint32_t>(at + 1);
    if (!is_marker_at(text, line, "---")) continue;
    parts.push_back({buffer, begin, line});
    begin = line;
  }
  parts.push_back({buffer, begin, static_cast<std::uint32_t>(text.size())});
  return parts;
}

// The parser's words live in `words`.
static std::optional<SyntaxError> run(std::string_view text, Events& events, std::string& words) {
  // yaml-cpp counts in `int`.
  if (text.size() >= std::numeric_limits<int>::max() / 2) {
    return SyntaxError{Fault::Other, events.composer().cursor(),
                       "a document of more than 1 GiB cannot be read"};
  }
  ViewBuffer buffer(lead_for(text), text);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(events)) {
    }
  } catch (const Composer::Refused&) {
  } catch (const YAML::DeepRecursion& error) {
    return SyntaxError{Fault::TooDeep, events.offset(error.mark), {}};
  } catch (const YAML::Exception& error) {
    words = error.msg;
    return SyntaxError{fault_of(words), events.offset(error.mark), words};
  } catch (const std::exception& error) {
    words = error.what();
    return SyntaxError{Fault::Other, events.composer().cursor(), words};
  }
  return std::nullopt;
}

Part parse_part(const SourceMap& sources, SourceSpan part, Diagnostics& diagnostics) {
  const std::string_view source = sources.text(part.buffer);
  Events events(sources, part, diagnostics);
  std::string words;
  const std::optional<SyntaxError> error = run(sources.text(part), events, words);
  if (error) {
    if (const auto action = template_action(source, part, error->at)) return {{}, action};
  }
  if (const auto braces = events.composer().braces()) return {{}, action_at(source, part.buffer, *braces)};
  if (error) report_syntax_error(sources, part, *error, events.composer(), diagnostics);
  return {events.take(error.has_value()), std::nullopt};
}

void report_template(SourceSpan action, Diagnostics& diagnostics) {
  diagnostics.report(action, unrendered_template).help(std::string(kRenderFirst));
}

std::vector<Document> parse(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics) {
  Diagnostics found;  // apart, since a template replaces all of them
  std::vector<Document> documents;
  for (const SourceSpan span : divide(sources, buffer, found)) {
    Part part = parse_part(sources, span, found);
    if (part.template_action) {
      report_template(*part.template_action, diagnostics);
      return {};
    }
    std::move(part.documents.begin(), part.documents.end(), std::back_inserter(documents));
  }
  diagnostics.append(std::move(found));
  return documents;
}

}  // namespace untrack::frontend::yaml
