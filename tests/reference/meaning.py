"""What Calico's untracked policy means: docs/semantics.md once more, for one packet, in the plainest words.

Nothing here knows how untrack is built, and nothing is taken from it. A cluster is a list of resources as YAML
has them, save that a selector is a tuple (selector.py); they are taken to be valid.
"""

import ipaddress

from selector import holds, put_in_place, with_prefix

NUMBERS = {"ICMP": 1, "TCP": 6, "UDP": 17, "ICMPv6": 58, "SCTP": 132, "UDPLite": 136}
WITH_PORTS = {6, 17, 132}
NAMESPACE, ACCOUNT = "projectcalico.org/namespace", "projectcalico.org/serviceaccount"
IN_A_NAMESPACE, WITH_AN_ACCOUNT = ("has", NAMESPACE), ("has", ACCOUNT)

INBOUND = [("TCP", 22), ("UDP", 68)] + [("TCP", port) for port in (179, 2379, 2380, 5473, 6443, 6666, 6667)]
OUTBOUND = [("UDP", 53), ("UDP", 67)] + [("TCP", port) for port in (179, 2379, 2380, 5473, 6443, 6666, 6667)]


def number(protocol):
    return NUMBERS.get(protocol, protocol)


class Packet:
    """`protocol` is a number. Unreadable ones have neither ports nor type and code."""

    def __init__(self, protocol, source, destination, ports=None, icmp=None):
        self.protocol, self.ports, self.icmp = protocol, ports, icmp
        self.source, self.destination = map(ipaddress.ip_address, (source, destination))
        self.version = self.source.version


class Cluster:
    def __init__(self, resources):
        self.resources = resources
        self.endpoints = [Known(self, r) for r in resources if r["kind"] in ("HostEndpoint", "Pod")]
        self.sets = [Known(self, r) for r in resources if r["kind"] in ("GlobalNetworkSet", "NetworkSet")]

    def of_kind(self, *kinds):
        return [r for r in self.resources if r["kind"] in kinds]

    def named(self, kind, name, namespace=None):
        for resource in self.of_kind(kind):
            meta = resource["metadata"]
            if meta["name"] == name and meta.get("namespace") == namespace:
                return resource
        return None

    def labels_of_profile(self, name):
        profile = self.named("Profile", name)
        if profile:
            return profile["spec"].get("labelsToApply", {})
        if name.startswith("kns."):
            namespace = name.removeprefix("kns.")
            resource = self.named("Namespace", namespace)
            labels = resource["metadata"].get("labels", {}) if resource else {"kubernetes.io/metadata.name": namespace}
            labels = {"pcns." + key: value for key, value in labels.items()}
            return labels | {"pcns.projectcalico.org/name": namespace}
        if name.startswith("ksa."):
            namespace, account = name.removeprefix("ksa.").split(".", 1)
            resource = self.named("ServiceAccount", account, namespace) or {"metadata": {}}
            labels = {"pcsa." + key: value for key, value in resource["metadata"].get("labels", {}).items()}
            return labels | {"pcsa.projectcalico.org/name": account}
        return {}


class Known:
    """An endpoint or a network set: labels, nets, named ports."""

    def __init__(self, cluster, resource):
        meta, spec = resource["metadata"], resource["spec"]
        self.name, self.nets, self.ports = meta["name"], [], []
        own, profiles = dict(meta.get("labels", {})), []
        if resource["kind"] == "HostEndpoint":
            profiles = spec.get("profiles", [])
            self.nets = spec.get("expectedIPs", [])
            self.ports = [(p["name"], number(p["protocol"]), p["port"]) for p in spec.get("ports", [])]
        elif resource["kind"] == "Pod":
            namespace, account = meta["namespace"], spec["serviceAccountName"]
            own = {key: value for key, value in own.items() if not key.startswith(("pcns.", "pcsa."))}
            own |= {NAMESPACE: namespace, ACCOUNT: account, "projectcalico.org/orchestrator": "k8s"}
            profiles = [f"kns.{namespace}", f"ksa.{namespace}.{account}"]
            self.nets = [ip["ip"] for ip in resource["status"]["podIPs"]]
            self.ports = [(p["name"], number(p.get("protocol", "TCP")), p["containerPort"])
                          for c in spec["containers"] for p in c["ports"]]
        else:
            if resource["kind"] == "NetworkSet":
                own |= {NAMESPACE: meta["namespace"]}
                profiles = [f"kns.{meta['namespace']}"]
            self.nets = spec["nets"]
        self.nets = [ipaddress.ip_network(net) for net in self.nets]
        for profile in profiles:
            own = cluster.labels_of_profile(profile) | own
        self.labels = own

    def holds_address(self, address):
        return any(address in net for net in self.nets if net.version == address.version)


