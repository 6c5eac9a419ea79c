untrack_test(verify
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/bpf_images.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bpf_property_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/bpf_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/filter_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/iptables_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/nft_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/parts_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/proof_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/refusals_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/robustness_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/round_trip_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/support.cpp
  LIBRARIES untrack::verify)
