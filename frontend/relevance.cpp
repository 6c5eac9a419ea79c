// Which files of a folder are read at all: a search for a few words, so that a folder of charts, values and
// playbooks costs no parsing and reports no mistakes in what is none of our business.
#include <algorithm>

#include "frontend/load.h"
#include "frontend/resources/kinds.h"

namespace untrack::frontend {

// As in `apiVersion`; API groups of rules and names of annotations have no version behind them.
static constexpr std::string_view kCalicoVersion = "projectcalico.org/v";
static constexpr std::string_view kTemplateAction = "{{";

static bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// `PodList` as well as `Pod`, and `List`, which may hold anything.
static bool names_object(std::string_view kind) {
  if (kind == "List") return true;
  if (kind.ends_with("List")) kind.remove_suffix(4);
  return resources::is_telling_kind(kind);
}

// The word behind `kind:` in any place, quotes and blanks taken off.
static bool any_kind_names_object(std::string_view text) {
  static constexpr std::string_view kKey = "kind";
  for (std::size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at + 1)) {
    const std::size_t begin = text.find_first_not_of("\"': \t", at + kKey.size());
    if (begin == std::string_view::npos) return false;
    const std::size_t end = text.find_first_of("\"'# \t\r\n,}", begin);
    if (names_object(text.substr(begin, end - begin))) return true;
  }
  return false;
}

bool looks_relevant(std::string_view text) {
  if (contains(text, kCalicoVersion)) return true;
  // What a template will be nobody knows; one of Calico's resources is read all the same, to say so.
  return !contains(text, kTemplateAction) && any_kind_names_object(text);
}

}  // namespace untrack::frontend
