#include <doctest/doctest.h>

#include <string>

#include <fmt/format.h>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

TEST_CASE("compile: right policy compiles without a word; both targets, scripts and a manifest are written") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  const Outcome outcome = folder.run({"compile", "in", "-o", "out"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.empty());
  CHECK(folder.files() ==
        std::vector<std::string>{"in/policy.yaml", "out/manifest.json", "out/n1/apply",
                                 "out/n1/iptables/ip6tables.restore", "out/n1/iptables/ipset.restore",
                                 "out/n1/iptables/iptables.restore", "out/n1/nft/untrack.nft",
                                 "out/n1/rollback", "out/n1/status"});
}

TEST_CASE("compile: a folder of a node that is no more is pointed out where all nodes are compiled") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  folder.put("in/second.yaml", kSecondNode);
  folder.put("out/notes/readme", "of somebody else");
  CHECK(folder.run({"compile", "in", "--all-nodes", "-o", "out"}).err.find("earlier compile") ==
        std::string::npos);
  folder.put("in/second.yaml", "");
  const Outcome outcome = folder.run({"compile", "in", "--all-nodes", "-o", "out"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "untrack: `out/n2` is of an earlier compile: the input has no such node\n"));
  CHECK(!contains(outcome.err, "notes"));
  CHECK(folder.run({"compile", "in", "-n", "n1", "-o", "out"}).err.find("earlier compile") ==
        std::string::npos);
  CHECK(folder.run({"compile", "in", "--shard", "1/1", "-o", "out"}).err.find("earlier compile") ==
        std::string::npos);
}

TEST_CASE("compile: -o - prints the nft script and nothing else") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  const Outcome printed = folder.run({"compile", "in", "-o", "-"});
  CHECK(printed.status == 0);
  CHECK(printed.err.empty());
  CHECK(folder.run({"compile", "in", "-o", "out"}).status == 0);
  CHECK(printed.out == folder.read("out/n1/nft/untrack.nft"));
  CHECK(contains(printed.out, "table inet untrack"));
}

TEST_CASE("compile: --accept-in-filter adds the rules for the host's filter, and --mark chooses their bit") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  CHECK(folder.run({"compile", "in", "-o", "out", "--accept-in-filter", "--mark", "0x8"}).status == 0);
  CHECK(contains(folder.read("out/n1/filter/accept.nft"), "\nmeta mark & 0x00000008 == 0x00000008 accept"));
  CHECK(contains(folder.read("out/n1/filter/iptables.restore"), "--mark 0x8/0x8"));
  CHECK(contains(folder.read("out/n1/nft/untrack.nft"), "meta mark set meta mark & 0xfffffff7"));
  CHECK(contains(folder.read("out/manifest.json"), R"("accept_mark": "0x8")"));
  CHECK(contains(folder.read("out/manifest.json"), "n1/filter/accept.nft"));

  // The configuration says it as well; the command line has the last word.
  folder.put(".untrack.yaml", "accept-in-filter: true\nmark: 0x10\n");
  CHECK(contains(folder.run({"compile", "in", "-o", "-"}).out, "& 0xffffffef"));
  CHECK(contains(folder.run({"compile", "in", "-o", "-", "--mark", "0x20"}).out, "& 0xffffffdf"));
}

TEST_CASE(
    "compile: what the artifacts need is in the manifest and in apply; versions choose older forms or "
    "refuse") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  CHECK(folder.run({"compile", "in", "-o", "out"}).status == 0);
  CHECK(contains(folder.read("out/manifest.json"), R"("version": "0.9.2")"));
  CHECK(contains(folder.read("out/n1/apply"), "nft nft 0.9.2 ports by `th`\nnft kernel 4.10"));
  CHECK(contains(folder.read("out/n1/apply"), "\niptables iptables 1.6.2 "));
  CHECK(contains(folder.run({"compile", "in", "-o", "-", "--nft-version", "0.9"}).out, "priority -300"));
  const Outcome refused = folder.run({"compile", "in", "-o", "old", "--kernel-version", "2.6.38"});
  CHECK(refused.status == 1);
  CHECK(contains(refused.err, "[UT453]"));
  CHECK(contains(refused.err, "[UT454]"));
  CHECK(folder.run({"compile", "in", "--nft-version", "new"}).status == 2);
  folder.put(".untrack.yaml", "versions: {nft: 0.8.2}\n");
  CHECK(contains(folder.run({"lint", "in"}).out, "[UT453]"));
  CHECK(folder.run({"compile", "in", "-o", "-", "--nft-version", "1.0.6"}).status == 0);
  folder.put(".untrack.yaml", "versions: {ntf: 0.8.2, ipset: x}\n");
  const Outcome wrong = folder.run({"lint", "in"});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "`ntf` is none of"));
  CHECK(contains(wrong.err, "a version such as"));
}

