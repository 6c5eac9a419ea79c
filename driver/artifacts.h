// What `verify` is to judge: texts by language, from files, folders of a node and standard input.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "driver/console.h"
#include "driver/options.h"

namespace untrack::driver {

// A text of one language, and where it came from.
struct Text {
  std::string file;
  std::string text;
  bool is_listing = false;  // of nft: tables of a live node
};

// Of the BPF target: images by object or by map, and the rules beside their programs, of nft or of iptables.
// A node's folder has both.
struct BpfTexts {
  std::vector<Text> objects, images, scripts;
  std::optional<Text> iptables, ip6tables;
};

// What was handed in, at most one text of each language but of BPF.
struct Artifacts {
  std::optional<Text> nft, iptables, ip6tables, ipset;
  std::optional<BpfTexts> bpf;
};

std::variant<Artifacts, Failure> read_artifacts(const VerifyOptions& options, Console& console);

}  // namespace untrack::driver
