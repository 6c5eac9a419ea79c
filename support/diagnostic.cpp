#include "support/diagnostic.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>
#include <map>
#include <set>
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

void Diagnostics::fold_places() {
  std::map<decltype(order_key(all_.front())), std::vector<Diagnostic*>> alike;
  for (Diagnostic& diagnostic : all_) alike[order_key(diagnostic)].push_back(&diagnostic);
  std::set<const Diagnostic*> folded;
  for (const auto& [key, findings] : alike) {
    std::vector<Note>& notes = findings.front()->notes;
    const auto first = std::ranges::find_if(notes, &Note::is_place);
    if (first == notes.end()) continue;
    std::set<std::string> places;
    for (const Diagnostic* finding : findings) {
      for (const Note& note : finding->notes) {
        if (note.is_place) places.insert(note.message);
      }
    }
    if (places.size() > 1) first->message += fmt::format(", and on {} more", places.size() - 1);
    notes.erase(std::remove_if(std::next(first), notes.end(), std::mem_fn(&Note::is_place)), notes.end());
    folded.insert(std::next(findings.begin()), findings.end());
  }
  std::erase_if(all_, [&](const Diagnostic& diagnostic) { return folded.contains(&diagnostic); });
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
