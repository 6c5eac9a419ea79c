// Ruleset -> chains and sets: how each construct becomes iptables, exactly. docs/backends.md tells why in
// this form.
#pragma once
#include "backends/backend.h"
#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

Program lower(const ir::Ruleset& ruleset, const Options& options);

}  // namespace untrack::backends::iptables
