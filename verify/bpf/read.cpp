#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "support/digest.h"
#include "support/overloaded.h"
#include "verify/bpf/decisions.h"
#include "verify/bpf/image.h"
#include "verify/bpf/map_dump.h"
#include "verify/bpf/object.h"
#include "verify/dump.h"
#include "verify/interfaces.h"
#include "verify/iptables/files.h"
#include "verify/nft/script.h"
#include "verify/nft/walk.h"
#include "verify/reading.h"
#include "verify/refuse.h"

namespace untrack::verify {

namespace {

// All that one node runs.
struct Loaded {
  std::map<std::string, bpf::Image, std::less<>> images;           // by interface
  std::map<std::string, std::string, std::less<>> object_digests;  // where objects were given: SHA-256
  std::variant<nft::Script, iptables::Files> rules;
};

// A refusal with its file.
struct RefusedFile {
  std::string file;
  Refused refused;
};

}  // namespace

template <class Read>
static auto reading_of(std::string_view file, const Read& read) {
  try {
    return read();
  } catch (Refused& refused) {
    throw RefusedFile{std::string(file), std::move(refused)};
  }
}

// ---- files

static constexpr std::string_view kObjectSuffix = ".bpf.o";

static bpf::Image image_of_object(const File& file, const ClassifierDigest& classifier) {
  const bpf::Object object = bpf::parse_object(file.bytes);
  if (object.classifier != classifier)
    refuse(0, "its programs are not those that this untrack was built with; what they do is not known");
  bpf::Image image = bpf::parse_image(object.image);
  const std::string_view name = file.path.substr(file.path.rfind('/') + 1);
  if (name.ends_with(kObjectSuffix) &&
      name.substr(0, name.size() - kObjectSuffix.size()) != image.interface_name)
    refuse(0, "the image is for interface `{}`", image.interface_name);
  return image;
}

// Programs that were loaded one by one, at `tc` and as XDP say, have a map each.
static void add(std::map<std::string, bpf::Image, std::less<>>& images, bpf::Image image) {
  if (!images.empty() && images.begin()->second.mark != image.mark)
    refuse(0, "the image has the mark {:#x}, the one of interface `{}` has {:#x}", image.mark,
           images.begin()->first, images.begin()->second.mark);
  const std::string name = image.interface_name;
  const auto [place, is_new] = images.try_emplace(name, std::move(image));
  if (!is_new && place->second != image)
    refuse(0, "a second image for interface `{}`, and another one", name);
}

// The scripts are one text; a refusal is told by file and line of that file.
static nft::Script read_scripts(std::span<const File> files) {
  std::string text;
  std::vector<std::uint32_t> lines;  // of each file
  for (const File& file : files) {
    const std::size_t before = text.size();
    text += file.bytes;
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    lines.push_back(static_cast<std::uint32_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(before), text.end(), '\n')));
  }
  try {
    return nft::parse_script(text, nft::MarkTests::Understood);
  } catch (Refused& refused) {
    std::size_t at = 0;
    for (; at + 1 < files.size() && refused.line > lines[at]; ++at) refused.line -= lines[at];
    throw RefusedFile{files.empty() ? "nft" : std::string(files[at].path), std::move(refused)};
  }
}

// ---- the rules of iptables

static iptables::RuleFile read_rules(const File& file, ir::IpVersion version) {
  return reading_of(file.path, [&] {
    iptables::RuleFile rules = iptables::parse_rules(file.bytes, version, iptables::BesidePrograms::Yes);
    iptables::check_sets(rules, {}, version);
    return rules;
  });
}

// By the images of the objects that are pinned where they say. On a live node that has to be believed.
static void check_pinned(const Loaded& loaded, const iptables::RuleFile& rules) {
  for (const iptables::PinnedObject& pinned : rules.pinned) {
    if (!loaded.images.contains(pinned.interface_name))
      refuse(pinned.line, "there is no image for interface `{}`", pinned.interface_name);
    const auto object = loaded.object_digests.find(pinned.interface_name);
    if (object != loaded.object_digests.end() && !object->second.starts_with(pinned.digest)) {
      refuse(pinned.line, "the programs of another object are asked: that of interface `{}` has SHA-256 {}",
             pinned.interface_name, object->second);
    }
  }
}

