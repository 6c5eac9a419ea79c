// What every backend is: a pure function from a Ruleset to files. No clock, no host probing, no disk.
// Backends are strangers to each other.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ruleset.h"
#include "support/diagnostic.h"

namespace untrack::backends {

// What an artifact is read by on the node.
enum class Tool : std::uint8_t { Nft, Iptables, Ipset, Kernel };
constexpr std::string_view to_string(Tool tool) {
  switch (tool) {
    case Tool::Nft: return "nft";
    case Tool::Iptables: return "iptables";
    case Tool::Ipset: return "ipset";
    case Tool::Kernel: return "kernel";
  }
  return "";
}

// `1.0.6`; parts that are left out are 0.
struct Version {
  std::array<std::uint16_t, 3> parts{};
  friend auto operator<=>(const Version&, const Version&) = default;
};
inline std::string to_string(const Version& version) {
  std::string text = std::to_string(version.parts[0]) + "." + std::to_string(version.parts[1]);
  return version.parts[2] == 0 ? text : text + "." + std::to_string(version.parts[2]);
}

// The oldest version that takes a construct. docs/backends.md, "Versions", has them all with their sources.
struct Need {
  Tool tool = Tool::Kernel;
  Version least;
  std::string_view construct;  // in words
  friend bool operator==(const Need&, const Need&) = default;
};

struct Artifact {
  std::string path;  // below the node's folder: `nft/untrack.nft`
  std::string bytes;
  std::vector<Need> needs = {};  // at most one of each tool: the newest
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

// One bit of the packet mark that says "allowed by untracked policy". It is cleared for every packet before
// any rule, so that it says nothing when it comes from elsewhere, and set for those that are untracked.
using MarkBit = std::uint32_t;

struct Options {
  bool strip = false;                  // leave out the comments that name policy, direction and rule
  std::optional<MarkBit> accept_mark;  // none: the packet mark is left alone
  MarkBit program_mark = 0x10000;      // by which a BPF program says "untrack"
  std::map<Tool, Version> versions;    // of the nodes; absent: whatever an artifact needs

  // Whether a construct may be written for these nodes.
  bool takes(Tool tool, const Version& least) const {
    const auto version = versions.find(tool);
    return version == versions.end() || version->second >= least;
  }
};

}  // namespace untrack::backends
