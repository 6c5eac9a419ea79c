// The catalogue as people and as programs read it.
#pragma once
#include <span>
#include <string>

#include "driver/catalogue/catalogue.h"
#include "driver/files.h"

namespace untrack::driver {

using Catalogue = std::span<const CatalogueEntry>;

std::string explain(const CatalogueEntry& entry, bool color);  // for a terminal
std::string explain_as_markdown(const CatalogueEntry& entry);  // without a title

std::string catalogue_as_text(Catalogue entries, bool color);  // a line for each rule
std::string catalogue_as_markdown(Catalogue entries);          // everything on one page
std::string catalogue_as_json(Catalogue entries);

// UTnnn.md for each rule, and README.md, which lists them.
std::vector<OutputFile> catalogue_as_pages(Catalogue entries, const std::string& folder);

}  // namespace untrack::driver
