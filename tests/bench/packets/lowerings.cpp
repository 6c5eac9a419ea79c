#include "tests/bench/packets/lowerings.h"

#include <fmt/format.h>

#include "backends/bpf/emit.h"
#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"

namespace untrack::bench {

using namespace ir;

static std::string_view tool(Flavour flavour) {
  return flavour == Flavour::Legacy ? "iptables-legacy" : "iptables-nft";
}

// ---- compiled

Lowering compiled_nft() {
  return {"nft, compiled", [](const Ruleset& ruleset) -> Loads {
            Diagnostics diagnostics;
            return {{"nft -f -", backends::nft::emit(ruleset, {}, diagnostics).front().bytes}};
          }};
}

Lowering compiled_iptables(Flavour flavour) {
  return {fmt::format("{} + ipset, compiled", tool(flavour)), [=](const Ruleset& ruleset) -> Loads {
            Diagnostics diagnostics;
            const auto files = backends::iptables::emit(ruleset, {}, diagnostics);
            return {{"ipset restore", files[0].bytes},
                    {fmt::format("{}-restore --noflush", tool(flavour)), files[1].bytes},
                    {fmt::format("{} -t raw -A PREROUTING -j untrack-prerouting", tool(flavour)), ""}};
          }};
}

// By number: the object, the companion rule.
static std::vector<backends::Artifact> bpf_files(const Ruleset& ruleset) {
  Diagnostics diagnostics;
  return backends::bpf::emit(ruleset, {}, diagnostics);
}

static Load companion(const std::vector<backends::Artifact>& files) {
  return {"nft -f -", files[1].bytes};
}

static Load attached(const std::vector<backends::Artifact>& files, std::string_view and_then = "") {
  return {
      fmt::format("sh -c 'file=$(mktemp) && cat > $file && tc qdisc add dev in0 clsact && tc filter add dev "
                  "in0 ingress bpf da obj $file sec tc{} && rm $file'",
                  and_then),
      files[0].bytes};
}

static Loads both(const Ruleset& ruleset, std::string_view and_then = "") {
  const std::vector<backends::Artifact> files = bpf_files(ruleset);
  return {companion(files), attached(files, and_then)};
}

Lowering compiled_bpf(Programs programs) {
  switch (programs) {
    case Programs::Tc:
      return {"bpf at tc, compiled", [](const Ruleset& ruleset) { return both(ruleset); }, {}};
    case Programs::TcAndGenericXdp:
      return {"bpf at tc and generic XDP, compiled",
              [](const Ruleset& ruleset) {
                return both(ruleset, " && ip link set dev in0 xdpgeneric obj $file sec xdp");
              },
              {}};
    case Programs::TcAndNativeXdp:
      return {"bpf at tc and native XDP, compiled", [](const Ruleset& ruleset) { return both(ruleset); },
              [](const Ruleset& ruleset) { return bpf_files(ruleset)[0].bytes; }};
  }
  return {};
}

std::vector<Lowering> parts_of_bpf() {
  // A classic program that returns TC_ACT_UNSPEC.
  static const Load kIdle{
      "sh -c 'tc qdisc add dev in0 clsact && tc filter add dev in0 ingress bpf da bytecode "
      "\"1,6 0 0 4294967295\"'",
      ""};
  const auto without_rules = [](const Ruleset& ruleset) {
    Ruleset none = ruleset;
    none.hooks.front().blocks.clear();
    return none;
  };
  return {
      {"companion rule", [](const Ruleset& ruleset) -> Loads { return {companion(bpf_files(ruleset))}; }, {}},
      {"an idle program at tc", [](const Ruleset&) -> Loads { return {kIdle}; }, {}},
      {"the two", [](const Ruleset& ruleset) -> Loads { return {companion(bpf_files(ruleset)), kIdle}; }, {}},
      {"bpf at tc, of no rules",
       [=](const Ruleset& ruleset) -> Loads { return {attached(bpf_files(without_rules(ruleset)))}; },
       {}},
      {"bpf at tc", [](const Ruleset& ruleset) -> Loads { return {attached(bpf_files(ruleset))}; }, {}},
      {"bpf at tc, companion rule", [](const Ruleset& ruleset) { return both(ruleset); }, {}},
  };
}

// ---- by hand

Loads single_rule() {
  return {
      {"nft -f -",
       "table inet untrack {\nchain prerouting {\ntype filter hook prerouting priority raw; policy accept;\n"
       "notrack accept\n}\n}\n"}};
}

// What the workloads' rules say.
struct PlainRule {
  std::vector<std::string> nets;  // of the source; none: any
  std::string destination;        // a net; may be empty
  std::string protocol;           // with `port`; may be empty
  Port port = 0;
  bool drop = false;
  std::string policy;
};

static std::vector<PlainRule> plain_rules(const Ruleset& ruleset) {
  std::vector<PlainRule> rules;
  for (const Block& block : ruleset.hooks.front().blocks) {
    for (const Rule& each : block.rules) {
      PlainRule rule;
      for (const AddressSetId id : each.match.source.in)
        for (const Cidr& net : ruleset.address_sets[id].prefixes()) rule.nets.push_back(net.to_string());
      for (const AddressSetId id : each.match.destination.in)
        rule.destination = ruleset.address_sets[id].prefixes().front().to_string();
      if (each.match.destination.ports) {
        rule.protocol = to_string(*each.match.protocol);
        rule.port = each.match.destination.ports->numbers.ranges().front().first;
      }
      rule.drop = std::holds_alternative<Drop>(each.action);
      rule.policy = each.provenance.front().policy.substr(4);  // `gnp/`
      rules.push_back(std::move(rule));
    }
  }
  return rules;
}

Lowering linear_nft() {
  return {"nft, one rule after the other", [](const Ruleset& ruleset) -> Loads {
            std::string text =
                "table inet untrack {\nchain prerouting {\ntype filter hook prerouting priority raw; policy "
                "accept;\n";
            for (const PlainRule& rule : plain_rules(ruleset)) {
              if (!rule.protocol.empty()) text += fmt::format("{} dport {} ", rule.protocol, rule.port);
              if (!rule.nets.empty()) text += fmt::format("ip saddr {{ {} }} ", fmt::join(rule.nets, ", "));
              if (!rule.destination.empty()) text += fmt::format("ip daddr {} ", rule.destination);
              text += rule.drop ? "drop\n" : "notrack accept\n";
            }
            return {{"nft -f -", text + "}\n}\n"}};
          }};
}

static std::string rest_of_match(const PlainRule& rule) {
  std::string text = rule.destination.empty() ? "" : fmt::format(" -d {}", rule.destination);
  if (!rule.protocol.empty()) text += fmt::format(" -p {0} -m {0} --dport {1}", rule.protocol, rule.port);
  return text;
}

Lowering linear_iptables(Flavour flavour) {
  return {fmt::format("{}, one rule after the other", tool(flavour)), [=](const Ruleset& ruleset) -> Loads {
            std::string text =
                "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:allow - [0:0]\n"
                "-A allow -j CT --notrack\n-A allow -j ACCEPT\n";
            for (const PlainRule& rule : plain_rules(ruleset)) {
              const std::string target = rule.drop ? " -j DROP\n" : " -g allow\n";
              for (const std::string& net : rule.nets)
                text += fmt::format("-A PREROUTING -s {}{}{}", net, rest_of_match(rule), target);
              if (rule.nets.empty()) text += fmt::format("-A PREROUTING{}{}", rest_of_match(rule), target);
            }
            return {{fmt::format("{}-restore", tool(flavour)), text + "COMMIT\n"}};
          }};
}

Lowering chain_for_each_policy() {
  return {"iptables-legacy, a chain for each policy", [](const Ruleset& ruleset) -> Loads {
            static constexpr std::string_view kAllowed = "0x10000/0x10000", kNet = "0x20000/0x20000";
            std::string chains = "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:endpoint - [0:0]\n";
            std::string endpoint = "-A PREROUTING -i in0 -j endpoint\n", policies;
            for (const PlainRule& rule : plain_rules(ruleset)) {
              chains += fmt::format(":p-{} - [0:0]\n", rule.policy);
              endpoint += fmt::format(
                  "-A endpoint -j p-{0}\n"
                  "-A endpoint -m mark --mark {1} -j CT --notrack\n"
                  "-A endpoint -m mark --mark {1} -j ACCEPT\n",
                  rule.policy, kAllowed);
              const std::string start = fmt::format("-A p-{}", rule.policy);
              std::string condition = rest_of_match(rule);
              if (!rule.nets.empty()) {
                policies += fmt::format("{} -j MARK --set-xmark 0x0/0x20000\n", start);
                for (const std::string& net : rule.nets)
                  policies += fmt::format("{} -s {} -j MARK --set-xmark {}\n", start, net, kNet);
                condition += fmt::format(" -m mark --mark {}", kNet);
              }
              if (rule.drop) {
                policies += fmt::format("{}{} -j DROP\n", start, condition);
              } else {
                policies += fmt::format("{0}{1} -j MARK --set-xmark {2}\n{0} -m mark --mark {2} -j RETURN\n",
                                        start, condition, kAllowed);
              }
            }
            return {{"iptables-legacy-restore", chains + endpoint + policies + "COMMIT\n"}};
          }};
}

}  // namespace untrack::bench
