#include "driver/inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <llvm/ADT/StringRef.h>

#include "driver/files.h"

namespace untrack::driver {

namespace fs = std::filesystem;

// In any letter case, as calicoctl has it (Calico calicoctl/calicoctl/commands/file/iter.go).
static bool has_wanted_extension(const fs::path& path) {
  static constexpr std::array<llvm::StringRef, 3> kExtensions = {".yaml", ".yml", ".json"};
  const std::string extension = path.extension().string();
  return std::ranges::any_of(kExtensions,
                             [&](llvm::StringRef each) { return each.equals_insensitive(extension); });
}

// Names that begin with a dot are not looked at: version control, editors' leftovers, our own configuration.
static llvm::Expected<std::vector<std::string>> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code code;
  fs::recursive_directory_iterator it(folder, code);
  while (!code && it != fs::recursive_directory_iterator()) {
    const bool hidden = it->path().filename().string().starts_with('.');
    std::error_code no_target;  // of a link: then the file is named where it is read
    const fs::file_type type = it->status(no_target).type();
    if (hidden && type == fs::file_type::directory) it.disable_recursion_pending();
    // A pipe would have to be written to by somebody.
    const bool is_file = type == fs::file_type::regular || type == fs::file_type::not_found;
    if (!hidden && is_file && has_wanted_extension(it->path())) {
      files.push_back(it->path().lexically_normal().string());
    }
    it.increment(code);
  }
  if (code) return unreadable(folder, code);
  std::ranges::sort(files);
  return files;
}

namespace {

class Reader {
 public:
  Reader(SourceMap& sources, const InputPaths& paths, std::istream& standard_input)
      : sources_(sources), paths_(paths), standard_input_(standard_input) {}

  llvm::Expected<std::vector<frontend::Source>> read() {
    for (const std::string& path : paths_.linted) add(path, frontend::Role::Linted);
    for (const std::string& path : paths_.inventory) add(path, frontend::Role::Inventory);
    if (error_) return std::move(error_);
    return std::move(read_);
  }

 private:
  void add(const std::string& path, frontend::Role role) {
    if (path == "-") return add_standard_input(role);
    std::error_code code;
    if (!fs::is_directory(path, code)) return add_file(path, role, /*only_if_relevant=*/false);
    llvm::Expected<std::vector<std::string>> files = files_below(path);
    if (!files) return blame(files.takeError());
    for (const std::string& file : *files) add_file(file, role, /*only_if_relevant=*/true);
  }

  void add_standard_input(frontend::Role role) {
    if (std::exchange(standard_input_read_, true)) return;
    keep(paths_.stdin_name, read_stream(standard_input_, paths_.stdin_name), role);
  }

  void add_file(const std::string& path, frontend::Role role, bool only_if_relevant) {
    std::error_code code;
    const fs::path identity = fs::weakly_canonical(path, code);
    if (!code && !seen_.insert(identity.string()).second) return;
    llvm::Expected<std::string> text = read_file(path);
    if (text && only_if_relevant && !frontend::looks_relevant(*text)) return;
    keep(path, std::move(text), role);
  }

  void keep(const std::string& name, llvm::Expected<std::string> text, frontend::Role role) {
    if (!text) return blame(text.takeError());
    read_.push_back({sources_.add(name, std::move(*text)), role});
  }

  void blame(llvm::Error error) { error_ = llvm::joinErrors(std::move(error_), std::move(error)); }

  SourceMap& sources_;
  const InputPaths& paths_;
  std::istream& standard_input_;
  bool standard_input_read_ = false;
  std::set<std::string> seen_;
  std::vector<frontend::Source> read_;
  llvm::Error error_ = llvm::Error::success();
};

}  // namespace

llvm::Expected<std::vector<frontend::Source>> read_inputs(SourceMap& sources, const InputPaths& paths,
                                                          std::istream& standard_input) {
  return Reader(sources, paths, standard_input).read();
}

}  // namespace untrack::driver
