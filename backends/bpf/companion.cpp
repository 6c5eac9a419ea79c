#include "backends/bpf/companion.h"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/policy.h"

namespace untrack::backends::bpf {

static constexpr std::string_view kTable = "untrack-bpf";

// Which names an interface may have is checked on the way in; none has a quote.
static std::string rule(std::span<const Image> images, MarkBit mark) {
  std::vector<std::string> governed;  // sorted as the images are
  for (const Image& image : images) {
    if (image.hooks[static_cast<std::size_t>(ir::Direction::Ingress)])
      governed.push_back(fmt::format("\"{}\"", image.interface_name));
  }
  if (governed.empty()) return "";
  return fmt::format("\t\tmeta mark & {1:#010x} == {1:#010x} iifname {{ {0} }} notrack accept\n",
                     fmt::join(governed, ", "), mark);
}

std::string companion(std::string_view node, std::span<const Image> images, MarkBit mark) {
  return fmt::format(
      "# Packets that the programs in this folder have marked are not tracked, on node {0}\n"
      "#   load:   nft -f companion.nft   (after the programs: they see to it that nobody else sets the "
      "mark)\n"
      "#   unload: nft delete table inet {1}   (before them)\n"
      "table inet {1} {{}}\n"
      "delete table inet {1}\n"
      "table inet {1} {{\n"
      "\tchain prerouting {{\n"
      "\t\ttype filter hook prerouting priority raw; policy accept;\n"
      "{2}"
      "\t}}\n"
      "}}\n",
      node, kTable, rule(images, mark));
}

}  // namespace untrack::backends::bpf
