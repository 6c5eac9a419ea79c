#include "driver/report/fingerprint.h"

#include <algorithm>
#include <map>

#include "driver/report/finding_parts.h"
#include "driver/report/outline.h"
#include "support/digest.h"

namespace untrack::driver {

// Layout is no part of what was written: a rule that is indented anew is the same rule.
static std::string without_layout(std::string_view text) {
  std::string words;
  bool blank = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      blank = true;
      continue;
    }
    if (std::exchange(blank, false) && !words.empty()) words += ' ';
    words += c;
  }
  return words;
}

static std::string resource_at(const Outline& outline, SourceSpan span) {
  const auto found = std::ranges::find_if(outline.resources, [&](const OutlinedResource& resource) {
    return resource.span.begin <= span.begin && span.begin <= resource.span.end;
  });
  return found == outline.resources.end() ? std::string() : found->identity;
}

std::vector<Fingerprint> fingerprints(const SourceMap& sources, Findings findings) {
  std::map<BufferId, Outline> outlines;
  std::map<std::string, unsigned> seen;
  std::vector<Fingerprint> all;
  for (const Diagnostic* finding : findings) {
    Fingerprint fingerprint;
    std::string marked;
    if (finding->span.exists()) {
      const BufferId buffer = finding->span.buffer;
      const auto [known, first] = outlines.try_emplace(buffer);
      if (first) known->second = outline(sources, buffer);
      fingerprint.resource = resource_at(known->second, finding->span);
      if (fingerprint.resource.empty()) fingerprint.resource = forge_path(sources.name(buffer));
      marked = without_layout(sources.text(finding->span));
    }
    std::string content;
    for (const std::string_view part : {finding->info->code, std::string_view(fingerprint.resource),
                                        std::string_view(marked), std::string_view(finding->message)}) {
      content += std::string(part) + '\0';
    }
    fingerprint.hash = hex(as_bytes(sha256(content))).substr(0, 32);
    fingerprint.occurrence = ++seen[fingerprint.hash];
    all.push_back(std::move(fingerprint));
  }
  return all;
}

}  // namespace untrack::driver
