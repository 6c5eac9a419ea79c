#include "tests/bench/packets/generator.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace untrack::bench {

// ---- frames

static void put(Frame& frame, std::size_t at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) {
    frame[at + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value >> 8 * (bytes - 1 - i));
  }
}

// RFC 1071, over the 20 bytes of an IPv4 header.
static std::uint64_t checksum(const Frame& frame, std::size_t at) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<std::uint32_t>(frame[at + i] << 8 | frame[at + i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

Frame frame(const ir::Packet& packet) {
  static constexpr std::size_t kIp = 14, kTransport = kIp + 20;
  Frame made{};
  put(made, 0, 0x020000000001, 6);
  put(made, 6, 0x020000000002, 6);
  put(made, 12, 0x0800, 2);
  put(made, kIp, 0x45, 1);
  put(made, kIp + 2, kFrameBytes - kIp, 2);
  put(made, kIp + 8, 64, 1);
  put(made, kIp + 9, packet.protocol.number, 1);
  put(made, kIp + 12, static_cast<std::uint64_t>(packet.source.bits()), 4);
  put(made, kIp + 16, static_cast<std::uint64_t>(packet.destination.bits()), 4);
  put(made, kIp + 10, checksum(made, kIp), 2);
  put(made, kTransport, packet.source_port.value_or(0), 2);
  put(made, kTransport + 2, packet.destination_port.value_or(0), 2);
  if (packet.protocol == ir::kTcp) {
    put(made, kTransport + 4, 1, 4);        // sequence
    put(made, kTransport + 12, 0x5002, 2);  // five words of header, SYN
    put(made, kTransport + 14, 1024, 2);    // window
  } else {
    put(made, kTransport + 4, kFrameBytes - kTransport, 2);
  }
  return made;
}

// ---- bpf(2)

static int bpf(bpf_cmd command, bpf_attr& attributes, const char* what) {
  const long result = ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return static_cast<int>(result);
}

static std::uint64_t pointer(const void* address) {
  return reinterpret_cast<std::uint64_t>(address);
}

static int make_map(bpf_map_type type, std::uint32_t value_bytes, std::uint32_t entries) {
  bpf_attr attributes{};
  attributes.map_type = type;
  attributes.key_size = sizeof(std::uint32_t);
  attributes.value_size = value_bytes;
  attributes.max_entries = entries;
  return bpf(BPF_MAP_CREATE, attributes, "a BPF map");
}

static void store(int map, std::uint32_t key, const void* value) {
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = pointer(&key);
  attributes.value = pointer(value);
  bpf(BPF_MAP_UPDATE_ELEM, attributes, "an element of a BPF map");
}

// ---- the program: the next frame of the map over the frame at hand, then on into the stack, or to the
// program that is to decide

using Code = std::vector<bpf_insn>;

static bpf_insn instruction(int code, int to, int from, int offset, int value) {
  bpf_insn made{};
  made.code = static_cast<std::uint8_t>(code);
  made.dst_reg = static_cast<std::uint8_t>(to & 0xf);
  made.src_reg = static_cast<std::uint8_t>(from & 0xf);
  made.off = static_cast<std::int16_t>(offset);
  made.imm = value;
  return made;
}

static constexpr int kKeyOnStack = -4;

static void load_map(Code& code, int to, int map) {
  code.push_back(instruction(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, map));
  code.push_back(instruction(0, 0, 0, 0, 0));
}

// r0 = the element whose key is on the stack; 0 ends the program.
static void look_up(Code& code, int map) {
  load_map(code, 1, map);
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0));
  code.push_back(instruction(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, kKeyOnStack));
  code.push_back(instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem));
  code.push_back(instruction(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0));
  code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));  // r0 is 0: XDP_ABORTED
}

static Code program(int frames, int position, std::uint32_t mask, std::optional<int> next) {
  Code code;
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0));
  code.push_back(instruction(BPF_LDX | BPF_MEM | BPF_W, 7, 1, offsetof(xdp_md, data), 0));
  code.push_back(instruction(BPF_LDX | BPF_MEM | BPF_W, 8, 1, offsetof(xdp_md, data_end), 0));
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, 2, 7, 0, 0));
  code.push_back(instruction(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, kFrameBytes));
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, XDP_ABORTED));
  code.push_back(instruction(BPF_JMP | BPF_JLE | BPF_X, 2, 8, 1, 0));
  code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));

  code.push_back(instruction(BPF_ST | BPF_MEM | BPF_W, 10, 0, kKeyOnStack, 0));
  look_up(code, position);
  code.push_back(instruction(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0));
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, 2, 1, 0, 0));
  code.push_back(instruction(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, 1));
  code.push_back(instruction(BPF_STX | BPF_MEM | BPF_DW, 0, 2, 0, 0));
  code.push_back(instruction(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, static_cast<int>(mask)));
  code.push_back(instruction(BPF_STX | BPF_MEM | BPF_W, 10, 1, kKeyOnStack, 0));

  look_up(code, frames);
  for (int at = 0; at < static_cast<int>(kFrameBytes); at += 8) {
    code.push_back(instruction(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, at, 0));
    code.push_back(instruction(BPF_STX | BPF_MEM | BPF_DW, 7, 1, at, 0));
  }
  if (next) {
    code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0));
    load_map(code, 2, *next);
    code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, 0));
    code.push_back(instruction(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call));
  }
  code.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, next ? XDP_ABORTED : XDP_PASS));
  code.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return code;
}

static int load(const Code& code) {
  static constexpr char kLicense[] = "GPL";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_XDP;
  attributes.expected_attach_type =
      BPF_XDP;  // as libbpf has it for section `xdp`: tail calls want them equal
  attributes.insns = pointer(code.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(code.size());
  attributes.license = pointer(kLicense);
  return bpf(BPF_PROG_LOAD, attributes, "a BPF program");
}

Generator::Generator(const std::vector<Frame>& frames)
    : frames_(make_map(BPF_MAP_TYPE_ARRAY, kFrameBytes, static_cast<std::uint32_t>(frames.size()))),
      position_(make_map(BPF_MAP_TYPE_ARRAY, sizeof(std::uint64_t), 1)),
      next_(make_map(BPF_MAP_TYPE_PROG_ARRAY, sizeof(std::uint32_t), 1)) {
  const auto mask = static_cast<std::uint32_t>(frames.size() - 1);
  passing_ = load(program(frames_, position_, mask, std::nullopt));
  handing_over_ = load(program(frames_, position_, mask, next_));
  for (std::uint32_t i = 0; i < frames.size(); ++i) store(frames_, i, frames[i].data());
}

Generator::~Generator() {
  for (const int file : {passing_, handing_over_, next_, position_, frames_}) ::close(file);
}

static double thread_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double Generator::run(int interface_index, std::uint32_t count, std::optional<int> xdp_program) const {
  if (xdp_program) store(next_, 0, &*xdp_program);
  const Frame blank{};
  xdp_md context{};
  context.data_end = kFrameBytes;
  context.ingress_ifindex = static_cast<std::uint32_t>(interface_index);
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(xdp_program ? handing_over_ : passing_);
  attributes.test.data_in = pointer(blank.data());
  attributes.test.data_size_in = kFrameBytes;
  attributes.test.ctx_in = pointer(&context);
  attributes.test.ctx_size_in = sizeof context;
  attributes.test.repeat = count;
  attributes.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  attributes.test.batch_size = 64;
  const double start = thread_nanoseconds();
  bpf(BPF_PROG_TEST_RUN, attributes, "a test run of live frames (Linux 5.18 or newer)");
  return (thread_nanoseconds() - start) / count;
}

}  // namespace untrack::bench
