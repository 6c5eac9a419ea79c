#include "driver/inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "driver/files.h"

namespace untrack::driver {

namespace fs = std::filesystem;

static bool has_wanted_extension(const fs::path& path) {
  static constexpr std::array<std::string_view, 3> kExtensions = {".yaml", ".yml", ".json"};
  return std::ranges::find(kExtensions, path.extension().string()) != kExtensions.end();
}

// Names that begin with a dot are not looked at: version control, editors' leftovers, our own configuration.
static llvm::Expected<std::vector<std::string>> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code code;
  fs::recursive_directory_iterator it(folder, code);
  while (!code && it != fs::recursive_directory_iterator()) {
    const bool hidden = it->path().filename().string().starts_with('.');
    const bool is_folder = it->is_directory(code);
    if (code) break;
    if (hidden && is_folder) it.disable_recursion_pending();
    if (!hidden && !is_folder && has_wanted_extension(it->path())) {
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
