// The rules in table raw beside the programs, in the language of nft or of iptables, whichever a node has:
// the mark of the programs becomes notrack. With `clear` any mark that is not theirs is taken away, so that
// the host's own filter can go by it.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "backends/bpf/model.h"

namespace untrack::backends::bpf {

struct Companion {
  std::string_view node;
  MarkBit mark = 0;
  bool clear = false;
};

std::string companion_nft(const Companion& companion, std::span<const Image> images);

// Egress is here too, by programs of the object: rules name where they are pinned.
struct Pinned {
  std::string_view interface_name;
  std::string folder;
};
std::string companion_iptables(const Companion& companion, std::span<const Image> images,
                               std::span<const Pinned> egress, ir::IpVersion version);

// Where the programs of an object are to be pinned: the name says the content.
std::string pin_folder(std::string_view object);

}  // namespace untrack::backends::bpf
