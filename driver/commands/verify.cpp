// Whether what stands on a disk, or what a node's kernel holds, is what the policy means:
//
//   read_artifacts   files or a node's folder -> texts by language, and remarks on live ones
//   read             texts -> what they do to packets, by the readers that prove every compile
//   differences      that, and the policy of the node -> a witness for each kind of difference
#include <optional>

#include <fmt/format.h>

#include "driver/artifacts.h"
#include "driver/commands/commands.h"
#include "driver/session.h"
#include "driver/targets.h"
#include "driver/visible.h"
#include "passes/lower_policies.h"
#include "verify/dump.h"
#include "verify/prove.h"

namespace untrack::driver {

namespace {

struct Reading {
  std::string_view target;
  verify::Reading reading;
};

// All that is said, in the order in which it was found.
struct Verdicts {
  std::vector<std::string> infos;
  std::vector<std::string> differences;
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

static verify::BpfFiles images_of(const BpfTexts& bpf) {
  verify::BpfFiles files;
  for (const Text& object : bpf.objects) files.objects.push_back({object.file, object.text});
  for (const Text& image : bpf.images) files.images.push_back({image.file, image.text});
  return files;
}

// Beside rules of nft.
static verify::ReadResult read_bpf_nft(const BpfTexts& bpf, Verdicts& verdicts) {
  verify::BpfFiles files = images_of(bpf);
  std::vector<Text> scripts = bpf.scripts;
  for (Text& script : scripts) {
    if (script.is_listing) {
      verify::Ours ours = verify::ours_of_nft(script.text, verify::kBpfTables);
      keep_remarks(script.file, ours.remarks, verdicts);
      if (ours.text.empty()) verdicts.infos.push_back(script.file + ": no table of `untrack` is loaded");
      script.text = std::move(ours.text);
    }
    files.scripts.push_back({script.file, script.text});
  }
  return verify::read_bpf(files, bpf_classifier());
}

static verify::ReadResult read_bpf_iptables(const BpfTexts& bpf, Verdicts& verdicts) {
  const std::string v4 = rules_of(*bpf.iptables, verdicts), v6 = rules_of(*bpf.ip6tables, verdicts);
  verify::BpfFiles files = images_of(bpf);
  files.restore = verify::BpfRestore{.v4 = {bpf.iptables->file, v4}, .v6 = {bpf.ip6tables->file, v6}};
  return verify::read_bpf(files, bpf_classifier());
}

static std::variant<std::vector<Reading>, Failure> read(const Artifacts& artifacts, Verdicts& verdicts) {
  std::vector<Reading> readings;
  std::string refused;
  const auto add = [&](std::string_view target, verify::ReadResult result) {
    if (const auto* refusal = std::get_if<verify::Refusal>(&result)) {
      refused += fmt::format("{}{}:{}: not understood: {}", refused.empty() ? "" : "\n", refusal->file,
                             refusal->line, visible(refusal->message));
      return;
    }
    readings.push_back({target, std::get<verify::Reading>(std::move(result))});
  };
  if (artifacts.nft) add(to_string(Target::Nft), read_nft(*artifacts.nft, verdicts));
  if (artifacts.iptables) add(to_string(Target::Iptables), read_iptables(artifacts, verdicts));
  if (const auto& bpf = artifacts.bpf) {
    if (bpf->objects.empty() && bpf->images.empty())
      verdicts.infos.push_back("bpf: no map that was given holds an image of `untrack`");
    if (!bpf->scripts.empty()) add("bpf, beside nft", read_bpf_nft(*bpf, verdicts));
    if (bpf->iptables) add("bpf, beside iptables", read_bpf_iptables(*bpf, verdicts));
  }
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
      return Failure{ExitStatus::WorldFailed,
                     fmt::format("{}, {} on {}: could not be compared within the budget; see --proof-budget",
                                 reading.target, to_string(unproved->direction), unproved->interface_name)};
    }
    for (const verify::Difference& difference : std::get<std::vector<verify::Difference>>(found)) {
      verdicts.differences.push_back(fmt::format("{}: {}", reading.target, visible(difference.to_string())));
    }
  }
  return std::nullopt;
}

// ---- the whole

ExitStatus verify(const VerifyOptions& options, Console& console) {
  auto artifacts = read_artifacts(options, console);
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