static iptables::Files read_restore(const BpfRestore& files, const Loaded& loaded) {
  iptables::Files rules{.sets = {},
                        .v4 = read_rules(files.v4, ir::IpVersion::V4),
                        .v6 = read_rules(files.v6, ir::IpVersion::V6)};
  reading_of(files.v6.path, [&] { iptables::check_one_mark(rules.v4, rules.v6); });
  reading_of(files.v4.path, [&] { check_pinned(loaded, rules.v4); });
  reading_of(files.v6.path, [&] { check_pinned(loaded, rules.v6); });
  return rules;
}

// ---- both

static std::optional<MarkBit> written_mark(const Loaded& loaded) {
  return std::visit(overloaded{[](const nft::Script& script) { return script.mark; },
                               [](const iptables::Files& files) { return iptables::mark_of(files); }},
                    loaded.rules);
}
static std::optional<MarkBit> tested_mark(const Loaded& loaded) {
  return std::visit(overloaded{[](const nft::Script& script) { return script.tested_mark; },
                               [](const iptables::Files& files) { return iptables::tested_mark_of(files); }},
                    loaded.rules);
}

static void check_mark(const Loaded& loaded) {
  if (loaded.images.empty()) return;
  const MarkBit mark = loaded.images.begin()->second.mark;
  if (const MarkBit tested = tested_mark(loaded).value_or(mark); tested != mark)
    refuse(0, "the rules test the mark {:#x}, the images set {:#x}", tested, mark);
  if (const MarkBit written = written_mark(loaded).value_or(mark); written != mark)
    refuse(0, "the rules write the mark {:#x}, the images {:#x}", written, mark);
}

static Loaded load(const BpfFiles& files, const ClassifierDigest& classifier) {
  Loaded loaded;
  for (const File& file : files.objects) {
    reading_of(file.path, [&] {
      bpf::Image image = image_of_object(file, classifier);
      loaded.object_digests[image.interface_name] = hex(as_bytes(sha256(file.bytes)));
      add(loaded.images, std::move(image));
    });
  }
  for (const File& file : files.images)
    reading_of(file.path, [&] { add(loaded.images, bpf::parse_image(file.bytes)); });
  if (files.restore) {
    loaded.rules = read_restore(*files.restore, loaded);
    reading_of(files.restore->v4.path, [&] { check_mark(loaded); });
  } else {
    loaded.rules = read_scripts(files.scripts);
    reading_of(files.scripts.empty() ? "nft" : files.scripts.front().path, [&] { check_mark(loaded); });
  }
  return loaded;
}

// ---- packets

static ir::Verdict verdict(bpf::Decision decision) {
  switch (decision) {
    case bpf::Decision::Untrack: return ir::Verdict::Untrack;
    case bpf::Decision::Drop: return ir::Verdict::Drop;
    case bpf::Decision::Next:
    case bpf::Decision::Track: break;
  }
  return ir::Verdict::Track;
}

static ir::PacketSet decided(ir::PacketSpace& space, ir::PacketMap decisions, bpf::Decision decision) {
  return space.where(decisions, static_cast<ir::Leaf>(decision));
}

// Of an image that decides something; else its programs need not be loaded.
static const bpf::Image* image_for(const Loaded& loaded, ir::Direction direction,
                                   std::string_view interface_name) {
  const auto found = loaded.images.find(interface_name);
  if (found == loaded.images.end()) return nullptr;
  const bpf::Image::Hook& hook =
      direction == ir::Direction::Ingress ? found->second.ingress : found->second.egress;
  return hook.has_policy ? &found->second : nullptr;
}

static std::optional<Before> before_rules(const bpf::Image* image, ir::PacketSpace& space,
                                          ir::Direction direction) {
  if (image == nullptr || direction == ir::Direction::Egress) return std::nullopt;
  const ir::PacketMap decisions = bpf::decisions(*image, space, direction);
  return Before{.dropped = decided(space, decisions, bpf::Decision::Drop),
                .marked = decided(space, decisions, bpf::Decision::Untrack)};
}

