#include "frontend/yaml/rewrite.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "frontend/yaml/lexical.h"
#include "frontend/yaml/lines.h"
#include "frontend/yaml/written_layout.h"
#include "support/overloaded.h"
#include "support/yaml_text.h"

namespace untrack::frontend::yaml {

Rewriter::Rewriter(const SourceMap& sources, BufferId buffer)
    : source_(sources.text(buffer)), buffer_(buffer), seats_(sources, buffer) {}

namespace {

// The change has no room in the layout that is there. Stays in this file.
struct NoRoom {};

// ---- one buffer's changes

class Edits {
 public:
  Edits(std::string_view source, BufferId buffer, const Seats& seats)
      : lines_(source), buffer_(buffer), seats_(seats), layout_(lines_, seats) {}

  // Of insertions at one place, what goes to the end of a list comes before what follows the list.
  std::vector<TextEdit> take() {
    std::ranges::stable_sort(edits_, std::greater(), &Edit::depth);
    std::vector<TextEdit> all;
    for (Edit& edit : edits_) all.push_back(std::move(edit.text));
    return all;
  }

  void make(const AddEntry& change) {
    add_entry(mapping(change.mapping), change.key, change.value, change.after);
  }

  void make(const RemoveEntry& change) {
    const Seat& key = *present(seats_.key(change.key));
    const Node mapping = present(seats_.value(key.parent->node))->node;
    if (!is_own_entry(mapping, key.slot)) throw NoRoom();
    if (mapping.size() == 1) return empty(*key.parent, "{}");
    if (is_flow(mapping)) return remove_from_flow(mapping, key.slot);
    remove_entry_lines(mapping, key.slot);
  }

  void make(const RenameKey& change) {
    const Seat& key = *present(seats_.key(change.key));
    if (find(key.parent->node, change.name)) throw NoRoom();
    const SourceSpan span = key.node.span();
    const char first = lines_.byte(span.begin);
    const bool is_quoted = first == '"' || first == '\'';
    const std::string quote(is_quoted ? 1 : 0, first);
    replace(span.begin, span.end, quote + change.name + quote);
  }

  void make(const SetScalar& change) {
    const Seat& seat = *present(seats_.value(change.node));
    const SourceSpan span = seat.node.span();
    const char first = lines_.byte(span.begin);
    if (!seat.node.is_scalar() || span.begin == span.end || first == '|' || first == '>') throw NoRoom();
    const bool is_quoted = first == '"' || first == '\'';
    Scalar value = change.value;
    if (is_quoted && value.spelling == Spelling::Word) value.spelling = Spelling::Text;
    const bool new_quotes = !is_quoted && value.spelling == Spelling::Text;
    const bool json = first == '"' || (new_quotes && is_json(seat));
    replace(span.begin, span.end, scalar_text(value, json ? Quotes::Json : Quotes::AsNeeded));
  }

  void make(const QuoteTag& change) {
    const Seat& seat = *present(seats_.value({buffer_, change.tag.end, change.tag.end}));
    const std::string tag(lines_.text(change.tag.begin, change.tag.end));
    replace(change.tag.begin, change.tag.end, scalar_text({tag, Spelling::Text}, quotes(seat)));
  }

  void make(const WrapInList& change) {
    const Seat& seat = *present(seats_.value(change.node));
    const Node node = seat.node;
    const SourceSpan span = node.span();
    if (span.begin == span.end || (!node.is_scalar() && !is_flow(node))) throw NoRoom();
    if (!seat.parent || !seat.parent->node.is_mapping()) throw NoRoom();
    require_bare(seat.parent->node.key(seat.slot), node);
    const char first = lines_.byte(span.begin);
    const bool plain = node.is_scalar() && first != '"' && first != '\'';
    if (first == '|' || first == '>') throw NoRoom();
    if (plain && lines_.text(span.begin, span.end).find_first_of(",[]{}\n") != std::string_view::npos)
      throw NoRoom();
    insert(span.begin, "[");
    insert(span.end, "]");
  }

