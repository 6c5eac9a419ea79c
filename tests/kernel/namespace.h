// A network namespace of our own, with its links, and sockets in it. Gone, with all rules and sets, at the
// end. Each may be used by a thread of its own.
#pragma once
#include <string>
#include <string_view>

namespace untrack::kernel {

struct Run {
  int status = 0;  // as wait(2) has it: 0 is success
  std::string output;
};
// A shell command, its messages included in the output.
Run run(const std::string& command, std::string_view input = "");

// What this machine lacks for tests in a real kernel, in words; empty if nothing.
std::string missing(std::string_view tools);  // separated by spaces

class Namespace {
 public:
  explicit Namespace(std::string_view role);
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  const std::string& name() const { return name_; }
  // /sys is still the one of the namespace that we came from.
  Run inside(const std::string& command, std::string_view input = "") const;
  int socket(int domain, int type, int protocol) const;  // closed by the caller; -1 on failure

 private:
  std::string name_;
  int file_ = -1;
};

}  // namespace untrack::kernel
