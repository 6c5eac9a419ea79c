#include "frontend/load.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include "frontend/resources/context.h"
#include "frontend/resources/join.h"
#include "frontend/resources/kinds.h"
#include "frontend/yaml/document.h"

namespace untrack::frontend {

namespace {

// Neighbouring parts of a buffer, read one after the other by one worker; and what they hold.
struct Stretch {
  std::span<const SourceSpan> parts;
  resources::Part found;
  Diagnostics diagnostics;
  std::optional<SourceSpan> template_action;
};

// The documents of one source.
struct Reading {
  std::vector<SourceSpan> parts;
  std::vector<Stretch> stretches;
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

static std::vector<Stretch> stretches_of(std::span<const SourceSpan> parts, Role role) {
  std::vector<Stretch> stretches;
  while (!parts.empty()) {
    std::size_t count = 1;
    while (count < parts.size() && parts[count].end - parts.front().begin <= kStretch) ++count;
    stretches.push_back({parts.first(count), {role, {}, nullptr}, {}, {}});
    parts = parts.subspan(count);
  }
  return stretches;
}

// Documents are dropped one by one: their resources are all that anyone wants of them.
static void read(const SourceMap& sources, resources::SelectorTable& selectors, Stretch& stretch) {
  stretch.found.selectors = &selectors;
  stretch.found.resources.reserve(stretch.parts.size());
  resources::Context context(stretch.diagnostics, stretch.found.role, selectors);
  for (const SourceSpan span : stretch.parts) {
    const yaml::Part part = yaml::parse_part(sources, span, stretch.diagnostics);
    stretch.template_action = part.template_action;
    if (part.template_action) return;
    for (const yaml::Document& document : part.documents) {
      resources::read_document(context, document.root(), stretch.found.resources);
    }
  }
}

static void finish(Reading reading, std::vector<resources::Part>& parts, Diagnostics& diagnostics) {
  diagnostics.append(std::move(reading.diagnostics));
  const auto action =
      std::ranges::find_if(reading.stretches, [](const Stretch& s) { return s.template_action.has_value(); });
  if (action != reading.stretches.end()) return yaml::report_template(*action->template_action, diagnostics);
  for (Stretch& stretch : reading.stretches) {
    diagnostics.append(std::move(stretch.diagnostics));
    parts.push_back(std::move(stretch.found));
  }
}

ir::PolicySet load(const SourceMap& sources, std::span<const Source> inputs, Diagnostics& diagnostics,
                   unsigned jobs) {
  const unsigned workers = std::max(jobs, 1u);
  std::vector<Reading> readings(inputs.size());
  side_by_side(workers, inputs.size(), [&](std::size_t i, unsigned) {
    readings[i].parts = yaml::divide(sources, inputs[i].buffer, readings[i].diagnostics);
    readings[i].stretches = stretches_of(readings[i].parts, inputs[i].role);
  });

  std::vector<Stretch*> stretches;
  for (Reading& reading : readings) {
    for (Stretch& stretch : reading.stretches) stretches.push_back(&stretch);
  }
  // A worker has a table of its own, so who reads what changes only ids, which the join gives anew.
  std::deque<resources::SelectorTable> tables(workers);
  side_by_side(workers, stretches.size(),
               [&](std::size_t i, unsigned worker) { read(sources, tables[worker], *stretches[i]); });

  std::vector<resources::Part> parts;
  for (Reading& reading : readings) finish(std::move(reading), parts, diagnostics);
  return resources::join(std::move(parts), diagnostics);
}

}  // namespace untrack::frontend
