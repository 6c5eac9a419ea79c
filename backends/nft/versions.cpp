#include "backends/nft/versions.h"

#include <algorithm>

namespace untrack::backends::nft {

static constexpr Need kNotrack{Tool::Nft, {{0, 7}}, "`notrack`"};
static constexpr Need kNotrackInKernel{Tool::Kernel, {{4, 10}}, "`notrack` in nft"};
static constexpr Need kRawPayload{
    Tool::Nft, {{0, 8, 3}}, "raw payload (`@th,152,8`), which tells packets without a whole header"};
static constexpr Need kPriorityName{Tool::Nft, {{0, 9, 1}}, "the priority `raw` by its name"};
static constexpr Need kTransportHeader{Tool::Nft, {{0, 9, 2}}, "ports by `th`"};
// NFT_CHAIN_MAXNAMELEN and NFT_SET_MAXNAMELEN in linux/netfilter/nf_tables.h were 32, with the final zero
// byte; since 4.14 they are NFT_NAME_MAXLEN, 256.
static constexpr std::size_t kShortName = 31;
static constexpr Need kLongNameInKernel{
    Tool::Kernel, {{4, 14}}, "names of more than 31 bytes in nft (those of interfaces are part of them)"};
// "src: add comment support for set declarations", August 2020. The kernel keeps them since 4.6, as bytes
// that are not its business (NFTA_SET_USERDATA, linux/netfilter/nf_tables.h).
static constexpr Need kSetComment{Tool::Nft, {{0, 9, 7}}, "comments of sets"};

Dialect dialect(const Options& options) {
  const auto takes = [&](const Need& need) { return options.takes(need.tool, need.least); };
  return {.transport_header = takes(kTransportHeader),
          .priority_names = takes(kPriorityName),
          .set_comments = takes(kSetComment)};
}

static bool looks_at_ports(const Condition& condition) {
  return std::holds_alternative<PortIn>(condition) || std::holds_alternative<SocketIn>(condition);
}

static bool has_long_name(const Table& table) {
  const auto is_long = [](const auto& each) { return each.name.size() > kShortName; };
  return std::ranges::any_of(table.chains, is_long) || std::ranges::any_of(table.sets, is_long) ||
         std::ranges::any_of(table.maps, is_long) || std::ranges::any_of(table.address_maps, is_long);
}

std::vector<Need> needs(const Table& table, const Dialect& dialect) {
  std::vector<Need> nft = {kNotrack};
  if (dialect.priority_names) nft.push_back(kPriorityName);
  const auto has_comment = [](const auto& set) { return !set.comment.empty(); };
  const bool commented =
      std::ranges::any_of(table.sets, has_comment) || std::ranges::any_of(table.address_maps, has_comment);
  if (dialect.set_comments && commented) nft.push_back(kSetComment);
  for (const Chain& chain : table.chains) {
    for (const Rule& rule : chain.rules) {
      const bool raw = std::ranges::any_of(rule.conditions, [](const Condition& each) {
        return std::holds_alternative<HeaderReadable>(each);
      });
      const bool ports = std::ranges::any_of(rule.conditions, looks_at_ports) ||
                         std::holds_alternative<PortDispatch>(rule.statement) ||
                         (std::holds_alternative<AddressDispatch>(rule.statement) &&
                          std::get<AddressDispatch>(rule.statement).port_side);
      if (raw) nft.push_back(kRawPayload);
      if (ports && dialect.transport_header) nft.push_back(kTransportHeader);
    }
  }
  return {*std::ranges::max_element(nft, {}, &Need::least),
          has_long_name(table) ? kLongNameInKernel : kNotrackInKernel};
}

}  // namespace untrack::backends::nft
