// What is wrong with an input as a whole.
#pragma once
#include "support/diagnostic.h"

namespace untrack::frontend {

inline constexpr DiagnosticKind<> nothing_written{
    {"UT020", "nothing-written", Severity::Warning, Compile::GoesOn, "An input that holds no document.",
     "It is empty, or all of it is comments. calicoctl refuses such a file; behind a pipe it often means "
     "that "
     "the command before it failed.",
     "Calico calicoctl/calicoctl/commands/common/resources.go"},
    "nothing is written here"};

}  // namespace untrack::frontend
