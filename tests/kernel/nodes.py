"""A node that runs the scripts of a bundle: a network namespace, a record, and a PATH of its own."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import lab

UNTRACK = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/untrack"  # argument of every program
POLICIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "policies")
NODE = "jasper-node-0"
FAMILIES = ("iptables", "ip6tables")
FLAVOURS = ("legacy", "nft")
CHANGING_TOOLS = ["nft", "ipset", "tc"] + [f"{family}-{flavour}-restore" for family in FAMILIES for flavour in FLAVOURS]
READING_TOOLS = ["iptables", "ip"] + [f"{family}-{flavour}-save" for family in FAMILIES for flavour in FLAVOURS]
APPLIED, REFUSED, MISUSED, FAILED = 0, 1, 2, 3
SAME, DIFFERENT, UNKNOWN = 0, 1, 3


def compile_bundle(path, *options):
    folder = tempfile.mkdtemp(prefix="untrack-bundle-")
    done = subprocess.run([UNTRACK, "compile", path, "-n", NODE, "-t", "nft,iptables,bpf", "-o", folder, *options],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    os.chmod(folder, 0o755)
    return folder


bundles = None


class Bundles:
    """Compiled once for all tests: two policies that differ, one that untracks all TCP, one with many denied nets, and
    two that agree on what the tests send."""

    def __init__(self):
        self.folders = {"old": compile_bundle("testdata/memcached")}
        for name, policy in (("new", "deny"), ("wide", "everything"), ("nets", "block-list"),
                             ("reload-old", "reload-old"), ("reload-new", "reload-new")):
            self.folders[name] = compile_bundle(os.path.join(POLICIES, f"{policy}.yaml"))

    def script(self, bundle, name):
        """Of a bundle by its name, or by its folder."""
        return os.path.join(self.folders[bundle] + "/" + NODE if bundle in self.folders else bundle, name)

    def copy(self, bundle):
        folder = tempfile.mkdtemp(prefix="untrack-bundle-")
        shutil.copytree(os.path.join(self.folders[bundle], NODE), folder, dirs_exist_ok=True)
        return folder

    def close(self):
        for folder in self.folders.values():
            shutil.rmtree(folder)


class Node:
    """A network namespace in which scripts of a bundle run, with a record of its own."""

    def __init__(self, host=None):
        self.host = host or lab.Host("apply")
        if not host:
            self.add_interface()
        self.state = tempfile.mkdtemp(prefix="untrack-state-")

    def add_interface(self):
        self.host.run("ip", "link", "add", "eng4", "type", "veth", "peer", "name", "peer4")

    def start(self, bundle, script, *arguments, path=None, shell=(), **options):
        environment = {"UNTRACK_STATE": self.state, "PATH": path or os.environ["PATH"]}
        return subprocess.Popen(self.host.command([*shell, bundles.script(bundle, script), *arguments]), env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, **options)

    def run(self, bundle, script, *arguments, **options):
        """Exit status and what was said."""
        process = self.start(bundle, script, *arguments, **options)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def tables(self, flavour, family):
        """Rules of table raw, without built-in chains that may or may not have been made yet."""
        text = self.host.run(f"{family}-{flavour}-save", "-t", "raw")
        return "".join(re.sub(r" \[.*", "", line) + "\n" for line in text.splitlines()
                       if not line.startswith(("#", ":PREROUTING", ":OUTPUT", "*raw", "COMMIT")))

    def sets(self):
        return sorted(re.sub(r" bucketsize.*| hashsize \d+", "", line)
                      for line in self.host.run("ipset", "save").splitlines())

    def nft(self):
        return self.host.run("nft", "--stateless", "list", "ruleset", "inet")

    def tc(self):
        """What is at ingress and egress of the interface; the same program has another id each time it is loaded."""
        qdiscs = re.findall("(?m)^qdisc (?:clsact|ingress) .*", self.host.run("tc", "qdisc", "show", "dev", "eng4"))
        filters = [self.host.run("tc", "filter", "show", "dev", "eng4", way) for way in ("ingress", "egress")]
        return qdiscs, [re.sub(r" id \d+ ", " ", text) for text in filters]

    def kernel(self):
        """All that the kernel holds, ours and foreign."""
        return {"nft": self.nft(), "sets": self.sets(), "tc": self.tc(),
                **{(flavour, family): self.tables(flavour, family) for flavour in FLAVOURS for family in FAMILIES}}

    def close(self):
        self.host.close()
        for _ in range(20):  # a rollback that went off by itself may still be clearing up
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.state)
                return


class Case(unittest.TestCase):
    def node(self):
        node = Node()
        self.addCleanup(node.close)
        return node

    def check(self, node, bundle, script, *arguments, exits=0, **options):
        status, said = node.run(bundle, script, *arguments, **options)
        self.assertEqual(status, exits, said)
        return said

    def tampered(self, bundle, file, change, sign=True):
        """A copy of a bundle with one artifact changed; signed, as if it had been compiled like that."""
        folder = bundles.copy(bundle)
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, file)
        with open(path) as artifact:
            before = artifact.read()
        after = change(before)
        self.assertNotEqual(before, after)
        with open(path, "w") as artifact:
            artifact.write(after)
        for script in ("apply", "status") if sign else ():
            script = os.path.join(folder, script)
            with open(script) as text:
                signed = text.read().replace(*(hashlib.sha256(t.encode()).hexdigest() for t in (before, after)))
            with open(script, "w") as text:
                text.write(signed)
        return folder

    def path_with(self, tools):
        """A PATH of these tools, each a file or a script."""
        folder = tempfile.mkdtemp(prefix="untrack-path-")
        self.addCleanup(shutil.rmtree, folder)
        for name, tool in tools.items():
            place = os.path.join(folder, name)
            if tool.startswith("#!"):
                with open(place, "w") as script:
                    script.write(tool)
                os.chmod(place, 0o755)
            else:
                os.symlink(tool, place)
        return folder

    def path_without(self, *missing):
        tools = {}
        for folder in reversed(os.environ["PATH"].split(":")):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                tools[name] = os.path.join(folder, name)
        return self.path_with({name: tool for name, tool in tools.items() if name not in missing})


@contextlib.contextmanager
def compiled_bundles():
    global bundles
    bundles = Bundles()
    try:
        yield
    finally:
        bundles.close()
