#include "ir/print.h"

#include <cassert>
#include <iterator>

#include <fmt/format.h>

#include "support/overloaded.h"

namespace untrack::ir {

namespace {

// Free text between backticks; the few bytes that would break a line or end the text are written as `\xHH`.
std::string quoted(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '`' || c == '\\') {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "`";
}

class Printer {
 public:
  explicit Printer(const Ruleset& ruleset) : ruleset_(ruleset) {}

  std::string run() && {
    line(0, "node {}", ruleset_.node);
    address_sets();
    socket_sets();
    for (const InterfaceHook& hook : ruleset_.hooks) print_hook(hook);
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(int depth, fmt::format_string<Args...> text, const Args&... args) {
    out_.append(2 * static_cast<std::size_t>(depth), ' ');
    fmt::vformat_to(std::back_inserter(out_), text, fmt::make_format_args(args...));
    out_ += '\n';
  }

  void address_sets() {
    if (ruleset_.address_sets.size() != 0) out_ += '\n';
    std::size_t index = 0;
    for (const AddressSet& set : ruleset_.address_sets) {
      const std::string& origin = ruleset_.address_set_origins[index];
      line(0, "%a{} = addresses {}{}{{", index, origin.empty() ? "" : quoted(origin),
           origin.empty() ? "" : " ");
      for (const Cidr& prefix : set.prefixes()) line(1, "{}", prefix.to_string());
      line(0, "}}");
      ++index;
    }
  }

  void socket_sets() {
    if (ruleset_.socket_sets.size() != 0) out_ += '\n';
    std::size_t index = 0;
    for (const SocketSet& set : ruleset_.socket_sets) {
      line(0, "%s{} = sockets {{", index++);
      for (const SocketAddress& socket : set.members()) {
        line(1, "{} {} {}", socket.address.to_string(), to_string(socket.protocol), socket.port);
      }
      line(0, "}}");
    }
  }

  void print_hook(const InterfaceHook& hook) {
    out_ += '\n';
    line(0, "hook {} {} {{", hook.interface_name, to_string(hook.direction));
    for (const Block& block : hook.blocks) {
      line(1, "block {} {{", block.name);
      for (const Rule& rule : block.rules) line(2, "{}", to_string(rule));
      line(1, "}}");
    }
    line(0, "}}");
  }

  const Ruleset& ruleset_;
  std::string out_;
};

void add_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

std::string ports_text(const PortMatch& ports) {
  std::string text = ports.numbers.to_string();
  for (const SocketSetId id : ports.sockets)
    fmt::format_to(std::back_inserter(text), "{}%s{}", text.empty() ? "" : ",", id.index);
  return text.empty() ? "none" : text;
}

void add_side(std::string& text, std::string_view side_word, const SideMatch& side) {
  if (side.any()) return;
  add_word(text, side_word);
  bool first = true;
  for (const AddressSetId id : side.in) {
    add_word(text, fmt::format("{}%a{}", first ? "" : "& ", id.index));
    first = false;
  }
  for (const AddressSetId id : side.not_in) add_word(text, fmt::format("not %a{}", id.index));
  if (side.ports) add_word(text, "port " + ports_text(*side.ports));
  if (!side.not_ports.empty()) add_word(text, "not port " + ports_text(side.not_ports));
}

std::string protocol_text(Protocol protocol) {
  const std::string name = to_string(protocol);
  return name.front() >= '0' && name.front() <= '9' ? "protocol " + name : name;
}

std::string icmp_text(const IcmpMatch& icmp) {
  return icmp.code ? fmt::format("type {}/{}", icmp.type, *icmp.code) : fmt::format("type {}", icmp.type);
}

}  // namespace

std::string to_string(const Match& match) {
  std::string text;
  if (match.ip_version) add_word(text, *match.ip_version == IpVersion::V4 ? "ipv4" : "ipv6");
  if (match.protocol) add_word(text, protocol_text(*match.protocol));
  if (match.not_protocol) add_word(text, "not " + protocol_text(*match.not_protocol));
  if (match.icmp) add_word(text, icmp_text(*match.icmp));
  if (match.not_icmp) add_word(text, "not " + icmp_text(*match.not_icmp));
  add_side(text, "from", match.source);
  add_side(text, "to", match.destination);
  return text.empty() ? "any" : text;
}

std::string to_string(const Action& action) {
  return std::visit(overloaded{
                        [](Untrack) { return std::string("untrack"); },
                        [](Drop) { return std::string("drop"); },
                        [](Track) { return std::string("track"); },
                        [](NextBlock) { return std::string("next-block"); },
                        [](const LogPacket& log) {
                          std::string text = "log " + quoted(log.prefix);
                          if (log.limit) {
                            fmt::format_to(std::back_inserter(text), " limit {}/{} burst {}", log.limit->rate,
                                           log.limit->unit, log.limit->burst);
                          }
                          return text;
                        },
                    },
                    action);
}

std::string to_string(const Rule& rule) {
  std::string text = to_string(rule.action) + " " + to_string(rule.match) + "  <- ";
  const Provenance* last = nullptr;
  for (const Provenance& from : rule.provenance) {
    if (last == nullptr) {
      text += to_string(from);
    } else if (last->policy == from.policy && last->direction == from.direction) {
      fmt::format_to(std::back_inserter(text), " {}", from.index);
    } else {
      text += ", " + to_string(from);
    }
    last = &from;
  }
  return text;
}

std::string print(const Ruleset& ruleset) {
  assert(ruleset.address_set_origins.size() == ruleset.address_sets.size() &&
         "every address set has an origin");
  return Printer(ruleset).run();
}

}  // namespace untrack::ir
