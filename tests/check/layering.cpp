// Includes run one way (docs/architecture.md, "Who may include whom"). An arrow that is not in these tables
// is a question about the design, to be answered before the table grows.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace fs = std::filesystem;

namespace {

struct Include {
  std::string file;
  std::string target;
  bool angle = false;  // <...>: not ours
};

}  // namespace

// backends/x and tests are as deep as a folder gets: their parts are strangers to each other.
static std::string folder_of(const std::string& path) {
  static const std::regex backend("backends/[^/]+/");
  std::smatch match;
  if (std::regex_search(path, match, backend, std::regex_constants::match_continuous)) {
    return match.str().substr(0, match.length() - 1);
  }
  return path.substr(0, path.find('/'));
}

static std::vector<std::string> sources_below(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".h" || extension == ".cpp") files.push_back(entry.path().generic_string());
    }
  }
  std::ranges::sort(files);
  return files;
}

static std::vector<Include> includes_of(const std::string& file) {
  static const std::regex include(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> found;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) found.push_back({file, match.str(2), match.str(1) == "<"});
  }
  return found;
}

static const std::vector<std::string> kFolders = {"support",  "ir",     "frontend", "passes",
                                                  "backends", "verify", "driver"};

static std::vector<Include> all_includes() {
  std::vector<Include> all;
  for (const std::string& file : sources_below(kFolders)) {
    const std::vector<Include> found = includes_of(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

TEST_CASE("layering: every include of ours is an arrow of the table") {
  const std::map<std::string, std::set<std::string>> may_include = {
      {"support", {}},
      {"ir", {"support"}},
      {"frontend", {"ir", "support"}},
      {"passes", {"ir", "support"}},
      {"backends", {"ir", "support"}},  // backend.h; each backend: below
      {"verify",
       {"ir", "support"}},  // never backends or passes: a checker that shares code agrees with its bugs
      {"driver",
       {"support", "ir", "frontend", "passes", "backends", "backends/nft", "backends/iptables",
        "backends/bpf", "verify"}},
  };
  for (const Include& include : all_includes()) {
    if (include.angle) continue;
    const std::string from = folder_of(include.file), to = folder_of(include.target);
    // Files that are written during the build have no folder.
    if (from == to || include.target.find('/') == std::string::npos) continue;
    const bool backend = from.starts_with("backends/");
    const auto allowed = may_include.find(backend ? "backends" : from);
    REQUIRE(allowed != may_include.end());
    const bool fine = allowed->second.contains(to) || (backend && include.target == "backends/backend.h");
    CHECK_MESSAGE(fine, fmt::format("{} includes {}", include.file, include.target));
  }
}

TEST_CASE("layering: the folders of driver/ build on each other one way") {
  const auto part_of = [](const std::string& path) {
    const std::size_t begin = std::string_view("driver/").size(), end = path.find('/', begin);
    return end == std::string::npos ? std::string() : path.substr(begin, end - begin);
  };
  const std::map<std::string, std::set<std::string>> may_include = {
      {"catalogue", {}},
      {"report", {"catalogue"}},
      {"findings", {"report", "catalogue"}},
      {"bundle", {}},
      {"command_line", {"catalogue"}},
      {"commands", {"catalogue", "report", "findings", "bundle", "command_line"}},
  };
  for (const Include& include : all_includes()) {
    if (!include.file.starts_with("driver/") || !include.target.starts_with("driver/")) continue;
    const std::string from = part_of(include.file), to = part_of(include.target);
    if (from.empty() || to.empty() || from == to) continue;  // driver/ itself is what they all share
    REQUIRE(may_include.contains(from));
    CHECK_MESSAGE(may_include.at(from).contains(to),
                  fmt::format("{} includes {}", include.file, include.target));
  }
}

TEST_CASE("layering: each third-party library is met where it is adapted") {
  struct Library {
    std::regex header;
    std::vector<std::string> homes;  // files, or folders with a slash behind
  };
  const std::vector<Library> libraries = {
      {std::regex("antlr4.*|Selector(Lexer|Parser).*"), {"frontend/selector/parse.cpp"}},
      {std::regex("yaml-cpp/.*"), {"frontend/yaml/parse.cpp"}},
      {std::regex("CLI/.*"), {"driver/command_line/parse.cpp"}},
      {std::regex("nettle/.*"), {"support/digest.cpp"}},
      {std::regex("re2/.*"), {"support/go_regex.cpp"}},
      {std::regex("g?(lib)?elf\\.h"), {"backends/bpf/object_template.cpp"}},
      {std::regex("(linux|bpf)/.*"), {"backends/bpf/classifier/"}},
      {std::regex("nlohmann/.*"), {"driver/"}},
  };
  for (const Include& include : all_includes()) {
    for (const Library& library : libraries) {
      if (!std::regex_match(include.target, library.header)) continue;
      const bool home = std::ranges::any_of(library.homes, [&](const std::string& place) {
        return include.file == place || (place.ends_with('/') && include.file.starts_with(place));
      });
      CHECK_MESSAGE(home, fmt::format("{} includes {}", include.file, include.target));
      CHECK_MESSAGE((include.file.ends_with(".cpp") || include.file.starts_with("backends/bpf/classifier/")),
                    fmt::format("{} includes {}", include.file, include.target));
    }
  }
}

TEST_CASE("layering: headers say `#pragma once` and begin with what they are for") {
  for (const std::string& file : sources_below(kFolders)) {
    if (!file.ends_with(".h")) continue;
    std::ifstream stream(file);
    std::string first, line;
    std::getline(stream, first);
    CHECK_MESSAGE(first.starts_with("// "), fmt::format("{} begins with no comment", file));
    bool once = false;
    while (!once && std::getline(stream, line)) once = line == "#pragma once";
    CHECK_MESSAGE(once, fmt::format("{} has no #pragma once", file));
  }
}

TEST_CASE("layering: the project stands alone, without the folders beside it") {
  // Written in two parts, so that this file does not find itself.
  const std::vector<std::string> outside = {std::string("../") + "shared", std::string("/") + "work/"};
  for (auto it = fs::recursive_directory_iterator("."); it != fs::recursive_directory_iterator(); ++it) {
    const std::string path = it->path().lexically_normal().generic_string();
    if (path == ".git" || path == "build" || path == "out") {  // .git is a file in a worktree
      if (it->is_directory()) it.disable_recursion_pending();
      continue;
    }
    if (it->is_directory()) continue;
    std::ifstream stream(it->path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    for (const std::string& name : outside) {
      CHECK_MESSAGE(text.find(name) == std::string::npos, fmt::format("{} mentions {}", path, name));
    }
  }
}
