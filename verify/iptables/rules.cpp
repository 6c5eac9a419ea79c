#include "verify/iptables/rules.h"

#include <algorithm>

#include "verify/iptables/rule.h"
#include "verify/iptables/words.h"
#include "verify/refuse.h"

namespace untrack::verify::iptables {

// XT_EXTENSION_MAXNAMELEN - 1 (linux/netfilter/x_tables.h).
static constexpr std::size_t kLongestChainName = 28;
// NFT_JUMP_STACK_SIZE (net/netfilter/nf_tables.h) less the jump from the built-in chain: iptables-nft has
// nft's limit.
static constexpr int kMostJumps = 14;

class FileParser {
 public:
  FileParser(ir::IpVersion version, BesidePrograms beside_programs) : version_(version) {
    file_.takes_programs = beside_programs == BesidePrograms::Yes;
  }

  RuleFile run(std::string_view text) {
    for (const Line& line : lines(text)) read(line);
    if (!table_.empty()) refuse(0, "the last table has no COMMIT: nothing of it would be loaded");
    if (has_raw_) check();
    return std::move(file_);
  }

 private:
  void read(const Line& line);
  void begin_table(const Line& line);
  void declare(const Line& line);
  void command(const Line& line);
  void append(WordCursor& at, bool in_front);
  void append_to_builtin(WordCursor& at, std::string_view chain);
  Chain& existing(WordCursor& at);
  void check() const;
  void check_targets(const Chain& chain) const;
  void check_marks() const;
  bool writes_mark(const Rule& rule) const;
  int depth_below(const std::string& name, std::uint32_t line, int above,
                  std::map<std::string, int>& depths) const;