# ---- which rules a packet meets


def governing(cluster, node, interface):
    """The host endpoint of an interface; `*` governs none in the raw table."""
    if interface.startswith("cali") or interface == "kube-ipvs0":
        return None
    document = cluster.named("Node", node)
    there = document["spec"].get("interfaces", []) if document else []
    addresses = {address for known in there if known["name"] == interface for address in known["addresses"]}

    def governs(spec):
        return spec["interfaceName"] == interface if "interfaceName" in spec else addresses & set(spec["expectedIPs"])

    candidates = [r for r in cluster.of_kind("HostEndpoint") if r["spec"]["node"] == node and governs(r["spec"])]
    return min(candidates, key=lambda r: r["metadata"]["name"].encode(), default=None)


def felix(cluster):
    settings = cluster.named("FelixConfiguration", "default")
    return settings["spec"] if settings else {}


def selects(cluster, policy, endpoint):
    spec = policy["spec"]
    selector = spec.get("selector")
    if spec.get("namespaceSelector"):
        namespace = with_prefix("pcns.", spec["namespaceSelector"])
        selector = ("and", [selector, namespace]) if selector else namespace
        selector = put_in_place(selector, ("all",), IN_A_NAMESPACE)
    if spec.get("serviceAccountSelector"):
        account = with_prefix("pcsa.", spec["serviceAccountSelector"])
        selector = ("and", [selector, account]) if selector else account
        selector = put_in_place(selector, ("all",), WITH_AN_ACCOUNT)
    return holds(selector or ("all",), endpoint.labels)


def types(spec):
    if "types" in spec:
        return spec["types"]
    ingress, egress = bool(spec.get("ingress")), bool(spec.get("egress"))
    return [name for name, there in (("Ingress", ingress or not egress), ("Egress", egress)) if there]


def tiers(cluster, endpoint):
    """Untracked policies of an endpoint: a list of lists, in the order in which a packet meets them."""
    orders = {"kube-admin": 1000, "default": 1000000, "kube-baseline": 10000000}
    for tier in cluster.of_kind("Tier"):
        orders[tier["metadata"]["name"]] = tier["spec"].get("order", 1000000)
    policies = [p for p in cluster.of_kind("GlobalNetworkPolicy")
                if p["spec"].get("doNotTrack") and selects(cluster, p, endpoint)]

    def tier_of(policy):
        return policy["spec"].get("tier", "default")

    def place(policy):
        key = policy["metadata"]["name"] + "//GlobalNetworkPolicy"
        return policy["spec"].get("order", float("inf")), key.encode()

    names = sorted({tier_of(policy) for policy in policies},
                   key=lambda name: (name not in orders, orders.get(name, 0), name.encode()))
    return [sorted((p for p in policies if tier_of(p) == name), key=place) for name in names]


def verdict(cluster, node, direction, interface, packet):
    resource = governing(cluster, node, interface)
    if not resource or not felix(cluster).get("ipv6Support", True) and packet.version == 6:
        return "track"
    endpoint = Known(cluster, resource)
    if is_failsafe(cluster, direction, packet):
        return "track"
    kind = "Ingress" if direction == "in" else "Egress"
    for policies in tiers(cluster, endpoint):
        decided = decide(cluster, policies, kind, packet)
        if decided != "Pass":
            return {"Allow": "untrack", "Deny": "drop"}[decided]
    return "track"


def decide(cluster, policies, kind, packet):
    for policy in policies:
        if kind not in types(policy["spec"]):
            continue
        for rule in policy["spec"].get(kind.lower(), []):
            if rule["action"] != "Log" and matches(cluster, rule, packet):
                return rule["action"]
    return "Pass"


def is_failsafe(cluster, direction, packet):
    if packet.ports is None:
        return False
    settings = felix(cluster)
    lists = [settings.get(f"failsafe{way}HostPorts", [{"protocol": p, "port": n} for p, n in ports])
             for way, ports in (("Inbound", INBOUND), ("Outbound", OUTBOUND))]
    source_port, destination_port = packet.ports
    asked, answered = lists if direction == "in" else reversed(lists)
    peer = packet.source if direction == "in" else packet.destination
    for entries, port in ((asked, destination_port), (answered, source_port)):
        for entry in entries:
            net = ipaddress.ip_network(entry["net"]) if "net" in entry else None
            if number(entry["protocol"]) == packet.protocol and entry["port"] == port \
                    and (net is None or peer in net):
                return True
    return False


# ---- one rule


def matches(cluster, rule, packet):
    return is_made_for(rule, packet.version) and matches_protocol(rule, packet) and all(
        matches_side(cluster, rule, rule.get(side, {}), side == "source", packet)
        for side in ("source", "destination"))


