#include "frontend/diagnostics.h"

#include <vector>

#include "frontend/resources/diagnostics.h"
#include "frontend/yaml/diagnostics.h"

namespace untrack::frontend {

DiagnosticList diagnostics() {
  static const std::vector<const DiagnosticInfo*> kAll = [] {
    std::vector<const DiagnosticInfo*> all;
    for (const DiagnosticList part : {yaml::diagnostics(), resources::diagnostics()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kAll;
}

}  // namespace untrack::frontend
