#include "driver/catalogue/catalogue.h"

#include <algorithm>
#include <array>

#include "backends/bpf/diagnostics.h"
#include "backends/iptables/diagnostics.h"
#include "backends/nft/diagnostics.h"
#include "driver/diagnostics.h"
#include "frontend/diagnostics.h"
#include "passes/diagnostics.h"
#include "passes/lint/diagnostics.h"

namespace untrack::driver {

static std::array<DiagnosticList, 7> lists_of_all_folders() {
  return {driver::diagnostics(),       frontend::diagnostics(),      passes::diagnostics(),
          passes::lint::diagnostics(), backends::nft::diagnostics(), backends::iptables::diagnostics(),
          backends::bpf::diagnostics()};
}

std::vector<CatalogueEntry> catalogue() {
  std::vector<CatalogueEntry> entries;
  for (const DiagnosticList list : lists_of_all_folders()) {
    for (const DiagnosticInfo* info : list) {
      const auto example = std::ranges::find(examples(), info->code, &Example::code);
      entries.push_back({info, example == examples().end() ? Example{} : *example});
    }
  }
  std::ranges::sort(entries, {}, [](const CatalogueEntry& entry) { return entry.info->code; });
  return entries;
}

std::string_view group_title(std::string_view code) {
  switch (code.at(2)) {
    case '0': return "UT0: reading";
    case '1': return "UT1: Calico would refuse or ignore it";
    case '2': return "UT2: stateless traffic";
    case '3': return "UT3: dead or redundant";
    case '4': return "UT4: where dataplanes differ or cannot do it";
    case '5': return "UT5: exposure";
    case '6': return "UT6: size";
    default: return "Other";
  }
}

}  // namespace untrack::driver
