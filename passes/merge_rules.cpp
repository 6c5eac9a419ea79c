#include "passes/merge_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_map>

#include <llvm/ADT/STLExtras.h>

#include "ir/meaning.h"
#include "ir/print.h"
#include "passes/intern_addresses.h"

namespace untrack::passes {

namespace {

// What may differ between two rules that become one. For addresses, one of the sets that must all hold.
enum class Field { DestinationPorts, SourcePorts, DestinationAddresses, SourceAddresses, Version };
constexpr std::array kFields = {Field::DestinationPorts, Field::SourcePorts, Field::DestinationAddresses,
                                Field::SourceAddresses, Field::Version};

// How many rules of another action a rule may move past: each costs an intersection of packet sets, and a
// list in which more stand between two rules is rarely one that gets shorter.
constexpr std::size_t kMostPassed = 64;

bool is_log(const ir::Rule& rule) {
  return std::holds_alternative<ir::LogPacket>(rule.action);
}

class BlockMerging {
 public:
  BlockMerging(ir::Ruleset& ruleset, ir::Direction direction, std::vector<ir::Rule>& rules,
               PassContext& context)
      : ruleset_(ruleset),
        direction_(direction),
        rules_(rules),
        space_(context.space),
        packets_(rules.size()) {}

  Changed run() {
    const std::size_t before = rules_.size();
    for (bool again = true; again;) {
      again = false;
      for (const Field field : kFields) again = merge_by(field) || again;
    }
    return rules_.size() == before ? Changed::No : Changed::Yes;
  }

 private:
  // The texts of the rule without one alternative of the field: rules with a text in common can be merged.
  // Nothing for a rule that the field does not restrict.
  std::vector<std::string> keys(const ir::Rule& rule, Field field) const {
    if (is_log(rule)) return {};
    ir::Match match = rule.match;
    switch (field) {
      case Field::DestinationPorts: return keys_without_ports(rule, match, match.destination);
      case Field::SourcePorts: return keys_without_ports(rule, match, match.source);
      case Field::DestinationAddresses: return keys_without_addresses(rule, match, match.destination);
      case Field::SourceAddresses: return keys_without_addresses(rule, match, match.source);
      case Field::Version:
        if (!match.ip_version) return {};
        match.ip_version.reset();
        return {key(rule, match)};
    }
    return {};
  }
  static std::string key(const ir::Rule& rule, const ir::Match& rest) {
    return ir::to_string(rule.action) + ' ' + ir::to_string(rest);
  }
  static std::vector<std::string> keys_without_ports(const ir::Rule& rule, ir::Match& match,
                                                     ir::SideMatch& side) {
    if (!side.ports) return {};
    side.ports.reset();
    return {key(rule, match)};
  }
  static std::vector<std::string> keys_without_addresses(const ir::Rule& rule, ir::Match& match,
                                                         ir::SideMatch& side) {
    std::vector<std::string> texts;
    std::vector<ir::AddressSetId> all = side.in;
    std::sort(all.begin(), all.end());
    for (std::size_t left_out = 0; left_out < all.size(); ++left_out) {
      side.in = all;
      side.in.erase(side.in.begin() + static_cast<std::ptrdiff_t>(left_out));
      texts.push_back(key(rule, match));
    }
    return texts;
  }

  bool merge_by(Field field) {
    std::unordered_map<std::string, std::size_t> last_with;  // key -> the last rule that has it
    std::vector<bool> merged(rules_.size());
    for (std::size_t lower = 0; lower < rules_.size(); ++lower) {
      const std::vector<std::string> texts = keys(rules_[lower], field);
      for (const std::string& text : texts) {
        const auto upper = last_with.find(text);
        // Merging changes the texts of a rule: what was noted may be out of date.
        if (upper == last_with.end() || !llvm::is_contained(keys(rules_[upper->second], field), text))
          continue;
        if (!may_move_up(upper->second, lower, merged)) continue;
        merge(upper->second, lower, field);
        merged[lower] = true;
        break;
      }
      if (merged[lower]) continue;
      for (const std::string& text : texts) last_with[text] = lower;
    }
    return take_away(merged);
  }

  bool may_move_up(std::size_t upper, std::size_t lower, const std::vector<bool>& merged) {
    std::size_t passed = 0;
    for (std::size_t between = upper + 1; between < lower; ++between) {
      if (merged[between]) continue;
      if (is_log(rules_[between])) return false;
      if (rules_[between].action == rules_[lower].action) continue;
      if (++passed > kMostPassed || !disjoint(between, lower)) return false;
    }
    return true;
  }

