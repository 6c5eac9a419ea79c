// UT5xx: what is open that should not be, or closed that should not be.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

inline constexpr DiagnosticKind<> every_port_from_source_port{
    {"UT501", "open-to-source-port", Severity::Warning, Compile::GoesOn,
     "An ingress rule lets a peer reach every local port, if only it sends from the right source port.",
     "A source port is the sender's choice. An untracked ingress Allow that matches nothing but source ports "
     "(the usual "
     "way to let replies back in to a client) also lets the peer open connections to every service of the "
     "host, past "
     "all ordinary policy. Replies to a client come to ephemeral ports: match those as destination ports "
     "too.",
     "docs/semantics.md, Exposure; ip-sysctl.rst (ip_local_port_range, 32768 to 60999)"},
    "this rule opens every local port to whoever sends from its source ports"};

inline constexpr DiagnosticKind<> every_port_to_anyone{
    {"UT502", "open-to-anyone", Severity::Warning, Compile::GoesOn,
     "An untracked ingress rule allows every port from every address.",
     "Untracked policy runs before all other policy: what it allows, no other policy can deny. This rule "
     "switches the "
     "host's firewall off for its protocols.",
     "docs/semantics.md, Exposure"},
    "this rule allows every address to reach every local port, before all other policy"};

}  // namespace untrack::passes::lint
