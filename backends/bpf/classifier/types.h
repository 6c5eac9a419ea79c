// The types of the functions, as much as the verifier wants to know (BTF: Documentation/bpf/btf.rst of the
// kernel): that `look_up` is global and takes five numbers. It then walks the function once, for all numbers,
// and not at every call. By hand, since what clang makes of debug information comes with the name of every
// file and line.
#pragma once

#define BTF_NAME(label, text) ".L" label ": .asciz \"" text "\"\n"
#define BTF_NAME_OF(label) ".long .L" label " - .Lstrings\n"
// Kinds of <linux/btf.h>: 1 an integer, 12 a function, 13 its prototype.
#define BTF_INFO(kind, count) ".long " #kind " << 24 | " #count "\n"
#define BTF_INTEGER(label, bytes, encoding) \
  BTF_NAME_OF(label) BTF_INFO(1, 0) ".long " #bytes "\n.long " #encoding " << 24 | " #bytes " * 8\n"
#define BTF_PARAMETER(label) BTF_NAME_OF(label) ".long 1\n"
#define BTF_GLOBAL_FUNCTION(label, prototype) BTF_NAME_OF(label) BTF_INFO(12, 1) ".long " #prototype "\n"
#define BTF_SECTION(label, functions) BTF_NAME_OF(label) ".long " #functions "\n"
#define BTF_AT(offset, type) ".long " offset "\n.long " #type "\n"

// clang-format off
asm(".pushsection .BTF,\"\",@progbits\n"
    ".short 0xeb9f\n.byte 1, 0\n"  // magic, version, flags
    ".long 24\n"  // bytes of this header
    ".long 0\n.long .Lstrings - .Ltypes\n"
    ".long .Lstrings - .Ltypes\n.long .Lstrings_end - .Lstrings\n"
    ".Ltypes:\n"
    BTF_INTEGER("u64", 8, 0)                         // type 1
    BTF_INTEGER("int", 4, 1)                         // 2
    ".long 0\n" BTF_INFO(13, 5) ".long 1\n"          // 3
    BTF_PARAMETER("reference") BTF_PARAMETER("head") BTF_PARAMETER("root")
    BTF_PARAMETER("high") BTF_PARAMETER("low")
    BTF_GLOBAL_FUNCTION("look_up", 3)                // 4
    ".long 0\n" BTF_INFO(13, 0) ".long 2\n"          // 5: of programs nothing is asked
    BTF_GLOBAL_FUNCTION("untrack_tc", 5)             // 6
    BTF_GLOBAL_FUNCTION("untrack_xdp", 5)            // 7
    BTF_GLOBAL_FUNCTION("untrack_drop", 5)           // 8
    BTF_GLOBAL_FUNCTION("untrack_allow", 5)          // 9
    ".Lstrings: .byte 0\n"
    BTF_NAME("u64", "u64") BTF_NAME("int", "int")
    BTF_NAME("reference", "reference") BTF_NAME("head", "head") BTF_NAME("root", "root")
    BTF_NAME("high", "high") BTF_NAME("low", "low")
    BTF_NAME("look_up", "look_up") BTF_NAME("untrack_tc", "untrack_tc")
    BTF_NAME("untrack_xdp", "untrack_xdp") BTF_NAME("untrack_drop", "untrack_drop")
    BTF_NAME("untrack_allow", "untrack_allow")
    BTF_NAME("text", ".text") BTF_NAME("tc", "tc") BTF_NAME("xdp", "xdp") BTF_NAME("socket", "socket")
    ".Lstrings_end:\n"
    ".popsection\n"

    // Where each function begins, in bytes from the begin of its section.
    ".pushsection .BTF.ext,\"\",@progbits\n"
    ".short 0xeb9f\n.byte 1, 0\n"
    ".long 24\n"
    ".long 0\n.long .Lfunctions_end - .Lfunctions\n"
    ".long .Lfunctions_end - .Lfunctions\n.long 0\n"  // no lines
    ".Lfunctions: .long 8\n"
    BTF_SECTION("text", 1) BTF_AT("0", 4)
    BTF_SECTION("tc", 1) BTF_AT("0", 6)
    BTF_SECTION("xdp", 1) BTF_AT("0", 7)
    BTF_SECTION("socket", 2) BTF_AT("0", 8) BTF_AT("untrack_allow - untrack_drop", 9)
    ".Lfunctions_end:\n"
    ".popsection\n");
// clang-format on
