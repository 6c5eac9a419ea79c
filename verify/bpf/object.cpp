#include "verify/bpf/object.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "support/digest.h"
#include "verify/bpf/bytes.h"

namespace untrack::verify::bpf {

// Numbers of the System V ABI (elf.h), for ELF64, and of BPF (linux/elf-em.h; R_BPF_64_64: the kernel's
// Documentation/bpf/llvm_reloc.rst).
static constexpr std::string_view kElf64LittleEndian(
    "\x7f"
    "ELF\x02\x01\x01",
    7);
static constexpr std::uint16_t kRelocatable = 1, kMachineBpf = 247;
static constexpr std::uint64_t kHeaderSize = 64, kSectionHeaderSize = 64, kSymbolSize = 24,
                               kRelocationSize = 16, kInstructionSize = 8;
static constexpr std::uint32_t kProgbits = 1, kSymtab = 2, kStrtab = 3, kRel = 9, kNobits = 8;
static constexpr std::uint64_t kWrite = 1, kAlloc = 2, kExec = 4, kCompressed = 0x800;
static constexpr unsigned kObjectType = 1, kFunctionType = 2, kGlobal = 1;
static constexpr std::uint32_t kAddress64 = 1, kCall = 10;  // R_BPF_64_64, R_BPF_64_32

static constexpr std::string_view kImageSymbol = "untrack_image";
static constexpr std::array<std::string_view, 3> kPrograms = {"socket", "tc", "xdp"};
static constexpr std::string_view kFunctions = ".text";  // what programs call (libbpf puts it behind each)
// Types of the functions, which the kernel's verifier is told (linux/btf.h).
static constexpr std::array<std::string_view, 2> kTypes = {".BTF", ".BTF.ext"};
// What libbpf passes over, by name, type or size (bpf_object__elf_collect, tools/lib/bpf/libbpf.c).
static constexpr std::array<std::string_view, 2> kIgnored = {".shstrtab", ".llvm_addrsig"};

namespace {

struct Section {
  std::uint32_t number = 0;
  std::string_view name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::string_view bytes;
  std::uint32_t link = 0, info = 0;
};

struct Symbol {
  std::string_view name;
  unsigned type = 0, binding = 0;
  std::uint8_t other = 0;
  std::uint16_t section = 0;
  std::uint64_t value = 0, size = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  Object run() {
    header();
    sections();
    symbols();
    check_image();
    return {.image = section(".rodata").bytes, .classifier = classifier()};
  }

 private:
  void header() const;
  void sections();
  Section section_header(std::uint32_t number) const;
  void check_purpose(const Section& section) const;
  const Section& section(std::string_view name) const;
  static std::string_view text_at(std::string_view table, std::uint64_t offset);
  void symbols();
  void check_image() const;
  ClassifierDigest classifier() const;
  void add_program(const Section& program, std::string& text) const;
  void add_relocations(const Section& relocations, std::string& text) const;

