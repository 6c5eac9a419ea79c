#include "program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace untrack::cli {

namespace fs = std::filesystem;

static std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

static void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

Folder::Folder() {
  static std::atomic<int> number = 0;
  path_ = (fs::temp_directory_path() / fmt::format("untrack-cli-{}-{}", ::getpid(), number++)).string();
  fs::create_directories(path_);
}

// The streams of a run lie beside the folder, so that they are no input.
static std::string stream_file(const std::string& folder, std::string_view name) {
  return fmt::format("{}.{}", folder, name);
}

Folder::~Folder() {
  fs::remove_all(path_);
  for (const char* name : {"in", "out", "err"}) fs::remove(stream_file(path_, name));
}

void Folder::put(const std::string& name, std::string_view text) const {
  write_file(fs::path(path_) / name, text);
}
std::string Folder::read(const std::string& name) const {
  return read_file(fs::path(path_) / name);
}
bool Folder::has(const std::string& name) const {
  return fs::exists(fs::path(path_) / name);
}

std::vector<std::string> Folder::files() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    if (!entry.is_directory()) found.push_back(entry.path().lexically_relative(path_).string());
  }
  std::ranges::sort(found);
  return found;
}

static std::string quoted(const std::string& argument) {
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

Outcome Folder::run(const std::vector<std::string>& arguments, std::string_view standard_input) const {
  const std::string in = stream_file(path_, "in"), out = stream_file(path_, "out"),
                    err = stream_file(path_, "err");
  write_file(in, standard_input);
  std::string command = fmt::format("cd {} && exec {}", quoted(path_), quoted(UNTRACK_PROGRAM));
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += fmt::format(" <{} >{} 2>{}", quoted(in), quoted(out), quoted(err));
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace untrack::cli
