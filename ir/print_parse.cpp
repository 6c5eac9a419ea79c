// The reader of the textual form. Every line stands for itself, so this is a loop over lines and, in a line,
// a walk over words: no nesting, no look-ahead past one word.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "ir/print.h"

namespace untrack::ir {

namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `%a3`: the 3, if it names one of `count` sets.
std::optional<std::uint32_t> parse_set_name(std::string_view word, std::string_view sigil,
                                            std::size_t count) {
  if (!word.starts_with(sigil)) return std::nullopt;
  const auto index = parse_number<std::uint32_t>(word.substr(sigil.size()));
  return index && *index < count ? index : std::nullopt;
}

// The undoing of print's quoting. Nothing for a bad escape.
std::optional<std::string> unquoted(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (i + 3 >= text.size() || text[i + 1] != 'x') return std::nullopt;
    unsigned byte = 0;
    const char* const digits = text.data() + i + 2;
    const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 3;
  }
  return out;
}

// The words of one line, from left to right.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) { skip_blanks(); }

  bool done() const { return rest_.empty(); }
  // Up to the next blank; empty at the end of the line.
  std::string_view peek() const { return rest_.substr(0, rest_.find(' ')); }
  std::string_view next() {
    const std::string_view word = peek();
    rest_.remove_prefix(word.size());
    skip_blanks();
    return word;
  }
  bool accept(std::string_view word) {
    if (done() || peek() != word) return false;
    next();
    return true;
  }
  bool at_quote() const { return rest_.starts_with('`'); }
  std::optional<std::string> quoted() {
    if (!at_quote()) return std::nullopt;
    const std::size_t end = rest_.find('`', 1);
    if (end == std::string_view::npos) return std::nullopt;
    auto text = unquoted(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    skip_blanks();
    return text;
  }
  std::string_view rest() const { return rest_; }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  std::string_view rest_;
};

