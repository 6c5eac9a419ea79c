// Ways to treat packets, each in a network namespace of its own, measured side by side.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/packets/generator.h"
#include "tests/bench/packets/lowerings.h"
#include "tests/kernel/bpf_programs.h"
#include "tests/kernel/namespace.h"

namespace untrack::bench {

// How many of the workload's packets came to what.
struct Counts {
  std::uint64_t untracked = 0, tracked = 0;  // the others were dropped
  friend bool operator==(const Counts&, const Counts&) = default;
};

// Where the packets of `in0` go.
enum class Path {
  Raw,     // right behind table raw a chain drops everything: all paths end at the same place
  Forward  // through the host, out of another interface, where they end: all hooks of connection tracking
};

// What connection tracking knows of the packets' flows when they arrive.
enum class Flows { Known, New };

// A load that began with timeout(1).
struct TimedOut {};

class Variant {
 public:
  explicit Variant(std::string name, Path path = Path::Raw);
  ~Variant();
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;

  const std::string& name() const { return name_; }
  double load(const Loads& loads) const;  // the seconds that it took
  // From now on section `xdp` of the object decides on each frame before there is an sk_buff.
  void ask_first(std::string_view object);
  // Sends each of the packets once, and asks the kernel what became of them. Before any measurement.
  Counts counts(const Generator& generator, std::uint32_t packets) const;
  // What follows is measured: packets end behind raw.
  void drop_behind_raw() const;
  // The host's filter asks for the state of connections, and so for their tracking.
  void track() const;
  // All flows of the generator's packets are known from now on, or none at the start of each turn.
  void set_flows(Flows flows, const Generator& generator, std::uint32_t packets);

  double run(const Generator& generator, std::uint32_t count) const;  // ns of CPU time a packet
  std::uint32_t most_frames() const { return most_frames_; }          // in one turn

 private:
  void forget_flows() const;

  std::string name_;
  kernel::Namespace namespace_;
  std::unique_ptr<kernel::BpfPrograms> asked_first_;
  int file_ = -1, interface_ = 0, netlink_ = -1;
  bool new_flows_ = false;
  std::uint32_t most_frames_ = 40'000;
};

using Variants = std::vector<std::unique_ptr<Variant>>;

// For each variant the 10 % quantile over the rounds, in ns a packet. Within a round all variants have a turn
// of about 10 ms, in random order: what disturbs the machine disturbs all of them. Those of more than 20 us a
// packet have a turn in every eighth round.
std::vector<double> measure(const Generator& generator, const Variants& variants, int rounds);

}  // namespace untrack::bench
