// The second opinion about an edit: documents as plain values, the changes made to those, and compared with
// what the edited text says. Shares nothing with the code that edits text but the reading of YAML.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "frontend/yaml/rewrite.h"
#include "support/overloaded.h"

namespace untrack::frontend::yaml {

namespace {

// A node that owns what it holds. What is removed stays as a mark, so that others keep their place.
struct Plain {
  struct Held {
    std::string key;  // of an entry
    SourceSpan key_span = {};
    std::unique_ptr<Plain> value;
    bool removed = false;
  };

  NodeKind kind = NodeKind::Null;
  bool is_text = false;  // whatever it looks like: quoted, a block
  bool is_word = false;  // a new one that needs no quotes, and may have them
  std::string text = {};
  SourceSpan span = {};
  std::vector<Held> held = {};
};
using Held = Plain::Held;

std::unique_ptr<Plain> plain(Node node) {
  auto copy = std::make_unique<Plain>(Plain{.kind = node.kind(),
                                            .is_text = node.style() != ScalarStyle::Plain,
                                            .text = std::string(node.text()),
                                            .span = node.span()});
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping())
      copy->held.push_back({std::string(node.key(i).text()), node.key(i).span(), plain(node.value(i))});
    else
      copy->held.push_back({{}, {}, plain(node.item(i))});
  }
  return copy;
}

std::unique_ptr<Plain> plain(const Value& value);

std::unique_ptr<Plain> plain(const Scalar& scalar) {
  return std::make_unique<Plain>(Plain{.kind = NodeKind::Scalar,
                                       .is_text = scalar.spelling == Spelling::Text,
                                       .is_word = scalar.spelling == Spelling::Word,
                                       .text = scalar.text});
}

std::unique_ptr<Plain> plain(const ValueList& list) {
  auto copy = std::make_unique<Plain>(Plain{NodeKind::Sequence});
  for (const Value& item : list) copy->held.push_back({{}, {}, plain(item)});
  return copy;
}

std::unique_ptr<Plain> plain(const ValueMapping& mapping) {
  auto copy = std::make_unique<Plain>(Plain{NodeKind::Mapping});
  for (const auto& [key, entry] : mapping.entries) copy->held.push_back({key, {}, plain(entry)});
  return copy;
}

std::unique_ptr<Plain> plain(const Value& value) {
  return std::visit([](const auto& alternative) { return plain(alternative); }, value.is);
}

std::vector<const Held*> still_held(const Plain& node) {
  std::vector<const Held*> all;
  for (const Held& held : node.held) {
    if (!held.removed) all.push_back(&held);
  }
  // The order of entries means nothing.
  if (node.kind == NodeKind::Mapping)
    std::ranges::stable_sort(all, {}, [](const Held* held) { return held->key; });
  return all;
}

bool same(const Plain& expected, const Plain& found) {
  if (expected.kind != found.kind) return false;
  if (expected.kind == NodeKind::Scalar)
    return expected.text == found.text && (expected.is_word || expected.is_text == found.is_text);
  const auto a = still_held(expected), b = still_held(found);
  return std::ranges::equal(
      a, b, [](const Held* x, const Held* y) { return x->key == y->key && same(*x->value, *y->value); });
}

class Model {
 public:
  Model(std::string_view source, std::span<const Document> documents) : source_(source) {
    for (const Document& document : documents) roots_.push_back(plain(document.root()));
    for (const auto& root : roots_) list(*root, nullptr);
    std::ranges::stable_sort(nodes_, {}, by_place);
    std::ranges::stable_sort(keys_, {}, by_key);
  }

  const std::vector<std::unique_ptr<Plain>>& roots() const { return roots_; }

  // False: what is to be changed is not there, or there more than once.
  bool make(const Change& change) {
    return std::visit([this](const auto& alternative) { return apply(alternative); }, change);
  }

 private:
  struct Listed {
    Plain* node;
    Plain* holder;
  };
  struct ListedKey {
    Plain* holder;
    std::size_t slot;
  };
  static SourceSpan by_place(const Listed& listed) { return listed.node->span; }
  static SourceSpan by_key(const ListedKey& key) { return key.holder->held[key.slot].key_span; }

  void list(Plain& node, Plain* holder) {
    nodes_.push_back({&node, holder});
    for (std::size_t i = 0; i < node.held.size(); ++i) {
      if (node.kind == NodeKind::Mapping) keys_.push_back({&node, i});
      list(*node.held[i].value, &node);
    }
  }

  template <class Wanted>
  const Listed* only(SourceSpan span, const Wanted& wanted) const {
    const Listed* found = nullptr;
    for (const Listed& listed : std::ranges::equal_range(nodes_, span, {}, by_place)) {
      if (!wanted(*listed.node)) continue;
      if (found) return nullptr;
      found = &listed;
    }
    return found;
  }
  const Listed* only(SourceSpan span) const {
    return only(span, [](const Plain&) { return true; });
  }
  Held* only_key(SourceSpan span) const {
    const auto here = std::ranges::equal_range(keys_, span, {}, by_key);
    return here.size() == 1 ? &here.front().holder->held[here.front().slot] : nullptr;
  }

