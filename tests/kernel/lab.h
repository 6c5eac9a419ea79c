// A host and its peer, each a network namespace, joined by one veth pair for each interface of a policy; and
// an observer in the host that notes what became of every packet. One lab serves one set of rules after the
// other.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/backend.h"
#include "ir/meaning.h"
#include "ir/ruleset.h"
#include "tests/kernel/bpf_programs.h"
#include "tests/kernel/namespace.h"
#include "tests/kernel/wire.h"

namespace untrack::kernel {

// How the verdict of an artifact is seen.
enum class Eyes : std::uint8_t {
  // By `ct state`. Asking for it switches reassembly on in the namespace, so that no fragment reaches the
  // artifact, and
  // packets that were sent in pieces reach it whole.
  Conntrack,
  // By the mark of `--accept-in-filter`: no conntrack in the namespace, so that the artifact meets fragments.
  Mark
};
// Bpf: programs at tc, egress by nft. BpfXtables: programs at XDP, too, and pinned ones in rules of iptables
// for egress.
enum class Loader : std::uint8_t { Nft, IptablesLegacy, IptablesNft, Bpf, BpfXtables };
constexpr bool has_programs(Loader loader) {
  return loader == Loader::Bpf || loader == Loader::BpfXtables;
}

// How the artifacts are to be made that such a lab can judge.
backends::Options options_for(Loader loader, Eyes eyes);

// The interfaces of every lab: all that generated rules speak of but lo, where what goes out also comes in.
inline constexpr std::array<std::string_view, 5> kInterfaces = {"bond0", "ens3", "eth0", "eth1", "vlan.7"};

// A packet as the kernel is to see it, where, and what should become of it.
struct Injected {
  enum class Form : std::uint8_t {
    Whole,
    InFragments,
    CutOff
  };  // a later fragment alone is in fragments too
  std::string_view interface_name;  // one of kInterfaces
  ir::Direction direction = ir::Direction::Ingress;
  ir::Packet packet;
  ir::Verdict expected = ir::Verdict::Track;
  Form form = Form::Whole;
  std::vector<Bytes> pieces;  // fragments, or the packet itself; each has the id that `wire_id` gives
};

// What is to become of a packet and its form, in the four high bits, and its number in the set, from 1. IPv4
// carries it as identification, IPv6 as flow label. So the observer need not know the packets: it counts by
// the high bits.
inline constexpr std::size_t kMostPackets = 0xfff;
std::uint16_t wire_id(const Injected& each, std::size_t number);

// How many packets of each expected verdict and form the rules met, and in what they ended. The kernel lets
// some packets neither in nor out; the rules never meet them.
struct Counts {
  using Table = std::array<std::array<std::size_t, 3>, 3>;  // by expected verdict, then by form
  Table arrived{}, untracked{}, tracked{};
  bool as_expected() const;
};
std::size_t sum(const Counts::Table& table);

class Lab {
 public:
  Lab(Loader loader, Eyes eyes);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Replaces what was loaded before by these files, in the way that their comments say. What went wrong, if
  // anything.
  [[nodiscard]] std::string load(std::span<const backends::Artifact> files);
  // Sends the packets and counts what became of them. Programs drop packets before the observer sees them
  // arrive: so they are sent twice, and those count as arrived that do so without programs.
  Counts send(std::span<const Injected> packets);

 private:
  struct Port {
    std::array<std::uint8_t, 6> mac{};  // of the host's end
    int index = 0;                      // of the peer's end
  };
  void link(std::string_view name, int metric);
  void must(const std::string& command, const std::string& input = "");
  std::string load_iptables(std::span<const backends::Artifact> files);
  std::string load_bpf(std::span<const backends::Artifact> files);
  std::string attach(const std::string& name, const std::string& object);
  void detach_all();
  void bypass_programs(bool on);
  Counts send_once(std::span<const Injected> packets);
  void send_in(const Injected& each, const Bytes& piece);
  void send_out(const Injected& each, const Bytes& piece);
  int raw_socket(std::string_view name, ir::IpVersion version);

  Namespace host_, peer_;
  Loader loader_;
  Eyes eyes_;
  std::map<std::string, Port, std::less<>> ports_;  // by interface name
  std::map<std::string, std::unique_ptr<BpfPrograms>> attached_;
  std::map<std::pair<std::string_view, ir::IpVersion>, int> raw_;
  int frames_ = -1;
};

}  // namespace untrack::kernel
