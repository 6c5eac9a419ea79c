#include <memory>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

CommandEntry nodes_command() {
  const auto value = std::make_shared<NodesOptions>();
  Options options;
  add_paths(options, value->input);
  add_inputs(options, value->input);
  add_interfaces(options, value->lower);
  add_color(options, value->report);
  return {.name = "nodes",
          .text = "List nodes, host endpoints, interfaces, and the untracked policies that reach them",
          .options = std::move(options),
          .example = "untrack nodes policies/ --inventory cluster/",
          .value = [value] { return *value; }};
}

}  // namespace untrack::driver
