// What stays of a finding when the lines around it move.
#pragma once
#include <string>
#include <vector>

#include "driver/report/report.h"
#include "support/source.h"

namespace untrack::driver {

struct Fingerprint {
  std::string hash;         // of the code, the resource, the text that is marked, and the message
  std::string resource;     // `GlobalNetworkPolicy serve`; the file where the finding is in no resource
  unsigned occurrence = 1;  // among the findings of one run with the same hash, in their order

  std::string text() const { return hash + ':' + std::to_string(occurrence); }  // unique in a run
};

// One for each finding. Neither lines nor, where there is a resource, the file have a part in it.
std::vector<Fingerprint> fingerprints(const SourceMap& sources, Findings findings);

}  // namespace untrack::driver
