// What is wrong, or worth knowing, about the user's input: where, why, and what to write instead.
//
// A kind of diagnostic is a constant beside the code that reports it. It carries its own documentation, so
// that `untrack explain` and docs/rules/ are views of the code and cannot drift from it.
#pragma once
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "support/fix.h"
#include "support/source.h"

namespace untrack {

enum class Severity { Info, Warning, Error };
std::string_view to_string(Severity severity);  // `info`, `warning`, `error`

// Whether `compile` may still write artifacts once this was reported (docs/semantics.md, "What refuses a
// compile").
enum class Compile { GoesOn, Refused };

// Whether findings of a kind may come with a fix, and of what safety at best.
enum class Fixable { No, Unsafely, Safely };

struct DiagnosticInfo {
  std::string_view code;  // `UT201`: stable for ever; a retired code is not reused
  std::string_view name;  // kebab case, for people: `reply-not-untracked`
  Severity severity;
  Compile compile;
  std::string_view summary;  // one sentence: what is reported
  std::string_view why;      // what breaks, and how it looks to the user of the server
  std::string_view source;   // by whose word: a Calico file, a kernel file, a man page, an RFC
  Fixable fixable = Fixable::No;
};

// Args are the types of what the message shows; the format string is checked against them at compile time.
// Messages: lower case, no full stop, source text in backticks.
template <class... Args>
struct DiagnosticKind {
  DiagnosticInfo info;
  fmt::format_string<Args...> text;
};

struct Note {
  SourceSpan span;  // may be one that does not exist: the note is then printed without a place
  std::string message;
  bool is_place = false;  // where the finding holds, which may be one place of many
};

struct Diagnostic {
  const DiagnosticInfo* info;
  SourceSpan span;
  std::string message;
  std::vector<Note> notes;
  std::string help_text;     // what to write instead; may have several lines (YAML ready to paste)
  std::string witness_text;  // a packet that shows it; empty where none applies
  std::optional<Fix> cure;   // where one is known; of a kind that is fixable

  Diagnostic& note(SourceSpan where, std::string text) {
    notes.push_back({where, std::move(text)});
    return *this;
  }
  Diagnostic& holds_on(SourceSpan where, std::string_view place) {
    notes.push_back({where, fmt::format("on {}", place), true});
    return *this;
  }
  Diagnostic& help(std::string text) {
    help_text = std::move(text);
    return *this;
  }
  Diagnostic& witness(std::string text) {
    witness_text = std::move(text);
    return *this;
  }
  Diagnostic& fix(Fix fix);
};

// Collects. Not thread-safe: each worker has its own, appended in a fixed order.
class Diagnostics {
 public:
  template <class... Args>
  Diagnostic& report(SourceSpan span, const DiagnosticKind<Args...>& kind,
                     const std::type_identity_t<Args>&... args) {
    return add(span, kind.info, fmt::vformat(kind.text, fmt::make_format_args(args...)));
  }
  void append(Diagnostics&& other);

  // What is found in several places is one finding: the first stays, and says on how many more it holds.
  void fold_places();
  // By file, offset, code, message; exact repetitions are dropped.
  std::vector<const Diagnostic*> in_order() const;
  template <class Visit>
  void for_each(Visit visit) {
    for (Diagnostic& diagnostic : all_) visit(diagnostic);
  }
  bool has(Severity at_least) const;
  bool refuses_compile() const;
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }

 private:
  Diagnostic& add(SourceSpan span, const DiagnosticInfo& info, std::string message);
  std::deque<Diagnostic> all_;  // never moves what it holds: `report` returns a reference
};

// Every folder that reports has `diagnostics.h` with its kinds and one function that lists them.
using DiagnosticList = std::span<const DiagnosticInfo* const>;

}  // namespace untrack
