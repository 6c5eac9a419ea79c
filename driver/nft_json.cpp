#include "driver/nft_json.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "verify/dump.h"
#include "verify/nft/names.h"

namespace untrack::driver {

using Json = nlohmann::json;

namespace {

struct Unknown {
  std::string what;
};

[[noreturn]] void unknown(std::string what) {
  throw Unknown{std::move(what)};
}

// ---- parts of objects

void check_keys(const Json& object, std::string_view of, std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end()) unknown(fmt::format("`{}` of {}", key, of));
  }
}

// Statements and expressions are objects of one key.
std::pair<std::string, const Json&> only(const Json& object) {
  if (!object.is_object() || object.size() != 1) unknown(object.dump());
  return {object.begin().key(), object.begin().value()};
}

std::string string_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) unknown(fmt::format("an object without `{}`", key));
  // Names and words only: nothing that would be read as more than one.
  const auto& text = found->get_ref<const std::string&>();
  if (text.find_first_of("\"\n{};") != std::string::npos) unknown(fmt::format("the {} `{}`", key, text));
  return text;
}

template <class Texts>
std::string joined(const Json& list, std::string_view separator, const Texts& text) {
  std::vector<std::string> parts;
  for (const Json& each : list) parts.push_back(text(each));
  return fmt::format("{}", fmt::join(parts, separator));
}

// ---- expressions

enum class Words : std::uint8_t;
std::string value(const Json& json, Words words);

std::string quoted(const std::string& text) {
  if (text.find_first_of("\"\n") != std::string::npos) unknown(fmt::format("the text `{}`", text));
  return '"' + text + '"';
}

// Interface names stand in quotes, all other words without; those of ICMP are numbers in a range.
enum class Words : std::uint8_t { Plain, Names, IcmpTypes, IcmpCodes, Icmpv6Types, Icmpv6Codes };

// nft prints `0-255` as a range from `echo-reply`.
std::string bound(const Json& json, Words words) {
  using verify::nft::Type;
  static const std::map<Words, Type> kTypes = {{Words::IcmpTypes, Type::IcmpType},
                                               {Words::IcmpCodes, Type::IcmpCode},
                                               {Words::Icmpv6Types, Type::Icmpv6Type},
                                               {Words::Icmpv6Codes, Type::Icmpv6Code}};
  const auto type = kTypes.find(words);
  if (!json.is_string() || type == kTypes.end()) return value(json, words);
  const auto& word = json.get_ref<const std::string&>();
  const auto number = verify::nft::constant(type->second, word);
  if (!number) unknown(fmt::format("the range end `{}`", word));
  return std::to_string(static_cast<unsigned>(*number));
}

std::string value(const Json& json, Words words) {
  if (json.is_number_integer()) return json.dump();
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (words == Words::Names && !text.starts_with('@')) return quoted(text);
    if (text.find_first_of("\" \t\n{};") != std::string::npos) unknown(json.dump());
    return text;
  }
  const auto [kind, of] = only(json);
  const auto part = [&](const Json& each) { return value(each, words); };
  if (kind == "prefix") {
    check_keys(of, "a prefix", {"addr", "len"});
    return fmt::format("{}/{}", part(of.at("addr")), of.at("len").get<int>());
  }
  if (kind == "range") return joined(of, "-", [&](const Json& each) { return bound(each, words); });
  if (kind == "concat") return joined(of, " . ", part);
  if (kind == "set") return fmt::format("{{ {} }}", joined(of, ", ", part));
  if (kind == "elem") {
    check_keys(of, "an element", {"val", "comment", "counter"});
    return part(of.at("val"));
  }
  unknown(json.dump());
}

bool is_name(std::string_view meta_key) {
  return meta_key == "iifname" || meta_key == "oifname";
}

std::string field(const Json& json) {
  const auto [kind, of] = only(json);
  if (kind == "meta") {
    check_keys(of, "meta", {"key"});
    const std::string key = string_of(of, "key");
    return is_name(key) ? key : "meta " + key;
  }
  if (kind == "payload" && of.contains("base")) {
    check_keys(of, "a payload", {"base", "offset", "len"});
    return fmt::format("@{},{},{}", string_of(of, "base"), of.at("offset").get<unsigned>(),
                       of.at("len").get<unsigned>());
  }
  if (kind == "payload") {
    check_keys(of, "a payload", {"protocol", "field"});
    return fmt::format("{} {}", string_of(of, "protocol"), string_of(of, "field"));
  }
  if (kind == "exthdr") {
    check_keys(of, "an extension header", {"name", "field"});
    return of.contains("field") ? fmt::format("{} {}", string_of(of, "name"), string_of(of, "field"))
                                : "exthdr " + string_of(of, "name");
  }
  if (kind == "concat") return joined(of, " . ", field);
  if (kind == "&" && of.size() == 2) return fmt::format("{} & {}", field(of[0]), value(of[1], Words::Plain));
  unknown(json.dump());
}

