#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <variant>

#include "driver/commands/commands.h"
#include "driver/session.h"
#include "driver/visible.h"
#include "ir/evaluate.h"
#include "passes/lower_policies.h"
#include "support/overloaded.h"

namespace untrack::driver {

namespace {

// A packet where it is seen.
struct Sighting {
  ir::Direction direction;
  std::string interface_name;
  ir::Packet packet;
};

}  // namespace

// `in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211`, or why it is not like that.
static std::variant<Sighting, std::string> parse_sighting(std::string_view text) {
  const auto next_word = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
  };
  if (text.find(' ') == std::string_view::npos) return "it is one argument: put it in quotes";
  const std::string_view direction = next_word();
  if (direction != "in" && direction != "out") return "it begins with `in` or `out` and an interface";
  const std::string_view interface_name = next_word();
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  auto packet = ir::explain_packet(text);
  if (auto* reason = std::get_if<std::string>(&packet)) return std::move(*reason);
  return Sighting{direction == "in" ? ir::Direction::Ingress : ir::Direction::Egress,
                  std::string(interface_name), std::get<ir::Packet>(packet)};
}

static std::string action_text(const ir::Action& action) {
  return std::visit(overloaded{
                        [](ir::Untrack) { return std::string("untrack"); },
                        [](ir::Drop) { return std::string("drop"); },
                        [](ir::Track) { return std::string("track"); },
                        [](ir::NextBlock) { return std::string("pass to the next tier"); },
                        [](const ir::LogPacket& log) { return fmt::format("log `{}`", visible(log.prefix)); },
                    },
                    action);
}

static const ir::InterfaceHook* find_hook(const ir::Ruleset& ruleset, const Sighting& sighting) {
  const auto found = std::ranges::find_if(ruleset.hooks, [&](const ir::InterfaceHook& hook) {
    return hook.interface_name == sighting.interface_name && hook.direction == sighting.direction;
  });
  return found == ruleset.hooks.end() ? nullptr : &*found;
}

static std::string steps(const SourceMap& sources, const ir::InterfaceHook& hook, const ir::Trace& trace) {
  std::string text;
  for (const ir::RuleRef& ref : trace.rules) {
    const ir::Block& block = hook.blocks[ref.block];
    const ir::Rule& rule = block.rules[ref.rule];
    const ir::Provenance& origin = rule.provenance.front();
    text += fmt::format("{}, {} ({}): {}\n", block.name, to_string(origin), sources.place(origin.span),
                        action_text(rule.action));
  }
  if (!trace.decided) text += "no rule decides\n";
  return text;
}

static std::string nothing_on(const ir::Ruleset& ruleset, const Sighting& sighting) {
  std::set<std::string_view> elsewhere;
  for (const ir::InterfaceHook& hook : ruleset.hooks) elsewhere.insert(hook.interface_name);
  return fmt::format("no untracked policy on {} of {}{}{}", sighting.interface_name, ruleset.node,
                     elsewhere.empty() ? "" : ", but on ", fmt::join(elsewhere, ", "));
}

ExitStatus trace(const TraceOptions& options, Console& console) {
  const auto parsed = parse_sighting(options.packet);
  if (const auto* reason = std::get_if<std::string>(&parsed)) {
    return fail(
        console,
        {ExitStatus::WrongUsage,
         fmt::format("`{}` is no packet: {}\nwrite `in|out INTERFACE PROTOCOL SOURCE > DESTINATION`, like "
                     "`in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211`",
                     options.packet, *reason)});
  }
  const Sighting& sighting = std::get<Sighting>(parsed);
  auto opened = open_session(options.input, /*jobs=*/1, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);
  const auto chosen = choose_node(session.policies, options.node);
  if (const auto* failure = std::get_if<Failure>(&chosen)) return fail(console, *failure);
  const std::string& node = std::get<std::string>(chosen);

  const ir::Ruleset ruleset =
      passes::lower_policies(session.policies, node, options.lower, session.diagnostics);
  const Shown shown =
      show_findings(session, options.report, FailOn::Error, console.err, console.err_is_terminal, console);
  if (session.diagnostics.refuses_compile()) return ExitStatus::Findings;

  const ir::InterfaceHook* hook = find_hook(ruleset, sighting);
  if (!hook) {
    console.out << nothing_on(ruleset, sighting) << "\nverdict track\n";
  } else {
    const ir::Trace met = ir::evaluate(ruleset, *hook, sighting.packet);
    console.out << steps(session.sources, *hook, met) << fmt::format("verdict {}\n", to_string(met.verdict));
  }
  console.out.flush();
  return shown.failed ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