class Parser {
 public:
  std::variant<Ruleset, ParseError> run(std::string_view text) && {
    while (!text.empty() && message_.empty()) {
      const std::size_t end = text.find('\n');
      ++line_;
      parse_line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (message_.empty() && where_ != Where::Top) fail("the text ends before the last `}`");
    if (!message_.empty()) return ParseError{line_, std::move(message_)};
    return std::move(ruleset_);
  }

 private:
  enum class Where { Top, Addresses, Sockets, Hook, Block };

  void parse_line(std::string_view line) {
    Words words(line);
    if (words.done() || words.peek().starts_with('#')) return;
    if (words.rest() == "}") return close();
    switch (where_) {
      case Where::Top: return top(words);
      case Where::Addresses: return address(words);
      case Where::Sockets: return socket(words);
      case Where::Hook: return block(words);
      case Where::Block: return rule(words);
    }
  }

  void fail(std::string message) {
    if (message_.empty()) message_ = std::move(message);
  }
  void unexpected(std::string_view word, std::string_view wanted) {
    fail(fmt::format("expected {}, found `{}`", wanted, word));
  }

  // ---- lines

  void top(Words& words) {
    const std::string_view word = words.next();
    if (word == "node") {
      ruleset_.node = words.rest();
    } else if (word == "hook") {
      hook(words);
    } else if (word.starts_with('%')) {
      set(word, words);
    } else {
      unexpected(word, "`node`, `hook` or a set");
    }
  }

  void set(std::string_view name, Words& words) {
    const bool is_addresses = name.starts_with("%a");
    const std::size_t count = is_addresses ? ruleset_.address_sets.size() : ruleset_.socket_sets.size();
    const std::string expected = fmt::format("%{}{}", is_addresses ? 'a' : 's', count);
    if (name != expected) return unexpected(name, fmt::format("`{}`: sets are numbered from 0", expected));
    if (!words.accept("=")) return unexpected(words.peek(), "`=`");
    const std::string_view kind = is_addresses ? "addresses" : "sockets";
    if (!words.accept(kind)) return unexpected(words.peek(), fmt::format("`{}`", kind));
    origin_.clear();
    if (is_addresses && words.at_quote()) {
      auto origin = words.quoted();
      if (!origin) return fail("bad text between backticks");
      origin_ = std::move(*origin);
    }
    if (words.rest() != "{") return unexpected(words.rest(), "`{`");
    where_ = is_addresses ? Where::Addresses : Where::Sockets;
  }

  void address(Words& words) {
    const auto prefix = Cidr::parse(words.rest());
    if (!prefix) return unexpected(words.rest(), "a prefix");
    prefixes_.push_back(*prefix);
  }

  void socket(Words& words) {
    const std::string_view line = words.rest();
    const auto host = Address::parse(words.next());
    const auto protocol = parse_protocol(words.next());
    const auto port = parse_number<Port>(words.next());
    if (!host || !protocol || !port || !words.done()) return unexpected(line, "ADDRESS PROTOCOL PORT");
    sockets_.push_back({*host, *protocol, *port});
  }

  void hook(Words& words) {
    InterfaceHook hook;
    hook.interface_name = words.next();
    const std::string_view direction = words.next();
    if (direction != "ingress" && direction != "egress")
      return unexpected(direction, "`ingress` or `egress`");
    hook.direction = direction == "ingress" ? Direction::Ingress : Direction::Egress;
    if (words.rest() != "{") return unexpected(words.rest(), "`{`");
    ruleset_.hooks.push_back(std::move(hook));
    where_ = Where::Hook;
  }

  void block(Words& words) {
    if (!words.accept("block")) return unexpected(words.peek(), "`block` or `}`");
    std::string_view name = words.rest();
    if (!name.ends_with(" {")) return unexpected(name, "a name and `{`");
    name.remove_suffix(2);
    ruleset_.hooks.back().blocks.push_back({std::string(name), {}});
    where_ = Where::Block;
  }

  void close() {
    switch (where_) {
      case Where::Top: return fail("`}` without a `{`");
      case Where::Addresses: {
        const std::size_t count = ruleset_.address_sets.size();
        const AddressSetId id = ruleset_.address_sets.intern(AddressSet(std::move(prefixes_)));
        if (id.index != count) return fail(fmt::format("the same set as %a{}", id.index));
        ruleset_.address_set_origins.push_back(std::move(origin_));
        prefixes_ = {};
        where_ = Where::Top;
        return;
      }
      case Where::Sockets: {
        const std::size_t count = ruleset_.socket_sets.size();
        const SocketSetId id = ruleset_.socket_sets.intern(SocketSet(std::move(sockets_)));
        if (id.index != count) return fail(fmt::format("the same set as %s{}", id.index));
        sockets_ = {};
        where_ = Where::Top;
        return;
      }
      case Where::Hook: where_ = Where::Top; return;
      case Where::Block: where_ = Where::Hook; return;
    }
  }

  // ---- a rule: ACTION MATCH <- PROVENANCE, ...

  void rule(Words& words) {
    Rule rule;
    action(words, rule.action);
    match(words, rule.match);
    if (!words.accept("<-")) return unexpected(words.peek(), "a match, or `<-` and where the rule is from");
    provenance(words, rule.provenance);
    ruleset_.hooks.back().blocks.back().rules.push_back(std::move(rule));
  }

  void action(Words& words, Action& action) {
    const std::string_view word = words.next();
    if (word == "untrack") {
      action = Untrack{};
    } else if (word == "drop") {
      action = Drop{};
    } else if (word == "track") {
      action = Track{};
    } else if (word == "next-block") {
      action = NextBlock{};
    } else if (word == "log") {
      log(words, action.emplace<LogPacket>());
    } else {
      unexpected(word, "an action");
    }
  }

  // `PREFIX` [limit RATE/UNIT burst N]
  void log(Words& words, LogPacket& log) {
    auto prefix = words.quoted();
    if (!prefix) return unexpected(words.peek(), "a prefix between backticks");
    log.prefix = std::move(*prefix);
    if (!words.accept("limit")) return;
    const std::string_view limit = words.next();
    const std::size_t slash = std::min(limit.find('/'), limit.size());
    const auto rate = parse_number<std::uint32_t>(limit.substr(0, slash));
    const std::string_view unit = limit.substr(std::min(slash + 1, limit.size()));
    const bool has_burst = words.accept("burst");
    const auto burst = parse_number<std::uint32_t>(words.next());
    if (!rate || unit.empty() || !has_burst || !burst) return unexpected(limit, "RATE/UNIT burst N");
    log.limit = LogLimit{*rate, std::string(unit), *burst};
  }

  void match(Words& words, Match& match) {
    if (words.accept("any")) return;
    if (words.accept("ipv4")) match.ip_version = IpVersion::V4;
    if (words.accept("ipv6")) match.ip_version = IpVersion::V6;
    while (!words.done() && words.peek() != "<-" && message_.empty()) {
      if (words.accept("from")) {
        side(words, match.source);
      } else if (words.accept("to")) {
        side(words, match.destination);
      } else {
        header(words, match);
      }
    }
  }

  // [not] type T[/C] | [not] protocol N | [not] NAME
  void header(Words& words, Match& match) {
    const bool negated = words.accept("not");
    if (words.accept("type")) {
      (negated ? match.not_icmp : match.icmp) = icmp(words.next());
      return;
    }
    words.accept("protocol");
    const auto protocol = parse_protocol(words.peek());
    if (!protocol) return unexpected(words.peek(), "a protocol, `type`, `from`, `to` or `<-`");
    words.next();
    (negated ? match.not_protocol : match.protocol) = protocol;
  }

  std::optional<IcmpMatch> icmp(std::string_view word) {
    const std::size_t slash = word.find('/');
    const auto type = parse_number<std::uint8_t>(word.substr(0, slash));
    std::optional<std::uint8_t> code;
    if (slash != std::string_view::npos) code = parse_number<std::uint8_t>(word.substr(slash + 1));
    if (!type || (slash != std::string_view::npos && !code)) unexpected(word, "TYPE or TYPE/CODE");
    return IcmpMatch{type.value_or(0), code};
  }

  // [%aN {& %aN}] {not %aN} [port PORTS] [not port PORTS]
  void side(Words& words, SideMatch& side) {
    if (words.peek().starts_with('%')) {
      do side.in.push_back(address_set(words.next()));
      while (words.accept("&"));
    }
    while (!words.done() && message_.empty()) {
      if (words.accept("port")) {
        side.ports = ports(words.next());
      } else if (words.accept("not")) {
        if (words.accept("port")) {
          side.not_ports = ports(words.next());
        } else {
          side.not_in.push_back(address_set(words.next()));
        }
      } else {
        return;
      }
    }
  }

  AddressSetId address_set(std::string_view word) {
    const auto index = parse_set_name(word, "%a", ruleset_.address_sets.size());
    if (!index) unexpected(word, "a set of addresses that stands above");
    return {index.value_or(0)};
  }

  // `none`, or numbers, ranges and sets of sockets between commas.
  PortMatch ports(std::string_view word) {
    PortMatch match;
    if (word == "none") return match;
    std::vector<PortRange> ranges;
    for (std::size_t begin = 0; begin <= word.size();) {
      const std::size_t end = std::min(word.find(',', begin), word.size());
      const std::string_view item = word.substr(begin, end - begin);
      if (const auto set = parse_set_name(item, "%s", ruleset_.socket_sets.size())) {
        match.sockets.push_back({*set});
      } else if (const auto range = port_range(item)) {
        ranges.push_back(*range);
      } else {
        unexpected(item, "a port, a range or a set of sockets that stands above");
      }
      begin = end + 1;
    }
    match.numbers = PortSet(std::move(ranges));
    return match;
  }

  static std::optional<PortRange> port_range(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto first = parse_number<Port>(text.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : parse_number<Port>(text.substr(colon + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return PortRange{*first, *last};
  }

  // POLICY ingress|egress INDEX {INDEX} {, ...}
  void provenance(Words& words, std::vector<Provenance>& list) {
    for (bool more = true; more;) {
      Provenance from;
      from.policy = words.next();
      const std::string_view direction = words.next();
      if (direction != "ingress" && direction != "egress")
        return unexpected(direction, "`ingress` or `egress`");
      from.direction = direction == "ingress" ? Direction::Ingress : Direction::Egress;
      do {
        std::string_view index = words.next();
        more = index.ends_with(',');
        if (more) index.remove_suffix(1);
        const auto number = parse_number<std::uint32_t>(index);
        if (!number) return unexpected(index, "the number of a rule");
        from.index = *number;
        list.push_back(from);
      } while (!more && !words.done());
    }
  }

  Ruleset ruleset_;
  Where where_ = Where::Top;
  std::uint32_t line_ = 0;
  std::string message_;  // of the first mistake; empty: none yet

  // The set that is being read.
  std::vector<Cidr> prefixes_;
  std::vector<SocketAddress> sockets_;
  std::string origin_;
};

}  // namespace

std::variant<Ruleset, ParseError> parse_ruleset(std::string_view text) {
  return Parser().run(text);
}

}  // namespace untrack::ir
