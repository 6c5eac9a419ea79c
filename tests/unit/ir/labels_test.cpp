#include "ir/labels.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/property/generate.h"

using namespace untrack;
using ir::Labels;

TEST_CASE("symbol: equal texts are one, whatever thread made them") {
  std::vector<std::vector<Symbol>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& symbols : made) {
      threads.emplace_back([&symbols] {
        for (int i = 0; i < 1000; ++i) symbols.emplace_back("word " + std::to_string(i % 100));
      });
    }
  }
  for (const auto& symbols : made) {
    CHECK(symbols == made.front());
    CHECK(symbols[101].text().data() == made.front()[1].text().data());
  }
  CHECK(made[0][0] != made[0][1]);
  CHECK(Symbol(std::string_view("nul\0nul", 7)).text().size() == 7);
  CHECK(Symbol("").text().empty());
}

TEST_CASE("labels: they are in the order of their keys' bytes") {
  const Labels labels{{"b", "2"}, {"", "empty"}, {"a/b", ""}, {"B", "3"}, {"\xff", "last"}};
  std::string all;
  for (const auto& [key, value] : labels) all.append(key).append("=").append(value).append(" ");
  CHECK(all == "=empty B=3 a/b= b=2 \xff=last ");
}

TEST_CASE("labels: they hold what a map holds, whatever is done to them") {
  untrack::property::Random random(7);
  const std::vector<std::string> texts{
      "", "a", "b", "ab", "app", std::string(300, 'x'), std::string("nul\0nul", 7)};
  for (int round = 0; round < 200; ++round) {
    Labels labels;
    std::map<std::string, std::string, std::less<>> expected;
    for (int step = 0; step < 20; ++step) {
      const std::string key = random.pick(texts), value = random.pick(texts);
      if (random.chance(50)) {
        labels.emplace(key, value);
        expected.emplace(key, value);
      } else {
        labels.insert_or_assign(key, value);
        expected.insert_or_assign(key, value);
      }
    }
    const std::map<std::string, std::string, std::less<>> held(labels.begin(), labels.end());
    CHECK(held == expected);
    for (const std::string& text : texts) {
      CHECK(labels.contains(text) == expected.contains(text));
      if (expected.contains(text)) CHECK(labels.at(text) == expected.at(text));
    }
    CHECK((labels == Labels()) == expected.empty());
  }
}
