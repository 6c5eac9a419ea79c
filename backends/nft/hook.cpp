#include "backends/nft/hook.h"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "backends/nft/address_split.h"
#include "backends/nft/ports.h"
#include "backends/nft/services.h"

namespace untrack::backends::nft {

static std::string_view word(HeaderClass header_class) {
  switch (header_class) {
    case HeaderClass::Tcp: return "tcp";
    case HeaderClass::Udp: return "udp";
    case HeaderClass::Sctp: return "sctp";
    case HeaderClass::Icmp: return "icmp";
    case HeaderClass::Bare: return "bare";
  }
  return "";
}

static bool negates_ports(const ir::Match& match) {
  return !match.source.not_ports.empty() || !match.destination.not_ports.empty();
}
static bool looks_at_ports(const ir::Match& match) {
  return match.source.ports || match.destination.ports || negates_ports(match);
}

// Whether the rule looks into the header of packets of the class, so that these need rules of their own.
static bool looks_into(const ir::Match& match, HeaderClass header_class) {
  if (header_class == HeaderClass::Bare) return false;
  if (header_class == HeaderClass::Icmp) return match.icmp || match.not_icmp;
  const auto protocol = protocol_of(header_class, ir::IpVersion::V4);
  return looks_at_ports(match) && (!match.protocol || match.protocol == protocol) &&
         match.not_protocol != protocol;
}

// In a map, or a set that has a name.
static bool is_lookup(const Rule& rule) {
  if (std::holds_alternative<PortDispatch>(rule.statement)) return true;
  const auto* ports = rule.conditions.size() == 1 ? std::get_if<PortIn>(&rule.conditions.front()) : nullptr;
  return ports != nullptr && std::holds_alternative<SetName>(ports->ports);
}

static bool skips(const ir::Rule& rule) {
  return std::holds_alternative<ir::NextBlock>(rule.action);
}

// Whether packets must be told apart by their header before they meet the rule; and no rule may skip to where
// they are.
static bool needs_sorting(const ir::Rule& rule) {
  return looks_at_ports(rule.match) || rule.match.icmp || rule.match.not_icmp || skips(rule);
}

namespace {

class HookLowering {
 public:
  HookLowering(Program& program, const ir::InterfaceHook& hook, const std::string& name)
      : program_(program), name_(name), rules_(flat_rules(hook)), head_{name, std::nullopt, {}} {}

  Rule add() {
    const std::vector<HeaderClass> classes = classes_told_apart();
    if (classes.empty()) {
      RuleLists lists(rules_, HeaderClass::Bare);
      ClassLowering(program_, lists, std::nullopt).add(name_, lists.all());
      return own_chain();
    }
    add_head();
    if (plan_ports_first(classes)) return add_ports_first();
    add_sorted(classes);
    return own_chain();
  }

 private:
  // A class of packets with ports, and what its packets meet.
  struct Ported {
    RuleLists lists;
    RuleList left;  // behind the stages so far; joined
  };
  // One lookup of a port of any protocol.
  struct Part {
    Ported* of;
    Dispatch split;
  };
  struct Stage {
    Side side;
    std::vector<Part> parts;
  };

  Rule own_chain() const { return {{}, Goto{name_}, ""}; }

  std::vector<HeaderClass> classes_told_apart() const {
    std::vector<HeaderClass> classes;
    for (const HeaderClass each :
         {HeaderClass::Tcp, HeaderClass::Udp, HeaderClass::Sctp, HeaderClass::Icmp}) {
      const auto looks = [&](const FlatRule& rule) { return looks_into(rule.rule->match, each); };
      if (std::ranges::any_of(rules_, looks)) classes.push_back(each);
    }
    return classes;
  }

  // Rules before the first one that looks into a header, for packets of every class.
  void add_head() {
    const auto first =
        std::ranges::find_if(rules_, [](const FlatRule& each) { return needs_sorting(*each.rule); });
    const auto count = static_cast<std::uint32_t>(first - rules_.begin());
    if (!add_long_head(count)) {
      for (std::uint32_t i = 0; i < count; ++i) {
        const ir::Rule& rule = *rules_[i].rule;
        add_rules(
            head_.rules, program_, rule.match, {},
            {{}, statement(rule.action, Accept{}, program_.mark), program_.comments ? comment(rule) : ""});
      }
    }
    rules_ = behind(rules_, count);
  }

