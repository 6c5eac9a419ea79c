#include "tests/bench/packets/measure.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/property/generate.h"

namespace untrack::bench {

static constexpr double kTurnNanoseconds = 1e7, kSlowNanoseconds = 2e4;
static constexpr std::uint32_t kTrialFrames = 1000, kFewestFrames = 500;
static constexpr int kSlowRounds = 8;

static void must(const kernel::Run& run) {
  if (run.status != 0) throw std::runtime_error(run.output);
}

static void enter(int file) {
  if (::setns(file, CLONE_NEWNET) != 0) throw std::runtime_error("cannot enter a network namespace");
}

Variant::Variant(std::string name, Path path)
    : name_(std::move(name)), namespace_([] {
        static int number = 0;
        return fmt::format("bench-{}", number++);
      }()) {
  const std::string& ns = namespace_.name();
  must(kernel::run(
      fmt::format("ip -n {0} link add in0 address 02:00:00:00:00:01 type veth peer name peer0\n"
                  "ip netns exec {0} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.in0.rp_filter=0 "
                  "net.ipv6.conf.all.disable_ipv6=1\n"
                  "ip -n {0} link set in0 up && ip -n {0} link set peer0 up",
                  ns)));
  // The host's address, or that of a neighbour behind a link whose other end is down: packets go through all
  // hooks and are dropped by the device.
  must(kernel::run(
      path == Path::Raw
          ? fmt::format("ip -n {} addr add 10.200.0.1/16 dev in0", ns)
          : fmt::format("ip -n {0} link add out0 type veth peer name peer1 && ip -n {0} link set out0 up && "
                        "ip -n {0} addr add 192.0.2.1/24 dev out0 && "
                        "ip -n {0} addr add 192.0.2.2/32 dev in0 && "
                        "ip -n {0} neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev out0 && "
                        "ip -n {0} route add 10.200.0.1/32 via 192.0.2.9 && "
                        "ip netns exec {0} sysctl -qw net.ipv4.ip_forward=1",
                        ns)));
  netlink_ = namespace_.socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  file_ = ::open(("/run/netns/" + ns).c_str(), O_RDONLY | O_CLOEXEC);
  enter(file_);
  interface_ = static_cast<int>(::if_nametoindex("in0"));
  enter(home);
  ::close(home);
}

Variant::~Variant() {
  ::close(netlink_);
  ::close(file_);
}

double Variant::load(const Loads& loads) const {
  const auto start = std::chrono::steady_clock::now();
  static constexpr int kTimedOut = 124;  // timeout(1)
  for (const Load& each : loads) {
    const kernel::Run run = namespace_.inside(each.command, each.input);
    if (WIFEXITED(run.status) && WEXITSTATUS(run.status) == kTimedOut) throw TimedOut();
    must(run);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void Variant::ask_first(std::string_view object) {
  asked_first_ = std::make_unique<kernel::BpfPrograms>(object);
  if (!asked_first_->failure().empty()) throw std::runtime_error(asked_first_->failure());
}

double Variant::run(const Generator& generator, std::uint32_t count) const {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  enter(file_);
  if (new_flows_) forget_flows();
  const auto program = asked_first_ ? std::optional(asked_first_->xdp_file()) : std::nullopt;
  const double cost = generator.run(interface_, count, program);
  enter(home);
  ::close(home);
  return cost;
}

// Right behind raw, NF_IP_PRI_RAW (linux/netfilter_ipv4.h).
static constexpr int kBehindRaw = -299;

static Load behind_raw(std::string_view rules) {
  return {"nft -f -", fmt::format("table inet behind {{\n}}\ndelete table inet behind\ntable inet behind {{\n"
                                  "chain prerouting {{\ntype filter hook prerouting priority {}; policy "
                                  "accept;\n{}\n}}\n}}\n",
                                  kBehindRaw, rules)};
}

void Variant::drop_behind_raw() const {
  load({behind_raw("drop")});
}

Counts Variant::counts(const Generator& generator, std::uint32_t packets) const {
  load({behind_raw("ct state untracked counter drop\ncounter drop")});
  run(generator, packets);
  const std::string listing = namespace_.inside("nft list table inet behind").output;
  Counts counts;
  load({{"nft delete table inet behind", ""}});
  std::size_t at = 0;
  for (std::uint64_t* count : {&counts.untracked, &counts.tracked}) {
    at = listing.find("packets ", at) + 8;
    *count = std::stoull(listing.substr(at));
  }
  return counts;
}

void Variant::track() const {
  load({{"nft -f -",
         "table inet filter {\nchain forward {\ntype filter hook forward priority filter; policy drop;\n"
         "ct state established,related,new,untracked accept\n}\n}\n"},
        // Checksums are the network card's work, and the frames have none.
        {"sysctl -qw net.netfilter.nf_conntrack_udp_timeout=86400 "
         "net.netfilter.nf_conntrack_tcp_timeout_syn_sent=86400 net.netfilter.nf_conntrack_checksum=0",
         ""}});
}

void Variant::set_flows(Flows flows, const Generator& generator, std::uint32_t packets) {
  run(generator, packets);
  const std::string known = namespace_.inside("cat /proc/sys/net/netfilter/nf_conntrack_count").output;
  if (std::stoull(known) != packets)
    throw std::runtime_error(fmt::format("{} packets made {} flows", packets, known));
  if (flows == Flows::Known) return;
  new_flows_ = true;
  most_frames_ = packets;
}

// IPCTNL_MSG_CT_DELETE without a tuple (linux/netfilter/nfnetlink_conntrack.h): all of the namespace.
void Variant::forget_flows() const {
  struct {
    nlmsghdr header{};
    nfgenmsg body{};
  } message;
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.body.nfgen_family = AF_UNSPEC;
  struct {
    nlmsghdr header{};
    nlmsgerr error{};
  } answer;
  if (::send(netlink_, &message, sizeof message, 0) < 0 || ::recv(netlink_, &answer, sizeof answer, 0) < 0 ||
      answer.header.nlmsg_type != NLMSG_ERROR || answer.error.error != 0)
    throw std::runtime_error("cannot flush the connection table");
}

std::vector<double> measure(const Generator& generator, const Variants& variants, int rounds) {
  property::Random random(1);
  struct Turn {
    std::uint32_t frames;
    int every;  // round
  };
  std::vector<Turn> turns;
  for (const auto& variant : variants) {
    const double cost = variant->run(generator, kTrialFrames);
    const auto wanted = static_cast<std::uint32_t>(kTurnNanoseconds / cost);
    turns.push_back({std::clamp(wanted, kFewestFrames, variant->most_frames()),
                     cost > kSlowNanoseconds ? kSlowRounds : 1});
  }
  std::vector<std::vector<double>> costs(variants.size());
  std::vector<std::size_t> order(variants.size());
  std::iota(order.begin(), order.end(), 0);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (const std::size_t i : order) {
      if (round % turns[i].every != 0) continue;
      variants[i]->run(generator, turns[i].frames / 10);  // into the caches
      costs[i].push_back(variants[i]->run(generator, turns[i].frames));
    }
  }
  std::vector<double> quantiles;
  for (std::vector<double>& each : costs) {
    std::ranges::sort(each);
    quantiles.push_back(each[each.size() / 10]);
  }
  return quantiles;
}

}  // namespace untrack::bench
