// Files as a whole, all or nothing.
#pragma once
#include <llvm/Support/Error.h>

#include <istream>
#include <span>
#include <string>
#include <system_error>

namespace untrack::driver {

llvm::Error unreadable(const std::string& path, std::error_code code);
llvm::Expected<std::string> read_file(const std::string& path);
llvm::Expected<std::string> read_stream(std::istream& stream, const std::string& name);

struct OutputFile {
  std::string path;  // folders above it are made
  std::string bytes;
  bool executable = false;  // by everybody
  bool linked = false;      // where a link points to, which stays
  bool edited = false;      // of a file that is there: it keeps owner and mode; a link stays as with `linked`
};

// Writes every file under a temporary name beside its place, then renames them in order. If one cannot be
// written, or a signal ends the program, none is changed and no temporary file stays behind. What is there
// and is no file, such as /dev/stdout or a pipe, is written to before any file is renamed.
llvm::Error write_files(std::span<const OutputFile> files);

}  // namespace untrack::driver
