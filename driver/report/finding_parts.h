// Parts of a finding that several report formats show alike. All text is fit for a log.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::driver {

enum class Notes { All, WithoutPlace };  // the others are shown by means of the format

// Notes, witness and help, a line each or more; empty where there are none.
std::string details(const SourceMap& sources, const Diagnostic& finding, Notes notes = Notes::All);

// A file as forges know it: relative paths without `./`.
std::string forge_path(std::string_view name);

struct Region {
  Position begin, end;  // `end`: of the character behind the last one
};
Region region(const SourceMap& sources, SourceSpan span);  // of a span that exists

}  // namespace untrack::driver
