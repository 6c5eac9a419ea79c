// The image, as docs/bpf.md lays it out, for the programs that read it. They trust nothing in it: whatever it
// says, every offset is compared with the image's size before it is followed.
#pragma once
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

enum { Ingress = 0, Egress = 1 };
enum { Bare = 0, Tcp = 1, Udp = 2, Sctp = 3, Icmp = 4 };
enum { Search = 1, WideSearch = 2, Directory = 3, Rank = 4 };
enum { Source = 0, Destination = 1, SourcePort = 2, DestinationPort = 3, IcmpKey = 4, ProtocolKey = 5 };

// References that are an end.
#define NEXT 0x80000000u
#define UNTRACK 0x80000001u
#define DROP 0x80000002u
#define TRACK 0x80000003u

#define SIZE_AT 12
#define MARK_AT 16
#define ROOTS_AT 48
#define HEADER_BYTES 368
#define NODE_HEADER_BYTES 8
#define STAGES 4
#define CLASSES 5
#define MOST_NODES 16
#define MOST_STEPS 20
#define MOST_BYTES (64 << 20)

// A place holder, for which untrack puts the image: it says its size, so that the programs load with it as
// well.
const char untrack_image[HEADER_BYTES] __attribute__((section(".rodata"), aligned(8))) =
    "UNTRKBPF\2\0\0\0\160\1\0\0\0\0\1";

// Behind the compiler's back, or it would fold the place holder's bytes into the program.
static __always_inline const char* the_image(void) {
  const char* image = untrack_image;
  asm volatile("" : "+r"(image));
  return image;
}

// At a fixed offset of a frozen map, where the verifier reads the very number (bpf_map_direct_read).
static __always_inline __u64 image_size(const char* image) {
  return *(const volatile __u32*)(image + SIZE_AT);
}
