#include "support/diagnostic.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace untrack {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Info: return "info";
    case Severity::Warning: return "warning";
    case Severity::Error: return "error";
  }
  __builtin_unreachable();
}

Diagnostic& Diagnostic::fix(Fix fix) {
  assert(info->fixable != Fixable::No && "the catalogue says which kinds are fixable");
  assert((fix.safety == Safety::Unsafe || info->fixable == Fixable::Safely) && "and how safely");
  cure = std::move(fix);
  return *this;
}

Diagnostic& Diagnostics::add(SourceSpan span, const DiagnosticInfo& info, std::string message) {
  return all_.emplace_back(Diagnostic{&info, span, std::move(message), {}, {}, {}, {}});
}

void Diagnostics::append(Diagnostics&& other) {
  std::move(other.all_.begin(), other.all_.end(), std::back_inserter(all_));
  other.all_.clear();
}

static auto order_key(const Diagnostic& d) {
  return std::tie(d.span.buffer, d.span.begin, d.info->code, d.message);
}

std::vector<const Diagnostic*> Diagnostics::in_order() const {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& diagnostic : all_) sorted.push_back(&diagnostic);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Diagnostic* a, const Diagnostic* b) { return order_key(*a) < order_key(*b); });
  const auto same = [](const Diagnostic* a, const Diagnostic* b) { return order_key(*a) == order_key(*b); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  return sorted;
}

bool Diagnostics::has(Severity at_least) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Diagnostic& d) { return d.info->severity >= at_least; });
}

bool Diagnostics::refuses_compile() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnostic& d) { return d.info->compile == Compile::Refused; });
}

}  // namespace untrack
