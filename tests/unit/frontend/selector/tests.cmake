untrack_test(selector
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/accepted.cpp
    ${CMAKE_CURRENT_LIST_DIR}/agreement.cpp
    ${CMAKE_CURRENT_LIST_DIR}/effective.cpp
    ${CMAKE_CURRENT_LIST_DIR}/refused.cpp
  LIBRARIES untrack::selector nlohmann_json::nlohmann_json)