  static Held* entry(Plain& mapping, std::string_view key) {
    for (Held& held : mapping.held) {
      if (!held.removed && held.key == key) return &held;
    }
    return nullptr;
  }

  Plain* mapping(const MappingPlace& place) const {
    const Listed* listed = only(place.node, [](const Plain& node) { return node.kind == NodeKind::Mapping; });
    Plain* node = listed ? listed->node : nullptr;
    for (const std::string& key : place.path) {
      Held* below = node ? entry(*node, key) : nullptr;
      node = below && below->value->kind == NodeKind::Mapping ? below->value.get() : nullptr;
    }
    return node;
  }

  bool apply(const AddEntry& change) {
    Plain* holder = mapping(change.mapping);
    if (!holder || entry(*holder, change.key)) return false;
    holder->held.push_back({change.key, {}, plain(change.value)});
    return true;
  }
  bool apply(const RemoveEntry& change) {
    Held* held = only_key(change.key);
    if (held) held->removed = true;
    return held != nullptr;
  }
  bool apply(const RenameKey& change) {
    Held* held = only_key(change.key);
    if (held) held->key = change.name;
    return held != nullptr;
  }
  bool apply(const SetScalar& change) {
    const Listed* listed = only(change.node);
    if (!listed || listed->node->kind != NodeKind::Scalar) return false;
    const bool stays_text = listed->node->is_text && change.value.spelling == Spelling::Word;
    listed->node->text = change.value.text;
    listed->node->is_text = stays_text || change.value.spelling == Spelling::Text;
    return true;
  }
  bool apply(const QuoteTag& change) {
    const Listed* listed = only({change.tag.buffer, change.tag.end, change.tag.end});
    if (!listed || !listed->node->text.empty() || !listed->node->held.empty()) return false;
    listed->node->kind = NodeKind::Scalar;
    listed->node->is_text = true;
    listed->node->text = source_.substr(change.tag.begin, change.tag.end - change.tag.begin);
    return true;
  }
  bool apply(const WrapInList& change) {
    const Listed* listed = only(change.node);
    if (!listed) return false;
    const SourceSpan place = listed->node->span;  // nodes are sorted by it
    auto item = std::make_unique<Plain>(std::move(*listed->node));
    *listed->node = Plain{.kind = NodeKind::Sequence, .span = place};
    listed->node->held.push_back({{}, {}, std::move(item)});
    return true;
  }
  bool apply(const AddItem& change) {
    Plain* holder = mapping(change.mapping);
    if (!holder) return false;
    Held* held = entry(*holder, change.key);
    const bool there = held && held->value->kind != NodeKind::Null;
    if (!there && change.only_if_there) return true;
    if (!held) {
      holder->held.push_back({change.key, {}, std::make_unique<Plain>()});
      held = &holder->held.back();
    }
    Plain& list = *held->value;  // nothing takes its place: it is listed
    if (!there) list.kind = NodeKind::Sequence;
    if (list.kind != NodeKind::Sequence) return false;
    auto place = list.held.end();
    if (change.before.exists()) {
      place = std::ranges::find_if(list.held,
                                   [&](const Held& item) { return item.value->span == change.before; });
      if (place == list.held.end()) return false;
    }
    list.held.insert(place, Held{{}, {}, plain(change.item)});
    return true;
  }
  bool apply(const RemoveItem& change) {
    const Listed* listed = only(change.item);
    if (!listed || !listed->holder || listed->holder->kind != NodeKind::Sequence) return false;
    for (Held& held : listed->holder->held) {
      if (held.value.get() == listed->node) held.removed = true;
    }
    return true;
  }
  bool apply(const RemoveComment&) { return true; }

  std::string_view source_;
  std::vector<std::unique_ptr<Plain>> roots_;
  std::vector<Listed> nodes_;  // by place
  std::vector<ListedKey> keys_;
};

}  // namespace

bool says_the_same_but_for(const SourceMap& before, const SourceMap& after, BufferId buffer,
                           std::span<const Change> changes) {
  Diagnostics old_mistakes, new_mistakes;
  Model expected(before.text(buffer), parse(before, buffer, old_mistakes));
  const std::vector<Document> found = parse(after, buffer, new_mistakes);
  if (new_mistakes.size() > old_mistakes.size()) return false;
  for (auto change = changes.begin(); change != changes.end(); ++change) {
    const bool repeated = std::find(changes.begin(), change, *change) != change;
    if (!repeated && !expected.make(*change)) return false;
  }
  return std::ranges::equal(expected.roots(), found,
                            [](const std::unique_ptr<Plain>& root, const Document& document) {
                              return same(*root, *plain(document.root()));
                            });
}

}  // namespace untrack::frontend::yaml
