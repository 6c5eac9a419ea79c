// Every diagnostic of every folder, with its examples: what `explain`, `rules` and docs/rules/ show.
#pragma once
#include <string_view>
#include <vector>

#include "driver/catalogue/examples.h"
#include "support/diagnostic.h"

namespace untrack::driver {

struct CatalogueEntry {
  const DiagnosticInfo* info;
  Example example;
};

// By code.
std::vector<CatalogueEntry> catalogue();

// `UT2: stateless traffic`
std::string_view group_title(std::string_view code);

}  // namespace untrack::driver
