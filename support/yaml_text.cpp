#include "support/yaml_text.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "support/overloaded.h"

namespace untrack {

// ---- scalars

static bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_./-").find(c) != std::string_view::npos;
}

// Words that YAML 1.1 takes for booleans or nothing.
static bool means_something_else(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kWords, lower) != std::end(kWords);
}

Value text_value(std::string text) {
  const bool plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
                     std::ranges::all_of(text, is_word_byte) && !means_something_else(text);
  return {Scalar{std::move(text), plain ? Spelling::Word : Spelling::Text}};
}

std::string quoted(std::string_view text) {
  std::string scalar = "'";
  for (const char c : text) scalar.append(c == '\'' ? 2 : 1, c);
  return scalar + "'";
}

// RFC 8259 section 7.
static std::string json_quoted(std::string_view text) {
  std::string scalar = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      scalar.append(1, '\\').append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20)
      scalar += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      scalar += c;
  }
  return scalar + "\"";
}

std::string scalar_text(const Scalar& scalar, Quotes quotes) {
  switch (scalar.spelling) {
    case Spelling::Bare: return scalar.text;
    case Spelling::Word: return quotes == Quotes::Json ? json_quoted(scalar.text) : scalar.text;
    case Spelling::Text:
      // Single quotes fold line breaks and know no escapes.
      return quotes == Quotes::Json ||
                     std::ranges::any_of(scalar.text, [](unsigned char c) { return c < 0x20; })
                 ? json_quoted(scalar.text)
                 : quoted(scalar.text);
  }
  __builtin_unreachable();
}

// ---- on one line

std::string flow_text(const Value& value, Quotes quotes) {
  return std::visit(overloaded{[&](const Scalar& scalar) { return scalar_text(scalar, quotes); },
                               [&](const ValueList& list) {
                                 std::string text = "[";
                                 for (const Value& item : list)
                                   text += (text.size() > 1 ? ", " : "") + flow_text(item, quotes);
                                 return text + "]";
                               },
                               [&](const ValueMapping& mapping) {
                                 std::string text = "{";
                                 for (const auto& [key, entry] : mapping.entries) {
                                   text += (text.size() > 1 ? ", " : "") +
                                           scalar_text({key, Spelling::Word}, quotes) + ": " +
                                           flow_text(entry, quotes);
                                 }
                                 return text + "}";
                               }},
                    value.is);
}

// ---- a line for each entry

// What takes lines of its own: a mapping that is not to stay on one line, and a list that holds such ones.
static bool takes_lines(const Value& value) {
  return std::visit(overloaded{[](const Scalar&) { return false; },
                               [](const ValueList& list) { return std::ranges::any_of(list, takes_lines); },
                               [](const ValueMapping& mapping) {
                                 return !mapping.on_one_line && !mapping.entries.empty();
                               }},
                    value.is);
}

std::string block_text(const Value& value, std::size_t column, const BlockLayout& layout) {
  if (!takes_lines(value)) return flow_text(value);
  const std::string next = std::string(layout.line_break) + std::string(column, ' ');
  std::string text;
  const auto begin_line = [&] { text += text.empty() ? "" : next; };
  if (const auto* list = std::get_if<ValueList>(&value.is)) {
    for (const Value& item : *list) {
      begin_line();
      text += block_item_text(item, column, layout);
    }
  } else {
    for (const auto& [key, entry] : std::get<ValueMapping>(value.is).entries) {
      begin_line();
      text += key + ":" + block_value_text(entry, column, layout);
    }
  }
  return text;
}

std::string block_value_text(const Value& value, std::size_t column, const BlockLayout& layout) {
  if (!takes_lines(value)) return " " + flow_text(value);
  const bool list = std::holds_alternative<ValueList>(value.is);
  const std::size_t below = column + (list ? layout.list_step : layout.step);
  return std::string(layout.line_break) + std::string(below, ' ') + block_text(value, below, layout);
}

std::string block_item_text(const Value& item, std::size_t column, const BlockLayout& layout) {
  return "-" + std::string(layout.gap - 1, ' ') + block_text(item, column + layout.gap, layout);
}

}  // namespace untrack
