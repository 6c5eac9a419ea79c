// nft table -> script text. Quoting, cutting and number formats of nft(8) are met here and nowhere else.
#pragma once
#include <string>
#include <string_view>

#include "backends/nft/model.h"
#include "backends/nft/versions.h"

namespace untrack::backends::nft {

// A script that replaces table `inet untrack` as a whole in one transaction, whether or not it is loaded.
std::string print(const Table& table, std::string_view node, const Dialect& dialect);

}  // namespace untrack::backends::nft
