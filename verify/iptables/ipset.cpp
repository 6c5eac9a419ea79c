#include "verify/iptables/ipset.h"

#include <algorithm>
#include <bit>
#include <iterator>

#include "ir/cidr.h"
#include "verify/iptables/icmp_names.h"
#include "verify/iptables/values.h"
#include "verify/iptables/words.h"
#include "verify/number.h"
#include "verify/refuse.h"

namespace untrack::verify::iptables {

// IP_SET_MAXNAMELEN - 1 (linux/netfilter/ipset/ip_set.h).
static constexpr std::size_t kLongestSetName = 31;
static constexpr std::string_view kBitmapIp = "bitmap:ip";
// maxelem and size where `create` does not say (ipset(8)).
static constexpr std::uint64_t kDefaultMaxElements = 65536, kDefaultListSize = 8;

std::size_t field_count(Part part) {
  return part == Part::Port ? 2 : 1;
}

// ---- elements

// Element text of one part, e.g. `10.0.0.0/8` or `tcp:80-90`, and how many elements it makes in the kernel.
struct Parsed {
  Values values;
  std::uint64_t count = 1;
};

static Parsed parse_address(std::string_view text, bool net, ir::IpVersion version, std::uint32_t line) {
  const Range range = parse_network_or_range(text, version, line);
  if (range.first == 0 && range.last == max_number(ir::address_bits(version))) {
    refuse(line, "ipset refuses prefixes of length 0");
  }
  const bool v6_list = version == ir::IpVersion::V6 && range.first != range.last;
  if (v6_list && (!net || text.find('-') != std::string_view::npos)) {
    refuse(line, "`{}`: ipset takes no ranges of IPv6 addresses", text);
  }
  const auto prefixes = ir::prefixes_of(version, range.first, range.last).size();
  return {{range}, net ? prefixes : static_cast<std::uint64_t>(range.last - range.first) + 1};
}

static std::uint16_t parse_icmp(std::string_view text, ir::Protocol protocol, std::uint32_t line) {
  const Halves halves = split(text, '/');
  const auto type = parse_number(halves.before, 0xff);
  const auto code = halves.behind ? parse_number(*halves.behind, 0xff) : std::nullopt;
  if (type && code) return static_cast<std::uint16_t>(*type << 8 | *code);
  const auto named = icmp_named(text, protocol);
  if (!named) refuse(line, "`{}` is no ICMP TYPE/CODE", text);
  return *named;
}

// The key that get_port (net/netfilter/ipset/ip_set_getport.c) makes of a packet: ports, ICMP type and code,
// or 0.
static Parsed parse_port_part(std::string_view text, std::uint32_t line) {
  const Halves halves = split(text, ':');
  ir::Protocol protocol = ir::kTcp;
  std::string_view port = text;
  if (halves.behind) {
    protocol = parse_protocol_word(halves.before, line);
    port = *halves.behind;
  }
  Range range;
  if (protocol == ir::kIcmp || protocol == ir::kIcmp6) {
    range.first = range.last = parse_icmp(port, protocol, line);
  } else {
    const Halves ends = split(port, '-');
    range.first = parse_port(ends.before, line);
    range.last = ends.behind ? parse_port(*ends.behind, line) : range.first;
    if (range.last < range.first) refuse(line, "the range `{}` ends before it begins", port);
    const bool ports = ir::has_ports(protocol) || protocol == ir::kUdpLite;
    if (!ports && range.last != 0)
      refuse(line, "protocol {} has no ports: only `:0` stands for it", protocol.number);
  }
  return {{{protocol.number, protocol.number}, range},
          static_cast<std::uint64_t>(range.last - range.first) + 1};
}

static Parsed parse_bitmap_port(std::string_view text, std::uint32_t line) {
  const Halves ends = split(text, '-');
  Range range{parse_port(ends.before, line), 0};
  range.last = ends.behind ? parse_port(*ends.behind, line) : range.first;
  if (range.last < range.first) refuse(line, "the range `{}` ends before it begins", text);
  return {{range}, 1};
}

static Parsed parse_bitmap_member(const IpSet& set, std::string_view text, std::uint32_t line) {
  const Parsed parsed = parse_bitmap_port(text, line);
  const Range ports = parsed.values.front();
  if (ports.first < set.range.first || set.range.last < ports.last) {
    refuse(line, "`{}` is outside the range of its set", text);
  }
  return parsed;
}

// IPSET_BITMAP_MAX_RANGE + 1 (ip_set_bitmap.h).
static constexpr Number kMostInBitmap = 65536;

// bitmap_ip_uadt (ip_set_bitmap_ip.c) goes from the first address to the last in steps of a slot, so it may
// miss the last slot of what does not begin with one; and it compares the two as a signed difference.
static Parsed parse_bitmap_address(const IpSet& set, std::string_view text, std::uint32_t line) {
  Range range = parse_network_or_range(text, ir::IpVersion::V4, line);
  if (range.first < set.range.first || set.range.last < range.last)
    refuse(line, "`{}` is outside the range of its set", text);
  const Number slot = Number{1} << (32 - set.slot_bits);
  if (range.first != range.last && range.first % slot != 0)
    refuse(line, "`{}` does not begin where a slot of its set begins", text);
  if (range.last - range.first > 0x7fffffff) refuse(line, "`{}` is more than a bitmap takes at once", text);
  range.first -= range.first % slot;
  range.last += slot - 1 - range.last % slot;
  return {{range}, 0};  // bits are always there
}

// bitmap_ip_create: with a netmask the range is a prefix, and shorter.
static void check_bitmap_range(const IpSet& set, bool has_range) {
  if (!has_range) refuse(set.line, "a bitmap:ip has a range");
  const Number addresses = set.range.last - set.range.first + 1;
  if (set.slot_bits < 32 &&
      (!std::has_single_bit(static_cast<std::uint64_t>(addresses)) || set.range.first % addresses != 0))
    refuse(set.line, "with a netmask the range of a bitmap:ip is a prefix");
  const Number slots = addresses >> (32 - set.slot_bits);
  if (set.slot_bits < 32 && slots < 2) refuse(set.line, "the range of a bitmap:ip has two slots at least");
  if (slots > kMostInBitmap)
    refuse(set.line, "more than {} slots", static_cast<std::uint64_t>(kMostInBitmap));
}

static std::vector<std::string_view> split_all(std::string_view text, char separator) {
  std::vector<std::string_view> found;
  std::optional<std::string_view> rest = text;
  while (rest) {
    const Halves halves = split(*rest, separator);
    found.push_back(halves.before);
    rest = halves.behind;
  }
  return found;
}

static std::vector<std::string_view> part_names(std::string_view type) {
  return split_all(*split(type, ':').behind, ',');
}

static Parsed parse_element(const IpSet& set, std::string_view text, std::uint32_t line) {
  const auto names = part_names(set.type);
  const auto texts = split_all(text, ',');
  if (texts.size() != set.parts.size()) refuse(line, "`{}` is no element of a {}", text, set.type);
  Parsed all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Parsed one = set.parts[i] == Part::Port         ? parse_port_part(texts[i], line)
                       : set.parts[i] == Part::BitmapPort ? parse_bitmap_member(set, texts[i], line)
                       : set.type == kBitmapIp
                           ? parse_bitmap_address(set, texts[i], line)
                           : parse_address(texts[i], names[i] == "net", *set.version, line);
    all.values.insert(all.values.end(), one.values.begin(), one.values.end());
    all.count *= one.count;
  }
  return all;
}

