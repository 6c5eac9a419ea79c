#include "tests/kernel/bpf_programs.h"

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/namespace.h"

namespace untrack::kernel {

static long bpf(bpf_cmd command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

static std::uint64_t address_of(const void* memory) {
  return reinterpret_cast<std::uint64_t>(memory);
}

BpfPrograms::BpfPrograms(std::string_view object) {
  static std::atomic<int> number = 0;
  const std::string name = fmt::format("untrack-test-{}-{}", ::getpid(), number++);
  const std::filesystem::path file = std::filesystem::temp_directory_path() / (name + ".bpf.o");
  std::ofstream(file, std::ios::binary) << object;
  folder_ = "/sys/fs/bpf/" + name;
  const Run loaded = kernel::run(fmt::format("bpftool prog loadall {} {}", file.string(), folder_));
  std::filesystem::remove(file);
  if (loaded.status != 0) {
    failure_ = loaded.output;
    return;
  }
  tc_ = pinned("untrack_tc");
  xdp_ = pinned("untrack_xdp");
  drop_ = pinned("untrack_drop");
  allow_ = pinned("untrack_allow");
}

BpfPrograms::~BpfPrograms() {
  for (const int program : {tc_, xdp_, drop_, allow_}) {
    if (program >= 0) ::close(program);
  }
  std::filesystem::remove_all(folder_);
}

int BpfPrograms::pinned(std::string_view name) {
  const std::string path = fmt::format("{}/{}", folder_, name);
  bpf_attr attributes{};
  attributes.pathname = address_of(path.c_str());
  const long program = bpf(BPF_OBJ_GET, attributes);
  if (program < 0) failure_ = fmt::format("{}: {}", path, std::strerror(errno));
  return static_cast<int>(program);
}

BpfPrograms::Result BpfPrograms::run(int program, const Bytes& frame, const std::uint32_t* mark) {
  std::array<std::uint8_t, 1 << 16> output;
  __sk_buff before{}, after{};
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program);
  attributes.test.data_in = address_of(frame.data());
  attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
  attributes.test.data_out = address_of(output.data());
  attributes.test.data_size_out = output.size();
  if (mark != nullptr) {
    before.mark = *mark;
    attributes.test.ctx_in = address_of(&before);
    attributes.test.ctx_size_in = sizeof before;
    attributes.test.ctx_out = address_of(&after);
    attributes.test.ctx_size_out = sizeof after;
  }
  if (bpf(BPF_PROG_TEST_RUN, attributes) != 0) return {};
  return {attributes.test.retval, after.mark, true};
}

}  // namespace untrack::kernel
