// What would cure a finding: a change of the document, said by who found it. How it is written in the layout
// of the file is the matter of frontend/yaml/rewrite.h; driver/findings/fix.h proves it before anything is written
// (docs/lint.md, "Fixes").
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "support/source.h"
#include "support/value.h"

namespace untrack {

// ---- changes of the tree that a document is

// The mapping that is written at `node`, or what lies below it by these keys.
struct MappingPlace {
  SourceSpan node;
  std::vector<std::string> path = {};
  friend bool operator==(const MappingPlace&, const MappingPlace&) = default;
};

// A new entry; `after` names the one that it should follow, where that is there.
struct AddEntry {
  MappingPlace mapping;
  std::string key;
  Value value;
  std::string after = {};
  friend bool operator==(const AddEntry&, const AddEntry&) = default;
};
struct RemoveEntry {
  SourceSpan key;
  friend bool operator==(const RemoveEntry&, const RemoveEntry&) = default;
};
struct RenameKey {
  SourceSpan key;
  std::string name;
  friend bool operator==(const RenameKey&, const RenameKey&) = default;
};
// Text that stays text keeps its quotes.
struct SetScalar {
  SourceSpan node;
  Scalar value;
  friend bool operator==(const SetScalar&, const SetScalar&) = default;
};
// `!has(role)`, a tag of nothing, becomes the text `'!has(role)'`.
struct QuoteTag {
  SourceSpan tag;
  friend bool operator==(const QuoteTag&, const QuoteTag&) = default;
};
// `x` becomes `[x]`.
struct WrapInList {
  SourceSpan node;
  friend bool operator==(const WrapInList&, const WrapInList&) = default;
};
// To the list in an entry of a mapping: at its end, or before one of its items. Where there is no such list
// it is made, behind the entry `after`.
struct AddItem {
  MappingPlace mapping;
  std::string key;
  Value item;
  std::string after = {};
  SourceSpan before = {};      // does not exist: at the end
  bool only_if_there = false;  // no list, no change
  friend bool operator==(const AddItem&, const AddItem&) = default;
};
struct RemoveItem {
  SourceSpan item;
  friend bool operator==(const RemoveItem&, const RemoveItem&) = default;
};
// A comment, or a part of one: no part of the tree. The blanks before it go along, and the whole line where
// nothing else is left on it.
struct RemoveComment {
  SourceSpan text;
  friend bool operator==(const RemoveComment&, const RemoveComment&) = default;
};

using Change = std::variant<AddEntry, RemoveEntry, RenameKey, SetScalar, QuoteTag, WrapInList, AddItem,
                            RemoveItem, RemoveComment>;

// ---- changes of its text

// The bytes of `span` become `text`; an empty span is an insertion.
struct TextEdit {
  SourceSpan span;
  std::string text;
  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

// A buffer's text with edits made, and where its places have gone. Edits are sorted, do not overlap, and
// stand all in one buffer; insertions at one place come in their order.
class EditedText {
 public:
  EditedText(std::string_view text, std::vector<TextEdit> edits);
  const std::string& text() const { return text_; }
  const std::vector<TextEdit>& edits() const { return edits_; }
  // Where a byte of the old text stands now; nothing for one that was removed. What replaces text stands
  // where the text began.
  std::optional<std::uint32_t> place_of(std::uint32_t old_offset) const;

 private:
  std::vector<TextEdit> edits_;
  std::string text_;
};
// Sorted by place; of edits at one place, in the order given.
void sort_edits(std::vector<TextEdit>& edits);
// Of sorted edits. Two insertions at one place do not overlap, an insertion at either end of a removal does.
bool overlap(const std::vector<TextEdit>& edits);

// ---- fixes

enum class Safety { Safe, Unsafe };

// What a safe fix does to packets. An unsafe one may do more.
enum class FixEffect {
  Kept,      // every packet meets what it met before
  Asked,     // the packets that the finding is about are treated as it asks; all others as before
  Repaired,  // the object counted for nothing before; there is nothing to compare with
};

struct Fix {
  Safety safety = Safety::Safe;
  FixEffect effect = FixEffect::Kept;
  std::string text;                  // what it does, as a command: `add the reply rule to egress`
  std::vector<Change> changes;       // all of them or none
  std::vector<TextEdit> edits = {};  // the same in the layout of the file; empty until that is known
};

}  // namespace untrack
