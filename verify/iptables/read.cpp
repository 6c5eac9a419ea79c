#include <functional>
#include <memory>

#include "verify/iptables/files.h"
#include "verify/reading.h"
#include "verify/refuse.h"

namespace untrack::verify {

// Runs one step on one file; a refusal is told with that file's name.
template <class Step>
static std::optional<Refusal> refusal_of(std::string_view file, const Step& step) {
  try {
    step();
    return std::nullopt;
  } catch (const Refused& refused) {
    return Refusal{std::string(file), refused.line, refused.message};
  }
}

ReadResult read_iptables(const IptablesFiles& texts) {
  const auto files = std::make_shared<iptables::Files>();
  const struct {
    std::string_view file;
    std::function<void()> step;
  } steps[] = {
      {"ipset.restore", [&] { files->sets = iptables::parse_ipsets(texts.ipset); }},
      {"iptables.restore", [&] { files->v4 = iptables::parse_rules(texts.v4, ir::IpVersion::V4); }},
      {"ip6tables.restore", [&] { files->v6 = iptables::parse_rules(texts.v6, ir::IpVersion::V6); }},
      {"iptables.restore", [&] { iptables::check_sets(files->v4, files->sets, ir::IpVersion::V4); }},
      {"ip6tables.restore", [&] { iptables::check_one_mark(files->v4, files->v6); }},
      {"ip6tables.restore", [&] { iptables::check_sets(files->v6, files->sets, ir::IpVersion::V6); }},
  };
  for (const auto& [file, step] : steps) {
    if (auto refusal = refusal_of(file, step)) return *refusal;
  }
  return Reading{.interfaces = iptables::interfaces_of(*files),
                 .effects =
                     [files](ir::PacketSpace& space, ir::EffectTable& table, ir::Direction direction,
                             std::string_view interface_name) {
                       return iptables::effects(*files, space, table, direction, interface_name);
                     },
                 .mark = iptables::mark_of(*files)};
}

}  // namespace untrack::verify
