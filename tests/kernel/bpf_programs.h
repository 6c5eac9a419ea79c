// The programs of one BPF object in the running kernel, run on frames of ours (BPF_PROG_TEST_RUN,
// linux/bpf.h).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/kernel/wire.h"

namespace untrack::kernel {

class BpfPrograms {
 public:
  // Loaded by bpftool, as an operator would, and pinned. `failure` says why if they cannot be.
  explicit BpfPrograms(std::string_view object);
  ~BpfPrograms();
  BpfPrograms(const BpfPrograms&) = delete;
  BpfPrograms& operator=(const BpfPrograms&) = delete;

  const std::string& failure() const { return failure_; }
  const std::string& folder() const { return folder_; }
  int xdp_file() const { return xdp_; }  // of the program

  struct Result {
    std::uint32_t returned = 0;
    std::uint32_t mark = 0;
    bool ran = false;
  };
  Result tc(const Bytes& frame, std::uint32_t mark) const { return run(tc_, frame, &mark); }
  Result xdp(const Bytes& frame) const { return run(xdp_, frame, nullptr); }
  // The frame's own header is taken off before they see it.
  Result drop(const Bytes& frame) const { return run(drop_, frame, nullptr); }
  Result allow(const Bytes& frame) const { return run(allow_, frame, nullptr); }

 private:
  static Result run(int program, const Bytes& frame, const std::uint32_t* mark);
  int pinned(std::string_view name);

  std::string folder_, failure_;
  int tc_ = -1, xdp_ = -1, drop_ = -1, allow_ = -1;
};

}  // namespace untrack::kernel
