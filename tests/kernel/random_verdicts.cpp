#include "tests/kernel/random_verdicts.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "driver/targets.h"
#include "frontend/load.h"
#include "ir/evaluate.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"
#include "tests/kernel/wire.h"

using namespace untrack;
using namespace untrack::kernel;

// Some packets the kernel lets neither in nor out, whatever the rules: of those that are sent so many must
// meet them.
static constexpr std::size_t kSent = 2800, kJudged = 2000;
static constexpr std::uint64_t kSets = 200;
static constexpr int kWorkers = 2;  // side by side: much of the time is spent waiting for the kernel

static std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* const wanted = std::getenv(variable);
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

// ---- sets of policy

namespace {

// What was meant, and what is compiled.
struct Policy {
  ir::Ruleset meant, compiled;
};

}  // namespace

static ir::Ruleset lowered(const std::string& text) {
  SourceMap sources;
  const frontend::Source source{sources.add("policy.yaml", text), frontend::Role::Linted};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  ir::Ruleset ruleset = passes::lower_policies(policies, property::kGeneratedNode, {}, diagnostics);
  for (const Diagnostic* each : diagnostics.in_order()) {
    if (each->info->severity == Severity::Error) throw std::runtime_error(each->message + " in\n" + text);
  }
  return ruleset;
}

// Half of the sets are YAML that goes through the whole compiler. The others also hold what YAML cannot say;
// one in eight is a long list.
static Policy policy_of(std::uint64_t seed) {
  Policy policy;
  if (seed % 2 == 0) {
    policy.meant = lowered(property::random_policies(seed));
  } else if (seed % 16 == 15) {
    policy.meant =
        property::random_list(seed, property::kListKinds[seed / 16 % std::size(property::kListKinds)]);
  } else {
    property::RulesetShape shape;
    shape.any_match = seed % 4 == 1;
    shape.plain = seed % 3 == 2;
    if (seed % 8 == 5) shape.prefixes = 60;  // lists that have tables of their own
    policy.meant = property::random_ruleset(seed, shape);
  }
  policy.compiled = policy.meant;
  if (seed % 2 == 0 || seed % 8 == 3) {
    ir::PacketSpace space;
    passes::PassContext context{space};
    passes::run_pipeline(policy.compiled, context);
  }
  return policy;
}

// ---- packets

namespace {
struct Place {
  std::string_view interface_name;
  ir::Direction direction;
  const ir::InterfaceHook* hook;  // of the other direction, if the policy says nothing about this one
};
}  // namespace

// Both directions of every interface that the policy speaks of.
static std::vector<Place> places(const ir::Ruleset& ruleset) {
  std::vector<Place> result;
  for (const std::string_view name : kInterfaces) {
    std::array<const ir::InterfaceHook*, 2> hooks{};
    for (const ir::InterfaceHook& hook : ruleset.hooks) {
      if (hook.interface_name == name) hooks[static_cast<std::size_t>(hook.direction)] = &hook;
    }
    for (const ir::Direction direction : ir::kDirections) {
      const ir::InterfaceHook* const own = hooks[static_cast<std::size_t>(direction)];
      const ir::InterfaceHook* const any = own ? own : hooks[0] ? hooks[0] : hooks[1];
      if (any) result.push_back({name, direction, any});
    }
  }
  return result;
}

// A later fragment waits for the others where packets are put together again.
static bool sendable(const ir::Packet& packet, Eyes eyes) {
  return has_wire_form(packet) && (eyes == Eyes::Mark || packet.transport != ir::Transport::LaterFragment);
}

static Injected::Form form_of(const ir::Packet& packet) {
  switch (packet.transport) {
    case ir::Transport::Readable: return Injected::Form::Whole;
    case ir::Transport::LaterFragment: return Injected::Form::InFragments;
    case ir::Transport::CutOff: return Injected::Form::CutOff;
  }
  return Injected::Form::Whole;
}

// Programs meet fragments one by one, whatever comes behind them (docs/bpf.md, "Parsing"): to them packets
// come whole.
static void write_bytes(Injected& each, std::size_t number, Loader loader, Eyes eyes, const ir::Packet& bait,
                        property::Random& random) {
  const auto written = [&] {
    return wire_form(each.packet, {wire_id(each, number), eyes == Eyes::Mark, bait}, random);
  };
  each.form = form_of(each.packet);
  const bool in_pieces = eyes == Eyes::Conntrack && !has_programs(loader);
  if (in_pieces && each.form == Injected::Form::Whole && random.chance(20)) {
    each.form = Injected::Form::InFragments;
    each.pieces = in_two_fragments(written(), random);
    if (!each.pieces.empty()) return;
    each.form = Injected::Form::Whole;
  }
  each.pieces = {written()};
}

static std::vector<Injected> injections(const ir::Ruleset& ruleset, Loader loader, Eyes eyes) {
  const std::vector<Place> all = places(ruleset);
  property::Random random(7);
  std::vector<Injected> result;
  for (const Place& place : all) {
    const std::size_t wanted = kSent / all.size() + 1;
    const auto packets = property::boundary_packets(ruleset, *place.hook, 2 * wanted);
    for (std::size_t i = 0, taken = 0; i < packets.size() && taken < wanted; ++i) {
      if (!sendable(packets[i], eyes)) continue;
      ++taken;
      Injected each{place.interface_name, place.direction, packets[i]};
      each.expected = ir::evaluate(ruleset, place.interface_name, place.direction, each.packet).verdict;
      write_bytes(each, result.size() + 1, loader, eyes, random.pick(packets), random);
      result.push_back(std::move(each));
    }
  }
  return result;
}

// ---- one set

