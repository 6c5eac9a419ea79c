#include "verify/number.h"

#include <charconv>

namespace untrack::verify {

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  // strtoul, which nft and iptables use, takes a leading 0 for octal; a writer who means that is not
  // expected.
  if (!hex && text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

}  // namespace untrack::verify