  void make(const RemoveItem& change) {
    const Seat& seat = *present(seats_.value(change.item));
    if (!seat.parent || !seat.parent->node.is_sequence()) throw NoRoom();
    const Node list = present(seats_.value(seat.parent->node))->node;
    if (list.size() == 1) return empty(*seat.parent, "[]");
    if (++removed_items_[list.span()] == list.size()) throw NoRoom();  // one at a time, then
    if (is_flow(list)) return remove_from_flow(list, seat.slot);
    const auto [begin, column] = item_line(list, seat.node);
    remove(begin, lines_.behind(lines_.end_with_comments(seat.node.span().end, column)));
  }

  void make(const RemoveComment& change) {
    std::uint32_t begin = change.text.begin, end = change.text.end;
    if (lines_.byte(begin) == '#') {
      const std::uint32_t line = lines_.begin_of(begin);
      while (begin > line && is_blank(lines_.byte(begin - 1))) --begin;
      if (begin == line) end = lines_.behind(lines_.end_of(end));
    }
    remove(begin, end);
  }

  // Items that belong together: `add` says where.
  void make(const AddItem& add, const ValueList& items) {
    const Seat& holder = mapping(add.mapping);
    const std::optional<std::size_t> entry = find(holder.node, add.key);
    if (!entry) {
      if (!add.only_if_there) add_entry(holder, add.key, {items}, add.after);
      return;
    }
    if (add.only_if_there && holder.node.value(*entry).is_null()) return;
    const Node key = holder.node.key(*entry);
    const Seat& list = *present(seats_.value(holder.node.value(*entry)));
    if (!is_own_entry(holder.node, *entry) || !seats_.key(key.span())) throw NoRoom();
    if (list.node.is_null() || (list.node.is_sequence() && list.node.size() == 0)) {
      fill(holder, key, list.node, items);
    } else if (!list.node.is_sequence()) {
      throw NoRoom();
    } else if (add.before.exists()) {
      insert_before(*present(seats_.value(add.before)), list, items);
    } else {
      append(list, items);
    }
  }

 private:
  // ---- asking

  static const Seat* present(const Seat* seat) {
    if (!seat) throw NoRoom();
    return seat;
  }
  const Seat& mapping(const MappingPlace& place) const { return *present(seats_.mapping(place)); }

  static std::optional<std::size_t> find(Node mapping, std::string_view key) {
    for (std::size_t i = 0; i < mapping.size(); ++i) {
      if (mapping.key(i).text() == key) return i;
    }
    return std::nullopt;
  }
  bool is_flow(Node collection) const { return lines_.is_flow(collection); }
  // One `key: value` among the items of a flow list: no braces.
  bool is_pair(const Seat& seat) const {
    return seat.node.is_mapping() && !is_flow(seat.node) && seat.parent && is_flow(seat.parent->node);
  }
  // Keys in double quotes in the flow style, as in JSON.
  bool is_json(const Seat& seat) const {
    for (const Seat* around = &seat; around; around = around->parent) {
      if (!around->node.is_mapping() || around->node.size() == 0) continue;
      return is_flow(around->node) && lines_.byte(around->node.key(0).span().begin) == '"';
    }
    return false;
  }
  Quotes quotes(const Seat& seat) const { return is_json(seat) ? Quotes::Json : Quotes::AsNeeded; }

  // Where an entry ends. An alias has no place of its own: then the key's end, and the line goes on.
  static std::uint32_t end_of_entry(Node mapping, std::size_t entry) {
    const SourceSpan whole = mapping.span(), key = mapping.key(entry).span(),
                     value = mapping.value(entry).span();
    return value.begin >= key.end && value.end <= whole.end ? value.end : key.end;
  }
  static std::uint32_t begin_of(Node collection, std::size_t slot) {
    return (collection.is_mapping() ? collection.key(slot) : collection.item(slot)).span().begin;
  }
  static std::uint32_t end_of(Node collection, std::size_t slot) {
    return collection.is_mapping() ? end_of_entry(collection, slot) : collection.item(slot).span().end;
  }
  static std::size_t own_entries(Node collection) {
    std::size_t count = 0;
    while (count < collection.size() && (!collection.is_mapping() || is_own_entry(collection, count)))
      ++count;
    return count;
  }

  // The begin of the line with the item's `-`, and the column of that.
  std::pair<std::uint32_t, std::uint32_t> item_line(Node list, Node item) const {
    const std::uint32_t column = lines_.column(list.span().begin), begin = lines_.begin_of(item.span().begin);
    if (!lines_.begins_line(list.span().begin) || lines_.byte(begin + column) != '-' ||
        !lines_.begins_line(begin + column))
      throw NoRoom();
    return {begin, column};
  }

