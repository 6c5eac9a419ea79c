// The programs of the BPF image in the running kernel: its verifier takes them, whatever the image, and they
// judge every frame as docs/bpf.md says; by a parser of the test's own (frame.h) and by ir::evaluate.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/bpf/emit.h"
#include "backends/bpf/object.h"
#include "ir/evaluate.h"
#include "ir/print.h"
#include "tests/kernel/bpf_programs.h"
#include "tests/kernel/frame.h"
#include "tests/kernel/namespace.h"

using namespace untrack;
using namespace untrack::kernel;

static constexpr std::uint32_t kMark = 0x10000, kOtherBits = 0x80000421;
// BPF_PROG_TEST_RUN takes no shorter frame; of those without a whole IP header not all, by kernel version;
// and none that does not fit into a page with what the kernel puts before and behind it.
static constexpr std::size_t kLeastFrame = 15, kTakenFrom = 14 + 3 * 4 + 40, kTakenTo = 3000;

static std::size_t ruleset_count() {
  const char* wanted = std::getenv("UNTRACK_KERNEL_RULESETS");
  return wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 100;
}

static bool can_run() {
  const std::string lacks = missing("ip bpftool");
  if (!lacks.empty()) MESSAGE("skipped: this machine lacks " << lacks);
  return lacks.empty();
}

// ---- frames

// To the loopback interface's address, as which BPF_PROG_TEST_RUN receives it.
static Bytes ethernet(ir::IpVersion version, const Bytes& packet, const Bytes& tags = {}) {
  Bytes frame = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2};
  frame.insert(frame.end(), tags.begin(), tags.end());
  const bool v4 = version == ir::IpVersion::V4;
  frame.push_back(v4 ? 0x08 : 0x86);
  frame.push_back(v4 ? 0x00 : 0xdd);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

static std::string hex(const Bytes& bytes) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 150); ++i)
    text += fmt::format("{:02x}", bytes[i]);
  return text;
}

// ---- what the programs say of one frame

namespace {

// The object of one interface, with the hooks that it is made of.
struct Subject {
  const ir::Ruleset& ruleset;
  std::string interface_name;
  const BpfPrograms& programs;
};

struct Tally {
  std::size_t frames = 0, classified = 0, dropped = 0, untracked = 0;
};

// An IPv6 packet of which the frame does not hold all: XDP may leave it to tc (docs/bpf.md, "Parsing").
bool is_cut_off_v6(const Bytes& frame) {
  std::size_t at = 12;
  const auto number = [&](std::size_t place) {
    return place + 2 <= frame.size() ? frame[place] * 256u + frame[place + 1] : 0;
  };
  while (number(at) == 0x8100 || number(at) == 0x88a8) at += 4;
  return number(at) == 0x86dd && frame.size() < at + 2 + 40 + number(at + 6);
}

void check_frame(const Subject& subject, const Bytes& frame, Tally& tally) {
  const std::optional<ir::Packet> packet = classified(frame);
  const auto expected = [&](ir::Direction direction) {
    if (!packet) return ir::Verdict::Track;
    return ir::evaluate(subject.ruleset, subject.interface_name, direction, *packet).verdict;
  };
  const std::string what = (packet ? to_string(*packet) : "not classified") + "\n" + hex(frame);
  CAPTURE(what);
  const ir::Verdict in = expected(ir::Direction::Ingress);
  ++tally.frames;
  tally.classified += packet.has_value();
  tally.dropped += in == ir::Verdict::Drop;
  tally.untracked += in == ir::Verdict::Untrack;

  const auto ran = [&](const BpfPrograms::Result& result) {
    CHECK((result.ran || frame.size() < kTakenFrom || frame.size() > kTakenTo));
    return result.ran;
  };
  for (const std::uint32_t bits : {kOtherBits, kOtherBits | kMark}) {
    const BpfPrograms::Result tc = subject.programs.tc(frame, bits);
    if (!ran(tc)) continue;
    CHECK(static_cast<int>(tc.returned) == (in == ir::Verdict::Drop ? TC_ACT_SHOT : TC_ACT_UNSPEC));
    if (in != ir::Verdict::Drop)
      CHECK(tc.mark == (in == ir::Verdict::Untrack ? kOtherBits | kMark : kOtherBits));
  }
  // For another host: tc alone is told.
  Bytes other = frame;
  other[0] = 2;
  const BpfPrograms::Result passed = subject.programs.tc(other, kOtherBits | kMark);
  if (ran(passed)) {
    CHECK(static_cast<int>(passed.returned) == TC_ACT_UNSPEC);
    CHECK(passed.mark == kOtherBits);
  }
  const BpfPrograms::Result xdp = subject.programs.xdp(frame);
  const bool left_to_tc = xdp.returned == XDP_PASS && is_cut_off_v6(frame);
  if (ran(xdp) && !left_to_tc) CHECK(xdp.returned == (in == ir::Verdict::Drop ? XDP_DROP : XDP_PASS));

  // They get what lies behind an untagged header.
  if (frame[12] == 0x81 || frame[12] == 0x88) return;
  const ir::Verdict out = expected(ir::Direction::Egress);
  const BpfPrograms::Result drop = subject.programs.drop(frame), allow = subject.programs.allow(frame);
  if (ran(drop)) CHECK((drop.returned != 0) == (out == ir::Verdict::Drop));
  if (ran(allow)) CHECK((allow.returned != 0) == (out == ir::Verdict::Untrack));
}

void check_every_length(const Subject& subject, const Bytes& frame, Tally& tally) {
  for (std::size_t length = kLeastFrame; length <= frame.size(); ++length)
    check_frame(subject, Bytes(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length)), tally);
}

