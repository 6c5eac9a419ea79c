#include "driver/artifacts.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "driver/files.h"
#include "driver/nft_json.h"
#include "verify/dump.h"

namespace untrack::driver {

namespace fs = std::filesystem;

namespace {

class Reader {
 public:
  Reader(const VerifyOptions& options, Console& console) : options_(options), console_(console) {}

  std::variant<Artifacts, Failure> read() {
    for (const std::string& path : options_.artifacts) add(path);
    add_as(artifacts_.iptables, options_.iptables);
    add_as(artifacts_.ip6tables, options_.ip6tables);
    add_as(artifacts_.ipset, options_.ipset);
    if (!failure_) place_nft();
    if (!failure_) place_iptables();
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
    std::optional<std::string> text = text_of(path);
    if (!text) return;
    if (verify::is_bpf_object(*text)) return bpf().objects.push_back({path, std::move(*text)});
    std::string source = name;
    if (has_nft_json(*text)) {
      auto plain = without_nft_json(name, *text);
      if (const auto* failure = std::get_if<Failure>(&plain)) return fail(failure->status, failure->message);
      *text = std::move(std::get<std::string>(plain));
      source += " (as text)";  // the lines are those of the text
    }
    // Our own restore files do not say their IP version but in their names.
    const bool ipv6 = fs::path(path).filename().string().starts_with("ip6tables");
    auto apart = verify::take_apart(source, *text, ipv6);
    if (const auto* refusal = std::get_if<verify::Refusal>(&apart)) {
      return fail(ExitStatus::WorldFailed,
                  fmt::format("{}:{}: {}", refusal->file, refusal->line, refusal->message));
    }
    auto& parts = std::get<verify::Parts>(apart);
    if (parts.nft) nft_.push_back({source, std::move(*parts.nft), parts.nft_is_listing});
    if (parts.bpf_maps) add_maps(source, *parts.bpf_maps);
    if (parts.iptables) put(artifacts_.iptables, {source, std::move(*parts.iptables)});
    if (parts.ip6tables) put(artifacts_.ip6tables, {source, std::move(*parts.ip6tables)});
    if (parts.ipset) put(artifacts_.ipset, {source, std::move(*parts.ipset)});
  }

  BpfTexts& bpf() { return artifacts_.bpf ? *artifacts_.bpf : artifacts_.bpf.emplace(); }

  void add_maps(const std::string& name, const std::string& dumps) {
    auto images = verify::images_in(name, dumps);
    if (const auto* refusal = std::get_if<verify::Refusal>(&images)) {
      return fail(ExitStatus::WorldFailed,
                  fmt::format("{}:{}: {}", refusal->file, refusal->line, refusal->message));
    }
    bpf();
    for (std::string& image : std::get<std::vector<std::string>>(images))
      bpf().images.push_back({name, std::move(image)});
  }

  // Rules found by content stand beside the programs, if there are programs, or by themselves.
  void place_nft() {
    if (std::ranges::any_of(
            nft_, [](const Text& text) { return text.is_listing && verify::has_bpf_rules(text.text); }))
      bpf();
    if (artifacts_.bpf && artifacts_.bpf->scripts.empty()) {
      artifacts_.bpf->scripts = std::move(nft_);
    } else {
      for (Text& text : nft_) put(artifacts_.nft, std::move(text));
    }
  }

  void place_iptables() {
    const auto counts_on_programs = [](const std::optional<Text>& text) {
      return text && verify::counts_on_programs(text->text);
    };
    if (!counts_on_programs(artifacts_.iptables) && !counts_on_programs(artifacts_.ip6tables)) return;
    bpf().iptables = std::exchange(artifacts_.iptables, std::nullopt);
    bpf().ip6tables = std::exchange(artifacts_.ip6tables, std::nullopt);
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
    add_bpf_folder((fs::path(folder) / "bpf").string());
    if (!artifacts_.nft && !artifacts_.iptables && !artifacts_.bpf && !failure_) {
      fail(ExitStatus::WrongUsage,
           fmt::format("`{}` is no folder of a node: it has neither nft/untrack.nft nor iptables/ nor bpf/",
                       folder));
    }
  }

  void add_bpf_folder(const std::string& folder) {
    std::error_code code;
    if (!fs::is_directory(folder, code)) return;
    std::vector<std::string> objects;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
      if (entry.path().extension() == ".o") objects.push_back(entry.path().string());
    }
    if (code) return fail(ExitStatus::WorldFailed, llvm::toString(unreadable(folder, code)));
    std::ranges::sort(objects);
    const auto add_to = [&](std::vector<Text>& texts, const std::string& path) {
      if (auto text = text_of(path)) texts.push_back({path, std::move(*text)});
    };
    for (const std::string& object : objects) add_to(bpf().objects, object);
    for (const char* script : {"companion.nft", "egress.nft"})
      add_to(bpf().scripts, (fs::path(folder) / script).string());
    const auto add_rules = [&](std::optional<Text>& place, const char* name) {
      add_as(place, (fs::path(folder) / name).string());
    };
    add_rules(bpf().iptables, "iptables.restore");
    add_rules(bpf().ip6tables, "ip6tables.restore");
  }

  void refuse_what_is_missing() {
    const auto one_missing = [](const auto& texts) {
      return texts.iptables.has_value() != texts.ip6tables.has_value();
    };
    if (one_missing(artifacts_) || (artifacts_.bpf && one_missing(*artifacts_.bpf))) {
      fail(ExitStatus::WrongUsage, artifacts_.iptables || (artifacts_.bpf && artifacts_.bpf->iptables)
                                       ? "the rules of IPv6 are missing; add the output of ip6tables-save"
                                       : "the rules of IPv4 are missing; add the output of iptables-save");
    } else if (artifacts_.ipset && !artifacts_.iptables) {
      fail(ExitStatus::WrongUsage, "there are sets but no rules; add iptables-save and ip6tables-save");
    } else if (artifacts_.bpf && artifacts_.bpf->scripts.empty() && !artifacts_.bpf->iptables) {
      fail(ExitStatus::WrongUsage,
           "the rules beside the BPF programs are missing; add the output of `nft list ruleset`, or of "
           "iptables-save and ip6tables-save");
    } else if (!artifacts_.nft && !artifacts_.iptables && !artifacts_.bpf) {
      fail(ExitStatus::WrongUsage, "nothing to verify: neither nft nor iptables text, nor BPF images");
    }
  }

  const VerifyOptions& options_;
  Console& console_;
  Artifacts artifacts_;
  std::vector<Text> nft_;  // by content
  std::optional<Failure> failure_;
};

}  // namespace

std::variant<Artifacts, Failure> read_artifacts(const VerifyOptions& options, Console& console) {
  return Reader(options, console).read();
}

}  // namespace untrack::driver
