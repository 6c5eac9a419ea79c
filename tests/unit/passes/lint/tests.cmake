untrack_test(lint
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/findings.cpp
    ${CMAKE_CURRENT_LIST_DIR}/good_policy.cpp
    ${CMAKE_CURRENT_LIST_DIR}/linted.cpp
  LIBRARIES untrack::frontend untrack::passes)
