#include "backends/bpf/companion.h"

#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/policy.h"
#include "support/digest.h"

namespace untrack::backends::bpf {

static constexpr std::string_view kTable = "untrack-bpf";

// Sorted as the images are.
static std::vector<std::string_view> interfaces_with_ingress(std::span<const Image> images) {
  std::vector<std::string_view> governed;
  for (const Image& image : images) {
    if (image.hooks[static_cast<std::size_t>(ir::Direction::Ingress)])
      governed.push_back(image.interface_name);
  }
  return governed;
}

// ---- nft

// Which names an interface may have is checked on the way in; none has a quote.
static std::string trust_nft(std::span<const Image> images, MarkBit mark) {
  const std::vector<std::string_view> governed = interfaces_with_ingress(images);
  if (governed.empty()) return "";
  return fmt::format("\t\tmeta mark & {1:#010x} == {1:#010x} iifname {{ \"{0}\" }} notrack accept\n",
                     fmt::join(governed, "\", \""), mark);
}

std::string companion_nft(const Companion& companion, std::span<const Image> images) {
  const std::string clear =
      companion.clear ? fmt::format("\t\tmeta mark set meta mark & {:#010x}\n", ~companion.mark) : "";
  return fmt::format(
      "# Packets that the programs in this folder have marked are not tracked, on node {0}\n"
      "#   load:   nft -f companion.nft   (after the programs: they see to it that nobody else sets the "
      "mark)\n"
      "#   unload: nft delete table inet {1}   (before them)\n"
      "table inet {1} {{}}\n"
      "delete table inet {1}\n"
      "table inet {1} {{\n"
      "\tchain prerouting {{\n"
      "\t\ttype filter hook prerouting priority raw; policy accept;\n"
      "{2}{3}"
      "\t}}\n"
      "}}\n",
      companion.node, kTable, trust_nft(images, companion.mark), clear);
}

// ---- iptables

static constexpr std::string_view kHowTo =
    "# Packets that the programs in this folder have marked are not tracked, and egress, on node {1}, "
    "IPv{2}\n"
    "#   load:   bpftool prog loadall OBJECT FOLDER   (for each object and the folder that rules below "
    "name)\n"
    "#           {0}-restore --noflush < FILE   (after the programs: they see to it that nobody else sets "
    "the mark)\n"
    "#   enter:  {0} -t raw -I PREROUTING -j untrack-prerouting\n"
    "#           {0} -t raw -I OUTPUT -j untrack-output   (once each; not part of the file)\n"
    "#   unload: {0} -t raw -D PREROUTING -j untrack-prerouting   (before the programs)\n"
    "#           {0} -t raw -D OUTPUT -j untrack-output\n"
    "#           for x in -F -X; do {0} -t raw -S | sed -n \"s/^-N \\(untrack-.*\\)/\\1/p\" |\n"
    "#             xargs -rn1 {0} -t raw $x; done\n"
    "#           rm -r FOLDER\n";

std::string companion_iptables(const Companion& companion, std::span<const Image> images,
                               std::span<const Pinned> egress, ir::IpVersion version) {
  const std::string clear =
      companion.clear ? fmt::format("-j MARK --set-xmark 0x0/{:#x}\n", companion.mark) : "";
  std::string text = fmt::format(kHowTo, version == ir::IpVersion::V4 ? "iptables" : "ip6tables",
                                 companion.node, static_cast<int>(version));
  const auto out = std::back_inserter(text);
  text +=
      "*raw\n"
      ":untrack-prerouting - [0:0]\n"
      ":untrack-output - [0:0]\n"
      ":untrack-allow - [0:0]\n";
  for (const std::string_view each : interfaces_with_ingress(images))
    fmt::format_to(out, "-A untrack-prerouting -i {0} -m mark --mark {1:#x}/{1:#x} -g untrack-allow\n", each,
                   companion.mark);
  if (!clear.empty()) fmt::format_to(out, "-A untrack-prerouting {0}-A untrack-output {0}", clear);
  for (const Pinned& each : egress) {
    static constexpr std::string_view kRule = "-A untrack-output -o {} -m bpf --object-pinned {}/{}\n";
    const auto add = [&](std::string_view rest) {
      fmt::format_to(out, kRule, each.interface_name, each.folder, rest);
    };
    add("untrack_drop -j DROP");
    add("untrack_allow -g untrack-allow");
  }
  text += "-A untrack-allow -j CT --notrack\n";
  if (!clear.empty())
    fmt::format_to(out, "-A untrack-allow -j MARK --set-xmark {0:#x}/{0:#x}\n", companion.mark);
  return text + "-A untrack-allow -j ACCEPT\nCOMMIT\n";
}

// Names in a bpf file system hold no dot (bpf_lookup, kernel/bpf/inode.c), as interfaces' names may.
std::string pin_folder(std::string_view object) {
  static constexpr std::size_t kDigits = 12;
  return "/sys/fs/bpf/untrack-" + hex(as_bytes(sha256(object))).substr(0, kDigits);
}

}  // namespace untrack::backends::bpf
