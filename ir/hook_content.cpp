#include "ir/hook_content.h"

#include <optional>
#include <unordered_map>

namespace untrack::ir {

namespace {

// Every list is written behind its length and every absent value as a word of its own, so that no two hooks
// give the same words.
class Writer {
 public:
  Writer(const Ruleset& ruleset, std::vector<std::uint32_t>& words) : ruleset_(ruleset), words_(words) {}

  void add(const InterfaceHook& hook) {
    word(hook.direction);
    list(hook.blocks, [this](const Block& block) {
      list(block.rules, [this](const Rule& rule) {
        // Which text a rule logs is told by the rule, not by the meaning (HookMeaning).
        word(rule.action.index());
        add(rule.match);
      });
    });
  }

 private:
  template <class Value>
  void word(Value value) {
    words_.push_back(static_cast<std::uint32_t>(value));
  }
  template <class List, class Add>
  void list(const List& values, const Add& add) {
    word(values.size());
    for (const auto& value : values) add(value);
  }
  template <class Value, class Add>
  void optional(const std::optional<Value>& value, const Add& add) {
    word(value.has_value());
    if (value) add(*value);
  }

  void add(const Match& match) {
    const auto protocol = [this](Protocol p) { word(p.number); };
    const auto icmp = [this](const IcmpMatch& message) {
      word(message.type);
      optional(message.code, [this](std::uint8_t code) { word(code); });
    };
    optional(match.ip_version, [this](IpVersion version) { word(version); });
    optional(match.protocol, protocol);
    optional(match.not_protocol, protocol);
    optional(match.icmp, icmp);
    optional(match.not_icmp, icmp);
    add(match.source);
    add(match.destination);
  }

  void add(const SideMatch& side) {
    list(side.in, [this](AddressSetId id) { add(id); });
    list(side.not_in, [this](AddressSetId id) { add(id); });
    optional(side.ports, [this](const PortMatch& ports) { add(ports); });
    add(side.not_ports);
  }

  void add(const PortMatch& ports) {
    list(ports.numbers.ranges(), [this](const PortRange& range) {
      word(range.first);
      word(range.last);
    });
    list(ports.sockets, [this](SocketSetId id) { add(id); });
  }

  // A set is written where it is first met, and named by the number of sets before it.
  template <class Id, class Add>
  void set(std::unordered_map<std::uint32_t, std::size_t>& met, Id id, const Add& add) {
    const auto [place, is_new] = met.try_emplace(id.index, met.size());
    word(place->second);
    if (is_new) add();
  }

  void add(AddressSetId id) {
    set(addresses_, id, [&] {
      list(ruleset_.address_sets[id].prefixes(), [this](const Cidr& prefix) {
        add(prefix.network());
        word(prefix.prefix_bits());
      });
    });
  }

  void add(SocketSetId id) {
    set(sockets_, id, [&] {
      list(ruleset_.socket_sets[id].members(), [this](const SocketAddress& socket) {
        add(socket.address);
        word(socket.protocol.number);
        word(socket.port);
      });
    });
  }

  void add(const Address& address) {
    static constexpr int kWordBits = 32;
    word(address.version());
    for (int bit = 0; bit < address_bits(address.version()); bit += kWordBits) word(address.bits() >> bit);
  }

  const Ruleset& ruleset_;
  std::vector<std::uint32_t>& words_;
  std::unordered_map<std::uint32_t, std::size_t> addresses_, sockets_;  // set -> its number here
};

}  // namespace

HookContent content_of(const Ruleset& ruleset, const InterfaceHook& hook) {
  HookContent content;
  Writer(ruleset, content.words).add(hook);
  return content;
}

}  // namespace untrack::ir
