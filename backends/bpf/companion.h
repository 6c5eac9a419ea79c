// `companion.nft`: the rule in table raw that turns the mark of the programs into notrack.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "backends/bpf/model.h"

namespace untrack::backends::bpf {

std::string companion(std::string_view node, std::span<const Image> images, MarkBit mark);

}  // namespace untrack::backends::bpf
