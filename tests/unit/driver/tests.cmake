untrack_test(driver
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/inputs_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/options_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/render_test.cpp
  LIBRARIES untrack::driver nlohmann_json::nlohmann_json)