def is_made_for(rule, version):
    """Whether the rule exists for an IP version at all."""
    if "ipVersion" in rule:
        if rule["ipVersion"] != version:
            return False
    elif rule.get("protocol") in ("ICMP", "ICMPv6") and version != {"ICMP": 4, "ICMPv6": 6}[rule["protocol"]]:
        return False
    if "icmp" in rule or "notICMP" in rule:
        if version != {1: 4, 58: 6}[number(rule["protocol"])]:
            return False
    for side in ("source", "destination"):
        for key in ("nets", "notNets"):
            nets = rule.get(side, {}).get(key, [])
            if nets and all(ipaddress.ip_network(net).version != version for net in nets):
                return False
    return True


def matches_protocol(rule, packet):
    if "protocol" in rule and number(rule["protocol"]) != packet.protocol:
        return False
    if "notProtocol" in rule and number(rule["notProtocol"]) == packet.protocol:
        return False
    if rule.get("icmp") and not matches_icmp(rule["icmp"], packet):
        return False
    return not (rule.get("notICMP") and matches_icmp(rule["notICMP"], packet))


def matches_icmp(icmp, packet):
    if packet.icmp is None:
        return False
    kind, code = packet.icmp
    return icmp["type"] == kind and icmp.get("code", code) == code


def matches_side(cluster, rule, side, is_source, packet):
    address = packet.source if is_source else packet.destination
    port = None if packet.ports is None else packet.ports[0 if is_source else 1]

    def among(nets):
        return any(address in ipaddress.ip_network(net) for net in nets)

    def in_named(name):
        return is_named(cluster, rule, positive, name, address, packet.protocol, port)

    if side.get("nets") and not among(side["nets"]) or among(side.get("notNets", [])):
        return False

    positive, negative = selectors_of(side)
    ports, not_ports = side.get("ports", []), side.get("notPorts", [])
    names = [p for p in ports if is_name(p)]
    numbers = [p for p in ports if not is_name(p)]
    if ports and not (in_ports(numbers, port) or any(map(in_named, names))):
        return False
    if in_ports([p for p in not_ports if not is_name(p)], port) or any(in_named(p) for p in not_ports if is_name(p)):
        return False

    if positive and not (names and not numbers) and not is_member(cluster, positive, address):
        return False
    if negative and is_member(cluster, negative, address):
        return False
    return "services" not in side or in_service(cluster, side["services"], is_source, address, packet.protocol, port)


def is_name(port):
    return isinstance(port, str) and not port[0].isdigit()


def in_ports(ports, port):
    bounds = (tuple(map(int, p.split(":"))) if isinstance(p, str) else (p, p) for p in ports)
    return port is not None and any(low <= port <= high for low, high in bounds)


def selectors_of(side):
    """The positive and the negative selector, after what Calico makes of namespaces and accounts."""
    account, accounts = None, side.get("serviceAccounts", {})
    if accounts.get("selector"):
        account = with_prefix("pcsa.", accounts["selector"])
    if accounts.get("names"):
        names = ("in", ACCOUNT, accounts["names"])
        account = ("and", [account, names]) if account else names
    parts = [part for part in (account, side.get("selector")) if part]
    if side.get("namespaceSelector"):
        namespace = put_in_place(with_prefix("pcns.", side["namespaceSelector"]), ("all",), IN_A_NAMESPACE)
        parts.insert(0, put_in_place(namespace, ("global",), ("not", IN_A_NAMESPACE)))
    if not parts:
        return None, side.get("notSelector")
    if side.get("notSelector"):
        parts.append(("not", side["notSelector"]))
    return ("and", parts), None


def is_member(cluster, selector, address):
    return any(holds(selector, known.labels) and known.holds_address(address)
               for known in cluster.endpoints + cluster.sets)


def is_named(cluster, rule, selector, name, address, protocol, port):
    if port is None or "protocol" in rule and number(rule["protocol"]) != protocol:
        return False
    return any(holds(selector or ("all",), known.labels) and known.holds_address(address)
               and (name, protocol, port) in known.ports for known in cluster.endpoints)


def in_service(cluster, service, is_source, address, protocol, port):
    for piece in cluster.of_kind("EndpointSlice"):
        meta = piece["metadata"]
        if (meta["namespace"], meta["labels"]["kubernetes.io/service-name"]) != (service["namespace"], service["name"]):
            continue
        if not any(ipaddress.ip_address(a) == address for e in piece["endpoints"] for a in e["addresses"]):
            continue
        if is_source or any((number(p.get("protocol", "TCP")), p["port"]) == (protocol, port) for p in piece["ports"]):
            return True
    return False
