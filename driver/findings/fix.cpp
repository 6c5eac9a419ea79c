#include "driver/findings/fix.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "driver/findings/prove_fix.h"
#include "frontend/yaml/rewrite.h"

namespace untrack::driver {

bool may_fix(const Diagnostic& finding, const FixOptions& options) {
  return finding.cure && (finding.cure->safety == Safety::Safe || options.unsafe);
}

namespace {

// Each round either fixes something, or gives up one fix after at most log2(fixes) tries: this is for what
// nobody has thought of.
constexpr std::size_t kMostRounds = 1000;

// A fix that failed its proof, found again in the edited text.
struct Refused {
  std::string_view code;
  BufferId buffer;
  std::uint32_t offset = 0;
  std::string text;
  Safety as = Safety::Safe;  // failed as an unsafe fix: will not be tried again
  friend auto operator<=>(const Refused&, const Refused&) = default;
};

struct Candidate {
  const Diagnostic* finding;
  Safety safety;  // a fix that is not as safe as it says may still be wanted
};

class Fixer {
 public:
  Fixer(Session session, const Choose& choose, const Analyse& analyse, const LintOptions& options)
      : choose_(choose), analyse_(analyse), options_(options), run_{.session = std::move(session)} {
    for (std::size_t i = 0; i < run_.session.sources.size(); ++i) {
      const BufferId buffer{static_cast<std::uint32_t>(i)};
      first_texts_.emplace_back(run_.session.sources.text(buffer));
    }
  }

  FixRun run() {
    std::size_t most = kAll;  // fixes in one try: proving costs as much for one as for many
    for (std::size_t round = 0; round < kMostRounds; ++round) {
      std::vector<Candidate> batch = next_batch(most);
      if (batch.empty()) break;
      const auto disproof = attempt(batch);
      if (!disproof) {
        run_.fixed += batch.size();
        most = kAll;
      } else if (batch.size() == 1) {
        refuse(batch.front(), *disproof);
        most = kAll;
      } else {
        most = (batch.size() + 1) / 2;
      }
    }
    return finish();
  }

 private:
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  Refused refusal(const Candidate& candidate) const {
    const Diagnostic& finding = *candidate.finding;
    return {finding.info->code, finding.span.buffer, finding.span.begin, finding.cure->text,
            candidate.safety};
  }

  // Fixes of one kind, so that one promise holds for all of them: first what could not be read, since it
  // hides other findings; unsafe ones last.
  std::vector<Candidate> next_batch(std::size_t most) const {
    static constexpr auto kind = [](const Candidate& c) {
      const bool repairs = c.finding->cure->effect == FixEffect::Repaired;
      const bool kept = c.finding->cure->effect == FixEffect::Kept;
      return std::tuple(c.safety == Safety::Unsafe, !repairs, kept);
    };
    std::vector<Candidate> all;
    for (const Diagnostic* finding : choose_(run_.session)) {
      if (!may_fix(*finding, options_.fix)) continue;
      Candidate candidate{finding, finding->cure->safety};
      if (candidate.safety == Safety::Safe && refused_.contains(refusal(candidate)) && options_.fix.unsafe)
        candidate.safety = Safety::Unsafe;
      if (!refused_.contains(refusal(candidate))) all.push_back(candidate);
    }
    if (all.empty()) return all;
    const auto first = kind(*std::ranges::min_element(all, {}, kind));
    std::erase_if(all, [&](const Candidate& candidate) { return kind(candidate) != first; });
    if (all.size() > most) all.resize(most);
    return all;
  }

  // All of them together, or none: then why.
  std::optional<std::string> attempt(const std::vector<Candidate>& batch) {
    std::vector<const Diagnostic*> findings;
    for (const Candidate& candidate : batch) findings.push_back(candidate.finding);
    Editions editions;
    for (const Diagnostic* finding : findings) {
      const BufferId buffer = finding->span.buffer;
      if (editions.contains(buffer)) continue;
      auto edits = rewriter(buffer).edits(changes_in(buffer, findings));
      if (!edits) return "it meets another fix in one place";
      editions.try_emplace(buffer, run_.session.sources.text(buffer), *std::move(edits));
    }
    std::map<BufferId, std::string> texts;
    for (const auto& [buffer, edition] : editions) texts.emplace(buffer, edition.text());
    Session after = with_texts(run_.session, std::move(texts), options_.jobs);
    if (auto disproof = disproof_by_text(run_.session, after, editions, findings)) return disproof;
    analyse_(after);
    const Safety safety = batch.front().safety;
    if (auto disproof = disproof_by_findings(run_.session, after, editions, findings, safety))
      return disproof;
    const FixEffect effect = findings.front()->cure->effect;
    if (safety == Safety::Safe) {
      if (auto disproof = disproof_by_packets(run_.session, after, effect, options_)) return disproof;
    }
    accept(std::move(after), editions);
    return std::nullopt;
  }

  static std::vector<Change> changes_in(BufferId buffer, Findings findings) {
    std::vector<Change> changes;
    for (const Diagnostic* finding : findings) {
      if (finding->span.buffer != buffer) continue;
      changes.insert(changes.end(), finding->cure->changes.begin(), finding->cure->changes.end());
    }
    return changes;
  }

  const frontend::yaml::Rewriter& rewriter(BufferId buffer) {
    const auto known = rewriters_.find(buffer);
    if (known != rewriters_.end()) return known->second;
    return rewriters_.emplace(buffer, frontend::yaml::Rewriter(run_.session.sources, buffer)).first->second;
  }

  void accept(Session after, const Editions& editions) {
    std::set<Refused> moved;
    for (Refused refused : refused_) {
      const auto edition = editions.find(refused.buffer);
      if (edition != editions.end()) {
        const auto offset = edition->second.place_of(refused.offset);
        if (!offset) continue;
        refused.offset = *offset;
      }
      moved.insert(std::move(refused));
    }
    refused_ = std::move(moved);
    rewriters_.clear();
    run_.session = std::move(after);
  }

  void refuse(const Candidate& candidate, const std::string& why) {
    refused_.insert(refusal(candidate));
    const bool tried_again = candidate.safety == Safety::Safe && options_.fix.unsafe;
    if (tried_again) return;
    run_.refused.push_back(fmt::format("{}: not fixed [{}]: {}",
                                       run_.session.sources.place(candidate.finding->span),
                                       candidate.finding->info->code, why));
  }

  FixRun finish() {
    const SourceMap& sources = run_.session.sources;
    for (const frontend::Source& input : run_.session.inputs) {
      const std::string& before = first_texts_[input.buffer.index];
      const std::string_view after = sources.text(input.buffer);
      if (before == after) continue;
      run_.files.push_back(
          {std::string(sources.name(input.buffer)), input.buffer, before, std::string(after)});
    }
    return std::move(run_);
  }

  const Choose& choose_;
  const Analyse& analyse_;
  const LintOptions& options_;
  FixRun run_;
  std::vector<std::string> first_texts_;
  std::map<BufferId, frontend::yaml::Rewriter> rewriters_;  // of the session as it is
  std::set<Refused> refused_;
};

}  // namespace

FixRun fix(Session session, const Choose& choose, const Analyse& analyse, const LintOptions& options) {
  return Fixer(std::move(session), choose, analyse, options).run();
}

}  // namespace untrack::driver
