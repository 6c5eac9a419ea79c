// Policies with mistakes, written in random layouts: `lint --fix` leaves a document that says the same
// without the mistakes, and every line that holds none of them stays byte for byte what it was.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "driver/commands/commands.h"
#include "frontend/yaml/document.h"

namespace untrack {

namespace yaml = frontend::yaml;

namespace {

// ---- what is to be written

struct Tree {
  enum class Kind { Plain, Text, List, Mapping } kind = Kind::Plain;
  std::string text = {};
  std::vector<std::pair<std::string, Tree>> held = {};  // items have no key
  bool wrong = false;                                   // a fix may touch the lines that it is written on
};

Tree plain(std::string text, bool wrong = false) {
  return {Tree::Kind::Plain, std::move(text), {}, wrong};
}
Tree quoted(std::string text) {
  return {Tree::Kind::Text, std::move(text), {}};
}
Tree list(const std::vector<Tree>& items, bool wrong = false) {
  Tree tree{Tree::Kind::List, {}, {}, wrong};
  for (const Tree& item : items) tree.held.emplace_back("", item);
  return tree;
}
Tree mapping(std::vector<std::pair<std::string, Tree>> entries, bool wrong = false) {
  return {Tree::Kind::Mapping, {}, std::move(entries), wrong};
}

// ---- how it may be written

// Bytes of what a fix may touch.
struct Range {
  std::size_t begin, end;
  std::size_t column =
      std::string::npos;  // of an item in lines of its own: deeper comments below belong to it
};
struct Written {
  std::string text;
  std::vector<Range> wrong;
};

class Writer {
 public:
  explicit Writer(std::mt19937& random) : random_(random), line_break_(one_in(3) ? "\r\n" : "\n") {}

