#!/usr/bin/env python3
"""`untrack verify` on what a real kernel holds: equal once an artifact is loaded, a witness once a rule is changed.

usage: drift_test.py PATH-OF-UNTRACK
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
from memcached_test import EXAMPLE, NODE, POLICIES, UNTRACK, Artifact  # noqa: E402  (takes PATH-OF-UNTRACK away)

FAMILIES = ("iptables", "ip6tables")


@contextlib.contextmanager
def with_own_bpf_file_system():
    lab.own_bpf_file_system()
    yield


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

    def test_what_is_loaded_with_many_denied_nets_is_equal(self):
        self.check_equal_once_loaded(os.path.join(POLICIES, "block-list.yaml"))

    def test_a_drop_put_in_front_of_our_rules_shows_with_a_packet(self):
        self.drop_in_front(self.load())
        self.check_drift(self.verify(), "packet udp", ":9:", "the policy says track, the artifact says drop")

    def test_without_our_rules_the_policy_is_missing(self):
        self.artifact_unloaded(self.load())
        self.check_drift(self.verify(), "the policy says untrack, the artifact says track")


class Nft(Claims, unittest.TestCase):
    flavour = "nft"

    DROP = "iifname eng4 meta nfproto ipv4 ip frag-off & 0x1fff == 0 meta l4proto udp @th,56,8 0-255 th dport 9 drop"

    def drop_in_front(self, server):
        server.run("nft", "insert", "rule", "inet", "untrack", "prerouting", *self.DROP.split())

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

    def test_a_listing_in_json_is_judged_as_its_text_is(self):
        for policy in ("deny.yaml", "everything.yaml", "block-list.yaml"):
            server = self.load(os.path.join(POLICIES, policy))
            self.check_equal(self.verify(server.run("nft", "-j", "list", "ruleset")))
        server = self.load()
        self.drop_in_front(server)
        self.check_drift(self.verify(server.run("nft", "-j", "list", "ruleset")), "packet udp", ":9:",
                         "the policy says track, the artifact says drop")



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

    def test_a_slot_without_its_bit_shows_with_a_packet(self):
        server = self.load(os.path.join(POLICIES, "block-list.yaml"))
        slot = next(line.split() for line in server.run("ipset", "save").splitlines()
                    if line.startswith("add untrack-slots-"))
        server.run("ipset", "del", *slot[1:])
        self.check_drift(self.verify(), "the policy says drop, the artifact says track")

    def test_counters_do_not_disturb(self):
        server = self.load()
        dump = "".join(server.run(self.artifact.iptables(f, "-save"), "-c") for f in FAMILIES)
        self.check_equal(self.verify(dump + server.run("ipset", "save")))


class IptablesLegacy(Iptables, unittest.TestCase):
    flavour = "iptables-legacy"


class IptablesNft(Iptables, unittest.TestCase):
    flavour = "iptables-nft"


class Bpf(Claims):
    """Programs, loaded by the bundle's own apply; dumped as docs/verify.md says."""
    PLACE = ("protocol", "all", "prio", "1", "handle", "1", "bpf")

    def compile(self, path):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="untrack-bundle-"))
        subprocess.run([UNTRACK, "compile", path, "-n", NODE, "-t", "bpf", "-o", folder], check=True, capture_output=True)
        return os.path.join(folder, NODE)

    def load(self, path=EXAMPLE):
        self.policy = path
        self.world = self.enterContext(lab.Lab())
        self.state = self.enterContext(tempfile.TemporaryDirectory(prefix="untrack-state-"))
        self.bundle = self.compile(path)
        self.script("apply", "--target", self.flavour)
        self.addCleanup(self.script, "rollback", "--remove")
        return self.world.server

    def script(self, name, *arguments):
        self.world.server.run("env", f"UNTRACK_STATE={self.state}", os.path.join(self.bundle, name), *arguments)

    def dump(self):
        server = self.world.server
        program = re.search(r" id (\d+) ", server.run("tc", "filter", "show", "dev", "eng4", "ingress"))
        maps = server.run("bpftool", "map", "dump", "-j", "id", re.search(r"map_ids (\d+)", server.run(
            "bpftool", "prog", "show", "id", program[1]))[1]) if program else ""
        return maps + self.rules(server)

    def test_without_the_program_the_policy_is_missing(self):
        server = self.load()
        server.run("tc", "filter", "del", "dev", "eng4", "ingress", *self.PLACE)
        done = self.verify()
        self.assertEqual(done.returncode, self.without_map, done.stdout + done.stderr)

    def test_the_program_of_another_policy_shows_with_a_packet(self):
        server = self.load()
        other = os.path.join(self.compile(os.path.join(POLICIES, "deny.yaml")), "bpf", "eng4.bpf.o")
        server.run("tc", "filter", "replace", "dev", "eng4", "ingress", *self.PLACE, "da", "obj", other, "sec", "tc")
        self.check_drift(self.verify(), ":8080: the policy says track, the artifact says drop")


class BpfNft(Bpf, unittest.TestCase):
    flavour = "bpf-nft"
    without_map = 1

    def rules(self, server):
        return server.run("nft", "list", "ruleset")

    def artifact_unloaded(self, server):
        for table in ("untrack", "untrack-bpf"):
            server.run("nft", "delete", "table", "inet", table)

    def drop_in_front(self, server):
        server.run("nft", "insert", "rule", "inet", "untrack-bpf", "prerouting", *Nft.DROP.split())

    def test_egress_that_rules_say_otherwise_than_the_image_is_a_difference(self):
        server = self.load()
        server.run("nft", "flush", "chain", "inet", "untrack", "output")
        self.check_drift(self.verify(), "says one thing in its BPF image and another in its nft rules")


class BpfIptables(Bpf):
    without_map = 3  # rules ask programs of which nothing is known

    def tool(self, family, suffix=""):
        return f"{family}-{self.flavour[13:]}{suffix}"

    def rules(self, server):
        return "".join(server.run(self.tool(family, "-save")) for family in FAMILIES)

    def artifact_unloaded(self, server):
        for family in FAMILIES:
            server.run(self.tool(family), "-t", "raw", "-F", "untrack-prerouting")

    def drop_in_front(self, server):
        server.run(self.tool("iptables"), "-t", "raw", "-I", "untrack-prerouting", "-i", "eng4", "-p", "udp", "--dport",
                   "9", "-j", "DROP")

    def test_a_rule_about_egress_that_is_gone_shows_with_a_packet(self):
        server = self.load()
        server.run(self.tool("ip6tables"), "-t", "raw", "-F", "untrack-output")
        self.check_drift(self.verify(), "egress on eng4, packet tcp [", "the policy says untrack, the artifact says track")


class BpfIptablesLegacy(BpfIptables, unittest.TestCase):
    flavour = "bpf-iptables-legacy"


class BpfIptablesNft(BpfIptables, unittest.TestCase):
    flavour = "bpf-iptables-nft"


if __name__ == "__main__":
    sys.exit(lab.main(with_own_bpf_file_system))
