// KubeControllersConfiguration: whether and how host endpoints are made of nodes.
#include "frontend/resources/go_regex.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

static constexpr std::string_view kSwitch[] = {"Enabled", "Disabled"};

static std::optional<Text> name_part(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && check_name(context, *written) ? written : std::nullopt;
}

struct TemplateFields {
  Slot<Text> generate_name, interface_pattern, node_selector;
  Slot<std::vector<ir::CidrSpec>> interface_cidrs;
  Slot<std::vector<TextPair>> labels, annotations;
};
static constexpr Field<TemplateFields> kTemplateFields[] = {
    field<&TemplateFields::generate_name, name_part>("generateName"),
    field<&TemplateFields::interface_cidrs, list<set_net>>("interfaceCIDRs"),
    field<&TemplateFields::interface_pattern, go_regex>("interfacePattern"),
    field<&TemplateFields::node_selector, any_selector>("nodeSelector"),
    field<&TemplateFields::labels, text_map>("labels"),
    field<&TemplateFields::annotations, text_map>("annotations"),
};

struct HostEndpointSettings {
  Slot<Text> auto_create, default_endpoint;
  Slot<std::vector<TemplateFields>> templates;
};
static constexpr Field<HostEndpointSettings> kHostEndpointFields[] = {
    field<&HostEndpointSettings::auto_create, word<kSwitch>>("autoCreate"),
    field<&HostEndpointSettings::default_endpoint, word<kSwitch>>("createDefaultHostEndpoint"),
    field<&HostEndpointSettings::templates, list<object<TemplateFields, kTemplateFields>>>("templates"),
};

struct NodeControllerFields {
  Slot<HostEndpointSettings> host_endpoint;
};
static constexpr Field<NodeControllerFields> kNodeControllerFields[] = {
    field<&NodeControllerFields::host_endpoint, object<HostEndpointSettings, kHostEndpointFields>>(
        "hostEndpoint"),
    checked<NodeControllerFields, word<kSwitch>>("syncLabels"),
    checked<NodeControllerFields, duration>("reconcilerPeriod"),
    checked<NodeControllerFields, duration>("leakGracePeriod"),
};

struct ControllersFields {
  Slot<NodeControllerFields> node;
};
static constexpr Field<ControllersFields> kControllersFields[] = {
    field<&ControllersFields::node, object<NodeControllerFields, kNodeControllerFields>>("node"),
    checked<ControllersFields, anything>("policy"),
    checked<ControllersFields, anything>("workloadEndpoint"),
    checked<ControllersFields, anything>("serviceAccount"),
    checked<ControllersFields, anything>("namespace"),
    checked<ControllersFields, anything>("loadBalancer"),
    checked<ControllersFields, anything>("migration"),
};

struct KubeControllersFields {
  Slot<ControllersFields> controllers;
};
static constexpr Field<KubeControllersFields> kKubeControllersFields[] = {
    field<&KubeControllersFields::controllers, object<ControllersFields, kControllersFields>>(
        "controllers", Presence::Required),
    checked<KubeControllersFields, text>("logSeverityScreen"),
    checked<KubeControllersFields, text>("healthChecks"),
    checked<KubeControllersFields, duration>("etcdV3CompactionPeriod"),
    checked<KubeControllersFields, integer>("prometheusMetricsPort"),
    checked<KubeControllersFields, integer>("debugProfilePort"),
};

static EndpointTemplate template_of(Context& context, const TemplateFields& fields) {
  EndpointTemplate made;
  made.generate_name = text_of(fields.generate_name);
  made.interface_pattern = text_of(fields.interface_pattern);
  made.pattern_span = fields.interface_pattern.span;
  if (fields.interface_cidrs) {
    for (const ir::CidrSpec& net : *fields.interface_cidrs) made.interface_cidrs.push_back(net.cidr);
  }
  if (fields.labels) {
    for (const TextPair& label : *fields.labels) {
      check_label(context, label);
      made.labels.emplace(label.key.text, label.value.text);
    }
  }
  if (fields.annotations) check_annotations(context, *fields.annotations, "annotations");
  if (!text_of(fields.node_selector).empty()) {
    made.node_selector = std::get<ir::SelectorId>(context.selectors.parsed(fields.node_selector->text));
  }
  return made;
}

What read_kube_controllers_configuration(Context& context, const Object& object) {
  const std::size_t errors = context.errors();
  const auto fields = read_spec<KubeControllersFields, kKubeControllersFields>(context, object);
  if (!fields || !fields->controllers || !fields->controllers->node ||
      !fields->controllers->node->host_endpoint) {
    return {};
  }
  const HostEndpointSettings& settings = *fields->controllers->node->host_endpoint;
  AutoHostEndpoints made;
  made.enabled = text_of(settings.auto_create) == "Enabled";
  made.default_endpoint = text_of(settings.default_endpoint) != "Disabled";
  if (settings.templates) {
    for (const TemplateFields& item : *settings.templates)
      made.templates.push_back(template_of(context, item));
  }
  // The controllers read the object of this name only (Calico kube-controllers/pkg/config/runconfig.go).
  if (context.errors() != errors || object.metadata.name != "default") return {};
  return made;
}

}  // namespace untrack::frontend::resources
