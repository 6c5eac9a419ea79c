// A program of the build: lays the compiled classifier out anew, so that an image can be put into it by
// appending its bytes and writing two numbers, with no ELF library in untrack itself.
//
// usage: bpf_object_template CLASSIFIER.o SCRATCH.o OUTPUT.cpp
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

namespace {

constexpr std::string_view kImageSection = ".rodata", kImageSymbol = "untrack_image";

[[noreturn]] void fail(std::string_view what) {
  fmt::print(stderr, "bpf_object_template: {} ({})\n", what, elf_errmsg(-1));
  std::exit(1);
}

void check(bool condition, std::string_view what) {
  if (!condition) fail(what);
}

// What the rest of the program wants to know of the object.
struct Sections {
  Elf_Scn* image = nullptr;
  Elf_Scn* symbols = nullptr;
};

Sections find_sections(Elf* elf) {
  std::size_t names = 0;
  check(elf_getshdrstrndx(elf, &names) == 0, "no section names");
  Sections found;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    const Elf64_Shdr* header = elf64_getshdr(section);
    const std::string_view name = elf_strptr(elf, names, header->sh_name);
    if (name == kImageSection) found.image = section;
    if (header->sh_type == SHT_SYMTAB) found.symbols = section;
    check(!name.starts_with(".rodata.") && !name.starts_with(".data") && !name.starts_with(".bss"),
          "the programs have data beside the image");
  }
  check(found.image != nullptr && found.symbols != nullptr, "no image or no symbols");
  return found;
}

// The one symbol of the image's section, at its begin.
std::size_t image_symbol(Elf* elf, const Sections& sections) {
  const Elf64_Shdr* header = elf64_getshdr(sections.symbols);
  Elf_Data* data = elf_getdata(sections.symbols, nullptr);
  std::size_t found = 0;
  for (std::size_t i = 1; i < header->sh_size / header->sh_entsize; ++i) {
    GElf_Sym symbol;
    check(gelf_getsym(data, static_cast<int>(i), &symbol) != nullptr, "an unreadable symbol");
    if (symbol.st_shndx != elf_ndxscn(sections.image) || GELF_ST_TYPE(symbol.st_info) == STT_SECTION)
      continue;
    check(found == 0 && symbol.st_value == 0 &&
              elf_strptr(elf, header->sh_link, symbol.st_name) == kImageSymbol,
          "the image is not all that is in its section");
    found = i;
  }
  check(found != 0, "the image has no symbol");
  return found;
}

void check_relocations(Elf* elf, std::size_t image) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    const Elf64_Shdr* header = elf64_getshdr(section);
    if (header->sh_type != SHT_REL) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    for (std::size_t i = 0; i < header->sh_size / header->sh_entsize; ++i) {
      GElf_Rel relocation;
      check(gelf_getrel(data, static_cast<int>(i), &relocation) != nullptr, "an unreadable relocation");
      const std::size_t type = GELF_R_TYPE(relocation.r_info);
      check(type == R_BPF_64_32 || GELF_R_SYM(relocation.r_info) == image, "a relocation to something else");
    }
  }
}

Elf64_Off aligned(Elf64_Off offset, Elf64_Xword alignment) {
  return alignment < 2 ? offset : (offset + alignment - 1) / alignment * alignment;
}

// The ELF header, the section headers, all sections but the image, the image.
void lay_out(Elf* elf, const Sections& sections) {
  check((elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT) & ELF_F_LAYOUT) != 0, "cannot choose a layout");
  Elf64_Ehdr* file = elf64_getehdr(elf);
  file->e_shoff = sizeof(Elf64_Ehdr);
  Elf64_Off offset = file->e_shoff + Elf64_Off{file->e_shnum} * sizeof(Elf64_Shdr);
  const auto place = [&](Elf_Scn* section) {
    Elf64_Shdr* header = elf64_getshdr(section);
    check(header->sh_type == SHT_NOBITS || elf_getdata(section, nullptr) != nullptr, "an unreadable section");
    offset = aligned(offset, header->sh_addralign);
    header->sh_offset = offset;
    offset += header->sh_size;
    elf_flagshdr(section, ELF_C_SET, ELF_F_DIRTY);
    for (Elf_Data* data = nullptr; (data = elf_getdata(section, data)) != nullptr;)
      elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
  };
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    if (section != sections.image) place(section);
  }
  elf64_getshdr(sections.image)->sh_addralign = 8;
  place(sections.image);
  elf_flagehdr(elf, ELF_C_SET, ELF_F_DIRTY);
  check(elf_update(elf, ELF_C_WRITE) >= 0, "cannot write");
}

std::string read_file(const char* path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int count, char** words) {
  if (count != 4 || elf_version(EV_CURRENT) == EV_NONE) fail("usage");
  std::filesystem::copy_file(words[1], words[2], std::filesystem::copy_options::overwrite_existing);
  const int file = ::open(words[2], O_RDWR | O_CLOEXEC);
  Elf* elf = elf_begin(file, ELF_C_RDWR, nullptr);
  check(elf != nullptr && elf64_getehdr(elf) != nullptr && elf64_getehdr(elf)->e_machine == EM_BPF,
        "no BPF object");
  const Sections sections = find_sections(elf);
  const std::size_t symbol = image_symbol(elf, sections);
  check_relocations(elf, symbol);
  lay_out(elf, sections);
  const std::size_t image_at = elf64_getshdr(sections.image)->sh_offset;
  const std::size_t section_size_at =
      sizeof(Elf64_Ehdr) + elf_ndxscn(sections.image) * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size);
  const std::size_t symbol_size_at =
      elf64_getshdr(sections.symbols)->sh_offset + symbol * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, st_size);
  elf_end(elf);
  ::close(file);

  const std::string bytes = read_file(words[2]).substr(0, image_at);
  std::ofstream output(words[3]);
  output << "#include \"backends/bpf/object.h\"\n\nusing namespace std::literals;\n\n"
            "namespace untrack::backends::bpf {\n\nconst ObjectTemplate kObjectTemplate = {\n";
  for (std::size_t at = 0; at < bytes.size(); at += 32) {
    output << "\"";
    for (const char c : bytes.substr(at, 32))
      output << fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    output << "\"\n";
  }
  output << fmt::format("\"\"sv, {}, {}}};\n\n}}  // namespace untrack::backends::bpf\n", section_size_at,
                        symbol_size_at);
  return output.flush() ? 0 : 1;
}
