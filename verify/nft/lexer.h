// Text of the nft language -> tokens, as nft 1.0.6 splits it (nft(8), "Lexical conventions"). Stricter in one
// point: what could be split in two ways is refused.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace untrack::verify::nft {

struct Token {
  enum class Kind : std::uint8_t {
    Word,     // keywords and names; may hold `.` `/` `-` `_` and a wildcard `*`
    Number,   // decimal or 0x hexadecimal
    Address,  // IPv4 or IPv6, without a prefix length
    Quoted,   // text without its quotes
    Sign,     // one of { } ( ) ; , : . / - & | ^ @ < > = == != <= >= *
    Newline,
    End,
  };
  Kind kind = Kind::End;
  std::string_view text;
  std::uint32_t line = 0;
};

// Ends with one End token. Throws Refused.
std::vector<Token> tokens(std::string_view text);

}  // namespace untrack::verify::nft
