// Which packets a lookup finds, in a set of whatever size.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "verify/compose.h"
#include "verify/ranges.h"

namespace untrack::verify {

// What one element of a set holds: one range for each field of the key.
using Values = std::vector<Range>;
// The packets whose field has one of the values.
using FieldTest = std::function<Hits(std::size_t field, const Ranges& values)>;

// The packets whose every field is in that of one of the elements.
Hits found_in(Composer& composer, std::span<const Values* const> elements, std::size_t fields,
              const FieldTest& test);

}  // namespace untrack::verify
