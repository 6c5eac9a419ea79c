#include "frontend/resources/scalars.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <llvm/ADT/StringRef.h>

#include "frontend/resources/field_diagnostics.h"

namespace untrack::frontend::resources {

// YAML 1.1, "Boolean Language-Independent Type", as go-yaml 2 has it.
static constexpr std::string_view kTrueWords[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                                  "on",   "On",   "ON",   "y",   "Y"};
static constexpr std::string_view kFalseWords[] = {"false", "False", "FALSE", "no", "No", "NO",
                                                   "off",   "Off",   "OFF",   "n",  "N"};
static constexpr std::string_view kNotFinite[] = {".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                                  "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN"};
static constexpr std::size_t kLongestWord = 5;  // in bytes

template <std::size_t N>
static bool is_one_of(std::string_view text, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Go strconv.ParseInt(text, 0, 64): 0x, 0o, 0b and a leading 0 choose the base.
static std::optional<double> go_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = static_cast<char>(text[1] | 0x20);  // to lower case
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    text.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return negative ? -static_cast<double>(value) : static_cast<double>(value);
}

// go-yaml 2: ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$
static std::optional<double> yaml_float(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  const bool digits_only = std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+';
  });
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return digits_only && whole ? std::optional(value) : std::nullopt;
}

static std::optional<double> parsed_number(std::string_view text) {
  if (text.empty() || !(is_digit(text[0]) || text[0] == '+' || text[0] == '-' || text[0] == '.')) return {};
  std::string without_separators(text);  // `1_000`, as YAML 1.1 allows
  std::erase(without_separators, '_');
  if (const auto whole = go_integer(without_separators)) return whole;
  return yaml_float(without_separators);
}

// With what a number or a word of the lists above begins: most text is told apart by its first byte.
static bool may_begin_other_type(char c) {
  return is_digit(c) || std::string_view("+-.tTyYoOfFnN").find(c) != std::string_view::npos;
}

ScalarType type_of(yaml::Node scalar) {
  if (scalar.style() != yaml::ScalarStyle::Plain) return ScalarType::Text;
  const std::string_view written = scalar.text();
  if (written.empty() || !may_begin_other_type(written.front())) return ScalarType::Text;
  if (written.size() <= kLongestWord && !is_digit(written.front())) {
    if (is_one_of(written, kTrueWords) || is_one_of(written, kFalseWords)) return ScalarType::Boolean;
    if (is_one_of(written, kNotFinite)) return ScalarType::NotFinite;
  }
  return parsed_number(written) ? ScalarType::Number : ScalarType::Text;
}

bool truth_of(std::string_view word) {
  return is_one_of(word, kTrueWords);
}
double number_of(std::string_view written) {
  return parsed_number(written).value_or(0);
}

std::string_view described(yaml::Node node) {
  switch (node.kind()) {
    case yaml::NodeKind::Null: return "empty";
    case yaml::NodeKind::Sequence: return "a list";
    case yaml::NodeKind::Mapping: return "a mapping";
    case yaml::NodeKind::Scalar: break;
  }
  switch (type_of(node)) {
    case ScalarType::Text: return "text";
    case ScalarType::Boolean: return "a boolean";
    case ScalarType::Number:
    case ScalarType::NotFinite: return "a number";
  }
  return "";
}

