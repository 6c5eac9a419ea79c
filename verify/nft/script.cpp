#include "verify/nft/script.h"

#include <algorithm>
#include <iterator>

#include "verify/nft/check.h"
#include "verify/nft/cursor.h"
#include "verify/nft/expression.h"
#include "verify/nft/names.h"
#include "verify/nft/statement.h"

namespace untrack::verify::nft {

class ScriptParser {
 public:
  ScriptParser(std::span<const Token> tokens, MarkTests mark_tests) : at_(tokens) {
    script_.takes_mark_tests = mark_tests == MarkTests::Understood;
  }
  Script run() {
    at_.skip_newlines();
    while (!at_.at_end()) {
      command();
      at_.take_statement_end();
      while (at_.take_sign(";") || at_.take_newline()) {
      }
    }
    return std::move(script_);
  }

 private:
  using TableName = std::pair<Family, std::string>;

  void command();
  void add_command();
  void insert_command();
  void delete_command();
  void flush_command();

  TableName table_name();
  Table& existing_table();
  Chain& existing_chain(Table& table);
  Set& existing_set(Table& table);

  void table_block(Table& table);
  void table_part(Table& table);
  void chain(Table& table);
  void chain_block(Chain& chain);
  void hook(Chain& chain);
  void policy(Chain& chain);
  void set(Table& table, bool verdict_map);
  void set_block(Set& set);
  void set_part(Set& set);
  void set_type(Set& set);
  void set_flags(Set& set);
  void add_elements(Set& set);
  void skip_comment();

