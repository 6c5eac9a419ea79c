#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "verify/bpf/decisions.h"
#include "verify/bpf/image.h"
#include "verify/bpf/map_dump.h"
#include "verify/bpf/object.h"
#include "verify/dump.h"
#include "verify/interfaces.h"
#include "verify/nft/script.h"
#include "verify/nft/walk.h"
#include "verify/reading.h"
#include "verify/refuse.h"

namespace untrack::verify {

namespace {

// All that one node runs.
struct Loaded {
  std::map<std::string, bpf::Image, std::less<>> images;  // by interface
  nft::Script script;
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

static void check_mark(const Loaded& loaded) {
  if (loaded.images.empty()) return;
  const MarkBit mark = loaded.images.begin()->second.mark;
  if (loaded.script.tested_mark.value_or(mark) != mark)
    refuse(0, "the rules test the mark {:#x}, the images set {:#x}", *loaded.script.tested_mark, mark);
  if (loaded.script.mark.value_or(mark) != mark)
    refuse(0, "the rules write the mark {:#x}, the images {:#x}", *loaded.script.mark, mark);
}

static Loaded load(const BpfFiles& files, const ClassifierDigest& classifier) {
  Loaded loaded;
  for (const File& file : files.objects)
    reading_of(file.path, [&] { add(loaded.images, image_of_object(file, classifier)); });
  for (const File& file : files.images)
    reading_of(file.path, [&] { add(loaded.images, bpf::parse_image(file.bytes)); });
  loaded.script = read_scripts(files.scripts);
  reading_of(files.scripts.empty() ? "nft" : files.scripts.front().path, [&] { check_mark(loaded); });
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

static ir::PacketMap effects(const Loaded& loaded, ir::PacketSpace& space, ir::EffectTable& table,
                             ir::Direction direction, std::string_view interface_name) {
  const auto found = loaded.images.find(interface_name);
  const bool has_image = found != loaded.images.end();
  if (direction == ir::Direction::Ingress) {
    // Where an image has nothing to decide, its program need not be loaded: packets may come with the bit.
    if (!has_image || !found->second.ingress.has_policy)
      return nft::effects(loaded.script, space, table, direction, interface_name);
    const ir::PacketMap decisions = bpf::decisions(found->second, space, direction);
    return nft::effects(loaded.script, space, table, direction, interface_name,
                        nft::Before{.dropped = decided(space, decisions, bpf::Decision::Drop),
                                    .marked = decided(space, decisions, bpf::Decision::Untrack)});
  }
  const ir::PacketMap by_rules = nft::effects(loaded.script, space, table, direction, interface_name);
  if (!has_image) return by_rules;
  return space.combine(
      by_rules, bpf::decisions(found->second, space, direction), [&](ir::Leaf effect, ir::Leaf decision) {
        if (effect == kUndefined) return effect;
        const bool agree = table[effect].verdict == verdict(static_cast<bpf::Decision>(decision));
        return agree ? effect : kContradiction;
      });
}

// ---- the doors

ReadResult read_bpf(const BpfFiles& files, const ClassifierDigest& classifier) {
  try {
    const auto loaded = std::make_shared<const Loaded>(load(files, classifier));
    NameSet names = loaded->script.interface_names;
    for (const auto& [name, image] : loaded->images) names.insert(name);
    return Reading{
        .interfaces = representative_names(names, loaded->script.interface_prefixes),
        .effects = [loaded](
                       ir::PacketSpace& space, ir::EffectTable& table, ir::Direction direction,
                       std::string_view name) { return effects(*loaded, space, table, direction, name); },
        .mark = loaded->script.mark};
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
