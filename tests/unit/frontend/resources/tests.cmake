untrack_test(frontend_resources
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/catalogue.cpp
    ${CMAKE_CURRENT_LIST_DIR}/load.cpp
  LIBRARIES untrack::frontend)
