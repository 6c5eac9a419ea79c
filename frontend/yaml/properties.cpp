#include "frontend/yaml/properties.h"

#include <algorithm>

#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

static constexpr std::string_view kCoreTag = "tag:yaml.org,2002:";

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::uint32_t name_end(std::string_view source, std::uint32_t at) {
  const auto ends = [](char c) {
    return is_blank(c) || std::string_view("[]{},").find(c) != std::string_view::npos;
  };
  while (at < source.size() && !ends(source[at]) && !is_break_at(source, at)) ++at;
  return at;
}

bool is_portable_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return is_word(c) || c == '_'; });
}

// Characters of a tag beside words and `%41`.
static bool is_tag_character(char c) {
  return is_word(c) || std::string_view("#;/?:@&=+$_.~*'()").find(c) != std::string_view::npos;
}

static std::uint32_t suffix_end(std::string_view source, std::uint32_t at) {
  while (at < source.size()) {
    if (is_tag_character(source[at])) {
      ++at;
    } else if (source[at] == '%' && is_hex(byte_at(source, at + 1)) && is_hex(byte_at(source, at + 2))) {
      at += 3;
    } else {
      break;
    }
  }
  return at;
}

std::uint32_t tag_end(std::string_view source, std::uint32_t at) {
  ++at;
  if (byte_at(source, at) == '<') {
    return static_cast<std::uint32_t>(std::min(source.find('>', at), source.size() - 1) + 1);
  }
  std::uint32_t handle = at;
  while (is_word(byte_at(source, handle))) ++handle;
  return suffix_end(source, byte_at(source, handle) == '!' ? handle + 1 : at);
}

bool is_core_tag(std::string_view tag) {
  return tag.starts_with(kCoreTag);
}

bool is_null_tag(std::string_view tag) {
  return is_core_tag(tag) && tag.substr(kCoreTag.size()) == "null";
}

// An unknown tag makes it text, as in go-yaml.
ScalarStyle style_of(std::string_view tag, ScalarStyle written) {
  if (is_core_tag(tag)) {
    const std::string_view name = tag.substr(kCoreTag.size());
    for (const std::string_view resolved : {"int", "float", "bool", "merge"}) {
      if (name == resolved) return ScalarStyle::Plain;
    }
  }
  return written == ScalarStyle::Plain ? ScalarStyle::Quoted : written;
}

}  // namespace untrack::frontend::yaml
