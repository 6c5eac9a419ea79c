#include <fmt/format.h>

#include <algorithm>

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

// `in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211`
static std::optional<Sighting> parse_sighting(std::string_view text) {
  const auto next_word = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    return word;
  };
  const std::string_view direction = next_word();
  if (direction != "in" && direction != "out") return std::nullopt;
  const std::string_view interface_name = next_word();
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::optional<ir::Packet> packet = ir::parse_packet(text);
  if (interface_name.empty() || !packet) return std::nullopt;
  return Sighting{direction == "in" ? ir::Direction::Ingress : ir::Direction::Egress,
                  std::string(interface_name), *packet};
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

ExitStatus trace(const TraceOptions& options, Console& console) {
  const std::optional<Sighting> sighting = parse_sighting(options.packet);
  if (!sighting) {
    return fail(
        console,
        {ExitStatus::WrongUsage,
         fmt::format("`{}` is no packet; write `in|out INTERFACE PROTOCOL SOURCE > DESTINATION`, like "
                     "`in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211`",
                     options.packet)});
  }
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

  const ir::InterfaceHook* hook = find_hook(ruleset, *sighting);
  if (!hook) {
    console.out << fmt::format("no untracked policy on {} of {}\nverdict track\n", sighting->interface_name,
                               node);
  } else {
    const ir::Trace met = ir::evaluate(ruleset, *hook, sighting->packet);
    console.out << steps(session.sources, *hook, met) << fmt::format("verdict {}\n", to_string(met.verdict));
  }
  console.out.flush();
  return shown.failed ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
