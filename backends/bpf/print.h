// Image -> its bytes, as docs/bpf.md lays them out.
#pragma once
#include <cstddef>
#include <string>

#include "backends/bpf/model.h"

namespace untrack::backends::bpf {

std::string print(const Image& image);
std::size_t size_in_bytes(const Node& node);

}  // namespace untrack::backends::bpf
