untrack_test(backends_load
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/load_test.cpp
  LIBRARIES untrack::nft untrack::iptables untrack_generate)
