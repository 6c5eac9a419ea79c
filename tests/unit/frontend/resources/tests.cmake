untrack_test(frontend_resources
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/catalogue.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cluster.cpp
    ${CMAKE_CURRENT_LIST_DIR}/controllers.cpp
    ${CMAKE_CURRENT_LIST_DIR}/large_lists.cpp
    ${CMAKE_CURRENT_LIST_DIR}/load.cpp
    ${CMAKE_CURRENT_LIST_DIR}/mistakes.cpp
    ${CMAKE_CURRENT_LIST_DIR}/policies.cpp
    ${CMAKE_CURRENT_LIST_DIR}/values.cpp
  LIBRARIES untrack::frontend untrack::selector)
