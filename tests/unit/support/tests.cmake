untrack_test(support
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/diagnostic_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/go_regex_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/nearest_test.cpp
  LIBRARIES untrack::support)
