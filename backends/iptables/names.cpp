#include "backends/iptables/names.h"

#include <fmt/format.h>

#include "support/digest.h"

namespace untrack::backends::iptables {

// XT_EXTENSION_MAXNAMELEN (29) with the final zero byte, linux/netfilter/x_tables.h; the nft flavour keeps to
// it too.
static constexpr std::size_t kChainNameBytes = 28;
// IPSET_MAXNAMELEN (32) with the final zero byte, linux/netfilter/ipset/ip_set.h.
static constexpr std::size_t kSetNameBytes = 31;
static constexpr std::string_view kFilling = "-t";

static std::string digest(std::string_view content) {
  return hex(as_bytes(sha224(content)));
}

std::string chain_name(const ir::InterfaceHook& hook, std::size_t part) {
  const std::string_view direction = hook.direction == ir::Direction::Ingress ? "in" : "out";
  const std::string name = hook.interface_name + (part == 1 ? "" : fmt::format("/{}", part));
  const std::string readable = fmt::format("untrack-{}-{}", direction, name);
  if (readable.size() <= kChainNameBytes) return readable;
  // A slash in this place: no readable name looks like it.
  return fmt::format("untrack-{}/{}", direction, digest(name)).substr(0, kChainNameBytes);
}

static std::string prefix(std::string_view kind) {
  return fmt::format("untrack-{}-", kind);
}
static std::size_t room_after(std::string_view prefix) {
  return kSetNameBytes - kFilling.size() - prefix.size();
}

std::string set_name(std::string_view kind, std::string_view words) {
  std::string name = prefix(kind);
  // A digest fills the room, so nothing that is shorter looks like one.
  return words.size() < room_after(name) ? name.append(words) : digested_set_name(kind, words);
}

std::string digested_set_name(std::string_view kind, std::string_view content) {
  std::string name = prefix(kind);
  return name.append(digest(content), 0, room_after(name));
}

std::string filling_name(std::string_view set_name) {
  return std::string(set_name).append(kFilling);
}

}  // namespace untrack::backends::iptables
