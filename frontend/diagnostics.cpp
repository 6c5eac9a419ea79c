#include "frontend/diagnostics.h"

#include <vector>

#include "frontend/load_diagnostics.h"
#include "frontend/resources/diagnostics.h"
#include "frontend/yaml/diagnostics.h"

namespace untrack::frontend {

DiagnosticList diagnostics() {
  static const std::vector<const DiagnosticInfo*> kAll = [] {
    std::vector<const DiagnosticInfo*> all;
    const auto add = [&](DiagnosticList part) { all.insert(all.end(), part.begin(), part.end()); };
    add(yaml::diagnostics());
    all.push_back(&nothing_written.info);
    add(resources::diagnostics());
    return all;
  }();
  return kAll;
}

}  // namespace untrack::frontend