// ---- commands

class IpsetParser {
 public:
  IpSets run(std::string_view text) {
    for (const Line& line : lines(text)) command(line);
    for (const auto& [name, set] : sets_) check(name, set);
    return std::move(sets_);
  }

 private:
  void command(const Line& line) {
    WordCursor at(line);
    const std::string& verb = at.next("a command");
    if (verb == "create" || verb == "-N") return create(at);
    if (verb == "add" || verb == "-A") return add(at);
    if (verb == "flush" || verb == "-F") return flush(at);
    if (verb == "swap" || verb == "-W") return swap(at);
    if (verb == "destroy" || verb == "-X") return destroy(at);
    if (verb == "COMMIT") return;
    refuse(line.number, "the ipset command `{}` is not understood", verb);
  }

  static void expect_end(WordCursor& at) {
    while (at.take("-exist") || at.take("-!")) {
    }
    if (!at.at_end()) refuse(at.line(), "`{}` is not understood", at.next("nothing"));
  }

  IpSet& existing(WordCursor& at) {
    const std::string& name = at.next("the name of a set");
    const auto found = sets_.find(name);
    if (found == sets_.end()) refuse(at.line(), "there is no set `{}`", name);
    return found->second;
  }

  void create(WordCursor& at);
  void add(WordCursor& at);

