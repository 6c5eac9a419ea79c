#include "tests/bench/packets/measure.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include "tests/property/generate.h"

namespace untrack::bench {

static constexpr double kTurnNanoseconds = 1e7;
static constexpr std::uint32_t kTrialFrames = 2000, kFewestFrames = 500, kMostFrames = 40'000;

static void must(const kernel::Run& run) {
  if (run.status != 0) throw std::runtime_error(run.output);
}

static void enter(int file) {
  if (::setns(file, CLONE_NEWNET) != 0) throw std::runtime_error("cannot enter a network namespace");
}

Variant::Variant(std::string name)
    : name_(std::move(name)), namespace_([] {
        static int number = 0;
        return fmt::format("bench-{}", number++);
      }()) {
  const std::string& ns = namespace_.name();
  must(kernel::run(fmt::format(
      "ip -n {0} link add in0 address 02:00:00:00:00:01 type veth peer name peer0\n"
      "ip netns exec {0} sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.in0.rp_filter=0 "
      "net.ipv6.conf.all.disable_ipv6=1\n"
      "ip -n {0} link set in0 up && ip -n {0} link set peer0 up && ip -n {0} addr add 10.200.0.1/16 dev in0",
      ns)));
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  file_ = ::open(("/run/netns/" + ns).c_str(), O_RDONLY | O_CLOEXEC);
  enter(file_);
  interface_ = static_cast<int>(::if_nametoindex("in0"));
  enter(home);
  ::close(home);
}

Variant::~Variant() {
  ::close(file_);
}

void Variant::load_nft(const std::string& script) const {
  must(namespace_.inside("nft -f -", script));
}

double Variant::run(const Generator& generator, std::uint32_t count) const {
  const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  enter(file_);
  const double cost = generator.run(interface_, count);
  enter(home);
  ::close(home);
  return cost;
}

static std::string behind(int priority, std::string_view rules) {
  return fmt::format(
      "table inet behind {{\n}}\ndelete table inet behind\ntable inet behind {{\nchain prerouting {{\n"
      "type filter hook prerouting priority {}; policy drop;\n{}\n}}\n}}\n",
      priority, rules);
}

// Right behind raw, NF_IP_PRI_RAW (linux/netfilter_ipv4.h).
static constexpr int kBehindRaw = -299, kBehindConntrack = -150;

void Variant::drop_behind_raw() const {
  load_nft(behind(kBehindRaw, ""));
}

Counts Variant::counts(const Generator& generator, std::uint32_t packets) const {
  load_nft(behind(kBehindRaw, "ct state untracked counter drop\ncounter drop"));
  run(generator, packets);
  const std::string listing = namespace_.inside("nft list table inet behind").output;
  Counts counts;
  std::size_t at = 0;
  for (std::uint64_t* count : {&counts.untracked, &counts.tracked}) {
    at = listing.find("packets ", at) + 8;
    *count = std::stoull(listing.substr(at));
  }
  return counts;
}

void Variant::track(const Generator& generator, std::uint32_t packets, bool known) const {
  if (known) {
    must(
        namespace_.inside("sysctl -qw net.netfilter.nf_conntrack_udp_timeout=86400 "
                          "net.netfilter.nf_conntrack_tcp_timeout_syn_sent=86400"));
    // A flow is known once its packet has been delivered; no reply may end it.
    load_nft(
        "table inet quiet {\nchain output {\ntype filter hook output priority raw; policy drop;\n}\n}\n");
    load_nft(behind(kBehindConntrack, "ct state invalid drop\naccept"));
    run(generator, packets);
  }
  load_nft(behind(kBehindConntrack, "ct state invalid drop"));
}

std::vector<double> measure(const Generator& generator, const Variants& variants, int rounds) {
  property::Random random(1);
  std::vector<std::uint32_t> turns;
  for (const auto& variant : variants) {
    const double cost = variant->run(generator, kTrialFrames);
    turns.push_back(
        std::clamp(static_cast<std::uint32_t>(kTurnNanoseconds / cost), kFewestFrames, kMostFrames));
  }
  std::vector<std::vector<double>> costs(variants.size());
  std::vector<std::size_t> order(variants.size());
  std::iota(order.begin(), order.end(), 0);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (const std::size_t i : order) {
      variants[i]->run(generator, turns[i] / 10);  // into the caches
      costs[i].push_back(variants[i]->run(generator, turns[i]));
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
