# Writes OUTPUT, a C++ source that holds the files of FOLDER which driver/bundle/scripts.h declares: every byte as an
# escape, so that no file can end its literal early.
#   cmake -DFOLDER=... -DOUTPUT=... -P embed.cmake
set(definitions "")
foreach(file common.sh nft.sh iptables.sh bpf.sh xdp.sh filter.sh artifact.sh failsafe.awk apply.sh rollback.sh status.sh)
  file(READ "${FOLDER}/${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
  string(REGEX REPLACE "[.].*" "" name "${file}")
  string(SUBSTRING "${name}" 0 1 initial)
  string(SUBSTRING "${name}" 1 -1 rest)
  string(TOUPPER "${initial}" initial)
  string(APPEND definitions "const std::string_view k${initial}${rest} = \"${bytes}\"sv;\n")
endforeach()

file(WRITE "${OUTPUT}" "#include \"driver/bundle/scripts.h\"

namespace untrack::driver::scripts {

using namespace std::literals;

${definitions}
}  // namespace untrack::driver::scripts
")
