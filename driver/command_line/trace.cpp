#include <memory>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

CommandEntry trace_command() {
  const auto value = std::make_shared<TraceOptions>();
  Options options;
  // The packet comes last, so paths and packet are one list until all words are known.
  options.push_back(
      {.name = "PATH... PACKET",
       .words = Words::Many,
       .take = append(value->input.paths),
       .text = "Inputs as of compile, then the packet: in|out INTERFACE, and the packet as in the example",
       .required = true,
       .is_path = true});
  add_inputs(options, value->input);
  options.push_back({.name = "-n,--node",
                     .value = "NODE",
                     .take = set(value->node),
                     .text = "The node; may be left out where the input has one"});
  add_interfaces(options, value->lower);
  add_color(options, value->report);
  return {
      .name = "trace",
      .text = "Follow one packet through the rules of a node",
      .options = std::move(options),
      .example = "untrack trace policies/ -n jasper-node-0 'in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211'",
      .value = [value] {
        TraceOptions trace = *value;
        trace.packet = trace.input.paths.back();
        trace.input.paths.pop_back();
        return trace;
      }};
}

}  // namespace untrack::driver
