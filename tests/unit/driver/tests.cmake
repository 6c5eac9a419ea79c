untrack_test(driver
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/bundle_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/inputs_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/options_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/render_test.cpp
  LIBRARIES untrack::driver nlohmann_json::nlohmann_json)
untrack_test(driver_failsafe
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/failsafe_test.cpp
  LIBRARIES untrack::driver untrack_generate)
