// std::visit with one lambda for each alternative: a new alternative breaks every visitor that has not thought of it.
#pragma once

namespace untrack {

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

}  // namespace untrack
