// Whether a buffer is text that YAML allows at all: UTF-8 without control characters.
#pragma once
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

// Reports the first byte that is wrong. False: the buffer cannot be read.
bool check_encoding(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics);

}  // namespace untrack::frontend::yaml