  static Value on_one_line(Value value) {
    if (auto* mapping = std::get_if<ValueMapping>(&value.is)) mapping->on_one_line = true;
    return value;
  }
  static ValueList on_one_line(ValueList items) {
    for (Value& item : items) item = on_one_line(item);
    return items;
  }

  // ---- editing

  struct Edit {
    TextEdit text;
    std::size_t depth;  // in the tree, of the collection that grows
  };

  void replace(std::uint32_t begin, std::uint32_t end, std::string text, std::size_t depth = 0) {
    edits_.push_back({{{buffer_, begin, end}, std::move(text)}, depth});
  }
  void insert(std::uint32_t at, std::string text, std::size_t depth = 0) {
    replace(at, at, std::move(text), depth);
  }
  static std::size_t depth_of(const Seat& seat) {
    std::size_t depth = 0;
    for (const Seat* above = seat.parent; above; above = above->parent) ++depth;
    return depth;
  }
  void remove(std::uint32_t begin, std::uint32_t end) { replace(begin, end, {}); }

  static std::string spaces(std::size_t count) { return std::string(count, ' '); }

  void add_entry(const Seat& holder, const std::string& key, Value value, const std::string& after) {
    const Node mapping = holder.node;
    if (const auto there = find(mapping, key); there || is_pair(holder)) throw NoRoom();
    if (!new_keys_.emplace(mapping.span(), key).second) throw NoRoom();
    const std::size_t entries = own_entries(mapping);
    const std::size_t place = find(mapping, after).value_or(entries);
    if (is_flow(mapping)) {
      const std::string entry =
          scalar_text({key, Spelling::Word}, quotes(holder)) + ": " + flow_text(value, quotes(holder));
      return insert_into_flow(mapping, std::min(place + 1, entries), entries, {entry});
    }
    if (auto* list = std::get_if<ValueList>(&value.is); list && layout_.likes_flow_items(mapping))
      *list = on_one_line(*list);
    const std::uint32_t column = lines_.column(mapping.span().begin);
    const std::uint32_t end = place < entries ? end_of_entry(mapping, place) : mapping.span().end;
    const BlockLayout layout = layout_.of_mapping(mapping, end);
    insert(lines_.end_with_comments(end, column),
           std::string(layout.line_break) + spaces(column) + key + ":" + lines_text(value, column, layout),
           depth_of(holder));
  }

  // A list that mappings take lines in stays a list of lines, though they themselves may be on one each.
  static std::string lines_text(const Value& value, std::size_t column, const BlockLayout& layout) {
    const auto* list = std::get_if<ValueList>(&value.is);
    if (!list || list->empty() || !std::holds_alternative<ValueMapping>(list->front().is))
      return block_value_text(value, column, layout);
    std::string text;
    for (const Value& item : *list) {
      text += std::string(layout.line_break) + spaces(column + layout.list_step) +
              block_item_text(item, column + layout.list_step, layout);
    }
    return text;
  }

  std::uint32_t behind_colon(Node key) const {
    const std::uint32_t colon = lines_.skip(key.span().end);
    if (lines_.byte(colon) != ':') throw NoRoom();
    return colon + 1;
  }
  // Without a tag or an anchor, which would be one of what comes in its place.
  void require_bare(Node key, Node value) const {
    if (lines_.skip(behind_colon(key)) != value.span().begin) throw NoRoom();
  }

  // Of a key whose value is nothing or an empty list.
  void fill(const Seat& holder, Node key, Node old, ValueList items) {
    const Node mapping = holder.node;
    const std::uint32_t begin = behind_colon(key), end = std::max(old.span().end, begin);
    if (end > begin) require_bare(key, old);
    const bool in_lines = !is_flow(mapping) && !is_pair(holder) &&
                          std::holds_alternative<ValueMapping>(items.front().is) &&
                          lines_.nothing_follows(end);
    if (!in_lines) return replace(begin, end, " " + flow_text({std::move(items)}, quotes(holder)));
    if (layout_.likes_flow_items(mapping)) items = on_one_line(std::move(items));
    const std::uint32_t line_end = lines_.end_of(end);
    std::string text = lines_text({std::move(items)}, lines_.column(key.span().begin),
                                  layout_.of_mapping(mapping, line_end));
    const std::size_t depth = depth_of(holder) + 1;
    if (line_end == end) return replace(begin, end, std::move(text), depth);
    if (end > begin) remove(begin, end);
    insert(line_end, std::move(text), depth);
  }