// Every field that says how long something is, wrong.
void check_spoilt(const Subject& subject, const Bytes& frame, property::Random& random, Tally& tally) {
  Bytes spoilt = frame;
  const std::size_t headers = std::min<std::size_t>(frame.size() - 14, 60);
  for (std::uint64_t i = random.below(3) + 1; i-- > 0;)
    spoilt[14 + random.below(headers)] = static_cast<std::uint8_t>(random.next());
  check_frame(subject, spoilt, tally);
}

const std::vector<Bytes>& tags() {
  static const std::vector<Bytes> kTags = {
      {0x81, 0, 0, 0},                       // number 0: a priority tag
      {0x81, 0, 0xe0, 0},                    // with a priority
      {0x88, 0xa8, 0, 0},                    //
      {0x88, 0xa8, 0, 0, 0x81, 0, 0x20, 0},  // two
      {0x81, 0, 0, 0, 0x81, 0, 0, 5},        // the second one of a VLAN
      {0x81, 0, 0, 7},                       // of a VLAN
      {0x81, 0, 0, 0, 0x81, 0, 0, 0, 0x81, 0, 0, 0},
  };
  return kTags;
}

template <class Check>
void with_each_interface(const ir::Ruleset& ruleset, const Check& check) {
  Diagnostics diagnostics;
  const auto artifacts = backends::bpf::emit(ruleset, {}, diagnostics);
  REQUIRE(diagnostics.empty());
  std::string last;
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    if (hook.interface_name == last) continue;
    last = hook.interface_name;
    const auto object = std::ranges::find(artifacts, "bpf/" + last + ".bpf.o", &backends::Artifact::path);
    REQUIRE(object != artifacts.end());
    const BpfPrograms programs(object->bytes);
    REQUIRE_MESSAGE(programs.failure().empty(), programs.failure());
    check(Subject{ruleset, last, programs}, hook);
  }
}

std::string empty_image(std::uint32_t size) {
  std::string image(size, '\0');
  const auto put = [&](std::size_t at, std::uint32_t number) {
    for (int i = 0; i < 4; ++i) image[at + static_cast<std::size_t>(i)] = static_cast<char>(number >> 8 * i);
  };
  image.replace(0, 8, "UNTRKBPF");
  put(8, 2);
  put(12, size);
  put(16, kMark);
  return image;
}

}  // namespace

