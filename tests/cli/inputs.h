// Small clusters that the tests of the program share.
#pragma once
#include <string_view>

namespace untrack::cli {

// One node, one interface, a server whose replies and ICMP errors are allowed too: nothing to report.
inline constexpr std::string_view kServer = R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata:
  name: n1-eth0
  labels: {role: server}
spec:
  node: n1
  interfaceName: eth0
  expectedIPs: [10.0.0.1]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: serve
spec:
  selector: role == 'server'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
  - action: Allow
    protocol: TCP
    destination: {ports: [11211]}
  - action: Allow
    protocol: ICMP
    icmp: {type: 3}
  - action: Allow
    protocol: ICMPv6
    icmp: {type: 2}
  egress:
  - action: Allow
    protocol: TCP
    source: {ports: [11211]}
  - action: Allow
    protocol: ICMP
    icmp: {type: 3}
  - action: Allow
    protocol: ICMPv6
    icmp: {type: 2}
)";

inline constexpr std::string_view kSecondNode = R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata:
  name: n2-eth0
  labels: {role: server}
spec: {node: n2, interfaceName: eth0}
)";

// One port and a Deny, without failsafes.
inline constexpr std::string_view kOnePort = R"(apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: server}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [10.0.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: serve}
spec:
  selector: role == 'server'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress:
  - {action: Allow, protocol: TCP, destination: {ports: [11211]}}
  - {action: Deny, protocol: UDP}
)";

}  // namespace untrack::cli