// Halves the packets until one is left that ends otherwise than it should.
static std::string first_wrong(Lab& lab, std::span<const Injected> packets) {
  if (lab.send(packets).as_expected()) return "the kernel did it wrong once, and right when asked again";
  while (packets.size() > 1) {
    const auto half = packets.first(packets.size() / 2);
    packets = lab.send(half).as_expected() ? packets.subspan(half.size()) : half;
  }
  const Injected& each = packets.front();
  const Counts counts = lab.send(packets);
  std::string text =
      fmt::format("{} {} {}: expected {}; of {} that arrived {} became untracked, {} tracked;",
                  each.interface_name, to_string(each.direction), to_string(each.packet),
                  to_string(each.expected), sum(counts.arrived), sum(counts.untracked), sum(counts.tracked));
  for (const Bytes& piece : each.pieces) {
    text += ' ';
    for (const std::uint8_t byte : piece) text += fmt::format("{:02x}", byte);
  }
  return text;
}

// Empty, or what is wrong.
static std::string judge(Lab& lab, std::span<const Injected> packets,
                         std::span<const backends::Artifact> files, Counts& counts) {
  std::string wrong = lab.load(files);
  if (!wrong.empty()) return wrong;
  counts = lab.send(packets);
  if (!counts.as_expected()) return first_wrong(lab, packets);
  const std::size_t judged = sum(counts.arrived);
  return judged >= kJudged ? "" : fmt::format("of {} packets only {} arrived", packets.size(), judged);
}

// They decide nothing, and programs have no form for them.
static void leave_out_logs(ir::Ruleset& ruleset) {
  for (ir::InterfaceHook& hook : ruleset.hooks) {
    for (ir::Block& block : hook.blocks) {
      std::erase_if(block.rules,
                    [](const ir::Rule& rule) { return std::holds_alternative<ir::LogPacket>(rule.action); });
    }
  }
}

static driver::Target target_of(Loader loader) {
  switch (loader) {
    case Loader::Nft: return driver::Target::Nft;
    case Loader::IptablesLegacy:
    case Loader::IptablesNft: return driver::Target::Iptables;
    case Loader::Bpf:
    case Loader::BpfXtables: return driver::Target::Bpf;
  }
  return driver::Target::Nft;
}

// ---- all sets

namespace {

class Campaign {
 public:
  Campaign(Loader loader, Eyes eyes) : loader_(loader), eyes_(eyes) {}

  void work() {
    try {
      Lab lab(loader_, eyes_);
      while (wanted()) one(lab, next_++);
    } catch (const std::exception& error) {
      const std::scoped_lock lock(mutex_);
      broken_ = error.what();
    }
  }

  void report() const {
    REQUIRE_MESSAGE(broken_.empty(), broken_);
    for (const std::string& wrong : wrong_) FAIL_CHECK(wrong);
    const auto of = [&](ir::Verdict verdict) {
      const auto& forms = arrived_[static_cast<std::size_t>(verdict)];
      return forms[0] + forms[1] + forms[2];
    };
    const auto in = [&](Injected::Form form) {
      const auto at = static_cast<std::size_t>(form);
      return arrived_[0][at] + arrived_[1][at] + arrived_[2][at];
    };
    using enum ir::Verdict;
    MESSAGE(fmt::format(
        "{} sets; {} packets of {} met the rules: {} to be tracked, {} untracked, {} dropped; {} in "
        "fragments, {} cut off",
        sets_, sum(arrived_), sent_, of(Track), of(Untrack), of(Drop), in(Injected::Form::InFragments),
        in(Injected::Form::CutOff)));
  }

 private:
  bool wanted() {
    const std::scoped_lock lock(mutex_);
    return sets_ < number("UNTRACK_KERNEL_SETS", kSets) && broken_.empty();
  }

  // A set without a place to send to does not count.
  void one(Lab& lab, std::uint64_t seed) {
    Policy policy = policy_of(seed);
    if (has_programs(loader_)) leave_out_logs(policy.compiled);
    const std::vector<Injected> packets = injections(policy.meant, loader_, eyes_);
    if (packets.empty()) return;
    Diagnostics diagnostics;
    const auto files = driver::backend_of(target_of(loader_))
                           .emit(policy.compiled, options_for(loader_, eyes_), diagnostics);
    Counts counts;
    const std::string wrong =
        diagnostics.refuses_compile() ? "the backend refuses it" : judge(lab, packets, files, counts);
    const std::scoped_lock lock(mutex_);
    ++sets_;
    sent_ += packets.size();
    for (std::size_t verdict = 0; verdict < arrived_.size(); ++verdict) {
      for (std::size_t form = 0; form < arrived_.size(); ++form)
        arrived_[verdict][form] += counts.arrived[verdict][form];
    }
    if (!wrong.empty()) wrong_.push_back(fmt::format("set {}: {}", seed, wrong));
  }

  Loader loader_;
  Eyes eyes_;
  std::atomic<std::uint64_t> next_ = number("UNTRACK_KERNEL_FIRST", 0);
  std::mutex mutex_;  // of all that follows
  std::uint64_t sets_ = 0;
  std::size_t sent_ = 0;
  Counts::Table arrived_{};
  std::vector<std::string> wrong_;
  std::string broken_;  // the test itself
};

}  // namespace

void untrack::kernel::run_all(Loader loader, Eyes eyes) {
  const std::string lacks = missing("ip nft ipset iptables-legacy iptables-nft tc bpftool nsenter");
  if (!lacks.empty()) {
    MESSAGE("skipped: this machine lacks " << lacks);
    return;
  }
  Campaign campaign(loader, eyes);
  std::vector<std::jthread> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back([&campaign] { campaign.work(); });
  workers.clear();
  campaign.report();
}
