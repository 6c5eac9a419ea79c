// Mutations that know lines and indentation, so that a fuzzer gets past the syntax of YAML to what the text
// says: changes of bytes alone leave one document in fifty readable. Half of the changes are of bytes all the
// same.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using Random = std::minstd_rand;
using Lines = std::vector<std::string>;

// What stands behind keys: the edges of what Calico takes, and the words that mean something to it. Fields'
// names come from the dictionary and the corpus.
constexpr std::string_view kValues[] = {
    "true",
    "false",
    "null",
    "''",
    "[]",
    "{}",
    "0",
    "-1",
    "1",
    "6",
    "17",
    "58",
    "255",
    "256",
    "65535",
    "65536",
    "1e3",
    "0x10",
    "4294967296",
    "9223372036854775808",
    "1.5",
    ".nan",
    "TCP",
    "UDP",
    "SCTP",
    "ICMP",
    "ICMPv6",
    "UDPLite",
    "Allow",
    "Deny",
    "Pass",
    "Log",
    "Ingress",
    "Egress",
    "[Ingress, Egress]",
    "default",
    "eth0",
    "'*'",
    "/^eth/",
    "all()",
    "global()",
    "has(a)",
    "\"!has(a)\"",
    "a == 'b'",
    "a in {'b', 'c'}",
    "!!str 1",
    "&a [b]",
    "*a",
    "{<<: *a}",
    "[80, '443', '1000:2000', http]",
    "['1:0']",
    "[10.0.0.0/8, 192.0.2.1]",
    "[10.0.0.1/8, '::/0', '2001:db8::1']",
    "0.0.0.0/0",
    "::ffff:1.2.3.4",
    "2026-01-01T00:00:00Z",
    "projectcalico.org/v3",
    "crd.projectcalico.org/v1",
    "v1",
    "GlobalNetworkPolicy",
    "NetworkPolicy",
    "HostEndpoint",
    "GlobalNetworkSet",
    "NetworkSet",
    "Tier",
    "Profile",
    "Node",
    "FelixConfiguration",
    "WorkloadEndpoint",
    "Pod",
    "Namespace",
    "ServiceAccount",
    "EndpointSlice",
    "List",
    "GlobalNetworkPolicyList",
    "\"\\u00e9\\n\"",
    "|",
    ">-",
    "'it''s'",
    "{a: b}",
    "[[a]]",
    "- a",
    "caf\xc3\xa9",
    "\xf0\x9f\x90\xb1",
};

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" -"), line.size());
}

// A line with what is indented below it.
std::size_t block_end(const Lines& lines, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < lines.size() && indentation(lines[end]) > indentation(lines[begin])) ++end;
  return end;
}

class Change {
 public:
  Change(Lines& lines, Random& random) : lines_(lines), random_(random) {}

  void run() {
    switch (below(9)) {
      case 0: return erase();
      case 1: return repeat();
      case 2: return move();
      case 3: return indent();
      case 4: return set_value();
      case 5: return take_value();
      case 6: return rename_key();
      case 7: return new_document();
      case 8: return flow();
    }
  }

 private:
  std::size_t below(std::size_t n) { return random_() % std::max<std::size_t>(n, 1); }
  std::size_t any() { return below(lines_.size()); }
  auto place(std::size_t line) { return lines_.begin() + static_cast<std::ptrdiff_t>(line); }