TEST_CASE("the verifier takes the programs with the smallest and the largest image") {
  if (!can_run()) return;
  for (const std::uint32_t size : {368u, 376u, 4096u, 1u << 20, 64u << 20}) {
    CAPTURE(size);
    const BpfPrograms programs(backends::bpf::object(empty_image(size)));
    REQUIRE_MESSAGE(programs.failure().empty(), programs.failure());
  }
}

TEST_CASE("a damaged image cannot harm: whatever it says, the programs end") {
  if (!can_run()) return;
  property::Random random(11);
  const Bytes frame = ethernet(
      ir::IpVersion::V4,
      wire_form(*ir::parse_packet("tcp 10.0.0.7:40000 > 10.0.0.1:80"), {.fragments = false}, random));
  for (int attempt = 0; attempt < 20; ++attempt) {
    std::string image = empty_image(4096);
    for (std::size_t i = 24; i < image.size(); ++i)
      image[i] = static_cast<char>(random.below(attempt < 10 ? 4 : 256));
    const BpfPrograms programs(backends::bpf::object(image));
    REQUIRE_MESSAGE(programs.failure().empty(), programs.failure());
    CHECK(programs.tc(frame, 0).ran);
    CHECK(programs.xdp(frame).ran);
    CHECK(programs.drop(frame).ran);
  }
}

TEST_CASE("random rulesets: whole, cut off, tagged and spoilt frames") {
  if (!can_run()) return;
  Tally tally;
  for (std::uint64_t seed = 0; seed < ruleset_count(); ++seed) {
    CAPTURE(seed);
    property::RulesetShape shape;
    shape.any_match = seed % 2 == 1;
    shape.logs = false;
    const ir::Ruleset ruleset = property::random_ruleset(seed, shape);
    property::Random random(seed);
    with_each_interface(ruleset, [&](const Subject& subject, const ir::InterfaceHook& hook) {
      const auto packets = property::boundary_packets(ruleset, hook, 400);
      for (std::size_t i = 0; i < packets.size(); ++i) {
        if (!has_wire_form(packets[i])) continue;
        const Bytes bytes = wire_form(packets[i], {.bait = random.pick(packets)}, random);
        const Bytes frame = ethernet(packets[i].version, bytes);
        check_frame(subject, frame, tally);
        check_spoilt(subject, frame, random, tally);
        check_frame(subject, ethernet(packets[i].version, bytes, random.pick(tags())), tally);
        if (i % 20 == 0) check_every_length(subject, frame, tally);
        if (i % 50 == 0) check_every_length(subject, ethernet(packets[i].version, bytes, tags()[3]), tally);
      }
    });
  }
  MESSAGE(tally.frames << " frames, " << tally.classified << " classified, " << tally.dropped << " dropped, "
                       << tally.untracked << " untracked");
  CHECK(tally.dropped > 100);
  CHECK(tally.untracked > 100);
}

// ---- chains of extension headers

static Bytes v6_header(std::uint8_t next, std::size_t payload) {
  Bytes bytes = {0x60, 0, 0, 0, static_cast<std::uint8_t>(payload >> 8), static_cast<std::uint8_t>(payload),
                 next, 64};
  for (const std::uint8_t last : Bytes{7, 1}) {
    const Bytes address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
    bytes.insert(bytes.end(), address.begin(), address.end());
  }
  return bytes;
}

