#include "backends/nft/lower.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/match.h"
#include "support/overloaded.h"

namespace untrack::backends::nft {

// Words between slashes name parts of a hook: `in-eth0/ports/2`. No interface name holds a slash.
static std::string hook_chain(const ir::InterfaceHook& hook) {
  return (hook.direction == ir::Direction::Ingress ? "in-" : "out-") + hook.interface_name;
}

static bool looks_at_ports(const ir::Match& match) {
  return match.source.ports || match.destination.ports || !match.source.not_ports.empty() ||
         !match.destination.not_ports.empty();
}
static bool looks_at_icmp(const ir::Match& match) {
  return match.icmp || match.not_icmp;
}

static bool any_match(const ir::InterfaceHook& hook, bool (*question)(const ir::Match&)) {
  return std::ranges::any_of(hook.blocks, [&](const ir::Block& block) {
    return std::ranges::any_of(block.rules, [&](const ir::Rule& rule) { return question(rule.match); });
  });
}

static bool tells_version(const Condition& condition) {
  return std::visit(
      overloaded{[](const AddressIn&) { return true; }, [](const SocketIn&) { return true; },
                 [](const IcmpIs&) { return true; }, [](const LaterFragment&) { return true; },
                 [](const VersionIs&) { return true; }, [](const InterfaceIs&) { return false; },
                 [](const ProtocolIs&) { return false; }, [](const PortIn&) { return false; },
                 [](const HeaderReadable& readable) { return !ir::has_ports(readable.protocol); }},
      condition);
}

// After a protocol: in the other order `nft list` of 1.0.6 loses the version (`meta nfproto ipv4 meta l4proto
// icmp` comes back as `meta l4proto icmp`, which IPv6 packets meet as well).
static Conditions with_version(Conditions conditions, ir::IpVersion version) {
  if (std::ranges::any_of(conditions, tells_version)) return conditions;
  const bool protocol_first = !conditions.empty() && std::holds_alternative<ProtocolIs>(conditions.front());
  conditions.insert(conditions.begin() + (protocol_first ? 1 : 0), VersionIs{version});
  return conditions;
}

namespace {

class Lowering {
 public:
  Lowering(const ir::Ruleset& ruleset, const Options& options)
      : ruleset_(ruleset), options_(options), sets_(ruleset, !options.strip) {}

  Table table() {
    for (const ir::Direction direction : ir::kDirections) add_base_chain(direction);
    for (const ir::InterfaceHook& hook : ruleset_.hooks) add_hook(hook);
    return {sets_.take(), std::move(chains_)};
  }

 private:
  void add_base_chain(ir::Direction direction) {
    Chain chain{direction == ir::Direction::Ingress ? "prerouting" : "output", direction, {}};
    for (const ir::InterfaceHook& hook : ruleset_.hooks) {
      if (hook.direction != direction) continue;
      chain.rules.push_back({{InterfaceIs{direction, hook.interface_name}}, Goto{hook_chain(hook)}, ""});
    }
    chains_.push_back(std::move(chain));
  }

  // Sorts packets by their header once, at the head, if any rule looks into one.
  void add_hook(const ir::InterfaceHook& hook) {
    const std::string name = hook_chain(hook);
    const bool ports = any_match(hook, looks_at_ports), icmp = any_match(hook, looks_at_icmp);
    if (!ports && !icmp) return add_rules(hook, HeaderClass::Bare, name);

    Chain sorter{name, std::nullopt, {}};
    const auto send = [&](Conditions conditions, std::string_view part) {
      sorter.rules.push_back({std::move(conditions), Goto{fmt::format("{}/{}", name, part)}, ""});
    };
    for (const ir::IpVersion version : ir::kIpVersions) send({LaterFragment{version}}, "bare");
    if (ports) {
      for (const ir::Protocol p : {ir::kTcp, ir::kUdp, ir::kSctp}) send({HeaderReadable{p}}, "ports");
    }
    if (icmp) {
      for (const ir::Protocol p : {ir::kIcmp, ir::kIcmp6}) send({HeaderReadable{p}}, "icmp");
    }
    send({}, "bare");
    chains_.push_back(std::move(sorter));
    if (ports) add_rules(hook, HeaderClass::Ports, name + "/ports");
    if (icmp) add_rules(hook, HeaderClass::Icmp, name + "/icmp");
    add_rules(hook, HeaderClass::Bare, name + "/bare");
  }

  // The hook's blocks one after the other. A block that is jumped to begins a chain of its own, and the one
  // before ends by going there, so that there never is a way back: `accept` or the end of a chain leaves us
  // for good.
  void add_rules(const ir::InterfaceHook& hook, HeaderClass header_class, const std::string& name) {
    Chain chain{name, std::nullopt, {}};
    for (std::size_t i = 0; i < hook.blocks.size(); ++i) {
      const bool last = i + 1 == hook.blocks.size();
      const std::string next = fmt::format("{}/{}", name, i + 2);
      const std::size_t start = chain.rules.size();
      for (const ir::Rule& rule : hook.blocks[i].rules) {
        add_rule(chain.rules, rule, header_class, last ? Statement(Accept{}) : Goto{next});
      }
      const bool skipped_to =
          std::any_of(chain.rules.begin() + static_cast<std::ptrdiff_t>(start), chain.rules.end(),
                      [](const Rule& r) { return std::holds_alternative<Goto>(r.statement); });
      if (!skipped_to) continue;
      chain.rules.push_back({{}, Goto{next}, ""});
      chains_.push_back(std::exchange(chain, Chain{next, std::nullopt, {}}));
    }
    chains_.push_back(std::move(chain));
  }

  void add_rule(std::vector<Rule>& out, const ir::Rule& rule, HeaderClass header_class,
                const Statement& next_block) {
    const auto add = [&](Conditions conditions) {
      out.push_back({std::move(conditions), statement(rule.action, next_block), comment(rule)});
    };
    const auto v4 = alternatives(sets_, rule.match, ir::IpVersion::V4, header_class);
    const auto v6 = alternatives(sets_, rule.match, ir::IpVersion::V6, header_class);
    const auto in = [](const Conditions& each, const std::vector<Conditions>& all) {
      return std::ranges::find(all, each) != all.end();
    };
    for (const Conditions& each : v4) add(in(each, v6) ? each : with_version(each, ir::IpVersion::V4));
    for (const Conditions& each : v6) {
      if (!in(each, v4)) add(with_version(each, ir::IpVersion::V6));
    }
  }

  static Statement statement(const ir::Action& action, const Statement& next_block) {
    return std::visit(
        overloaded{[](ir::Untrack) -> Statement { return NotrackAccept{}; },
                   [](ir::Drop) -> Statement { return Drop{}; },
                   [](ir::Track) -> Statement { return Accept{}; }, [&](ir::NextBlock) { return next_block; },
                   [](const ir::LogPacket& log) -> Statement { return log; }},
        action);
  }

  std::string comment(const ir::Rule& rule) const {
    if (options_.strip) return "";
    std::string text;
    for (const ir::Provenance& each : rule.provenance) {
      if (!text.empty()) text += ", ";
      text += ir::to_string(each);
    }
    return text;
  }

  const ir::Ruleset& ruleset_;
  const Options& options_;
  SetStore sets_;
  std::vector<Chain> chains_;
};

}  // namespace

Table lower(const ir::Ruleset& ruleset, const Options& options) {
  return Lowering(ruleset, options).table();
}

}  // namespace untrack::backends::nft
