// Many short connections to a memcached, and what became of them: one thread, epoll, no library.
//
// usage: story_client COUNT RATE AT_ONCE PORT PROCESS NAMESPACE SERVER... -- CLIENT...
//
// Opens COUNT connections, RATE a second whether or not earlier ones were answered (0: as fast as they are
// answered), with AT_ONCE of them open at most; each asks for one value and hangs up. They go round over the
// pairs of a CLIENT address, which must be this host's, and the SERVER address of the same IP version. One
// without an answer after a second is given up: refused.
//
// Every tenth of a second a line of JSON says how many were answered and refused so far, and how many entries
// the connection table of network namespace NAMESPACE holds. The last line has the sums, and the CPU time
// that this process and PROCESS, the server, have used meanwhile; the work that the kernel does for a packet
// is done by the thread that sends it, and so counted (not with CONFIG_IRQ_TIME_ACCOUNTING).
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr double kPatience = 1.0, kSampleSeconds = 0.1;
constexpr std::string_view kQuestion = "get story\r\n", kEnd = "END\r\n";

double seconds(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void must(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
};

Endpoint endpoint(const std::string& text, std::uint16_t port) {
  Endpoint made;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&made.address);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&made.address);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    made.length = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    made.length = sizeof *v6;
  } else {
    throw std::runtime_error(text + ": no address");
  }
  return made;
}

struct Route {
  Endpoint client, server;
};

struct Options {
  std::size_t count = 0, at_once = 0;
  double rate = 0;
  pid_t server_process = 0;
  std::string server_namespace;
  std::vector<Route> routes;
};

Options parse(const std::vector<std::string>& words) {
  const auto split = std::ranges::find(words, "--");
  if (words.size() < 8 || split == words.end()) throw std::runtime_error("usage: see the head of client.cpp");
  Options made;
  made.count = std::stoul(words[0]);
  made.rate = std::stod(words[1]);
  made.at_once = std::stoul(words[2]);
  const auto port = static_cast<std::uint16_t>(std::stoul(words[3]));
  made.server_process = std::stoi(words[4]);
  made.server_namespace = words[5];
  for (auto client = split + 1; client != words.end(); ++client) {
    for (auto server = words.begin() + 6; server != split; ++server) {
      const Route route{endpoint(*client, 0), endpoint(*server, port)};
      if (route.client.address.ss_family == route.server.address.ss_family) made.routes.push_back(route);
    }
  }
  if (made.routes.empty()) throw std::runtime_error("no client address has a server of its IP version");
  return made;
}

// The file says the count of the namespace in which it was opened, wherever it is read.
int open_entry_count(const std::string& name) {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = ::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  must(home >= 0 && there >= 0 && ::setns(there, CLONE_NEWNET) == 0, name);
  const int file = ::open("/proc/sys/net/netfilter/nf_conntrack_count", O_RDONLY | O_CLOEXEC);
  must(file >= 0, "nf_conntrack_count");
  must(::setns(home, CLONE_NEWNET) == 0, "the way back");
  ::close(there);
  ::close(home);
  return file;
}

class Client {
 public:
  explicit Client(const Options& options)
      : options_(options),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        entries_(open_entry_count(options.server_namespace)),
        connections_(options.at_once) {
    must(epoll_ >= 0, "epoll");
    must(::clock_getcpuclockid(options.server_process, &server_clock_) == 0, "the server's clock");
    for (std::size_t slot = options.at_once; slot > 0; --slot) free_.push_back(slot - 1);
  }

  void run() {
    const double own = seconds(CLOCK_PROCESS_CPUTIME_ID), server = seconds(server_clock_);
    start_ = seconds(CLOCK_MONOTONIC);
    double next_sample = 0;
    while (answered_ + refused_ < options_.count) {
      const double now = elapsed();
      give_up(now);
      while (started_ < due(now) && !free_.empty()) begin(now);
      if (now >= next_sample) {
        sample(now);
        next_sample += kSampleSeconds;
      }
      wait();
    }
    const double end = elapsed();
    sample(end);
    fmt::print(
        "{{\"seconds\": {:.3f}, \"answered\": {}, \"refused\": {}, \"cpu_client\": {:.4f}, "
        "\"cpu_server\": {:.4f}}}\n",
        end, answered_, refused_, seconds(CLOCK_PROCESS_CPUTIME_ID) - own, seconds(server_clock_) - server);
  }

