#include "frontend/yaml/entries.h"

#include <llvm/ADT/SmallSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>

#include "frontend/yaml/diagnostics.h"

namespace untrack::frontend::yaml {

static SourceSpan span_of(const Tree& tree, const Cell& cell) {
  return {tree.buffer, cell.begin, cell.end};
}

// Only plain `<<` is one; `"<<"` is a key like any other, as in go-yaml.
static bool is_merge_key(const Tree& tree, const Cell& key) {
  return key.kind == NodeKind::Scalar && key.style == ScalarStyle::Plain && tree.text(key) == "<<";
}

static std::string_view described(NodeKind kind) {
  switch (kind) {
    case NodeKind::Null: return "null";
    case NodeKind::Scalar: return "a text";
    case NodeKind::Sequence: return "a list";
    case NodeKind::Mapping: return "a mapping";
  }
  return {};
}

namespace {
class Entries {
 public:
  Entries(Tree& tree, Diagnostics& diagnostics)
      : tree_(tree), diagnostics_(diagnostics), begin_(tree.links.size()) {}

  void add_own(std::uint32_t key_index, std::uint32_t value_index) {
    const Cell& key = tree_.cells[key_index];
    if (key.kind != NodeKind::Scalar) {
      diagnostics_.report(span_of(tree_, key), key_not_text, described(key.kind))
          .help("quote the key if it is meant to be this text");
      return;
    }
    if (keys_.insert(tree_.text(key)).second) return link(key_index, value_index);
    diagnostics_.report(span_of(tree_, key), duplicate_key, tree_.text(key))
        .note(span_of(tree_, first_of(tree_.text(key))), "first given here");
  }

  void merge(std::uint32_t key_index, std::uint32_t value_index) {
    const Cell& key = tree_.cells[key_index];
    const Cell& value = tree_.cells[value_index];
    if (value.kind == NodeKind::Mapping) return merge_mapping(value);
    if (value.kind != NodeKind::Sequence) return refuse_merge(key, value);
    for (std::uint32_t i = 0; i < value.count; ++i) {
      const Cell& item = tree_.cells[tree_.links[value.first + i]];
      if (item.kind == NodeKind::Mapping) {
        merge_mapping(item);
      } else {
        refuse_merge(key, item);
      }
    }
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>((tree_.links.size() - begin_) / 2); }

 private:
  const Cell& first_of(std::string_view key) const {
    std::size_t at = begin_;
    while (tree_.text(tree_.cells[tree_.links[at]]) != key) at += 2;
    return tree_.cells[tree_.links[at]];
  }

  void merge_mapping(const Cell& mapping) {
    for (std::uint32_t i = 0; i < mapping.count; ++i) {
      const std::uint32_t key = tree_.links[mapping.first + 2 * i];
      const std::uint32_t value = tree_.links[mapping.first + 2 * i + 1];
      if (keys_.insert(tree_.text(tree_.cells[key])).second) link(key, value);
    }
  }

  // The value may be an alias's, so what is wrong here is shown at the `<<`.
  void refuse_merge(const Cell& key, const Cell& value) {
    diagnostics_.report(span_of(tree_, key), bad_merge)
        .note(span_of(tree_, value), fmt::format("this is {}", described(value.kind)));
  }

  void link(std::uint32_t key, std::uint32_t value) {
    tree_.links.push_back(key);
    tree_.links.push_back(value);
  }

  Tree& tree_;
  Diagnostics& diagnostics_;
  std::size_t begin_;  // of its links
  llvm::SmallSet<llvm::StringRef, 16> keys_;
};
}  // namespace

std::uint32_t append_entries(Tree& tree, std::span<const std::uint32_t> written, Diagnostics& diagnostics) {
  Entries entries(tree, diagnostics);
  llvm::SmallVector<std::size_t, 2> merges;
  for (std::size_t i = 0; i + 1 < written.size(); i += 2) {
    if (is_merge_key(tree, tree.cells[written[i]])) {
      merges.push_back(i);
    } else {
      entries.add_own(written[i], written[i + 1]);
    }
  }
  for (const std::size_t i : merges) entries.merge(written[i], written[i + 1]);
  return entries.size();
}

}  // namespace untrack::frontend::yaml
