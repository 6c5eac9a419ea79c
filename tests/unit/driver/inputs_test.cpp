#include "driver/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <csignal>
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

TEST_CASE("inputs: a folder's files end in any letter case; pipes are none, and a link to nothing is named") {
  const Folder folder;
  folder.put("a.YAML", kPolicy);
  folder.put("b.Yml", kPolicy);
  REQUIRE(::mkfifo((folder / "pipe.yaml").c_str(), 0600) == 0);
  fs::create_symlink("a.YAML", folder / "c.yaml");
  fs::create_symlink("nowhere", folder / "d.txt");
  CHECK(names(folder, {{folder.path()}, {}, ""}) == Names{"a.YAML", "b.Yml"});
  fs::create_symlink("nowhere", folder / "e.yaml");
  const Names found = names(folder, {{folder.path()}, {}, ""});
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("/e.yaml`: No such file or directory") != std::string::npos);
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

TEST_CASE("files: a pipe that is there is written to, and stays a pipe") {
  const Folder folder;
  const std::string pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  const std::vector<OutputFile> files = {{pipe, "through"}};
  CHECK(!write_files(files));
  char text[16] = {};
  CHECK(::read(reader, text, sizeof text) == 7);
  CHECK(std::string_view(text) == "through");
  CHECK(fs::is_fifo(pipe));
  ::close(reader);
}

TEST_CASE("files: a descriptor by its name is written to, behind what is there") {
  const Folder folder;
  folder.put("log", "before ");
  const int descriptor = ::open((folder / "log").c_str(), O_WRONLY);
  REQUIRE(descriptor >= 0);
  fs::create_symlink("/dev/fd/" + std::to_string(descriptor), folder / "link");
  const std::vector<OutputFile> files = {{folder / "link", "after"}};
  CHECK(!write_files(files));
  ::close(descriptor);
  std::string text;
  std::getline(std::ifstream(folder / "log"), text);
  CHECK(text == "before after");
  CHECK(fs::is_symlink(folder / "link"));
}

TEST_CASE("files: a link stays where that is asked for, and what it points to is replaced") {
  const Folder folder;
  folder.put("there/report", "before");
  fs::create_symlink("there/report", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  const std::vector<OutputFile> linked = {{.path = folder / "link", .bytes = "after", .linked = true}};
  CHECK(!write_files(linked));
  CHECK(fs::is_symlink(folder / "link"));
  std::string text;
  std::getline(std::ifstream(folder / "there/report"), text);
  CHECK(text == "after");

  const std::vector<OutputFile> plain = {{folder / "link", "instead"},
                                         {.path = folder / "dangling", .linked = true}};
  CHECK(!write_files(plain));
  CHECK(!fs::is_symlink(folder / "link"));
  CHECK(fs::is_regular_file(folder / "dangling"));
}

TEST_CASE("files: a signal that comes meanwhile ends the program once nothing is left behind") {
  const Folder folder;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGTERM, SIG_DFL);
    sigset_t term{};
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &term, nullptr);
    ::raise(SIGTERM);  // it waits from here on, as if it came while the files are written
    const std::vector<OutputFile> files = {{folder / "a", "x"}, {folder / "b", "x"}};
    const bool refused = llvm::errorToBool(write_files(files));
    ::_exit(refused ? 3 : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(fs::is_empty(folder.path()));
}

}  // namespace untrack::driver
