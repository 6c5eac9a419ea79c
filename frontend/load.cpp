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

// Reads buffers side by side. Each worker has a selector table of its own, so which worker reads what changes
// only ids that the join renumbers.
class Reading {
 public:
  Reading(const SourceMap& sources, std::span<const Source> inputs)
      : sources_(sources), inputs_(inputs), parts_(inputs.size()), found_(inputs.size()) {}

  void run(unsigned workers) {
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < workers; ++i)
      threads.emplace_back([this, &table = tables_.emplace_back()] { work(table); });
    work(tables_.emplace_back());
  }

  std::vector<resources::Part> take_parts(Diagnostics& diagnostics) {
    for (Diagnostics& found : found_) diagnostics.append(std::move(found));
    return std::move(parts_);
  }

 private:
  void work(resources::SelectorTable& selectors) {
    for (std::size_t i = next_++; i < inputs_.size(); i = next_++) read(i, selectors);
  }

  void read(std::size_t i, resources::SelectorTable& selectors) {
    resources::Part& part = parts_[i];
    part.role = inputs_[i].role;
    part.selectors = &selectors;
    resources::Context context(found_[i], part.role, selectors);
    for (const yaml::Document& document : yaml::parse(sources_, inputs_[i].buffer, found_[i])) {
      resources::read_document(context, document.root(), part.resources);
    }
  }

  const SourceMap& sources_;
  std::span<const Source> inputs_;
  std::atomic<std::size_t> next_ = 0;
  std::deque<resources::SelectorTable> tables_;  // one a worker; never moves what it holds
  std::vector<resources::Part> parts_;           // these two: one a buffer
  std::vector<Diagnostics> found_;
};

}  // namespace

ir::PolicySet load(const SourceMap& sources, std::span<const Source> inputs, Diagnostics& diagnostics,
                   unsigned jobs) {
  Reading reading(sources, inputs);
  reading.run(std::clamp<unsigned>(jobs, 1, std::max<unsigned>(1, static_cast<unsigned>(inputs.size()))));
  return resources::join(reading.take_parts(diagnostics), diagnostics);
}

}  // namespace untrack::frontend
