#!/usr/bin/env python3
"""Random clusters: what meaning.py says of packets, which knows nothing of untrack, against every implementation of
the meaning that untrack has (golden/verdicts_test.cpp).

usage: reference_test.py TEST_VERDICTS [--clusters N] [--seed S] [--keep DIR]
"""

import argparse
import collections
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from clusters import INTERFACES, NODE, Maker, yaml_text  # noqa: E402
from meaning import Cluster, verdict  # noqa: E402

PACKETS = 100
TRIES = 8  # most random packets meet no rule


def packet_text(packet, maker):
    brackets = (lambda address: f"[{address}]") if packet.version == 6 else str
    if packet.ports:
        name = {6: "tcp", 17: "udp", 132: "sctp"}[packet.protocol]
        source, destination = packet.ports
        return f"{name} {brackets(packet.source)}:{source} > {brackets(packet.destination)}:{destination}"
    if packet.icmp:
        name, (kind, code) = "icmp" if packet.version == 4 else "icmpv6", packet.icmp
        return f"{name} {kind}/{code} {packet.source} > {packet.destination}"
    has_header = packet.protocol in (6, 17, 132, 1 if packet.version == 4 else 58)
    how = maker.pick(["later-fragment ", "cut-off "]) if has_header else maker.pick(["", "later-fragment "])
    return f"{packet.protocol} {how}{packet.source} > {packet.destination}"


def write(folder, seed, counts):
    maker = Maker(random.Random(seed))
    resources = list(maker.cluster())
    cluster = Cluster(resources)
    lines = [f"# node {NODE}"]
    for _ in range(PACKETS):
        wanted = maker.pick(["track", "untrack", "drop"])
        for _ in range(TRIES):
            packet = maker.packet()
            direction, interface = maker.pick(["in", "in", "out"]), maker.pick(INTERFACES)
            said = verdict(cluster, NODE, direction, interface, packet)
            if said == wanted:
                break
        counts[said] += 1
        lines.append(f"# expect {direction} {interface} {packet_text(packet, maker)} {said}")
    (folder / f"cluster-{seed:06}.yaml").write_text("\n".join(lines) + "\n" + yaml_text(resources))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--clusters", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        counts = collections.Counter()
        for seed in range(options.seed, options.seed + options.clusters):
            write(folder, seed, counts)
        print(f"{options.clusters} clusters, packets: {dict(counts)}")
        done = subprocess.run([options.program], env=os.environ | {"UNTRACK_VERDICTS": str(folder)})
        # Half of them and more are tracked; the others must not be few.
        few = [word for word in ("track", "untrack", "drop") if counts[word] < options.clusters * PACKETS // 100]
        if few:
            print(f"too few packets to be worth much: {few}")
        return 1 if done.returncode or few else 0


if __name__ == "__main__":
    sys.exit(main())
