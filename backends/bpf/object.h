// Image -> ELF object. The programs are compiled, and their object is laid out, when untrack is built
// (object_template.cpp); here the image becomes its last section.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace untrack::backends::bpf {

// All of the object up to its section `.rodata`, which is the last thing in it, and where it says how long
// that is.
struct ObjectTemplate {
  std::string_view bytes;
  std::size_t section_size_at, symbol_size_at;  // u64 each
};
extern const ObjectTemplate kObjectTemplate;  // written by object_template.cpp

std::string object(std::string_view image);

}  // namespace untrack::backends::bpf
