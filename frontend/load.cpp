#include "frontend/load.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <thread>

#include "frontend/load_diagnostics.h"
#include "frontend/resources/context.h"
#include "frontend/resources/join.h"
#include "frontend/resources/kinds.h"
#include "frontend/yaml/document.h"

namespace untrack::frontend {

namespace {

// A large list of objects, read as several stretches (frontend/yaml/list_outline.h).
struct DividedList {
  SourceSpan document;
  std::vector<SourceSpan> parts;
  resources::ItemsOf items;
  std::size_t first = 0;  // of its stretches
};

// Neighbouring parts of a buffer, read one after the other by one worker; and what they hold.
struct Stretch {
  std::span<const SourceSpan> parts;
  const DividedList* list = nullptr;  // its items are what the parts hold, not documents
  resources::Part found;
  Diagnostics diagnostics;
  std::optional<SourceSpan> template_action;
  bool has_documents = false;
  bool cut_wrong = false;  // the list cannot be read in parts
};

// The documents of one source.
struct Reading {
  std::vector<SourceSpan> parts;
  std::deque<DividedList> lists;  // stays where it is
  std::deque<Stretch> stretches;
  Diagnostics diagnostics;
};

// Runs tasks side by side, each once. What a task makes does not depend on the worker that takes it.
template <class Task>
void side_by_side(unsigned workers, std::size_t tasks, Task task) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&](unsigned worker) {
    for (std::size_t i = next++; i < tasks; i = next++) task(i, worker);
  };
  std::vector<std::jthread> threads;
  for (unsigned worker = 1; worker < workers && worker < tasks; ++worker) threads.emplace_back(work, worker);
  work(0);
}

}  // namespace

// Large enough that handing them out costs nothing, small enough that all workers end at about the same time,
// in bytes.
static constexpr std::size_t kStretch = 32 * 1024;

static std::optional<DividedList> divided(const SourceMap& sources, SourceSpan document) {
  auto outline = yaml::outline_list(sources, document, kStretch);
  if (!outline) return std::nullopt;
  const auto frame = yaml::ListFrame::read(sources, *outline);
  auto items = frame ? resources::list_of(*frame) : std::nullopt;
  if (!items) return std::nullopt;
  return DividedList{document, std::move(outline->stretches), *std::move(items)};
}

static void add_list(DividedList list, Role role, Reading& into) {
  list.first = into.stretches.size();
  const DividedList& kept = into.lists.emplace_back(std::move(list));
  for (const SourceSpan& part : kept.parts) {
    into.stretches.push_back({.parts = {&part, 1}, .list = &kept, .found = {.role = role}});
  }
}

static void divide(const SourceMap& sources, const Source& input, Reading& into) {
  into.parts = yaml::divide(sources, input.buffer, into.diagnostics);
  std::span<const SourceSpan> parts = into.parts;
  while (!parts.empty()) {
    std::size_t count = 1;
    if (auto list = divided(sources, parts.front())) {
      add_list(*std::move(list), input.role, into);
    } else {
      while (count < parts.size() && parts[count].end - parts.front().begin <= kStretch) ++count;
      into.stretches.push_back({.parts = parts.first(count), .found = {.role = input.role}});
    }
    parts = parts.subspan(count);
  }
}

// Documents are dropped one by one: their resources are all that anyone wants of them.
static void read(const SourceMap& sources, resources::SelectorTable& selectors, Stretch& stretch) {
  stretch.found.selectors = &selectors;
  stretch.found.resources.reserve(stretch.parts.size());
  resources::Context context(stretch.diagnostics, stretch.found.role, selectors);
  for (const SourceSpan span : stretch.parts) {
    const std::size_t before = stretch.diagnostics.size();
    const yaml::Part part = yaml::parse_part(sources, span, stretch.diagnostics);
    if (!part.documents.empty()) stretch.has_documents = true;
    if (stretch.list != nullptr) {
      const bool whole = part.documents.size() == 1 && part.documents.front().root().is_sequence();
      stretch.cut_wrong = !whole || part.template_action || stretch.diagnostics.size() != before;
      if (stretch.cut_wrong) return;
      resources::read_items(context, part.documents.front().root(), stretch.list->items,
                            stretch.found.resources);
      continue;
    }
    stretch.template_action = part.template_action;
    if (part.template_action) return;
    for (const yaml::Document& document : part.documents) {
      resources::read_document(context, document.root(), stretch.found.resources);
    }
  }
  stretch.found.resources.shrink_to_fit();  // there may be thousands of stretches
}

// The lists that could not be read in parts: to be read as one stretch each, the others left empty.
static std::vector<Stretch*> put_together(Reading& reading) {
  std::vector<Stretch*> again;
  for (const DividedList& list : reading.lists) {
    const auto first = reading.stretches.begin() + static_cast<std::ptrdiff_t>(list.first);
    const std::ranges::subrange stretches(first, first + static_cast<std::ptrdiff_t>(list.parts.size()));
    if (std::ranges::none_of(stretches, &Stretch::cut_wrong)) continue;
    const Role role = first->found.role;
    for (Stretch& stretch : stretches) {
      stretch = {.found = {.role = role}};
      again.push_back(&stretch);
    }
    first->parts = {&list.document, 1};
  }
  return again;
}

static bool says_something(const Stretch& stretch) {
  return stretch.has_documents || !stretch.diagnostics.empty();
}

static void finish(Reading reading, std::vector<resources::Part>& parts, Diagnostics& diagnostics) {
  diagnostics.append(std::move(reading.diagnostics));
  const auto action =
      std::ranges::find_if(reading.stretches, [](const Stretch& s) { return s.template_action.has_value(); });
  if (action != reading.stretches.end()) return yaml::report_template(*action->template_action, diagnostics);
  if (std::ranges::none_of(reading.stretches, says_something) && !reading.parts.empty()) {
    if (reading.stretches.front().found.role == Role::Linted)
      diagnostics.report({reading.parts.front().buffer, 0, 0}, nothing_written);
  }
  for (Stretch& stretch : reading.stretches) {
    diagnostics.append(std::move(stretch.diagnostics));
    parts.push_back(std::move(stretch.found));
  }
}

ir::PolicySet load(const SourceMap& sources, std::span<const Source> inputs, Diagnostics& diagnostics,
                   unsigned jobs) {
  const unsigned workers = std::max(jobs, 1u);
  std::vector<Reading> readings(inputs.size());
  side_by_side(workers, inputs.size(),
               [&](std::size_t i, unsigned) { divide(sources, inputs[i], readings[i]); });

  // A worker has a table of its own, so who reads what changes only ids, which the join gives anew.
  std::deque<resources::SelectorTable> tables(workers);
  const auto read_all = [&](const std::vector<Stretch*>& stretches) {
    side_by_side(workers, stretches.size(),
                 [&](std::size_t i, unsigned worker) { read(sources, tables[worker], *stretches[i]); });
  };
  std::vector<Stretch*> stretches;
  for (Reading& reading : readings) {
    for (Stretch& stretch : reading.stretches) stretches.push_back(&stretch);
  }
  read_all(stretches);
  stretches.clear();
  for (Reading& reading : readings) std::ranges::copy(put_together(reading), std::back_inserter(stretches));
  read_all(stretches);

  std::vector<resources::Part> parts;
  for (Reading& reading : readings) finish(std::move(reading), parts, diagnostics);
  return resources::join(std::move(parts), diagnostics);
}

}  // namespace untrack::frontend