  // In a chain of its own, whose packets go on with the rest; if addresses tell its rules apart.
  bool add_long_head(std::uint32_t count) {
    RuleLists lists(rules_, HeaderClass::Bare);
    RuleList head, rest;
    for (std::uint32_t i = 0; i < rules_.size(); ++i) (i < count ? head : rest).items.push_back({.rule = i});
    const auto many = [&](Side side) { return many_nets(lists, program_.sets.ruleset(), head.items, side); };
    if (!many(Side::Source) && !many(Side::Destination)) return false;
    head_.name = part("behind");
    head.next = lists.intern(std::move(rest));
    ClassLowering lowering(program_, lists, std::nullopt);
    lowering.made_elsewhere(*head.next, head_.name);
    lowering.add(name_, head);
    return true;
  }

  std::string part(std::string_view what) const { return fmt::format("{}/{}", name_, what); }

  // ---- ports first

  // What packets meet that have neither ports nor, here, ICMP types.
  bool plain(const Item& item) const { return possible(rules_[item.rule].rule->match, HeaderClass::Bare); }

  // Without rules at the end that keep packets tracked: these do nothing.
  std::vector<std::uint32_t> effective(const std::vector<Item>& items) const {
    std::vector<std::uint32_t> rules;
    for (const Item& item : items) rules.push_back(item.rule);
    while (!rules.empty() && std::holds_alternative<ir::Track>(rules_[rules.back()].rule->action))
      rules.pop_back();
    return rules;
  }

  // Whether ports are all that the class is told apart by: what is left are the rules without.
  bool done(const Ported& ported) const {
    std::vector<Item> all = ported.lists.all().items;
    std::erase_if(all, [&](const Item& item) { return !plain(item); });
    return effective(ported.left.items) == effective(all);
  }

  bool plan_ports_first(const std::vector<HeaderClass>& classes) {
    if (!program_.dialect.transport_header) return false;
    for (const FlatRule& each : rules_) {
      const ir::Match& match = each.rule->match;
      if (std::holds_alternative<ir::LogPacket>(each.rule->action)) return false;
      if (possible(match, HeaderClass::Bare) && needs_sorting(*each.rule)) return false;
    }
    std::array<std::size_t, 2> asking{};
    for (const HeaderClass each : classes) {
      if (each == HeaderClass::Icmp) continue;
      Ported& ported = ported_.emplace_back(RuleLists(rules_, each), RuleList());
      ported.left = ported.lists.all();
      for (const Side side : {Side::Source, Side::Destination})
        asking[static_cast<std::size_t>(side)] += count_asking(ported.lists, ported.left, side);
    }
    with_icmp_ = classes.back() == HeaderClass::Icmp;
    const bool by_source = asking[0] > asking[1];
    for (const Side side : by_source ? std::array{Side::Source, Side::Destination}
                                     : std::array{Side::Destination, Side::Source})
      add_stage(side);
    return !stages_.empty() && std::ranges::all_of(ported_, [&](const Ported& each) { return done(each); });
  }

  void add_stage(Side side) {
    Stage stage{side, {}};
    const bool decides = std::ranges::any_of(ported_, [&](const Ported& each) { return !done(each); });
    if (!decides && !stages_.empty()) return;
    for (Ported& ported : ported_) {
      // Ports that stay tracked anyway cost nothing in a lookup that is made for others.
      if (done(ported) && !effective(ported.left.items).empty()) continue;
      auto split = dispatch_all(ported.lists, ported.left, side);
      if (!split) continue;
      ported.left = ported.lists.joined(ported.lists[widest(*split).list]);
      stage.parts.push_back({&ported, std::move(*split)});
    }
    if (!stage.parts.empty()) stages_.push_back(std::move(stage));
  }

  Rule add_ports_first() {
    const std::size_t place = program_.chains.size();
    program_.chains.push_back(head_);  // before the others
    std::optional<std::string> next = add_rest();
    for (std::size_t i = stages_.size(); i-- > 1;) {
      Chain chain{part(keyword(stages_[i].side)), std::nullopt, {}};
      add_lookup(chain.rules, stages_[i], next);
      next = chain.name;
      program_.chains.push_back(std::move(chain));
    }
    add_lookup(head_.rules, stages_.front(), next);
    if (head_.name == name_ && head_.rules.size() == 1 && is_lookup(head_.rules.front())) {
      program_.chains.erase(program_.chains.begin() + static_cast<std::ptrdiff_t>(place));
      return head_.rules.front();
    }
    program_.chains[place].rules = std::move(head_.rules);
    return own_chain();
  }

