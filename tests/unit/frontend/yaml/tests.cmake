untrack_test(frontend_yaml
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/meaning.cpp
    ${CMAKE_CURRENT_LIST_DIR}/mistakes.cpp
    ${CMAKE_CURRENT_LIST_DIR}/mutations.cpp
    ${CMAKE_CURRENT_LIST_DIR}/places.cpp
    ${CMAKE_CURRENT_LIST_DIR}/rewrites.cpp
  LIBRARIES untrack::frontend Threads::Threads)
