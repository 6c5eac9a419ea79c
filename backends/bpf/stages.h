// Terms -> stages: runs of terms, each with a diagram of its own, so that a long list of nets does not stand
// in the image once for each port that is asked for behind it.
#pragma once
#include <optional>
#include <span>

#include "backends/bpf/decisions.h"
#include "backends/bpf/model.h"
#include "backends/bpf/terms.h"

namespace untrack::backends::bpf {

// The references are decisions. Nothing if no way of cutting leads to diagrams of a bearable size.
std::optional<Roots> build_stages(Decisions& decisions, std::span<const Term> terms);

}  // namespace untrack::backends::bpf
