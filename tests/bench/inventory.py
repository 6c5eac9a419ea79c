#!/usr/bin/env python3
"""Reads inventories of growing size, one dump of pods each; prints seconds and the peak of memory.

usage: inventory.py UNTRACK [PODS...]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time

HOST = """apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: cache}}
spec: {node: n1, interfaceName: eth0}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: cache}
spec:
  selector: role == 'cache'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'app-7'}, destination: {ports: [11211]}}]
  egress: [{action: Allow, protocol: TCP, destination: {selector: app == 'app-7'}, source: {ports: [11211]}}]
"""


def pod(i):
    """As `kubectl get pods -A -o yaml` prints it, with the fields that matter and a few that do not."""
    address = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
    return f"""- apiVersion: v1
  kind: Pod
  metadata:
    creationTimestamp: "2026-01-01T00:00:00Z"
    labels:
      app: app-{i % 500}
      tier: tier-{i % 7}
      pod-template-hash: {i:x}abc
    name: app-{i % 500}-{i:x}abc-{i}
    namespace: ns-{i % 50}
    resourceVersion: "{i + 1000}"
    uid: 00000000-0000-0000-0000-{i:012d}
  spec:
    containers:
    - image: app:1
      name: app
      ports:
      - containerPort: 8080
        name: http
        protocol: TCP
    nodeName: node-{i % 1000}
    serviceAccountName: sa-{i % 20}
  status:
    phase: Running
    podIP: {address}
    podIPs:
    - ip: {address}
"""


def write_dump(path, pods):
    with open(path, "w") as file:
        file.write("apiVersion: v1\nitems:\n")
        file.writelines(pod(i) for i in range(pods))
        file.write('kind: List\nmetadata:\n  resourceVersion: ""\n')


def measure(command, text):
    start = time.monotonic()
    run = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True)
    seconds = time.monotonic() - start
    if b"gnp/cache" not in run.stdout:
        sys.exit("inventory.py: the policy reaches no host endpoint")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # of the largest child so far


def main():
    untrack = os.path.abspath(sys.argv[1])
    sizes = [int(word) for word in sys.argv[2:]] or [10_000, 50_000, 100_000]
    print(f"{'pods':>7} {'MB':>6} {'seconds':>8} {'peak MiB':>9} {'bytes a pod':>12}")
    for pods in sorted(sizes):
        with tempfile.TemporaryDirectory() as folder:
            dump = os.path.join(folder, "pods.yaml")
            write_dump(dump, pods)
            seconds, peak = measure([untrack, "nodes", "-", "--inventory", dump, "--isolated"], HOST)
            print(f"{pods:>7} {os.path.getsize(dump) / 1e6:>6.1f} {seconds:>8.2f} {peak:>9.0f} "
                  f"{peak * 2**20 / pods:>12.0f}", flush=True)


if __name__ == "__main__":
    main()
