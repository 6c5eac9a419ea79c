untrack_test(ir_text
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/felix_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/hook_content_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/invariants_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/labels_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/print_test.cpp
  LIBRARIES untrack::ir untrack_generate)
untrack_test(ir_meaning
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/address_set_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/address_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/algebra_property.cpp
    ${CMAKE_CURRENT_LIST_DIR}/cidr_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/evaluate_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/meaning_property.cpp
    ${CMAKE_CURRENT_LIST_DIR}/meaning_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/packet_space_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/packet_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/port_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/prefix_lengths_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/prefix_tables_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/small_worlds_property.cpp
  LIBRARIES untrack::ir untrack_generate)
