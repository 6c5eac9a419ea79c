#include "support/digest.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>

namespace untrack {

static const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

std::array<std::uint8_t, 28> sha224(std::string_view bytes) {
  static_assert(SHA224_DIGEST_SIZE == 28);
  sha224_ctx context;
  sha224_init(&context);
  sha224_update(&context, bytes.size(), data_of(bytes));
  std::array<std::uint8_t, 28> digest;
  sha224_digest(&context, digest.size(), digest.data());
  return digest;
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  static_assert(SHA256_DIGEST_SIZE == 32);
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, bytes.size(), data_of(bytes));
  std::array<std::uint8_t, 32> digest;
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

std::string base64url(std::string_view bytes) {
  base64_encode_ctx context;
  base64url_encode_init(&context);
  std::string text(BASE64_ENCODE_LENGTH(bytes.size()) + BASE64_ENCODE_FINAL_LENGTH, '\0');
  std::size_t size = base64_encode_update(&context, text.data(), bytes.size(), data_of(bytes));
  size += base64_encode_final(&context, text.data() + size);
  text.resize(size);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    text += digits[static_cast<std::uint8_t>(byte) >> 4];
    text += digits[static_cast<std::uint8_t>(byte) & 15];
  }
  return text;
}

std::string unique_id(std::string_view prefix, std::string_view content) {
  std::string text;
  text.append(prefix).append(":").append(content);
  const auto digest = sha224(text);
  return std::string(prefix) + ":" + base64url(as_bytes(digest));
}

}  // namespace untrack
