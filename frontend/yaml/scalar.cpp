#include "frontend/yaml/scalar.h"

#include <algorithm>
#include <array>

#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

static void emit_verbatim(std::string_view source, std::uint32_t begin, std::uint32_t end, PieceSink sink) {
  if (begin < end) sink({source.substr(begin, end - begin), begin, end, true});
}

// From a line break to the next content. One break is a space (nothing if escaped), each further one a line
// feed. The pieces leave no gap, so that a range over them covers the blanks around the breaks.
static std::uint32_t fold(std::string_view source, std::uint32_t blanks, std::uint32_t at, bool escaped,
                          PieceSink sink) {
  std::uint32_t piece = blanks;
  at = skip_blanks(source, after_break(source, at));
  if (!is_break_at(source, at)) {
    if (!escaped) sink({" ", piece, at});
    return at;
  }
  if (escaped) piece = at;
  while (is_break_at(source, at)) {
    at = skip_blanks(source, after_break(source, at));
    sink({"\n", piece, at});
    piece = at;
  }
  return at;
}

struct Utf8 {
  std::array<char, 4> bytes{};
  std::size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

// RFC 3629 section 3.
static Utf8 encode(std::uint32_t code_point) {
  Utf8 out;
  const auto put = [&out](std::uint32_t byte) { out.bytes[out.size++] = static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xc0 | code_point >> 6);
    put(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    put(0xe0 | code_point >> 12);
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  } else {
    put(0xf0 | (code_point >> 18 & 0x07));
    put(0x80 | (code_point >> 12 & 0x3f));
    put(0x80 | (code_point >> 6 & 0x3f));
    put(0x80 | (code_point & 0x3f));
  }
  return out;
}

static std::uint32_t hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint32_t>(digit - '0');
  return static_cast<std::uint32_t>((digit | 0x20) - 'a' + 10) & 0xf;
}

struct Escape {
  std::uint32_t code_point;
  std::uint32_t digits;  // hexadecimal ones that follow the letter
};

// YAML 1.2.2 section 5.7.
static Escape escape_of(char letter) {
  switch (letter) {
    case '0': return {0x00, 0};
    case 'a': return {0x07, 0};
    case 'b': return {0x08, 0};
    case 't': return {0x09, 0};
    case 'n': return {0x0a, 0};
    case 'v': return {0x0b, 0};
    case 'f': return {0x0c, 0};
    case 'r': return {0x0d, 0};
    case 'e': return {0x1b, 0};
    case 'N': return {0x85, 0};
    case '_': return {0xa0, 0};
    case 'L': return {0x2028, 0};
    case 'P': return {0x2029, 0};
    case 'x': return {0, 2};
    case 'u': return {0, 4};
    case 'U': return {0, 8};
    default: return {static_cast<unsigned char>(letter), 0};  // itself: space, tab, `"`, `/`, `\`
  }
}

static std::uint32_t read_escape(std::string_view source, std::uint32_t at, PieceSink sink) {
  if (is_break_at(source, at + 1)) return fold(source, at, at + 1, true, sink);
  Escape escape = escape_of(byte_at(source, at + 1));
  std::uint32_t end = std::min(at + 2, static_cast<std::uint32_t>(source.size()));
  for (; escape.digits > 0 && end < source.size(); --escape.digits, ++end) {
    escape.code_point = escape.code_point << 4 | hex_value(source[end]);
  }
  sink({encode(escape.code_point).view(), at, end});
  return end;
}

// Content of a plain scalar (`quote` is NUL, which no source holds), or of a quoted one up to and with its
// closing quote. Returns where it stopped: at the end of the source, or behind that quote.
static std::optional<std::uint32_t> read_flow(std::string_view source, std::uint32_t at, char quote,
                                              PieceSink sink) {
  std::uint32_t run = at;  // what was not yet emitted
  while (at < source.size()) {
    if (source[at] == quote) {
      emit_verbatim(source, run, at, sink);
      if (quote == '"' || byte_at(source, at + 1) != '\'') return at + 1;
      sink({"'", at, at + 2});
      run = at += 2;
    } else if (source[at] == '\\' && quote == '"') {
      emit_verbatim(source, run, at, sink);
      run = at = read_escape(source, at, sink);
    } else if (is_break_at(source, at)) {
      std::uint32_t content_end = at;
      while (content_end > run && is_blank(source[content_end - 1])) --content_end;
      emit_verbatim(source, run, content_end, sink);
      run = at = fold(source, content_end, at, false, sink);
    } else {
      ++at;
    }
  }
  emit_verbatim(source, run, at, sink);
  return std::nullopt;
}

void read_plain(std::string_view source, std::uint32_t begin, std::uint32_t end, PieceSink sink) {
  read_flow(source.substr(0, end), begin, '\0', sink);
}

std::optional<std::uint32_t> read_quoted(std::string_view source, std::uint32_t begin, PieceSink sink) {
  return read_flow(source, begin + 1, source[begin], sink);
}

std::uint32_t plain_end(std::string_view source, std::uint32_t begin, std::string_view text) {
  std::uint32_t at = begin;
  std::uint32_t end = begin;
  for (const char c : text) {
    if (is_blank(c) || c == '\n') continue;
    while (at < source.size() && source[at] != c && (is_blank(source[at]) || is_break_at(source, at))) {
      at = is_blank(source[at]) ? at + 1 : after_break(source, at);
    }
    if (byte_at(source, at) != c) break;
    end = ++at;
  }
  return end;
}

}  // namespace untrack::frontend::yaml
