// `verify` on maps of the BPF target, as a live node has them. The image is made by hand.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "inputs.h"
#include "program.h"
#include "tests/unit/verify/bpf_images.h"

namespace untrack::cli {

static constexpr std::string_view kRule =
    "table inet untrack-bpf {\n\tchain prerouting {\n\t\ttype filter hook prerouting priority raw; policy "
    "accept;\n\t\tiifname \"eth0\" meta mark & 0x00010000 == 0x00010000 notrack accept\n\t}\n}\n";

static std::string image(std::uint32_t port) {
  using namespace verify;
  ImageWriter writer;
  const std::uint32_t tcp =
      writer.search(kDestinationPort, {{0, kNext}, {port, kUntrack}, {port + 1, kNext}});
  const std::uint32_t bare = writer.search(kProtocol, {{0, kNext}, {17, kDrop}, {18, kNext}});
  for (const int version : {kV4, kV6}) {
    writer.root(kIngress, version, 0, kTcpClass, tcp);
    writer.root(kIngress, version, 1, kUdpClass, kDrop);
    writer.root(kIngress, version, 1, kBare, bare);
  }
  return writer.image();
}

static Outcome verify_texts(const std::vector<std::string>& texts) {
  const Folder folder;
  folder.put("in/policy.yaml", kOnePort);
  std::vector<std::string> words{"verify"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    words.push_back("dump" + std::to_string(i));
    folder.put(words.back(), texts[i]);
  }
  words.insert(words.end(), {"--against", "in"});
  return folder.run(words);
}

TEST_CASE("verify: the map of a program and the listing of its node are equal to the policy") {
  const std::string dump = verify::map_dump(image(11211)), others = verify::map_dump("of others"),
                    rule(kRule);
  for (const std::vector<std::string>& texts : {std::vector<std::string>{dump + rule},
                                                {rule + others + dump + dump},
                                                {rule, dump},
                                                {dump, rule, others}}) {
    const Outcome outcome = verify_texts(texts);
    CHECK(outcome.status == 0);
    CHECK(outcome.out == "equal\n");
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("verify: an image that decides otherwise is a difference with a witness") {
  const Outcome outcome = verify_texts({verify::map_dump(image(11212)) + std::string(kRule)});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "bpf, beside nft: ingress on eth0, packet tcp "));
  CHECK(contains(outcome.out, ":11211: the policy says untrack, the artifact says track\n"));
  CHECK(contains(outcome.out, ":11212: the policy says track, the artifact says untrack\n"));
}

TEST_CASE("verify: egress of the image that the rules beside it do not have is a difference") {
  std::string changed = image(11211);
  verify::put32(changed, 28, 1);
  verify::put32(changed, verify::root_offset(verify::kEgress, verify::kV4, 0, verify::kBare), verify::kDrop);
  const Outcome outcome = verify_texts({verify::map_dump(changed), std::string(kRule)});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "bpf, beside nft: egress on eth0"));
  CHECK(contains(outcome.out, "the artifact says one thing in its BPF image and another in its nft rules"));
}

TEST_CASE("verify: without the rule beside the program, what it marks stays tracked") {
  const Outcome outcome = verify_texts({verify::map_dump(image(11211)), "table inet untrack-bpf {\n}\n"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "bpf, beside nft: ingress on eth0"));
  CHECK(contains(outcome.out, "the policy says untrack, the artifact says track\n"));
}

TEST_CASE("verify: a listing with our BPF table but without maps shows what is missing") {
  const Outcome outcome = verify_texts({std::string(kRule)});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "bpf: no map that was given holds an image of `untrack`\n"));
  CHECK(contains(outcome.out, "bpf, beside nft: ingress on eth0"));
}

TEST_CASE("verify: a map alone is not enough, nor is half a map or a damaged image") {
  const std::string dump = verify::map_dump(image(11211));
  const Outcome alone = verify_texts({dump});
  CHECK(alone.status == 2);
  CHECK(contains(alone.err, "add the output of `nft list ruleset`"));
  const Outcome half = verify_texts({dump.substr(0, 200)});
  CHECK(half.status == 3);
  CHECK(contains(half.err, "this is not what `bpftool map dump -j` prints"));
  std::string damaged = image(11211);
  damaged[12] = 1;
  const Outcome refused = verify_texts({verify::map_dump(damaged), std::string(kRule)});
  CHECK(refused.status == 3);
  CHECK(contains(refused.err, "dump0:0: not understood: the image says that it has "));
}

}  // namespace untrack::cli
