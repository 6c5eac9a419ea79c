// What `nft -j list ruleset` prints, as the text that nft prints without `-j`: for the readers of verify/, of
// which there is one for each language. Schema: libnftables-json(5).
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "driver/console.h"

namespace untrack::driver {

// Whether a line of the text begins with such a listing.
bool has_nft_json(std::string_view text);

// Each listing replaced by the text of its tables; all else stays. Of tables that are not ours, only where
// their base chains are hooked. What is not known of ours is a failure, never left out.
std::variant<std::string, Failure> without_nft_json(std::string_view file, std::string_view text);

}  // namespace untrack::driver
