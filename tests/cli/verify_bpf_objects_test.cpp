// `verify` on objects that compile wrote, and on the maps that the kernel would make of them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

static constexpr const char* kObject = "out/n1/bpf/eth0.bpf.o";
static constexpr const char* kCompanion = "out/n1/bpf/companion.nft";
static constexpr const char* kEgress = "out/n1/bpf/egress.nft";

static void compile_server(const Folder& folder, std::string_view policy = kServer) {
  folder.put("in/policy.yaml", policy);
  const Outcome outcome = folder.run({"compile", "in", "-t", "bpf", "-o", "out"});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
}

static Outcome verify(const Folder& folder, std::vector<std::string> artifacts, std::string_view input = "") {
  std::vector<std::string> words{"verify"};
  words.insert(words.end(), artifacts.begin(), artifacts.end());
  words.insert(words.end(), {"--against", "in"});
  return folder.run(words, input);
}

// The image begins with its magic, 12 bytes behind it stands its size (docs/bpf.md).
static std::string image_in(const std::string& object) {
  const std::size_t at = object.find("UNTRKBPF");
  REQUIRE(at != std::string::npos);
  std::size_t size = 0;
  for (int byte = 3; byte >= 0; --byte) size = size << 8 | static_cast<unsigned char>(object[at + 12 + byte]);
  return object.substr(at, size);
}

// As `bpftool map dump -j` prints a map with one element.
static std::string map_dump(std::string_view value) {
  std::string text = R"([{"key":["0x00","0x00","0x00","0x00"],"value":[)";
  for (std::size_t i = 0; i < value.size(); ++i)
    text += fmt::format("{}\"{:#04x}\"", i == 0 ? "" : ",", static_cast<unsigned char>(value[i]));
  return text + "]}]\n";
}

// As `nft list ruleset` prints what the scripts load.
static std::string listing(const Folder& folder) {
  std::string text;
  for (const char* file : {kCompanion, kEgress}) {
    const std::string script = folder.read(file);
    const std::size_t table = script.rfind("\ntable inet untrack");
    if (table != std::string::npos) text += script.substr(table + 1);
  }
  return text;
}

TEST_CASE("verify: a node's folder with BPF images, and its files by themselves, are equal to the policy") {
  const Folder folder;
  compile_server(folder);
  for (const std::vector<std::string>& artifacts :
       {std::vector<std::string>{"out/n1"}, {kObject, kCompanion, kEgress}}) {
    const Outcome outcome = verify(folder, artifacts);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "equal\n");
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("verify: the map of a program and the listing of its node are equal to the policy") {
  const Folder folder;
  compile_server(folder);
  const std::string dump = map_dump(image_in(folder.read(kObject)));
  for (const std::string& text : {dump + listing(folder), listing(folder) + dump + map_dump("of others")}) {
    const Outcome outcome = verify(folder, {"-"}, text);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "equal\n");
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("verify: a map with the image of another policy is a difference with a witness") {
  const Folder folder;
  std::string other(kServer);
  for (std::size_t at = 0; (at = other.find("11211", at)) != std::string::npos;)
    other.replace(at, 5, "11212");
  compile_server(folder, other);
  const std::string text = map_dump(image_in(folder.read(kObject))) + listing(folder);
  compile_server(folder);
  const Outcome outcome = verify(folder, {"-"}, text);
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "bpf: ingress on eth0, packet tcp "));
  CHECK(contains(outcome.out, ":11211: the policy says untrack, the artifact says track\n"));
  CHECK(contains(outcome.out, ":11212: the policy says track, the artifact says untrack\n"));
}

TEST_CASE("verify: rules and image that say different things of egress are a difference") {
  const Folder folder;
  compile_server(folder);
  folder.put("empty.nft", "table inet untrack {}\ndelete table inet untrack\n");
  const Outcome outcome = verify(folder, {kObject, kCompanion, "empty.nft"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "egress on eth0"));
  CHECK(contains(outcome.out, "the artifact says one thing in its BPF image and another in its nft rules"));
}

TEST_CASE("verify: without the rule beside it, what a program marks stays tracked") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {kObject, kEgress});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "bpf: ingress on eth0"));
  CHECK(contains(outcome.out, "the policy says untrack, the artifact says track\n"));
}

TEST_CASE("verify: a listing with our BPF table but without maps shows what is missing") {
  const Folder folder;
  compile_server(folder);
  const Outcome outcome = verify(folder, {"-"}, listing(folder));
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "bpf: no map that was given holds an image of `untrack`\n"));
  CHECK(contains(outcome.out, "bpf: ingress on eth0"));
}

TEST_CASE("verify: an image alone is not enough, nor is half a map") {
  const Folder folder;
  compile_server(folder);
  const Outcome alone = verify(folder, {kObject});
  CHECK(alone.status == 2);
  CHECK(contains(alone.err, "add the output of `nft list ruleset`"));
  const std::string dump = map_dump(image_in(folder.read(kObject)));
  const Outcome half = verify(folder, {"-"}, dump.substr(0, 200));
  CHECK(half.status == 3);
  CHECK(contains(half.err, "this is not what `bpftool map dump -j` prints"));
}

TEST_CASE("verify: an object whose programs are not those of this untrack is refused") {
  const Folder folder;
  compile_server(folder);
  std::string object = folder.read(kObject);
  // The instruction `exit`, which has no operand.
  const std::size_t exit = object.find(std::string_view("\x95\0\0\0\0\0\0\0", 8));
  REQUIRE(exit != std::string::npos);
  object[exit + 7] = 1;
  folder.put("changed.o", object);
  const Outcome outcome = verify(folder, {"changed.o", kCompanion, kEgress});
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err,
                 "changed.o:0: not understood: its programs are not those that this untrack was built with"));
}

TEST_CASE("verify: an object under the name of another interface is refused") {
  const Folder folder;
  compile_server(folder);
  folder.put("eth9.bpf.o", folder.read(kObject));
  const Outcome outcome = verify(folder, {"eth9.bpf.o", kCompanion, kEgress});
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "the image is for interface `eth0`"));
}

}  // namespace untrack::cli
