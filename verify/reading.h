// What an artifact does, as read back from its text by code that knows no backend.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/meaning.h"
#include "ir/packet_space.h"

namespace untrack::verify {

// Something that the reader does not fully understand. It is refused, never skipped.
struct Refusal {
  std::string file;
  std::uint32_t line = 0;  // from 1; 0: the file as a whole
  std::string message;
};

// A leaf beside those of the EffectTable: the kernel's verdict depends on bytes that are no header (ports
// read from the payload of a fragment, say). It is never equal to what a policy means.
inline constexpr ir::Leaf kUndefined = 0xffffffff;
// And another: the artifact says two things, and which of them counts depends on how it is loaded.
inline constexpr ir::Leaf kContradiction = 0xfffffffe;

// A bit of the packet mark that says "allowed by untracked policy". It has to be cleared for every packet,
// since it may come from elsewhere, and set for just those that are untracked: anything else equals no
// policy.
using MarkBit = std::uint32_t;

struct Reading {
  std::vector<std::string> interfaces;  // every interface name that the artifact tests, sorted
  // packet -> leaf of `table`, or one of the two above, for packets that come in through or go out of an
  // interface. Any name may be asked for, also one that the artifact does not mention.
  std::function<ir::PacketMap(ir::PacketSpace&, ir::EffectTable& table, ir::Direction,
                              std::string_view interface_name)>
      effects;
  std::optional<MarkBit> mark = {};  // the one that rules write; none: they leave the packet mark alone
};
using ReadResult = std::variant<Reading, Refusal>;

// nft script text, as `nft -f` takes it and `nft list ruleset` prints it.
ReadResult read_nft(std::string_view file, std::string_view text);

// The three files of the iptables artifact. The chains `untrack-prerouting` and `untrack-output` are where
// packets enter (`apply` adds those two jumps).
struct IptablesFiles {
  std::string_view ipset, v4, v6;
};
ReadResult read_iptables(const IptablesFiles& files);

struct File {
  std::string_view path, bytes;
};

// What an object of the BPF target is beside its image: SHA-256 over licence, instructions, and where in them
// the image's address stands. All objects of one build of untrack have the same, so this is how a reader that
// cannot judge instructions knows whose they are: they were tried with packets when they were written.
using ClassifierDigest = std::array<std::uint8_t, 32>;
std::variant<ClassifierDigest, Refusal> classifier_of(const File& object);

struct BpfRestore {
  File v4, v6;
};
struct BpfFiles {
  std::vector<File> objects;  // `bpf/<interface>.bpf.o`; one of this name has to be for that interface
  std::vector<File> images;   // bare ones, as a map of a live node holds them (verify/dump.h)
  // The rules beside the programs, of nft: companion.nft and egress.nft, or a listing of both tables, run in
  // this order. Or of iptables.
  std::vector<File> scripts;
  std::optional<BpfRestore> restore = {};
};
// In the direction of ingress the programs at `tc`, and the rules that see what they mark. Egress is by the
// programs that rules of iptables ask; or by rules of nft: the images hold it there too, and where the two
// differ, kContradiction.
ReadResult read_bpf(const BpfFiles& files, const ClassifierDigest& classifier);

}  // namespace untrack::verify