  Lines block(std::size_t begin) { return {place(begin), place(block_end(lines_, begin))}; }
  void erase() {
    const std::size_t at = any();
    lines_.erase(place(at), place(block_end(lines_, at)));
  }
  void repeat() {
    const Lines copy = block(any());
    insert(copy);
  }
  void move() {
    const std::size_t at = any();
    const Lines moved = block(at);
    lines_.erase(place(at), place(block_end(lines_, at)));
    insert(moved);
  }
  // In front of a line, indented as that is.
  void insert(Lines copy) {
    if (copy.empty()) return;
    const std::size_t at = below(lines_.size() + 1);
    if (at < lines_.size() && below(4) != 0) {
      const std::size_t from = indentation(copy.front()), to = indentation(lines_[at]);
      for (std::string& line : copy) {
        if (to > from) line.insert(0, to - from, ' ');
        if (to < from) line.erase(0, std::min(from - to, std::min(line.find_first_not_of(' '), line.size())));
      }
    }
    if (!copy.back().ends_with('\n')) copy.back() += '\n';
    lines_.insert(place(at), copy.begin(), copy.end());
  }
  void indent() {
    const std::size_t at = any(), end = block_end(lines_, at);
    const bool deeper = below(2) == 0;
    for (std::size_t i = at; i < end; ++i) {
      if (deeper) lines_[i].insert(0, 2, ' ');
      if (!deeper && lines_[i].starts_with("  ")) lines_[i].erase(0, 2);
    }
  }
  // Where the value of a line begins: behind `key: ` or `- `.
  static std::size_t value_at(std::string_view line) {
    if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) return colon + 2;
    return indentation(line);
  }
  static std::string_view value_of(std::string_view line) {
    std::string_view value = line.substr(std::min(value_at(line), line.size()));
    if (value.ends_with('\n')) value.remove_suffix(1);
    return value;
  }
  void set_value(std::string_view value) {
    std::string& line = lines_[any()];
    line.resize(std::min(value_at(line), line.size()));
    line.append(value).append("\n");
  }
  void set_value() { set_value(kValues[below(std::size(kValues))]); }
  void take_value() { set_value(std::string(value_of(lines_[any()]))); }
  void rename_key() {
    const std::string from = lines_[any()];
    std::string& to = lines_[any()];
    const std::size_t begin = indentation(from), end = from.find(':');
    const std::size_t old_begin = indentation(to), old_end = to.find(':');
    if (end == std::string::npos || old_end == std::string::npos || begin > end || old_begin > old_end)
      return;
    to.replace(old_begin, old_end - old_begin, from, begin, end - begin);
  }
  void new_document() { lines_.insert(place(any()), below(4) == 0 ? "...\n" : "---\n"); }
  void flow() {
    std::string& line = lines_[any()];
    const std::string value(value_of(line));
    line.resize(std::min(value_at(line), line.size()));
    line += (below(2) == 0 ? "[" + value + "]" : "{" + value + ": " + value + "}") + "\n";
  }

  Lines& lines_;
  Random& random_;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Random random(seed);
  if (size == 0 || random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  Lines lines = split({reinterpret_cast<const char*>(data), size});
  for (std::size_t changes = 1 + random() % 3; changes > 0 && !lines.empty(); --changes)
    Change(lines, random).run();
  std::string text;
  for (const std::string& line : lines) text += line;
  const std::size_t length = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), length);
  return length;
}

// The lines of one text put into another as whole lines.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second, std::size_t second_size,
                                                 std::uint8_t* out, std::size_t max_size, unsigned seed) {
  Random random(seed);
  Lines into = split({reinterpret_cast<const char*>(first), first_size});
  const Lines from = split({reinterpret_cast<const char*>(second), second_size});
  if (!from.empty()) {
    const std::size_t begin = random() % from.size();
    const std::size_t end = random() % 2 == 0 ? from.size() : block_end(from, begin);
    const auto where = static_cast<std::ptrdiff_t>(random() % (into.size() + 1));
    into.insert(into.begin() + where, from.begin() + static_cast<std::ptrdiff_t>(begin),
                from.begin() + static_cast<std::ptrdiff_t>(end));
    if (random() % 2 == 0) into.insert(into.begin() + where, "---\n");
  }
  std::string text;
  for (const std::string& line : into) text += line;
  const std::size_t length = std::min(text.size(), max_size);
  std::memcpy(out, text.data(), length);
  return length;
}
