// A value that is to be written into a document: what it says, not how it is laid out. support/yaml_text.h
// writes it.
#pragma once
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace untrack {

// Bare: what is no text, a number or `true`. Word: text that needs no quotes in YAML. Text: any other text.
enum class Spelling { Bare, Word, Text };

struct Scalar {
  std::string text;
  Spelling spelling = Spelling::Word;
  friend bool operator==(const Scalar&, const Scalar&) = default;
};

struct Value;
struct ValueEntry;
using ValueList = std::vector<Value>;
struct ValueMapping {
  std::vector<ValueEntry> entries;
  bool on_one_line = false;  // `{type: 3}` also where others take a line for each entry
  friend bool operator==(const ValueMapping&, const ValueMapping&);
};

struct Value {
  std::variant<Scalar, ValueList, ValueMapping> is;
  friend bool operator==(const Value&, const Value&);
};
struct ValueEntry {
  std::string key;  // needs no quotes
  Value value;
  friend bool operator==(const ValueEntry&, const ValueEntry&) = default;
};

inline bool operator==(const ValueMapping& a, const ValueMapping& b) {
  return a.on_one_line == b.on_one_line && a.entries == b.entries;
}
inline bool operator==(const Value& a, const Value& b) {
  return a.is == b.is;
}

inline Value bare(std::string text) {
  return {Scalar{std::move(text), Spelling::Bare}};
}
inline Value word(std::string text) {
  return {Scalar{std::move(text), Spelling::Word}};
}
// Without quotes where YAML reads it as text all the same.
Value text_value(std::string text);

}  // namespace untrack
