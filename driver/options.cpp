#include "driver/options.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "driver/did_you_mean.h"

namespace untrack::driver {

std::string_view to_string(Target target) {
  switch (target) {
    case Target::Nft: return "nft";
    case Target::Iptables: return "iptables";
    case Target::Bpf: return "bpf";
  }
  __builtin_unreachable();
}

bool reaches(FailOn level, Severity severity) {
  switch (level) {
    case FailOn::Info: return true;
    case FailOn::Warning: return severity >= Severity::Warning;
    case FailOn::Error: return severity >= Severity::Error;
    case FailOn::Never: return false;
  }
  __builtin_unreachable();
}

std::optional<FailOn> parse_fail_on(std::string_view word) {
  if (word == "error") return FailOn::Error;
  if (word == "warning") return FailOn::Warning;
  if (word == "info") return FailOn::Info;
  if (word == "never") return FailOn::Never;
  return std::nullopt;
}

std::variant<Target, std::string> parse_target(std::string_view word) {
  static constexpr std::array<std::string_view, 3> kTargets = {"nft", "iptables", "bpf"};
  if (word == "nft") return Target::Nft;
  if (word == "iptables") return Target::Iptables;
  if (word == "bpf") return Target::Bpf;
  return fmt::format("unknown target `{}`: nft, iptables and bpf are known{}", word,
                     did_you_mean(word, kTargets));
}

void add_target(std::vector<Target>& targets, Target target) {
  if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
}

bool has_programs(std::span<const Target> targets) {
  return std::ranges::find(targets, Target::Bpf) != targets.end();
}

std::optional<backends::MarkBit> parse_mark(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  backends::MarkBit mark = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mark, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || !std::has_single_bit(mark))
    return std::nullopt;
  return mark;
}

std::optional<backends::Version> parse_version(std::string_view text) {
  backends::Version version;
  for (std::uint16_t& part : version.parts) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return version;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<Shard> parse_shard(std::string_view text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto [slash, index_error] = std::from_chars(text.data(), end, shard.index);
  if (index_error != std::errc{} || slash == end || *slash != '/') return std::nullopt;
  const auto [rest, count_error] = std::from_chars(slash + 1, end, shard.count);
  if (count_error != std::errc{} || rest != end) return std::nullopt;
  if (shard.index < 1 || shard.index > shard.count) return std::nullopt;
  return shard;
}

}  // namespace untrack::driver