  // What packets meet that no lookup has decided about. Nothing: they stay tracked.
  std::optional<std::string> add_rest() {
    RuleLists icmp(rules_, HeaderClass::Icmp), bare(rules_, HeaderClass::Bare);
    RuleList bare_list = bare.all();
    bare_list.items.resize(effective(bare_list.items).size());
    const bool bare_left = !bare_list.empty(), icmp_left = with_icmp_ && !icmp.all().empty();
    if (!icmp_left && !bare_left) return std::nullopt;
    const std::string rest = part("rest"), bare_chain = icmp_left ? part("bare") : rest;
    if (icmp_left) {
      const Statement others = bare_left ? Statement(Goto{bare_chain}) : Accept{};
      Chain chain{rest, std::nullopt, {}};
      for (const ir::Protocol protocol : {ir::kIcmp, ir::kIcmp6})
        chain.rules.push_back({{HeaderReadable{protocol}}, Goto{part("icmp")}, ""});
      if (bare_left) chain.rules.push_back({{}, others, ""});
      program_.chains.push_back(std::move(chain));
      std::vector<Rule> fragments;
      for (const ir::IpVersion version : ir::kIpVersions)
        fragments.push_back({{LaterFragment{version}}, others, ""});
      ClassLowering(program_, icmp, std::nullopt).add(part("icmp"), icmp.all(), std::move(fragments));
    }
    if (bare_left) ClassLowering(program_, bare, std::nullopt).add(bare_chain, bare_list);
    return rest;
  }

  struct Owner {
    ClassLowering* lowering;
    const RuleLists* lists;
    const Branch* branch;
  };
  // Ports that the same branches hold, of one protocol or several.
  struct PortsOfClass {
    std::vector<ir::PortRange> ports;
    std::vector<Owner> owners;
  };

  // What is done with those of the ports that are services, by sources or by destinations, whichever is more.
  std::vector<std::optional<PortElement>> services_among(const std::vector<PortsOfClass>& asked,
                                                         Side port_side,
                                                         const std::optional<std::string>& next) {
    std::vector<ServicePorts> services;
    std::size_t most = 0;
    AddressLookup lookup{{}, Side::Source, port_side};
    for (const Side side : {Side::Source, Side::Destination}) {
      std::vector<ServicePorts> found;
      std::size_t count = 0;
      for (const PortsOfClass& each : asked) {
        found.push_back(as_services(each, side));
        count += std::ranges::any_of(found.back().lists,
                                     [](const auto& list) { return list && !list->rules.empty(); });
      }
      if (count <= most) continue;
      most = count;
      services = std::move(found);
      lookup.side = side;
    }
    std::vector<std::optional<PortElement>> found(asked.size());
    if (most == 0) return found;
    // Those with a head are apart by protocol: the head speaks of one, and of ports that the table is not
    // asked for.
    std::map<HeaderClass, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < services.size(); ++i) {
      const bool with_head = services[i].lowering != nullptr;
      groups[with_head ? asked[i].owners.front().lists->header_class() : HeaderClass::Bare].push_back(i);
    }
    for (const auto& [header_class, group] : groups) {
      lookup.name = part(header_class == HeaderClass::Bare ? "services"
                                                           : fmt::format("{}/services", word(header_class)));
      std::vector<ServicePorts> of_group;
      for (const std::size_t i : group) of_group.push_back(std::move(services[i]));
      auto elements = add_services(program_, lookup, Guard{next}, of_group);
      for (std::size_t i = 0; i < group.size(); ++i) found[group[i]] = std::move(elements[i]);
    }
    return found;
  }

  // Without lists if one of them looks at more than addresses of the side.
  static ServicePorts as_services(const PortsOfClass& asked, Side side) {
    ServicePorts made{asked.ports, nullptr, {}};
    for (const Owner& owner : asked.owners) {
      auto list = address_list(*owner.lists, (*owner.lists)[owner.branch->list], side);
      if (!list || (!list->head.empty() && asked.owners.size() > 1)) return {asked.ports, nullptr, {}};
      if (!list->head.empty()) made.lowering = owner.lowering;
      made.lists[place_of(owner.lists->header_class())] = std::move(*list);
    }
    return made;
  }

  PortElement element(const PortsOfClass& asked, Side side, const std::optional<std::string>& next) {
    std::vector<Way> ways;
    for (const Owner& owner : asked.owners) {
      const HeaderClass header_class = owner.lists->header_class();
      ways.push_back({header_class, owner.lowering->element(*owner.branch, side, part(word(header_class)))});
    }
    if (ways.size() == 1) return ways.front().element;
    return by_protocol(part(fmt::format("{}-{}", keyword(side), asked.ports.front().first)), ways, next);
  }