  void flush(WordCursor& at) {
    if (at.at_end()) refuse(at.line(), "`flush` without a name empties the sets of others");
    IpSet& set = existing(at);
    expect_end(at);
    clear(set);
  }

  void swap(WordCursor& at) {
    IpSet& a = existing(at);
    IpSet& b = existing(at);
    expect_end(at);
    if (a.type != b.type || a.version != b.version)
      refuse(at.line(), "sets of different types cannot be swapped");
    std::swap(a, b);
  }

  void destroy(WordCursor& at) {
    if (at.at_end()) refuse(at.line(), "`destroy` without a name removes the sets of others");
    const std::string& name = at.next("the name of a set");
    expect_end(at);
    if (sets_.erase(name) == 0) refuse(at.line(), "there is no set `{}`", name);
  }

  static void clear(IpSet& set) {
    set.elements.clear();
    set.members.clear();
    set.used = 0;
  }

  void check(const std::string& name, const IpSet& set) {
    for (const std::string& member : set.members) {
      const auto found = sets_.find(member);
      if (found == sets_.end()) refuse(set.line, "`{}` holds `{}`, which does not exist", name, member);
      if (found->second.parts.empty()) refuse(set.line, "`{}` holds `{}`, itself a list", name, member);
    }
  }

  IpSets sets_;
};

static std::vector<Part> parts_of(std::string_view type, std::uint32_t line) {
  struct Known {
    std::string_view type;
    std::vector<Part> parts;
  };
  static const Known kKnown[] = {
      {"hash:ip", {Part::Address}},
      {"hash:net", {Part::Address}},
      {"hash:ip,port", {Part::Address, Part::Port}},
      {"hash:net,port", {Part::Address, Part::Port}},
      {"hash:net,net", {Part::Address, Part::Address}},
      {"hash:ip,port,ip", {Part::Address, Part::Port, Part::Address}},
      {"hash:ip,port,net", {Part::Address, Part::Port, Part::Address}},
      {"hash:net,port,net", {Part::Address, Part::Port, Part::Address}},
      {"bitmap:port", {Part::BitmapPort}},
      {kBitmapIp, {Part::Address}},
      {"list:set", {}},
  };
  const auto found =
      std::find_if(std::begin(kKnown), std::end(kKnown), [&](const Known& k) { return k.type == type; });
  if (found == std::end(kKnown)) refuse(line, "sets of type `{}` are not understood", type);
  return found->parts;
}

// Options that change how a set is stored, not what it matches; each but the last three has a value.
static bool skip_storage_option(WordCursor& at) {
  for (const std::string_view option : {"hashsize", "bucketsize", "initval", "probes", "resize", "range"}) {
    if (at.take(option)) {
      at.next("the value of an option");
      return true;
    }
  }
  return at.take("counters") || at.take("comment") || at.take("skbinfo") || at.take("forceadd") ||
         at.take("-exist") || at.take("-!");
}