Words words_of(std::string_view field) {
  static const std::map<std::string_view, Words> kWords = {
      {"iifname", Words::Names},           {"oifname", Words::Names},
      {"icmp type", Words::IcmpTypes},     {"icmp code", Words::IcmpCodes},
      {"icmpv6 type", Words::Icmpv6Types}, {"icmpv6 code", Words::Icmpv6Codes}};
  const auto found = kWords.find(field);
  return found == kWords.end() ? Words::Plain : found->second;
}

// ---- statements

std::string verdict(const Json& json) {
  const auto [kind, of] = only(json);
  if (kind != "goto" && kind != "jump") {
    if (kind != "accept" && kind != "drop" && kind != "return" && kind != "continue") unknown(json.dump());
    return kind;
  }
  check_keys(of, kind, {"target"});
  return fmt::format("{} {}", kind, string_of(of, "target"));
}

std::string entry(const Json& pair) {
  if (!pair.is_array() || pair.size() != 2) unknown(pair.dump());
  return fmt::format("{} : {}", value(pair[0], Words::Plain), verdict(pair[1]));
}

std::string match(const Json& of) {
  check_keys(of, "a match", {"op", "left", "right"});
  const std::string op = string_of(of, "op");
  static constexpr std::string_view kOperators[] = {"==", "!=", "<", ">", "<=", ">="};
  if (std::ranges::find(kOperators, op) == std::end(kOperators))
    unknown(fmt::format("the operator `{}`", op));
  const std::string key = field(of.at("left"));
  return fmt::format("{} {} {}", key, op, value(of.at("right"), words_of(key)));
}

std::string vmap(const Json& of) {
  check_keys(of, "a verdict map", {"key", "data"});
  const Json& data = of.at("data");
  if (data.is_string()) return fmt::format("{} vmap {}", field(of.at("key")), value(data, Words::Plain));
  const auto [kind, entries] = only(data);
  if (kind != "set") unknown(data.dump());
  return fmt::format("{} vmap {{ {} }}", field(of.at("key")), joined(entries, ", ", entry));
}

std::string log(const Json& of) {
  if (of.is_null()) return "log";
  check_keys(of, "a log", {"prefix", "level"});
  std::string text = "log";
  if (of.contains("prefix")) text += " prefix " + quoted(of.at("prefix").get<std::string>());
  if (of.contains("level")) text += " level " + string_of(of, "level");
  return text;
}

std::string limit(const Json& of) {
  check_keys(of, "a limit", {"rate", "burst", "per"});
  const std::string burst =
      of.contains("burst") ? fmt::format(" burst {} packets", of.at("burst").get<unsigned>()) : "";
  return fmt::format("limit rate {}/{}{}", of.at("rate").get<unsigned>(), string_of(of, "per"), burst);
}

std::string mangle(const Json& of) {
  check_keys(of, "a change", {"key", "value"});
  const auto [kind, operands] = only(of.at("value"));
  if ((kind != "|" && kind != "&") || operands.size() != 2) unknown(of.dump());
  return fmt::format("{} set {} {} {}", field(of.at("key")), field(operands[0]), kind,
                     value(operands[1], Words::Plain));
}

std::string statement(const Json& json) {
  const auto [kind, of] = only(json);
  if (kind == "match") return match(of);
  if (kind == "vmap") return vmap(of);
  if (kind == "notrack") return "notrack";
  if (kind == "log") return log(of);
  if (kind == "limit") return limit(of);
  if (kind == "mangle") return mangle(of);
  if (kind == "counter") return "counter";
  return verdict(json);
}

// ---- tables

std::string hook(const Json& chain) {
  const std::string type = string_of(chain, "type"), name = string_of(chain, "hook");
  const std::string policy =
      chain.contains("policy") ? fmt::format(" policy {};", string_of(chain, "policy")) : "";
  return fmt::format("\t\ttype {} hook {} priority {};{}\n", type, name, chain.at("prio").get<int>(), policy);
}

