untrack_test(ir_text
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/felix_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/invariants_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/print_test.cpp
  LIBRARIES untrack::ir)
untrack_test(ir_meaning
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/meaning_property.cpp
  LIBRARIES untrack::ir untrack_generate)