  ir::IpVersion version_;
  RuleFile file_;
  std::string table_;  // between `*raw` and COMMIT
  bool has_raw_ = false;
};

static bool is_builtin(std::string_view chain) {
  return chain == "PREROUTING" || chain == "INPUT" || chain == "FORWARD" || chain == "OUTPUT" ||
         chain == "POSTROUTING";
}

void FileParser::read(const Line& line) {
  const std::string& first = line.words.front();
  if (first.starts_with('*')) return begin_table(line);
  if (table_.empty()) refuse(line.number, "`{}` stands before the table that it belongs to", first);
  if (first == "COMMIT") {
    table_.clear();
  } else if (first.starts_with(':')) {
    declare(line);
  } else {
    command(line);
  }
}

void FileParser::begin_table(const Line& line) {
  if (!table_.empty()) refuse(line.number, "the table before has no COMMIT");
  table_ = line.words.front().substr(1);
  if (table_ != "raw") {
    refuse(line.number, "table `{}` is not understood; give the output of `iptables-save -t raw`", table_);
  }
  has_raw_ = true;
}

// `:untrack-prerouting - [0:0]` makes the chain, or empties it; `:OUTPUT ACCEPT` sets the policy of a
// built-in one.
void FileParser::declare(const Line& line) {
  WordCursor at(line);
  const std::string name = at.next("a chain").substr(1);
  const std::string& policy = at.next("a policy");
  if (is_builtin(name)) {
    if (policy != "ACCEPT") refuse(line.number, "the policy of {} is {}", name, policy);
    return;
  }
  if (name.empty() || name.size() > kLongestChainName) {
    refuse(line.number, "a chain name has 1 to {} characters", kLongestChainName);
  }
  if (policy != "-") refuse(line.number, "`{}` is no policy of a user-defined chain", policy);
  file_.chains[name] = Chain{.line = line.number};
}

Chain& FileParser::existing(WordCursor& at) {
  const std::string& name = at.next("the name of a chain");
  const auto found = file_.chains.find(name);
  if (found == file_.chains.end()) refuse(at.line(), "there is no chain `{}`", name);
  return found->second;
}

void FileParser::command(const Line& line) {
  WordCursor at(line);
  const std::string& first = at.next("a command");
  // Counters, as iptables-save -c prints them before each rule.
  const std::string& verb = first.starts_with('[') && first.ends_with(']') ? at.next("a command") : first;
  if (verb == "-A" || verb == "--append") return append(at, false);
  if (verb == "-I" || verb == "--insert") return append(at, true);
  if (verb == "-F" || verb == "--flush") {
    if (at.at_end()) refuse(line.number, "`-F` without a chain empties those of others");
    Chain& chain = existing(at);
    if (!at.at_end()) refuse(line.number, "`{}` is not understood", at.next("nothing"));
    chain.rules.clear();
    return;
  }
  if (verb == "-N" || verb == "--new-chain") {
    const std::string& name = at.next("the name of a chain");
    const bool is_new = file_.chains.try_emplace(name, Chain{.line = line.number}).second;
    if (!is_new || !at.at_end()) refuse(line.number, "`-N {}` fails or is not understood", name);
    return;
  }
  refuse(line.number, "the command `{}` is not understood", verb);
}

// The jump that `apply` adds is the one rule of a built-in chain that a dump may show.
void FileParser::append_to_builtin(WordCursor& at, std::string_view chain) {
  const Rule rule = parse_rule(at, version_, file_);
  const auto* jump = std::get_if<Jump>(&rule.target);
  const std::string_view entry = chain == "PREROUTING" ? kEntryIngress
                                 : chain == "OUTPUT"   ? kEntryEgress
                                                       : "";
  if (jump == nullptr || jump->chain != entry || !rule.matches.empty() || !jump->comes_back) {
    refuse(rule.line, "a rule of {} that is not the jump to the chains that are read", chain);
  }
}

void FileParser::append(WordCursor& at, bool in_front) {
  if (!at.at_end() && is_builtin(WordCursor(at).next("a chain"))) {
    const std::string chain = at.next("a chain");
    if (in_front) at.take("1");
    return append_to_builtin(at, chain);
  }
  Chain& chain = existing(at);
  if (in_front) at.take("1");
  Rule rule = parse_rule(at, version_, file_);
  chain.rules.insert(in_front ? chain.rules.begin() : chain.rules.end(), std::move(rule));
}

// ---- what must hold of the whole table

void FileParser::check_targets(const Chain& chain) const {
  for (const Rule& rule : chain.rules) {
    const auto* jump = std::get_if<Jump>(&rule.target);
    if (jump != nullptr && !file_.chains.contains(jump->chain)) {
      refuse(rule.line, "`{}` is neither a chain nor a target that is understood", jump->chain);
    }
  }
}

// The longest way down from a chain, in jumps. Ends on loops too: they are deeper than allowed.
int FileParser::depth_below(const std::string& name, std::uint32_t line, int above,
                            std::map<std::string, int>& depths) const {
  if (above > kMostJumps) refuse(line, "chains call each other in a loop, or more than {} deep", kMostJumps);
  if (const auto known = depths.find(name); known != depths.end()) {
    if (above + known->second > kMostJumps)
      refuse(line, "chains call each other more than {} deep", kMostJumps);
    return known->second;
  }
  int depth = 0;
  for (const Rule& rule : file_.chains.find(name)->second.rules) {
    const auto* jump = std::get_if<Jump>(&rule.target);
    if (jump != nullptr) depth = std::max(depth, 1 + depth_below(jump->chain, rule.line, above + 1, depths));
  }
  depths.emplace(name, depth);
  return depth;
}

// Itself, or where it jumps to: chains do not loop.
bool FileParser::writes_mark(const Rule& rule) const {
  if (std::holds_alternative<MarkTarget>(rule.target)) return true;
  const auto* jump = std::get_if<Jump>(&rule.target);
  return jump != nullptr && jump->comes_back &&
         std::ranges::any_of(file_.chains.find(jump->chain)->second.rules,
                             [this](const Rule& each) { return writes_mark(each); });
}

// A test stands for what packets come with, so nothing may have written the bit before. Understood in the
// chains where packets enter.
void FileParser::check_marks() const {
  if (!file_.tested_mark) return;
  for (const auto& [name, chain] : file_.chains) {
    bool written = name != kEntryIngress && name != kEntryEgress;
    for (const Rule& rule : chain.rules) {
      const bool tested = std::ranges::any_of(
          rule.matches, [](const Match& match) { return std::holds_alternative<MarkMatch>(match); });
      if (tested && written)
        refuse(rule.line, "the packet mark is tested where rules before may have written it");
      written = written || writes_mark(rule);
    }
  }
}

void FileParser::check() const {
  for (const auto& [name, chain] : file_.chains) check_targets(chain);
  std::map<std::string, int> depths;
  for (const auto& [name, chain] : file_.chains) depth_below(name, chain.line, 0, depths);
  check_marks();
  for (const std::string_view entry : {kEntryIngress, kEntryEgress}) {
    if (!file_.chains.contains(entry)) refuse(0, "there is no chain `{}`, where packets would enter", entry);
  }
}

RuleFile parse_rules(std::string_view text, ir::IpVersion version, BesidePrograms beside_programs) {
  return FileParser(version, beside_programs).run(text);
}

}  // namespace untrack::verify::iptables
