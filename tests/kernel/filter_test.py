#!/usr/bin/env python3
"""What --accept-in-filter does on a host whose own filter drops: one test a claim, for each target and kind of filter.

usage: filter_test.py PATH-OF-UNTRACK
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402

UNTRACK = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/untrack"
NODE = "jasper-node-0"
MEMCACHED, OTHER = 12211, 8080
TARGETS = ("nft", "iptables-nft", "iptables-legacy")
PROGRAMS = ("bpf-nft", "bpf-iptables-legacy")
FILTERS = ("nft", "iptables-nft", "iptables-legacy")
FAMILIES = ("iptables", "ip6tables")
MARK = "0x10000"
SAME, DIFFERENT, REFUSED = 0, 1, 1


def compile_bundle(*options):
    folder = tempfile.mkdtemp(prefix="untrack-bundle-")
    done = subprocess.run([UNTRACK, "compile", "testdata/memcached", "-n", NODE, "-t", "nft,iptables,bpf", "-o", folder,
                           *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@contextlib.contextmanager
def compiled_bundles():
    global bundles
    lab.own_bpf_file_system()
    bundles = {"with": compile_bundle("--accept-in-filter"), "without": compile_bundle(),
               "other": compile_bundle("--accept-in-filter", "--mark", "0x40000000")}
    try:
        yield
    finally:
        for folder in bundles.values():
            shutil.rmtree(folder)


# How each kind of filter drops all that nothing accepts.
def drop_all(host, kind):
    if kind == "nft":
        host.run("nft", "-f", "-", stdin="table inet host { chain in { type filter hook input priority filter; policy "
                                         "drop; icmpv6 type { 133-137 } accept; }; chain out { type filter hook output "
                                         "priority filter + 10; policy drop; icmpv6 type { 133-137 } accept; }; }")
        return
    for family in FAMILIES:
        tool = f"{family}-{kind[9:]}"
        if family == "ip6tables":
            for hook in ("INPUT", "OUTPUT"):
                host.run(tool, "-A", hook, "-p", "icmpv6", "--icmpv6-type", "neighbour-solicitation", "-j", "ACCEPT")
                host.run(tool, "-A", hook, "-p", "icmpv6", "--icmpv6-type", "neighbour-advertisement", "-j", "ACCEPT")
        for hook in ("INPUT", "OUTPUT"):
            host.run(tool, "-P", hook, "DROP")


class Case(unittest.TestCase):
    @contextlib.contextmanager
    def world(self, *filters):
        with lab.Lab() as world, tempfile.TemporaryDirectory(prefix="untrack-state-") as self.state:
            for kind in filters:
                drop_all(world.server, kind)
            world.server.serve(MEMCACHED, OTHER)
            yield world

    def script(self, world, bundle, name, *arguments, exits=0):
        done = subprocess.run(world.server.command([f"{bundles[bundle]}/{NODE}/{name}", *arguments]), text=True,
                              env={**os.environ, "UNTRACK_STATE": self.state}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120)
        self.assertEqual(done.returncode, exits, done.stdout)
        return done.stdout

    def reaches(self, world, port):
        """Of two connections, one over each IP version."""
        return sum(world.client.connect(address, port, 1, timeout=0.3) for address in (lab.SERVER_V4, lab.SERVER_V6))

    def filters(self, world):
        """All filters of the host as text."""
        texts = [world.server.run("nft", "--stateless", "list", "ruleset")]
        for family in FAMILIES:
            for flavour in ("legacy", "nft"):
                texts.append("".join(line for line in world.server.run(f"{family}-{flavour}-save", "-t", "filter")
                                     .splitlines(keepends=True) if line.startswith("-")))
        return texts


class Filters(Case):
    def test_untracked_packets_pass_every_kind_of_filter_that_drops_and_others_do_not(self):
        for target in TARGETS:
            for kind in FILTERS:
                with self.subTest(target=target, filter=kind):
                    with self.world(kind) as world:
                        self.script(world, "without", "apply", "--target", target)
                        self.assertEqual(self.reaches(world, MEMCACHED), 0)
                        self.script(world, "with", "apply", "--target", target)
                        self.assertEqual(self.reaches(world, MEMCACHED), 2)
                        self.assertEqual(self.reaches(world, OTHER), 0)
                        self.assertEqual(world.tracked(MEMCACHED), 0)
                        self.script(world, "with", "status", exits=SAME)
                        self.script(world, "with", "rollback")
                        self.script(world, "without", "status", exits=SAME)
                        self.assertEqual(self.reaches(world, MEMCACHED), 0)

    def test_packets_that_programs_untrack_pass_filters_and_others_do_not(self):
        for target, kind in zip(PROGRAMS, ("iptables-legacy", "nft")):
            with self.subTest(target=target, filter=kind):
                with self.world(kind) as world:
                    self.script(world, "without", "apply", "--target", target)
                    self.assertEqual(self.reaches(world, MEMCACHED), 0)
                    self.script(world, "with", "apply", "--target", target)
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)
                    self.assertEqual(self.reaches(world, OTHER), 0)
                    self.assertEqual(world.tracked(MEMCACHED), 0)
                    # A mark that nobody of ours wrote: of what leaves, and of what another interface let in.
                    world.server.run("nft", "-f", "-", stdin=f"""table inet elsewhere {{
                      chain in {{ type filter hook prerouting priority raw - 5; iifname lo meta mark set meta mark | {MARK}; }}
                      chain out {{ type filter hook output priority raw - 5; meta mark set meta mark | {MARK}; }}
                    }}""")
                    self.assertEqual(self.reaches(world, OTHER), 0)
                    self.assertEqual(world.server.connect(lab.SERVER_V4, OTHER, 1, timeout=0.3), 0)
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)
                    self.script(world, "with", "status", exits=SAME)
                    self.script(world, "other", "apply", "--target", target)
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)
                    self.script(world, "other", "rollback", "--remove")

    def test_all_filters_of_a_host_are_passed(self):
        with self.world(*FILTERS) as world:
            self.script(world, "with", "apply")
            self.assertEqual(self.reaches(world, MEMCACHED), 2)

    def test_a_mark_from_elsewhere_opens_nothing(self):
        for target in TARGETS:
            with self.subTest(target=target):
                with self.world("nft") as world:
                    self.script(world, "with", "apply", "--target", target)
                    # Before ours, as a tunnel or a program with SO_MARK could.
                    world.server.run("nft", "-f", "-", stdin=f"""table inet elsewhere {{
                      chain in {{ type filter hook prerouting priority raw - 5; meta mark set meta mark | {MARK}; }}
                      chain out {{ type filter hook output priority raw - 5; meta mark set meta mark | {MARK}; }}
                    }}""")
                    self.assertEqual(self.reaches(world, OTHER), 0)
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)

    def test_the_other_bits_of_a_mark_stay(self):
        for target in TARGETS:
            with self.subTest(target=target):
                with self.world() as world:
                    self.script(world, "with", "apply", "--target", target)
                    world.server.run("nft", "-f", "-", stdin="""table inet elsewhere {
                      chain in { type filter hook prerouting priority raw - 5; meta mark set meta mark | 0x8004; }
                      chain seen { type filter hook input priority 0; tcp dport 12211 meta mark 0x18004 counter;
                        tcp dport 8080 meta mark 0x8004 counter; }
                    }""")
                    self.assertEqual(self.reaches(world, MEMCACHED) + self.reaches(world, OTHER), 4)
                    listing = world.server.run("nft", "list", "chain", "inet", "elsewhere", "seen")
                    self.assertNotIn("packets 0", listing)

    def test_the_bit_can_be_chosen(self):
        for target in TARGETS:
            with self.subTest(target=target):
                with self.world("nft", "iptables-legacy") as world:
                    self.script(world, "with", "apply", "--target", target)
                    self.script(world, "other", "apply", "--target", target)
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)
                    self.assertNotIn("0x00010000", world.server.run("nft", "list", "ruleset"))
                    self.script(world, "other", "status", exits=SAME)

    def test_status_sees_a_filter_that_came_later_or_lost_the_rule_and_apply_mends_both(self):
        for kind in FILTERS:
            with self.subTest(filter=kind):
                with self.world() as world:
                    self.script(world, "with", "apply")
                    drop_all(world.server, kind)
                    self.assertEqual(self.reaches(world, MEMCACHED), 0)
                    said = self.script(world, "with", "status", exits=DIFFERENT)
                    self.assertIn("does not begin by accepting the mark", said)
                    self.script(world, "with", "apply")
                    self.assertEqual(self.reaches(world, MEMCACHED), 2)
                    self.script(world, "with", "status", exits=SAME)
                    if kind == "nft":
                        world.server.run("nft", "insert", "rule", "inet", "host", "in", "tcp", "dport", "1", "drop")
                    else:
                        world.server.run(f"iptables-{kind[9:]}", "-F", "untrack-filter")
                    self.script(world, "with", "status", exits=DIFFERENT)
                    self.script(world, "with", "apply")
                    self.script(world, "with", "status", exits=SAME)

    def test_filters_are_as_they_were_once_ours_went(self):
        for target in TARGETS:
            with self.subTest(target=target):
                with self.world(*FILTERS) as world:
                    before = self.filters(world)
                    self.script(world, "with", "apply", "--target", target)
                    once = self.filters(world)
                    self.script(world, "with", "apply", "--target", target)
                    self.assertEqual(self.filters(world), once)
                    self.script(world, "with", "rollback", "--remove")
                    if target == "iptables-nft":  # it keeps its empty table raw
                        for family in ("ip", "ip6"):
                            world.server.run("nft", "delete", "table", family, "raw")
                    # So it does with the built-in chains of filter.
                    empty = r"\n\tchain FORWARD \{[^}]*\}\n"
                    self.assertEqual([re.sub(empty, "", text) for text in self.filters(world)], before)

    def test_foreign_rules_of_our_name_are_refused(self):
        with self.world("nft") as world:
            world.server.run("nft", "insert", "rule", "inet", "host", "in", "accept", "comment", '"untrack-filter"')
            before = self.filters(world)
            self.assertIn("same name", self.script(world, "with", "apply", exits=REFUSED))
            self.assertEqual(self.filters(world), before)
        with self.world("iptables-legacy") as world:
            world.server.run("iptables-legacy", "-N", "untrack-filter")
            self.assertIn("same name", self.script(world, "with", "apply", exits=REFUSED))

    def test_what_the_kernel_holds_is_equal_to_the_policy(self):
        for target in TARGETS:
            with self.subTest(target=target):
                with self.world(*FILTERS) as world:
                    self.script(world, "with", "apply", "--target", target)
                    dump = world.server.run("nft", "list", "table", "inet", "untrack") if target == "nft" else "".join(
                        [world.server.run(f"{family}-{target[9:]}-save") for family in FAMILIES] +
                        [world.server.run("ipset", "save")])
                    done = subprocess.run([UNTRACK, "verify", "-", "--against", "testdata/memcached", "-n", NODE],
                                          input=dump, capture_output=True, text=True)
                    self.assertEqual((done.returncode, done.stdout), (0, "equal\n"), done.stderr)


if __name__ == "__main__":
    sys.exit(lab.main(compiled_bundles))
