untrack_test(backends
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/iptables_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/nft_test.cpp
  LIBRARIES untrack::nft untrack::iptables)
untrack_test(backends_load
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/load_test.cpp
  LIBRARIES untrack::nft untrack::iptables untrack_generate)
untrack_test(backends_bpf
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/bpf_test.cpp ${CMAKE_CURRENT_LIST_DIR}/bpf_image.cpp
  LIBRARIES untrack::bpf untrack_generate)
