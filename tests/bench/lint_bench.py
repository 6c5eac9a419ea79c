#!/usr/bin/env python3
"""`untrack lint` as a whole process: a repository of the usual size, and a large one beside the bare YAML parser.

Both are written into a temporary folder. The commands take turns, so that a busy neighbour slows all of them; shown is the
median, with the fastest run. `bare_parse FILE...` is yaml-cpp's event parser, which does nothing about what it reads.

usage: lint_bench.py PATH-OF-UNTRACK PATH-OF-BARE_PARSE [ROUNDS]
"""

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

UNTRACK, BARE = sys.argv[1:3]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 15

ENDPOINT = """apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata:
  name: n{node}-eth0
  labels: {{role: service-{role}, env: prod}}
spec:
  node: n{node}
  interfaceName: eth0
  expectedIPs: [10.1.{node}.1]
"""
CLIENTS = """apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata:
  name: clients-{0}
  labels: {{client-{0}: "yes"}}
spec:
  nets: [10.2.{0}.0/24]
"""
POLICY = """apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: service-{0}
spec:
  selector: role == 'service-{1}' && env == 'prod'
  order: {0}
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: client-{2} == 'yes'
      destination:
        ports: [{3}]
  egress:
    - action: Allow
      protocol: TCP
      source:
        ports: [{3}]
      destination:
        selector: client-{2} == 'yes'
"""


def policies(count, roles):
    return [POLICY.format(i, i % roles, i % 20, 1024 + i) for i in range(count)]


def clients():
    return [CLIENTS.format(i) for i in range(20)]


def repository(folder):
    """50 files: 200 policies in 40, 20 nodes in 5, sets in 5."""
    texts = policies(200, 20)
    files = [texts[i::40] for i in range(40)]
    nodes = [ENDPOINT.format(node=i, role=i) for i in range(20)]
    files += [nodes[i::5] for i in range(5)] + [clients()[i::5] for i in range(5)]
    for i, documents in enumerate(files):
        (folder / f"file-{i}.yaml").write_text("---\n".join(documents))
    return [str(folder)]


def large(folder):
    """10,000 policies in one file, which select 500 roles; ten of them have a node."""
    nodes = [ENDPOINT.format(node=i, role=i) for i in range(10)]
    path = folder / "policies.yaml"
    path.write_text("---\n".join(nodes + clients() + policies(10000, 500)))
    return [str(path)]


def tied(folder):
    """One node and 2,000 policies of it, none of which has an order: any two may contradict each other."""
    path = folder / "policies.yaml"
    texts = [text.replace(f"  order: {i}\n", "") for i, text in enumerate(policies(2000, 1))]
    path.write_text("---\n".join([ENDPOINT.format(node=0, role=0)] + clients() + texts))
    return [str(path)]


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def compare(name, commands):
    taken = {label: [] for label in commands}
    for _ in range(ROUNDS):
        for label, command in commands.items():
            taken[label].append(seconds(command))
    first = statistics.median(next(iter(taken.values())))
    print(name)
    for label, runs in taken.items():
        median = statistics.median(runs)
        print(f"  {label:24} {1000 * median:8.1f} ms   (fastest {1000 * min(runs):.1f} ms)   {median / first:5.2f}")


def main():
    with tempfile.TemporaryDirectory() as small, tempfile.TemporaryDirectory() as big, \
            tempfile.TemporaryDirectory() as one:
        lint = [UNTRACK, "lint", "--isolated", "--quiet"]
        paths = repository(pathlib.Path(small))
        files = [str(path) for path in sorted(pathlib.Path(small).iterdir())]
        compare("50 files, 200 policies, 20 nodes", {
            "yaml-cpp alone": [BARE, *files], "lint, one thread": [*lint, "--jobs", "1", *paths], "lint": [*lint, *paths]})
        paths = large(pathlib.Path(big))
        compare("10,000 policies, 10 nodes", {
            "yaml-cpp alone": [BARE, *paths], "lint, one thread": [*lint, "--jobs", "1", *paths], "lint": [*lint, *paths]})
        paths = tied(pathlib.Path(one))
        compare("2,000 policies without order, 1 node", {"yaml-cpp alone": [BARE, *paths], "lint": [*lint, *paths]})


if __name__ == "__main__":
    main()