  bool disjoint(std::size_t a, std::size_t b) {
    const ir::PacketSet shared = space_.intersect(packets(a), packets(b));
    return !space_.exhausted() && space_.empty(shared);
  }
  ir::PacketSet packets(std::size_t rule) {
    if (!packets_[rule]) packets_[rule] = ir::packets(space_, ruleset_, rules_[rule].match, direction_);
    return *packets_[rule];
  }

  void merge(std::size_t upper, std::size_t lower, Field field) {
    ir::Rule& into = rules_[upper];
    const ir::Rule& from = rules_[lower];
    switch (field) {
      case Field::DestinationPorts:
        add_ports(*into.match.destination.ports, *from.match.destination.ports);
        break;
      case Field::SourcePorts: add_ports(*into.match.source.ports, *from.match.source.ports); break;
      case Field::DestinationAddresses: add_addresses(into.match.destination, from.match.destination); break;
      case Field::SourceAddresses: add_addresses(into.match.source, from.match.source); break;
      case Field::Version:
        if (into.match.ip_version != from.match.ip_version) into.match.ip_version.reset();
        break;
    }
    into.provenance.insert(into.provenance.end(), from.provenance.begin(), from.provenance.end());
    packets_[upper].reset();
  }

  static void add_ports(ir::PortMatch& into, const ir::PortMatch& from) {
    std::vector<ir::PortRange> ranges = into.numbers.ranges();
    ranges.insert(ranges.end(), from.numbers.ranges().begin(), from.numbers.ranges().end());
    into.numbers = ir::PortSet(std::move(ranges));
    for (const ir::SocketSetId id : from.sockets) {
      if (std::find(into.sockets.begin(), into.sockets.end(), id) == into.sockets.end())
        into.sockets.push_back(id);
    }
  }

  // The two lists have all but one set in common, or all.
  void add_addresses(ir::SideMatch& into, const ir::SideMatch& from) {
    const auto missing_in = [](const ir::SideMatch& side) {
      return [&side](ir::AddressSetId id) {
        return std::find(side.in.begin(), side.in.end(), id) == side.in.end();
      };
    };
    const auto mine = std::find_if(into.in.begin(), into.in.end(), missing_in(from));
    const auto its = std::find_if(from.in.begin(), from.in.end(), missing_in(into));
    if (mine == into.in.end()) return;  // it asks for nothing that `from` does not ask for
    if (its == from.in.end()) {
      into.in = from.in;  // the other way round
    } else {
      *mine = united(*mine, *its);
    }
  }

  ir::AddressSetId united(ir::AddressSetId a, ir::AddressSetId b) {
    std::vector<ir::Cidr> prefixes = ruleset_.address_sets[a].prefixes();
    const std::vector<ir::Cidr>& more = ruleset_.address_sets[b].prefixes();
    prefixes.insert(prefixes.end(), more.begin(), more.end());
    const std::string& a_origin = ruleset_.address_set_origins[a.index];
    const std::string& b_origin = ruleset_.address_set_origins[b.index];
    const std::string origin = a_origin.empty() || b_origin.empty() ? "" : a_origin + ", " + b_origin;
    return intern_addresses(ruleset_, ir::AddressSet(std::move(prefixes)), origin);
  }

  bool take_away(const std::vector<bool>& merged) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (merged[i]) continue;
      if (kept != i) {
        rules_[kept] = std::move(rules_[i]);
        packets_[kept] = packets_[i];
      }
      ++kept;
    }
    const bool any = kept != rules_.size();
    rules_.resize(kept);
    packets_.resize(kept);
    return any;
  }

  ir::Ruleset& ruleset_;
  const ir::Direction direction_;
  std::vector<ir::Rule>& rules_;
  ir::PacketSpace& space_;
  std::vector<std::optional<ir::PacketSet>> packets_;  // of each rule's match, once somebody asked
};

}  // namespace

Changed MergeRules::run(ir::Ruleset& ruleset, PassContext& context) const {
  Changed changed = Changed::No;
  for (ir::InterfaceHook& hook : ruleset.hooks) {
    for (ir::Block& block : hook.blocks) {
      changed = changed | BlockMerging(ruleset, hook.direction, block.rules, context).run();
    }
  }
  return changed;
}

}  // namespace untrack::passes
