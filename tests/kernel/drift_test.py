#!/usr/bin/env python3
"""`untrack verify` on what a real kernel holds: equal once an artifact is loaded, a witness once a rule is changed.

usage: drift_test.py PATH-OF-UNTRACK
"""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from memcached_test import EXAMPLE, NODE, POLICIES, UNTRACK, Artifact  # noqa: E402  (takes PATH-OF-UNTRACK away)

FAMILIES = ("iptables", "ip6tables")


class Claims:
    flavour = None

    def load(self, path=EXAMPLE):
        self.policy = path
        self.world = self.enterContext(lab.Lab())
        self.artifact = Artifact(self.flavour, path)
        self.addCleanup(self.artifact.folder.cleanup)
        self.artifact.load(self.world.server)
        return self.world.server

    def dump(self):
        server = self.world.server
        if self.flavour == "nft":
            return server.run("nft", "list", "ruleset")
        return "".join(server.run(self.artifact.iptables(f, "-save")) for f in FAMILIES) + server.run("ipset", "save")

    def verify(self, dump=None):
        return subprocess.run([UNTRACK, "verify", "-", "--against", self.policy, "-n", NODE],
                              input=self.dump() if dump is None else dump, capture_output=True, text=True)

    def check_equal(self, done):
        self.assertEqual((done.returncode, done.stdout), (0, "equal\n"), done.stderr)

    def check_drift(self, done, *texts):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for text in texts:
            self.assertIn(text, done.stdout)

    def check_equal_once_loaded(self, path):
        self.load(path)
        self.check_equal(self.verify())

    def test_what_is_loaded_is_equal(self):
        self.check_equal_once_loaded(EXAMPLE)

    def test_what_is_loaded_with_a_deny_is_equal(self):
        self.check_equal_once_loaded(os.path.join(POLICIES, "deny.yaml"))

    def test_what_is_loaded_with_everything_untracked_is_equal(self):
        self.check_equal_once_loaded(os.path.join(POLICIES, "everything.yaml"))

    def test_a_drop_put_in_front_of_our_rules_shows_with_a_packet(self):
        self.drop_in_front(self.load())
        self.check_drift(self.verify(), "packet udp", ":9:", "the policy says track, the artifact says drop")

    def test_without_our_rules_the_policy_is_missing(self):
        self.artifact_unloaded(self.load())
        self.check_drift(self.verify(), "the policy says untrack, the artifact says track")


class Nft(Claims, unittest.TestCase):
    flavour = "nft"

    def drop_in_front(self, server):
        rule = "iifname eng4 meta nfproto ipv4 ip frag-off & 0x1fff == 0 meta l4proto udp @th,56,8 0-255 th dport 9 drop"
        server.run("nft", "insert", "rule", "inet", "untrack", "prerouting", *rule.split())

    def artifact_unloaded(self, server):
        server.run("nft", "delete", "table", "inet", "untrack")

    def test_an_early_chain_of_others_is_named(self):
        server = self.load()
        server.run("nft", "-f", "-", stdin="table ip foreign { chain early { type filter hook prerouting priority "
                                           "-350; policy accept; ip protocol 89 counter drop; }; }")
        done = self.verify()
        self.check_equal(done)
        self.assertIn("chain `early` of table `ip foreign` sees packets before conntrack too", done.stderr)

    def test_handles_and_counters_do_not_disturb(self):
        server = self.load()
        self.check_equal(self.verify(server.run("nft", "-a", "list", "table", "inet", "untrack")))
        self.check_equal(self.verify(server.run("nft", "-nn", "list", "ruleset")))

    def test_json_is_refused(self):
        self.load()
        done = self.verify('{"nftables": []}')
        self.assertEqual(done.returncode, 3)
        self.assertIn("without `-j`", done.stderr)


class Iptables(Claims):
    def drop_in_front(self, server):
        server.run(self.artifact.iptables("iptables"), "-t", "raw", "-I", "untrack-prerouting", "-i", "eng4", "-p",
                   "udp", "--dport", "9", "-j", "DROP")

    def artifact_unloaded(self, server):
        self.artifact.unload(server)

    def test_a_rule_before_the_jump_is_a_difference_and_one_behind_it_is_named(self):
        server = self.load()
        tool = self.artifact.iptables("iptables")
        foreign = ("-t", "raw", "-p", "tcp", "--dport", "9", "-j", "DROP")
        server.run(tool, "-A", "PREROUTING", *foreign)
        done = self.verify()
        self.check_equal(done)
        self.assertIn("1 rule of PREROUTING behind the jump", done.stderr)
        server.run(tool, "-I", "PREROUTING", *foreign)
        self.check_drift(self.verify(), "a rule of PREROUTING stands before the jump")

    def test_a_jump_that_is_gone_is_a_difference(self):
        server = self.load()
        server.run(self.artifact.iptables("ip6tables"), "-t", "raw", "-D", "OUTPUT", "-j", "untrack-output")
        self.check_drift(self.verify(), "OUTPUT does not jump to `untrack-output`")

    def test_a_member_taken_out_of_a_set_shows_with_a_packet(self):
        server = self.load()
        member = next((line.split() for line in server.run("ipset", "save").splitlines()
                       if line.startswith("add ") and "12211" in line), None)
        if member is None:
            self.skipTest("the artifact keeps the port in no set")
        server.run("ipset", "del", *member[1:])
        self.check_drift(self.verify(), ":12211", "the policy says untrack, the artifact says track")

    def test_counters_do_not_disturb(self):
        server = self.load()
        dump = "".join(server.run(self.artifact.iptables(f, "-save"), "-c") for f in FAMILIES)
        self.check_equal(self.verify(dump + server.run("ipset", "save")))


class IptablesLegacy(Iptables, unittest.TestCase):
    flavour = "iptables-legacy"


class IptablesNft(Iptables, unittest.TestCase):
    flavour = "iptables-nft"


if __name__ == "__main__":
    sys.exit(lab.main())
