#include <algorithm>

#include <nlohmann/json.hpp>

#include "driver/report/report.h"

namespace untrack::driver {

using Json = nlohmann::ordered_json;

static void put_text(Json& object, const char* key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

static void put_place(Json& object, const SourceMap& sources, SourceSpan span) {
  if (!span.exists()) return;
  const Position begin = sources.position(span.buffer, span.begin);
  object["file"] = sources.name(span.buffer);
  object["line"] = begin.line;
  object["column"] = begin.column;
}

static void put_end(Json& object, const SourceMap& sources, SourceSpan span) {
  if (!span.exists()) return;
  const Position end = sources.position(span.buffer, span.end);
  object["end_line"] = end.line;
  object["end_column"] = end.column;
}

static Json to_json(const SourceMap& sources, const Note& note) {
  Json object;
  object["message"] = note.message;
  put_place(object, sources, note.span);
  return object;
}

static Json to_json(const SourceMap& sources, const Fix& fix) {
  Json object = {{"message", fix.text}, {"safe", fix.safety == Safety::Safe}, {"edits", Json::array()}};
  for (const TextEdit& edit : fix.edits) {
    Json one;
    put_place(one, sources, edit.span);
    put_end(one, sources, edit.span);
    one["text"] = edit.text;
    object["edits"].push_back(std::move(one));
  }
  return object;
}

static Json to_json(const SourceMap& sources, const Diagnostic& finding) {
  Json object;
  put_text(object, "code", finding.info->code);
  object["level"] = to_string(finding.info->severity);
  object["message"] = finding.message;
  put_place(object, sources, finding.span);
  put_end(object, sources, finding.span);
  for (const Note& note : finding.notes) object["notes"].push_back(to_json(sources, note));
  put_text(object, "help", finding.help_text);
  put_text(object, "witness", finding.witness_text);
  if (const Fix* fix = known_fix(finding)) {
    object["fixable"] = fix->safety == Safety::Safe;
    object["fix"] = to_json(sources, *fix);
  }
  return object;
}

static std::size_t count(Findings findings, Severity severity) {
  return static_cast<std::size_t>(
      std::ranges::count_if(findings, [&](const Diagnostic* d) { return d->info->severity == severity; }));
}

std::string render_json(const SourceMap& sources, Findings findings) {
  Json document;
  document["findings"] = Json::array();
  for (const Diagnostic* finding : findings) document["findings"].push_back(to_json(sources, *finding));
  document["summary"] = {{"errors", count(findings, Severity::Error)},
                         {"warnings", count(findings, Severity::Warning)},
                         {"infos", count(findings, Severity::Info)}};
  // The input may be no UTF-8, JSON must be.
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
