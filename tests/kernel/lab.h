// A host and its peer, each a network namespace, joined by one veth pair for each interface of a policy; and
// an observer in the host that notes what became of every packet.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/ruleset.h"
#include "tests/kernel/namespace.h"
#include "tests/kernel/wire.h"

namespace untrack::kernel {

// How the verdict of an artifact is seen.
enum class Eyes {
  // By `ct state`, from the untouched artifact. Asking for it switches defragmentation on in the namespace,
  // so
  // that no fragment reaches the artifact.
  Conntrack,
  // By a mark that is set beside notrack: no conntrack in the namespace, so that the artifact meets
  // fragments.
  Mark
};
enum class Loader { Nft, IptablesLegacy, IptablesNft };

// Where packets go in or out, and the sets in which the kernel notes them by id.
struct Place {
  std::string interface_name;
  ir::Direction direction = ir::Direction::Ingress;
  const ir::InterfaceHook* hook = nullptr;  // none: the policy says nothing here

  // `what` is `arrived`, `untracked` or `tracked`.
  std::string set(std::string_view what, ir::IpVersion version) const;
};

// A packet as the kernel is to see it.
struct Injected {
  ir::Packet packet;
  Bytes bytes;
};

using Ids = std::set<unsigned long>;

class Lab {
 public:
  Lab(const std::vector<Place>& places, Eyes eyes);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Loads the artifact that the backend writes for the ruleset, as its file says.
  void load(const ir::Ruleset& ruleset, Loader loader);
  void send(const Place& place, const Injected& each);
  // What the observer has noted so far, by name of the set.
  std::map<std::string, Ids> notes() const;

 private:
  struct Port {
    std::array<std::uint8_t, 6> mac{};  // of the host's end
    int index = 0;                      // of the peer's end
  };
  void link(const std::string& name, int metric);
  void must(const std::string& command, const std::string& input);
  void send_in(const std::string& name, const Injected& each);
  void send_out(const std::string& name, const Injected& each);
  int raw_socket(const std::string& name, ir::IpVersion version);

  Namespace host_, peer_;
  Eyes eyes_;
  std::map<std::string, Port> ports_;  // by interface name
  std::map<std::pair<std::string, ir::IpVersion>, int> raw_;
  int frames_ = -1;
};

}  // namespace untrack::kernel
