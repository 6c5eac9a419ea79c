// PATH arguments -> buffers.
#pragma once
#include <llvm/Support/Error.h>

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/load.h"
#include "support/source.h"

namespace untrack::driver {

struct InputPaths {
  std::vector<std::string> linted;  // files, folders, `-`
  std::vector<std::string> inventory;
  std::string stdin_name;
};

// Reads every file once, however often it is named; one that is both linted and inventory is linted. The
// files of a folder come in the order of their paths as bytes, those left out that frontend::looks_relevant
// leaves out. All paths that cannot be read are in the error.
llvm::Expected<std::vector<frontend::Source>> read_inputs(SourceMap& sources, const InputPaths& paths,
                                                          std::istream& standard_input);

}  // namespace untrack::driver
