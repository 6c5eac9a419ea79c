#include "verify/bpf/map_dump.h"

#include <algorithm>
#include <optional>

#include "verify/bpf/image.h"
#include "verify/refuse.h"

namespace untrack::verify::bpf {

namespace {

struct Element {
  std::string key, value;
  bool has_more = false;  // bpftool says it a second time, by the map's BTF: ours has none
};

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  MapDumps run() {
    MapDumps dumps;
    for (skip_blanks(); !rest_.empty(); skip_blanks()) {
      const std::uint32_t line = line_;
      if (auto image = map()) {
        dumps.images.push_back({line, std::move(*image)});
      } else {
        dumps.others.push_back(line);
      }
    }
    return dumps;
  }

 private:
  // The image, if it is one.
  std::optional<std::string> map() {
    std::size_t count = 0;
    std::optional<std::string> image;
    expect('[');
    if (take(']')) return image;
    do {
      Element element = this->element();
      const bool fits = ++count == 1 && !element.has_more && element.key == std::string(4, '\0') &&
                        element.value.starts_with(kMagic);
      image = fits ? std::optional(std::move(element.value)) : std::nullopt;
    } while (take(','));
    expect(']');
    return image;
  }

  Element element() {
    Element element;
    bool has_key = false, has_value = false;
    expect('{');
    do {
      const std::string_view name = string();
      expect(':');
      if (name == "key" && !has_key) {
        element.key = bytes();
        has_key = true;
      } else if (name == "value" && !has_value) {
        element.value = bytes();
        has_value = true;
      } else {
        skip_value();
        element.has_more = true;
      }
    } while (take(','));
    expect('}');
    return element;
  }

  // ["0x55","0x4e",...]; whatever else stands there is of another map.
  std::string bytes() {
    std::string bytes;
    if (!take('[')) {
      skip_value();
      return bytes;
    }
    if (take(']')) return bytes;
    do {
      bytes.push_back(byte());
    } while (take(','));
    expect(']');
    return bytes;
  }

  char byte() {
    const std::string_view text = string();
    if (text.size() != 4 || !text.starts_with("0x")) unexpected("a byte like \"0x7f\"");
    return static_cast<char>(digit(text[2]) << 4 | digit(text[3]));
  }

  int digit(char c) const {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    unexpected("a hexadecimal digit");
  }

  // Without escapes: none of the names and bytes has one.
  std::string_view string() {
    expect('"');
    const std::size_t end = rest_.find_first_of("\"\\\n");
    if (end == std::string_view::npos || rest_[end] != '"') unexpected("a plain string");
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return text;
  }

  // One JSON value, told by its brackets.
  void skip_value() {
    std::size_t depth = 0;
    do {
      skip_blanks();
      if (rest_.empty()) unexpected("the end of a value");
      const char c = rest_.front();
      if (c == '"') {
        skip_string();
        continue;
      }
      if (depth == 0 && (c == ',' || c == ']' || c == '}')) return;
      rest_.remove_prefix(1);
      if (c == '[' || c == '{') ++depth;
      if (c == ']' || c == '}') --depth;
      if (depth == 0 && (c == ']' || c == '}')) return;
    } while (true);
  }

  void skip_string() {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"')
      rest_.remove_prefix(rest_.front() == '\\' ? std::min<std::size_t>(2, rest_.size()) : 1);
    if (rest_.empty()) unexpected("the end of a string");
    rest_.remove_prefix(1);
  }

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n' ||
                              rest_.front() == '\r')) {
      line_ += rest_.front() == '\n';
      rest_.remove_prefix(1);
    }
  }
  bool take(char sign) {
    skip_blanks();
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char sign) {
    if (!take(sign)) unexpected(std::string_view(&sign, 1));
  }
  [[noreturn]] void unexpected(std::string_view wanted) const {
    refuse(line_, "this is not what `bpftool map dump -j` prints: `{}` should stand here", wanted);
  }

  std::string_view rest_;
  std::uint32_t line_ = 1;
};

}  // namespace

MapDumps parse_map_dumps(std::string_view text) {
  return Parser(text).run();
}

}  // namespace untrack::verify::bpf
