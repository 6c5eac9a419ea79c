// Packet -> class and keys, as docs/bpf.md, "Parsing", says. Shared by all programs; how bytes are reached is
// the one difference.
#pragma once
#include "lookup.h"

// How a program reaches the bytes of its packet.
enum reach {
  Received,  // struct __sk_buff with a link layer, from the network header on
  Sent,      // struct __sk_buff that begins with its IP header
  Frame,     // struct xdp_md, from the first byte of the frame on
};

// 0 if all of the bytes are there. Where the link layer's header ends, bpf_skb_load_bytes_relative alone
// knows; it sees what is in one piece of memory (net/core/filter.c), hence `gather`. Neither it nor XDP
// (MAX_PACKET_OFF in kernel/bpf/verifier.c) goes further than 64 KiB: what lies behind is not there.
static __always_inline long load(void* context, enum reach reach, __u64 offset, void* to, __u64 length) {
  if (reach == Received) return bpf_skb_load_bytes_relative(context, offset, to, length, BPF_HDR_START_NET);
  if (reach == Sent) return bpf_skb_load_bytes(context, offset, to, length);
  struct xdp_md* frame = context;
  const char* end = (const char*)(long)frame->data_end;
  if (offset > 0xff00) return -1;
  const char* from = (const char*)(long)frame->data + offset;
  asm volatile("" : "+r"(from));  // the one that is compared is the one that is read from
  if (from + length > end) return -1;
  // Not byte by byte, as memcpy would: loads of what was stored in pieces have to wait.
  for (__u32 i = 0; i + 4 <= length; i += 4) *(__u32*)((char*)to + i) = *(const __u32*)(from + i);
  if (length % 4 != 0) *(__u16*)((char*)to + length / 4 * 4) = *(const __u16*)(from + length / 4 * 4);
  return 0;
}

// The first `length` bytes of a frame that was received, or all if it is shorter, in one piece of memory.
// Drivers mostly see to that for headers; the rest of a packet may be in pages.
static __always_inline void gather(void* context, enum reach reach, __u32 length) {
  if (reach != Received) return;
  struct __sk_buff* buffer = context;
  if (length > buffer->len) length = buffer->len;
  if ((__u64)buffer->data_end - (__u64)buffer->data < length) bpf_skb_pull_data(buffer, length);
}

static __always_inline __u64 be16(const void* bytes) {
  return __builtin_bswap16(*(const __u16*)bytes);
}

static __always_inline __u64 be32(const void* bytes) {
  return __builtin_bswap32(*(const __u32*)bytes);
}

static __always_inline __u64 be64(const void* bytes) {
  return __builtin_bswap64(*(const __u64*)bytes);
}

// What is read at once: the IP header without options and the longest fixed part of a transport header,
// tcp's.
#define V4_BYTES 20
#define V6_BYTES 40
#define TRANSPORT_BYTES 20
// A link layer's header and two tags, an IP header, IPv4's options, a transport header.
#define HEADERS_BYTES 128
#define NO_LIMIT 0xffffffffu

// Where a packet begins and what it is. At no multiple of 8 bytes, and not 0: the verifier does not track
// what is stored there, so that it walks what follows once, and not for every number of tags.
struct place {
  __u32 unused;
  volatile __u16 offset;  // 1 + that of the IP header
  volatile __u16 type;    // EtherType
} __attribute__((aligned(8)));

// The transport header: its protocol, where it begins, and where the packet ends; at 0 if there is no header
// that could be looked into.
struct transport {
  __u64 protocol, offset, limit;
};

// All bits set if a > b, else none; of numbers below 2^63.
static __always_inline __u64 greater(__u64 a, __u64 b) {
  return sign(b - a);
}

static __always_inline __u64 equal(__u64 a, __u64 b) {
  return ~greater(a ^ b, 0);
}

// A byte for each class: of the fixed part of its header.
#define FIXED_BYTES 0x080c081400ull

// By masks, which the verifier walks once. `bytes` hold the begin of the header already if `is_loaded`, and
// are overwritten else.
static __always_inline void parse_transport(void* context, enum reach reach, __u32 version,
                                            const struct transport* transport, int is_loaded, __u8* bytes,
                                            struct packet* packet) {
  __u64 protocol = opaque(transport->protocol), offset = transport->offset;
  __u64 class = (equal(protocol, 6) & opaque(Tcp)) | (equal(protocol, 17) & opaque(Udp)) |
                (equal(protocol, 132) & opaque(Sctp)) |
                (equal(protocol, version == 0 ? 1 : 58) & opaque(Icmp));
  __u64 fixed = FIXED_BYTES >> (class * 8 & 63) & 0xff;
  class &= ~greater(offset + fixed, transport->limit);
  if (!is_loaded) {
    *(__u32*)bytes = 0;  // the verifiers before Linux 6.3 want to see it written
    if (load(context, reach, offset + fixed - 4, bytes, 4) || load(context, reach, offset, bytes, 4))
      class = Bare;
  }
  packet->root = version * STAGES * CLASSES + class;
  packet->rest = be32(bytes) | protocol << 32;
}

