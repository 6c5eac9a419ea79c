// Real objects of the BPF target with one bit changed: the reader refuses them, or the proof tells whether
// they still mean the policy, and it is right by a second, plain walk through the changed image.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "driver/targets.h"
#include "ir/evaluate.h"
#include "tests/property/generate.h"
#include "tests/unit/verify/bpf_images.h"
#include "verify/prove.h"

namespace untrack::property {

namespace {
struct Tally {
  std::size_t refused = 0, different = 0, equal = 0;
};
}  // namespace

static ir::Verdict verdict_of(verify::Lookup lookup) {
  switch (lookup) {
    case verify::Lookup::Untrack: return ir::Verdict::Untrack;
    case verify::Lookup::Drop: return ir::Verdict::Drop;
    case verify::Lookup::Track: break;
  }
  return ir::Verdict::Track;
}

// The image of an object: its magic, 12 bytes behind that its size.
static std::string_view image_in(std::string_view object) {
  const std::size_t at = object.find("UNTRKBPF");
  return object.substr(at, verify::get32(object, at + 12));
}

// What is proved equal does with packets at the policy's boundaries what the policy says.
static bool walks_agree(const ir::Ruleset& policy, std::string_view interface_name, std::string_view object) {
  for (const ir::InterfaceHook& hook : policy.hooks) {
    if (hook.interface_name != interface_name) continue;
    for (const ir::Packet& packet : boundary_packets(policy, hook, 40)) {
      const ir::Verdict expected = ir::evaluate(policy, hook, packet).verdict;
      if (verdict_of(verify::look_up(image_in(object), hook.direction, packet)) != expected) return false;
    }
  }
  return true;
}

static void judge(const ir::Ruleset& policy, std::span<const backends::Artifact> files,
                  std::string_view object, std::string_view interface_name, Tally& tally) {
  const verify::ReadResult read = driver::backend_of(driver::Target::Bpf).read(files).front();
  if (std::holds_alternative<verify::Refusal>(read)) {
    ++tally.refused;
    return;
  }
  ir::PacketSpace space;
  const verify::Proof proof = verify::prove_equal(space, policy, std::get<verify::Reading>(read));
  CHECK_FALSE(std::holds_alternative<verify::Unproved>(proof));
  if (std::holds_alternative<verify::Difference>(proof)) {
    ++tally.different;
    return;
  }
  ++tally.equal;
  CHECK(walks_agree(policy, interface_name, object));
}

TEST_CASE("bpf: an object with one bit changed is refused, proved different, or equal in meaning") {
  static constexpr std::size_t kAllBytesUpTo = 1500, kSample = 250;
  Tally tally;
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const ir::Ruleset policy =
        random_ruleset(seed, {.interfaces = 1, .blocks = 2, .rules = 3, .prefixes = 3, .logs = false});
    Diagnostics diagnostics;
    std::vector<backends::Artifact> files =
        driver::backend_of(driver::Target::Bpf).emit(policy, {.strip = true}, diagnostics);
    REQUIRE_FALSE(diagnostics.refuses_compile());
    Random random(seed);
    for (backends::Artifact& file : files) {
      if (!file.path.ends_with(".bpf.o")) continue;
      const std::string name = file.path.substr(4, file.path.size() - 4 - std::string_view(".bpf.o").size());
      const std::size_t image = file.bytes.find("UNTRKBPF"), size = image_in(file.bytes).size();
      const bool all = size <= kAllBytesUpTo;
      for (std::size_t i = 0; i < (all ? size : kSample); ++i) {
        const std::size_t at = image + (all ? i : random.below(size));
        const auto bit = static_cast<char>(1 << random.below(8));
        CAPTURE(seed);
        CAPTURE(at - image);
        file.bytes[at] = static_cast<char>(file.bytes[at] ^ bit);
        judge(policy, files, file.bytes, name, tally);
        file.bytes[at] = static_cast<char>(file.bytes[at] ^ bit);
      }
      // And of all that is not the image.
      for (std::size_t i = 0; i < kSample; ++i) {
        const std::size_t at = random.below(file.bytes.size() - size);
        const std::size_t place = at < image ? at : at + size;
        const auto bit = static_cast<char>(1 << random.below(8));
        file.bytes[place] = static_cast<char>(file.bytes[place] ^ bit);
        judge(policy, files, file.bytes, name, tally);
        file.bytes[place] = static_cast<char>(file.bytes[place] ^ bit);
      }
    }
  }
  MESSAGE(fmt::format("{} refused, {} different, {} equal", tally.refused, tally.different, tally.equal));
  CHECK(tally.refused > 200);
  CHECK(tally.different > 50);
}

}  // namespace untrack::property