 private:
  struct Connection {
    int socket = -1;
    std::uint64_t number = 0;  // tells this use of the slot from others
    bool asked = false;
    std::array<char, 64> tail{};  // what came so far
    std::size_t received = 0;
  };

  double elapsed() const { return seconds(CLOCK_MONOTONIC) - start_; }

  std::size_t due(double now) const {
    if (options_.rate == 0) return options_.count;
    return std::min(options_.count, static_cast<std::size_t>(now * options_.rate) + 1);
  }

  void begin(double now) {
    const std::size_t slot = free_.back();
    free_.pop_back();
    const Route& route = options_.routes[started_ % options_.routes.size()];
    Connection& made = connections_[slot];
    made = {};
    made.number = started_++;
    made.socket = ::socket(route.client.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    must(made.socket >= 0, "socket");
    const int yes = 1;
    // The port is chosen by connect: one port may serve many pairs of addresses.
    ::setsockopt(made.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    ::setsockopt(made.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    must(::bind(made.socket, reinterpret_cast<const sockaddr*>(&route.client.address), route.client.length) ==
             0,
         "bind");
    const int status =
        ::connect(made.socket, reinterpret_cast<const sockaddr*>(&route.server.address), route.server.length);
    deadlines_.push_back({now + kPatience, slot, made.number});
    if (status != 0 && errno != EINPROGRESS) return end(slot, false);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.u64 = slot;
    must(::epoll_ctl(epoll_, EPOLL_CTL_ADD, made.socket, &event) == 0, "epoll_ctl");
  }

  void end(std::size_t slot, bool answered) {
    ++(answered ? answered_ : refused_);
    ::close(connections_[slot].socket);
    connections_[slot].socket = -1;
    free_.push_back(slot);
  }

  void give_up(double now) {
    while (!deadlines_.empty() && deadlines_.front().at <= now) {
      const Deadline due = deadlines_.front();
      deadlines_.pop_front();
      const Connection& connection = connections_[due.slot];
      if (connection.socket >= 0 && connection.number == due.number) end(due.slot, false);
    }
  }

  void wait() {
    std::array<epoll_event, 256> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const std::size_t slot = event.data.u64;
      if (connections_[slot].socket < 0) continue;
      if ((event.events & EPOLLOUT) != 0 && !connections_[slot].asked) ask(slot);
      if (connections_[slot].socket >= 0 && (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        listen(slot);
    }
  }

  void ask(std::size_t slot) {
    Connection& connection = connections_[slot];
    connection.asked = true;
    const auto sent = ::send(connection.socket, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(kQuestion.size())) end(slot, false);
  }

  void listen(std::size_t slot) {
    Connection& connection = connections_[slot];
    for (;;) {
      const auto got = ::recv(connection.socket, connection.tail.data() + connection.received,
                              connection.tail.size() - connection.received, 0);
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return end(slot, false);
      connection.received += static_cast<std::size_t>(got);
      const std::string_view text(connection.tail.data(), connection.received);
      if (text.ends_with(kEnd)) return end(slot, true);
    }
  }

  void sample(double now) {
    char text[32] = {};
    must(::pread(entries_, text, sizeof text - 1, 0) > 0, "nf_conntrack_count");
    fmt::print("{{\"at\": {:.3f}, \"answered\": {}, \"refused\": {}, \"entries\": {}}}\n", now, answered_,
               refused_, std::atol(text));
  }

  struct Deadline {
    double at;
    std::size_t slot;
    std::uint64_t number;
  };

  const Options& options_;
  int epoll_, entries_;
  clockid_t server_clock_{};
  double start_ = 0;
  std::size_t started_ = 0, answered_ = 0, refused_ = 0;
  std::vector<Connection> connections_;
  std::vector<std::size_t> free_;
  std::deque<Deadline> deadlines_;  // in the order of their time, since patience is the same for all
};

}  // namespace

int main(int count, char** words) {
  try {
    const Options options = parse({words + 1, words + count});
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = std::max<rlim_t>(files.rlim_cur, options.at_once + 64);
    files.rlim_max = std::max(files.rlim_max, files.rlim_cur);
    must(::setrlimit(RLIMIT_NOFILE, &files) == 0, "as many open files");
    Client(options).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "story_client: {}\n", error.what());
    return 3;
  }
  return 0;
}