TEST_CASE("compile: a mark is one bit, and says nothing without --accept-in-filter") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  for (const char* mark : {"0", "0x3", "0x100000000", "-1", "x", ""}) {
    CAPTURE(mark);
    const Outcome outcome = folder.run({"compile", "in", "--accept-in-filter", "--mark", mark});
    CHECK(outcome.status == 2);
    CHECK(contains(outcome.err, "is no single bit of a packet mark"));
  }
  const Outcome alone = folder.run({"compile", "in", "-o", "out", "--mark", "0x10000"});
  CHECK(alone.status == 2);
  CHECK(contains(alone.err, "--accept-in-filter"));
}

TEST_CASE(
    "compile: -t bpf writes an image for each interface, its companion, and egress in nft form; proved") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  const Outcome outcome = folder.run({"compile", "in", "-o", "out", "-t", "bpf", "--mark", "0x20"});
  CHECK(outcome.status == 0);
  CHECK(contains(folder.read("out/manifest.json"), R"("program_mark": "0x20")"));
  CHECK(outcome.err.empty());
  CHECK(folder.files() == std::vector<std::string>{"in/policy.yaml", "out/manifest.json", "out/n1/apply",
                                                   "out/n1/bpf/companion.nft", "out/n1/bpf/egress.nft",
                                                   "out/n1/bpf/eth0.bpf.o", "out/n1/bpf/ip6tables.restore",
                                                   "out/n1/bpf/iptables.restore", "out/n1/rollback",
                                                   "out/n1/status"});
  CHECK(contains(folder.read("out/n1/bpf/companion.nft"),
                 "meta mark & 0x00000020 == 0x00000020 iifname { \"eth0\" } notrack accept"));
  CHECK(contains(folder.read("out/n1/bpf/iptables.restore"),
                 "-A untrack-prerouting -i eth0 -m mark --mark 0x20/0x20 -g untrack-allow\n"));
  CHECK(contains(folder.read("out/manifest.json"), R"("version": "5.6")"));
  const std::string object = folder.read("out/n1/bpf/eth0.bpf.o");
  CHECK(
      object.starts_with("\x7f"
                         "ELF"));
  CHECK(contains(object, "UNTRKBPF"));
  // The same bytes again, and beside other targets.
  CHECK(folder.run({"compile", "in", "-o", "again", "-t", "nft,bpf", "--mark", "0x20"}).status == 0);
  CHECK(folder.read("again/n1/bpf/eth0.bpf.o") == object);
  CHECK(folder.has("again/n1/apply"));
}

TEST_CASE("compile: -t bpf with --accept-in-filter clears any mark but the programs'") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  CHECK(folder.run({"compile", "in", "-o", "out", "-t", "bpf", "--accept-in-filter"}).status == 0);
  CHECK(contains(folder.read("out/n1/bpf/companion.nft"), "meta mark set meta mark & 0xfffeffff"));
  CHECK(contains(folder.read("out/n1/bpf/egress.nft"), "meta mark set meta mark & 0xfffeffff"));
  CHECK_FALSE(contains(folder.read("out/n1/bpf/egress.nft"), "prerouting"));
  CHECK(contains(folder.read("out/n1/bpf/ip6tables.restore"),
                 "-A untrack-output -j MARK --set-xmark 0x0/0x10000\n"));
  CHECK(contains(folder.read("out/n1/filter/accept.nft"), "0x00010000"));
}

