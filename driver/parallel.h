// The same work on many items at once.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace untrack::driver {

// Calls work(0) .. work(count - 1), each once, from at most `jobs` threads. The items must not depend on each
// other: then nothing that is seen afterwards depends on `jobs`.
template <class Work>
void for_each_index(unsigned jobs, std::size_t count, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t index = next++; index < count; index = next++) work(index);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min<std::size_t>(jobs, count); ++i) others.emplace_back(worker);
  worker();
}

}  // namespace untrack::driver
