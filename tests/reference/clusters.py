"""Random clusters that Calico would accept, and packets near the edges of what they say."""

import ipaddress
import json

from meaning import Packet, number
from selector import text

NODE = "n1"
INTERFACES = ["eth0"] * 6 + ["eth1", "eth1", "cali7", "kube-ipvs0"]
KEYS = ["a", "b", "role"]
VALUES = ["", "db", "dbx", "web"]
SPACES = ["ns1", "ns2"]
ACCOUNTS = ["sa1", "sa2"]
PORT_NAMES = ["http", "dns"]
NETS = {4: ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "192.0.2.0/28", "0.0.0.0/0", "128.0.0.0/1"],
        6: ["2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::7/128", "::/0", "8000::/1"]}
ADDRESSES = {4: ["10.1.2.3", "10.1.2.4", "10.9.0.1", "192.0.2.7", "198.51.100.1"],
             6: ["2001:db8:1::7", "2001:db8:1::8", "2001:db8:9::1", "fd00::1"]}
LOCAL = {"eth0": ["192.0.2.7", "2001:db8:1::8"], "eth1": ["10.9.0.1"]}  # addresses of the node's interfaces
PORTS = [1, 22, 53, 79, 80, 81, 2379, 8080, 8081, 40000, 65535]


API = {"Pod": "v1", "Namespace": "v1", "ServiceAccount": "v1", "EndpointSlice": "discovery.k8s.io/v1"}


def resource(kind, name, spec=None, **metadata):
    made = {"apiVersion": API.get(kind, "projectcalico.org/v3"), "kind": kind, "metadata": {"name": name, **metadata}}
    return made if spec is None else made | {"spec": spec}


def as_yaml(value):
    """JSON is YAML. Selectors, which are tuples, become text."""
    if isinstance(value, tuple):
        return text(value)
    if isinstance(value, dict):
        return {key: as_yaml(part) for key, part in value.items()}
    return [as_yaml(part) for part in value] if isinstance(value, list) else value


def yaml_text(resources):
    return "\n---\n".join(json.dumps(as_yaml(resource), indent=1) for resource in resources) + "\n"


