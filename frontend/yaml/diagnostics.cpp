#include "frontend/yaml/diagnostics.h"

#include <array>

namespace untrack::frontend::yaml {

DiagnosticList diagnostics() {
  static constexpr std::array<const DiagnosticInfo*, 19> kAll{
      &not_utf8.info,         &control_character.info, &yaml_syntax.info,
      &tab_indentation.info,  &unclosed_quote.info,    &unclosed_bracket.info,
      &bad_indentation.info,  &missing_colon.info,     &unrendered_template.info,
      &duplicate_key.info,    &key_not_text.info,      &unknown_alias.info,
      &recursive_alias.info,  &nested_too_deep.info,   &expands_too_far.info,
      &bad_merge.info,        &bad_escape.info,        &content_after_end.info,
      &tag_without_text.info,
  };
  return kAll;
}

}  // namespace untrack::frontend::yaml