  void append(const Seat& list, ValueList items) {
    const Node node = list.node;
    if (is_flow(node)) return insert_into_flow(node, node.size(), node.size(), texts(items, quotes(list)));
    const std::uint32_t column = lines_.column(node.span().begin);
    const std::uint32_t end = lines_.end_with_comments(node.span().end, column);
    const BlockLayout layout = layout_.of_list(list.node, end);
    if (layout_.holds_flow_mappings(node)) items = on_one_line(std::move(items));
    std::string text;
    for (const Value& item : items)
      text += std::string(layout.line_break) + spaces(column) + block_item_text(item, column, layout);
    insert(end, text, depth_of(list));
  }

  void insert_before(const Seat& item, const Seat& list, ValueList items) {
    if (item.parent != &list) throw NoRoom();
    if (is_flow(list.node))
      return insert_into_flow(list.node, item.slot, list.node.size(), texts(items, quotes(list)));
    const auto [line, column] = item_line(list.node, item.node);
    const std::uint32_t begin = lines_.begin_with_comments(line, column);
    const BlockLayout layout = layout_.of_list(list.node, line);
    if (layout_.holds_flow_mappings(list.node)) items = on_one_line(std::move(items));
    std::string text;
    for (const Value& value : items)
      text += spaces(column) + block_item_text(value, column, layout) + std::string(layout.line_break);
    insert(begin, text);
  }

  static std::vector<std::string> texts(const ValueList& items, Quotes quotes) {
    std::vector<std::string> all;
    for (const Value& item : items) all.push_back(flow_text(item, quotes));
    return all;
  }

  // Elements of a flow collection, before the one at `slot` or behind all `own` ones: on lines of their own
  // where the others are.
  void insert_into_flow(Node collection, std::size_t slot, std::size_t own,
                        const std::vector<std::string>& elements) {
    const SourceSpan whole = collection.span();
    if (own == 0) {
      if (lines_.skip(whole.begin + 1) != whole.end - 1) throw NoRoom();
      return insert(whole.begin + 1, joined(elements, ", "));
    }
    const bool in_lines = lines_.begins_line(begin_of(collection, 0));
    const std::string line =
        std::string(lines_.line_break(whole.begin)) + spaces(lines_.column(begin_of(collection, 0)));
    if (slot < own) {
      const std::uint32_t at = begin_of(collection, slot);
      return insert(at, joined(elements, in_lines ? "," + line : ", ") + (in_lines ? "," + line : ", "));
    }
    const std::uint32_t end = end_of(collection, own - 1);
    std::uint32_t next = lines_.skip(end);
    const bool comma = lines_.byte(next) == ',';
    if (comma) next = lines_.skip(next + 1);
    if (next != whole.end - 1) throw NoRoom();
    const std::uint32_t last = comma ? lines_.skip(end) + 1 : end;
    if (!in_lines || lines_.end_of(last) > whole.end) return insert(end, ", " + joined(elements, ", "));
    if (!comma) insert(end, ",");
    insert(lines_.end_of(last), line + joined(elements, "," + line) + (comma ? "," : ""));
  }

  static std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
    return text;
  }

  // With one comma. What has lines of its own takes them along, and their comments; other comments stay.
  void remove_from_flow(Node collection, std::size_t slot) {
    const std::size_t own = own_entries(collection);
    if (slot >= own || own < 2) throw NoRoom();
    const std::uint32_t begin = begin_of(collection, slot), end = end_of(collection, slot);
    const bool is_first = slot == 0, is_last = slot + 1 == own;
    const std::uint32_t before = is_first ? begin : end_of(collection, slot - 1);
    const std::uint32_t after = is_last ? end : begin_of(collection, slot + 1);
    const std::uint32_t comma = lines_.skip_blanks(end);
    const bool has_comma = lines_.byte(comma) == ',';
    const bool has_lines = lines_.begins_line(begin) && (has_comma || is_last) &&
                           lines_.nothing_follows(has_comma ? comma + 1 : end);
    const bool comma_would_stay = is_last && !has_comma;
    const bool commented = lines_.has_comment(before, begin) || lines_.has_comment(end, lines_.end_of(end));
    if (before > begin || end > after) throw NoRoom();
    if (has_lines && (!comma_would_stay || commented))
      return remove(lines_.begin_of(begin), lines_.behind(lines_.end_of(end)));
    if (!is_first && !lines_.has_comment(before, begin)) return remove(before, end);
    if (!is_last && !lines_.has_comment(end, after)) return remove(begin, after);
    throw NoRoom();
  }

