#include "verify/iptables/rule.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "verify/iptables/values.h"
#include "verify/number.h"
#include "verify/refuse.h"

namespace untrack::verify::iptables {

// XT_MULTI_PORTS (linux/netfilter/xt_multiport.h); a range takes two.
static constexpr int kMultiportSlots = 15;
// `--log-prefix` takes so many characters (iptables-extensions(8), LOG).
static constexpr std::size_t kLongestLogPrefix = 29;
// IPSET_DIM_MAX - 1 (linux/netfilter/ipset/ip_set.h): dimensions beyond 3 are not made by any set type here.
static constexpr std::size_t kMostSetDimensions = 3;

static constexpr std::string_view kExtensions[] = {"tcp",   "udp", "sctp",    "multiport", "icmp",
                                                   "icmp6", "set", "comment", "limit"};
// Beside programs of ours.
static constexpr std::string_view kProgramExtensions[] = {"mark", "bpf"};

class RuleParser {
 public:
  RuleParser(WordCursor& at, ir::IpVersion version, RuleFile& file)
      : at_(at), version_(version), file_(file) {}

  Rule run() {
    rule_.line = at_.line();
    while (!at_.at_end()) {
      const bool negated = at_.take("!");
      option(at_.next("an option"), negated);
    }
    return finish();
  }

 private:
  [[noreturn]] void not_understood(std::string_view option) const {
    refuse(at_.line(), "`{}` is not understood", option);
  }
  void option(const std::string& option, bool negated);
  bool builtin_option(std::string_view option, bool negated);
  bool extension_option(std::string_view option, bool negated);
  bool target_option(std::string_view option);
  bool mark(std::string_view option);

  void protocol(bool negated);
  void interface(bool input, bool negated);
  void load(std::string_view extension);
  bool loaded(std::string_view extension) const {
    return std::find(loaded_.begin(), loaded_.end(), extension) != loaded_.end();
  }
  ir::Protocol ports_protocol(std::string_view extension);
  HeaderMatch& header();
  PortsTest single_range(bool negated);
  void multiport(bool source, bool destination, bool negated);
  void icmp(bool negated);
  void match_set(bool negated);
  void mark_match();
  void program_match();
  void note_program();
  void limit();
  void target(bool comes_back);
  void check_limit() const;
  Rule finish();

