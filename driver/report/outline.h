// Where the documents and resources of a buffer stand, and what they are called. Lint asks when it has
// findings to place in them; the policy itself is read by frontend/.
#pragma once
#include <string>
#include <vector>

#include "support/source.h"

namespace untrack::driver {

struct Annotation {
  std::string key, value;
  SourceSpan key_span;
};

struct OutlinedResource {
  SourceSpan span;
  std::string identity;  // `GlobalNetworkPolicy serve`, `NetworkPolicy prod/serve`; parts may be missing
  std::vector<Annotation> annotations;
};

struct Outline {
  bool readable = true;                     // all of it was understood
  std::vector<SourceSpan> documents;        // their root values, in order
  std::vector<SourceSpan> scalars;          // keys included, sorted
  std::vector<OutlinedResource> resources;  // the items of lists, not the lists
};

Outline outline(const SourceMap& sources, BufferId buffer);

}  // namespace untrack::driver