  // The rules of a stage; packets that none of them decides about go on with `next`.
  void add_lookup(std::vector<Rule>& out, const Stage& stage, const std::optional<std::string>& next) {
    std::deque<ClassLowering> lowerings;
    std::deque<ir::PortSet> sets;
    std::vector<const ir::PortSet*> pointers;
    std::vector<Owner> owners;  // of the sets
    for (const Part& each : stage.parts) {
      ClassLowering& lowering = lowerings.emplace_back(program_, each.of->lists, Guard{next});
      const Branch& otherwise = widest(each.split);
      for (const Branch& branch : each.split.branches) {
        if (&branch == &otherwise) continue;
        pointers.push_back(&sets.emplace_back(branch.ports));
        owners.push_back({&lowering, &each.of->lists, &branch});
      }
    }
    // A port is in one branch of each class at most, so that there is no need of a budget.
    const auto classes = port_classes(pointers, std::numeric_limits<std::size_t>::max());
    std::vector<PortsOfClass> asked;
    for (const PortClass& ports : *classes) {
      if (ports.within.empty()) continue;
      PortsOfClass& each = asked.emplace_back(PortsOfClass{ports.ports, {}});
      for (const std::uint32_t set : ports.within) each.owners.push_back(owners[set]);
    }
    const std::vector<std::optional<PortElement>> services = services_among(asked, stage.side, next);
    std::vector<PortElement> elements;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const PortElement model = services[i] ? *services[i] : element(asked[i], stage.side, next);
      for (const ir::PortRange& range : asked[i].ports)
        elements.push_back({range, model.verdict, model.comment});
    }
    add_port_rules(program_, out, part(keyword(stage.side)), stage.side, std::nullopt, std::move(elements));
    if (next) out.push_back({{}, Goto{*next}, ""});
  }

  // What is done with a port that several protocols know.
  struct Way {
    HeaderClass header_class;
    PortElement element;
  };
  PortElement by_protocol(const std::string& name, const std::vector<Way>& ways,
                          const std::optional<std::string>& next) {
    Chain chain{name, std::nullopt, {}};
    for (const auto& [header_class, element] : ways) {
      if (!next && std::holds_alternative<Accept>(element.verdict)) continue;  // as without a rule
      chain.rules.push_back({{ProtocolIs{*protocol_of(header_class, ir::IpVersion::V4)}},
                             as_statement(element.verdict),
                             element.comment});
    }
    if (chain.rules.empty()) return ways.front().element;
    if (next) chain.rules.push_back({{}, Goto{*next}, ""});
    program_.chains.push_back(std::move(chain));
    return {{}, Goto{name}, ""};
  }

  // ---- sorted first

  void add_sorted(std::vector<HeaderClass> classes) {
    const auto chain_for = [&](HeaderClass each) { return part(word(each)); };
    const auto send = [&](Conditions conditions, HeaderClass to) {
      const bool rules_left = any_rule(rules_, to);
      head_.rules.push_back(
          {std::move(conditions), rules_left ? Statement(Goto{chain_for(to)}) : Accept{}, ""});
    };
    for (const ir::IpVersion version : ir::kIpVersions) send({LaterFragment{version}}, HeaderClass::Bare);
    for (const HeaderClass each : classes) {
      send({HeaderReadable{*protocol_of(each, ir::IpVersion::V4)}}, each);
      if (each == HeaderClass::Icmp) send({HeaderReadable{ir::kIcmp6}}, each);
    }
    if (any_rule(rules_, HeaderClass::Bare)) classes.push_back(HeaderClass::Bare);
    if (classes.back() == HeaderClass::Bare) send({}, HeaderClass::Bare);
    program_.chains.push_back(std::move(head_));
    for (const HeaderClass each : classes) {
      if (!any_rule(rules_, each)) continue;
      RuleLists lists(rules_, each);
      ClassLowering(program_, lists, std::nullopt).add(chain_for(each), lists.all());
    }
  }

  Program& program_;
  const std::string& name_;
  std::vector<FlatRule> rules_;
  Chain head_;
  std::deque<Ported> ported_;
  std::vector<Stage> stages_;
  bool with_icmp_ = false;
};

}  // namespace

Rule add_hook(Program& program, const ir::InterfaceHook& hook, const std::string& name) {
  program.remote = hook.direction == ir::Direction::Ingress ? Side::Source : Side::Destination;
  return HookLowering(program, hook, name).add();
}

}  // namespace untrack::backends::nft
