#include "driver/bundle/manifest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "driver/version.h"
#include "support/digest.h"

namespace untrack::driver {

using Json = nlohmann::ordered_json;

static std::string sha256_hex(std::string_view bytes) {
  return hex(as_bytes(sha256(bytes)));
}

// What shapes the output; --jobs and how findings are shown do not.
static Json options_of(const Manifest& manifest) {
  Json targets = Json::array(), interfaces = Json::array();
  for (const Target target : manifest.targets) targets.push_back(to_string(target));
  for (const auto& [at, name] : manifest.options.lower.interfaces) {
    interfaces.push_back({{"node", at.first}, {"address", at.second.to_string()}, {"interface", name}});
  }
  Json options = {{"targets", targets}, {"strip", manifest.shape.strip}, {"interfaces", interfaces}};
  for (const auto& [tool, version] : manifest.shape.versions)
    options["versions"][std::string(to_string(tool))] = to_string(version);
  if (manifest.shape.accept_mark) options["accept_mark"] = fmt::format("{:#x}", *manifest.shape.accept_mark);
  if (has_programs(manifest.targets))
    options["program_mark"] = fmt::format("{:#x}", manifest.shape.program_mark);
  if (manifest.options.passes) options["passes"] = *manifest.options.passes;
  return options;
}

static Json inputs_of(const Manifest& manifest) {
  Json inputs = Json::array();
  for (const frontend::Source& input : manifest.inputs) {
    inputs.push_back({{"path", manifest.sources.name(input.buffer)},
                      {"inventory", input.role == frontend::Role::Inventory},
                      {"sha256", sha256_hex(manifest.sources.text(input.buffer))}});
  }
  return inputs;
}

// The oldest versions that take the artifact.
static Json needs_of(const backends::Artifact& artifact) {
  Json needs = Json::object();
  for (const backends::Need& need : artifact.needs)
    needs[std::string(to_string(need.tool))] = {{"version", to_string(need.least)}, {"for", need.construct}};
  return needs;
}

static Json nodes_of(const Manifest& manifest) {
  Json nodes = Json::array();
  for (const Manifest::Node& node : manifest.nodes) {
    Json artifacts = Json::array();
    for (const TargetFiles& target : node.targets) {
      for (const backends::Artifact& artifact : target.files) {
        artifacts.push_back({{"target", to_string(target.target)},
                             {"path", node.name + "/" + artifact.path},
                             {"sha256", sha256_hex(artifact.bytes)},
                             {"needs", needs_of(artifact)}});
      }
    }
    for (const backends::Artifact& artifact : manifest.filter) {
      artifacts.push_back(
          {{"path", node.name + "/" + artifact.path}, {"sha256", sha256_hex(artifact.bytes)}});
    }
    for (const backends::Artifact& script : node.scripts) {
      artifacts.push_back({{"path", node.name + "/" + script.path}, {"sha256", sha256_hex(script.bytes)}});
    }
    nodes.push_back({{"name", node.name}, {"artifacts", artifacts}});
  }
  return nodes;
}

std::string to_json(const Manifest& manifest) {
  const Json document = {{"tool", {{"name", "untrack"}, {"version", kVersion}}},
                         {"options", options_of(manifest)},
                         {"inputs", inputs_of(manifest)},
                         {"nodes", nodes_of(manifest)}};
  // File names may be no UTF-8, JSON must be.
  return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
