// Which packets a lookup finds, in a set of whatever size.
#pragma once
#include <span>

#include "verify/nft/fields.h"

namespace untrack::verify::nft {

// The packets whose key is one of the elements'. Elements that catch all are not looked at.
Hits found_in(Composer& composer, Fields& fields, const Key& key, std::span<const Element* const> elements);

// The packets that have every field of the key, so that a lookup takes place at all.
Hits looked_up(Composer& composer, Fields& fields, const Key& key);

}  // namespace untrack::verify::nft