std::string set_text(std::string_view keyword, const Json& set) {
  check_keys(set, "a set",
             {"family", "name", "table", "type", "handle", "map", "flags", "size", "elem", "comment"});
  const Json& type = set.at("type");
  const Words words = type == "ifname" ? Words::Names : Words::Plain;
  const auto word = [](const Json& each) { return value(each, Words::Plain); };
  std::string text = fmt::format("\t{} {} {{\n\t\ttype {}", keyword, string_of(set, "name"),
                                 type.is_array() ? joined(type, " . ", word) : word(type));
  if (keyword == "map") text += " : " + word(set.at("map"));
  text += '\n';
  if (set.contains("flags")) text += fmt::format("\t\tflags {}\n", joined(set.at("flags"), ",", word));
  if (set.contains("size")) text += fmt::format("\t\tsize {}\n", set.at("size").get<unsigned>());
  if (set.contains("elem")) {
    const auto element = [&](const Json& each) {
      return keyword == "map" ? entry(each) : value(each, words);
    };
    text += fmt::format("\t\telements = {{ {} }}\n", joined(set.at("elem"), ", ", element));
  }
  return text + "\t}\n";
}

class Listing {
 public:
  void add(const Json& object) {
    const auto [kind, of] = only(object);
    if (kind == "metainfo") return;
    const std::string family = string_of(of, "family");
    const std::string table = fmt::format("{} {}", family, string_of(of, kind == "table" ? "name" : "table"));
    if (kind == "table") return add_table(table, of);
    if (kind == "chain") return add_chain(table, of);
    if (!is_ours(table)) return;
    if (kind == "set" || kind == "map") {
      tables_.at(table).sets += set_text(kind, of);
    } else if (kind == "rule") {
      add_rule(table, of);
    } else {
      unknown(fmt::format("`{}` of table `{}`", kind, table));
    }
  }

  std::string text() const {
    std::string all;
    for (const std::string& name : order_) {
      const Table& table = tables_.at(name);
      all += fmt::format("table {} {{\n{}", name, table.sets);
      for (const std::string& chain : table.order)
        all += fmt::format("\tchain {} {{\n{}\t}}\n", chain, table.chains.at(chain));
      all += "}\n";
    }
    return all;
  }

 private:
  struct Table {
    std::string sets;
    std::map<std::string, std::string> chains;  // what stands within
    std::vector<std::string> order;
  };

  static bool is_ours(std::string_view table) {
    return std::ranges::any_of(verify::kBpfTables,
                               [&](std::string_view name) { return table == fmt::format("inet {}", name); });
  }

  void add_table(const std::string& name, const Json& of) {
    if (is_ours(name)) check_keys(of, "a table", {"family", "name", "handle"});
    if (tables_.try_emplace(name).second) order_.push_back(name);
  }

  void add_chain(const std::string& table, const Json& of) {
    if (is_ours(table))
      check_keys(of, "a chain", {"family", "table", "name", "handle", "type", "hook", "prio", "policy"});
    const std::string name = string_of(of, "name");
    tables_.at(table).order.push_back(name);
    tables_.at(table).chains[name] = of.contains("hook") ? hook(of) : "";
  }

  void add_rule(const std::string& table, const Json& of) {
    check_keys(of, "a rule", {"family", "table", "chain", "handle", "expr", "comment"});
    tables_.at(table).chains.at(string_of(of, "chain")) +=
        fmt::format("\t\t{}\n", joined(of.at("expr"), " ", statement));
  }

  std::map<std::string, Table> tables_;
  std::vector<std::string> order_;
};

std::string text_of(const Json& listing) {
  Listing made;
  for (const Json& object : listing.at("nftables")) made.add(object);
  return made.text();
}

// Where the next listing begins.
std::size_t next_listing(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('{', from); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool has_nft_json(std::string_view text) {
  return next_listing(text, 0) != std::string_view::npos;
}

std::variant<std::string, Failure> without_nft_json(std::string_view file, std::string_view text) {
  std::string made;
  std::size_t done = 0;
  for (std::size_t at; (at = next_listing(text, done)) != std::string_view::npos;) {
    made += text.substr(done, at - done);
    const auto line = 1 + std::ranges::count(text.substr(0, at), '\n');
    const auto failure = [&](std::string_view what) {
      return Failure{
          ExitStatus::WorldFailed,
          fmt::format("{}:{}: not understood: in the JSON of nft, {}; give what `nft list ruleset` "
                      "prints without `-j`",
                      file, line, what)};
    };
    std::istringstream rest{std::string(text.substr(at))};
    try {
      Json listing;
      rest >> listing;
      made += text_of(listing);
    } catch (const Unknown& found) {
      return failure(found.what);
    } catch (const Json::exception& error) {
      return failure(error.what());
    } catch (const std::out_of_range&) {
      return failure("a name that nothing before it has");
    }
    done = rest.eof() || rest.tellg() < 0 ? text.size() : at + static_cast<std::size_t>(rest.tellg());
  }
  return made.append(text.substr(done));
}

}  // namespace untrack::driver
