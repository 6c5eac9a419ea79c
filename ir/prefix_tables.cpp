#include "ir/prefix_tables.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "ir/prefix_lengths.h"

namespace untrack::ir {

namespace {

// Entries of one table for each prefix that is not in a table of its own.
constexpr std::size_t kMostGrowth = 4;
constexpr int kMostLevels = 3;
// Fewer that lie below others are not divided further: a table for each of their lengths is small.
constexpr std::size_t kFewest = 32;
// Tables below are made for each set of lengths that occurs within an entry, unless these are too many.
constexpr std::size_t kMostGroups = 16;

using Lengths = std::vector<int>;  // ascending

struct Prefix {
  Cidr net;
  std::uint32_t number;
};

// The packets that meet some tables, as shares of all packets.
struct Traffic {
  double anywhere = 0;     // spread evenly over `space`
  double space = 0;        // addresses
  double each_prefix = 0;  // for each of the prefixes, from it
};

// How prefixes are put into tables: those shorter than `first_bits` in one for each length, which are asked
// before; the others, split where they are shorter, in one with keys of `bits`; what is longer, below it.
struct Choice {
  int first_bits = 0, bits = 0;
  double cost = 0;
};

double size_of(const Cidr& prefix) {
  return std::ldexp(1.0, address_bits(prefix.version()) - prefix.prefix_bits());
}

Cidr within(const Cidr& prefix, int bits) {
  return Cidr(prefix.network(), bits);
}

// What lies within entries of so many bits, of prefixes that are longer.
struct Below {
  std::size_t cells = 0, prefixes = 0;
  std::size_t lengths = 0;  // of each cell, added up
};

class Division {
 public:
  Division(std::vector<Prefix> prefixes, LookupCosts costs, Traffic traffic, int level)
      : prefixes_(std::move(prefixes)), costs_(costs), traffic_(traffic), level_(level) {
    for (const Prefix& each : prefixes_) ++counts_[each.net.prefix_bits()];
  }

  // Adds to `cost`.
  PrefixTables tables(double& cost) {
    const Choice choice = best();
    PrefixTables made;
    Progress progress = start();
    for (const auto& [bits, count] : counts_) {
      if (bits >= choice.first_bits) break;
      made.push_back(table(bits, bits));
      ask(progress, count, count, covered(bits, count));
    }
    made.push_back(table(choice.first_bits, choice.bits));
    PrefixTable& last = made.back();
    const Below longer = below(choice.bits);
    const double found = covered_between(choice.first_bits, choice.bits);
    const double in_cells = static_cast<double>(longer.cells) * cell_size(choice.bits);
    ask(progress, last.entries() + longer.cells, prefixes_between(choice.first_bits, choice.bits),
        found + in_cells, longer.prefixes);
    cost += progress.cost;
    if (longer.cells > 0) add_below(last, cost);
    return made;
  }

 private:
  // What has been spent so far, and who goes on.
  struct Progress {
    double anywhere, in_prefixes, cost = 0;
  };

  Progress start() const {
    return {traffic_.anywhere, static_cast<double>(prefixes_.size()) * traffic_.each_prefix};
  }

  double anywhere_in(double addresses) const {
    return traffic_.space > 0 ? traffic_.anywhere * std::min(1.0, addresses / traffic_.space) : 0;
  }

  // A table that holds `prefixes`, and entries for as many that are `deeper`.
  void ask(Progress& progress, std::size_t entries, std::size_t prefixes, double addresses,
           std::size_t deeper = 0) const {
    const LookupCost each = costs_(entries);
    const double found_anywhere = std::min(progress.anywhere, anywhere_in(addresses));
    const double found_in_prefixes =
        std::min(progress.in_prefixes, static_cast<double>(prefixes + deeper) * traffic_.each_prefix);
    progress.cost += (found_anywhere + found_in_prefixes) * each.found;
    progress.anywhere -= found_anywhere;
    progress.in_prefixes -= found_in_prefixes;
    progress.cost += (progress.anywhere + progress.in_prefixes) * each.missed;
  }

  double cell_size(int bits) const { return size_of(within(prefixes_.front().net, bits)); }
  double covered(int bits, std::size_t count) const { return static_cast<double>(count) * cell_size(bits); }

  double covered_between(int first_bits, int bits) const {
    double addresses = 0;
    for (const auto& [each, count] : counts_) {
      if (each >= first_bits && each <= bits) addresses += covered(each, count);
    }
    return addresses;
  }
  std::size_t prefixes_between(int first_bits, int bits) const {
    std::size_t total = 0;
    for (const auto& [each, count] : counts_) {
      if (each >= first_bits && each <= bits) total += count;
    }
    return total;
  }

  Below below(int bits) const {
    Below found;
    std::optional<Cidr> cell;
    Lengths lengths;
    for (const Prefix& each : prefixes_) {
      if (each.net.prefix_bits() <= bits) continue;
      ++found.prefixes;
      if (!cell || !cell->contains(each.net)) {
        cell = within(each.net, bits);
        lengths.clear();
        ++found.cells;
      }
      if (std::ranges::find(lengths, each.net.prefix_bits()) != lengths.end()) continue;
      lengths.push_back(each.net.prefix_bits());
      ++found.lengths;
    }
    return found;
  }

