// What the script asks of the node's nft and kernel. Sources: the announcements of the releases on
// netfilter-announce, and the page "List of updates since Linux kernel 3.13" of wiki.nftables.org.
#pragma once
#include <vector>

#include "backends/backend.h"
#include "backends/nft/model.h"

namespace untrack::backends::nft {

// Which of two forms to write, each with the same meaning. The first is better to read, or faster.
struct Dialect {
  bool transport_header = true;  // `th dport`; else `tcp dport`, for which nft tests the protocol once more
  bool priority_names = true;    // `priority raw`; else -300
  bool set_comments = true;      // else left out
};
Dialect dialect(const Options& options);

std::vector<Need> needs(const Table& table, const Dialect& dialect);

}  // namespace untrack::backends::nft
