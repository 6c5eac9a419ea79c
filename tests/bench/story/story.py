#!/usr/bin/env python3
"""What the whole is for: a memcached with many short connections, tracked by the kernel and not.

usage: story.py UNTRACK CLIENT [--target T] [--connections N] [--rate N] [--table N] [--out FOLDER]

Debian's memcached serves in one network namespace; clients of sixteen addresses, half of them IPv6, sit in another. Both
runs have the same filter rules, which let known connections and port 12211 in. One host has nothing else and tracks
every connection; the other has the nft artifact of testdata/memcached in place, put there by the bundle's own `apply`.

First the story: connections come at a steady rate, and the connection table is small. Then what a connection costs while
the table has room: as fast as it goes, the two by turns.

net.netfilter.nf_conntrack_max is one number for all namespaces of a machine. This sets it and sets it back, also when
it is interrupted or killed.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "kernel")]
import lab  # noqa: E402
import plot  # noqa: E402

EXAMPLE, NODE, PORT = "testdata/memcached", "jasper-node-0", 12211
LIMIT = "/proc/sys/net/netfilter/nf_conntrack_max"
ADDRESSES = 8  # of clients, for each IP version
ROUNDS, ROUND_CONNECTIONS, AT_ONCE, ROOM = 9, 10_000, 64, 1_000_000

# Without rules of its own for table raw, a host knows a packet as new, known, or (if nothing tracks it) untracked.
FILTER = """table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related,untracked accept
    iifname "lo" accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
    tcp dport 12211 ct state new accept
  }
  chain output {
    type filter hook output priority filter; policy accept;
    ct state invalid drop
  }
}"""


def lacks():
    missing = lab.lacks()
    if not missing and not shutil.which("memcached"):
        missing = "the tool memcached (apt-get install --no-install-recommends memcached)"
    if not missing and not os.access(LIMIT, os.W_OK):
        missing = f"{LIMIT}, which can be set in the first network namespace only"
    if not missing and host_entries() > 1000:
        missing = f"idleness: this machine tracks {host_entries()} connections of its own, a small table would cut them"
    return missing


def host_entries():
    with open("/proc/sys/net/netfilter/nf_conntrack_count") as file:
        return int(file.read())


@contextlib.contextmanager
def own_limit():
    """Yields a function that sets the limit. A process that outlives this one sets it back when our end of the pipe
    closes, however that comes about."""
    with open(LIMIT) as file:
        before = file.read().strip()
    keeper = subprocess.Popen(["sh", "-c", f"read _; echo {before} >{LIMIT}"], stdin=subprocess.PIPE,
                              start_new_session=True)

    def set_limit(entries):
        with open(LIMIT, "w") as limit:
            limit.write(str(entries))

    try:
        yield set_limit
    finally:
        keeper.stdin.close()
        keeper.wait()
        with open(LIMIT) as file:
            after = file.read().strip()
        print(f"connection table: {LIMIT} is {after}, as before" if after == before else
              f"story: {LIMIT} was {before} and is {after}; set it back by hand", file=sys.stderr)


class Server:
    """A host with memcached, and a host with its clients."""

    def __init__(self, world, target, bundle):
        self.world, self.target = world, target
        self.clients = [f"10.128.0.{100 + i}" for i in range(ADDRESSES)]
        self.clients += [f"fd00:128::{100 + i}" for i in range(ADDRESSES)]
        for address in self.clients:
            width, options = ("64", ["nodad"]) if ":" in address else ("24", [])
            world.client.run("ip", "address", "add", f"{address}/{width}", "dev", "eth0", *options)
        world.client.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535",
                         "net.ipv4.tcp_max_tw_buckets=1000000")
        world.server.run("sysctl", "-qw", "net.ipv4.tcp_max_syn_backlog=8192", "net.core.somaxconn=8192")
        self.state = tempfile.TemporaryDirectory(prefix="untrack-state-")
        if target:
            world.server.run("env", f"UNTRACK_STATE={self.state.name}", os.path.join(bundle, NODE, "apply"), "--target",
                             target)
        self.memcached = subprocess.Popen(world.server.command(
            ["memcached", "-u", "nobody", "-l", f"{lab.SERVER_V4},[{lab.SERVER_V6}]", "-p", str(PORT), "-U", "0",
             "-t", "1", "-c", "8192", "-b", "8192"]), stdout=subprocess.PIPE)
        world.server.processes.append(self.memcached)
        self.store()

    def store(self):
        """One value, in the end that says memcached is up."""
        words = "import socket; s = socket.create_connection((%r, %d)); s.sendall(b'set story 0 0 5\\r\\nhello\\r\\n'); " \
                "assert s.recv(64) == b'STORED\\r\\n'" % (lab.SERVER_V4, PORT)
        for _ in range(50):
            done = subprocess.run(self.world.client.command([sys.executable, "-c", words]), capture_output=True, text=True)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"memcached does not answer: {done.stderr}")

    def load(self, client, connections, rate, at_once):
        """Lines of JSON from the client: samples, then the sums."""
        done = subprocess.run(self.world.client.command(
            [client, str(connections), str(rate), str(at_once), str(PORT), str(self.memcached.pid),
             self.world.server.namespace, lab.SERVER_V4, lab.SERVER_V6, "--", *self.clients]),
            stdout=subprocess.PIPE, text=True, check=True)
        *samples, sums = map(json.loads, done.stdout.splitlines())
        sums["samples"] = samples
        sums["most_entries"] = max(each["entries"] for each in samples)
        sums["cpu"] = sums["cpu_client"] + sums["cpu_server"]
        return sums

    def dropped(self):
        """New connections that the table had no room for, by the kernel's own count."""
        counts = {}
        for line in self.world.server.run("conntrack", "-S").splitlines():
            for word in line.split():
                name, _, number = word.partition("=")
                if number.isdigit():
                    counts[name] = counts.get(name, 0) + int(number)
        return counts["drop"], counts["early_drop"]