static ir::PacketMap effects(const Loaded& loaded, const nft::Script& script, ir::PacketSpace& space,
                             ir::EffectTable& table, ir::Direction direction,
                             std::string_view interface_name) {
  const bpf::Image* image = image_for(loaded, direction, interface_name);
  const ir::PacketMap by_rules =
      nft::effects(script, space, table, direction, interface_name, before_rules(image, space, direction));
  const auto found = loaded.images.find(interface_name);
  if (direction == ir::Direction::Ingress || found == loaded.images.end()) return by_rules;
  return space.combine(
      by_rules, bpf::decisions(found->second, space, direction), [&](ir::Leaf effect, ir::Leaf decision) {
        if (effect == kUndefined) return effect;
        const bool agree = table[effect].verdict == verdict(static_cast<bpf::Decision>(decision));
        return agree ? effect : kContradiction;
      });
}

static ir::PacketMap effects(const Loaded& loaded, const iptables::Files& files, ir::PacketSpace& space,
                             ir::EffectTable& table, ir::Direction direction,
                             std::string_view interface_name) {
  const bpf::Image* image = image_for(loaded, direction, interface_name);
  iptables::Programs programs{.before = before_rules(image, space, direction), .asked = {}};
  if (image != nullptr && direction == ir::Direction::Egress) {
    const ir::PacketMap decisions = bpf::decisions(*image, space, direction);
    programs.asked = Asked{.to_drop = decided(space, decisions, bpf::Decision::Drop),
                           .to_allow = decided(space, decisions, bpf::Decision::Untrack)};
  }
  return iptables::effects(files, space, table, direction, interface_name, programs);
}

static std::vector<std::string> interfaces(const Loaded& loaded) {
  NameSet names, prefixes;
  const auto add = [&](const auto& rules) {
    names.insert(rules.interface_names.begin(), rules.interface_names.end());
    prefixes.insert(rules.interface_prefixes.begin(), rules.interface_prefixes.end());
  };
  std::visit(overloaded{[&](const nft::Script& script) { add(script); },
                        [&](const iptables::Files& files) {
                          add(files.v4);
                          add(files.v6);
                        }},
             loaded.rules);
  for (const auto& [name, image] : loaded.images) names.insert(name);
  return representative_names(names, prefixes);
}

// ---- the doors

ReadResult read_bpf(const BpfFiles& files, const ClassifierDigest& classifier) {
  try {
    const auto loaded = std::make_shared<const Loaded>(load(files, classifier));
    return Reading{
        .interfaces = interfaces(*loaded),
        .effects =
            [loaded](ir::PacketSpace& space, ir::EffectTable& table, ir::Direction direction,
                     std::string_view name) {
              return std::visit(
                  [&](const auto& rules) { return effects(*loaded, rules, space, table, direction, name); },
                  loaded->rules);
            },
        .mark = written_mark(*loaded)};
  } catch (RefusedFile& refused) {
    return Refusal{std::move(refused.file), refused.refused.line, std::move(refused.refused.message)};
  }
}

bool is_bpf_object(std::string_view bytes) {
  return bpf::is_object(bytes);
}

std::variant<ClassifierDigest, Refusal> classifier_of(const File& object) {
  try {
    return bpf::parse_object(object.bytes).classifier;
  } catch (Refused& refused) {
    return Refusal{std::string(object.path), refused.line, std::move(refused.message)};
  }
}

std::variant<std::vector<std::string>, Refusal> images_in(std::string_view file, std::string_view map_dumps) {
  try {
    std::vector<std::string> images;
    for (bpf::DumpedImage& image : bpf::parse_map_dumps(map_dumps).images)
      images.push_back(std::move(image.bytes));
    return images;
  } catch (Refused& refused) {
    return Refusal{std::string(file), refused.line, std::move(refused.message)};
  }
}

}  // namespace untrack::verify