TEST_CASE("chains of extension headers, up to more than are skipped") {
  if (!can_run()) return;
  const auto ruleset = ir::parse_ruleset(R"(
node n
hook eth0 ingress {
  block tier default {
    untrack tcp to port 80  <- gnp/a ingress 0
    drop tcp  <- gnp/a ingress 1
    untrack protocol 44  <- gnp/a ingress 2
  }
}
hook eth0 egress {
  block tier default {
    drop tcp to port 80  <- gnp/a egress 0
  }
}
)");
  REQUIRE(std::holds_alternative<ir::Ruleset>(ruleset));
  const Bytes tcp = {0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0};
  Tally tally;
  property::Random random(5);
  with_each_interface(std::get<ir::Ruleset>(ruleset), [&](const Subject& subject, const ir::InterfaceHook&) {
    for (const std::size_t count : {0, 1, 2, 3, 10, 100, 190, 191, 192, 193, 194, 250}) {
      for (int kind = 0; kind < 6; ++kind) {
        Bytes chain;
        std::uint8_t first = 6;
        std::vector<std::uint8_t> numbers;
        for (std::size_t i = 0; i < count; ++i)
          numbers.push_back(std::array<std::uint8_t, 5>{
              0, 60, 43, 51, 44}[kind < 5 ? static_cast<std::size_t>(kind) : random.below(5)]);
        for (std::size_t i = 0; i < count; ++i) {
          const std::uint8_t next = i + 1 < count ? numbers[i + 1] : 6;
          // Authentication: in words of 4 bytes, without the first two.
          const std::uint8_t length = numbers[i] == 51 ? 2 : 0;
          Bytes header = {next, length, 0, 0, 0, 0, 0, 0};
          header.resize(numbers[i] == 51 ? 16 : 8);
          chain.insert(chain.end(), header.begin(), header.end());
        }
        if (count > 0) first = numbers[0];
        chain.insert(chain.end(), tcp.begin(), tcp.end());
        Bytes packet = v6_header(first, chain.size());
        packet.insert(packet.end(), chain.begin(), chain.end());
        const Bytes frame = ethernet(ir::IpVersion::V6, packet);
        check_frame(subject, frame, tally);
        if (count <= 3) check_every_length(subject, frame, tally);
        for (int i = 0; i < 20; ++i) check_spoilt(subject, frame, random, tally);
        // The last header a later fragment.
        if (count > 0 && numbers.back() == 44) {
          Bytes later = frame;
          later[later.size() - tcp.size() - 5] = 8;
          check_frame(subject, later, tally);
        }
      }
    }
  });
  MESSAGE(tally.frames << " frames, " << tally.classified << " classified");
}

// ---- headers that are not in one piece of memory

namespace {

// Two hosts, joined by a veth pair: `eth0` here, `peer0` there.
class Pair {
 public:
  explicit Pair(const std::string& object) : host_("bpf-host"), peer_("bpf-peer") {
    const std::filesystem::path file =
        std::filesystem::temp_directory_path() / fmt::format("untrack-pair-{}.bpf.o", ::getpid());
    std::ofstream(file, std::ios::binary) << object;
    const Run made =
        kernel::run(fmt::format("set -e\nip -n {0} link add eth0 mtu 9000 address 02:00:00:00:00:01 type "
                                "veth peer name peer0 mtu 9000 netns "
                                "{1}\nip -n {0} link set eth0 up\nip -n {1} link set peer0 up\n"
                                "ip netns exec {0} tc qdisc add dev eth0 clsact\n"
                                "ip netns exec {0} tc filter add dev eth0 ingress bpf da obj {2} sec tc\n"
                                "ip netns exec {0} nft 'table inet seen {{ chain c {{ type filter hook "
                                "prerouting priority -300; meta l4proto "
                                "!= icmpv6 iifname eth0 counter drop; }}; }}'",
                                host_.name(), peer_.name(), file.string()));
    REQUIRE_MESSAGE(made.status == 0, made.output);
    std::filesystem::remove(file);
    socket_ = peer_.socket(AF_PACKET, SOCK_RAW, 0);
    const int on = 1;
    REQUIRE(::setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0);
    index_ =
        std::atoi(kernel::run(fmt::format("ip netns exec {} cat /sys/class/net/peer0/ifindex", peer_.name()))
                      .output.c_str());
  }
  ~Pair() { ::close(socket_); }

