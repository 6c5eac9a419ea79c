untrack_test(lint
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/findings.cpp
    ${CMAKE_CURRENT_LIST_DIR}/good_policy.cpp
    ${CMAKE_CURRENT_LIST_DIR}/linted.cpp
    ${CMAKE_CURRENT_LIST_DIR}/profiles.cpp
    ${CMAKE_CURRENT_LIST_DIR}/verdict_examples.cpp
  LIBRARIES untrack::frontend untrack::passes)