// False if the packet is malformed.
static __always_inline int parse_v4(void* context, enum reach reach, const struct place* place,
                                    struct packet* packet) {
  __u8 bytes[V4_BYTES + TRANSPORT_BYTES] __attribute__((aligned(8)));
  __u64 base = place->offset - 1;
  int is_loaded = !load(context, reach, base, bytes, sizeof(bytes));
  if (!is_loaded && load(context, reach, base, bytes, V4_BYTES)) return 0;
  __u64 header = (bytes[0] & 15) * 4, total = be16(bytes + 2), fragment = be16(bytes + 6) & 0x1fff;
  __u64 no_limit = equal(total, 0);
  if (bytes[0] >> 4 != 4 || header < V4_BYTES || greater(header, total | no_limit >> 1)) return 0;
  packet->source_high = packet->destination_high = 0;
  packet->source_low = be32(bytes + 12);
  packet->destination_low = be32(bytes + 16);
  struct transport transport = {bytes[9], base + header,
                                (base + total + (no_limit & opaque(NO_LIMIT))) & equal(fragment, 0)};
  parse_transport(context, reach, 0, &transport, is_loaded && header == V4_BYTES, bytes + V4_BYTES, packet);
  return 1;
}

enum { HopByHop = 0, Routing = 43, Fragment = 44, Authentication = 51, DestinationOptions = 60 };
#define EXTENSIONS                                                                  \
  (1ull << HopByHop | 1ull << Routing | 1ull << Fragment | 1ull << Authentication | \
   1ull << DestinationOptions)
#define MOST_EXTENSIONS 192

// 1 or 0: whether bit `number`, of 64, is set. By shifts alone.
static __always_inline __u64 bit(__u64 bits, __u64 number) {
  return opaque(bits) >> (number & 63) & 1;
}

static __always_inline int is_extension(__u64 number) {
  return number < 64 && bit(EXTENSIONS, number);
}

// Goes to what stands behind the extension headers. False if one of them is malformed. Two thirds of what the
// verifier walks are turns of this loop, hence its numbers of 64 bits and the sums without a choice.
static __always_inline int skip_extensions(void* context, enum reach reach, struct transport* transport) {
  __u8 bytes[8] __attribute__((aligned(8))) = {};
#pragma clang loop unroll(disable)
  for (__u64 i = 0; i < MOST_EXTENSIONS; i++) {
    __u64 number = transport->protocol, offset = transport->offset;
    if (!is_extension(number)) return 1;
    __u64 is_fragment = bit(1ull << Fragment, number);
    __u64 is_authentication = bit(1ull << Authentication, number);
    // XDP takes no variable length: a header that is cut off in the frame is left to `tc`.
    __u32 least = reach == Frame ? 8 : 2 + is_fragment * 6;
    if (load(context, reach, offset, bytes, least)) return 0;
    // A fragment header says nothing of its length, which is that of the shortest.
    __u64 length = bytes[1] * (1 - is_fragment) + 1 + is_authentication;
    __u64 end = offset + (length << (3 - is_authentication));
    if (end > transport->limit) return 0;
    transport->protocol = bytes[0];
    transport->offset = end;
    if (is_fragment * (*(__u16*)(bytes + 2) & __builtin_bswap16(0xfff8))) {
      transport->limit = 0;
      return 1;
    }
  }
  transport->limit = 0;
  return 1;
}

// False if the packet is malformed.
static __always_inline int parse_v6(void* context, enum reach reach, const struct place* place,
                                    struct packet* packet) {
  __u8 bytes[V6_BYTES + TRANSPORT_BYTES] __attribute__((aligned(8)));
  __u64 base = place->offset - 1;
  int is_loaded = !load(context, reach, base, bytes, sizeof(bytes));
  if (!is_loaded && load(context, reach, base, bytes, V6_BYTES)) return 0;
  if (bytes[0] >> 4 != 6) return 0;
  packet->source_high = be64(bytes + 8);
  packet->source_low = be64(bytes + 16);
  packet->destination_high = be64(bytes + 24);
  packet->destination_low = be64(bytes + 32);
  __u64 payload = be16(bytes + 4), no_limit = equal(payload, 0) & equal(bytes[6], HopByHop);
  struct transport transport = {bytes[6], base + V6_BYTES,
                                base + V6_BYTES + payload + (no_limit & opaque(NO_LIMIT))};
  if (is_extension(bytes[6])) {
    is_loaded = 0;
    gather(context, reach, NO_LIMIT);
    if (!skip_extensions(context, reach, &transport)) return 0;
  }
  parse_transport(context, reach, 1, &transport, is_loaded, bytes + V6_BYTES, packet);
  return 1;
}

// Skips up to two VLAN tags of number 0 (priority tags). False if the frame belongs to a VLAN.
static __always_inline int skip_tags(void* context, enum reach reach, struct place* place) {
  __u8 tag[4] __attribute__((aligned(4)));
  for (int i = 0; i < 2; i++) {
    if (place->type != 0x8100 && place->type != 0x88a8) return 1;
    if (load(context, reach, place->offset - 1, tag, 4) || (be16(tag) & 0xfff) != 0) return 0;
    place->type = be16(tag + 2);
    place->offset += 4;
  }
  return 1;
}

// By its EtherType, whatever follows the IP version. False if the packet is not to be classified.
static __always_inline int parse(void* context, enum reach reach, struct place* place,
                                 struct packet* packet) {
  if (place->type == 0x0800) return parse_v4(context, reach, place, packet);
  return place->type == 0x86dd && parse_v6(context, reach, place, packet);
}
