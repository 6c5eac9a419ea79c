// testdata/verdicts: policies with packets and what becomes of them, as docs/semantics.md says. Every
// implementation of the meaning must agree: the evaluator before and after the passes, the exact meaning, and
// each artifact as it is read back.
//
//   # node cache-1              where the input has more than one
//   # expect in eth0 tcp 198.51.100.7:40000 > 192.0.2.10:11211 untrack
//
// UNTRACK_VERDICTS names another folder of such files (tests/reference).
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <sstream>

#include "driver/targets.h"
#include "frontend/load.h"
#include "ir/evaluate.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"
#include "verify/reading.h"

namespace fs = std::filesystem;
using namespace untrack;

namespace {

struct Expectation {
  std::string line;
  ir::Direction direction;
  std::string interface_name;
  ir::Packet packet;
  std::string verdict;
};

}  // namespace

static std::vector<Expectation> expectations(const std::string& text) {
  static constexpr std::string_view kMark = "# expect ";
  std::vector<Expectation> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(kMark)) continue;
    std::istringstream words(line.substr(kMark.size()));
    std::string direction, interface_name, packet;
    words >> direction >> interface_name;
    std::getline(words >> std::ws, packet);
    const std::size_t space = packet.rfind(' ');
    const auto parsed = ir::parse_packet(packet.substr(0, space));
    REQUIRE_MESSAGE(parsed, line);
    REQUIRE_MESSAGE((direction == "in" || direction == "out"), line);
    found.push_back({line, direction == "in" ? ir::Direction::Ingress : ir::Direction::Egress, interface_name,
                     *parsed, packet.substr(space + 1)});
  }
  return found;
}

static std::string node_of(const std::string& text, const ir::PolicySet& policies) {
  static constexpr std::string_view kMark = "# node ";
  if (text.starts_with(kMark)) return text.substr(kMark.size(), text.find('\n') - kMark.size());
  REQUIRE(policies.node_names().size() == 1);
  return policies.node_names().front();
}

struct ReadBack {
  std::string target;
  std::vector<backends::Artifact> artifacts;  // the reading refers to them
  std::vector<verify::ReadResult> results;    // for each way to load them
};

// Of each target that the rules can be compiled to.
static std::vector<std::unique_ptr<ReadBack>> read_artifacts(const ir::Ruleset& ruleset) {
  std::vector<std::unique_ptr<ReadBack>> all;
  for (const driver::Target target : driver::all_targets()) {
    const driver::Backend& backend = driver::backend_of(target);
    Diagnostics diagnostics;
    std::vector<backends::Artifact> artifacts = backend.emit(ruleset, {}, diagnostics);
    if (diagnostics.refuses_compile()) {
      CHECK(target == driver::Target::Bpf);  // a program cannot log
      continue;
    }
    all.push_back(std::make_unique<ReadBack>(std::string(to_string(target)), std::move(artifacts)));
    all.back()->results = backend.read(all.back()->artifacts);
    REQUIRE(!all.back()->results.empty());
    for (const verify::ReadResult& result : all.back()->results)
      REQUIRE(std::holds_alternative<verify::Reading>(result));
  }
  return all;
}

static void check_evaluator(const ir::Ruleset& ruleset, ir::Direction direction,
                            const std::string& interface_name, const std::vector<Expectation>& all) {
  for (const Expectation& expected : all) {
    CAPTURE(expected.line);
    CHECK(to_string(evaluate(ruleset, interface_name, direction, expected.packet).verdict) ==
          expected.verdict);
  }
}

static void check_meaning(ir::PacketSpace& space, const ir::Ruleset& ruleset, ir::Direction direction,
                          const std::string& interface_name, const std::vector<Expectation>& all) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    if (hook.interface_name != interface_name || hook.direction != direction) continue;
    const ir::HookMeaning exact = meaning(space, ruleset, hook);
    for (const Expectation& expected : all) {
      CAPTURE(expected.line);
      CHECK(to_string(exact.traces[space.at(exact.map, expected.packet, direction)].verdict) ==
            expected.verdict);
    }
  }
}

static void check_reading(ir::PacketSpace& space, const verify::Reading& reading, ir::Direction direction,
                          const std::string& interface_name, const std::vector<Expectation>& all) {
  ir::EffectTable effects;
  const ir::PacketMap map = reading.effects(space, effects, direction, interface_name);
  for (const Expectation& expected : all) {
    CAPTURE(expected.line);
    const ir::Leaf leaf = space.at(map, expected.packet, direction);
    REQUIRE(leaf != verify::kUndefined);
    CHECK(to_string(effects[leaf].verdict) == expected.verdict);
  }
}

static void check_file(const fs::path& path) {
  CAPTURE(path.string());
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  SourceMap sources;
  const frontend::Source source{sources.add(path.filename().string(), text), frontend::Role::Linted};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  const ir::Ruleset lowered = passes::lower_policies(policies, node_of(text, policies), {}, diagnostics);
  for (const Diagnostic* finding : diagnostics.in_order()) {
    if (finding->info->compile == Compile::Refused)
      FAIL_CHECK(sources.place(finding->span), ": ", finding->message);
  }
  REQUIRE_FALSE(diagnostics.refuses_compile());

  ir::PacketSpace space;
  ir::Ruleset smaller = lowered;
  passes::PassContext context{space};
  passes::run_pipeline(smaller, context);
  const auto readings = read_artifacts(smaller);

  std::map<std::pair<ir::Direction, std::string>, std::vector<Expectation>> hooks;
  for (Expectation& expectation : expectations(text))
    hooks[{expectation.direction, expectation.interface_name}].push_back(std::move(expectation));
  CHECK_FALSE(hooks.empty());
  for (const auto& [hook, all] : hooks) {
    const auto& [direction, interface_name] = hook;
    check_evaluator(lowered, direction, interface_name, all);
    check_evaluator(smaller, direction, interface_name, all);
    check_meaning(space, lowered, direction, interface_name, all);
    for (const auto& read : readings) {
      CAPTURE(read->target);
      for (const verify::ReadResult& result : read->results)
        check_reading(space, std::get<verify::Reading>(result), direction, interface_name, all);
    }
  }
}

TEST_CASE("verdicts: every implementation of the meaning says what the examples say") {
  std::set<fs::path> files;
  const char* const folder = std::getenv("UNTRACK_VERDICTS");
  for (const auto& entry : fs::directory_iterator(folder ? folder : "testdata/verdicts"))
    files.insert(entry.path());
  REQUIRE_FALSE(files.empty());
  for (const fs::path& path : files) {
    SUBCASE(path.filename().c_str()) {
      check_file(path);
    }
  }
}
