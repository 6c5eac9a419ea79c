// Files as a whole, all or nothing.
#pragma once
#include <llvm/Support/Error.h>

#include <span>
#include <string>

namespace untrack::driver {

struct OutputFile {
  std::string path;  // folders above it are made
  std::string bytes;
  bool executable = false;  // by everybody
};

// Writes every file under a temporary name beside its place, then renames them in order. If one cannot be
// written, none is changed and no temporary file stays behind.
llvm::Error write_files(std::span<const OutputFile> files);

}  // namespace untrack::driver
