"""A server host and a client, each a network namespace, joined by a veth pair.

The server's interface is called eng4 and carries the addresses of testdata/memcached. All traffic stays between the
two namespaces; both are removed with everything in them when the lab is closed.
"""

import concurrent.futures
import contextlib
import ctypes
import itertools
import os
import shutil
import subprocess
import sys
import time
import unittest

SERVER_V4, SERVER_V6 = "10.128.0.162", "fd00:128::162"
CLIENT_V4, CLIENT_V6 = "10.128.0.7", "fd00:128::7"
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")


def lacks():
    """What this machine lacks for kernel tests, in words, or None."""
    if os.geteuid() != 0:
        return "root"
    for tool in ("ip", "tc", "nft", "conntrack", "ipset", "iptables-legacy", "iptables-nft"):
        if not shutil.which(tool):
            return f"the tool {tool}"
    probe = f"untrack-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode != 0:
        return "the right to make network namespaces"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


def own_bpf_file_system():
    """From here on the process has /sys/fs/bpf to itself."""
    clone_newns = 0x20000
    if ctypes.CDLL(None, use_errno=True).unshare(clone_newns) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], check=True)


class Host:
    numbers = itertools.count(1)

    def __init__(self, role):
        self.namespace = f"untrack-{role}{next(Host.numbers)}-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        self.processes = []

    def command(self, argv):
        """Not by `ip netns exec`, which hides /sys/fs/bpf."""
        return [shutil.which("nsenter"), f"--net=/run/netns/{self.namespace}", *argv]

    def run(self, *argv, stdin=None, check=True):
        done = subprocess.run(self.command(argv), input=stdin, capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr}")
        return done.stdout

    def serve(self, *ports):
        """Starts a TCP echo server on both IP versions; returns once it listens."""
        process = subprocess.Popen(self.command([sys.executable, PEER, "serve", *map(str, ports)]),
                                   stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        assert process.stdout.readline() == "listening\n"

    def connect(self, address, port, count=1, timeout=1.0):
        """How many of `count` connections, one after the other, echo a line back."""
        return int(self.run(sys.executable, PEER, "connect", address, str(port), str(count), str(timeout)))

    def close(self):
        for process in self.processes:
            process.kill()
            process.wait()
            process.stdout.close()
        subprocess.run(["ip", "netns", "del", self.namespace], check=True)


class Lab:
    # Conntrack works in a namespace only once some rule there asks for a connection's state.
    TRACKER = """table inet tracker {
      chain input { type filter hook input priority 0; policy accept; ct state invalid %s; }
      chain output { type filter hook output priority 0; policy accept; ct state invalid %s; }
    }"""

    def __init__(self, drop_invalid=False, rules=None):
        self.server, self.client = Host("server"), Host("client")
        subprocess.run(["ip", "link", "add", "eng4", "netns", self.server.namespace, "type", "veth", "peer", "name",
                        "eth0", "netns", self.client.namespace], check=True)
        for host, link, v4, v6 in ((self.server, "eng4", SERVER_V4, SERVER_V6),
                                   (self.client, "eth0", CLIENT_V4, CLIENT_V6)):
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "address", "add", f"{v4}/24", "dev", link)
            host.run("ip", "address", "add", f"{v6}/64", "dev", link, "nodad")
            host.run("ip", "link", "set", link, "up")
        verdict = "drop" if drop_invalid else "continue"
        self.server.run("nft", "-f", "-", stdin=rules or self.TRACKER % (verdict, verdict))

    def tracked(self, port):
        """The server's conntrack entries whose request goes to a TCP port, both IP versions."""
        return sum(self.server.run("conntrack", "-L", "-f", family, "-p", "tcp", "--orig-port-dst", str(port)).count(
            "\n") for family in ("ipv4", "ipv6"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        self.client.close()


def cases_of(suite):
    for each in suite:
        yield from cases_of(each) if isinstance(each, unittest.TestSuite) else (each,)


def run_side_by_side(cases, workers):
    """Runs cases that share nothing but the machine, and says of each how it ended; all results in one."""
    def run(case):
        result, start = unittest.TestResult(), time.monotonic()
        case.run(result)
        ended = "ok" if result.wasSuccessful() else "FAILED"
        print(f"{case} ... {'skipped' if result.skipped else ended} ({time.monotonic() - start:.1f} s)", flush=True)
        return result

    total = unittest.TestResult()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for result in pool.map(run, cases):
            total.testsRun += result.testsRun
            for kind in ("failures", "errors", "skipped"):
                getattr(total, kind).extend(getattr(result, kind))
    for case, trace in total.failures + total.errors:
        print(f"\n{case}\n{trace}")
    return total


def main(around=contextlib.nullcontext, workers=1, first=""):
    """Runs the program's tests inside `around()`, or those that its arguments name; the last line counts them.

    With several workers side by side, those whose name holds `first`, the long ones, before the others.
    """
    program, loader = sys.modules["__main__"], unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(sys.argv[1:], program) if sys.argv[1:] else loader.loadTestsFromModule(program)
    missing = lacks()
    if missing:
        print(f"kernel tests skipped: this machine lacks {missing}")
        print(f"0 passed, 0 failed, {suite.countTestCases()} skipped")
        return 0
    with around():
        if workers > 1:
            result = run_side_by_side(sorted(cases_of(suite), key=lambda case: first not in case.id()), workers)
        else:
            result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0
