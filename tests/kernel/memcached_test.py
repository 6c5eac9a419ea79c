#!/usr/bin/env python3
"""What the artifacts of testdata/memcached do in a real kernel: one test a claim, for each form of the artifact.

usage: memcached_test.py PATH-OF-UNTRACK
"""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402

UNTRACK = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/untrack"
POLICIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "policies")
EXAMPLE = "testdata/memcached"
NODE = "jasper-node-0"
MEMCACHED, OTHER, SSH = 12211, 8080, 22


class Artifact:
    """One compiled form, and how a person loads and unloads it by hand."""

    def __init__(self, flavour, path):
        self.flavour = flavour
        self.target = "nft" if flavour == "nft" else "iptables"
        self.folder = tempfile.TemporaryDirectory()
        done = subprocess.run([UNTRACK, "compile", path, "-n", NODE, "-t", self.target, "-o", self.folder.name],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def text(self, name):
        with open(os.path.join(self.folder.name, NODE, self.target, name)) as file:
            return file.read()

    def iptables(self, family, suffix=""):
        kind = "nft" if self.flavour == "iptables-nft" else "legacy"
        return f"{family}-{kind}{suffix}"

    def load(self, host):
        if self.flavour == "nft":
            host.run("nft", "-f", "-", stdin=self.text("untrack.nft"))
            return
        host.run("ipset", "-exist", "restore", stdin=self.text("ipset.restore"))
        for family in ("iptables", "ip6tables"):
            host.run(self.iptables(family, "-restore"), "--noflush", stdin=self.text(f"{family}.restore"))
            for hook, chain in (("PREROUTING", "untrack-prerouting"), ("OUTPUT", "untrack-output")):
                jump = [hook, "-j", chain]
                if subprocess.run(host.command([self.iptables(family), "-t", "raw", "-C", *jump]),
                                  capture_output=True).returncode != 0:
                    host.run(self.iptables(family), "-t", "raw", "-I", *jump)

    def unload(self, host):
        if self.flavour == "nft":
            host.run("nft", "delete", "table", "inet", "untrack")
            return
        for family in ("iptables", "ip6tables"):
            for hook, chain in (("PREROUTING", "untrack-prerouting"), ("OUTPUT", "untrack-output")):
                host.run(self.iptables(family), "-t", "raw", "-D", hook, "-j", chain)
            chains = [line.split()[0][1:] for line in host.run(self.iptables(family, "-save"), "-t", "raw").splitlines()
                      if line.startswith(":untrack-")]
            for action in ("-F", "-X"):
                for chain in chains:
                    host.run(self.iptables(family), "-t", "raw", action, chain)
        for name in host.run("ipset", "list", "-name").split():
            if name.startswith("untrack"):
                host.run("ipset", "destroy", name)

    def rules(self, host):
        """All that the kernel holds, ours and foreign, without counters."""
        if self.flavour == "nft":
            return host.run("nft", "--stateless", "list", "ruleset")
        return host.run("ipset", "save") + "".join(
            line for family in ("iptables", "ip6tables")
            for line in host.run(self.iptables(family, "-save"), "-t", "raw").splitlines(keepends=True)
            if not line.startswith(("#", ":")))


class Claims:
    flavour = None

    def artifact(self, path=EXAMPLE):
        artifact = Artifact(self.flavour, path)
        self.addCleanup(artifact.folder.cleanup)
        return artifact

    def lab(self, path=EXAMPLE, ports=(MEMCACHED, OTHER, SSH), **options):
        world = self.enterContext(lab.Lab(**options))
        self.artifact(path).load(world.server)
        world.server.serve(*ports)
        return world

    def check_untracked(self, address):
        world = self.lab()
        self.assertEqual(world.client.connect(address, MEMCACHED, 200), 200)
        self.assertEqual(world.tracked(MEMCACHED), 0)

    def test_200_connections_over_ipv4_leave_no_conntrack_entry(self):
        self.check_untracked(lab.SERVER_V4)

    def test_200_connections_over_ipv6_leave_no_conntrack_entry(self):
        self.check_untracked(lab.SERVER_V6)

    def test_another_port_stays_tracked(self):
        world = self.lab()
        for address in (lab.SERVER_V4, lab.SERVER_V6):
            self.assertEqual(world.client.connect(address, OTHER, 5), 5)
        self.assertEqual(world.tracked(OTHER), 10)

    def test_a_deny_rule_drops(self):
        world = self.lab(os.path.join(POLICIES, "deny.yaml"))
        for address in (lab.SERVER_V4, lab.SERVER_V6):
            self.assertEqual(world.client.connect(address, OTHER, 2, timeout=0.5), 0)
            self.assertEqual(world.client.connect(address, MEMCACHED, 2), 2)

    def test_the_failsafe_port_of_ssh_stays_tracked(self):
        world = self.lab(os.path.join(POLICIES, "everything.yaml"))
        for address in (lab.SERVER_V4, lab.SERVER_V6):
            self.assertEqual(world.client.connect(address, SSH, 5), 5)
            self.assertEqual(world.client.connect(address, OTHER, 5), 5)
        self.assertEqual(world.tracked(SSH), 10)
        self.assertEqual(world.tracked(OTHER), 0)

    def test_without_the_egress_rule_connections_time_out_as_ut201_says(self):
        path = os.path.join(POLICIES, "no-egress.yaml")
        lint = subprocess.run([UNTRACK, "lint", path], capture_output=True, text=True)
        self.assertEqual(lint.returncode, 1)
        self.assertIn("UT201", lint.stdout + lint.stderr)
        world = self.lab(path, drop_invalid=True)
        for address in (lab.SERVER_V4, lab.SERVER_V6):
            self.assertEqual(world.client.connect(address, MEMCACHED, 2, timeout=0.5), 0)

    def test_with_the_egress_rule_a_filter_that_drops_invalid_does_no_harm(self):
        world = self.lab(drop_invalid=True)
        for address in (lab.SERVER_V4, lab.SERVER_V6):
            self.assertEqual(world.client.connect(address, MEMCACHED, 5), 5)

    def test_loading_twice_changes_nothing(self):
        world = self.enterContext(lab.Lab())
        artifact = self.artifact()
        artifact.load(world.server)
        once = artifact.rules(world.server)
        artifact.load(world.server)
        self.assertEqual(artifact.rules(world.server), once)
        self.assertIn("untrack", once)

    def test_foreign_rules_survive_load_and_removal(self):
        world = self.enterContext(lab.Lab())
        artifact, server = self.artifact(), world.server
        if self.flavour == "nft":
            server.run("nft", "-f", "-", stdin="table inet foreign { chain raw { type filter hook prerouting priority "
                                               "raw; policy accept; tcp dport 9 counter drop; }; }")
        else:
            for family in ("iptables", "ip6tables"):
                tool = artifact.iptables(family)
                server.run(tool, "-t", "raw", "-N", "foreign")
                server.run(tool, "-t", "raw", "-A", "foreign", "-p", "tcp", "--dport", "9", "-j", "DROP")
                server.run(tool, "-t", "raw", "-A", "PREROUTING", "-j", "foreign")
            server.run("ipset", "create", "foreign", "hash:ip")
        before = artifact.rules(server)
        artifact.load(server)
        self.assertNotEqual(artifact.rules(server), before)
        artifact.unload(server)
        self.assertEqual(artifact.rules(server), before)


class Nft(Claims, unittest.TestCase):
    flavour = "nft"


class IptablesLegacy(Claims, unittest.TestCase):
    flavour = "iptables-legacy"


class IptablesNft(Claims, unittest.TestCase):
    flavour = "iptables-nft"


if __name__ == "__main__":
    sys.exit(lab.main())
