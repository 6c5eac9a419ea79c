#include <memory>

#include <fmt/format.h>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

static Mistake take_labels(const std::string& text, SelectorOptions& options) {
  options.labels.emplace();
  for (const std::string& label : split(text, ',')) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0)
      return fmt::format("`{}` is not of the form KEY=VALUE", label);
    options.labels->emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  return std::nullopt;
}

CommandEntry selector_command() {
  const auto value = std::make_shared<SelectorOptions>();
  Options options;
  options.push_back({.name = "EXPR",
                     .take = set(value->expression),
                     .text = "The selector; put -- before one that begins with -",
                     .required = true});
  options.push_back({.name = "--labels",
                     .value = "A=B,C=D",
                     .take = [value](const std::string& text) { return take_labels(text, *value); },
                     .text = "Labels to try it on; '' for none"});
  add_color(options, value->report);
  return {.name = "selector",
          .text = "Check a selector, show its canonical form and id, try it on labels",
          .options = std::move(options),
          .example = "untrack selector \"role == 'client' && !has(quarantine)\" --labels role=client",
          .value = [value] { return *value; }};
}

}  // namespace untrack::driver
