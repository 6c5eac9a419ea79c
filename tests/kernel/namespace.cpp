#include "tests/kernel/namespace.h"

#include <atomic>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace untrack::kernel {

// A file in memory that holds `text`, to be read from its beginning.
static int memory_file(std::string_view text) {
  const int file = ::memfd_create("untrack-kernel", MFD_CLOEXEC);
  for (std::size_t done = 0; file >= 0 && done < text.size();) {
    const ssize_t n = ::write(file, text.data() + done, text.size() - done);
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  ::lseek(file, 0, SEEK_SET);
  return file;
}

static std::string content(int file) {
  std::string text(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)), '\0');
  std::size_t done = 0;
  for (ssize_t n; done < text.size() && (n = ::pread(file, text.data() + done, text.size() - done,
                                                     static_cast<off_t>(done))) > 0;) {
    done += static_cast<std::size_t>(n);
  }
  text.resize(done);
  return text;
}

static Run run_in(std::optional<int> network, const std::string& command, std::string_view input) {
  const int in = memory_file(input), out = memory_file("");
  if (in < 0 || out < 0) return {-1, "no memory for files"};
  Run result;
  const pid_t child = ::fork();  // between fork and exec nothing but system calls: other threads hold locks
  if (child == 0) {
    if (network && ::setns(*network, CLONE_NEWNET) != 0) ::_exit(126);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  if (child < 0 || ::waitpid(child, &result.status, 0) != child) result.status = -1;
  result.output = content(out);
  ::close(in);
  ::close(out);
  return result;
}

Run run(const std::string& command, std::string_view input) {
  return run_in(std::nullopt, command, input);
}

std::string missing(std::string_view tools) {
  if (::geteuid() != 0) return "root";
  const Run found = run(fmt::format("for x in {}; do command -v $x > /dev/null || echo $x; done", tools));
  if (!found.output.empty()) return found.output;
  const std::string probe = fmt::format("untrack-probe-{}", ::getpid());
  if (run("ip netns add " + probe).status != 0) return "the right to make network namespaces";
  run("ip netns delete " + probe);
  return "";
}

static std::string fresh_name(std::string_view role) {
  static std::atomic<int> count = 0;
  return fmt::format("untrack-{}-{}-{}", role, ::getpid(), ++count);
}

Namespace::Namespace(std::string_view role) : name_(fresh_name(role)) {
  run(fmt::format("ip netns add {0}; ip -n {0} link set lo up", name_));
  file_ = ::open(("/run/netns/" + name_).c_str(), O_RDONLY | O_CLOEXEC);
}

Namespace::~Namespace() {
  ::close(file_);
  run("ip netns delete " + name_);
}

Run Namespace::inside(const std::string& command, std::string_view input) const {
  return run_in(file_, command, input);
}

int Namespace::socket(int domain, int type, int protocol) const {
  const int home = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  int made = -1;
  if (::setns(file_, CLONE_NEWNET) == 0) {
    made = ::socket(domain, type | SOCK_CLOEXEC, protocol);
    ::setns(home, CLONE_NEWNET);
  }
  ::close(home);
  return made;
}

}  // namespace untrack::kernel
