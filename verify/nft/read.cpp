#include <memory>

#include "verify/interfaces.h"
#include "verify/nft/script.h"
#include "verify/nft/walk.h"
#include "verify/reading.h"
#include "verify/refuse.h"

namespace untrack::verify {

ReadResult read_nft(std::string_view file, std::string_view text) {
  try {
    const auto script = std::make_shared<const nft::Script>(nft::parse_script(text));
    return Reading{.interfaces = representative_names(script->interface_names, script->interface_prefixes),
                   .effects =
                       [script](ir::PacketSpace& space, ir::EffectTable& table, ir::Direction direction,
                                std::string_view interface_name) {
                         return nft::effects(*script, space, table, direction, interface_name);
                       },
                   .mark = script->mark};
  } catch (const Refused& refused) {
    return Refusal{std::string(file), refused.line, refused.message};
  }
}

}  // namespace untrack::verify
