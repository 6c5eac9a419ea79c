// Runs the program as its users do, and keeps the files that it is run on.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace untrack::cli {

struct Outcome {
  int status = -1;
  std::string out, err;
};

// A folder that vanishes with its owner. Programs run in it see none of the configuration files above it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void put(const std::string& name, std::string_view text) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const;
  std::vector<std::string> files() const;  // below it, sorted
  const std::string& path() const { return path_; }

  // The program in this folder, with these arguments and this standard input.
  Outcome run(const std::vector<std::string>& arguments, std::string_view standard_input = "") const;

 private:
  std::string path_;
};

bool contains(std::string_view text, std::string_view part);
std::size_t count(std::string_view text, std::string_view part);

}  // namespace untrack::cli
