// What of a live `iptables-save` and `ipset save` is ours.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "verify/dump.h"
#include "verify/iptables/rules.h"
#include "verify/iptables/words.h"
#include "verify/refuse.h"
#include "verify/text_lines.h"

namespace untrack::verify {

using iptables::kEntryEgress;
using iptables::kEntryIngress;

static constexpr std::string_view kOurChains = "untrack-";

// Without the counters that `iptables-save -c` prints before each rule.
static std::string_view without_counters(std::string_view line) {
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find("] ") + 2, line.size()));
  return line;
}

// The chain that a line declares or appends to; empty for other lines.
static std::string_view chain_of(std::string_view line) {
  line = without_counters(line);
  if (line.starts_with(':')) return word(line, 0).substr(1);
  return word(line, 0) == "-A" ? word(line, 1) : std::string_view();
}

namespace {

// One of the two built-in chains where packets come to ours.
class Entrance {
 public:
  Entrance(std::string_view builtin, std::string_view entry) : builtin_(builtin), entry_(entry) {}
  std::string_view builtin() const { return builtin_; }
  std::string_view entry() const { return entry_; }

  void declare(std::uint32_t number, std::string_view line) {
    line_ = number;
    policy_ = word(line, 1);
  }

  void rule(std::uint32_t number, std::string_view line) {
    if (is_jump(line)) {
      ++jumps_;
      jump_ = number;
    } else if (jumps_ == 0) {
      before_.push_back(number);
    } else {
      ++behind_;
    }
  }

  void judge(std::vector<Remark>& remarks) const {
    const auto drift = [&](std::uint32_t line, std::string message) {
      remarks.push_back({line, std::move(message), /*is_drift=*/true});
    };
    if (policy_ != "ACCEPT")
      drift(line_, fmt::format("the policy of {} is {}: what is left tracked meets it", builtin_, policy_));
    if (jumps_ == 0) {
      drift(line_, fmt::format("{} does not jump to `{}`: no packet gets there", builtin_, entry_));
      return;
    }
    for (const std::uint32_t line : before_) {
      drift(line, fmt::format("a rule of {} stands before the jump to `{}` and may decide first", builtin_,
                              entry_));
    }
    if (jumps_ > 1) drift(jump_, fmt::format("{} jumps to `{}` more than once", builtin_, entry_));
    if (behind_ > 0) {
      remarks.push_back(
          {line_,
           fmt::format("{} rule{} of {} behind the jump to `{}` see{} what is left tracked, and {} not "
                       "judged",
                       behind_, behind_ == 1 ? "" : "s", builtin_, entry_, behind_ == 1 ? "s" : "",
                       behind_ == 1 ? "was" : "were")});
    }
  }

 private:
  // `-A PREROUTING -j untrack-prerouting`, perhaps with a comment, without any condition.
  bool is_jump(std::string_view line) const {
    try {
      for (const iptables::Line& parsed : iptables::lines(without_counters(line))) {
        iptables::WordCursor at(parsed);
        at.next("-A");
        at.next("a chain");
        if (at.take("-m") && at.take("comment") && at.take("--comment")) at.next("a comment");
        return at.take("-j") && at.take(entry_) && at.at_end();
      }
    } catch (const Refused&) {
      return false;  // a rule of others
    }
    return false;
  }

  std::string_view builtin_, entry_;
  std::string policy_ = "ACCEPT";
  std::uint32_t line_ = 0, jump_ = 0;
  std::size_t jumps_ = 0, behind_ = 0;
  std::vector<std::uint32_t> before_;
};

}  // namespace

bool is_live_iptables(std::string_view text) {
  bool live = false;
  for_each_line(text, [&](std::uint32_t, std::string_view line) {
    live |= line.starts_with(':') && (chain_of(line) == "PREROUTING" || chain_of(line) == "OUTPUT");
  });
  return live;
}

Ours ours_of_iptables(std::string_view text) {
  Ours ours;
  Entrance entrances[] = {{"PREROUTING", kEntryIngress}, {"OUTPUT", kEntryEgress}};
  bool raw = false, any = false;
  ours.text = lines_kept(text, [&](std::uint32_t number, std::string_view line) {
    if (line.starts_with('*')) raw = word(line, 0) == "*raw";
    if (!raw) return false;
    const std::string_view chain = chain_of(line);
    for (Entrance& entrance : entrances) {
      if (chain != entrance.builtin()) continue;
      line.starts_with(':') ? entrance.declare(number, line) : entrance.rule(number, line);
    }
    any |= chain.starts_with(kOurChains);
    return chain.empty() || chain.starts_with(kOurChains);
  });
  // Nothing is to be entered where nothing is loaded.
  if (!any) return {};
  for (const Entrance& entrance : entrances) entrance.judge(ours.remarks);
  return ours;
}

bool counts_on_programs(std::string_view iptables_text) {
  bool found = false, raw = false;
  for_each_line(iptables_text, [&](std::uint32_t, std::string_view line) {
    if (line.starts_with('*')) raw = word(line, 0) == "*raw";
    found |=
        raw && chain_of(line).starts_with(kOurChains) &&
        (line.find(" -m mark ") != std::string_view::npos || line.find(" -m bpf ") != std::string_view::npos);
  });
  return found;
}

// ---- sets

using Names = std::set<std::string, std::less<>>;

Names sets_tested(std::string_view iptables_text) {
  static constexpr std::string_view kTest = "--match-set ";
  Names names;
  for (std::size_t at = iptables_text.find(kTest); at != std::string_view::npos;
       at = iptables_text.find(kTest, at)) {
    at += kTest.size();
    names.emplace(iptables_text.substr(at, iptables_text.find_first_of(" \n", at) - at));
  }
  return names;
}

// `create NAME TYPE ...`, `add NAME MEMBER`.
std::string sets_of_ipset(std::string_view text, Names names) {
  Names lists;
  for_each_line(text, [&](std::uint32_t, std::string_view line) {
    if (word(line, 2) == "list:set" && names.contains(word(line, 1))) lists.emplace(word(line, 1));
  });
  for_each_line(text, [&](std::uint32_t, std::string_view line) {
    if (word(line, 0) == "add" && lists.contains(word(line, 1))) names.emplace(word(line, 2));
  });
  return lines_kept(text,
                    [&](std::uint32_t, std::string_view line) { return names.contains(word(line, 1)); });
}

}  // namespace untrack::verify
