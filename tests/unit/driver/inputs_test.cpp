#include "driver/inputs.h"

#include <unistd.h>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "driver/files.h"

namespace untrack::driver {

namespace fs = std::filesystem;

static constexpr std::string_view kPolicy = "apiVersion: projectcalico.org/v3\nkind: Tier\n";

namespace {

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("untrack-inputs-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  void put(const std::string& name, std::string_view text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

}  // namespace

// Names below the folder, `+` before those of the inventory.
static std::vector<std::string> names(const Folder& folder, const InputPaths& paths,
                                      const std::string& standard_input = "") {
  SourceMap sources;
  std::istringstream stream(standard_input);
  auto inputs = read_inputs(sources, paths, stream);
  if (!inputs) return {llvm::toString(inputs.takeError())};
  std::vector<std::string> found;
  for (const frontend::Source& input : *inputs) {
    std::string name(sources.name(input.buffer));
    if (name.starts_with(folder.path())) name = name.substr(folder.path().size() + 1);
    found.push_back((input.role == frontend::Role::Inventory ? "+" : "") + name);
  }
  return found;
}

using Names = std::vector<std::string>;

TEST_CASE(
    "inputs: a folder gives its YAML and JSON files in the order of their paths, what is hidden left out") {
  const Folder folder;
  for (const char* name : {"b.yaml", "a/z.yml", "a/y.json", "c.txt", ".hidden.yaml", ".git/x.yaml"}) {
    folder.put(name, kPolicy);
  }
  CHECK(names(folder, {{folder.path()}, {}, ""}) == Names{"a/y.json", "a/z.yml", "b.yaml"});
}

TEST_CASE("inputs: files of a folder that hold no document of ours are skipped, a named file never is") {
  const Folder folder;
  folder.put("values.yaml", "image: {{ .Values.image }}\n");
  folder.put("pod.yaml", "apiVersion: v1\nkind: Pod\n");
  folder.put("chart.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n");
  folder.put("list.json", R"({"apiVersion":"v1","kind":"List","items":[]})");
  folder.put("app.yaml", "apiVersion: apps/v1\nkind: Deployment\n");
  CHECK(names(folder, {{folder.path()}, {}, ""}) == Names{"list.json", "pod.yaml"});
  CHECK(names(folder, {{folder / "values.yaml"}, {}, ""}) == Names{"values.yaml"});
}

TEST_CASE("inputs: a file is read once; linted wins over inventory") {
  const Folder folder;
  folder.put("a.yaml", kPolicy);
  folder.put("b.yaml", kPolicy);
  CHECK(names(folder,
              {{folder / "a.yaml", folder / "../" + fs::path(folder.path()).filename().string() + "/a.yaml"},
               {folder.path()},
               ""}) == Names{"a.yaml", "+b.yaml"});
}

TEST_CASE("inputs: a dash is standard input, under the name that was given") {
  const Folder folder;
  CHECK(names(folder, {{"-"}, {}, "rendered.yaml"}, "x") == Names{"rendered.yaml"});
}

TEST_CASE("inputs: every path that cannot be read is named") {
  const Folder folder;
  const Names found = names(folder, {{folder / "no.yaml", folder / "never.yaml"}, {}, ""});
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("no.yaml`: No such file or directory") != std::string::npos);
  CHECK(found[0].find("never.yaml`: No such file or directory") != std::string::npos);
}

TEST_CASE("files: all are written, or none and nothing stays behind") {
  const Folder folder;
  folder.put("old", "before");
  folder.put("taken/x", "");
  const std::vector<OutputFile> bad = {{folder / "old", "after"},
                                       {folder / "taken", "a folder is in its place"}};
  llvm::Error error = write_files(bad);
  CHECK(static_cast<bool>(error));
  CHECK(llvm::toString(std::move(error)).find("taken") != std::string::npos);
  std::string text;
  std::getline(std::ifstream(folder / "old"), text);
  CHECK(text == "before");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);

  const std::vector<OutputFile> good = {{folder / "old", "after"}, {folder / "new/deep/file", "x"}};
  CHECK(!write_files(good));
  std::getline(std::ifstream(folder / "old"), text);
  CHECK(text == "after");
  CHECK(fs::exists(folder / "new/deep/file"));
}

}  // namespace untrack::driver
