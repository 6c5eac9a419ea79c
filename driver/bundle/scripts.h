// The files of this folder, put into the program when it is built (embed.cmake).
#pragma once
#include <string_view>

namespace untrack::driver::scripts {

extern const std::string_view kCommon, kNft, kIptables, kBpf, kXdp, kFilter, kArtifact, kFailsafe, kApply,
    kRollback, kStatus;

}  // namespace untrack::driver::scripts
