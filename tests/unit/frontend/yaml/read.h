// A text read as YAML, and what the tests ask about it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontend/yaml/document.h"

namespace untrack::frontend::yaml {

struct Read {
  SourceMap sources;
  BufferId buffer;
  Diagnostics diagnostics;
  std::vector<Document> documents;

  explicit Read(std::string text)
      : buffer(sources.add("test.yaml", std::move(text))), documents(parse(sources, buffer, diagnostics)) {}

  Node root(std::size_t document = 0) const { return documents.at(document).root(); }
  std::string source(SourceSpan span) const { return std::string(sources.text(span)); }

  // `UT003 1:5 [:]`: code, place and marked text of each mistake.
  std::vector<std::string> mistakes() const {
    std::vector<std::string> out;
    for (const Diagnostic* diagnostic : diagnostics.in_order()) {
      const Position at = sources.position(buffer, diagnostic->span.begin);
      out.push_back(fmt::format("{} {}:{} [{}]", diagnostic->info->code, at.line, at.column,
                                sources.text(diagnostic->span)));
    }
    return out;
  }
};

// The tree in flow style: "quoted" and |block| texts keep their style, ~ is null.
inline std::string printed(Node node) {
  switch (node.kind()) {
    case NodeKind::Null: return "~";
    case NodeKind::Scalar: {
      const char* const quote = node.style() == ScalarStyle::Plain    ? ""
                                : node.style() == ScalarStyle::Quoted ? "\""
                                                                      : "|";
      return fmt::format("{0}{1}{0}", quote, node.text());
    }
    case NodeKind::Sequence: {
      std::string out;
      for (std::size_t i = 0; i < node.size(); ++i) out += (i == 0 ? "" : ", ") + printed(node.item(i));
      return "[" + out + "]";
    }
    case NodeKind::Mapping: {
      std::string out;
      for (std::size_t i = 0; i < node.size(); ++i) {
        out += (i == 0 ? "" : ", ") + printed(node.key(i)) + ": " + printed(node.value(i));
      }
      return "{" + out + "}";
    }
  }
  return {};
}

}  // namespace untrack::frontend::yaml