  WordCursor& at_;
  ir::IpVersion version_;
  RuleFile& file_;
  Rule rule_;
  std::vector<Match> builtin_;
  std::optional<ProtocolMatch> protocol_;
  std::vector<std::string> loaded_;
  std::optional<std::size_t> header_;  // index in rule_.matches
  std::optional<ir::LogLimit> limit_;
  std::size_t matches_before_limit_ = 0;
  std::string target_name_;
  bool has_target_option_ = false;
  std::string out_interface_;   // of `-o` with one name; else empty
  std::string program_digest_;  // of `-m bpf`
};

void RuleParser::option(const std::string& option, bool negated) {
  if (builtin_option(option, negated) || extension_option(option, negated)) return;
  if (!negated && target_option(option)) return;
  not_understood(negated ? "! " + option : option);
}

// ---- ip_tables itself

bool RuleParser::builtin_option(std::string_view option, bool negated) {
  const auto is = [&](std::initializer_list<std::string_view> spellings) {
    return std::find(spellings.begin(), spellings.end(), option) != spellings.end();
  };
  if (is({"-p", "--protocol"})) {
    protocol(negated);
  } else if (is({"-s", "--source", "--src"})) {
    builtin_.push_back(
        AddressMatch{true, parse_network(at_.next("an address"), version_, at_.line()), negated});
  } else if (is({"-d", "--destination", "--dst"})) {
    builtin_.push_back(
        AddressMatch{false, parse_network(at_.next("an address"), version_, at_.line()), negated});
  } else if (is({"-i", "--in-interface"})) {
    interface(true, negated);
  } else if (is({"-o", "--out-interface"})) {
    interface(false, negated);
  } else if (version_ == ir::IpVersion::V4 && is({"-f", "--fragment"})) {
    builtin_.push_back(LaterFragmentMatch{negated});
  } else if (!negated && is({"-m", "--match"})) {
    load(at_.next("the name of a match"));
  } else if (!negated && is({"-j", "--jump"})) {
    target(true);
  } else if (!negated && is({"-g", "--goto"})) {
    target(false);
  } else {
    return false;
  }
  return true;
}

// Number 0 is `all` (iptables(8), -p): it tests nothing.
void RuleParser::protocol(bool negated) {
  if (protocol_) refuse(at_.line(), "more than one `-p`");
  const std::string& text = at_.next("a protocol");
  const ir::Protocol protocol = text == "all" ? ir::Protocol{0} : parse_protocol_word(text, at_.line());
  protocol_ = ProtocolMatch{protocol, negated};
  if (protocol.number != 0) {
    builtin_.push_back(*protocol_);
  } else if (negated) {
    refuse(at_.line(), "`! -p {}` never matches, and iptables refuses it", text);
  }
}

// `eth0`, or `eth+` for all names that begin so (iptables(8), -i).
void RuleParser::interface(bool input, bool negated) {
  std::string name = at_.next("an interface name");
  const bool wildcard = name.ends_with('+');
  if (wildcard) name.pop_back();
  if ((name.empty() && !wildcard) || name.size() > kLongestInterfaceName) {
    refuse(at_.line(), "an interface name has 1 to {} characters", kLongestInterfaceName);
  }
  (wildcard ? file_.interface_prefixes : file_.interface_names).insert(name);
  if (!input && !negated && !wildcard) out_interface_ = name;
  const Range names = wildcard ? names_beginning(name) : Range{name_number(name), name_number(name)};
  builtin_.push_back(InterfaceMatch{input, names, negated});
}

// ---- extensions

void RuleParser::load(std::string_view extension) {
  const auto is_in = [&](const auto& list) {
    return std::find(std::begin(list), std::end(list), extension) != std::end(list);
  };
  if (!is_in(kExtensions) && !(file_.takes_programs && is_in(kProgramExtensions)))
    refuse(at_.line(), "`-m {}` is not understood", extension);
  loaded_.emplace_back(extension);
  if (extension == "tcp" || extension == "udp" || extension == "sctp") {
    if (header_) refuse(at_.line(), "the rule reads the transport header twice");
    header_ = rule_.matches.size();
    rule_.matches.push_back(HeaderMatch{.protocol = ports_protocol(extension)});
  }
}

// `-m tcp` and `-m multiport` ask for `-p` with a protocol that has ports, not negated (xt_tcpudp.c,
// xt_multiport.c).
ir::Protocol RuleParser::ports_protocol(std::string_view extension) {
  if (!protocol_ || protocol_->negated || !ir::has_ports(protocol_->protocol)) {
    refuse(at_.line(), "`-m {}` needs `-p` with tcp, udp or sctp before it", extension);
  }
  if (extension != "multiport" && extension != ir::to_string(protocol_->protocol)) {
    refuse(at_.line(), "`-m {}` in a rule for another protocol", extension);
  }
  return protocol_->protocol;
}

// `-p tcp --dport 80` loads the match `tcp` by itself.
HeaderMatch& RuleParser::header() {
  if (!header_) {
    if (!protocol_) refuse(at_.line(), "a port needs `-p` before it");
    load(ir::to_string(protocol_->protocol));
  }
  return std::get<HeaderMatch>(rule_.matches[*header_]);
}

// `80`, `80:90`, `:90`, `80:`
PortsTest RuleParser::single_range(bool negated) {
  const Halves ends = split(at_.next("a port"), ':');
  const ir::Port first =
      ends.behind && ends.before.empty() ? ir::Port{0} : parse_port(ends.before, at_.line());
  const ir::Port last = !ends.behind           ? first
                        : ends.behind->empty() ? ir::Port{0xffff}
                                               : parse_port(*ends.behind, at_.line());
  if (last < first) refuse(at_.line(), "a range of ports ends before it begins");
  return {ir::PortSet({{first, last}}), negated};
}

void RuleParser::multiport(bool source, bool destination, bool negated) {
  if (!loaded("multiport")) refuse(at_.line(), "a list of ports needs `-m multiport` before it");
  MultiportMatch match{ports_protocol("multiport"), source, destination, {}};
  std::vector<ir::PortRange> ranges;
  int slots = 0;
  std::optional<std::string_view> rest = at_.next("a list of ports");
  while (rest) {
    const Halves item = split(*rest, ',');
    const Halves ends = split(item.before, ':');
    const ir::Port first = parse_port(ends.before, at_.line());
    const ir::Port last = ends.behind ? parse_port(*ends.behind, at_.line()) : first;
    if (last < first) refuse(at_.line(), "a range of ports ends before it begins");
    ranges.push_back({first, last});
    slots += ends.behind ? 2 : 1;
    rest = item.behind;
  }
  if (slots > kMultiportSlots)
    refuse(at_.line(), "a multiport match has {} slots, a range takes two", kMultiportSlots);
  match.test = {ir::PortSet(std::move(ranges)), negated};
  rule_.matches.push_back(std::move(match));
}

// `8`, `8/0`, `any`; the last is type 255 for the kernel (icmp_type_code_match, xt_tcpudp.c).
void RuleParser::icmp(bool negated) {
  const ir::Protocol needed = version_ == ir::IpVersion::V4 ? ir::kIcmp : ir::kIcmp6;
  if (!protocol_ || protocol_->negated || protocol_->protocol != needed) {
    refuse(at_.line(), "an ICMP type needs `-p {}` before it", ir::to_string(needed));
  }
  const std::string& text = at_.next("an ICMP type");
  IcmpMatch match{{0, 255}, {0, 255}, negated};
  const bool any = version_ == ir::IpVersion::V4 && (text == "any" || text == "255");
  if (!any) {
    const Halves halves = split(text, '/');
    const auto type = parse_number(halves.before, 255);
    const auto code = halves.behind ? parse_number(*halves.behind, 255) : std::nullopt;
    if (!type || (halves.behind && !code))
      refuse(at_.line(), "`{}` is no ICMP TYPE or TYPE/CODE; write numbers", text);
    match.types = {*type, *type};
    if (code) match.codes = {*code, *code};
  }
  rule_.matches.push_back(match);
}

void RuleParser::match_set(bool negated) {
  SetMatch match{at_.next("the name of a set"), {}, negated};
  std::optional<std::string_view> rest = at_.next("`src` or `dst`");
  while (rest) {
    const Halves item = split(*rest, ',');
    if (item.before != "src" && item.before != "dst")
      refuse(at_.line(), "`{}` is neither `src` nor `dst`", item.before);
    match.source.push_back(item.before == "src");
    rest = item.behind;
  }
  if (match.source.size() > kMostSetDimensions)
    refuse(at_.line(), "a set has at most {} dimensions", kMostSetDimensions);
  rule_.matches.push_back(std::move(match));
}

// `VALUE/MASK`: the bits of the mask are equal to the value's (iptables-extensions(8), mark). Understood
// where that asks for one bit.
void RuleParser::mark_match() {
  const Halves halves = split(at_.next("a mark"), '/');
  const auto value = parse_number(halves.before, 0xffffffff);
  const auto mask = parse_number(halves.behind.value_or(""), 0xffffffff);
  const auto bit = static_cast<std::uint32_t>(mask.value_or(0));
  if (!value || !std::has_single_bit(bit) || *value != bit || file_.tested_mark.value_or(bit) != bit)
    refuse(at_.line(), "of the packet mark more than one bit is tested, or that it is not set");
  file_.tested_mark = bit;
  rule_.matches.emplace_back(MarkMatch{});
}

// `/sys/fs/bpf/untrack-0123456789ab/untrack_drop` (docs/bpf.md, "Loading").
void RuleParser::program_match() {
  static constexpr std::string_view kFolder = "/sys/fs/bpf/untrack-";
  static constexpr std::size_t kDigits = 12;
  const std::string& path = at_.next("a path");
  const std::string_view digest =
      std::string_view(path).substr(std::min(kFolder.size(), path.size()), kDigits);
  const std::string_view program =
      std::string_view(path).substr(std::min(kFolder.size() + kDigits, path.size()));
  const bool allows = program == "/untrack_allow";
  if (!path.starts_with(kFolder) || digest.size() != kDigits || (!allows && program != "/untrack_drop"))
    refuse(at_.line(), "`{}` is no program of `untrack`", path);
  if (!program_digest_.empty()) refuse(at_.line(), "the rule asks two programs");
  program_digest_ = digest;
  rule_.matches.emplace_back(ProgramMatch{allows});
}

// A program judges packets as of the interface that its object is for.
void RuleParser::note_program() {
  if (program_digest_.empty()) return;
  if (out_interface_.empty())
    refuse(rule_.line, "a pinned program is understood only where `-o` names one interface");
  file_.pinned.push_back({out_interface_, program_digest_, rule_.line});
}

// `10/second`, `10/sec`, `10/s`: the unit may be cut short (iptables-extensions(8), limit).
void RuleParser::limit() {
  const std::string& text = at_.next("a rate");
  const Halves halves = split(text, '/');
  const auto rate = parse_number(halves.before, 0xffffffff);
  if (!rate || *rate == 0) refuse(at_.line(), "`{}` is no rate", text);
  limit_->rate = static_cast<std::uint32_t>(*rate);
  const std::string_view unit = halves.behind.value_or("second");
  for (const std::string_view known : {"second", "minute", "hour", "day"}) {
    if (unit.empty() || !known.starts_with(unit)) continue;
    limit_->unit = known;
    return;
  }
  refuse(at_.line(), "`{}` is no unit of time", unit);
}

bool RuleParser::extension_option(std::string_view option, bool negated) {
  const auto is = [&](std::initializer_list<std::string_view> spellings) {
    return std::find(spellings.begin(), spellings.end(), option) != spellings.end();
  };
  if (is({"--sport", "--source-port"})) {
    header().source = single_range(negated);
  } else if (is({"--dport", "--destination-port"})) {
    header().destination = single_range(negated);
  } else if (is({"--sports", "--source-ports"})) {
    multiport(true, false, negated);
  } else if (is({"--dports", "--destination-ports"})) {
    multiport(false, true, negated);
  } else if (is({"--ports"})) {
    multiport(true, true, negated);
  } else if (is({version_ == ir::IpVersion::V4 ? "--icmp-type" : "--icmpv6-type"})) {
    icmp(negated);
  } else if (loaded("set") && is({"--match-set"})) {
    match_set(negated);
  } else if (!negated && loaded("mark") && is({"--mark"})) {
    mark_match();
  } else if (!negated && loaded("bpf") && is({"--object-pinned"})) {
    program_match();
  } else if (!negated && loaded("comment") && is({"--comment"})) {
    at_.next("the text of a comment");
  } else if (!negated && loaded("limit") && is({"--limit", "--limit-burst"})) {
    // Default 3/hour, burst 5 (iptables-extensions(8), limit).
    if (!limit_) limit_ = ir::LogLimit{3, "hour", 5};
    matches_before_limit_ = rule_.matches.size();
    if (option == "--limit") return limit(), true;
    const auto burst = parse_number(at_.next("a burst"), 0xffffffff);
    if (!burst) refuse(at_.line(), "the burst is no number");
    limit_->burst = static_cast<std::uint32_t>(*burst);
  } else {
    return false;
  }
  return true;
}

// ---- targets

void RuleParser::target(bool comes_back) {
  if (!target_name_.empty()) refuse(at_.line(), "more than one target");
  target_name_ = at_.next("a target");
  if (target_name_ == "ACCEPT" && comes_back) {
    rule_.target = Accept{};
  } else if (target_name_ == "DROP" && comes_back) {
    rule_.target = Drop{};
  } else if (target_name_ == "RETURN" && comes_back) {
    rule_.target = Return{};
  } else if (target_name_ == "LOG" && comes_back) {
    rule_.target = Log{};
  } else if (target_name_ == "MARK" && comes_back) {
    rule_.target = MarkTarget{};
  } else if ((target_name_ == "NOTRACK" || target_name_ == "CT") && comes_back) {
    rule_.target = Notrack{};
    has_target_option_ = target_name_ == "NOTRACK";
  } else {
    rule_.target = Jump{target_name_, comes_back};
  }
}

// `--set-xmark VALUE/MASK`: the bits of the mask become 0, then those of the value are flipped
// (iptables-extensions(8), MARK). Understood where that writes one bit.
bool RuleParser::mark(std::string_view option) {
  if (option != "--set-xmark") return false;
  const Halves halves = split(at_.next("a mark"), '/');
  const auto value = parse_number(halves.before, 0xffffffff);
  const auto mask = parse_number(halves.behind.value_or("0xffffffff"), 0xffffffff);
  const auto bit = static_cast<std::uint32_t>(mask.value_or(0));
  const bool one_bit = value && std::has_single_bit(bit) && (*value == 0 || *value == bit);
  if (!one_bit || file_.mark.value_or(bit) != bit)
    refuse(at_.line(), "more than one bit of the packet mark is written");
  file_.mark = bit;
  rule_.target = MarkTarget{*value == bit};
  has_target_option_ = true;
  return true;
}

bool RuleParser::target_option(std::string_view option) {
  if (target_name_ == "CT" && option == "--notrack") {
    has_target_option_ = true;
    return true;
  }
  if (target_name_ == "MARK") return mark(option);
  if (target_name_ != "LOG") return false;
  auto& log = std::get<Log>(rule_.target).log;
  if (option == "--log-prefix") {
    log.prefix = at_.next("the prefix");
    if (log.prefix.size() > kLongestLogPrefix)
      refuse(at_.line(), "a log prefix has at most {} characters", kLongestLogPrefix);
    return true;
  }
  if (option != "--log-level") return false;
  at_.next("a log level");  // changes no verdict and no text
  return true;
}

// A limit is understood where it limits nothing but a log, and where only packets that match take from it: as
// the last test.
void RuleParser::check_limit() const {
  if (!std::holds_alternative<Log>(rule_.target)) {
    refuse(rule_.line, "a limit that limits more than a log makes the verdict depend on time");
  }
  if (matches_before_limit_ != rule_.matches.size()) {
    refuse(rule_.line, "the limit stands before other tests: packets that fail them would use it up");
  }
}

Rule RuleParser::finish() {
  if (loaded("limit") && !limit_) limit_ = ir::LogLimit{3, "hour", 5};
  if (limit_) {
    check_limit();
    std::get<Log>(rule_.target).log.limit = limit_;
  }
  const bool needs_option = target_name_ == "CT" || target_name_ == "MARK";
  if (needs_option && !has_target_option_)
    refuse(rule_.line, "`-j {}` is not understood without its option", target_name_);
  note_program();
  rule_.matches.insert(rule_.matches.begin(), builtin_.begin(), builtin_.end());
  return std::move(rule_);
}

Rule parse_rule(WordCursor& at, ir::IpVersion version, RuleFile& file) {
  return RuleParser(at, version, file).run();
}

}  // namespace untrack::verify::iptables
