#include "tests/kernel/namespace.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace untrack::kernel {

Run run(const std::string& command, std::string_view input) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("untrack-kernel-{}", ::getpid());
  std::ofstream(file, std::ios::binary) << input;
  Run result;
  std::FILE* pipe = ::popen(fmt::format("{{ {}\n}} 2>&1 < {}", command, file.string()).c_str(), "r");
  if (pipe == nullptr) return {-1, "no shell"};
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.output.append(buffer, n);
  result.status = ::pclose(pipe);
  std::filesystem::remove(file);
  return result;
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

Namespace::Namespace(std::string_view role) : name_(fmt::format("untrack-{}-{}", role, ::getpid())) {
  run(fmt::format("ip netns add {0}; ip -n {0} link set lo up", name_));
}

Namespace::~Namespace() {
  run("ip netns delete " + name_);
}

Run Namespace::inside(const std::string& command, std::string_view input) const {
  return run(fmt::format("ip netns exec {} {}", name_, command), input);
}

int Namespace::socket(int domain, int type, int protocol) const {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = ::open(("/run/netns/" + name_).c_str(), O_RDONLY | O_CLOEXEC);
  int made = -1;
  if (::setns(there, CLONE_NEWNET) == 0) {
    made = ::socket(domain, type | SOCK_CLOEXEC, protocol);
    ::setns(home, CLONE_NEWNET);
  }
  ::close(there);
  ::close(home);
  return made;
}

}  // namespace untrack::kernel
