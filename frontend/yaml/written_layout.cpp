#include "frontend/yaml/written_layout.h"

#include <string_view>

namespace untrack::frontend::yaml {

std::optional<std::uint32_t> WrittenLayout::step_of(Node mapping, NodeKind kind) const {
  if (!mapping.is_mapping() || lines_.is_flow(mapping)) return std::nullopt;
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const Node value = mapping.value(i);
    if (value.kind() != kind || value.size() == 0 || lines_.is_flow(value) || !is_own_entry(mapping, i))
      continue;
    const std::uint32_t outer = lines_.column(mapping.key(i).span().begin);
    const std::uint32_t inner = lines_.column(value.span().begin);
    if (lines_.begins_line(value.span().begin) && inner >= outer) return inner - outer;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> WrittenLayout::gap_of(Node list) const {
  if (!list.is_sequence() || list.size() == 0 || lines_.is_flow(list)) return std::nullopt;
  const std::uint32_t begin = list.span().begin, item = list.item(0).span().begin;
  if (!list.item(0).is_mapping() || lines_.is_flow(list.item(0)) || item <= begin + 1) return std::nullopt;
  if (lines_.text(begin + 1, item).find_first_not_of(' ') != std::string_view::npos) return std::nullopt;
  return item - begin;
}

std::uint32_t WrittenLayout::found(Node first, Measure measure) const {
  auto width = measure(first);
  if (!width) seats_.any_of([&](const Seat& seat) { return (width = measure(seat.node)).has_value(); });
  return width.value_or(2);
}

BlockLayout WrittenLayout::of_mapping(Node mapping, std::uint32_t at) const {
  const auto step_to = [&](NodeKind kind) {
    return found(mapping, [&](Node node) { return step_of(node, kind); });
  };
  return {.line_break = lines_.line_break(at),
          .step = step_to(NodeKind::Mapping),
          .list_step = step_to(NodeKind::Sequence),
          .gap = found(mapping, [&](Node node) { return gap_of(node); })};
}

BlockLayout WrittenLayout::of_list(Node list, std::uint32_t at) const {
  BlockLayout layout = of_mapping(list.item(0), at);
  layout.gap = found(list, [&](Node node) { return gap_of(node); });
  return layout;
}

bool WrittenLayout::likes_flow_items(Node mapping) const {
  for (std::size_t i = 0; i < mapping.size(); ++i) {
    const Node value = mapping.value(i);
    if (value.is_sequence() && value.size() > 0 && value.item(0).is_mapping())
      return holds_flow_mappings(value);
  }
  return false;
}

bool WrittenLayout::holds_flow_mappings(Node list) const {
  return list.item(0).is_mapping() && lines_.is_flow(list.item(0));
}

}  // namespace untrack::frontend::yaml
