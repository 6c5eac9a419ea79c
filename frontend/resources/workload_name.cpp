#include "frontend/resources/workload_name.h"

#include <array>

#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/field_diagnostics.h"

namespace untrack::frontend::resources {

// The fields of `spec` that make the name, each with its dashes doubled
// (Calico libcalico-go/lib/names/workloadendpoint.go, getSegments, escapeDashes).
static std::array<std::string_view, 4> name_fields(std::string_view orchestrator) {
  if (orchestrator == "k8s") return {"node", "orchestrator", "pod", "endpoint"};
  if (orchestrator == "cni") return {"node", "orchestrator", "containerID", "endpoint"};
  if (orchestrator == "libnetwork") return {"node", "orchestrator", "orchestrator", "endpoint"};
  return {"node", "orchestrator", "workload", "endpoint"};
}

static std::string_view text_in(const Entry& spec, std::string_view field) {
  const auto value = spec.value.find(field);
  return value && value->is_scalar() ? value->text() : std::string_view();
}

static std::string with_dashes_doubled(std::string_view part) {
  std::string doubled;
  for (const char c : part) doubled.append(c == '-' ? 2 : 1, c);
  return doubled;
}

void name_workload(Context& context, Object& object) {
  if (!object.spec) return;
  std::string name;
  for (const std::string_view field : name_fields(text_in(*object.spec, "orchestrator"))) {
    const std::string_view part = text_in(*object.spec, field);
    if (part.empty()) {
      // What holds no text is reported where the field is read.
      if (!is_written(object.spec->value, field)) report_missing(context, *object.spec, field);
      return;
    }
    if (!name.empty()) name += '-';
    name += with_dashes_doubled(part);
  }
  Metadata& metadata = object.metadata;
  if (metadata.name.empty()) {
    metadata.name = std::move(name);
  } else if (metadata.name != name) {
    context.by_validator(metadata.name_span, workload_name, metadata.name, name);
  }
}

}  // namespace untrack::frontend::resources
