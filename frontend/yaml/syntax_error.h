// What the parser did not understand, in words that help: from its fault and place to a diagnostic.
#pragma once
#include <string_view>

#include "frontend/yaml/composer.h"
#include "support/diagnostic.h"

namespace untrack::frontend::yaml {

// The parser's reasons, in groups that a user can tell apart.
enum class Fault : std::uint8_t {
  EndOfText,       // inside of quotes
  Tab,             // in indentation
  NotAnEntry,      // in a block collection: neither the next entry nor its end
  NotInFlow,       // in `[` or `{`: neither a comma nor the end
  ListItem,        // `- ` where none may begin
  Colon,           // `: ` where none may stand
  ClosingBracket,  // that closes nothing, or a bracket of the other kind
  FirstCharacter,  // that begins no token
  Escape,          // in double quotes
  BlockHeader,     // something behind `|` or `>`
  EmptyName,       // of an anchor or alias
  UnknownAlias,
  TooDeep,
  Other,  // rare: the parser's words are kept
};

struct SyntaxError {
  Fault fault;
  std::uint32_t at;        // in the buffer
  std::string_view words;  // the parser's own, for Other
};

void report_syntax_error(const SourceMap& sources, SourceSpan document, const SyntaxError& error,
                         const Composer& composer, Diagnostics& diagnostics);

}  // namespace untrack::frontend::yaml
