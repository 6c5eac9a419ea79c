untrack_test(lint
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/findings.cpp
  LIBRARIES untrack::frontend untrack::passes)