TEST_CASE("compile: --explain-xdp says of each rule whether XDP takes it, once for all rules alike") {
  const Folder folder;
  folder.put(
      "in/policy.yaml",
      "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata:\n  name: h\n  labels: {role: web}\n"
      "spec:\n  node: n1\n  interfaceName: eth0\n---\n"
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata:\n  name: web\nspec:\n"
      "  selector: role == 'web'\n  doNotTrack: true\n  applyOnForward: true\n  types: [Ingress, Egress]\n"
      "  ingress:\n"
      "  - {action: Deny, source: {nets: [192.0.2.0/24]}}\n"
      "  - {action: Allow, protocol: TCP, destination: {ports: [80]}}\n"
      "  - {action: Deny, protocol: UDP}\n"
      "  - {action: Deny, protocol: SCTP}\n"
      "  - {action: Pass, protocol: ICMP}\n"
      "  egress:\n"
      "  - {action: Allow, protocol: TCP, source: {ports: [80]}}\n");
  const Outcome outcome = folder.run({"compile", "in", "-o", "out", "-t", "bpf", "--explain-xdp"});
  CHECK(outcome.status == 0);
  for (const char* text : {"XDP can take ingress rules 0, 2-3 of `gnp/web`",
                           "XDP leaves ingress rule 1 of `gnp/web` to `tc`: what is",
                           "XDP leaves ingress rule 4 of `gnp/web` to `tc`: nothing",
                           "XDP cannot take egress rule 0 of `gnp/web`"}) {
    CAPTURE(text);
    CHECK(contains(outcome.err, text));
  }
  CHECK_FALSE(contains(folder.run({"compile", "in", "-o", "out", "-t", "bpf"}).err, "XDP"));
  const Outcome alone = folder.run({"compile", "in", "-o", "out", "--explain-xdp"});
  CHECK(alone.status == 2);
  CHECK(contains(alone.err, "--explain-xdp says nothing without -t bpf"));
}

TEST_CASE("compile: -t bpf asks for nft or iptables, not for both") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  const auto compile = [&](const std::vector<std::string>& versions) {
    std::vector<std::string> words{"compile", "in", "-o", "out", "-t", "bpf"};
    words.insert(words.end(), versions.begin(), versions.end());
    return folder.run(words);
  };
  CHECK(compile({"--iptables-version", "1.4.21"}).status == 0);
  CHECK(compile({"--nft-version", "0.9.0"}).status == 0);
  const Outcome neither = compile({"--iptables-version", "1.6.0", "--nft-version", "0.9.0"});
  CHECK(neither.status == 1);
  CHECK(contains(neither.err, "the BPF image needs nft 0.9.1"));
  CHECK(contains(neither.err, "the BPF image needs iptables 1.6.1"));
}

TEST_CASE("compile: the bit of BPF programs is held against those that Felix takes") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  folder.put("in/felix.yaml",
             "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata:\n  name: default\nspec:\n"
             "  iptablesMarkMask: 0xffff0000\n");
  CHECK(contains(folder.run({"compile", "in", "-o", "out", "-t", "bpf"}).err, "UT430"));
  CHECK_FALSE(
      contains(folder.run({"compile", "in", "-o", "out", "-t", "bpf", "--mark", "0x8"}).err, "UT430"));
  CHECK_FALSE(contains(folder.run({"compile", "in", "-o", "out", "-t", "nft"}).err, "UT430"));
  folder.put(".untrack.yaml", "targets: [bpf]\nmark: 0x20000\n");
  CHECK(contains(folder.run({"lint", "in"}).out + folder.run({"lint", "in"}).err,
                 "the packet mark 0x20000 lies in"));
}

TEST_CASE("compile: nodes that are alike get what each gets by itself") {
  const Folder folder;
  folder.put("in/policy.yaml", std::string(kServer) + "---\n" + std::string(kSecondNode));
  CHECK(folder.run({"compile", "in", "--all-nodes", "-o", "together"}).status == 0);
  for (const std::string node : {"n1", "n2"}) {
    CHECK(folder.run({"compile", "in", "-n", node, "-o", "alone"}).status == 0);
    for (const std::string file : {"nft/untrack.nft", "iptables/iptables.restore", "iptables/ipset.restore",
                                   "iptables/ip6tables.restore", "apply"}) {
      const std::string text = folder.read("together/" + node + "/" + file);
      CHECK(text == folder.read("alone/" + node + "/" + file));
      CHECK(contains(text, node));
    }
  }
}

TEST_CASE("compile: standard input is an input like any other") {
  const Folder folder;
  folder.put("in/policy.yaml", kServer);
  const Outcome outcome = folder.run({"compile", "-", "-o", "-"}, kServer);
  CHECK(outcome.status == 0);
  CHECK(outcome.out == folder.run({"compile", "in", "-o", "-"}).out);
}

TEST_CASE("compile: a List is the documents in it, as kubectl prints them") {
  const Folder folder;
  std::string list = "apiVersion: v1\nkind: List\nitems:\n";
  std::string item;
  for (std::size_t at = 0; at < kServer.size();) {
    const std::size_t end = kServer.find('\n', at) + 1;
    const std::string_view line = kServer.substr(at, end - at);
    const bool first = line.starts_with("apiVersion");
    if (line != "---\n") list += fmt::format("{}{}", first ? "- " : "  ", line);
    at = end;
  }
  const Outcome outcome = folder.run({"compile", "-", "-o", "-", "--strip"}, list);
  CHECK(outcome.status == 0);
  CHECK(outcome.out == folder.run({"compile", "-", "-o", "-", "--strip"}, kServer).out);
}

