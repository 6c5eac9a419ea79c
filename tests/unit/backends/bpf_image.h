// An image, asked about one packet as docs/bpf.md says ("The lookup"), and checked against its rules.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "ir/meaning.h"
#include "ir/packet.h"

namespace untrack::test {

class BpfImage {
 public:
  // Of an ELF object: what is in its section `.rodata`.
  static BpfImage in_object(std::string_view object);
  explicit BpfImage(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes() const { return bytes_; }
  std::uint64_t number(std::size_t at, std::size_t bytes) const;
  ir::Verdict verdict(ir::Direction direction, const ir::Packet& packet) const;
  // A sentence that says which rule of the layout is broken, or nothing.
  std::string broken() const;

 private:
  std::uint32_t follow(std::uint32_t node, const ir::Packet& packet) const;

  std::string_view bytes_;
};

}  // namespace untrack::test
