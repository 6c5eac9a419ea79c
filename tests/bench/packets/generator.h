// Frames injected into the receive path of a network namespace, and what they cost.
//
// BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (linux/bpf.h, Linux 5.18) makes real frames and hands
// those that an XDP program passes to the stack, as if they came in through an interface. The whole receive
// path runs in the calling thread, so that the thread's clock counts it and nothing else.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/packet.h"

namespace untrack::bench {

inline constexpr std::size_t kFrameBytes =
    80;  // a multiple of 8; short frames, so that headers are all there is
using Frame = std::array<std::uint8_t, kFrameBytes>;

// A readable tcp or udp packet of IPv4, to the MAC address 02:00:00:00:00:01.
Frame frame(const ir::Packet& packet);

class Generator {
 public:
  explicit Generator(const std::vector<Frame>& frames);  // their number is a power of two
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Nanoseconds of CPU time for each of `count` frames, one after the other, that come in through the
  // interface; the calling thread is in its network namespace. An XDP program that is given decides on each
  // frame, where a driver would ask it: before there is an sk_buff.
  double run(int interface_index, std::uint32_t count, std::optional<int> xdp_program) const;

 private:
  int frames_, position_, next_;  // maps; the last of the program that is handed the frames
  int passing_, handing_over_;    // programs
};

}  // namespace untrack::bench
