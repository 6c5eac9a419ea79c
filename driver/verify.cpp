// Whether what stands on a disk, or what a node's kernel holds, is what the policy means:
//
//   read_artifacts   files or a node's folder -> texts by language, and remarks on live ones
//   read             texts -> what they do to packets, by the readers that prove every compile
//   differences      that, and the policy of the node -> a witness for each kind of difference
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "driver/commands.h"
#include "driver/files.h"
#include "driver/session.h"
#include "passes/lower_policies.h"
#include "verify/dump.h"
#include "verify/prove.h"

namespace untrack::driver {

namespace fs = std::filesystem;

namespace {

// A text of one language, and where it came from.
struct Text {
  std::string file;
  std::string text;
  bool is_listing = false;  // of nft: tables of a live node
};

// What was handed in, at most one text of each language.
struct Artifacts {
  std::optional<Text> nft, iptables, ip6tables, ipset;
};

struct Reading {
  Target target;
  verify::Reading reading;
};

// All that is said, in the order in which it was found.
struct Verdicts {
  std::vector<std::string> infos;
  std::vector<std::string> differences;
};

class Reader {
 public:
  Reader(const VerifyOptions& options, Console& console) : options_(options), console_(console) {}

  std::variant<Artifacts, Failure> read() {
    for (const std::string& path : options_.artifacts) add(path);
    add_as(artifacts_.iptables, options_.iptables);
    add_as(artifacts_.ip6tables, options_.ip6tables);
    add_as(artifacts_.ipset, options_.ipset);
    if (!failure_) refuse_what_is_missing();
    if (failure_) return *failure_;
    return std::move(artifacts_);
  }

 private:
  void fail(ExitStatus status, std::string message) {
    if (!failure_) failure_ = Failure{status, std::move(message)};
  }

  std::string name_of(const std::string& path) const {
    return path == "-" ? options_.input.stdin_name : path;
  }

  std::optional<std::string> text_of(const std::string& path) {
    llvm::Expected<std::string> text =
        path == "-" ? read_stream(console_.in, name_of(path)) : read_file(path);
    if (text) return std::move(*text);
    fail(ExitStatus::WorldFailed, llvm::toString(text.takeError()));
    return std::nullopt;
  }

  void put(std::optional<Text>& place, Text text) {
    if (place) {
      fail(ExitStatus::WrongUsage,
           fmt::format("`{}` and `{}` hold the same kind of text; give one", place->file, text.file));
    }
    place = std::move(text);
  }

  void add_as(std::optional<Text>& place, const std::string& path) {
    if (path.empty()) return;
    if (auto text = text_of(path)) put(place, {name_of(path), std::move(*text)});
  }

  void add(const std::string& path) {
    const std::string name = name_of(path);
    std::error_code code;
    if (fs::is_directory(path, code)) return add_folder(path);
    const std::optional<std::string> text = text_of(path);
    if (!text) return;
    // Our own restore files do not say their IP version but in their names.
    const bool ipv6 = fs::path(path).filename().string().starts_with("ip6tables");
    auto apart = verify::take_apart(name, *text, ipv6);
    if (const auto* refusal = std::get_if<verify::Refusal>(&apart)) {
      return fail(ExitStatus::WorldFailed,
                  fmt::format("{}:{}: {}", refusal->file, refusal->line, refusal->message));
    }
    auto& parts = std::get<verify::Parts>(apart);
    if (parts.nft) put(artifacts_.nft, {name, std::move(*parts.nft), parts.nft_is_listing});
    if (parts.iptables) put(artifacts_.iptables, {name, std::move(*parts.iptables)});
    if (parts.ip6tables) put(artifacts_.ip6tables, {name, std::move(*parts.ip6tables)});
    if (parts.ipset) put(artifacts_.ipset, {name, std::move(*parts.ipset)});
  }

  // As `compile -o DIR` writes it for a node.
  void add_folder(const std::string& folder) {
    const auto add_file = [&](std::optional<Text>& place, std::string_view name) {
      const std::string path = (fs::path(folder) / name).string();
      std::error_code code;
      if (fs::exists(path, code)) add_as(place, path);
    };
    add_file(artifacts_.nft, "nft/untrack.nft");
    add_file(artifacts_.iptables, "iptables/iptables.restore");
    add_file(artifacts_.ip6tables, "iptables/ip6tables.restore");
    add_file(artifacts_.ipset, "iptables/ipset.restore");
    if (!artifacts_.nft && !artifacts_.iptables && !failure_) {
      fail(ExitStatus::WrongUsage,
           fmt::format("`{}` is no folder of a node: it has neither nft/untrack.nft nor iptables/", folder));
    }
  }

  void refuse_what_is_missing() {
    if (artifacts_.iptables.has_value() != artifacts_.ip6tables.has_value()) {
      fail(ExitStatus::WrongUsage, artifacts_.iptables
                                       ? "the rules of IPv6 are missing; add the output of ip6tables-save"
                                       : "the rules of IPv4 are missing; add the output of iptables-save");
    } else if (artifacts_.ipset && !artifacts_.iptables) {
      fail(ExitStatus::WrongUsage, "there are sets but no rules; add iptables-save and ip6tables-save");
    } else if (!artifacts_.nft && !artifacts_.iptables) {
      fail(ExitStatus::WrongUsage, "nothing to verify: neither nft nor iptables text");
    }
  }