  Cursor at_;
  Script script_;
};

// ---- hooks

// A number, a name, or a name with an offset (nft(8), "CHAINS", standard priority names).
static std::int32_t parse_priority(Cursor& at) {
  struct Named {
    std::string_view name;
    std::int32_t priority;
  };
  static constexpr Named kNamed[] = {{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
                                     {"filter", 0}, {"security", 50}, {"srcnat", 100}};
  static constexpr std::uint64_t kMost = 1'000'000;
  std::int32_t base = 0;
  bool named = false;
  if (at.peek().kind == Token::Kind::Word) {
    const std::uint32_t line = at.line();
    const std::string_view name = at.next().text;
    const auto found =
        std::find_if(std::begin(kNamed), std::end(kNamed), [&](const Named& n) { return n.name == name; });
    if (found == std::end(kNamed)) refuse(line, "the priority `{}` is not understood", name);
    base = found->priority;
    named = true;
  }
  const bool minus = at.take_sign("-");
  const bool plus = !minus && at.take_sign("+");
  if (named && !minus && !plus) return base;
  const auto offset = static_cast<std::int32_t>(at.number("priority", kMost));
  return minus ? base - offset : base + offset;
}

Hook parse_hook(Cursor& at) {
  at.expect_word("type");
  Hook hook;
  hook.chain_type = at.word("a chain type");
  at.expect_word("hook");
  hook.name = at.word("the name of a hook");
  at.expect_word("priority");
  hook.priority = parse_priority(at);
  return hook;
}

// ---- names

static std::optional<Family> family_named(std::string_view word) {
  if (word == "ip") return Family::Ip;
  if (word == "ip6") return Family::Ip6;
  if (word == "inet") return Family::Inet;
  return std::nullopt;
}

// `inet untrack`; without a family it is `ip` (nft(8), "TABLES").
ScriptParser::TableName ScriptParser::table_name() {
  for (const std::string_view other : {"arp", "bridge", "netdev"}) {
    if (at_.at_word(other)) refuse(at_.line(), "a table of family `{}` is not understood", other);
  }
  const auto family = family_named(at_.peek().text);
  if (family) at_.next();
  return {family.value_or(Family::Ip), std::string(at_.word("the name of a table"))};
}

Table& ScriptParser::existing_table() {
  const std::uint32_t line = at_.line();
  const TableName name = table_name();
  const auto found = script_.tables.find(name);
  if (found == script_.tables.end()) {
    refuse(line,
           "there is no table `{}` yet: the command fails where it is not loaded; write `table …` before",
           name.second);
  }
  return found->second;
}

Chain& ScriptParser::existing_chain(Table& table) {
  const std::uint32_t line = at_.line();
  const std::string_view name = at_.word("the name of a chain");
  const auto found = table.chains.find(name);
  if (found == table.chains.end()) refuse(line, "there is no chain `{}`", name);
  return found->second;
}

Set& ScriptParser::existing_set(Table& table) {
  const std::uint32_t line = at_.line();
  const std::string_view name = at_.word("the name of a set");
  const auto found = table.sets.find(name);
  if (found == table.sets.end()) refuse(line, "there is no set or map `{}`", name);
  return found->second;
}

// ---- commands

void ScriptParser::command() {
  if (at_.take_word("add") || at_.take_word("create")) return add_command();
  if (at_.take_word("insert")) return insert_command();
  if (at_.take_word("delete")) return delete_command();
  if (at_.take_word("flush")) return flush_command();
  add_command();  // `table inet t {…}` without a verb adds
}

void ScriptParser::add_command() {
  if (at_.take_word("table")) {
    const std::uint32_t line = at_.line();
    Table& table = script_.tables.try_emplace(table_name()).first->second;
    table.line = line;
    if (at_.at_sign("{")) table_block(table);
  } else if (at_.take_word("chain")) {
    chain(existing_table());
  } else if (at_.take_word("rule")) {
    Table& table = existing_table();
    Chain& to = existing_chain(table);
    to.rules.push_back(parse_rule(at_, script_));
  } else if (at_.take_word("set")) {
    set(existing_table(), false);
  } else if (at_.take_word("map")) {
    set(existing_table(), true);
  } else if (at_.take_word("element")) {
    Table& table = existing_table();
    Set& to = existing_set(table);
    add_elements(to);
  } else {
    refuse(at_.line(), "the command `{}` is not understood", at_.peek().text);
  }
}

void ScriptParser::insert_command() {
  at_.expect_word("rule");
  Table& table = existing_table();
  Chain& to = existing_chain(table);
  to.rules.insert(to.rules.begin(), parse_rule(at_, script_));
}

void ScriptParser::delete_command() {
  if (at_.take_word("table")) {
    const std::uint32_t line = at_.line();
    const TableName name = table_name();
    if (script_.tables.erase(name) == 0) {
      refuse(line, "`delete table` fails where the table is not loaded; write `table …` before it");
    }
  } else {
    refuse(at_.line(), "`delete {}` is not understood", at_.peek().text);
  }
}

void ScriptParser::flush_command() {
  const std::uint32_t line = at_.line();
  if (at_.take_word("ruleset")) refuse(line, "`flush ruleset` removes the tables of others");
  if (at_.take_word("table")) {
    for (auto& [name, chain] : existing_table().chains) chain.rules.clear();
  } else if (at_.take_word("chain")) {
    Table& table = existing_table();
    existing_chain(table).rules.clear();
  } else if (at_.take_word("set") || at_.take_word("map")) {
    Table& table = existing_table();
    existing_set(table).elements.clear();
  } else {
    refuse(line, "`flush {}` is not understood", at_.peek().text);
  }
}

// ---- tables

void ScriptParser::skip_comment() {
  at_.expect_word("comment");
  at_.quoted("the text of a comment");
}

void ScriptParser::table_block(Table& table) {
  at_.expect_sign("{");
  while (!at_.take_sign("}")) {
    if (at_.take_newline() || at_.take_sign(";")) continue;
    table_part(table);
  }
}

void ScriptParser::table_part(Table& table) {
  if (at_.take_word("chain")) {
    chain(table);
  } else if (at_.take_word("set")) {
    set(table, false);
  } else if (at_.take_word("map")) {
    set(table, true);
  } else if (at_.at_word("comment")) {
    skip_comment();
  } else {
    refuse(at_.line(), "`{}` in a table is not understood", at_.peek().text);
  }
}

// ---- chains

void ScriptParser::chain(Table& table) {
  const std::uint32_t line = at_.line();
  Chain& chain = table.chains.try_emplace(std::string(at_.word("the name of a chain"))).first->second;
  chain.line = line;
  if (at_.at_sign("{")) chain_block(chain);
}

void ScriptParser::chain_block(Chain& chain) {
  at_.expect_sign("{");
  while (!at_.take_sign("}")) {
    if (at_.take_newline() || at_.take_sign(";")) continue;
    if (at_.at_end()) at_.unexpected("`}`");
    if (at_.at_word("type")) {
      hook(chain);
    } else if (at_.at_word("policy")) {
      policy(chain);
    } else if (at_.at_word("comment")) {
      skip_comment();
    } else {
      chain.rules.push_back(parse_rule(at_, script_));
    }
    at_.take_statement_end();
  }
}

void ScriptParser::hook(Chain& chain) {
  const std::uint32_t line = at_.line();
  Hook hook = parse_hook(at_);
  if (chain.hook) refuse(line, "the chain has a hook already");
  chain.hook = std::move(hook);
}

void ScriptParser::policy(Chain& chain) {
  at_.expect_word("policy");
  if (!chain.hook) refuse(at_.line(), "a policy needs a hook before it");
  if (at_.take_word("drop")) {
    chain.hook->drops = true;
  } else {
    at_.expect_word("accept");
  }
}

// ---- sets and maps

void ScriptParser::set(Table& table, bool verdict_map) {
  const std::uint32_t line = at_.line();
  const std::string name(at_.word("the name of a set"));
  const auto [place, is_new] = table.sets.try_emplace(name);
  Set& set = place->second;
  if (!is_new && set.verdict_map != verdict_map) refuse(line, "`{}` is both a set and a map", name);
  set.verdict_map = verdict_map;
  set.line = line;
  if (at_.at_sign("{")) set_block(set);
  if (set.types.empty()) refuse(line, "`{}` has no type", name);
}

void ScriptParser::set_block(Set& set) {
  at_.expect_sign("{");
  while (!at_.take_sign("}")) {
    if (at_.take_newline() || at_.take_sign(";")) continue;
    set_part(set);
    at_.take_statement_end();
  }
}

void ScriptParser::set_part(Set& set) {
  if (at_.at_word("type") || at_.at_word("typeof")) {
    set_type(set);
  } else if (at_.take_word("flags")) {
    set_flags(set);
  } else if (at_.take_word("elements")) {
    if (set.types.empty()) refuse(at_.line(), "elements stand before the type of their set");
    at_.expect_sign("=");
    add_elements(set);
  } else if (at_.take_word("size")) {
    at_.number("size", 0xffffffff);
  } else if (at_.take_word("policy")) {
    if (!at_.take_word("performance")) at_.expect_word("memory");
  } else if (at_.at_word("comment")) {
    skip_comment();
  } else if (!at_.take_word("auto-merge") && !at_.take_word("counter")) {
    refuse(at_.line(), "`{}` in a set is not understood", at_.peek().text);
  }
}

void ScriptParser::set_type(Set& set) {
  const std::uint32_t line = at_.line();
  std::vector<Type> types;
  if (at_.take_word("typeof")) {
    types = types_of(parse_key(at_));
  } else {
    at_.expect_word("type");
    do {
      const std::string_view name = at_.word("a data type");
      const auto type = type_named(name);
      if (!type) refuse(line, "the data type `{}` is not understood", name);
      types.push_back(*type);
    } while (at_.take_sign("."));
  }
  if (set.verdict_map) {
    at_.expect_sign(":");
    at_.expect_word("verdict");
  }
  if (!set.types.empty() && set.types != types) refuse(line, "the set has another type already");
  set.types = std::move(types);
}

void ScriptParser::set_flags(Set& set) {
  do {
    const std::uint32_t line = at_.line();
    const std::string_view flag = at_.word("a set flag");
    if (flag == "interval") {
      set.interval = true;
    } else if (flag != "constant") {
      refuse(line, "the set flag `{}` is not understood", flag);
    }
  } while (at_.take_sign(","));
}

void ScriptParser::add_elements(Set& set) {
  std::vector<Element> more = parse_elements(at_, set.types, set.verdict_map, script_);
  std::move(more.begin(), more.end(), std::back_inserter(set.elements));
}

Script parse_script(std::string_view text, MarkTests mark_tests) {
  const std::vector<Token> list = tokens(text);
  Script script = ScriptParser(list, mark_tests).run();
  check(script);
  return script;
}

}  // namespace untrack::verify::nft