  Bytes bytes_;
  std::map<std::string_view, Section> sections_;
  std::vector<Symbol> symbols_;
};

}  // namespace

bool is_object(std::string_view bytes) {
  return bytes.starts_with(
      "\x7f"
      "ELF");
}

// ---- sections

void Parser::header() const {
  if (bytes_.size() < kHeaderSize || bytes_.part(0, kElf64LittleEndian.size()) != kElf64LittleEndian)
    refuse(0, "no ELF object of 64 bits, least significant byte first");
  if (bytes_.u16(16) != kRelocatable || bytes_.u16(18) != kMachineBpf || bytes_.u32(20) != 1)
    refuse(0, "no relocatable object of BPF");
  if (bytes_.u16(52) != kHeaderSize || bytes_.u16(58) != kSectionHeaderSize)
    refuse(0, "headers of another size than ELF64 has");
}

void Parser::sections() {
  const std::uint16_t count = bytes_.u16(60), names = bytes_.u16(62);
  if (names >= count) refuse(0, "the section names are in no section");
  const std::string_view table = section_header(names).bytes;
  for (std::uint32_t number = 1; number < count; ++number) {
    Section section = section_header(number);
    section.name = text_at(table, bytes_.u32(bytes_.u64(40) + kSectionHeaderSize * number));
    check_purpose(section);
    if (!sections_.emplace(section.name, section).second) refuse(0, "two sections `{}`", section.name);
  }
}

Section Parser::section_header(std::uint32_t number) const {
  const std::uint64_t table = bytes_.u64(40);
  if (table > bytes_.size()) refuse(0, "the section headers are not there");
  const std::uint64_t at = table + kSectionHeaderSize * number;
  bytes_.part(at, kSectionHeaderSize);
  Section section{.number = number,
                  .name = {},
                  .type = bytes_.u32(at + 4),
                  .flags = bytes_.u64(at + 8),
                  .bytes = {},
                  .link = bytes_.u32(at + 40),
                  .info = bytes_.u32(at + 44)};
  const std::uint64_t offset = bytes_.u64(at + 24), size = bytes_.u64(at + 32);
  if (section.type != kNobits || size != 0) section.bytes = bytes_.part(offset, size);
  return section;
}

std::string_view Parser::text_at(std::string_view table, std::uint64_t offset) {
  const std::size_t end = offset < table.size() ? table.find('\0', offset) : std::string_view::npos;
  if (end == std::string_view::npos) refuse(0, "a name has no end");
  return table.substr(offset, end - offset);
}

static bool is_program(std::string_view name) {
  return std::ranges::find(kPrograms, name) != kPrograms.end();
}
static bool is_relocation(std::string_view name) {
  return name.starts_with(".rel") && (is_program(name.substr(4)) || name.substr(4) == kFunctions);
}

void Parser::check_purpose(const Section& section) const {
  const auto is = [&](std::uint32_t type, std::uint64_t flags) {
    static constexpr std::uint64_t kJudged = kWrite | kAlloc | kExec | kCompressed;
    return section.type == type && (section.flags & kJudged) == flags;
  };
  const std::string_view name = section.name;
  const bool fits = is_program(name)      ? is(kProgbits, kAlloc | kExec)
                    : is_relocation(name) ? is(kRel, 0)
                    : name == ".rodata"   ? is(kProgbits, kAlloc)
                    : name == "license"   ? is(kProgbits, kAlloc) || is(kProgbits, kAlloc | kWrite)
                    : name == ".symtab"   ? is(kSymtab, 0)
                    : name == ".strtab"   ? is(kStrtab, 0)
                    : std::ranges::find(kTypes, name) != kTypes.end() ? is(kProgbits, 0)
                    : name == kFunctions
                        ? is(kProgbits, kAlloc | kExec)
                        : std::ranges::find(kIgnored, name) != kIgnored.end() && section.type != kProgbits &&
                              section.type != kNobits && section.type != kRel && section.type != kSymtab;
  if (!fits) refuse(0, "section `{}` is not one of an image's object", name);
}

const Section& Parser::section(std::string_view name) const {
  const auto found = sections_.find(name);
  if (found == sections_.end()) refuse(0, "there is no section `{}`", name);
  return found->second;
}

// ---- symbols

void Parser::symbols() {
  const Section& table = section(".symtab");
  if (table.link != section(".strtab").number) refuse(0, "the names of the symbols are not in `.strtab`");
  if (table.bytes.size() % kSymbolSize != 0) refuse(0, "`.symtab` ends within a symbol");
  const Bytes bytes(table.bytes);
  for (std::uint64_t at = 0; at < bytes.size(); at += kSymbolSize) {
    const std::uint8_t info = bytes.u8(at + 4);
    symbols_.push_back({.name = text_at(section(".strtab").bytes, bytes.u32(at)),
                        .type = info & 0xfu,
                        .binding = static_cast<unsigned>(info >> 4),
                        .other = bytes.u8(at + 5),
                        .section = bytes.u16(at + 6),
                        .value = bytes.u64(at + 8),
                        .size = bytes.u64(at + 16)});
  }
}

void Parser::check_image() const {
  const Section& rodata = section(".rodata");
  bool found = false;
  for (const Symbol& symbol : symbols_) {
    if (symbol.name == kImageSymbol) {
      const bool fits = !found && symbol.section == rodata.number && symbol.value == 0 &&
                        symbol.size == rodata.bytes.size() && symbol.type == kObjectType &&
                        symbol.binding == kGlobal;
      if (!fits) refuse(0, "the symbol `{}` is not the whole of `.rodata`", kImageSymbol);
      found = true;
    } else if (symbol.section == rodata.number && symbol.size != 0) {
      refuse(0, "a second symbol in `.rodata`, `{}`", symbol.name);
    }
  }
  if (!found) refuse(0, "there is no symbol `{}`", kImageSymbol);
}

// ---- programs

// All that the kernel is given of the object but the image, as text: for each program section its
// instructions, where each program in it begins and ends, and which instructions hold the place of the image.
ClassifierDigest Parser::classifier() const {
  std::string text = fmt::format("license {}\n", hex(section("license").bytes));
  for (const std::string_view name : kPrograms) {
    if (const auto found = sections_.find(name); found != sections_.end()) add_program(found->second, text);
  }
  const auto functions = sections_.find(kFunctions);
  if (functions != sections_.end() && !functions->second.bytes.empty()) add_program(functions->second, text);
  for (const std::string_view name : kTypes) {
    if (const auto found = sections_.find(name); found != sections_.end())
      text += fmt::format("types {} {}\n", name, hex(found->second.bytes));
  }
  return sha256(text);
}

void Parser::add_program(const Section& program, std::string& text) const {
  if (program.bytes.size() % kInstructionSize != 0)
    refuse(0, "`{}` ends within an instruction", program.name);
  text += fmt::format("section {} {}\n", program.name, hex(program.bytes));
  std::vector<std::string> lines;
  for (const Symbol& symbol : symbols_) {
    const bool is_label = symbol.size == 0 && symbol.type != kFunctionType;
    if (symbol.section != program.number || is_label) continue;
    lines.push_back(fmt::format("symbol {} {} {} {} at {} size {}\n", symbol.name, symbol.type,
                                symbol.binding, symbol.other, symbol.value, symbol.size));
  }
  std::ranges::sort(lines);
  for (const std::string& line : lines) text += line;
  const auto relocations = sections_.find(std::string(".rel") + std::string(program.name));
  if (relocations == sections_.end()) return;
  if (relocations->second.info != program.number || relocations->second.link != section(".symtab").number)
    refuse(0, "`{}` is not of `{}`", relocations->first, program.name);
  add_relocations(relocations->second, text);
}

void Parser::add_relocations(const Section& relocations, std::string& text) const {
  if (relocations.bytes.size() % kRelocationSize != 0)
    refuse(0, "`{}` ends within an entry", relocations.name);
  const Bytes bytes(relocations.bytes);
  for (std::uint64_t at = 0; at < bytes.size(); at += kRelocationSize) {
    const std::uint32_t type = bytes.u32(at + 8), symbol = bytes.u32(at + 12);
    if (symbol >= symbols_.size()) refuse(0, "`{}` has a relocation to no symbol", relocations.name);
    const Symbol& to = symbols_[symbol];
    const auto functions = sections_.find(kFunctions);
    if (type == kCall && functions != sections_.end() && to.section == functions->second.number) {
      text += fmt::format("call at {} to {}\n", bytes.u64(at), to.value);
    } else if (type == kAddress64 && to.name == kImageSymbol) {
      text += fmt::format("image at {}\n", bytes.u64(at));
    } else {
      refuse(0, "`{}` has a relocation that is not of the image's place", relocations.name);
    }
  }
}

Object parse_object(std::string_view bytes) {
  return Parser(bytes).run();
}

}  // namespace untrack::verify::bpf