  const VerifyOptions& options_;
  Console& console_;
  Artifacts artifacts_;
  std::optional<Failure> failure_;
};

}  // namespace

// ---- reading

static void keep_remarks(const std::string& file, const std::vector<verify::Remark>& remarks,
                         Verdicts& verdicts) {
  for (const verify::Remark& remark : remarks) {
    auto& list = remark.is_drift ? verdicts.differences : verdicts.infos;
    list.push_back(fmt::format("{}:{}: {}", file, remark.line, visible(remark.message)));
  }
}

static verify::ReadResult read_nft(const Text& nft, Verdicts& verdicts) {
  if (!nft.is_listing) return verify::read_nft(nft.file, nft.text);
  const verify::Ours ours = verify::ours_of_nft(nft.text, verify::kNftTables);
  keep_remarks(nft.file, ours.remarks, verdicts);
  if (ours.text.empty()) verdicts.infos.push_back(nft.file + ": no table `inet untrack` is loaded");
  return verify::read_nft(nft.file, ours.text);
}

// The rules of one IP version; of a live node, ours of them.
static std::string rules_of(const Text& file, Verdicts& verdicts) {
  if (!verify::is_live_iptables(file.text)) return file.text;
  verify::Ours ours = verify::ours_of_iptables(file.text);
  keep_remarks(file.file, ours.remarks, verdicts);
  if (ours.text.empty()) verdicts.infos.push_back(file.file + ": no chain `untrack-...` is loaded");
  return std::move(ours.text);
}

static verify::ReadResult read_iptables(const Artifacts& artifacts, Verdicts& verdicts) {
  const std::string v4 = rules_of(*artifacts.iptables, verdicts),
                    v6 = rules_of(*artifacts.ip6tables, verdicts);
  std::string ipset = artifacts.ipset ? artifacts.ipset->text : "";
  if (verify::is_live_iptables(artifacts.iptables->text)) {
    ipset = verify::sets_of_ipset(ipset, verify::sets_tested(v4 + v6));
  }
  verify::ReadResult read = verify::read_iptables({.ipset = ipset, .v4 = v4, .v6 = v6});
  if (auto* refusal = std::get_if<verify::Refusal>(&read)) {
    if (refusal->file == "iptables.restore") refusal->file = artifacts.iptables->file;
    if (refusal->file == "ip6tables.restore") refusal->file = artifacts.ip6tables->file;
    if (refusal->file == "ipset.restore" && artifacts.ipset) refusal->file = artifacts.ipset->file;
  }
  return read;
}

static std::variant<std::vector<Reading>, Failure> read(const Artifacts& artifacts, Verdicts& verdicts) {
  std::vector<Reading> readings;
  std::string refused;
  const auto add = [&](Target target, verify::ReadResult result) {
    if (const auto* refusal = std::get_if<verify::Refusal>(&result)) {
      refused += fmt::format("{}{}:{}: not understood: {}", refused.empty() ? "" : "\n", refusal->file,
                             refusal->line, visible(refusal->message));
      return;
    }
    readings.push_back({target, std::get<verify::Reading>(std::move(result))});
  };
  if (artifacts.nft) add(Target::Nft, read_nft(*artifacts.nft, verdicts));
  if (artifacts.iptables) add(Target::Iptables, read_iptables(artifacts, verdicts));
  if (!refused.empty()) return Failure{ExitStatus::WorldFailed, refused};
  return readings;
}

// ---- comparing

static std::optional<Failure> compare(const ir::Ruleset& policy, const std::vector<Reading>& readings,
                                      std::size_t budget, Verdicts& verdicts) {
  for (const Reading& reading : readings) {
    ir::PacketSpace space(budget);
    const auto found = verify::differences(space, policy, reading.reading);
    if (const auto* unproved = std::get_if<verify::Unproved>(&found)) {
      return Failure{
          ExitStatus::WorldFailed,
          fmt::format("{}, {} on {}: could not be compared within the budget; see --proof-budget",
                      to_string(reading.target), to_string(unproved->direction), unproved->interface_name)};
    }
    for (const verify::Difference& difference : std::get<std::vector<verify::Difference>>(found)) {
      verdicts.differences.push_back(
          fmt::format("{}: {}", to_string(reading.target), visible(difference.to_string())));
    }
  }
  return std::nullopt;
}

// ---- the whole

ExitStatus verify(const VerifyOptions& options, Console& console) {
  auto artifacts = Reader(options, console).read();
  if (const auto* failure = std::get_if<Failure>(&artifacts)) return fail(console, *failure);
  auto opened = open_session(options.input, /*jobs=*/1, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);
  const auto chosen = choose_node(session.policies, options.node);
  if (const auto* failure = std::get_if<Failure>(&chosen)) return fail(console, *failure);
  const ir::Ruleset policy = passes::lower_policies(session.policies, std::get<std::string>(chosen),
                                                    options.lower, session.diagnostics);
  const Shown shown =
      show_findings(session, options.report, FailOn::Error, console.err, console.err_is_terminal, console);
  if (session.diagnostics.refuses_compile()) return ExitStatus::Findings;

  Verdicts verdicts;
  const auto readings = read(std::get<Artifacts>(artifacts), verdicts);
  if (!options.report.quiet) {
    for (const std::string& info : verdicts.infos) console.err << info << '\n';
  }
  if (const auto* failure = std::get_if<Failure>(&readings)) return fail(console, *failure);
  if (const auto failure =
          compare(policy, std::get<std::vector<Reading>>(readings), session.config.proof_budget, verdicts)) {
    return fail(console, *failure);
  }
  for (const std::string& difference : verdicts.differences) console.out << difference << '\n';
  if (verdicts.differences.empty()) console.out << "equal\n";
  console.out.flush();
  return shown.failed || !verdicts.differences.empty() ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
