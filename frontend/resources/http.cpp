#include "frontend/resources/http.h"

#include <algorithm>

#include "frontend/resources/lists.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/rule_diagnostics.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

// MaxItems and MaxLength (Calico api/pkg/apis/projectcalico/v3/policy_common.go).
static constexpr std::size_t kMaxHttpItems = 20, kMaxPathCharacters = 1024;

struct PathFields {
  Slot<Text> exact, prefix;
};
static constexpr Field<PathFields> kPathFields[] = {
    field<&PathFields::exact, text>("exact"),
    field<&PathFields::prefix, text>("prefix"),
};

static void check_path(Context& context, const Text& path) {
  if (!path.text.starts_with('/')) {
    context.by_validator(path.span(), invalid_http_path, "begins with `/`");
  } else if (const std::size_t at = path.text.find_first_of("?# "); at != std::string_view::npos) {
    context.by_validator(path.node.span(at, at + 1), invalid_http_path, "holds no `?`, no `#` and no space");
  } else if (characters(path.text) > kMaxPathCharacters) {
    context.by_schema(path.span(), invalid_http_path, "has at most 1024 characters");
  }
}

static std::optional<std::monostate> path(Context& context, const Entry& entry) {
  const std::size_t errors = context.errors();
  const auto fields = object<PathFields, kPathFields>(context, entry);
  if (!fields || context.errors() != errors) return std::nullopt;
  const bool exact = !text_of(fields->exact).empty(), prefix = !text_of(fields->prefix).empty();
  if (exact == prefix) {
    context.by_validator(entry.key, invalid_http_path, "has exactly one of `exact` and `prefix`");
  } else {
    check_path(context, exact ? *fields->exact : *fields->prefix);
  }
  return std::monostate{};
}

struct HttpFields {
  Slot<std::vector<Text>> methods;
  Slot<std::vector<std::monostate>> paths;
};
static constexpr Field<HttpFields> kHttpFields[] = {
    field<&HttpFields::methods, list_up_to<text, kMaxHttpItems>>("methods"),
    field<&HttpFields::paths, list_up_to<path, kMaxHttpItems>>("paths"),
};

std::optional<std::monostate> http_match(Context& context, const Entry& entry) {
  const auto fields = object<HttpFields, kHttpFields>(context, entry);
  if (!fields) return std::nullopt;
  if (!fields->methods) return std::monostate{};
  for (auto method = fields->methods->begin(); method != fields->methods->end(); ++method) {
    const bool seen = std::any_of(fields->methods->begin(), method,
                                  [&](const Text& earlier) { return earlier.text == method->text; });
    if (seen) context.by_validator(method->span(), repeated_word, method->text);
  }
  return std::monostate{};
}

}  // namespace untrack::frontend::resources