static std::uint64_t parse_capacity(WordCursor& at) {
  const std::string& text = at.next("a number of elements");
  const auto capacity = parse_number(text, 0xffffffff);
  if (!capacity) refuse(at.line(), "`{}` is no number of elements", text);
  return *capacity;
}

void IpsetParser::create(WordCursor& at) {
  const std::string& name = at.next("the name of a set");
  if (name.empty() || name.size() > kLongestSetName)
    refuse(at.line(), "a set name has 1 to {} characters", kLongestSetName);
  IpSet set;
  set.line = at.line();
  set.type = at.next("the type of a set");
  set.parts = parts_of(set.type, at.line());
  const bool is_hash = set.type.starts_with("hash:"), is_bitmap_ip = set.type == kBitmapIp;
  if (is_hash || is_bitmap_ip) set.version = ir::IpVersion::V4;
  bool has_range = false;
  set.capacity = is_hash ? kDefaultMaxElements : set.parts.empty() ? kDefaultListSize : 65536;
  while (!at.at_end()) {
    if (is_hash && at.take("family")) {
      const std::string& family = at.next("a family");
      if (family != "inet" && family != "inet6")
        refuse(at.line(), "the family `{}` is not understood", family);
      set.version = family == "inet" ? ir::IpVersion::V4 : ir::IpVersion::V6;
    } else if (at.at("maxelem") || at.at("size")) {
      at.next("an option");
      set.capacity = parse_capacity(at);
    } else if (at.at("range")) {
      at.next("an option");
      const std::string& range = at.next("a range");
      set.range = is_bitmap_ip ? parse_network_or_range(range, ir::IpVersion::V4, at.line())
                               : parse_bitmap_port(range, at.line()).values.front();
      has_range = true;
    } else if (is_bitmap_ip && at.take("netmask")) {
      const auto bits = parse_number(at.next("a number of bits"), 32);
      if (!bits || *bits == 0) refuse(at.line(), "a netmask has 1 to 32 bits");
      set.slot_bits = static_cast<int>(*bits);
    } else if (!skip_storage_option(at)) {
      refuse(at.line(), "the option `{}` is not understood", at.next("an option"));
    }
  }
  if (is_bitmap_ip) check_bitmap_range(set, has_range);
  const auto [place, is_new] = sets_.try_emplace(name, set);
  // With -exist, `create` of what is there keeps the elements; they are of one type with what follows.
  const IpSet& known = place->second;
  if (!is_new && (known.type != set.type || known.version != set.version)) {
    refuse(at.line(), "the set `{}` exists with another type", name);
  }
  if (is_bitmap_ip && (known.range != set.range || known.slot_bits != set.slot_bits))
    refuse(at.line(), "the set `{}` exists with another range", name);
}

void IpsetParser::add(WordCursor& at) {
  IpSet& set = existing(at);
  const std::string& text = at.next("an element");
  if (at.take("comment")) at.next("the text of a comment");
  if (at.take("packets")) {
    at.next("a count");
    if (at.take("bytes")) at.next("a count");
  }
  expect_end(at);
  if (set.parts.empty()) {
    set.members.push_back(text);
    if (set.members.size() > set.capacity)
      refuse(at.line(), "more than {} members, the size of the list", set.capacity);
    return;
  }
  Parsed element = parse_element(set, text, at.line());
  set.used += element.count;
  set.elements.push_back(std::move(element.values));
  // Overlapping elements are counted twice, so a set that is nearly full may be refused though it would fit.
  if (set.used > set.capacity) refuse(at.line(), "more than {} elements: the set is full here", set.capacity);
}

IpSets parse_ipsets(std::string_view text) {
  return IpsetParser().run(text);
}

}  // namespace untrack::verify::iptables