  // Whether it got as far as table raw. The kernel puts all but the first `linear` bytes into pages, if the
  // frame is longer than one (packet_alloc_skb in net/packet/af_packet.c).
  bool passes(const Bytes& frame, std::uint16_t linear) {
    const std::string before = counter();
    // struct virtio_net_hdr: flags, gso_type, hdr_len, and three more numbers of 16 bits. (Its header is not
    // C++.)
    Bytes bytes(10);
    bytes[2] = static_cast<std::uint8_t>(linear);
    bytes[3] = static_cast<std::uint8_t>(linear >> 8);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = index_;
    address.sll_halen = 6;
    REQUIRE(::sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&address),
                     sizeof address) == static_cast<ssize_t>(bytes.size()));
    ::usleep(20'000);
    return counter() != before;
  }

 private:
  std::string counter() const {
    const std::string listing = host_.inside("nft list table inet seen").output;
    const std::size_t at = listing.find("packets ");
    REQUIRE(at != std::string::npos);
    return listing.substr(at, listing.find(' ', at + 8) - at);
  }

  Namespace host_, peer_;
  int socket_ = -1, index_ = 0;
};

Bytes padded_frame(ir::IpVersion version, std::size_t options, std::uint8_t port) {
  static constexpr std::size_t kPayload = 6000;
  const Bytes tcp = {0x9c, 0x40, 0, port, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0, 0, 0, 0};
  Bytes packet;
  if (version == ir::IpVersion::V4) {
    packet = {0x4f,
              0,
              static_cast<std::uint8_t>((60 + kPayload) >> 8),
              static_cast<std::uint8_t>(60 + kPayload),
              0,
              1,
              0,
              0,
              64,
              6,
              0,
              0,
              10,
              0,
              0,
              7,
              10,
              0,
              0,
              1};
    packet.resize(60, 1);  // no operation
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 60; i += 2) sum += packet[i] * 256u + packet[i + 1];
    sum = ~((sum & 0xffff) + (sum >> 16));
    packet[10] = static_cast<std::uint8_t>(sum >> 8);
    packet[11] = static_cast<std::uint8_t>(sum);
  } else {
    packet = v6_header(options == 0 ? 6 : 60, kPayload);
    for (std::size_t i = 0; i < options; ++i) {
      Bytes header(1024, 0);  // Pad1
      header[0] = i + 1 < options ? 60 : 6;
      header[1] = 127;
      packet.insert(packet.end(), header.begin(), header.end());
    }
  }
  const std::size_t size = (version == ir::IpVersion::V4 ? 60u : 40u) + kPayload;
  packet.insert(packet.end(), tcp.begin(), tcp.end());
  packet.resize(size);
  Bytes frame = ethernet(version, packet);
  frame[0] = 2;
  frame[5] = 1;
  return frame;
}

}  // namespace

TEST_CASE("headers that lie in pages are read like any other") {
  if (!can_run()) return;
  if (const std::string lacks = missing("tc nft"); !lacks.empty()) {
    MESSAGE("skipped: this machine lacks " << lacks);
    return;
  }
  const auto ruleset = ir::parse_ruleset(
      "node n\nhook eth0 ingress {\n  block tier default {\n    drop tcp to port 80  <- gnp/a ingress 0\n  "
      "}\n}\n");
  Diagnostics diagnostics;
  Pair pair(backends::bpf::emit(std::get<ir::Ruleset>(ruleset), {}, diagnostics).front().bytes);
  for (const ir::IpVersion version : ir::kIpVersions) {
    for (const std::size_t options : {0, 1, 3, 5}) {
      for (const std::uint16_t linear : std::to_array<std::uint16_t>({14, 40, 60, 100, 2000, 0})) {
        const bool v4 = version == ir::IpVersion::V4;
        CAPTURE(v4);
        CAPTURE(options);
        CAPTURE(linear);
        CHECK(!pair.passes(padded_frame(version, options, 80), linear));
        CHECK(pair.passes(padded_frame(version, options, 81), linear));
      }
    }
  }
}
