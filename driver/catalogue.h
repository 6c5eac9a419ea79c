// Every diagnostic of every folder, with its examples: what `explain`, `rules` and docs/diagnostics.md show.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "support/diagnostic.h"

namespace untrack::driver {

struct CatalogueEntry {
  const DiagnosticInfo* info;
  std::string_view bad,
      good;  // YAML: triggers it; a near miss that does not. Empty where there is no example
};

// By code.
std::vector<CatalogueEntry> catalogue();

std::string explain(const CatalogueEntry& entry);
std::string explain_as_markdown(const CatalogueEntry& entry);  // without a title
std::string catalogue_as_markdown();
std::string catalogue_as_json();

}  // namespace untrack::driver