  Written documents(const std::vector<Tree>& roots, bool as_list) {
    if (one_in(5)) out_.text += "\xef\xbb\xbf";
    if (as_list) {
      document(mapping({{"apiVersion", plain("v1")}, {"kind", plain("List")}, {"items", list(roots)}}));
    } else {
      for (std::size_t i = 0; i < roots.size(); ++i) {
        if (i > 0 || one_in(2)) out_.text += "---" + maybe_comment() + line_break_;
        document(roots[i]);
      }
    }
    if (one_in(6)) out_.text.resize(out_.text.size() - line_break_.size());  // no line end at the end
    return std::move(out_);
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  std::size_t between(std::size_t least, std::size_t most) { return least + random_() % (most - least + 1); }

  static std::string spaces(std::size_t count) { return std::string(count, ' '); }

  std::string comment() {
    static constexpr std::string_view kComments[] = {
        "# plain",       "#\ttab\tinside", "# größer 漢字 🐙",   "#",
        "# - a: [b, {c", "#'\"quote",      "# untrack, they say"};
    return std::string(kComments[random_() % std::size(kComments)]);
  }
  std::string maybe_comment() {
    return one_in(4) ? spaces(between(1, 3)) + comment() : std::string(one_in(12) ? " " : "");
  }
  void lines_between(std::size_t column) {
    if (one_in(8)) out_.text += line_break_;
    if (one_in(5)) out_.text += spaces(one_in(2) ? column : between(0, 12)) + comment() + line_break_;
  }

  void document(const Tree& root) {
    lines_between(0);
    if (one_in(8)) {
      flow(root, 0);
      out_.text += maybe_comment() + line_break_;
    } else {
      block(root, one_in(6) ? between(1, 3) : 0);
    }
  }

  std::string scalar(const Tree& tree, bool json) {
    if (tree.kind == Tree::Kind::Text)
      return (json || one_in(2)) ? '"' + tree.text + '"' : "'" + tree.text + "'";
    const bool is_word =
        std::isalpha(static_cast<unsigned char>(tree.text.front())) != 0 && tree.text != "true";
    if (is_word && (json || one_in(6)))
      return one_in(2) || json ? '"' + tree.text + '"' : "'" + tree.text + "'";
    return tree.text;
  }
  std::string key(const std::string& name, bool json) {
    if (json || one_in(10)) return '"' + name + '"';
    return one_in(12) ? "'" + name + "'" : name;
  }

  template <class Write>
  void marked(const Tree& tree, Write write) {
    const std::size_t begin = out_.text.size();
    write();
    if (tree.wrong) out_.wrong.push_back({begin, out_.text.size()});
  }

  // A collection in lines of its own; its first line begins here, its last ends.
  void block(const Tree& tree, std::size_t column, bool line_has_begun = false) {
    const bool is_list = tree.kind == Tree::Kind::List;
    const std::size_t step = between(1, 5), list_step = between(0, 4), gap = between(2, 5);
    for (const auto& [name, value] : tree.held) {
      if (!line_has_begun) {
        lines_between(column);
        out_.text += spaces(column);
      }
      line_has_begun = false;
      const std::size_t key_begin = out_.text.size();
      out_.text += is_list ? "-" : key(name, false) + (one_in(12) ? " :" : ":");
      if (name == "donottrack") out_.wrong.push_back({key_begin, out_.text.size()});
      const bool scalar_value = value.kind == Tree::Kind::Plain || value.kind == Tree::Kind::Text;
      if (scalar_value || value.held.empty() || one_in(3)) {
        out_.text += spaces(one_in(6) ? between(2, 4) : 1);
        flow(value, column + 1);
        out_.text += maybe_comment() + line_break_;
      } else if (is_list && value.kind == Tree::Kind::Mapping) {
        out_.text += spaces(gap - 1);
        block(value, column + gap, true);
      } else {
        out_.text += maybe_comment() + line_break_;
        block(value, column + (value.kind == Tree::Kind::List && !is_list ? list_step : step));
      }
      if (is_list && value.wrong) out_.wrong.push_back({key_begin, out_.text.size(), column});
    }
  }

  // In lines of its own if it likes, deeper than `column`.
  void flow(const Tree& tree, std::size_t column) {
    const bool json = flow_depth_ == 0 ? one_in(4) : json_;
    json_ = json;
    ++flow_depth_;
    marked(tree, [&] {
      if (tree.kind == Tree::Kind::Plain || tree.kind == Tree::Kind::Text) {
        out_.text += scalar(tree, json && flow_depth_ > 1);
        return;
      }
      const bool is_list = tree.kind == Tree::Kind::List, in_lines = !tree.held.empty() && one_in(4);
      const std::size_t inside = column + between(1, 3);
      out_.text += is_list ? "[" : "{";
      if (in_lines) out_.text += maybe_comment();
      if (!in_lines && one_in(5)) out_.text += " ";
      bool first = true;
      for (const auto& [name, value] : tree.held) {
        if (!first) out_.text += in_lines ? "," + maybe_comment() : one_in(8) ? " , " : ", ";
        if (in_lines) out_.text += line_break_ + spaces(inside);
        first = false;
        if (!is_list) out_.text += key(name, json) + ": ";
        flow(value, inside);
      }
      if (in_lines && !json && one_in(4)) out_.text += ",";
      if (in_lines) out_.text += maybe_comment() + line_break_ + spaces(column);
      out_.text += is_list ? "]" : "}";
    });
    --flow_depth_;
  }

  std::mt19937& random_;
  std::string line_break_;
  Written out_;
  unsigned flow_depth_ = 0;
  bool json_ = false;
};

// ---- a cluster with mistakes, and the same without

struct Mistakes {
  bool apply_on_forward, letter_case, key_case, replies, dead, label, repeated, bare_address;
};

struct Cluster {
  std::vector<Tree> wrong, right;
};

Tree rule(const std::string& action, const std::string& side, int port, bool wrong = false) {
  const bool misspelt = action != "Allow";
  return mapping({{"action", plain(action, misspelt)},
                  {"protocol", plain("TCP")},
                  {side, mapping({{"ports", list({plain(std::to_string(port))})}})}},
                 wrong);
}

// One version of it: with its mistakes, or without.
std::vector<Tree> cluster(std::mt19937 random, const Mistakes& mistakes, bool wrong) {
  const auto has = [&](bool mistake) { return mistake && wrong; };
  const auto coin = [&] { return random() % 2 == 0; };

  std::vector<std::pair<std::string, Tree>> labels = {{"role", plain("server")}};
  if (mistakes.label) labels.emplace_back("version", wrong ? plain("1.10", true) : quoted("1.10"));
  std::vector<Tree> addresses = {plain("192.0.2.10")};
  if (has(mistakes.repeated)) addresses.push_back(plain("192.0.2.10", true));
  Tree endpoint = mapping({{"apiVersion", plain("projectcalico.org/v3")},
                           {"kind", plain("HostEndpoint")},
                           {"metadata", mapping({{"name", plain("n1-eth0")}, {"labels", mapping(labels)}})},
                           {"spec", mapping({{"node", plain("n1")},
                                             {"interfaceName", plain("eth0")},
                                             {"expectedIPs", list(addresses, has(mistakes.repeated))}})}});

  const int requests = 1 + static_cast<int>(random() % 3);
  const bool egress_there = coin(), types_there = coin(), types_after = coin();
  std::vector<Tree> ingress, egress;
  for (int i = 0; i < requests; ++i)
    ingress.push_back(rule(i == 0 && has(mistakes.letter_case) ? "allow" : "Allow", "destination", 7000 + i));
  if (mistakes.bare_address) {
    ingress.push_back(mapping(
        {{"action", plain("Deny")},
         {"source",
          mapping({{"nets", list({wrong ? plain("198.51.100.1", true) : plain("198.51.100.1/32")})}})}}));
  }
  if (has(mistakes.dead)) ingress.insert(ingress.begin() + 1, rule("Allow", "destination", 7000, true));
  const bool first_reply_there = !mistakes.replies || coin();
  for (int i = 0; i < requests; ++i) {
    if (!has(mistakes.replies) || (i == 0 && first_reply_there))
      egress.push_back(rule("Allow", "source", 7000 + i));
  }
  std::vector<std::pair<std::string, Tree>> spec = {
      {"selector", quoted("has(role)")},
      {has(mistakes.key_case) ? "donottrack" : "doNotTrack", plain("true")}};
  if (!has(mistakes.apply_on_forward)) spec.emplace_back("applyOnForward", plain("true"));
  std::vector<Tree> types = {plain("Ingress")};
  if (!egress.empty()) types.push_back(plain("Egress"));
  if (types_there && !types_after) spec.emplace_back("types", list(types, has(mistakes.replies)));
  spec.emplace_back("ingress", list(ingress, has(mistakes.dead)));
  if (!egress.empty() || egress_there) spec.emplace_back("egress", list(egress, wrong && mistakes.replies));
  if (types_there && types_after) spec.emplace_back("types", list(types, has(mistakes.replies)));
  const Tree policy = mapping({{"apiVersion", plain("projectcalico.org/v3")},
                               {"kind", plain("GlobalNetworkPolicy")},
                               {"metadata", mapping({{"name", plain("serve")}})},
                               {"spec", mapping(spec, wrong)}});
  return {endpoint, policy};
}

// ---- what a text says, whatever the order of keys

std::string said(const Tree& tree) {
  std::vector<std::string> parts;
  switch (tree.kind) {
    case Tree::Kind::Plain:
    case Tree::Kind::Text: return tree.text;
    case Tree::Kind::List:
    case Tree::Kind::Mapping:
      for (const auto& [name, value] : tree.held) parts.push_back(name + "=" + said(value));
  }
  if (tree.kind == Tree::Kind::Mapping) std::ranges::sort(parts);
  return fmt::format("({})", fmt::join(parts, " "));
}

Tree tree_of(yaml::Node node) {
  Tree tree;
  tree.kind = node.is_mapping()    ? Tree::Kind::Mapping
              : node.is_sequence() ? Tree::Kind::List
                                   : Tree::Kind::Plain;
  tree.text = node.text();
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping())
      tree.held.emplace_back(node.key(i).text(), tree_of(node.value(i)));
    else
      tree.held.emplace_back("", tree_of(node.item(i)));
  }
  return tree;
}

std::vector<std::string> said(const std::string& text) {
  SourceMap sources;
  Diagnostics mistakes;
  std::vector<std::string> all;
  for (const yaml::Document& document : yaml::parse(sources, sources.add("x", text), mistakes)) {
    const auto items = document.root().find("items");
    if (!items) {
      all.push_back(said(tree_of(document.root())));
      continue;
    }
    for (std::size_t i = 0; i < items->size(); ++i) all.push_back(said(tree_of(items->item(i))));
  }
  CHECK(mistakes.empty());
  return all;
}

// ---- lines

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

// The lines that hold nothing wrong.
std::vector<std::string> lines_to_keep(const Written& written) {
  std::vector<std::string> keep;
  std::size_t begin = 0;
  std::size_t column = std::string::npos;  // of the item that the lines so far belong to
  for (const std::string& line : lines_of(written.text)) {
    const std::size_t end = begin + line.size(), first = line.find_first_not_of(' ');
    const bool is_comment = first != std::string::npos && line[first] == '#';
    bool touched = is_comment && first > column && column != std::string::npos;
    if (!touched) column = std::string::npos;
    for (const Range& range : written.wrong) {
      if (range.begin >= end || range.end <= begin) continue;
      touched = true;
      if (range.column != std::string::npos) column = range.column;
    }
    if (!touched) keep.push_back(line);
    begin = end;
  }
  return keep;
}

bool is_subsequence(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  auto at = whole.begin();
  for (const std::string& line : part) {
    // The last line may have had no end.
    at = std::find_if(at, whole.end(), [&](const std::string& l) {
      return l == line || (!line.ends_with('\n') && (l == line + "\n" || l == line + "\r\n"));
    });
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Fixed {
  driver::ExitStatus status;
  std::string text, messages;
};

Fixed fixed(const std::string& text) {
  std::istringstream in(text);
  std::ostringstream out, err;
  driver::Console console{in, out, err};
  driver::LintOptions options;
  options.input.paths = {"-"};
  options.input.isolated = true;
  options.fix.mode = driver::Fixing::Write;
  const driver::ExitStatus status = driver::lint(options, console);
  return {status, out.str(), err.str()};
}

}  // namespace

TEST_CASE("fix: in any layout the mistakes go, and nothing else changes") {
  static constexpr unsigned kCases = 1500;
  std::map<std::string, int> seen;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    std::mt19937 random(seed);
    const auto coin = [&] { return random() % 3 == 0; };
    const Mistakes mistakes{coin(), coin(), coin(), coin(), coin(), coin(), coin(), coin()};
    const std::mt19937 content = random;
    random.discard(64);
    const std::vector<Tree> wrong = cluster(content, mistakes, true),
                            right = cluster(content, mistakes, false);
    Writer writer(random);
    const Written written = writer.documents(wrong, random() % 4 == 0);
    INFO("seed ", seed, "\n", written.text);

    const Fixed once = fixed(written.text);
    INFO("became\n", once.text, "\nand says ", once.messages);
    CHECK(once.status == driver::ExitStatus::Done);
    std::vector<std::string> expected;
    for (const Tree& root : right) expected.push_back(said(root));
    CHECK(said(once.text) == expected);
    CHECK(is_subsequence(lines_to_keep(written), lines_of(once.text)));
    const auto with_return = std::ranges::count(once.text, '\r'), lines = std::ranges::count(once.text, '\n');
    CHECK(with_return == (contains(written.text, "\r") ? lines : 0));
    CHECK(fixed(once.text).text == once.text);
    ++seen[once.text == written.text ? "nothing to fix" : "fixed"];
  }
  CHECK(seen["fixed"] > static_cast<int>(kCases) / 2);
}

}  // namespace untrack
