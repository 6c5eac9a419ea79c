// A large document that is one list of objects, as `kubectl get -o yaml` prints it, divided without being
// read:
//
//   apiVersion: v1      ┐
//   items:              ┘ head
//   - kind: Pod         ┐ stretches: each is a sequence of some of the items
//     ...               ┘
//   kind: List          ] tail
//
// The division looks at the first bytes of lines and may be wrong: a line within quotes can look like an
// item. But a text that is cut within quotes, brackets or an alias's reach cannot be read. So whoever reads
// the parts without a diagnostic has read the document; whoever meets one reads the document as a whole
// instead.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "frontend/yaml/document.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

struct ListOutline {
  SourceSpan head;  // up to its last key, `items`, whose value it lacks
  std::vector<SourceSpan> stretches;
  SourceSpan tail;  // may be empty
};

// Stretches have `stretch` bytes or an item more. Nothing for other documents, and for those that one stretch
// would hold.
std::optional<ListOutline> outline_list(const SourceMap& sources, SourceSpan document, std::size_t stretch);

// The mapping that head and tail are together, or nothing if they are not two halves of one.
class ListFrame {
 public:
  static std::optional<ListFrame> read(const SourceMap& sources, const ListOutline& outline);
  std::optional<Node> find(std::string_view key) const;

 private:
  std::vector<Document> halves_;
};

}  // namespace untrack::frontend::yaml
