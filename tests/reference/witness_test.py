#!/usr/bin/env python3
"""Random clusters: whether the packets that lint shows have the fate that it says, by meaning.py, which knows nothing
of untrack.

usage: witness_test.py UNTRACK [--clusters N] [--seed S]
"""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from clusters import Maker, yaml_text  # noqa: E402
from meaning import Cluster, Packet, verdict  # noqa: E402

# `reply tcp 10.0.0.1:80 > 10.0.0.2:40000 is tracked, request ... is untracked`
CLAIM = re.compile(r"\b(?!reply|request)(?P<packet>\w+ (?:\d+/\d+ |later-fragment |cut-off )?[][\w.:]+ > [][\w.:]+) is "
                   r"(?P<fate>not untracked|let in untracked|untracked|tracked|dropped)")
PLACE = re.compile(r"interface `(?P<interface>[^`]+)` of node `(?P<node>[^`]+)`")
FATES = {"untracked": {"untrack"}, "let in untracked": {"untrack"}, "tracked": {"track"}, "dropped": {"drop"},
         "not untracked": {"track", "drop"}}
PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47, "icmpv6": 58, "sctp": 132, "udplite": 136}


def parse(text):
    protocol, *detail, source, _, destination = text.split()
    ports = icmp = None
    if detail and "/" in detail[0]:
        icmp = tuple(map(int, detail[0].split("/")))
    elif source.startswith("[") or source.count(":") == 1:
        (source, source_port), (destination, destination_port) = (end.rsplit(":", 1) for end in (source, destination))
        ports = int(source_port), int(destination_port)
    number = PROTOCOLS[protocol] if protocol in PROTOCOLS else int(protocol)
    return Packet(number, source.strip("[]"), destination.strip("[]"), ports=ports, icmp=icmp)


def claims(finding):
    """What a finding says of packets of one interface: (node, interface, packet as text, its fate)."""
    places = [match for note in finding.get("notes", []) if (match := PLACE.search(note["message"]))]
    for line in finding.get("witness", "").splitlines():
        for claim in CLAIM.finditer(line):
            for place in places[:1]:
                yield place["node"], place["interface"], claim["packet"], claim["fate"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--clusters", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    held, wrong = collections.Counter(), 0
    for seed in range(options.seed, options.seed + options.clusters):
        resources = list(Maker(random.Random(seed)).cluster())
        cluster = Cluster(resources)
        command = [options.program, "lint", "-", "--isolated", "--format", "json", "--exit-zero"]
        linted = subprocess.run(command, input=yaml_text(resources), capture_output=True, text=True, check=True)
        for finding in json.loads(linted.stdout)["findings"]:
            for node, interface, packet, fate in claims(finding):
                fates = {verdict(cluster, node, direction, interface, parse(packet)) for direction in ("in", "out")}
                if fates & FATES[fate]:
                    held[finding["code"]] += 1
                else:
                    wrong += 1
                    print(f"cluster {seed}: {finding['code']}: {packet} on {interface} of {node} is not {fate}")
    print(f"{options.clusters} clusters, claims that hold: {dict(sorted(held.items()))}")
    missing = {"UT201", "UT202", "UT203", "UT205", "UT207", "UT321", "UT501", "UT502"} - set(held)
    if missing:
        print(f"none of {sorted(missing)}: too few clusters to be worth much")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
