// KubeControllersConfiguration: whether and how host endpoints are made of nodes.
#include "frontend/resources/controller_diagnostics.h"
#include "frontend/resources/controller_fields.h"
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

// The validator takes an address as well.
static std::optional<ir::CidrSpec> interface_net(Context& context, const Entry& entry) {
  const auto net = set_net(context, entry);
  if (!net || entry.value.text().find('/') != std::string_view::npos) return net;
  context.by_validator(entry.span(), template_of_bare_address, entry.value.text())
      .help(fmt::format("write `{}`", net->cidr.to_string()));
  return std::nullopt;
}

struct TemplateFields {
  Slot<Text> generate_name, interface_pattern, node_selector;
  Slot<std::vector<ir::CidrSpec>> interface_cidrs;
  Slot<std::vector<TextPair>> labels, annotations;
};
static constexpr Field<TemplateFields> kTemplateFields[] = {
    field<&TemplateFields::generate_name, name_part>("generateName"),
    field<&TemplateFields::interface_cidrs, list<interface_net>>("interfaceCIDRs"),
    field<&TemplateFields::interface_pattern, go_regex>("interfacePattern"),
    field<&TemplateFields::node_selector, any_selector>("nodeSelector"),
    field<&TemplateFields::labels, text_map>("labels"),
    field<&TemplateFields::annotations, text_map>("annotations"),
};

// The controller stops at such a template.
static std::optional<TemplateFields> endpoint_template(Context& context, const Entry& entry) {
  auto fields = object<TemplateFields, kTemplateFields>(context, entry);
  if (!fields) return std::nullopt;
  const bool named = !text_of(fields->generate_name).empty() || fields->generate_name.unreadable();
  if (!named && !text_of(fields->interface_pattern).empty())
    context.by_validator(fields->interface_pattern.key, template_without_name);
  return fields;
}

struct HostEndpointSettings {
  Slot<Text> auto_create, default_endpoint;
  Slot<std::vector<TemplateFields>> templates;
};
static constexpr Field<HostEndpointSettings> kHostEndpointFields[] = {
    field<&HostEndpointSettings::auto_create, word<kSwitch>>("autoCreate"),
    field<&HostEndpointSettings::default_endpoint, word<kSwitch>>("createDefaultHostEndpoint"),
    field<&HostEndpointSettings::templates, list<endpoint_template>>("templates"),
};

struct NodeControllerFields {
  Slot<HostEndpointSettings> host_endpoint;
  Slot<Text> sync_labels;
};
static constexpr Field<NodeControllerFields> kNodeControllerFields[] = {
    field<&NodeControllerFields::host_endpoint, object<HostEndpointSettings, kHostEndpointFields>>(
        "hostEndpoint"),
    field<&NodeControllerFields::sync_labels, word<kSwitch>>("syncLabels"),
    checked<NodeControllerFields, duration>("reconcilerPeriod"),
    checked<NodeControllerFields, duration>("leakGracePeriod"),
};

struct ControllersFields {
  Slot<NodeControllerFields> node;
};
static constexpr Field<ControllersFields> kControllersFields[] = {
    field<&ControllersFields::node, object<NodeControllerFields, kNodeControllerFields>>("node"),
    checked<ControllersFields, reconciler>("policy"),
    checked<ControllersFields, reconciler>("workloadEndpoint"),
    checked<ControllersFields, reconciler>("serviceAccount"),
    checked<ControllersFields, reconciler>("namespace"),
    checked<ControllersFields, object<OtherController, kLoadBalancerFields>>("loadBalancer"),
    checked<ControllersFields, object<OtherController, kMigrationFields>>("migration"),
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

static AutoHostEndpoints settings_of(Context& context, const NodeControllerFields& node) {
  AutoHostEndpoints made;
  made.sync_labels = text_of(node.sync_labels) != "Disabled";
  if (!node.host_endpoint) return made;
  const HostEndpointSettings& settings = *node.host_endpoint;
  made.enabled = text_of(settings.auto_create) == "Enabled";
  made.default_endpoint = text_of(settings.default_endpoint) != "Disabled";
  if (settings.templates) {
    for (const TemplateFields& item : *settings.templates)
      made.templates.push_back(template_of(context, item));
  }
  return made;
}

// Calico kube-controllers/pkg/config/runconfig.go.
static constexpr std::string_view kReadByControllers = "default";

What read_kube_controllers_configuration(Context& context, const Object& object) {
  if (object.metadata.name_is_valid && object.metadata.name != kReadByControllers) {
    context.remark(object.metadata.name_span, configuration_unread, object.metadata.name);
  }
  const std::size_t errors = context.errors();
  const auto fields = read_spec<KubeControllersFields, kKubeControllersFields>(context, object);
  if (!fields || !fields->controllers || !fields->controllers->node) return {};
  AutoHostEndpoints made = settings_of(context, *fields->controllers->node);
  made.span = object.metadata.name_span;
  if (context.errors() != errors || object.metadata.name != kReadByControllers) return {};
  return made;
}

}  // namespace untrack::frontend::resources
