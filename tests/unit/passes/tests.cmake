untrack_test(passes
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/findings_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/govern_interfaces_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/label_index_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lower_policies_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/order_policies_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/pass_test.cpp
  LIBRARIES untrack::frontend untrack::passes untrack_generate)
