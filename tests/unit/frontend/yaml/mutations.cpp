// No bytes make the reader crash, hang, or point outside of its buffer.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <doctest/doctest.h>

#include "tests/unit/frontend/yaml/read.h"

namespace untrack::frontend::yaml {

static std::vector<std::string> seeds() {
  std::vector<std::string> paths;
  for (const char* folder : {"testdata/yaml", "testdata/diagnostics"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && entry.file_size() < 1500) paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const std::string& path : paths) {
    std::ifstream in(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return texts;
}

// What YAML is sensitive to.
static constexpr std::array<std::string_view, 44> kFragments{"\n",
                                                             "  ",
                                                             "\t",
                                                             "- ",
                                                             ": ",
                                                             "\"",
                                                             "'",
                                                             "\\",
                                                             "|\n",
                                                             "> ",
                                                             "|2-\n",
                                                             "{",
                                                             "}",
                                                             "[",
                                                             "]",
                                                             ",",
                                                             "&a ",
                                                             "*a",
                                                             "#",
                                                             " #",
                                                             "---\n",
                                                             "...\n",
                                                             "\r\n",
                                                             "?",
                                                             "? ",
                                                             "~",
                                                             "''",
                                                             "!x",
                                                             "null",
                                                             "{{",
                                                             "}}",
                                                             "%",
                                                             "\n\n",
                                                             "@",
                                                             "`",
                                                             "<<: ",
                                                             "!!str ",
                                                             "\\\n",
                                                             "\\x41",
                                                             "\n  ",
                                                             "\n    ",
                                                             ">+\n",
                                                             "\xef\xbb\xbf",
                                                             "\xc3\xa9"};

class Mutator {
 public:
  std::string mutated(std::string text) {
    for (std::size_t n = 1 + below(5); n > 0; --n) mutate(text);
    return text;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void mutate(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, text.substr(below(text.size() + 1), below(40))); break;
      case 3:
        if (below(8) == 0) text.resize(at);
        break;
      default: text.insert(at, kFragments[below(kFragments.size())]); break;
    }
  }

  std::mt19937 random_{20260822};  // the same on every machine: [rand.predef]
};

static bool within(const SourceSpan& span, const SourceSpan& outer) {
  return outer.begin <= span.begin && span.begin <= span.end && span.end <= outer.end;
}

// A place of one byte of a text shows the byte, an escape, or what was folded into a blank.
static bool shows(std::string_view source, char byte) {
  if (source.empty()) return false;
  if (source.size() == 1 && source[0] == byte) return true;
  if (source[0] == '\\' || source == "''") return true;
  return (byte == ' ' || byte == '\n') && source.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

static bool text_is_sound(const Read& read, Node node, const SourceSpan& buffer) {
  const std::string_view text = node.text();
  std::uint32_t reached = node.span().begin;
  for (std::size_t i = 0; i < std::min<std::size_t>(text.size(), 120); ++i) {
    const SourceSpan byte = node.span(i, i + 1);
    if (!within(byte, buffer) || byte.begin < reached || !shows(read.sources.text(byte), text[i]))
      return false;
    if (node.span(i, i) != SourceSpan{byte.buffer, byte.begin, byte.begin}) return false;
    reached = byte.begin;
  }
  return within(node.span(0, text.size()), buffer) && within(node.span(text.size(), text.size()), buffer);
}

// `left`: nodes still to be looked at; aliases can make a small text large.
static bool is_sound(const Read& read, Node node, const SourceSpan& buffer, int& left) {
  if (--left < 0) return true;
  if (!within(node.span(), buffer)) return false;
  if (node.is_scalar()) return text_is_sound(read, node, buffer);
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_sequence()) {
      if (!is_sound(read, node.item(i), buffer, left)) return false;
    } else if (!node.key(i).is_scalar() || !is_sound(read, node.key(i), buffer, left) ||
               !is_sound(read, node.value(i), buffer, left)) {
      return false;
    }
  }
  return true;
}

static bool is_sound(const Read& read) {
  const SourceSpan buffer{read.buffer, 0, static_cast<std::uint32_t>(read.sources.text(read.buffer).size())};
  int left = 2000;
  for (const Document& document : read.documents) {
    if (!is_sound(read, document.root(), buffer, left)) return false;
  }
  for (const Diagnostic* diagnostic : read.diagnostics.in_order()) {
    if (!within(diagnostic->span, buffer)) return false;
    for (const Note& note : diagnostic->notes) {
      if (!within(note.span, buffer)) return false;
    }
  }
  return true;
}

TEST_CASE("yaml: whatever the bytes, every place lies in the buffer and shows the text") {
  const std::vector<std::string> texts = seeds();
  REQUIRE_FALSE(texts.empty());
  for (const std::string& text : texts) CHECK_MESSAGE(is_sound(Read(text)), text);
  Mutator mutator;
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = mutator.mutated(texts[mutator.below(texts.size())]);
    const bool sound = is_sound(Read(text));
    CHECK_MESSAGE(sound, text);
    if (!sound) break;
  }
}

}  // namespace untrack::frontend::yaml
