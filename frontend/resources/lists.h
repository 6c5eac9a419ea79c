// Lists with the limits that Calico sets them: a length (MaxItems, by_schema), and no item twice (a remark:
// only the API server looks).
#pragma once
#include "frontend/resources/scalars.h"

namespace untrack::frontend::resources {

void check_size(Context& context, const Entry& list, std::size_t most);
void check_distinct(Context& context, const Entry& list);
template <auto decode, std::size_t most>
auto list_up_to(Context& context, const Entry& entry) {
  check_size(context, entry, most);
  return list<decode>(context, entry);
}
template <auto decode>
auto set(Context& context, const Entry& entry) {
  check_distinct(context, entry);
  return list<decode>(context, entry);
}
template <auto decode, std::size_t most>
auto set_up_to(Context& context, const Entry& entry) {
  check_size(context, entry, most);
  return set<decode>(context, entry);
}

}  // namespace untrack::frontend::resources
