#include <sys/wait.h>

#include <cstdlib>

#include <doctest/doctest.h>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

TEST_CASE("cli: help goes to standard output, wrong usage to standard error") {
  const Folder folder;
  for (const char* command :
       {"compile", "lint", "trace", "nodes", "selector", "explain", "rules", "version"}) {
    CAPTURE(command);
    const Outcome outcome = folder.run({command, "--help"});
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    CHECK(contains(outcome.out, command));
  }
  const Outcome wrong = folder.run({"lint", "--nonsense"});
  CHECK(wrong.status == 2);
  CHECK(wrong.out.empty());
  CHECK(contains(wrong.err, "untrack lint --help"));
}

TEST_CASE("cli: version") {
  const Outcome outcome = Folder().run({"version"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.starts_with("untrack "));
  CHECK(Folder().run({"--version"}).out == outcome.out);
}

TEST_CASE("cli: output that cannot be written is the world's fault") {
  // /dev/full refuses every write (full(4)); the runner's own redirection comes first, so the shell redirects
  // again.
  const Folder folder;
  folder.put("in.yaml", kServer);
  const std::string command =
      "cd '" + folder.path() + "' && '" UNTRACK_PROGRAM "' compile in.yaml -o - >/dev/full 2>err";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 3);
  CHECK(contains(folder.read("err"), "cannot write to standard output"));
}

TEST_CASE("selector: canonical text, id, and whether it matches") {
  const Folder folder;
  CHECK(folder.run({"selector", "role=='server'"}).out.starts_with("canonical role == \"server\"\nid s:"));
  const auto last = [&](const char* labels) {
    return folder.run({"selector", "has(a) && b != 'x'", "--labels", labels}).out;
  };
  CHECK(contains(last("a=1"), "\nmatch true\n"));
  CHECK(contains(last("a=1,b=x"), "\nmatch false\n"));
  CHECK(contains(last(""), "\nmatch false\n"));
}

TEST_CASE("selector: a value with a line break stays on one line, as JSON") {
  const Outcome outcome = Folder().run({"selector", "a == 'x\ny'"});
  CHECK(outcome.out.starts_with("canonical \"a == \\\"x\\ny\\\"\"\nid s:"));
}

TEST_CASE("selector: an error stands under its place") {
  const Outcome outcome = Folder().run({"selector", "role = 'server'"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "<selector>:1:6: error: "));
  CHECK(contains(outcome.err, "    1 | role = 'server'\n      |      ^"));
}

TEST_CASE("nodes: one line for each host endpoint, in columns") {
  const Folder folder;
  folder.put("a.yaml", kServer);
  folder.put("b.yaml", kSecondNode);
  const Outcome outcome = folder.run({"nodes"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out ==
        "NODE  HOST ENDPOINT  INTERFACE  UNTRACKED POLICIES\n"
        "n1    n1-eth0        eth0       gnp/serve\n"
        "n2    n2-eth0        eth0       gnp/serve\n");
}

TEST_CASE("trace: the rules that a packet meets, and what becomes of it") {
  const Folder folder;
  folder.put("a.yaml", kServer);
  const auto trace = [&](const char* packet) { return folder.run({"trace", "a.yaml", "-n", "n1", packet}); };
  const Outcome request = trace("in eth0 tcp 10.0.0.7:40000 > 10.0.0.1:11211");
  CHECK(request.status == 0);
  CHECK(contains(request.out, "gnp/serve ingress 0 (a.yaml:21:"));
  CHECK(request.out.ends_with("\nverdict untrack\n"));
  CHECK(trace("in eth0 tcp 10.0.0.7:40000 > 10.0.0.1:22").out.ends_with("\nverdict track\n"));
  CHECK(trace("in eth9 tcp 10.0.0.7:40000 > 10.0.0.1:11211").out.ends_with("\nverdict track\n"));
  CHECK(contains(trace("in eth9 tcp 10.0.0.7:40000 > 10.0.0.1:11211").out, "on eth9 of n1, but on eth0\n"));
  CHECK(trace("nonsense").status == 2);
  CHECK(contains(trace("10.0.0.1:80").err, "put it in quotes"));
  CHECK(contains(trace("eth0 tcp 10.0.0.7:40000 > 10.0.0.1:11211").err, "begins with `in` or `out`"));
  CHECK(contains(trace("in eth0 tcp 10.0.0.7 > 10.0.0.1:11211").err, "has a port on both sides"));
}

TEST_CASE("trace: a failsafe port leads to the list that names it") {
  const Folder folder;
  folder.put("a.yaml", kServer);
  folder.put("felix.yaml",
             "apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\n"
             "spec:\n  failsafeInboundHostPorts: [{protocol: TCP, port: 2022}]\n");
  const auto trace = [&](const char* packet) { return folder.run({"trace", ".", packet}).out; };
  CHECK(
      contains(trace("in eth0 tcp 10.0.0.7:40000 > 10.0.0.1:2022"), "failsafe ingress 0 (felix.yaml:5:29)"));
  CHECK(contains(trace("in eth0 udp 10.0.0.7:53 > 10.0.0.1:40000"), "(<built-in>)"));
}

TEST_CASE("trace and verify: one node is chosen with -n alone") {
  const Folder folder;
  folder.put("a.yaml", kServer);
  folder.put("b.yaml", kSecondNode);
  const Outcome outcome = folder.run({"trace", ".", "in eth0 tcp 10.0.0.7:40000 > 10.0.0.1:22"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "the input has 2 nodes; choose one with -n NODE\n"));
}

TEST_CASE("nodes: an interface whose name artifacts cannot hold is told by lint, and refuses the compile") {
  const Folder folder;
  folder.put("a.yaml", kOnePort);
  CHECK(contains(folder.run({"compile", "a.yaml", "-o", "out", "--interface", "n1:10.0.0.1=a\"b"}).err,
                 "`a\"b` is no name of an interface"));
  CHECK(contains(folder
                     .run({"compile", "a.yaml", "-o", "out", "--interface", "n1:10.0.0.1=eth0", "--interface",
                           "n1:10.0.0.1=eth1"})
                     .err,
                 "cannot be on `eth0` and on `eth1`"));
}

TEST_CASE("explain: one code, in any case or by name; others bring the nearest") {
  const Folder folder;
  const Outcome outcome = folder.run({"explain", "ut201"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.starts_with("UT201 reply-not-untracked: error"));
  CHECK(folder.run({"explain", "reply-not-untracked"}).out == outcome.out);
  CHECK(folder.run({"explain", "UT2O1"}).status == 2);
}

}  // namespace untrack::cli
