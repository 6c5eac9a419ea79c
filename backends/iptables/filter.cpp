#include "backends/iptables/filter.h"

#include <fmt/format.h>

namespace untrack::backends::iptables {

std::string accepted_by(MarkBit mark) {
  return fmt::format("-m mark --mark {0:#x}/{0:#x}", mark);
}

Artifact accept_in_filter(MarkBit mark) {
  return {"filter/iptables.restore",
          fmt::format("# Accepts what untracked policy has allowed, for both IP versions\n"
                      "#   load:   iptables-restore --noflush < FILE\n"
                      "#   enter:  iptables -I INPUT -j untrack-filter   (and FORWARD, OUTPUT; once each)\n"
                      "#   unload: iptables -D INPUT -j untrack-filter   (and FORWARD, OUTPUT)\n"
                      "#           iptables -F untrack-filter; iptables -X untrack-filter\n"
                      "*filter\n"
                      ":untrack-filter - [0:0]\n"
                      "-A untrack-filter {} -m comment --comment \"allowed by untracked policy\" -j ACCEPT\n"
                      "COMMIT\n",
                      accepted_by(mark))};
}

}  // namespace untrack::backends::iptables
