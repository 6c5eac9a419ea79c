// Ways to treat packets, each in a network namespace of its own, measured side by side.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/packets/generator.h"
#include "tests/kernel/namespace.h"

namespace untrack::bench {

// How many of the workload's packets came to what.
struct Counts {
  std::uint64_t untracked = 0, tracked = 0;  // the others were dropped
  friend bool operator==(const Counts&, const Counts&) = default;
};

// A namespace with interface `in0`. Behind table raw stands a chain that drops everything, so that all paths
// end at the same place and differ in raw alone.
class Variant {
 public:
  explicit Variant(std::string name);
  ~Variant();
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;

  const std::string& name() const { return name_; }
  void load_nft(const std::string& script) const;
  // Sends each of the packets once, and asks the kernel what became of them.
  Counts counts(const Generator& generator, std::uint32_t packets) const;
  // Packets go through connection tracking; if `known`, all of them belong to flows that it knows already.
  void track(const Generator& generator, std::uint32_t packets, bool known) const;
  void drop_behind_raw() const;

  double run(const Generator& generator, std::uint32_t count) const;  // ns of CPU time a packet

 private:
  std::string name_;
  kernel::Namespace namespace_;
  int file_ = -1, interface_ = 0;
};

using Variants = std::vector<std::unique_ptr<Variant>>;

// For each variant the 10 % quantile over the rounds, in ns a packet. Within a round all variants have a turn
// of about 10 ms, in random order: what disturbs the machine disturbs all of them.
std::vector<double> measure(const Generator& generator, const Variants& variants, int rounds);

}  // namespace untrack::bench