TEST_CASE("compile: no PATH means the current folder") {
  const Folder folder;
  folder.put("policy.yaml", kServer);
  folder.put("values.yaml", "{{ not: yaml");
  CHECK(folder.run({"compile", "-o", "-"}).status == 0);
}

TEST_CASE("compile: several nodes are asked for by name, and listed") {
  const Folder folder;
  folder.put("a.yaml", kServer);
  folder.put("b.yaml", kSecondNode);
  const Outcome outcome = folder.run({"compile"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "-n NODE"));
  CHECK(contains(outcome.err, "\n  n1\n  n2\n"));
  CHECK(folder.run({"compile", "-n", "n2", "-o", "-"}).status == 0);
  CHECK(folder.run({"compile", "--all-nodes", "-o", "-"}).status == 2);
}

TEST_CASE("compile: a node that is not there brings the nearest name") {
  const Folder folder;
  folder.put("in.yaml",
             "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: a}\n"
             "spec: {node: jasper-node-0, interfaceName: eth0}\n");
  const Outcome outcome = folder.run({"compile", "-n", "jaspr-node-0"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "did you mean `jasper-node-0`?"));
}

TEST_CASE("compile: nothing to compile for is wrong usage") {
  const Folder folder;
  CHECK(folder.run({"compile"}).status == 2);
}

TEST_CASE("compile: the same input gives the same bytes, for any number of threads") {
  const Folder folder;
  for (int i = 0; i < 20; ++i) {
    folder.put(
        fmt::format("in/h{}.yaml", i),
        fmt::format(
            "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {{name: h{0}, labels: {{role: "
            "server}}}}\nspec: {{node: n{0}, interfaceName: eth{0}}}\n",
            i));
  }
  folder.put("in/policy.yaml", kServer.substr(kServer.find("---\n")));
  REQUIRE(folder.run({"compile", "in", "--all-nodes", "--jobs", "1", "-o", "one"}).status == 0);
  REQUIRE(folder.run({"compile", "in", "--all-nodes", "--jobs", "7", "-o", "two"}).status == 0);
  std::size_t compared = 0;
  for (const std::string& file : folder.files()) {
    if (!file.starts_with("one/")) continue;
    CHECK_MESSAGE(folder.read(file) == folder.read("two" + file.substr(3)), file);
    ++compared;
  }
  CHECK(compared == 20 * 7 + 1);
}

