// What the image says of one packet. Shared by all programs.
//
// The verifier walks every loop turn by turn, and every way through a turn; what it has seen at the head of a
// loop it soon forgets (is_state_visited in kernel/bpf/verifier.c). Hence three habits here. `look_up` is a
// global function (see types.h): it is walked once, for all of its arguments, and not at every call. In the
// loop that calls it ways that part never meet again, they leave. And no branch depends on a key, which also
// suits the processor, for which a step of a search is a coin's toss.
#pragma once
#include "image.h"

// What the parser has found: the keys of all fields.
struct packet {
  __u64 source_high, source_low, destination_high, destination_low;  // IPv4: high is 0
  __u64 rest;  // destination port, source port << 16, protocol << 32; ICMP's type and code as a source port
  __u64 root;  // the number of the root of stage 0
};

// A number of which the compiler knows nothing, or it would turn masks into branches.
static __always_inline __u64 opaque(__u64 number) {
  asm volatile("" : "+r"(number));
  return number;
}

// All bits set if the number is negative, else none.
static __always_inline __u64 sign(__u64 number) {
  return opaque((__u64)((__s64)opaque(number) >> 63));
}

// By its sign: a < b as unsigned numbers (Warren, Hacker's Delight, section 2-12).
static __always_inline __u64 below(__u64 a, __u64 b) {
  return (~a & b) | (~(a ^ b) & (a - b));
}

// The reference at an offset. Past the end of the image there is TRACK.
static __always_inline __u64 reference_at(const char* image, __u64 at) {
  return at > image_size(image) - 4 ? TRACK : *(const __u32*)(image + at);
}

// How many of 32 bits are set (Warren, Hacker's Delight, section 5-1).
static __always_inline __u64 population(__u64 bits) {
  bits -= bits >> 1 & 0x55555555;
  bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333);
  return ((bits + (bits >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24 & 0xff;
}

// The reference that follows `reference`: NEXT leads to the root at `root`; a node, whose first 8 bytes are
// `head`, to that of the key's interval.
__attribute__((noinline)) __u64 look_up(__u64 reference, __u64 head, __u64 root, __u64 high, __u64 low) {
  const char* image = the_image();
  if (reference == NEXT) return reference_at(image, root);
  // Also of what is no node.
  if (reference > MOST_BYTES) return TRACK;
  __u64 kind = head & 0xff, count = head >> 32, alternate = head >> 16 & 1;
  __u64 references = reference + NODE_HEADER_BYTES;
  __u64 table = references + ((((count + 1) & (alternate - 1)) << 2 & ~7ull) | alternate << 3);
  __u64 found = 0;  // the number of the interval
  if (kind == Rank) {
    __u64 at = table + (low >> 5) * 8;
    if (at > image_size(image) - 8) return TRACK;
    __u64 word = *(const __u64*)(image + at);
    found = (word >> 32) + population(word & ((2ull << (low & 31)) - 1));
  } else if (kind == WideSearch) {
    __u64 left = count;
#pragma clang loop unroll(disable)
    for (__u64 step = 0; step < MOST_STEPS; step++) {
      if (left <= 1) break;
      __u64 half = left >> 1, probe = table + (found + half - 1) * 16;
      if (probe > image_size(image) - 16) return TRACK;
      __u64 first_high = *(const __u64*)(image + probe), first_low = *(const __u64*)(image + probe + 8);
      // The borrow of a subtraction of 128 bits.
      __u64 low_less = below(low, first_low) >> 63;
      __u64 less = (~high & first_high) | (~(high ^ first_high) & (high - first_high - low_less));
      found += half & ~sign(less);
      left -= half;
    }
  } else {
    __u64 left = count;
    if (kind == Directory) {
      __u64 bits = head >> 24 & 31, width = 16 + (sign((head >> 8 & 0xff) - SourcePort) & 16);
      __u64 at = table + (low >> ((width - bits) & 31)) * 4;
      if (at > image_size(image) - 8) return TRACK;
      found = *(const __u32*)(image + at);
      left = *(const __u32*)(image + at + 4) - found + 1;
      table += (4ull << bits) + 4;
    }
#pragma clang loop unroll(disable)
    for (__u64 step = 0; step < MOST_STEPS; step++) {
      if (left <= 1) break;
      __u64 half = left >> 1, probe = table + (found + half - 1) * 4;
      if (probe > image_size(image) - 4) return TRACK;
      __u64 first = *(const __u32*)(image + probe);
      found += half & ~sign(low - first);
      left -= half;
    }
  }
  return reference_at(image, references + (found & ((alternate - 1) | 1)) * 4);
}

// The shift of each field in `rest`, a byte each, and the width of all.
#define SHIFTS 0x201000100000ull
#define REST_MASK 0xffff

// UNTRACK, DROP or TRACK.
static __always_inline __u32 verdict(struct packet* packet) {
  // It stays in memory: in registers it would be kept for packets, too, of which nothing is known.
  asm volatile("" : "+r"(packet) : : "memory");
  const char* image = the_image();
  __u64 root = ROOTS_AT + packet->root * 4, stages = 1;
  __u64 reference = reference_at(image, root);
  // Each turn is a node, or the end of a stage.
#pragma clang loop unroll(disable)
  for (int turn = 0; turn < MOST_NODES + STAGES; turn++) {
    if (reference > NEXT) return reference;
    // At the end of a stage the header's first bytes stand for a node.
    // (No mask of 0 or -1 and a constant: newer verifiers walk both ways of that, maybe_fork_scalars.)
    __u64 is_next = opaque(reference) >> 31, at = reference & ~(is_next << 31);
    stages += is_next;
    root += is_next * (CLASSES * 4);
    if (at > image_size(image) - NODE_HEADER_BYTES || stages > STAGES) return TRACK;
    __u64 head = *(const __u64*)(image + at), field = head >> 8 & 0xff;
    __u64 of_source = sign(field - Destination), of_address = sign(field - SourcePort);
    __u64 high = (packet->source_high & of_source) | (packet->destination_high & ~of_source);
    __u64 low = (packet->source_low & of_source) | (packet->destination_low & ~of_source);
    __u64 narrow = packet->rest >> (SHIFTS >> (field * 8 & 63) & 63) & REST_MASK;
    reference = look_up(reference, head, root, high, (low & of_address) | (narrow & ~of_address));
  }
  return TRACK;
}
