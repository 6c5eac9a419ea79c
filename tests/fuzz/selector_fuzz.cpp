// Any bytes as a selector: no crash, no hang; errors point into the text; what is accepted keeps its meaning
// through its canonical form.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "frontend/selector/parse.h"

using namespace untrack;

static void require(bool holds) {
  if (!holds) std::abort();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = frontend::parse_selector(text);
  if (const auto* error = std::get_if<frontend::SelectorError>(&parsed)) {
    require(error->offset <= text.size() && error->length <= text.size() - error->offset &&
            !error->message.empty());
    return 0;
  }
  const auto& selector = std::get<ir::Selector>(parsed);
  const auto again = frontend::parse_selector(selector.canonical());
  const auto* reread = std::get_if<ir::Selector>(&again);
  require(reread != nullptr);
  // Labels made of the input itself, so that comparisons can come out both ways.
  for (const std::size_t length : {std::size_t{0}, size / 2, size}) {
    const std::string_view value = text.substr(0, length);
    const ir::LabelLookup labels = [&](std::string_view key) -> std::optional<std::string_view> {
      if (key.size() % 2 == 0) return std::nullopt;
      return value;
    };
    require(selector.matches(labels) == reread->matches(labels));
  }
  return 0;
}
