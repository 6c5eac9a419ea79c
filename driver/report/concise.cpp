// One line a finding, for grep and for editors.
#include <fmt/format.h>

#include "driver/report/report.h"
#include "driver/visible.h"

namespace untrack::driver {

std::string render_concise(const SourceMap& sources, Findings findings) {
  std::string text;
  for (const Diagnostic* finding : findings) {
    if (finding->span.exists()) text += visible(sources.place(finding->span)) + ": ";
    text += fmt::format("{}: {} [{}]\n", to_string(finding->info->severity), visible(finding->message),
                        finding->info->code);
  }
  return text;
}

}  // namespace untrack::driver
