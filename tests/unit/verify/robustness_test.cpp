// A reader is handed whatever is in a file: it may refuse, it may not crash, hang or throw.

#include <doctest/doctest.h>

#include <random>

#include "support.h"

namespace untrack::verify {

namespace {
// Small edits of a good text, the same ones in every run.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutated(std::string text, const std::string& other) {
    for (std::uint32_t edits = 1 + random_() % 4; edits > 0; --edits) edit(text, other);
    return text;
  }

 private:
  std::size_t place(const std::string& text) { return text.empty() ? 0 : random_() % text.size(); }

  void edit(std::string& text, const std::string& other) {
    static const std::string kSigns = "{}();,:.-!@&|=<>*\"\\/ \n\t09afx\x80";
    const std::size_t at = place(text), length = random_() % 12;
    switch (random_() % 5) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(at, 1, kSigns[random_() % kSigns.size()]); break;
      case 2: text.insert(at, text.substr(place(text), length * 8)); break;
      case 3: text.insert(at, other.substr(place(other), length * 4)); break;
      case 4: text.resize(at); break;
    }
  }

  std::mt19937 random_;
};
}  // namespace

// What was read must also be usable, on an interface that it names and on another.
static void use(const ReadResult& result) {
  const auto* reading = std::get_if<Reading>(&result);
  if (reading == nullptr) return;
  ir::PacketSpace space(200'000);
  ir::EffectTable table;
  for (const ir::Direction direction : ir::kDirections) {
    for (const char* name : {"eng4", "other"}) reading->effects(space, table, direction, name);
  }
}

TEST_CASE("readers: no text makes them crash or hang") {
  const std::string maps = text_of("testdata/verify/maps.nft"), rules = text_of("testdata/verify/rules.nft");
  const IptablesTexts sets = memcached_sets();
  Mutator mutator(20240611);
  int read_nfts = 0, read_iptables_files = 0;
  for (int i = 0; i < 1500; ++i) {
    const ReadResult nft =
        read_nft("f", mutator.mutated(i % 2 == 0 ? maps : rules, i % 2 == 0 ? rules : maps));
    read_nfts += std::holds_alternative<Reading>(nft);
    IptablesTexts texts = sets;
    std::string& target = i % 3 == 0 ? texts.ipset : i % 3 == 1 ? texts.v4 : texts.v6;
    target = mutator.mutated(target, texts.v4);
    const ReadResult iptables = read(texts);
    read_iptables_files += std::holds_alternative<Reading>(iptables);
    if (i % 10 == 0) {
      use(nft);
      use(iptables);
    }
  }
  // Some edits are harmless: the test would show nothing if every text were refused at its first line.
  CHECK(read_nfts > 50);
  CHECK(read_iptables_files > 50);
}

TEST_CASE("readers: size and depth cost no stack and little time") {
  const std::string deep(200'000, '{');
  CHECK_FALSE(refusal(read_nft("f", "table inet t " + deep)).empty());
  CHECK_FALSE(refusal(read_nft("f", "table inet t {\n chain c {\n ip saddr " + deep)).empty());
  std::string dots = "table inet t {\n chain c {\n tcp dport";
  for (int i = 0; i < 20'000; ++i) dots += " . tcp dport";
  CHECK_FALSE(refusal(read_nft("f", dots)).empty());
  CHECK_FALSE(refusal(read({"", "*raw\n:c - [0:0]\n-A c -s " + deep + "\n", ""})).empty());
}

}  // namespace untrack::verify
