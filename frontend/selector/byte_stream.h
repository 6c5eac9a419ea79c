// A text as ANTLR reads it: each byte is the code point of the same number, so that any bytes are input and
// every position counts bytes. ANTLR's own stream decodes UTF-8: it refuses what is none and counts code
// points.
#pragma once
#include <CharStream.h>

#include <string>
#include <string_view>

namespace untrack::frontend {

class ByteStream final : public antlr4::CharStream {
 public:
  explicit ByteStream(std::string_view text) : text_(text) {}

  void consume() override { ++index_; }
  std::size_t LA(ssize_t ahead) override {
    // 1 is the next byte, -1 the one just consumed; nobody asks for 0.
    const std::size_t at = index_ + static_cast<std::size_t>(ahead > 0 ? ahead - 1 : ahead);
    return at < text_.size() ? static_cast<unsigned char>(text_[at]) : EOF;
  }
  // All of the text stays in reach, so a mark has nothing to hold.
  ssize_t mark() override { return 0; }
  void release(ssize_t) override {}
  std::size_t index() override { return index_; }
  void seek(std::size_t index) override { index_ = index; }
  std::size_t size() override { return text_.size(); }
  std::string getSourceName() const override { return "selector"; }
  std::string getText(const antlr4::misc::Interval& interval) override {
    return std::string(text_.substr(static_cast<std::size_t>(interval.a), interval.length()));
  }
  std::string toString() const override { return std::string(text_); }

 private:
  std::string_view text_;
  std::size_t index_ = 0;
};

}  // namespace untrack::frontend