  void remove_entry_lines(Node mapping, std::size_t entry) {
    const std::uint32_t key = mapping.key(entry).span().begin, end = end_of_entry(mapping, entry);
    if (lines_.begins_line(key))
      return remove(lines_.begin_of(key), lines_.behind(lines_.end_with_comments(end, lines_.column(key))));
    // Behind a `-`: the next entry takes its place.
    if (entry + 1 >= own_entries(mapping)) throw NoRoom();
    const std::uint32_t next = mapping.key(entry + 1).span().begin;
    if (lines_.skip(end) != next || lines_.has_comment(end, next) ||
        lines_.column(next) != lines_.column(key))
      throw NoRoom();
    remove(key, next);
  }

  // The only item or entry goes.
  void empty(const Seat& collection, std::string_view nothing) {
    const SourceSpan span = collection.node.span();
    if (is_flow(collection.node)) {
      if (lines_.has_comment(span.begin, span.end)) throw NoRoom();
      return replace(span.begin, span.end, std::string(nothing));
    }
    if (!collection.parent || !collection.parent->node.is_mapping() || !lines_.begins_line(span.begin))
      throw NoRoom();
    const Node key = collection.parent->node.key(collection.slot);
    const std::uint32_t colon = lines_.skip(key.span().end);
    const std::uint32_t begin = lines_.begin_of(span.begin);
    if (lines_.byte(colon) != ':' || begin <= colon) throw NoRoom();
    insert(colon + 1, " " + std::string(nothing));
    remove(begin, lines_.behind(lines_.end_with_comments(span.end, lines_.column(span.begin))));
  }

  Lines lines_;
  BufferId buffer_;
  const Seats& seats_;
  WrittenLayout layout_;
  std::vector<Edit> edits_;
  std::set<std::pair<SourceSpan, std::string>> new_keys_;  // by mapping
  std::map<SourceSpan, std::size_t> removed_items_;        // by list
};

// Items for one place of one list.
struct Addition {
  AddItem where;
  ValueList items;
};

}  // namespace

static void collect(std::vector<Addition>& additions, const AddItem& change) {
  const auto same_place = [&](const Addition& addition) {
    AddItem where = change;
    where.item = addition.where.item;
    where.after = addition.where.after;  // who comes first says where the list goes
    return where == addition.where;
  };
  const auto known = std::ranges::find_if(additions, same_place);
  if (known == additions.end()) {
    additions.push_back({change, {change.item}});
  } else if (std::ranges::find(known->items, change.item) == known->items.end()) {
    known->items.push_back(change.item);
  }
}

std::optional<std::vector<TextEdit>> Rewriter::edits(std::span<const Change> changes) const {
  Edits edits(source_, buffer_, seats_);
  std::vector<Addition> additions;
  std::vector<const Change*> made;
  try {
    for (const Change& change : changes) {
      // What several findings ask for is done once.
      if (std::ranges::any_of(made, [&](const Change* earlier) { return *earlier == change; })) continue;
      made.push_back(&change);
      if (const auto* item = std::get_if<AddItem>(&change)) {
        collect(additions, *item);
      } else {
        std::visit(overloaded{[](const AddItem&) {}, [&](const auto& other) { edits.make(other); }}, change);
      }
    }
    for (const Addition& addition : additions) edits.make(addition.where, addition.items);
  } catch (const NoRoom&) {
    return std::nullopt;
  }
  std::vector<TextEdit> all = edits.take();
  sort_edits(all);
  if (overlap(all)) return std::nullopt;
  return all;
}

}  // namespace untrack::frontend::yaml
