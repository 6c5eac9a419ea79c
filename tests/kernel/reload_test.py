#!/usr/bin/env python3
"""While `apply` replaces one set of rules by another and back, 50 times, more than 200,000 packets go through table raw,
in and out, and each ends as both sets say: one test for each target.

usage: reload_test.py PATH-OF-UNTRACK
"""

import contextlib
import ipaddress
import os
import re
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
import nodes  # noqa: E402

FLOOD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flood.py")
RELOADS, PACKETS = 50, 200_000
RATE = 5000  # packets a second, of each of two senders
LONGEST = 240  # seconds
TCP, UDP = 6, 17

# What becomes of a packet, by its id: IPv4 identification, IPv6 flow label.
TRACKED, UNTRACKED, DROPPED = 1, 2, 3


def transport(protocol, source, destination):
    ports = struct.pack("!HH", source, destination)
    if protocol == TCP:
        return ports + struct.pack("!IIHHHH", 1, 0, 0x5002, 1024, 0, 0)
    return ports + struct.pack("!HH", 8, 0)


def packet(identity, protocol, source, source_port, destination, destination_port):
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    payload = transport(protocol, source_port, destination_port)
    if source.version == 6:
        head = struct.pack("!IHBB", 0x60000000 | identity, len(payload), protocol, 64)
        return (head + source.packed + destination.packed + payload).hex()
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identity, 0, 64, protocol, 0, source.packed,
                       destination.packed)
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    return (head[:10] + struct.pack("!H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + head[12:] + payload).hex()


def packets(port_at_source):
    """Those that come in, or those that go out, from the port that clients would ask for."""
    made = []
    for server, client in ((lab.SERVER_V4, lab.CLIENT_V4), (lab.SERVER_V6, lab.CLIENT_V6)):
        for identity, protocol, port in ((UNTRACKED, TCP, 12211), (DROPPED, UDP, 12211), (TRACKED, TCP, 9)):
            if port_at_source:
                made.append(packet(identity, protocol, server, port, client, 40000))
            else:
                made.append(packet(identity, protocol, client, 40000, server, port))
    return made


def observer():
    """Counts before table raw and behind it, where all ends."""
    text = "table inet observer {\n"
    counters = [f"{what}-{identity}" for what in ("arrived", "tracked", "untracked")
                for identity in (TRACKED, UNTRACKED, DROPPED)]
    text += "".join(f"counter {name} {{ }}\n" for name in counters)

    def count(what):
        choice = "{ " + ", ".join(f"{i} : \"{what}-{i}\"" for i in (TRACKED, UNTRACKED, DROPPED)) + " }"
        return f"counter name ip id map {choice}\ncounter name ip6 flowlabel map {choice}\n"
    text += f"chain untracked {{\n{count('untracked')}drop\n}}\n"
    for hook in ("prerouting", "output"):
        text += f"chain before-{hook} {{ type filter hook {hook} priority -301; policy accept;\n{count('arrived')}}}\n"
        text += (f"chain after-{hook} {{ type filter hook {hook} priority -299; policy accept;\n"
                 f"meta l4proto icmpv6 accept\nct state untracked goto untracked\n{count('tracked')}drop\n}}\n")
    return text + "}\n"


class Reloads(nodes.Case):
    def flood(self, host, *arguments):
        process = subprocess.Popen(host.command([sys.executable, FLOOD, *arguments]), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), "sending\n")
        return process

    def reload_under_load(self, target, *options, reloads_due=RELOADS, packets_due=PACKETS):
        node, network = self.node(), lab.Lab(rules=observer())
        self.addCleanup(network.__exit__)
        node.host.close()
        node.host = network.server
        self.addCleanup(setattr, node, "host", lab.Host("none"))  # the lab closes its own
        server = network.server
        mac = re.search("link/ether ([0-9a-f:]+)", server.run("ip", "-o", "link", "show", "eng4"))[1]
        server.run("ip", "neighbour", "add", lab.CLIENT_V4, "lladdr", "02:00:00:00:00:01", "dev", "eng4")
        server.run("ip", "neighbour", "add", lab.CLIENT_V6, "lladdr", "02:00:00:00:00:01", "dev", "eng4")
        self.check(node, "reload-old", "apply", "--target", target, *options)
        floods = [self.flood(network.client, "frames", "eth0", mac, str(RATE), *packets(port_at_source=False)),
                  self.flood(server, "raw", str(RATE), *packets(port_at_source=True))]
        start, reloads = time.monotonic(), 0
        while reloads < reloads_due or self.arrived(server) < packets_due:
            self.assertLess(time.monotonic() - start, LONGEST, f"{reloads} reloads, {self.arrived(server)} packets")
            self.check(node, ("reload-new", "reload-old")[reloads % 2], "apply", "--target", target, *options)
            reloads += 1
        rounds = []
        for flood in floods:
            flood.stdin.close()
            rounds.append(int(flood.stdout.readline()))
            flood.wait()
        seconds = time.monotonic() - start
        time.sleep(0.1)
        counts = self.counts(server)
        self.judge(counts, rounds, programs=target.startswith("bpf"))
        total = sum(counts["arrived", each] for each in (TRACKED, UNTRACKED, DROPPED))
        print(f"{target}: {reloads} reloads, {total} packets in {seconds:.0f} s, each as both sets of rules say")

    def counts(self, host):
        found = re.findall(r"counter (\w+)-(\d) {\s+packets (\d+)", host.run("nft", "list", "counters"))
        return {(what, int(identity)): int(number) for what, identity, number in found}

    def arrived(self, host):
        return sum(number for (what, _), number in self.counts(host).items() if what == "arrived")

    def judge(self, counts, rounds, programs):
        sent = 2 * sum(rounds)  # of each kind, by two IP versions
        for identity in (TRACKED, UNTRACKED, DROPPED):
            # What programs drop on its way in does not get as far as the rules.
            due = 2 * rounds[1] if programs and identity == DROPPED else sent
            self.assertEqual(counts["arrived", identity], due, counts)
        self.assertEqual(counts["tracked", TRACKED], sent, counts)
        self.assertEqual(counts["untracked", UNTRACKED], sent, counts)
        wrong = {key: number for key, number in counts.items()
                 if number and key in {("untracked", TRACKED), ("tracked", UNTRACKED), ("tracked", DROPPED),
                                       ("untracked", DROPPED)}}
        self.assertEqual(wrong, {})

    def test_nft(self):
        self.reload_under_load("nft")

    def test_iptables_legacy(self):
        self.reload_under_load("iptables-legacy")

    def test_iptables_nft(self):
        self.reload_under_load("iptables-nft")

    # Their rules change as those of the targets above do: fewer times will do for the programs.
    def test_bpf_beside_nft(self):
        self.reload_under_load("bpf-nft", reloads_due=20, packets_due=80_000)

    def test_bpf_beside_iptables_and_at_xdp(self):
        self.reload_under_load("bpf-iptables-legacy", "--xdp", reloads_due=20, packets_due=80_000)


@contextlib.contextmanager
def prepared():
    lab.own_bpf_file_system()
    with nodes.compiled_bundles():
        yield


if __name__ == "__main__":
    sys.exit(lab.main(prepared, workers=3))
