// Mappings read by a table of their fields. A table line is a name and how to read it:
//
//   constexpr Field<EndpointSpec> kEndpointFields[] = {
//       field<&EndpointSpec::node, text>("node", Presence::Required),
//       field<&EndpointSpec::ports, list<endpoint_port>>("ports"),
//   };
//
// A decoder takes an Entry and gives a value, or nothing after having reported why. What is unknown,
// misspelt, missing or of a wrong type is reported here, once for all kinds.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <llvm/ADT/SmallBitVector.h>

#include "frontend/resources/context.h"
#include "frontend/yaml/document.h"

namespace untrack::frontend::resources {

// A value and what it is the value of: a field, or an item of the list in a field.
struct Entry {
  std::string_view field;
  yaml::Node value;
  SourceSpan key;  // where to point when something is missing inside
  bool is_item = false;

  std::string described() const { return (is_item ? "an item of `" : "`") + std::string(field) + "`"; }
  SourceSpan span() const { return value.span(); }
};
Entry item_of(const Entry& list, std::size_t index);
// A field of a mapping, whatever it holds; nothing where the mapping lacks it.
std::optional<Entry> member_of(const Entry& mapping, std::string_view name);

// What a field held. `written` without a value: there was one that could not be read, and that was reported;
// a check that looks at other fields must not report again because of it.
template <class T>
struct Slot {
  std::optional<T> value;
  bool written = false;
  SourceSpan key, span;

  explicit operator bool() const { return value.has_value(); }
  bool unreadable() const { return written && !value; }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
};

enum class Presence : bool { Optional, Required };

template <class Object>
struct Field {
  std::string_view name;
  void (*read)(Context&, const Entry&, Object&);  // for a field that is there and not null
  void (*give_up)(Object&);                       // for a field that is there under a wrong name
  Presence presence = Presence::Optional;
};

template <class Member>
struct MemberOf;
template <class Value, class Object>
struct MemberOf<Value Object::*> {
  using Owner = Object;
};

template <auto member, auto decode>
constexpr auto field(std::string_view name, Presence presence = Presence::Optional) {
  using Object = typename MemberOf<decltype(member)>::Owner;
  return Field<Object>{name,
                       [](Context& context, const Entry& entry, Object& object) {
                         auto& slot = object.*member;
                         slot.written = true;
                         slot.key = entry.key;
                         slot.span = entry.value.span();
                         slot.value = decode(context, entry);
                       },
                       [](Object& object) { (object.*member).written = true; }, presence};
}

// A field that is checked and means nothing here.
template <class Object, auto decode>
constexpr Field<Object> checked(std::string_view name) {
  return {name, [](Context& context, const Entry& entry, Object&) { decode(context, entry); },
          [](Object&) {}};
}

template <class Object, std::size_t N, std::size_t M>
constexpr std::array<Field<Object>, N + M> joined(const std::array<Field<Object>, N>& first,
                                                  const std::array<Field<Object>, M>& second) {
  std::array<Field<Object>, N + M> all{};
  for (std::size_t i = 0; i < N; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < M; ++i) all[N + i] = second[i];
  return all;
}

// ---- fixes of objects that count for nothing until they are mended

// A word in place of another: safe where only one can be meant, unsafe where it is a guess.
Fix write_instead(SourceSpan node, Scalar value, Safety safety);
Fix rename_key(SourceSpan key, std::string_view name, Safety safety);
Fix remove_field(SourceSpan key, std::string_view name, Safety safety);

// The one of `names` that `name` was probably meant to be.
std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> names);
// The known name that an unknown key was probably meant to be, which may be none; reports the key.
std::optional<std::size_t> report_unknown(Context& context, const Entry& object, yaml::Node key,
                                          std::span<const std::string_view> names);
void report_missing(Context& context, const Entry& object, std::string_view name);
bool expect_mapping(Context& context, const Entry& entry);
// There and not null.
bool is_written(yaml::Node mapping, std::string_view name);

template <class Object>
void read_fields(Context& context, const Entry& entry, std::span<const Field<Object>> fields, Object& into) {
  const yaml::Node mapping = entry.value;
  // By field: it is there and not null, or something else was probably meant to be it.
  llvm::SmallBitVector met(static_cast<unsigned>(fields.size()));
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const yaml::Node key = mapping.key(i), value = mapping.value(i);
    const std::string_view name = key.text();
    const auto known =
        std::find_if(fields.begin(), fields.end(), [&](const Field<Object>& f) { return f.name == name; });
    if (known != fields.end()) {
      if (value.is_null()) continue;
      met.set(static_cast<unsigned>(known - fields.begin()));
      known->read(context, {known->name, value, key.span()}, into);
    } else if (context.strict) {
      std::vector<std::string_view> names;
      for (const Field<Object>& f : fields) names.push_back(f.name);
      const auto meant = report_unknown(context, entry, key, names);
      if (!meant) continue;
      fields[*meant].give_up(into);
      met.set(static_cast<unsigned>(*meant));
    }
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].presence == Presence::Required && !met.test(static_cast<unsigned>(i))) {
      report_missing(context, entry, fields[i].name);
    }
  }
}

// A mapping as a decoder: `object<kFields>` reads a Fields by `kFields`.
template <class Object, const auto& fields>
std::optional<Object> object(Context& context, const Entry& entry) {
  std::optional<Object> into;
  if (expect_mapping(context, entry)) read_fields<Object>(context, entry, fields, into.emplace());
  return into;
}

}  // namespace untrack::frontend::resources
