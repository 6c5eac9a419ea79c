#!/usr/bin/env python3
"""Compiles and lints clusters of growing size; prints seconds and the peak of memory.

usage: scale.py UNTRACK [NODES...]
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time

POLICIES_PER_NODE, SETS_PER_NODE = 2, 5


def host_endpoint(i):
    return (f"apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {{name: n{i}-eth0, labels: "
            f"{{role: r{i % 50}, zone: z{i % 7}}}}}\nspec: {{node: n{i}, interfaceName: eth0, "
            f"expectedIPs: [10.{i // 65536 % 256}.{i // 256 % 256}.{i % 256}]}}\n")


def network_set(i, rng):
    nets = ", ".join(f"172.{rng.randrange(16, 32)}.{rng.randrange(256)}.0/24" for _ in range(20))
    return (f"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {{name: s{i}, labels: "
            f"{{client: c{i % 100}}}}}\nspec: {{nets: [{nets}]}}\n")


def policy(i, rng):
    port, client = rng.randrange(1024, 60000), f"client == 'c{i % 100}'"
    return f"""apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: p{i}}}
spec:
  order: {i % 1000}
  selector: role == 'r{i % 50}' && zone in {{'z{i % 7}', 'z{(i + 1) % 7}'}}
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
  - {{action: Allow, protocol: TCP, source: {{selector: "{client}"}}, destination: {{ports: [{port}]}}}}
  egress:
  - {{action: Allow, protocol: TCP, destination: {{selector: "{client}"}}, source: {{ports: [{port}]}}}}
"""


def write_cluster(folder, nodes):
    rng = random.Random(nodes)
    kinds = {
        "endpoints": [host_endpoint(i) for i in range(nodes)],
        "sets": [network_set(i, rng) for i in range(nodes * SETS_PER_NODE)],
        "policies": [policy(i, rng) for i in range(nodes * POLICIES_PER_NODE)],
    }
    for name, documents in kinds.items():
        with open(os.path.join(folder, f"{name}.yaml"), "w") as file:
            file.write("---\n".join(documents))


def measure(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return status, seconds, cpu, after.ru_maxrss / 1024  # of the largest child so far: sizes grow, so of this one


def main():
    untrack = os.path.abspath(sys.argv[1])
    sizes = [int(word) for word in sys.argv[2:]] or [10, 100, 1000]
    print(f"{'nodes':>6} {'policies':>9} {'command':>8} {'exit':>5} {'seconds':>8} {'cpu':>8} {'peak MiB':>9}")
    for nodes in sorted(sizes):
        with tempfile.TemporaryDirectory() as folder:
            cluster, out = os.path.join(folder, "in"), os.path.join(folder, "out")
            os.mkdir(cluster)
            write_cluster(cluster, nodes)
            for name, options in (("lint", []), ("compile", ["--all-nodes", "-o", out])):
                status, seconds, cpu, peak = measure([untrack, name, cluster, "--isolated", *options])
                print(f"{nodes:>6} {nodes * POLICIES_PER_NODE:>9} {name:>8} {status:>5} {seconds:>8.2f} {cpu:>8.2f} "
                      f"{peak:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
