#include "driver/options.h"

#include <doctest/doctest.h>

#include <vector>

namespace untrack::driver {

static std::variant<Command, Answer> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "untrack");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <class Options>
static Options parsed(std::vector<const char*> words) {
  return std::get<Options>(std::get<Command>(parse(std::move(words))));
}

static std::string refused(std::vector<const char*> words) {
  const auto result = parse(std::move(words));
  const auto& answer = std::get<Answer>(result);
  CHECK(answer.status == ExitStatus::WrongUsage);
  return answer.text;
}

static bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_CASE("options: -n takes one value, so that a path behind it stays a path") {
  const auto options = parsed<CompileOptions>({"compile", "-n", "a", "policies", "-n", "b"});
  CHECK(options.nodes == std::vector<std::string>{"a", "b"});
  CHECK(options.input.paths == std::vector<std::string>{"policies"});
}

TEST_CASE("options: targets come with commas or one by one") {
  CHECK(parsed<CompileOptions>({"compile", "-t", "nft,iptables"}).targets ==
        std::vector{Target::Nft, Target::Iptables});
  CHECK(parsed<CompileOptions>({"compile", "-t", "iptables", "-t", "nft", "x"}).targets ==
        std::vector{Target::Iptables, Target::Nft});
  CHECK(parsed<CompileOptions>({"compile", "-t", "nft,iptables", "-t", "nft"}).targets ==
        std::vector{Target::Nft, Target::Iptables});
}

TEST_CASE("options: standard input and standard output are a dash") {
  const auto options = parsed<CompileOptions>({"compile", "-", "-o", "-", "--stdin-filename", "k.yaml"});
  CHECK(options.input.paths == std::vector<std::string>{"-"});
  CHECK(options.output == "-");
  CHECK(options.input.stdin_name == "k.yaml");
}

TEST_CASE("options: several reports, some into files") {
  const auto reports =
      parsed<LintOptions>({"lint", "--format", "text", "--format", "json=out.json", "x"}).report.reports;
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].format == Format::Text);
  CHECK(reports[1].format == Format::Json);
  CHECK(reports[1].file == "out.json");
}

TEST_CASE("options: two reports do not go into one file") {
  CHECK(contains(refused({"lint", "--format", "json=out", "--format", "sarif=out", "x"}),
                 "two reports into `out`"));
}

TEST_CASE("options: --interface holds IPv6 addresses") {
  const auto options = parsed<CompileOptions>({"compile", "--interface", "n1:2001:db8::1=eth0"});
  const std::pair<std::string, ir::Address> key{"n1", *ir::Address::parse("2001:db8::1")};
  CHECK(options.lower.interfaces.at(key) == "eth0");
}

TEST_CASE("options: labels may be none at all") {
  CHECK(!parsed<SelectorOptions>({"selector", "all()"}).labels);
  CHECK(parsed<SelectorOptions>({"selector", "all()", "--labels", ""}).labels->empty());
  CHECK(parsed<SelectorOptions>({"selector", "all()", "--labels", "a=b,c="}).labels ==
        std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", ""}});
}

TEST_CASE("options: a selector is taken as it is") {
  CHECK(parsed<SelectorOptions>({"selector", "a in {'x', 'y'}"}).expression == "a in {'x', 'y'}");
  CHECK(parsed<SelectorOptions>({"selector", ""}).expression.empty());
  CHECK(parsed<SelectorOptions>({"selector", "--", "-a == 'x'"}).expression == "-a == 'x'");
  CHECK(parsed<SelectorOptions>({"selector", "[a]"}).expression == "[a]");
}

TEST_CASE("options: the packet of trace comes last") {
  const auto options =
      parsed<TraceOptions>({"trace", "a", "b", "-n", "n1", "in eth0 tcp 1.2.3.4:5 > 1.2.3.5:6"});
  CHECK(options.packet == "in eth0 tcp 1.2.3.4:5 > 1.2.3.5:6");
  CHECK(options.input.paths == std::vector<std::string>{"a", "b"});
  CHECK(options.node == "n1");
}

TEST_CASE("options: every command has help with an example") {
  for (const char* command : {"compile", "lint", "trace", "nodes", "selector", "explain", "rules"}) {
    CAPTURE(command);
    const auto result = parse({command, "--help"});
    const auto& answer = std::get<Answer>(result);
    CHECK(answer.status == ExitStatus::Done);
    CHECK(contains(answer.text, "Example:\n"));
    const auto same = parse({"help", command});
    CHECK(std::get<Answer>(same).text == answer.text);
  }
  const auto result = parse({"help"});
  CHECK(contains(std::get<Answer>(result).text, "compile"));
}

TEST_CASE("options: wrong usage says what was meant") {
  CHECK(contains(refused({}), "no command"));
  CHECK(contains(refused({"complie"}), "did you mean `compile`?"));
  CHECK(contains(refused({"diff", "old.yaml"}), "NEW is required"));
  CHECK(parsed<CompileOptions>({"compile", "-t", "bpf"}).targets == std::vector{Target::Bpf});
  CHECK(contains(refused({"compile", "-t", "nt"}), "did you mean `nft`?"));
  CHECK(contains(refused({"lint", "--fail-on", "note"}), "error, warning, info, never"));
  CHECK(contains(refused({"lint", "--frobnicate"}), "--frobnicate"));
  CHECK(contains(refused({"lint", "--jobs", "0"}), "1 to 1024"));
  CHECK(contains(refused({"compile", "-n", "a", "--all-nodes"}), "--all-nodes"));
  CHECK(contains(refused({"compile", "--interface", "n1=eth0"}), "NODE:ADDRESS=NAME"));
  CHECK(contains(refused({"compile", "--dump-ir", "lower"}), "after:PASS"));
  CHECK(contains(refused({"selector"}), "untrack selector --help"));
}

}  // namespace untrack::driver