@contextlib.contextmanager
def server(target, bundle):
    with lab.Lab(rules=FILTER) as world:
        yield Server(world, target, bundle)


def tell(name, run, table):
    print(f"{name:>10}: {run['answered']:>7} answered, {run['refused']:>7} refused; at most {run['most_entries']:>6} "
          f"of {table} entries; {run['answered'] / run['seconds']:>7.0f} answers/s; "
          f"{run['cpu'] / max(1, run['answered']) * 1e6:.0f} us of CPU an answer", flush=True)


def flood(options, bundle, set_limit):
    runs = {}
    set_limit(options.table)
    for name, target in (("tracked", None), ("untracked", options.target)):
        with server(target, bundle) as host:
            before = host.dropped()
            # A connection that gets no answer is open for a second.
            runs[name] = host.load(options.client, options.connections, options.rate, 2 * options.rate)
            runs[name]["dropped"], runs[name]["early_dropped"] = (b - a for a, b in zip(before, host.dropped()))
        tell(name, runs[name], options.table)
        print(f"{'':>12}the kernel's count: {runs[name]['dropped']} packets dropped by the full table, "
              f"{runs[name]['early_dropped']} entries given up early", flush=True)
    return runs


def capacity(options, bundle, set_limit):
    """Median of the rounds: answers a second and CPU an answer, of both and of one relative to the other."""
    set_limit(ROOM)
    with server(None, bundle) as tracked, server(options.target, bundle) as untracked:
        rounds = {"tracked": [], "untracked": []}
        for number in range(ROUNDS + 1):
            for name, host in (("tracked", tracked), ("untracked", untracked)):
                run = host.load(options.client, ROUND_CONNECTIONS, 0, AT_ONCE)
                if number:  # the first warms up
                    rounds[name].append(run)
    result = {}
    for name, runs in rounds.items():
        assert all(run["refused"] == 0 for run in runs), f"{name}: refused although there is room"
        result[name] = {"per_second": statistics.median(run["answered"] / run["seconds"] for run in runs),
                        "cpu": statistics.median(run["cpu"] / run["answered"] for run in runs)}
        print(f"{name:>10}: {result[name]['per_second']:>7.0f} answers/s; {result[name]['cpu'] * 1e6:.1f} us of CPU an "
              f"answer", flush=True)
    for what, unit in (("per_second", "answers/s"), ("cpu", "CPU an answer")):
        ratios = sorted(b / a for a, b in zip(*([run["answered"] / run["seconds"] if what == "per_second" else
                                                 run["cpu"] / run["answered"] for run in runs]
                                                for runs in rounds.values())))
        result[f"ratio_{what}"] = statistics.median(ratios)
        print(f"untracked / tracked, {unit}: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("untrack", type=os.path.abspath)
    parser.add_argument("client", type=os.path.abspath)
    parser.add_argument("--target", default="nft", choices=("nft", "iptables-legacy", "iptables-nft"))
    parser.add_argument("--connections", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=8_000, help="connections a second")
    parser.add_argument("--table", type=int, default=16_384, help="entries of the connection table")
    parser.add_argument("--out", default="build", help="where story.svg and story.json go")
    options = parser.parse_args()
    missing = lacks()
    if missing:
        print(f"skipped: this machine lacks {missing}")
        return 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="untrack-story-") as bundle, own_limit() as set_limit:
        os.chmod(bundle, 0o755)
        subprocess.run([options.untrack, "compile", EXAMPLE, "--isolated", "-n", NODE, "-t", "nft,iptables", "-o", bundle],
                       check=True)
        print(f"{options.connections} connections of {2 * ADDRESSES} client addresses, {options.rate} a second, "
              f"a table of {options.table} entries")
        runs = flood(options, bundle, set_limit)
        print(f"a table with room, {AT_ONCE} connections at once, {ROUNDS} rounds of {ROUND_CONNECTIONS} each by turns")
        room = capacity(options, bundle, set_limit)
    with open(os.path.join(options.out, "story.json"), "w") as file:
        json.dump({"table": options.table, "rate": options.rate, "target": options.target, "runs": runs, "room": room},
                  file, indent=1)
    picture = os.path.join(options.out, "story.svg")
    with open(picture, "w") as file:
        file.write(plot.story(runs, options.rate, options.table))
    print(f"drawn: {picture}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