class Maker:
    def __init__(self, random):
        self.random = random
        self.actions = ["Allow", "Allow", "Deny", "Pass"] + (["Log"] if random.random() < 0.5 else [])
        self.pick, self.some = random.choice, lambda values, most: random.sample(values, random.randint(1, most))

    def chance(self, probability):
        return self.random.random() < probability

    # ---- words

    def labels(self, keys=KEYS):
        return {key: self.pick(VALUES) for key in keys if self.chance(0.6)}

    def selector(self, depth=2, keys=KEYS):
        kind = self.pick(["eq", "ne", "has", "in", "not in", "contains", "starts", "ends", "all", "not", "and", "or"])
        if kind in ("and", "or", "not") and depth == 0:
            kind = "has"
        if kind == "not":
            return ("not", self.selector(depth - 1, keys))
        if kind in ("and", "or"):
            return (kind, [self.selector(depth - 1, keys) for _ in range(self.random.randint(2, 3))])
        if kind == "all":
            return ("all",)
        key = self.pick(keys + [keys[0], "projectcalico.org/namespace"])
        if kind == "has":
            return ("has", key)
        if kind in ("in", "not in"):
            return (kind, key, self.some(VALUES + SPACES, 3))
        return (kind, key, self.pick(VALUES + SPACES))

    def order(self):
        return {} if self.chance(0.4) else {"order": self.pick([1, 1, 10.5, 1000, 1000000])}  # often the same

    # ---- who is there

    def host_endpoint(self, name, node, interface, profiles):
        spec = {"node": node, "interfaceName": interface}
        if node == NODE and self.chance(0.2):
            spec = {"node": node, "expectedIPs": self.some(sum(LOCAL.values(), []), 2)}
        elif self.chance(0.7):
            spec["expectedIPs"] = self.some(ADDRESSES[4], 2) + self.some(ADDRESSES[6], 1)
        if self.chance(0.6):
            spec["profiles"] = self.some(profiles + ["missing"], 2)
        if self.chance(0.5):
            spec["ports"] = [{"name": name, "protocol": self.pick(["TCP", "UDP", "SCTP"]), "port": self.pick(PORTS)}
                             for name in self.some(PORT_NAMES, 2)]
        return resource("HostEndpoint", name, spec, labels=self.labels(KEYS + ["pcns.a"] if self.chance(0.2) else KEYS))

    def endpoints(self, profiles):
        interfaces = [{"name": name, "addresses": addresses} for name, addresses in LOCAL.items()]
        yield resource("Node", NODE, {"interfaces": interfaces})
        for name in self.some(["h-1", "h-2", "h.3", "h"], 4):
            yield self.host_endpoint(name, NODE, self.pick(INTERFACES + ["*"]), profiles)
        for name in self.some(["far-1", "far-2"], 2):
            yield self.host_endpoint(name, "n2", "eth0", profiles)

    def pod(self, name):
        ports = [{"name": port, "containerPort": self.pick(PORTS)} for port in self.some(PORT_NAMES, 2)]
        for port in ports:
            if self.chance(0.7):
                port["protocol"] = self.pick(["TCP", "UDP", "SCTP"])
        containers = [{"name": "c", "ports": ports}]
        spec = {"nodeName": "n2", "serviceAccountName": self.pick(ACCOUNTS), "containers": containers}
        ips = [{"ip": self.pick(ADDRESSES[version])} for version in (4, 6)]
        return resource("Pod", name, spec, namespace=self.pick(SPACES), labels=self.labels()) | {
            "status": {"phase": "Running", "podIPs": ips}}

    def around(self):
        for i in range(self.random.randint(0, 2)):
            nets = self.some(NETS[4], 3) + self.some(NETS[6], 2)
            yield resource("GlobalNetworkSet", f"g{i}", {"nets": nets}, labels=self.labels())
        for i in range(self.random.randint(0, 2)):
            nets = self.some(NETS[4], 2)
            yield resource("NetworkSet", f"s{i}", {"nets": nets}, namespace=self.pick(SPACES), labels=self.labels())
        for i in range(self.random.randint(0, 3)):
            yield self.pod(f"p{i}")
        for space in SPACES:
            if self.chance(0.6):
                yield resource("Namespace", space, labels=self.labels())
            for account in ACCOUNTS:
                if self.chance(0.5):
                    yield resource("ServiceAccount", account, namespace=space, labels=self.labels())
        for i in range(self.random.randint(0, 2)):
            ports = [{"name": f"p{n}", "port": self.pick(PORTS), "protocol": protocol}
                     for n, protocol in enumerate(self.some(["TCP", "UDP"], 2))]
            labels = {"kubernetes.io/service-name": "svc"}
            yield resource("EndpointSlice", f"e{i}", namespace="ns1", labels=labels) | {
                "addressType": "IPv4", "ports": ports,
                "endpoints": [{"addresses": [self.pick(ADDRESSES[4])]} for _ in range(2)]}

    def settings(self):
        def ports():
            entries = []
            for port in self.some(PORTS, 3):
                entries.append({"protocol": self.pick(["TCP", "UDP"]), "port": port})
                if self.chance(0.4):
                    entries[-1]["net"] = self.pick(NETS[4] + NETS[6])
            return entries
        spec = {}
        if self.chance(0.5):
            spec["failsafeInboundHostPorts"] = self.pick([[], ports()])
        if self.chance(0.5):
            spec["failsafeOutboundHostPorts"] = self.pick([[], ports()])
        if self.chance(0.15):
            spec["ipv6Support"] = False
        return resource("FelixConfiguration", "default", spec)

    # ---- what is said

    def policy(self, name, tiers):
        spec = {"doNotTrack": True, "applyOnForward": True} | self.order()
        if self.chance(0.15):
            spec = self.order()  # ordinary policy: of no concern to the raw table
        if self.chance(0.7):
            spec["tier"] = self.pick(tiers)
        if self.chance(0.4):
            spec["selector"] = self.selector()
        if self.chance(0.1):
            spec["namespaceSelector"] = self.selector(1)
        if self.chance(0.1):
            spec["serviceAccountSelector"] = self.selector(1)
        if self.chance(0.6):
            spec["types"] = self.pick([["Ingress"], ["Egress"], ["Ingress", "Egress"]])
        for direction in ("ingress", "egress"):
            if self.chance(0.8):
                spec[direction] = [self.rule(direction) for _ in range(self.random.randint(1, 4))]
        return resource("StagedGlobalNetworkPolicy" if self.chance(0.1) else "GlobalNetworkPolicy", name, spec)

    def rule(self, direction):
        rule = {"action": self.pick(self.actions)}
        version = self.pick([4, 4, 6])
        if self.chance(0.15):
            rule["ipVersion"] = version
        choice = self.random.random()
        if choice < 0.5:
            rule["protocol"] = self.pick(["TCP", "UDP", "SCTP", 6, 17, 132])
        elif choice < 0.6:
            rule["protocol"] = self.pick(["ICMP", 1] if version == 4 else ["ICMPv6", 58])
            for key, probability in (("icmp", 0.5), ("notICMP", 0.3)):
                if self.chance(probability):
                    rule[key] = {"type": self.pick([0, 3, 8, 128])}
                    if self.chance(0.5):
                        rule[key]["code"] = self.pick([0, 4])
        elif choice < 0.65:
            rule["protocol"] = self.pick(["UDPLite", 89])
        elif choice < 0.75:
            rule["notProtocol"] = self.pick(["TCP", "UDP", 6, 47])
        ports = number(rule.get("protocol")) in (6, 17, 132)
        for side in ("source", "destination"):
            if self.chance(0.5):
                words = self.side(version, ports, "protocol" not in rule)
                if self.chance(0.1) and side == ("source" if direction == "ingress" else "destination"):
                    words = {"services": {"name": "svc", "namespace": "ns1"}}
                if words:
                    rule[side] = words
        return rule

    def side(self, version, numbers, names):
        """One or two things, since few packets match many."""
        side = {}
        for _ in range(self.random.randint(1, 2)):
            side |= self.pick([self.nets, self.selectors, self.ports, self.ports])(version, numbers, names)
        return side

    def nets(self, version, *_):
        if self.chance(0.3):
            return {"notNets": self.some([net for net in NETS[version] if not net.endswith("/0")], 2)}
        return {"nets": self.some(NETS[version], 3)}

    def selectors(self, *_):
        side = {"selector": self.selector()} if self.chance(0.6) else {}
        if self.chance(0.3):
            side["notSelector"] = self.selector(1)
        if self.chance(0.25):
            labels = self.selector(1, ["a", "projectcalico.org/name"])
            side["namespaceSelector"] = self.pick([("global",), ("all",), labels])
        if self.chance(0.2):
            names, selector = {"names": self.some(ACCOUNTS, 2)}, {"selector": self.selector(1)}
            side["serviceAccounts"] = self.pick([names, selector, names | selector])
        return side

    def ports(self, _, numbers, names):
        if not (numbers or names):
            return {}
        known = PORT_NAMES if not numbers or self.chance(0.3) else PORTS + PORT_NAMES + ["79:81", "8080:65535", "1:22"]
        return {"notPorts" if self.chance(0.3) else "ports": self.some(known, min(len(known), 5))}

    def cluster(self):
        names = self.some(["t1", "t2", "kube"], 3)
        yield self.settings()
        for name in ("p1", "p2"):
            yield resource("Profile", name, {"labelsToApply": self.labels()})
        for name in names:
            yield resource("Tier", name, self.order())
        yield from self.endpoints(["p1", "p2"])
        yield from self.around()
        tiers = names + ["default", "default", "kube-admin", "kube-baseline", "nowhere", "elsewhere"]
        only_ties = self.chance(0.3)
        for name in self.some(["web", "web-b", "web.a", "weba", "a", "z", "z-1", "z.1"], 8):
            policy = self.policy(name, tiers)
            if only_ties:
                for key in ("tier", "order"):
                    policy["spec"].pop(key, None)
            yield policy

    # ---- packets

    def packet(self):
        version = self.pick([4, 4, 6])
        edges = set(ADDRESSES[version])
        for net in map(ipaddress.ip_network, NETS[version]):
            edges |= {str(net[0]), str(net[-1]), str(net[len(NETS) % 2])}
        source, destination = self.pick(sorted(edges)), self.pick(sorted(edges))
        protocol = self.pick([6, 6, 6, 17, 17, 132, 1 if version == 4 else 58, 1, 58, 136, 89, 47])
        if protocol in (6, 17, 132):
            known = PORTS + [2, 82, 8079, 50000]
            ports = None if self.chance(0.12) else (self.pick(known), self.pick(known))
            return Packet(protocol, source, destination, ports=ports)
        if protocol == (1 if version == 4 else 58) and not self.chance(0.12):
            return Packet(protocol, source, destination, icmp=(self.pick([0, 3, 8, 128, 9]), self.pick([0, 4, 7])))
        return Packet(protocol, source, destination)
