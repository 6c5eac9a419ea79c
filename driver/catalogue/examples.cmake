# Writes OUTPUT, a C++ source that holds the files FOLDER/UTnnn/{bad.yaml,bad.txt,fixed.yaml,good.yaml,.untrack.yaml}: every byte as an escape, so that no file
# can end its literal early.
#   cmake -DFOLDER=... -DOUTPUT=... -P examples.cmake
function(as_literal variable file)
  set(bytes "")
  if(EXISTS "${file}")
    file(READ "${file}" bytes HEX)
    string(REGEX REPLACE "(..)" "\\\\x\\1" bytes "${bytes}")
  endif()
  set(${variable} "\"${bytes}\"sv" PARENT_SCOPE)
endfunction()

file(GLOB folders RELATIVE "${FOLDER}" "${FOLDER}/UT*")
list(SORT folders)
set(entries "")
foreach(code IN LISTS folders)
  as_literal(bad "${FOLDER}/${code}/bad.yaml")
  as_literal(output "${FOLDER}/${code}/bad.txt")
  as_literal(fixed "${FOLDER}/${code}/fixed.yaml")
  as_literal(good "${FOLDER}/${code}/good.yaml")
  as_literal(config "${FOLDER}/${code}/.untrack.yaml")
  string(APPEND entries "    {\"${code}\", ${bad}, ${output}, ${fixed}, ${good}, ${config}},\n")
endforeach()

file(WRITE "${OUTPUT}" "#include \"driver/catalogue/examples.h\"

#include <array>

namespace untrack::driver {

using namespace std::literals;

std::span<const Example> examples() {
  static constexpr auto kExamples = std::to_array<Example>({
    {\"\", {}, {}, {}, {}, {}},  // no folder has this code; an array may not be empty
${entries}  });
  return kExamples;
}

}  // namespace untrack::driver
")