Diagnostic& report_wrong_type(Context& context, const Entry& entry, std::string_view wanted) {
  return context.unreadable(entry.span(), wrong_type, entry.described(), described(entry.value), wanted);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::optional<Text> text(Context& context, const Entry& entry) {
  if (!entry.value.is_scalar()) {
    report_wrong_type(context, entry, "text");
    return std::nullopt;
  }
  if (type_of(entry.value) != ScalarType::Text) {
    const std::string written(entry.value.text());
    context.unreadable(entry.span(), text_without_quotes, entry.described(), written, described(entry.value))
        .help(fmt::format("write \"{}\"", written))
        .fix({Safety::Safe,
              FixEffect::Repaired,
              "put it in quotes",
              {SetScalar{entry.span(), {written, Spelling::Text}}}});
    return std::nullopt;
  }
  return Text{entry.value.text(), entry.value};
}

static bool is_quoted(yaml::Node node) {
  return node.is_scalar() && node.style() == yaml::ScalarStyle::Quoted;
}

std::optional<bool> boolean(Context& context, const Entry& entry) {
  if (entry.value.is_scalar() && type_of(entry.value) == ScalarType::Boolean)
    return truth_of(entry.value.text());
  Diagnostic& wrong = report_wrong_type(context, entry, "`true` or `false`");
  if (is_quoted(entry.value) &&
      (is_one_of(entry.value.text(), kTrueWords) || is_one_of(entry.value.text(), kFalseWords))) {
    const std::string_view word = truth_of(entry.value.text()) ? "true" : "false";
    wrong.help("leave the quotes out")
        .fix(write_instead(entry.span(), {std::string(word), Spelling::Bare}, Safety::Safe));
  }
  return std::nullopt;
}

std::optional<double> number(Context& context, const Entry& entry) {
  if (entry.value.is_scalar()) {
    const std::string_view written = entry.value.text();
    const ScalarType type = type_of(entry.value);
    if (type == ScalarType::Number) {
      if (const double value = number_of(written); std::isfinite(value)) return value;
    }
    if (type == ScalarType::Number || type == ScalarType::NotFinite) {
      context.unreadable(entry.span(), not_finite, entry.described(), std::string(written));
      return std::nullopt;
    }
  }
  Diagnostic& wrong = report_wrong_type(context, entry, "a number");
  if (is_quoted(entry.value) && parsed_number(entry.value.text())) {
    wrong.help("leave the quotes out")
        .fix(write_instead(entry.span(), {std::string(entry.value.text()), Spelling::Bare}, Safety::Safe));
  }
  return std::nullopt;
}

std::optional<std::int64_t> integer(Context& context, const Entry& entry) {
  const auto value = number(context, entry);
  if (!value) return std::nullopt;
  // Beyond 2^53 a double skips whole numbers; no field reaches so far.
  if (*value != std::trunc(*value) || std::fabs(*value) > 9007199254740992.0) {
    context.unreadable(entry.span(), not_whole, entry.described(), std::string(entry.value.text()));
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> within(Context& context, const Entry& entry, std::int64_t least,
                                   std::int64_t most) {
  const auto value = integer(context, entry);
  if (!value || (*value >= least && *value <= most)) return value;
  context.unreadable(entry.span(), number_out_of_range, entry.described(), std::string(entry.value.text()),
                     least, most);
  return std::nullopt;
}

std::optional<std::monostate> anything(Context&, const Entry&) {
  return std::monostate{};
}

std::optional<std::monostate> integer_or_text(Context& context, const Entry& entry) {
  if (entry.value.is_scalar() && type_of(entry.value) == ScalarType::Text) return std::monostate{};
  if (integer(context, entry)) return std::monostate{};
  return std::nullopt;
}

// ([-+]?) (number unit)+, or 0: Go time.ParseDuration.
static bool is_duration(std::string_view text) {
  static constexpr std::string_view kUnits[] = {"ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"};
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return true;
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    if (digits == 0 || text.substr(0, digits) == "." ||
        std::count(text.begin(), text.begin() + digits, '.') > 1) {
      return false;
    }
    text.remove_prefix(digits);
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                   [&](std::string_view u) { return text.starts_with(u); });
    if (unit == std::end(kUnits)) return false;
    text.remove_prefix(unit->size());
  }
  return true;
}

std::optional<Text> duration(Context& context, const Entry& entry) {
  const bool bare_number = entry.value.is_scalar() && type_of(entry.value) == ScalarType::Number;
  const auto written = bare_number ? Text{entry.value.text(), entry.value} : text(context, entry);
  if (!written || (!bare_number && is_duration(written->text))) return written;
  context.unreadable(entry.span(), not_a_duration, entry.described(), written->str());
  return std::nullopt;
}

std::optional<std::vector<TextPair>> text_map(Context& context, const Entry& entry) {
  if (!expect_mapping(context, entry)) return std::nullopt;
  std::vector<TextPair> pairs;
  pairs.reserve(entry.value.size());
  for (std::size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node key = entry.value.key(i), value = entry.value.value(i);
    const Text key_text{key.text(), key};
    if (value.is_null()) {
      pairs.push_back({key_text, {"", value}});
    } else if (const auto read = text(context, {key.text(), value, key.span()})) {
      pairs.push_back({key_text, *read});
    }
  }
  return pairs;
}

static std::string enumerated(std::span<const std::string_view> words) {
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) all += i + 1 < words.size() ? ", " : " or ";
    all += fmt::format("`{}`", words[i]);
  }
  return all;
}

static void report_unknown_word(Context& context, const Entry& entry, const Text& written,
                                std::span<const std::string_view> words) {
  Diagnostic& unknown =
      context.by_schema(written.span(), unknown_word, written.text, entry.field, enumerated(words));
  const auto same = std::find_if(words.begin(), words.end(), [&](std::string_view word) {
    return llvm::StringRef(word).equals_insensitive(llvm::StringRef(written.text));
  });
  if (same != words.end()) {
    unknown.help(fmt::format("write `{}`: the letter case counts", *same))
        .fix(write_instead(written.span(), {std::string(*same)}, Safety::Safe));
  } else if (const auto meant = nearest_name(written.text, words)) {
    unknown.help(fmt::format("did you mean `{}`?", *meant))
        .fix(write_instead(written.span(), {std::string(*meant)}, Safety::Unsafe));
  }
}

std::optional<Text> word_of(Context& context, const Entry& entry, std::span<const std::string_view> words) {
  const auto written = text(context, entry);
  if (!written || std::find(words.begin(), words.end(), written->text) != words.end()) return written;
  report_unknown_word(context, entry, *written, words);
  return std::nullopt;
}

std::optional<Text> word_in_any_case_of(Context& context, const Entry& entry,
                                        std::span<const std::string_view> words) {
  const auto written = text(context, entry);
  if (!written || written->text.empty()) return written;
  for (const std::string_view word : words) {
    if (llvm::StringRef(word).equals_insensitive(llvm::StringRef(written->text))) return written;
  }
  report_unknown_word(context, entry, *written, words);
  return std::nullopt;
}

bool expect_sequence(Context& context, const Entry& entry, ReadsAsItem reads_as_item) {
  if (entry.value.is_sequence()) return true;
  Diagnostic& wrong = report_wrong_type(context, entry, "a list");
  if (entry.value.is_mapping()) wrong.help("begin each item with `- `");
  if (entry.value.is_scalar() && reads_as_item(context, entry)) {
    wrong.help(fmt::format("write `[{}]`", entry.value.text()))
        .fix({Safety::Safe, FixEffect::Repaired, "make it a list of one", {WrapInList{entry.span()}}});
  }
  return false;
}

}  // namespace untrack::frontend::resources
