// Fields that hold a regular expression of Go's.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"

namespace untrack::frontend::resources {

// What Go would refuse, so does the validator: it is reported and left out.
std::optional<Text> go_regex(Context& context, const Entry& entry);

// Settings that every server takes, and for which Felix takes its default where Go refuses them: that is
// reported and done.
std::optional<Text> felix_regex(Context& context, const Entry& entry);        // default: none
std::optional<Text> interface_exclude(Context& context, const Entry& entry);  // names and `/expressions/`

}  // namespace untrack::frontend::resources
