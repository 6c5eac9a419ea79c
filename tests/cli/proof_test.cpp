// Every input of the project compiles, is proved, or is refused for a reason that the user can mend; none
// shows a fault of ours. The meaning is compared around every pass as well.
#include <doctest/doctest.h>

#include <filesystem>

#include <fmt/format.h>

#include "program.h"

namespace untrack::cli {

namespace fs = std::filesystem;

static void compiles_or_is_refused(const fs::path& input) {
  const Folder folder;
  const std::string path = fs::absolute(input).string();
  const Outcome outcome =
      folder.run({"compile", path, "--isolated", "--all-nodes", "--check-passes", "--quiet", "-o", "out"});
  // 2: an example without any node.
  CHECK_MESSAGE((outcome.status >= 0 && outcome.status <= 2), fmt::format("{}: {}", path, outcome.err));
  if (outcome.status != 0) CHECK(!folder.has("out"));
}

TEST_CASE("proof: each example of a diagnostic compiles or is refused") {
  for (const auto& example : fs::recursive_directory_iterator("testdata/diagnostics")) {
    if (example.path().extension() == ".yaml") compiles_or_is_refused(example.path());
  }
}

TEST_CASE("proof: each policy of the golden tests and of the kernel tests compiles or is refused") {
  for (const char* folder : {"testdata/policies", "tests/kernel/policies", "testdata/memcached"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.path().extension() == ".yaml") compiles_or_is_refused(entry.path());
    }
  }
}

}  // namespace untrack::cli
