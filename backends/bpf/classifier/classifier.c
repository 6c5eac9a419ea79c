// The programs. Built once, when untrack is built; an image takes the place of `.rodata`.
#include "parse.h"
#include "types.h"

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

static __always_inline __u32 big_endian_16(__u32 number) {
  return __builtin_bswap16(number);
}

// What is not classified is tracked.
static __always_inline __u32 ingress_verdict(struct __sk_buff* buffer) {
  struct packet packet;
  struct place place;
  if (buffer->pkt_type == PACKET_OTHERHOST || (buffer->vlan_present && (buffer->vlan_tci & 0xfff) != 0))
    return TRACK;
  gather(buffer, Received, HEADERS_BYTES);
  place.type = big_endian_16(buffer->protocol);
  place.offset = 1;
  if (!skip_tags(buffer, Received, &place) || !parse(buffer, Received, &place, &packet)) return TRACK;
  return verdict(&packet);
}

SEC("tc") int untrack_tc(struct __sk_buff* buffer) {
  __u32 mark = *(const volatile __u32*)(the_image() + MARK_AT);
  __u32 found = ingress_verdict(buffer);
  if (found == DROP) return TC_ACT_SHOT;
  buffer->mark = found == UNTRACK ? buffer->mark | mark : buffer->mark & ~mark;
  return TC_ACT_UNSPEC;
}

SEC("xdp") int untrack_xdp(struct xdp_md* frame) {
  struct packet packet;
  struct place place;
  __u8 type[2] __attribute__((aligned(2)));
  if (load(frame, Frame, 12, type, 2)) return XDP_PASS;
  place.type = be16(type);
  place.offset = 14 + 1;
  if (!skip_tags(frame, Frame, &place) || !parse(frame, Frame, &place, &packet)) return XDP_PASS;
  return verdict(&packet) == DROP ? XDP_DROP : XDP_PASS;
}

// In raw OUTPUT, by way of `iptables -m bpf`: the packet begins with its IP header.
static __always_inline __u32 egress_verdict(struct __sk_buff* buffer) {
  struct packet packet;
  struct place place;
  place.type = big_endian_16(buffer->protocol);
  place.offset = 1;
  if (!parse(buffer, Sent, &place, &packet)) return TRACK;
  packet.root += STAGES * CLASSES * 2;
  return verdict(&packet);
}

SEC("socket") int untrack_drop(struct __sk_buff* buffer) {
  return egress_verdict(buffer) == DROP;
}

SEC("socket") int untrack_allow(struct __sk_buff* buffer) {
  return egress_verdict(buffer) == UNTRACK;
}

const char untrack_license[] SEC("license") = "GPL";
