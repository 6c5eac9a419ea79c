// The ELF object of one interface, docs/bpf.md ("The ELF object"): an image, and programs that are the same
// in all of them.
#pragma once
#include <string_view>

#include "verify/reading.h"

namespace untrack::verify::bpf {

struct Object {
  std::string_view image;  // `.rodata`, inside the bytes that were parsed
  ClassifierDigest classifier;
};

bool is_object(std::string_view bytes);  // by its first bytes

// Throws Refused where the object has anything that a loader could act on and the page does not name.
Object parse_object(std::string_view bytes);

}  // namespace untrack::verify::bpf
