#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bpf_images.h"
#include "support.h"
#include "support/digest.h"
#include "verify//bpf/decisions.h"
#include "verify/bpf/image.h"
#include "verify/dump.h"
#include "verify/refuse.h"

namespace untrack::verify {

static constexpr std::string_view kCompanion =
    "# untrack\ntable inet untrack-bpf {}\ndelete table inet untrack-bpf\ntable inet untrack-bpf {\n\tchain "
    "prerouting "
    "{\n\t\ttype filter hook prerouting priority raw; policy accept;\n\t\tiifname { \"eth0\", \"eth1\" } "
    "meta mark & "
    "0x00010000 == 0x00010000 notrack accept\n\t}\n}\n";
static constexpr std::string_view kNoEgress = "table inet untrack {}\ndelete table inet untrack\n";

static ClassifierDigest our_classifier() {
  const std::string object = object_around(ImageWriter().image());
  return std::get<ClassifierDigest>(classifier_of({"x", object}));
}

static ReadResult read_artifact(const std::vector<std::string>& images,
                                std::string_view companion = kCompanion,
                                std::string_view egress = kNoEgress) {
  std::vector<std::string> objects;
  for (const std::string& image : images) objects.push_back(object_around(image));
  BpfFiles files;
  for (const std::string& object : objects) files.objects.push_back({"bpf/x.o", object});
  files.scripts = {{"bpf/companion.nft", companion}, {"bpf/egress.nft", egress}};
  return read_bpf(files, our_classifier());
}

static std::string ingress(const ReadResult& artifact, std::string_view interface_name,
                           std::string_view packet) {
  return fate(artifact, ir::Direction::Ingress, interface_name, packet);
}
static std::string egress(const ReadResult& artifact, std::string_view interface_name,
                          std::string_view packet) {
  return fate(artifact, ir::Direction::Egress, interface_name, packet);
}

// 10.0.0.0/8 may reach port 53 of everybody by UDP, 10.6.6.0/24 may nothing.
static std::string dns_image(std::string_view interface_name = "eth0") {
  ImageWriter writer(interface_name);
  const std::uint32_t net = writer.search(
      kSource,
      {{0, kNext}, {0x0a000000, kUntrack}, {0x0a060600, kDrop}, {0x0a060700, kUntrack}, {0x0b000000, kNext}});
  const std::uint32_t port = writer.search(kDestinationPort, {{0, kNext}, {53, net}, {54, kNext}});
  writer.root(kIngress, kV4, 0, kUdpClass, port);
  return writer.image();
}

// ---- what a node does

TEST_CASE("bpf: the program marks, and the rule behind it makes the mark notrack") {
  const ReadResult artifact = read_artifact({dns_image()});
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(artifact, "eth0", "udp 10.6.6.7:5 > 10.0.0.1:53") == "drop");
  CHECK(ingress(artifact, "eth0", "udp 10.6.7.0:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(artifact, "eth0", "udp 11.0.0.0:5 > 10.0.0.1:53") == "track");
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:54") == "track");
  CHECK(ingress(artifact, "eth0", "tcp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  CHECK(ingress(artifact, "eth0", "udp later-fragment 10.0.0.7 > 10.0.0.1") == "track");
  CHECK(egress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
}

TEST_CASE("bpf: a mark from elsewhere grants nothing, and a rule that trusts it is seen") {
  const ReadResult one = read_artifact({dns_image()});
  CHECK(ingress(one, "eth2", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  // The rule trusts the mark on eth1 too, where no program writes it.
  CHECK(ingress(one, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "undefined");
  const ReadResult both = read_artifact({dns_image(), dns_image("eth1")});
  CHECK(ingress(both, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  // Nor does an image that decides nothing write it for sure: its program may not be attached.
  const ReadResult idle = read_artifact({dns_image(), ImageWriter("eth1").image()});
  CHECK(ingress(idle, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "undefined");
}

TEST_CASE("bpf: what the rules make of the mark is composed, not looked for by its text") {
  const auto with_rules = [](std::string_view rules) {
    return read_artifact({dns_image()},
                         fmt::format("table inet t {{\n chain c {{\n type filter hook prerouting "
                                     "priority raw;\n {}\n }}\n}}\n",
                                     rules));
  };
  const auto at = [](const ReadResult& artifact, std::string_view packet) {
    return ingress(artifact, "eth0", packet);
  };
  static constexpr std::string_view kMarked = "udp 10.0.0.7:5 > 10.0.0.1:53",
                                    kOther = "udp 10.0.0.7:5 > 10.0.0.1:54",
                                    kDropped = "udp 10.6.6.7:5 > 10.0.0.1:53";
  const ReadResult none = with_rules("accept");
  CHECK(at(none, kMarked) == "track");
  CHECK(at(none, kDropped) == "drop");
  for (const std::string_view rules : {"iifname eth0 meta mark and 0x10000 != 0 notrack",
                                       "iifname eth0 meta mark & 0x10000 != 0x10000 accept\n notrack",
                                       "iifname eth0 mark & 65536 eq 65536 notrack",
                                       "iifname eth0 meta mark & 0x10000 == 0 accept\n notrack"}) {
    CAPTURE(rules);
    const ReadResult artifact = with_rules(rules);
    CHECK(at(artifact, kMarked) == "untrack");
    CHECK(at(artifact, kOther) == "track");
    CHECK(at(artifact, kDropped) == "drop");
  }
  CHECK(at(with_rules("iifname eth0 meta mark & 0x10000 == 0 notrack"), kOther) == "untrack");
  CHECK(at(with_rules("iifname eth0 meta mark & 0x10000 == 0x10000 drop"), kMarked) == "drop");
}

TEST_CASE("bpf: egress is what the nft rules do, and the image has to say the same") {
  ImageWriter writer;
  const std::uint32_t port = writer.search(kSourcePort, {{0, kNext}, {53, kUntrack}, {54, kNext}});
  writer.root(kEgress, kV4, 0, kUdpClass, port);
  static constexpr std::string_view kRules =
      "table inet untrack {\n chain output {\n type filter hook output priority raw; policy accept;\n "
      "oifname eth0 meta "
      "nfproto ipv4 ip frag-off & 0x1fff == 0 meta l4proto udp @th,56,8 0-255 th sport {} notrack accept\n "
      "}\n}\n";
  const auto egress_rules = [](int number) {
    std::string text(kRules);
    return text.replace(text.find("{} notrack"), 2, std::to_string(number));
  };
  const ReadResult agreed = read_artifact({writer.image()}, kCompanion, egress_rules(53));
  CHECK(egress(agreed, "eth0", "udp 10.0.0.1:53 > 10.0.0.7:5") == "untrack");
  CHECK(egress(agreed, "eth0", "udp 10.0.0.1:54 > 10.0.0.7:5") == "track");
  const ReadResult other = read_artifact({writer.image()}, kCompanion, egress_rules(54));
  CHECK(egress(other, "eth0", "udp 10.0.0.1:53 > 10.0.0.7:5") == "contradiction");
  CHECK(egress(other, "eth0", "udp 10.0.0.1:54 > 10.0.0.7:5") == "contradiction");
  CHECK(egress(other, "eth0", "udp 10.0.0.1:55 > 10.0.0.7:5") == "track");
}

TEST_CASE("bpf: stages are asked in order until one decides") {
  ImageWriter writer;
  const std::uint32_t failsafe = writer.search(kDestinationPort, {{0, kNext}, {22, kTrack}, {23, kNext}});
  const std::uint32_t list = writer.search(kSource, {{0, kNext}, {0x0a000000, kDrop}, {0x0b000000, kNext}});
  const std::uint32_t behind = writer.search(kDestinationPort, {{0, kNext}, {80, kUntrack}, {81, kNext}});
  writer.root(kIngress, kV4, 0, kTcpClass, failsafe);
  writer.root(kIngress, kV4, 1, kTcpClass, list);
  writer.root(kIngress, kV4, 3, kTcpClass, behind);
  const ReadResult artifact = read_artifact({writer.image()});
  CHECK(ingress(artifact, "eth0", "tcp 10.0.0.1:5 > 1.2.3.4:22") == "track");
  CHECK(ingress(artifact, "eth0", "tcp 10.0.0.1:5 > 1.2.3.4:80") == "drop");
  CHECK(ingress(artifact, "eth0", "tcp 11.0.0.1:5 > 1.2.3.4:80") == "untrack");
  CHECK(ingress(artifact, "eth0", "tcp 11.0.0.1:5 > 1.2.3.4:81") == "track");
}

TEST_CASE("bpf: a class is what can be read of a packet") {
  const std::vector<std::pair<std::string_view, std::uint8_t>> packets = {
      {"tcp 1.1.1.1:1 > 1.1.1.2:1", kTcpClass},
      {"udp 1.1.1.1:1 > 1.1.1.2:1", kUdpClass},
      {"sctp 1.1.1.1:1 > 1.1.1.2:1", kSctpClass},
      {"icmp 8/0 1.1.1.1 > 1.1.1.2", kIcmpClass},
      {"tcp later-fragment 1.1.1.1 > 1.1.1.2", kBare},
      {"udp cut-off 1.1.1.1 > 1.1.1.2", kBare},
      {"icmp cut-off 1.1.1.1 > 1.1.1.2", kBare},
      {"58 1.1.1.1 > 1.1.1.2", kBare},
      {"89 1.1.1.1 > 1.1.1.2", kBare},
      {"icmpv6 128/0 ::1 > ::2", kIcmpClass},
      {"1 ::1 > ::2", kBare},
  };
  for (std::uint8_t packet_class = 0; packet_class < 5; ++packet_class) {
    ImageWriter writer;
    for (const int version : {kV4, kV6}) writer.root(kIngress, version, 2, packet_class, kDrop);
    const ReadResult artifact = read_artifact({writer.image()});
    for (const auto& [packet, its_class] : packets) {
      CAPTURE(packet);
      CHECK(ingress(artifact, "eth0", packet) == (its_class == packet_class ? "drop" : "track"));
    }
  }
}

// ---- what is refused

static std::string refusal_of_image(const std::string& image) {
  return refusal(read_artifact({image}));
}

TEST_CASE("bpf: what an image does not promise is refused") {
  // Two nodes. At 368 a search: references at 376, zeros at 388, first keys at 392. At 400 a directory:
  // references at 408, five starts at 424, first keys at 444.
  ImageWriter writer;
  const std::uint32_t search = writer.search(kSource, {{0, kNext}, {5, kDrop}, {9, kTrack}});
  const std::uint32_t directory = writer.directory(
      kDestination, 2, {{0, search}, {0x40000000, kUntrack}, {0x80000000, search}, {0x80000001, kNext}});
  writer.root(kIngress, kV4, 0, kTcpClass, directory);
  const std::string good = writer.image();
  REQUIRE(search == 368);
  REQUIRE(directory == 400);
  REQUIRE(good.size() == 456);
  REQUIRE(refusal_of_image(good).empty());

  struct Bad {
    std::string_view what;
    std::function<void(std::string&)> damage;
    std::string_view message;
  };
  const auto at32 = [](std::size_t offset, std::uint32_t value) {
    return [=](std::string& image) { put32(image, offset, value); };
  };
  const auto at8 = [](std::size_t offset, int value) {
    return [=](std::string& image) { image[offset] = static_cast<char>(value); };
  };
  const std::vector<Bad> bad = {
      {"magic", at8(3, 'x'), "no image: it does not begin with `UNTRKBPF`"},
      {"version", at32(8, 1), "the layout of the image has version 1; understood is 2"},
      {"size", at32(12, 8), "the image says that it has 8 bytes, and has 456"},
      {"no mark", at32(16, 0), "the mark 0x0 is not one bit"},
      {"two marks", at32(16, 3), "the mark 0x3 is not one bit"},
      {"nodes", at32(20, 3), "the image says that it has 3 nodes, and has 2"},
      {"hook", at32(24, 2), "hook 0 is 2, neither 0 nor 1"},
      {"roots without policy", at32(24, 0), "offset 52: a root that decides, in a direction without policy"},
      {"no name", [](std::string& image) { image.replace(32, 4, 4, '\0'); },
       "the interface name is not of 1 to 15 characters with zeros behind"},
      {"a name of 16", [](std::string& image) { image.replace(32, 16, 16, 'x'); },
       "the interface name is not of 1 to 15 characters with zeros behind"},
      {"bytes behind the name", at8(40, 'x'),
       "the interface name is not of 1 to 15 characters with zeros behind"},
      {"slash in the name", at8(33, '/'), "no interface can have the name in the image"},
      {"blank in the name", at8(33, ' '), "no interface can have the name in the image"},
      {"root to the header", at32(48, 0), "offset 48: a reference to 0, where no node before it begins"},
      {"root into a node", at32(48, 376), "offset 48: a reference to 376, where no node before it begins"},
      {"root to the end", at32(48, 456), "offset 48: a reference to 456, where no node before it begins"},
      {"a fifth end", at32(48, 0x80000004), "offset 48: no end has number 4"},
      {"kind 0", at8(368, 0), "offset 368: no kind of node has number 0"},
      {"kind 5", at8(368, 5), "offset 368: no kind of node has number 5"},
      {"field 6", at8(369, 6), "offset 368: no field has number 6"},
      {"alternation", at8(370, 2), "offset 368: whether references alternate is 2"},
      {"search with bits", at8(371, 1), "offset 368: bits, and it is no directory"},
      {"one interval", at32(372, 1), "offset 368: a node has at least 2 intervals, this one 1"},
      {"two intervals that alternate",
       [](std::string& image) {
         image[370] = 1;
         put32(image, 372, 2);
       },
       "offset 368: a node has at least 3 intervals, this one 2"},
      {"too many intervals", at32(372, 1048577),
       "offset 368: a search goes through 1048575 first keys at most, this one through 1048576"},
      {"references past the end", at32(372, 1048576),
       "offset 4194680: the node goes on past the end of the image"},
      {"table past the end", at32(404, 6), "offset 472: the node goes on past the end of the image"},
      {"equal neighbours", at32(380, kNext),
       "offset 380: two neighbouring intervals have the same reference"},
      {"bytes behind the references", at8(389, 1), "offset 388: the bytes up to the next part are not zero"},
      {"first key 0", at32(392, 0), "offset 392: the first keys do not ascend from above 0"},
      {"equal keys", at32(396, 5), "offset 396: the first keys do not ascend from above 0"},
      {"a key past the field's",
       [](std::string& image) {
         image[369] = kProtocol;
         put32(image, 396, 256);
       },
       "offset 396: a key that its field cannot hold"},
      {"wide search for a port",
       [](std::string& image) {
         image[368] = 2;
         image[369] = kSourcePort;
       },
       "offset 368: a wide search for a field that is no address"},
      {"rank for an address", at8(368, 4), "offset 368: a rank node for keys of 32 bits"},
      {"rank for the protocol",
       [](std::string& image) {
         image[368] = 4;
         image[369] = kProtocol;
       },
       "offset 368: a rank node for keys of 8 bits"},
      {"directory for the protocol",
       [](std::string& image) {
         image[368] = 3;
         image[369] = kProtocol;
         image[371] = 1;
       },
       "offset 368: a directory for the protocol"},
      {"no bits", at8(403, 0), "offset 400: a directory by 1 to 16 bits, this one by 0"},
      {"seventeen bits", at8(403, 17), "offset 400: a directory by 1 to 16 bits, this one by 17"},
      {"a first start", at32(424, 1), "offset 424: 0 first keys are below place 0 of a directory, it says 1"},
      {"a start too low", at32(436, 0),
       "offset 436: 3 first keys are below place 3 of a directory, it says 0"},
      {"a last start too high", at32(440, 4),
       "offset 440: 3 first keys are below place 4 of a directory, it says 4"},
      {"a first key in another place", at32(444, 0x80000000 - 0x40000000 - 1),
       "offset 428: 1 first keys are below place 1 of a directory, it says 0"},
      {"reference to itself", at32(412, 400),
       "offset 412: a reference to 400, where no node before it begins"},
      {"node that nothing reaches", at32(52, search), "offset 400: no way leads to this node"},
  };
  for (const Bad& one : bad) {
    CAPTURE(one.what);
    std::string image = good;
    one.damage(image);
    CHECK(refusal_of_image(image) == fmt::format("bpf/x.o:0: {}", one.message));
  }
}

TEST_CASE("bpf: a rank node counts its bits, and has as many as it has first keys") {
  // References at 376, words from 384 on.
  ImageWriter writer;
  const std::uint32_t rank =
      writer.rank(kDestinationPort, {{0, kNext}, {53, kUntrack}, {54, kNext}, {65535, kDrop}},
                  ImageWriter::References::Each);
  writer.root(kIngress, kV4, 0, kUdpClass, rank);
  const std::string good = writer.image();
  REQUIRE(good.size() == 392 + 8 * 2048);
  const ReadResult artifact = read_artifact({good});
  for (const auto& [port, fate] : std::vector<std::pair<int, std::string_view>>{
           {0, "track"}, {52, "track"}, {53, "untrack"}, {54, "track"}, {65534, "track"}, {65535, "drop"}})
    CHECK(ingress(artifact, "eth0", fmt::format("udp 1.1.1.1:5 > 1.1.1.2:{}", port)) == fate);
  const auto damaged = [&](std::size_t offset, std::uint32_t value) {
    std::string image = good;
    put32(image, offset, value);
    return refusal_of_image(image);
  };
  static constexpr std::size_t kWords = 392;
  CHECK(damaged(kWords, 1) == "bpf/x.o:0: offset 392: the first keys do not ascend from above 0");
  CHECK(damaged(kWords, 2) == "bpf/x.o:0: offset 404: 1 bits are set in the words before, it says 0");
  CHECK(damaged(kWords + 4, 1) == "bpf/x.o:0: offset 396: 0 bits are set in the words before, it says 1");
  CHECK(damaged(kWords + 8, 0) == "bpf/x.o:0: offset 412: 0 bits are set in the words before, it says 2");
  CHECK(damaged(kWords + 8 * 2047 + 4, 3) ==
        fmt::format("bpf/x.o:0: offset {}: 2 bits are set in the words before, it says 3",
                    kWords + 8 * 2047 + 4));
  CHECK(damaged(kWords + 8 * 2047, 0xc0000000) == "bpf/x.o:0: offset 392: 4 bits are set for 4 intervals");
  CHECK(damaged(kWords + 8 * 2047, 0) == "bpf/x.o:0: offset 392: 2 bits are set for 4 intervals");
}

TEST_CASE("bpf: a place of a directory has no more first keys than a search goes through") {
  const auto directory = [](std::uint32_t keys) {
    ImageWriter::Entries entries;
    for (std::uint32_t key = 0; key <= keys; ++key) entries.emplace_back(key, key % 2 == 0 ? kNext : kDrop);
    ImageWriter writer;
    writer.root(kIngress, kV4, 0, kBare,
                writer.directory(kSource, 1, entries, ImageWriter::References::Alternating));
    return refusal_of_image(writer.image());
  };
  CHECK(directory((1 << 20) - 1).empty());
  CHECK(directory(1 << 20) ==
        "bpf/x.o:0: offset 388: a search goes through 1048575 first keys at most, this one through 1048576");
}

TEST_CASE("bpf: where references alternate, two stand for all") {
  using enum ImageWriter::References;
  const ImageWriter::Entries ports{{0, kNext}, {53, kUntrack}, {54, kNext}, {80, kUntrack}, {81, kNext}};
  for (int kind = 0; kind < 3; ++kind) {
    CAPTURE(kind);
    const auto image = [&](ImageWriter::References references) {
      ImageWriter writer;
      writer.root(kIngress, kV4, 0, kTcpClass,
                  kind == 0   ? writer.search(kDestinationPort, ports, references)
                  : kind == 1 ? writer.directory(kDestinationPort, 11, ports, references)
                              : writer.rank(kDestinationPort, ports, references));
      return writer.image();
    };
    CHECK(image(Alternating).size() < image(Each).size());
    for (const ImageWriter::References references : {Each, Alternating}) {
      const ReadResult artifact = read_artifact({image(references)});
      for (const int port : {0, 52, 53, 54, 79, 80, 81, 65535})
        CHECK(ingress(artifact, "eth0", fmt::format("tcp 1.1.1.1:5 > 1.1.1.2:{}", port)) ==
              (port == 53 || port == 80 ? "untrack" : "track"));
    }
  }
}

TEST_CASE("bpf: ways that the page does not allow are refused") {
  const auto with_root = [](ImageWriter writer, int version, int packet_class, std::uint32_t reference) {
    writer.root(kIngress, version, 0, packet_class, reference);
    return refusal_of_image(writer.image());
  };
  {
    ImageWriter writer;
    const std::uint32_t below = writer.search(kSource, {{0, kNext}, {9, kDrop}});
    const std::uint32_t again = writer.search(kSource, {{0, kNext}, {5, below}});
    CHECK(with_root(writer, kV4, kBare, again) ==
          "bpf/x.o:0: offset 392: below this node its field is tested again");
  }
  {
    ImageWriter writer;
    const std::uint32_t below = writer.search(kSource, {{0, kNext}, {9, kDrop}});
    const std::uint32_t between = writer.search(kProtocol, {{0, kNext}, {7, below}});
    const std::uint32_t again = writer.directory(kSource, 1, {{0, kNext}, {5, between}});
    CHECK(with_root(writer, kV4, kBare, again) ==
          "bpf/x.o:0: offset 416: below this node its field is tested again");
  }
  const auto one_node = [&](int version, int packet_class, auto make) {
    ImageWriter writer;
    const std::uint32_t node = make(writer);
    return with_root(writer, version, packet_class, node);
  };
  const auto search = [](std::uint8_t field) {
    return [=](ImageWriter& writer) { return writer.search(field, {{0, kNext}, {9, kDrop}}); };
  };
  const auto wide = [](ImageWriter& writer) { return writer.wide(kDestination, {{0, kNext}, {9, kDrop}}); };
  const auto foreign = [](int version, int packet_class) {
    return fmt::format("bpf/x.o:0: IPv{}, stage 0, class {}: a test of what its packets do not have",
                       version == kV4 ? 4 : 6, packet_class);
  };
  CHECK(one_node(kV4, kBare, wide) == foreign(kV4, kBare));
  CHECK(one_node(kV6, kBare, search(kSource)) == foreign(kV6, kBare));
  CHECK(one_node(kV6, kTcpClass, wide).empty());
  for (const int version : {kV4, kV6}) {
    CHECK(one_node(version, kBare, search(kProtocol)).empty());
    CHECK(one_node(version, kBare, search(kSourcePort)) == foreign(version, kBare));
    CHECK(one_node(version, kBare, search(kIcmpField)) == foreign(version, kBare));
    CHECK(one_node(version, kSctpClass, search(kDestinationPort)).empty());
    CHECK(one_node(version, kTcpClass, search(kProtocol)) == foreign(version, kTcpClass));
    CHECK(one_node(version, kUdpClass, search(kIcmpField)) == foreign(version, kUdpClass));
    CHECK(one_node(version, kIcmpClass, search(kIcmpField)).empty());
    CHECK(one_node(version, kIcmpClass, search(kSourcePort)) == foreign(version, kIcmpClass));
  }
}

TEST_CASE("bpf: what lies behind a node, and the end of the image, are checked") {
  ImageWriter writer;
  writer.root(kIngress, kV4, 0, kBare, writer.search(kProtocol, {{0, kNext}, {6, kDrop}, {7, kNext}}));
  writer.root(kIngress, kV6, 0, kBare, writer.search(kProtocol, {{0, kNext}, {6, kDrop}, {7, kNext}}));
  std::string image = writer.image();
  REQUIRE(image.size() == 368 + 32 + 32);
  CHECK(refusal_of_image(image.substr(0, 100)) == "bpf/x.o:0: 100 bytes are no image: its header has 368");
  std::string longer = image + std::string(8, '\0');
  CHECK(refusal_of_image(longer) == "bpf/x.o:0: the image says that it has 432 bytes, and has 440");
  put32(longer, 12, 440);
  CHECK(refusal_of_image(longer) == "bpf/x.o:0: offset 432: no kind of node has number 0");
  CHECK(refusal_of_image(image + "1234") == "bpf/x.o:0: the size of the image, 436, is no multiple of 8");
  ImageWriter odd;
  odd.root(kIngress, kV6, 0, kBare, odd.search(kProtocol, {{0, kNext}, {6, kDrop}}));
  std::string padded = odd.image();
  REQUIRE(padded.size() == 368 + 8 + 8 + 4 + 4);
  REQUIRE(refusal_of_image(padded).empty());
  padded.back() = 1;
  CHECK(refusal_of_image(padded) == "bpf/x.o:0: offset 388: the bytes up to the next part are not zero");
}

TEST_CASE("bpf: files that do not belong together are refused") {
  CHECK(refusal(read_artifact({dns_image(), dns_image()})).empty());
  CHECK(refusal(read_artifact({dns_image(), ImageWriter().image()})) ==
        "bpf/x.o:0: a second image for interface `eth0`, and another one");
  std::string other_mark = dns_image("eth1");
  put32(other_mark, 16, 0x20000);
  CHECK(refusal(read_artifact({dns_image(), other_mark})) ==
        "bpf/x.o:0: the image has the mark 0x20000, the one of interface `eth0` has 0x10000");
  CHECK(refusal(read_artifact({other_mark})) ==
        "bpf/companion.nft:0: the rules test the mark 0x10000, the images set 0x20000");
  const std::string object = object_around(dns_image());
  CHECK(refusal(read_bpf({.objects = {{"bpf/eth1.bpf.o", object}}, .images = {}, .scripts = {}},
                         our_classifier())) == "bpf/eth1.bpf.o:0: the image is for interface `eth0`");
  CHECK(refusal(read_bpf({.objects = {{"bpf/eth0.bpf.o", object}}, .images = {}, .scripts = {}},
                         our_classifier()))
            .empty());
  CHECK(refusal(read_artifact({dns_image()}, kCompanion,
                              "table inet untrack {\n chain c {\n nonsense\n }\n}\n")) ==
        "bpf/egress.nft:3: `nonsense` is not understood");
  CHECK(refusal(read_artifact({dns_image()}, "nonsense", "")) ==
        "bpf/companion.nft:1: the command `nonsense` is not understood");
}

TEST_CASE("nft: tests of the mark are understood where a program writes it, one bit of it") {
  const auto refused = [](std::string_view rule) {
    return refusal(read_artifact(
        {dns_image()},
        fmt::format("table inet t {{\nchain c {{\ntype filter hook prerouting priority raw;\n{}\n}}\n}}\n",
                    rule)));
  };
  CHECK(refused("meta mark 0x10000 notrack") ==
        "bpf/companion.nft:4: the whole packet mark is tested, with the bits of others");
  for (const std::string_view rule :
       {"meta mark & 0x30000 == 0x30000 notrack", "meta mark & 0x10000 == 0x30000 notrack",
        "meta mark & 0x10000 > 0 notrack",
        "meta mark & 0x10000 == 0x10000 meta mark & 0x20000 == 0 notrack"}) {
    CHECK(refused(rule) == "bpf/companion.nft:4: more than one bit of the packet mark is tested");
  }
  CHECK(refused("meta mark & 0x10000 == 0 meta mark set meta mark | 0x10000").empty());
  CHECK(refused("meta mark set meta mark & 0xfffeffff\nmeta mark & 0x10000 == 0 notrack") ==
        "bpf/companion.nft:5: the packet mark is tested at hook `prerouting`, where line 4 writes it");
  CHECK(refused(
            "meta mark set meta mark & 0xfffeffff\n}\nchain d {\ntype filter hook prerouting priority -299;\n"
            "meta mark & 0x10000 == 0 notrack") ==
        "bpf/companion.nft:8: the packet mark is tested at hook `prerouting`, where line 4 writes it");
  CHECK(refused("jump d\n}\nchain d {\nmeta mark set meta mark | 0x10000\n}\nchain e {\nmeta mark & 0x10000 "
                "== 0 drop") ==
        "bpf/companion.nft:10: the packet mark is tested at hook `prerouting`, where line 7 writes it");
  CHECK(refused("meta mark set meta mark | 0x20000") ==
        "bpf/companion.nft:0: the rules write the mark 0x20000, the images 0x10000");
}

// ---- beside rules of iptables

// What `rules` are in both files, of chains that are declared.
static std::string restore_file(std::string_view rules) {
  return fmt::format(
      "*raw\n:untrack-prerouting - [0:0]\n:untrack-output - [0:0]\n:untrack-allow - [0:0]\n{}COMMIT\n",
      rules);
}
static constexpr std::string_view kAllow = "-A untrack-allow -j CT --notrack\n-A untrack-allow -j ACCEPT\n";

static ReadResult read_beside_iptables(const std::vector<std::string>& objects, std::string_view rules) {
  const std::string text = restore_file(fmt::format("{}{}", rules, kAllow));
  BpfFiles files;
  for (const std::string& object : objects) files.objects.push_back({"bpf/x.o", object});
  files.restore = BpfRestore{.v4 = {"bpf/iptables.restore", text}, .v6 = {"bpf/ip6tables.restore", text}};
  return read_bpf(files, our_classifier());
}

// 10.0.0.0/8 may reach port 53 of everybody by UDP, 10.6.6.0/24 may nothing; answers of port 53 may leave,
// and nothing else by UDP may.
static std::string dns_object() {
  ImageWriter writer;
  const std::uint32_t net = writer.search(
      kSource,
      {{0, kNext}, {0x0a000000, kUntrack}, {0x0a060600, kDrop}, {0x0a060700, kUntrack}, {0x0b000000, kNext}});
  const std::uint32_t port = writer.search(kDestinationPort, {{0, kNext}, {53, net}, {54, kNext}});
  const std::uint32_t answer = writer.search(kSourcePort, {{0, kDrop}, {53, kUntrack}, {54, kDrop}});
  writer.root(kIngress, kV4, 0, kUdpClass, port);
  writer.root(kEgress, kV4, 0, kUdpClass, answer);
  return object_around(writer.image());
}
static std::string pinned(const std::string& object, std::string_view program) {
  return fmt::format("-m bpf --object-pinned /sys/fs/bpf/untrack-{:.12}/{}", hex(as_bytes(sha256(object))),
                     program);
}

TEST_CASE("bpf: beside iptables, rules trust the mark and ask the pinned programs about egress") {
  const std::string object = dns_object();
  const ReadResult artifact = read_beside_iptables(
      {object}, fmt::format("-A untrack-prerouting -i eth0 -m mark --mark 0x10000/0x10000 -g untrack-allow\n"
                            "-A untrack-output -o eth0 {} -j DROP\n"
                            "-A untrack-output -o eth0 {} -g untrack-allow\n",
                            pinned(object, "untrack_drop"), pinned(object, "untrack_allow")));
  CHECK(refusal(artifact).empty());
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(artifact, "eth0", "udp 10.6.6.7:5 > 10.0.0.1:53") == "drop");
  CHECK(ingress(artifact, "eth0", "tcp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  CHECK(ingress(artifact, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  CHECK(egress(artifact, "eth0", "udp 10.0.0.1:53 > 10.0.0.7:5") == "untrack");
  CHECK(egress(artifact, "eth0", "udp 10.0.0.1:54 > 10.0.0.7:5") == "drop");
  CHECK(egress(artifact, "eth0", "udp [fd00::1]:53 > [fd00::7]:5") == "track");
  CHECK(egress(artifact, "eth0", "tcp 10.0.0.1:53 > 10.0.0.7:5") == "track");
  CHECK(std::get<Reading>(artifact).mark == std::nullopt);
}

TEST_CASE("bpf: beside iptables, the mark is trusted only where a program writes it") {
  const std::string object = dns_object();
  const ReadResult anywhere = read_beside_iptables(
      {object}, "-A untrack-prerouting -m mark --mark 0x10000/0x10000 -g untrack-allow\n");
  CHECK(ingress(anywhere, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(anywhere, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "undefined");
  CHECK(egress(anywhere, "eth0", "udp 10.0.0.1:53 > 10.0.0.7:5") == "track");
}

TEST_CASE("bpf: beside rules that clear the mark, it is left on just what is untracked") {
  const std::string object = dns_object();
  static constexpr std::string_view kClear = "-A untrack-{} -j MARK --set-xmark 0x0/0x10000\n";
  const std::string trust = "-A untrack-prerouting -i eth0 -m mark --mark 0x10000/0x10000 -g untrack-allow\n",
                    clear = fmt::format(kClear, "prerouting") + fmt::format(kClear, "output");
  const ReadResult artifact = read_beside_iptables({object}, trust + clear);
  CHECK(std::get<Reading>(artifact).mark == MarkBit{0x10000});
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:54") == "track");
  CHECK(ingress(artifact, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  CHECK(egress(artifact, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  CHECK(refusal(read_beside_iptables({object}, clear + trust)) ==
        "bpf/iptables.restore:7: the packet mark is tested where rules before may have written it");
  const ReadResult nft =
      read_artifact({dns_image()},
                    "table inet t {\n chain c {\n type filter hook prerouting priority raw;\n"
                    "meta mark & 0x10000 == 0x10000 iifname eth0 notrack accept\n"
                    "meta mark set meta mark & 0xfffeffff\n}\n}\n");
  CHECK(ingress(nft, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(ingress(nft, "eth1", "udp 10.0.0.7:5 > 10.0.0.1:53") == "track");
  // Nobody clears it at output.
  CHECK(egress(nft, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "undefined");
}

TEST_CASE("bpf: beside iptables, what programs rules ask is known, or they are refused") {
  const std::string object = dns_object(), other = object_around(dns_image("eth1"));
  const auto refused = [&](std::string_view rule) {
    return refusal(read_beside_iptables({object}, fmt::format("-A untrack-{}\n", rule)));
  };
  const std::string drop = pinned(object, "untrack_drop");
  CHECK(refused(fmt::format("output -o eth0 {} -j DROP", drop)).empty());
  CHECK(refused(fmt::format("output {} -j DROP", drop)) ==
        "bpf/iptables.restore:5: a pinned program is understood only where `-o` names one interface");
  CHECK(refused(fmt::format("output -o eth+ {} -j DROP", drop)) ==
        "bpf/iptables.restore:5: a pinned program is understood only where `-o` names one interface");
  CHECK(refused(fmt::format("output -o eth1 {} -j DROP", drop)) ==
        "bpf/iptables.restore:5: there is no image for interface `eth1`");
  CHECK(refused(fmt::format("output -o eth0 {} -j DROP", pinned(other, "untrack_drop")))
            .starts_with(
                "bpf/iptables.restore:5: the programs of another object are asked: that of interface `eth0` "
                "has SHA-256 "));
  for (const std::string_view path :
       {"/sys/fs/bpf/untrack-0123456789ab/untrack_xdp", "/sys/fs/bpf/x/untrack_drop",
        "/sys/fs/bpf/untrack-0123456789ab", "/sys"}) {
    CHECK(refused(fmt::format("output -o eth0 -m bpf --object-pinned {} -j DROP", path)) ==
          fmt::format("bpf/iptables.restore:5: `{}` is no program of `untrack`", path));
  }
  CHECK(refused(fmt::format("output -o eth0 {0} {0} -j DROP", drop)) ==
        "bpf/iptables.restore:5: the rule asks two programs");
  CHECK(refused(fmt::format("output -o eth0 ! {} -j DROP", drop)) ==
        "bpf/iptables.restore:5: `! -m` is not understood");
  CHECK(refused("prerouting -m mark --mark 0x20000/0x20000 -j DROP") ==
        "bpf/iptables.restore:0: the rules test the mark 0x20000, the images set 0x10000");
  CHECK(refused("prerouting -j MARK --set-xmark 0x0/0x8") ==
        "bpf/iptables.restore:0: the rules write the mark 0x8, the images 0x10000");
  for (const std::string_view mark : {"0x10000", "0x0/0x10000", "0x30000/0x30000", "x/0x10000"}) {
    CHECK(refused(fmt::format("prerouting -m mark --mark {} -j DROP", mark)) ==
          "bpf/iptables.restore:5: of the packet mark more than one bit is tested, or that it is not set");
  }
  CHECK(refused("allow -m mark --mark 0x10000/0x10000 -j DROP") ==
        "bpf/iptables.restore:5: the packet mark is tested where rules before may have written it");
}

TEST_CASE("iptables: without programs beside them, rules can neither go by a mark nor ask one") {
  for (const std::string_view match : {"mark --mark 0x10000/0x10000", "bpf --object-pinned /x"}) {
    const std::string text =
        restore_file(fmt::format("-A untrack-prerouting -m {} -j DROP\n{}", match, kAllow));
    CHECK(refusal(read_iptables({.ipset = "", .v4 = text, .v6 = text})) ==
          fmt::format("iptables.restore:5: `-m {}` is not understood", match.substr(0, match.find(' '))));
  }
}

// ---- objects

TEST_CASE("bpf: an object is known by its programs, and has nothing else that is loaded") {
  const std::string image = dns_image(), good = object_around(image);
  const auto read_object = [](const std::string& object) {
    return refusal(read_bpf({.objects = {{"x.o", object}}, .images = {}, .scripts = {}}, our_classifier()));
  };
  CHECK(read_object(good).empty());
  CHECK(read_object(object_around(image, std::string_view("\0\0\0\0\0\0\0\1", 8))) ==
        "x.o:0: its programs are not those that this untrack was built with; what they do is not known");
  CHECK(read_object("") == "x.o:0: no ELF object of 64 bits, least significant byte first");
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string object = good;
    const std::size_t at = object.rfind(from);
    REQUIRE(at != std::string::npos);
    return read_object(object.replace(at, from.size(), to));
  };
  CHECK(changed("license", "version") == "x.o:0: section `version` is not one of an image's object");
  CHECK(changed(".rodata", ".sodata") == "x.o:0: section `.sodata` is not one of an image's object");
  CHECK(changed("untrack_image", "untrack_imagf") == "x.o:0: a second symbol in `.rodata`, `untrack_imagf`");
  CHECK(changed("untrack_tc", "untrack_td") ==
        "x.o:0: its programs are not those that this untrack was built with; what they do is not known");
  CHECK(changed("GPL", "BSD") ==
        "x.o:0: its programs are not those that this untrack was built with; what they do is not known");
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(read_object(good.substr(0, size)).empty());
}

// What a reading does on the interface of its one image; empty if refused.
static std::string description(const ReadResult& read) {
  if (!refusal(read).empty()) return "";
  ir::PacketSpace space;
  ir::EffectTable table;
  const auto& reading = std::get<Reading>(read);
  const ir::PacketMap map = reading.effects(space, table, ir::Direction::Ingress, "eth0");
  return fmt::format("{} {}", fmt::join(reading.interfaces, " "), map.node);
}

TEST_CASE("bpf: no changed bit of a program, of its place or of the licence is overlooked") {
  const std::string image = dns_image(), good = object_around(image);
  const auto read_object = [](const std::string& object) {
    return read_bpf({.objects = {{"x.o", object}}, .images = {}, .scripts = {{"c", kCompanion}}},
                    our_classifier());
  };
  const std::string before = description(read_object(good));
  REQUIRE_FALSE(before.empty());
  const std::size_t image_at = good.find(image), licence_at = good.find("GPL");
  std::size_t unseen = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string object = good;
      object[at] = static_cast<char>(object[at] ^ 1 << bit);
      const bool same = description(read_object(object)) == before;
      unseen += same;
      const bool in_programs = (at >= 64 && at < image_at) || (at >= licence_at && at < licence_at + 4);
      if (in_programs) CHECK_MESSAGE(!same, at);
    }
  }
  CHECK(unseen > 0);  // fields of headers that no loader of such objects reads, bytes between sections
}

// Apart from each other, so that the list stays as long as it is.
static std::vector<std::pair<std::uint32_t, std::uint32_t>> many_prefixes() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> entries{{0, kNext}};
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint32_t first = 0x01000000 + i * 0x5000 + (i % 7) * 0x100;
    entries.emplace_back(first, i % 3 == 0 ? kUntrack : kDrop);
    entries.emplace_back(first + 0x100, kNext);
  }
  return entries;
}

TEST_CASE("bpf: 100,000 prefixes, in one search") {
  ImageWriter writer;
  writer.root(kIngress, kV4, 0, kTcpClass, writer.search(kSource, many_prefixes()));
  const ReadResult artifact = read_artifact({writer.image()});
  CHECK(ingress(artifact, "eth0", "tcp 1.0.0.5:1 > 1.1.1.1:1") == "untrack");
  CHECK(ingress(artifact, "eth0", "tcp 1.0.81.5:1 > 1.1.1.1:1") == "drop");
  CHECK(ingress(artifact, "eth0", "tcp 1.0.80.5:1 > 1.1.1.1:1") == "track");
}

TEST_CASE("bpf: 100,000 prefixes mean the same in a directory and in a search") {
  const auto entries = many_prefixes();
  ImageWriter directory, search;
  directory.root(kEgress, kV4, 0, kBare, directory.directory(kDestination, 16, entries));
  search.root(kEgress, kV4, 0, kBare, search.search(kDestination, entries));
  ir::PacketSpace space;
  CHECK(bpf::decisions(bpf::parse_image(directory.image()), space, ir::Direction::Egress) ==
        bpf::decisions(bpf::parse_image(search.image()), space, ir::Direction::Egress));
}

// ---- dumps of maps

TEST_CASE("bpf: the image of a live node is found in what bpftool prints, whatever else is there") {
  const std::string image = dns_image();
  const auto images = [](std::string_view text) {
    const auto found = images_in("dump", text);
    if (const auto* refused = std::get_if<Refusal>(&found))
      return fmt::format("{}:{}: {}", refused->file, refused->line, refused->message);
    std::string all = "found";
    for (const std::string& one : std::get<std::vector<std::string>>(found))
      all += fmt::format(" {}", one.size());
    return all;
  };
  const std::string dump = map_dump(image), ours = fmt::format("found {}", image.size());
  CHECK(images(dump) == ours);
  CHECK(images(dump + map_dump("something else") + dump) == fmt::format("found {0} {0}", image.size()));
  CHECK(images("[]\n" + dump) == ours);
  CHECK(images("") == "found");
  CHECK(images(R"([{"key":["0x01"],"value":["0x02"],"formatted":{"key":1,"value":{"a":["}",-2.5e1]}}}])") ==
        "found");
  CHECK(
      images(
          R"([{"key":["0x01"],"values":[{"cpu":0,"value":["0x02"]}]},{"key":["0x02"],"value":{"error":"No"}}])") ==
      "found");
  const std::string pretty =
      "[{\n        \"key\": [\"0x00\",\"0x00\",\"0x00\",\"0x00\"\n        ],\n        \"value\": [" +
      dump.substr(dump.find("0x55") - 1, dump.rfind("]}]") - dump.find("0x55") + 1) +
      "\n        ]\n    }\n]\n";
  CHECK(images(pretty) == ours);
  static constexpr std::string_view kNot = "this is not what `bpftool map dump -j` prints: ";
  CHECK(images("{\"error\":\"x\"}") == fmt::format("dump:1: {}`[` should stand here", kNot));
  CHECK(images("[]\n[{\"key\":[\"0x0\"]}]") ==
        fmt::format("dump:2: {}`a byte like \"0x7f\"` should stand here", kNot));
  CHECK(images("[{\"key\":[\"0xfg\"]}]") ==
        fmt::format("dump:1: {}`a hexadecimal digit` should stand here", kNot));
  for (std::size_t size = 1; size + 1 < dump.size(); size += 7)
    CHECK(images(dump.substr(0, size)).starts_with("dump:1:"));
}

TEST_CASE("bpf: an image from a map and the rules of the node are read like an artifact") {
  const std::string image = dns_image();
  const ReadResult artifact =
      read_bpf({.objects = {}, .images = {{"dump", image}}, .scripts = {{"dump", kCompanion}}}, {});
  CHECK(ingress(artifact, "eth0", "udp 10.0.0.7:5 > 10.0.0.1:53") == "untrack");
  CHECK(refusal(read_bpf({.objects = {}, .images = {{"dump", "UNTRKBPF"}}, .scripts = {}}, {})) ==
        "dump:0: 8 bytes are no image: its header has 368");
}

TEST_CASE("bpf: maps are told from other text, on one line or laid out, and nft stands beside them") {
  const std::string dump = map_dump(dns_image());
  const std::string pretty = "[{\n        \"key\": [\"0x00\"\n        ]\n    }\n]\n";
  const std::string listing =
      "table inet untrack-bpf {\n\tchain prerouting {\n\t}\n}\ntable inet other {\n}\n";
  const auto apart = take_apart("f", dump + listing + pretty + "create s hash:net\n", false);
  REQUIRE(std::holds_alternative<Parts>(apart));
  const Parts& parts = std::get<Parts>(apart);
  REQUIRE(parts.bpf_maps);
  CHECK(*parts.bpf_maps == dump + "\n\n\n\n\n\n" + pretty + "\n");
  REQUIRE(parts.nft);
  CHECK(parts.nft_is_listing);
  CHECK(has_bpf_rules(*parts.nft));
  CHECK_FALSE(has_bpf_rules("table inet untrack {\n}\ntable ip untrack-bpf {\n}\n"));
  CHECK(ours_of_nft(listing, kBpfTables).text.find("other") == std::string::npos);
  CHECK(ours_of_nft(listing, kNftTables).text.empty());
  CHECK(parts.ipset);
  const auto odd = take_apart("f", dump + "add table inet untrack\n", false);
  REQUIRE(std::holds_alternative<Refusal>(odd));
  CHECK(std::get<Refusal>(odd).line == 2);
}

TEST_CASE(
    "bpf: an artifact is proved equal to its policy, and a slip in each of its parts is told with a packet") {
  static constexpr std::string_view kPolicy = R"(node n

%a0 = addresses `clients` {
  10.0.0.0/8
}

hook eth0 ingress {
  block tier default {
    untrack udp from %a0 to port 53  <- gnp/dns ingress 0
    drop udp to port 53  <- gnp/dns ingress 1
  }
}

hook eth0 egress {
  block tier default {
    untrack udp from port 53 to %a0  <- gnp/dns egress 0
  }
}
)";
  static constexpr std::string_view kReplies =
      "table inet untrack {\n chain output {\n type filter hook output priority raw; policy accept;\n "
      "oifname eth0 ip "
      "daddr 10.0.0.0/8 ip frag-off & 0x1fff == 0 meta l4proto udp @th,56,8 0-255 th sport 53 notrack "
      "accept\n }\n}\n";
  const ir::Ruleset policy = policy_of(kPolicy);
  const auto image = [](std::uint32_t refused, std::uint32_t last_port) {
    ImageWriter writer;
    const std::uint32_t source =
        writer.search(kSource, {{0, refused}, {0x0a000000, kUntrack}, {0x0b000000, refused}});
    const std::uint32_t port = writer.search(kDestinationPort, {{0, kNext}, {53, source}, {54, kNext}});
    const std::uint32_t destination =
        writer.search(kDestination, {{0, kNext}, {0x0a000000, kUntrack}, {0x0b000000, kNext}});
    const std::uint32_t reply =
        writer.search(kSourcePort, {{0, kNext}, {53, destination}, {last_port + 1, kNext}});
    writer.root(kIngress, kV4, 0, kUdpClass, port);
    writer.root(kEgress, kV4, 0, kUdpClass, reply);
    const std::uint32_t v6 = writer.search(kDestinationPort, {{0, kNext}, {53, kDrop}, {54, kNext}});
    writer.root(kIngress, kV6, 0, kUdpClass, v6);
    return writer.image();
  };
  const std::string good = image(kDrop, 53);
  const auto says = [&](const std::vector<std::string>& images, std::string_view companion,
                        std::string_view egress_rules) {
    return verdict(policy, read_artifact(images, companion, egress_rules));
  };
  const std::string companion = replaced(std::string(kCompanion), ", \"eth1\"", "");
  CHECK(says({good}, companion, kReplies) == "equal");
  CHECK(says({image(kNext, 53)}, companion, kReplies) ==
        "ingress on eth0, packet udp 198.51.100.7:40000 > 192.0.2.7:53: the policy says drop, the artifact "
        "says track");
  CHECK(says({good}, "", kReplies) ==
        "ingress on eth0, packet udp 10.0.0.1:40000 > 192.0.2.7:53: the policy says untrack, the artifact "
        "says track");
  CHECK(says({good}, companion, "") ==
        "egress on eth0, packet udp 192.0.2.7:53 > 10.0.0.1:40000: the policy says untrack, the artifact "
        "says one thing "
        "in its BPF image and another in its nft rules");
  CHECK(says({image(kDrop, 54)}, companion, kReplies) ==
        "egress on eth0, packet udp 192.0.2.7:54 > 10.0.0.1:40000: the policy says track, the artifact says "
        "one thing in "
        "its BPF image and another in its nft rules");
  CHECK(
      says({good}, kCompanion, kReplies) ==
      "ingress on eth1, packet tcp 198.51.100.7:40000 > 192.0.2.7:40000: the policy says track, the artifact "
      "leaves it to "
      "bytes that are no header, or to something that no policy means");
  CHECK(
      says({}, companion, kReplies) ==
      "ingress on eth0, packet tcp 198.51.100.7:40000 > 192.0.2.7:40000: the policy says track, the artifact "
      "leaves it to "
      "bytes that are no header, or to something that no policy means");
}

}  // namespace untrack::verify