TEST_CASE("compile: parts of all nodes are together what all nodes are") {
  const Folder folder;
  for (int i = 0; i < 7; ++i) {
    folder.put(fmt::format("in/h{}.yaml", i),
               fmt::format("apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {{name: h{0}, "
                           "labels: {{role: server}}}}\nspec: {{node: n{0}, interfaceName: eth{1}}}\n",
                           i, i / 3));
  }
  folder.put("in/policy.yaml", kServer.substr(kServer.find("---\n")));
  REQUIRE(folder.run({"compile", "in", "--all-nodes", "-o", "whole"}).status == 0);
  for (const std::string part : {"1/3", "2/3", "3/3"})
    REQUIRE(folder.run({"compile", "in", "--shard", part, "-o", "parts"}).status == 0);
  std::size_t compared = 0;
  for (const std::string& file : folder.files()) {
    if (!file.starts_with("whole/n")) continue;
    CHECK_MESSAGE(folder.read(file) == folder.read("parts" + file.substr(5)), file);
    ++compared;
  }
  CHECK(compared == 7 * 7);
  CHECK(!folder.has("parts/manifest.json"));
  CHECK(count(folder.read("parts/manifest-1-of-3.json"), R"("name": "n)") == 3);
  CHECK(count(folder.read("parts/manifest-2-of-3.json"), R"("name": "n)") == 2);
  CHECK(count(folder.read("parts/manifest-3-of-3.json"), R"("name": "n)") == 2);

  // More parts than nodes: some have nothing to do, which is no mistake.
  CHECK(folder.run({"compile", "in", "--shard", "8/9", "-o", "none"}).status == 0);
  CHECK(folder.has("none/manifest-8-of-9.json"));

  for (const std::string wrong : {"0/3", "4/3", "1", "1/", "/3", "1/3/5", "-1/3", "1/0", "a/b", "1/3 "}) {
    CAPTURE(wrong);
    CHECK(folder.run({"compile", "in", "--shard", wrong}).status == 2);
  }
  CHECK(folder.run({"compile", "in", "--shard", "1/2", "-n", "n1"}).status == 2);
}

TEST_CASE("compile: ten mistakes give ten findings, each with its place, and no artifact") {
  const Folder folder;
  folder.put("bad.yaml", R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata:
  name: n1-eth0
  labels: {role: server}
spec:
  node: n1
  interfaceNam: eth0
  expectedIPs: [10.0.0.256]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: serve
spec:
  selector: role = 'server'
  doNotTrack: "yes"
  applyOnForwrd: true
  types: [Ingres]
  ingress:
  - action: Alow
    protocol: TPC
  - action: Allow
    protocol: TCP
    destination: {ports: [70000]}
  egress:
  - action: Allow
    protocol: TCP
    source: {ports: [11211], nets: [10.0.0.0/33]}
)");
  const Outcome outcome = folder.run({"compile", "bad.yaml", "-n", "n1", "-o", "out"});
  CHECK(outcome.status == 1);
  for (const char* line : {"8", "9", "16", "17", "18", "19", "21", "22", "25", "29"}) {
    CHECK_MESSAGE(count(outcome.err, fmt::format("bad.yaml:{}:", line)) >= 1, outcome.err);
  }
  CHECK(count(outcome.err, ": error: ") == 10);
  CHECK(contains(outcome.err, "10 errors\n"));
  CHECK(!folder.has("out"));
}

TEST_CASE("compile: a compile that is refused leaves what was there") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  REQUIRE(folder.run({"compile", "-o", "out"}).status == 0);
  const std::string before = folder.read("out/n1/nft/untrack.nft");
  folder.put("in.yaml", std::string(kServer) + "  frobnicate: true\n");
  CHECK(folder.run({"compile", "-o", "out"}).status == 1);
  CHECK(folder.read("out/n1/nft/untrack.nft") == before);
}

TEST_CASE("compile: an output that cannot be written is the world's fault, and changes nothing") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  folder.put("out", "a file, where a folder is due");
  const Outcome outcome = folder.run({"compile", "in.yaml", "-o", "out"});
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "cannot write"));
  CHECK(folder.files() == std::vector<std::string>{"in.yaml", "out"});
}

TEST_CASE("compile: an input that cannot be read is the world's fault") {
  const Folder folder;
  const Outcome outcome = folder.run({"compile", "missing.yaml"});
  CHECK(outcome.status == 3);
  CHECK(contains(outcome.err, "cannot read `missing.yaml`: No such file or directory"));
}

TEST_CASE("compile: a proof that is given up writes nothing") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  const Outcome outcome = folder.run({"compile", "in.yaml", "-o", "out", "--proof-budget", "10"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "not proved beyond"));
  CHECK(contains(outcome.err, "[UT610]"));
  CHECK(contains(outcome.err, "--proof-budget"));
  CHECK(!folder.has("out"));
}

TEST_CASE("compile: --dump-ir shows a stage on standard error; unknown passes are wrong usage") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  const Outcome outcome = folder.run({"compile", "-o", "-", "--dump-ir=after:lower"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "gnp/serve"));
  CHECK(!contains(outcome.out, "failsafe {"));
  CHECK(folder.run({"compile", "--dump-ir=after:nothing"}).status == 2);
  CHECK(folder.run({"compile", "--passes=nothing"}).status == 2);
}

TEST_CASE("compile: the manifest holds what was made from what, and no date") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  REQUIRE(folder.run({"compile", "in.yaml", "-o", "out"}).status == 0);
  const std::string manifest = folder.read("out/manifest.json");
  CHECK(contains(manifest, R"("path": "in.yaml")"));
  CHECK(contains(manifest, R"("path": "n1/nft/untrack.nft")"));
  CHECK(count(manifest, R"("sha256": ")") == 8);
  const std::string again = manifest;
  REQUIRE(folder.run({"compile", "in.yaml", "-o", "out"}).status == 0);
  CHECK(folder.read("out/manifest.json") == again);
}

TEST_CASE(
    "compile: findings that do not refuse are shown and the artifact is written; --fail-on is stricter") {
  const Folder folder;
  folder.put("in.yaml", kServer.substr(0, kServer.find("  egress:")));
  const Outcome outcome = folder.run({"compile", "in.yaml", "-o", "out"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "[UT201]"));
  CHECK(folder.has("out/manifest.json"));
  CHECK(folder.run({"compile", "in.yaml", "-o", "strict", "--fail-on", "error"}).status == 1);
  CHECK(!folder.has("strict"));
}

}  // namespace untrack::cli
