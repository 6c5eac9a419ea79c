// What Calico refuses in its settings, or what stops Felix.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<std::string_view> node_selector_not_allowed{
    {"UT180", "node-selector-not-allowed", Severity::Error, Compile::Refused,
     "A node selector on settings whose name already says which nodes they are for.",
     "The schema refuses the object.", "Calico api/pkg/apis/projectcalico/v3/felixconfig.go (CEL)"},
    "`nodeSelector` does not go with the name `{}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> felix_configuration_without_nodes{
    {"UT181", "settings-without-nodes", Severity::Warning, Compile::GoesOn, "Settings that are for no node.",
     "Felix skips a FelixConfiguration that is neither called `default` nor `node.NAME` and has no node "
     "selector, or one that it cannot parse: the server does not look. What it says counts nowhere.",
     "Calico felix/calc/config_batcher.go"},
    "FelixConfiguration `{}` counts for no node: {}"};

inline constexpr DiagnosticKind<std::string_view> settings_of_unknown_node{
    {"UT166", "settings-of-unknown-node", Severity::Info, Compile::GoesOn,
     "Settings for a node that the input does not have.",
     "A FelixConfiguration called `node.NAME` counts for the node of that name alone. No host endpoint and "
     "no "
     "Node of the input has it, so what the settings say is not compiled for any.",
     "Calico felix/calc/config_batcher.go"},
    "these settings are for node `{}`, which is not in the input"};

inline constexpr DiagnosticKind<std::string_view> failsafe_protocol{
    {"UT182", "failsafe-protocol", Severity::Error, Compile::Refused,
     "A failsafe port whose protocol Felix cannot read.",
     "The server accepts it, and Felix stops with a configuration error at every start: the host keeps its "
     "old rules, or "
     "none.",
     "Calico felix/config/param_types.go (PortListParam); felix/config/config_params.go (die-on-fail)"},
    "a failsafe port is TCP or UDP, {}: Felix stops at anything else"};

inline constexpr DiagnosticKind<std::string_view> failsafe_net{
    {"UT183", "failsafe-net", Severity::Error, Compile::Refused,
     "A failsafe port for a net that Felix cannot read.",
     "The server accepts it, and Felix stops with a configuration error at every start.",
     "Calico felix/config/param_types.go (PortListParam)"},
    "`{}` is no IP prefix or address"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view> malformed_setting{
    {"UT184", "malformed-setting", Severity::Error, Compile::Refused,
     "A setting in a form that Calico refuses.", "The server refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go; api/pkg/apis/projectcalico/v3/felixconfig.go"},
    "`{}` is no value of `{}`: {}"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> invalid_regex{
    {"UT185", "invalid-regex", Severity::Error, Compile::Refused,
     "A regular expression that Go cannot compile.",
     "The validator refuses the object. Go's expressions have neither look-around nor back references.",
     "Go regexp/syntax"},
    "`{}` is no regular expression of Go: {}"};

inline constexpr DiagnosticKind<std::string> regex_beyond_us{
    {"UT187", "regex-beyond-us", Severity::Error, Compile::Refused,
     "A pattern of automatic host endpoints that Go may read and untrack does not.",
     "Which interfaces it picks is then unknown, and so is which host endpoints exist. Classes of characters "
     "by a "
     "long Unicode name (`\\p{Letter}`) are read since Go 1.25, and so by some releases of Calico; or the "
     "expression "
     "needs more than 8 MB.",
     "Go regexp/syntax; Calico kube-controllers/pkg/controllers/node/hostendpoints.go"},
    "the pattern `{}` of automatic host endpoints is beyond us"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view> regex_not_taken{
    {"UT188", "regex-not-taken", Severity::Warning, Compile::GoesOn,
     "A setting of Felix with a regular expression that Go cannot compile.",
     "The server accepts it. Felix writes a warning into its log and takes its default instead, whatever the "
     "other "
     "settings for the node say; so does untrack.",
     "Calico felix/config/param_types.go (RegexpPatternParam, RegexpPatternListParam); "
     "felix/config/config_params.go (resolve)"},
    "`{}` is no regular expression of Go ({}), so Felix takes its default: {}"};

inline constexpr DiagnosticKind<> named_port_not_allowed{
    {"UT186", "named-port-not-allowed", Severity::Error, Compile::Refused,
     "The name of a port where only numbers go.", "The validator refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go"},
    "port numbers and ranges only: names have no meaning here"};

}  // namespace untrack::frontend::resources
