// Texts and files through the door of the front end.
#pragma once
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "frontend/load.h"

template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static String convert(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) all += "\n  " + line;
    return all.c_str();
  }
};

namespace untrack::frontend {

struct Loaded {
  SourceMap sources;
  Diagnostics diagnostics;
  ir::PolicySet set;

  // `UT050 2:3 message`, in order.
  std::vector<std::string> findings() const {
    std::vector<std::string> lines;
    for (const Diagnostic* found : diagnostics.in_order()) {
      const std::string place = found->span.exists() ? [&] {
        const Position p = sources.position(found->span.buffer, found->span.begin);
        return fmt::format("{}:{}", p.line, p.column);
      }()
                                                     : "nowhere";
      lines.push_back(fmt::format("{} {} {}", found->info->code, place, found->message));
    }
    return lines;
  }
};

struct Input {
  std::string text;
  Role role = Role::Linted;
};

inline Loaded load_texts(std::vector<Input> texts, unsigned jobs = 1) {
  Loaded loaded;
  std::vector<Source> inputs;
  for (Input& input : texts) {
    const std::string name = fmt::format("{}.yaml", inputs.size());
    inputs.push_back({loaded.sources.add(name, std::move(input.text)), input.role});
  }
  loaded.set = load(loaded.sources, inputs, loaded.diagnostics, jobs);
  return loaded;
}

inline Loaded load_text(std::string text) {
  return load_texts({{std::move(text)}});
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace untrack::frontend
