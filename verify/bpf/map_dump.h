// What `bpftool map dump -j` prints: one array for a map, an object with key and value for each element,
// bytes as "0x.." (tools/bpf/bpftool/map.c, print_entry_json). Several dumps may follow each other.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace untrack::verify::bpf {

// A map that may be ours: an array of one element, whose value begins as an image does.
struct DumpedImage {
  std::uint32_t line = 0;
  std::string bytes;
};
struct MapDumps {
  std::vector<DumpedImage> images;
  std::vector<std::uint32_t> others;  // lines where maps of others begin
};

// Throws Refused for what is no such dump.
MapDumps parse_map_dumps(std::string_view text);

}  // namespace untrack::verify::bpf
