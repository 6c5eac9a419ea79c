// What yaml-cpp alone takes to go over files. tests/bench/lint_bench.py compares whole processes with it.
#include "tests/bench/bare_parse.h"

#include <fstream>
#include <sstream>

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    untrack::bench::bare_parse(text);
  }
}