  Choice best() const {
    std::optional<Choice> found;
    for (auto last = counts_.begin(); last != counts_.end(); ++last) {
      const bool deepest = level_ == kMostLevels || (level_ > 1 && prefixes_.size() < kFewest);
      if (deepest && std::next(last) != counts_.end()) continue;
      const int bits = last->first;
      const Below longer = below(bits);
      double entries = static_cast<double>(longer.cells);
      std::size_t held = longer.prefixes;
      for (auto first = last;; --first) {
        entries += std::ldexp(static_cast<double>(first->second), bits - first->first);
        held += first->second;
        if (first != last && entries > static_cast<double>(kMostGrowth * held)) break;
        const Choice choice{first->first, bits,
                            cost(first->first, bits, longer, static_cast<std::size_t>(entries))};
        if (!found || choice.cost < found->cost) found = choice;
        if (first == counts_.begin()) break;
      }
    }
    return *found;
  }

  // What is below is taken for a table for each length that a cell has.
  double cost(int first_bits, int bits, const Below& longer, std::size_t entries) const {
    Progress progress = start();
    for (const auto& [each, count] : counts_) {
      if (each >= first_bits) break;
      ask(progress, count, count, covered(each, count));
    }
    const double in_cells = static_cast<double>(longer.cells) * cell_size(bits);
    ask(progress, entries, prefixes_between(first_bits, bits), covered_between(first_bits, bits) + in_cells,
        longer.prefixes);
    if (longer.cells == 0) return progress.cost;
    const LookupCost each = costs_(longer.prefixes);
    const double lookups = static_cast<double>(longer.lengths) / static_cast<double>(longer.cells);
    const double hits = static_cast<double>(longer.prefixes) * traffic_.each_prefix;
    return progress.cost + anywhere_in(in_cells) * lookups * each.missed +
           hits * (each.found + (lookups - 1) / 2 * each.missed);
  }

  PrefixTable table(int first_bits, int bits) const {
    PrefixTable made;
    made.bits = bits;
    for (const Prefix& each : prefixes_) {
      const int own = each.net.prefix_bits();
      if (own < first_bits || own > bits) continue;
      for (const Cidr& part : split(each.net, bits)) made.whole.push_back({part, each.number});
    }
    return made;
  }

  // Cells whose prefixes have the same lengths.
  struct Group {
    std::vector<Cidr> cells;
    std::vector<Prefix> prefixes;
  };

  void add_below(PrefixTable& table, double& cost) {
    std::map<Lengths, Group> groups = groups_below(table.bits);
    if (groups.size() > kMostGroups) groups = {{{}, joined(std::move(groups))}};
    for (auto& [lengths, group] : groups) {
      for (const Cidr& cell : group.cells)
        table.divided.push_back({cell, static_cast<std::uint32_t>(table.below.size())});
      const double space = static_cast<double>(group.cells.size()) * cell_size(table.bits);
      const Traffic traffic{anywhere_in(space), space, traffic_.each_prefix};
      table.below.push_back(Division(std::move(group.prefixes), costs_, traffic, level_ + 1).tables(cost));
    }
    std::ranges::sort(table.divided, {}, &PrefixTable::Entry::key);
  }

  std::map<Lengths, Group> groups_below(int bits) const {
    std::map<Lengths, Group> groups;
    for (auto each = prefixes_.begin(); each != prefixes_.end();) {
      if (each->net.prefix_bits() <= bits) {
        ++each;
        continue;
      }
      const Cidr cell = within(each->net, bits);
      const auto end =
          std::find_if(each, prefixes_.end(), [&](const Prefix& other) { return !cell.contains(other.net); });
      Lengths lengths;
      for (auto it = each; it != end; ++it) lengths.push_back(it->net.prefix_bits());
      std::ranges::sort(lengths);
      const auto [repeated, none] = std::ranges::unique(lengths);
      lengths.erase(repeated, none);
      Group& group = groups[lengths];
      group.cells.push_back(cell);
      group.prefixes.insert(group.prefixes.end(), each, end);
      each = end;
    }
    return groups;
  }

  static Group joined(std::map<Lengths, Group> groups) {
    Group all;
    for (auto& [lengths, group] : groups) {
      std::ranges::move(group.cells, std::back_inserter(all.cells));
      std::ranges::move(group.prefixes, std::back_inserter(all.prefixes));
    }
    std::ranges::sort(all.prefixes, {}, &Prefix::net);
    return all;
  }

  std::vector<Prefix> prefixes_;  // ascending
  LookupCosts costs_;
  Traffic traffic_;
  int level_;  // from 1
  LengthCounts counts_;
};

}  // namespace

// A normal form of a set has a few prefixes of almost every length, where neighbours became one: these are
// split into the next length that there is.
static std::map<int, int> without_rare_lengths(std::span<const Cidr> prefixes) {
  static constexpr std::size_t kRare = 64;  // one in so many
  SplitLengths lengths(count_lengths(prefixes), address_bits(prefixes.front().version()));
  for (const auto& [bits, target] : std::map(lengths.lengths())) {
    const auto split = lengths.split_of(bits);
    if (split && split->parts * kRare <= static_cast<double>(prefixes.size())) lengths.apply(*split);
  }
  return lengths.lengths();
}

DividedPrefixes divide(std::span<const Cidr> prefixes, LookupCosts costs) {
  DividedPrefixes made;
  if (prefixes.empty()) return made;
  const std::map<int, int> lengths = without_rare_lengths(prefixes);
  std::vector<Prefix> all;
  for (std::uint32_t i = 0; i < prefixes.size(); ++i) {
    for (const Cidr& part : split(prefixes[i], lengths.at(prefixes[i].prefix_bits())))
      all.push_back({part, i});
  }
  const double space = static_cast<double>(prefixes.back().last() - prefixes.front().first()) + 1;
  const Traffic traffic{0.5, space, 0.5 / static_cast<double>(all.size())};
  made.tables = Division(std::move(all), costs, traffic, 1).tables(made.cost);
  return made;
}

}  // namespace untrack::ir
