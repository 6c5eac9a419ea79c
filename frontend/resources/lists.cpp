#include "frontend/resources/lists.h"

#include <unordered_set>

#include "frontend/resources/match_diagnostics.h"

namespace untrack::frontend::resources {

void check_size(Context& context, const Entry& list, std::size_t most) {
  if (list.value.size() > most && list.value.is_sequence()) {
    context.by_schema(list.key, too_many_items, list.described(), list.value.size(), most);
  }
}

void check_distinct(Context& context, const Entry& list) {
  if (!list.value.is_sequence() || list.value.size() < 2) return;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < list.value.size(); ++i) {
    const yaml::Node item = list.value.item(i);
    if (item.is_scalar() && !seen.insert(item.text()).second) {
      context.remark(item.span(), repeated_item, item.text())
          .fix({Safety::Safe, FixEffect::Kept, "remove it here", {RemoveItem{item.span()}}});
    }
  }
}

}  // namespace untrack::frontend::resources
