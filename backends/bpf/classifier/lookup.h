// What the image says of one packet. Shared by all programs.
//
// The verifier walks every loop turn by turn, and every way through a turn; what it has seen at the head of a
// loop it soon forgets (is_state_visited in kernel/bpf/verifier.c). Hence three habits here: ways that part
// inside a loop never meet again in it, they leave it; no branch depends on a key, which also suits the
// processor, for which a step of a search is a coin's toss; and what differs from one class of packet to
// another stands in memory that the verifier takes for unknown (`struct packet`).
#pragma once
#include "image.h"

// What the parser has found. The words of fields that the class does not have hold something.
struct packet {
  __u64 addresses;  // IPv4: source, destination << 32
  __u64 rest;  // destination port, source port << 16, protocol << 32; ICMP's type and code as a source port
  __u64 source_high, source_low, destination_high, destination_low;  // IPv6
  // Single bytes that are not at a multiple of 8, and not 0: the verifier does not track what is stored
  // there.
  __u8 unused;
  volatile __u8 roots;  // 1 + the number of the root of stage 0
  volatile __u8 stage;  // 1 + the stage that is asked next
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

// The shift of each field in its word, a byte each.
#define SHIFTS 0x201000102000ull

static __always_inline __u64 narrow_key(const struct packet* packet, __u64 field) {
  __u64 is_address = sign(field - SourcePort);
  __u64 word = (packet->addresses & is_address) | (packet->rest & ~is_address);
  return word >> (SHIFTS >> (field * 8 & 63) & 63) & (0xffff | (is_address & 0xffffffff));
}

// The reference that follows `reference`. Past the end of the image there is TRACK.
static __noinline __u64 follow(const char* image, struct packet* packet, __u64 reference) {
  __u64 size = image_size(image), at;
  if (reference == NEXT) {
    __u64 stage = packet->stage;
    if (stage > STAGES) return TRACK;
    packet->stage = stage + 1;
    at = ROOTS_AT + ((stage - 1) * CLASSES + packet->roots - 1) * 4;
    if (at > size - 4) return TRACK;
    return *(const __u32*)(image + at);
  }
  // A node has a header and two references at least.
  if (reference > size - NODE_HEADER_BYTES - 8) return TRACK;
  __u64 head = *(const __u64*)(image + reference);
  __u64 kind = head & 0xff, field = head >> 8 & 0xff, count = head >> 32;
  __u64 tables = reference + NODE_HEADER_BYTES;
  if (kind == Direct) {
    __u64 key = narrow_key(packet, field);
    at = tables + (key >> (head >> 16 & 31) & ~(~0ull << (head >> 24 & 31))) * 4;
    if (at > size - 4) return TRACK;
    return *(const __u32*)(image + at);
  }
  // The greatest i with first[i] <= key.
  __u64 low = 0, left = count;
  if (kind == Search) {
    __u64 key = narrow_key(packet, field);
#pragma clang loop unroll(disable)
    for (__u64 step = 0; step < MOST_STEPS; step++) {
      if (left <= 1) break;
      __u64 half = left >> 1, probe = tables + (low + half) * 4;
      if (probe > image_size(image) - 4) return TRACK;
      __u64 first = *(const __u32*)(image + probe);
      low += half & ~sign(key - first);
      left -= half;
    }
    at = tables + (count + low) * 4;
  } else {
    __u64 of_source = sign(field - Destination);
    __u64 high = (packet->source_high & of_source) | (packet->destination_high & ~of_source);
    __u64 rest = (packet->source_low & of_source) | (packet->destination_low & ~of_source);
#pragma clang loop unroll(disable)
    for (__u64 step = 0; step < MOST_STEPS; step++) {
      if (left <= 1) break;
      __u64 half = left >> 1, probe = tables + (low + half) * 16;
      if (probe > image_size(image) - 16) return TRACK;
      __u64 first_high = *(const __u64*)(image + probe), first = *(const __u64*)(image + probe + 8);
      // The borrow of a subtraction of 128 bits.
      __u64 rest_less = below(rest, first) >> 63;
      __u64 less = (~high & first_high) | (~(high ^ first_high) & (high - first_high - rest_less));
      low += half & ~sign(less);
      left -= half;
    }
    at = tables + count * 16 + low * 4;
  }
  if (at > image_size(image) - 4) return TRACK;
  return *(const __u32*)(image + at);
}

// UNTRACK, DROP or TRACK.
static __always_inline __u32 verdict(struct packet* packet) {
  const char* image = the_image();
  __u64 reference = NEXT;
  packet->stage = 1;
  // Each turn is a node, or the end of a stage, or the end of nothing before stage 0.
#pragma clang loop unroll(full)
  for (int turn = 0; turn < MOST_NODES + STAGES + 1; turn++) {
    reference = follow(image, packet, reference);
    if (reference > NEXT) return reference;
  }
  return TRACK;
}
