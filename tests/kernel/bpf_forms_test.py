#!/usr/bin/env python3
"""Target bpf in all its forms: beside rules of nft or of either iptables, with programs at XDP or without; on a node
that has no nft; where others have pins and programs.

usage: bpf_forms_test.py PATH-OF-UNTRACK
"""

import contextlib
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import apply_test  # noqa: E402
import lab  # noqa: E402
import nodes  # noqa: E402
from nodes import DIFFERENT, FAILED, FAMILIES, MISUSED, NODE, REFUSED, SAME  # noqa: E402

FORMS = ("bpf-nft", "bpf-iptables-legacy", "bpf-iptables-nft")
ADDRESSES = (lab.SERVER_V4, lab.SERVER_V6)
DENIED, ALLOWED, OTHER = 8080, 12211, 9090  # by policy `new`; `old` denies nothing


class Case(apply_test.Case):
    def setUp(self):
        self.addCleanup(lambda: [shutil.rmtree(folder) for folder in glob.glob("/sys/fs/bpf/untrack-*")])

    def program(self, bundle="old"):
        return nodes.bundles.script(bundle, "bpf/eng4.bpf.o")

    def pins(self, bundle, node):
        """Of the folders that the rules of a bundle name, and are there."""
        with open(nodes.bundles.script(bundle, "bpf/iptables.restore")) as rules:
            folder = re.search(r"--object-pinned (\S+)/untrack_drop", rules.read())[1]
        return sorted(glob.glob(f"{folder}/*"))

    def kernel(self, node):
        return {**node.kernel(), "pins": sorted(glob.glob("/sys/fs/bpf/untrack-*/*")), "xdp": self.xdp(node)}

    def xdp(self, node):
        """`xdp` or `xdpgeneric` and the program's name."""
        said = node.host.run("ip", "link", "show", "dev", "eng4")
        return re.findall(r" (xdp\w*) qdisc", said) + re.findall(r"prog/xdp id \d+ name (\w+)", said)

    @contextlib.contextmanager
    def world(self):
        """A node that a client can ask."""
        with lab.Lab() as world:
            node = nodes.Node(world.server)
            world.server.serve(DENIED, ALLOWED, OTHER)
            yield world, node
            shutil.rmtree(node.state)


class Forms(Case):
    def test_each_form_loads_reloads_goes_back_and_leaves_nothing(self):
        for form in FORMS:
            with self.subTest(form=form):
                node = self.node()
                nothing = self.kernel(node)
                self.check(node, "old", "apply", "--target", form)
                old = self.kernel(node)
                self.assertIn(form, self.check(node, "old", "status", exits=SAME))
                self.assertEqual(bool(self.pins("old", node)), "iptables" in form)
                self.check(node, "new", "apply", "--target", form)
                self.check(node, "new", "apply", "--target", form)
                self.check(node, "new", "status", exits=SAME)
                self.assertEqual(self.pins("old", node), [])
                self.check(node, "new", "rollback")
                self.assertEqual(self.kernel(node), old)
                self.check(node, "old", "rollback")
                self.assertEqual(self.kernel(node), nothing)

    def test_a_switch_of_forms_leaves_only_the_new_one(self):
        alone = {}
        for target in (*FORMS, "iptables-legacy"):
            node = self.node()
            self.check(node, "new", "apply", "--target", target)
            alone[target] = self.kernel(node)
            self.check(node, "new", "rollback")
        node = self.node()
        for target in (*FORMS, "iptables-legacy", "bpf-iptables-legacy", "bpf-nft", "bpf-iptables-nft",
                       "bpf-iptables-legacy"):
            self.check(node, "new", "apply", "--target", target)
            self.assertEqual(self.kernel(node), alone[target], target)
            self.check(node, "new", "status", exits=SAME)
        self.check(node, "new", "rollback", "--remove")

    def test_packets_are_judged_in_each_form(self):
        for form in FORMS:
            for at_xdp in ((), ("--xdp",)):
                with self.subTest(form=form, at_xdp=at_xdp), self.world() as (world, node):
                    self.check(node, "new", "apply", "--target", form, *at_xdp)
                    for port, answers, entries in ((DENIED, 0, 0), (ALLOWED, 4, 0), (OTHER, 4, 4)):
                        answered = sum(world.client.connect(a, port, 2, timeout=0.3) for a in ADDRESSES)
                        self.assertEqual((answered, world.tracked(port)), (answers, entries), port)
                    self.check(node, "new", "status", exits=SAME)
                    self.check(node, "new", "rollback")
                    self.assertEqual(sum(world.client.connect(a, DENIED, 2, timeout=0.3) for a in ADDRESSES), 4)

    def test_egress_is_denied_by_pinned_programs(self):
        with self.world() as (world, node):
            self.check(node, "reload-old", "apply", "--target", "bpf-iptables-legacy")
            send = ("import socket, sys\ns = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, "
                    "socket.SOCK_DGRAM)\ns.bind(('', int(sys.argv[2])))\ntry: s.sendto(b'x', (sys.argv[1], 40000)); "
                    "print('sent')\nexcept PermissionError: print('denied')")
            for address in (lab.CLIENT_V4, lab.CLIENT_V6):
                for port, outcome in ((12211, "denied"), (7000, "denied"), (7001, "sent")):
                    self.assertEqual(world.server.run(sys.executable, "-c", send, address, str(port)), f"{outcome}\n")

    def test_a_node_without_nft_is_served_by_iptables_and_without_either_nothing_changes(self):
        node = self.node()
        nothing = self.kernel(node)
        without_nft = self.path_without("nft")
        said = self.check(node, "old", "apply", "--target", "bpf", path=without_nft)
        self.assertIn("not bpf-nft: there is no nft in PATH", said)
        self.assertRegex(said, r"target bpf-iptables-(nft|legacy): the first")
        self.check(node, "old", "status", path=without_nft, exits=SAME)
        self.check(node, "old", "rollback", path=without_nft)
        self.assertEqual({**self.kernel(node), "nft": ""}, {**nothing, "nft": ""})
        neither = self.path_without("nft", "bpftool")
        said = self.check(node, "old", "apply", "--target", "bpf", path=neither, exits=REFUSED)
        self.assertIn("no nft", said)
        self.assertIn("no bpftool in PATH, which pins the programs", said)
        self.assertEqual({**self.kernel(node), "nft": ""}, {**nothing, "nft": ""})

    def test_egress_that_decides_nothing_wants_no_pins(self):
        node, folder = self.node(), nodes.compile_bundle(os.path.join(nodes.POLICIES, "no-egress.yaml"))
        self.addCleanup(shutil.rmtree, folder)
        self.check(node, f"{folder}/{NODE}", "apply", "--target", "bpf", path=self.path_without("nft", "bpftool"))
        self.check(node, f"{folder}/{NODE}", "rollback", path=self.path_without("nft", "bpftool"))

    def test_where_programs_cannot_be_pinned_the_reason_is_said(self):
        node = self.node()
        hide = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /sys/fs/bpf && exec "$@"', "sh")
        said = self.check(node, "old", "apply", "--target", "bpf-iptables-legacy", shell=hide, exits=REFUSED)
        self.assertIn("mount -t bpf bpf /sys/fs/bpf", said)
        self.check(node, "old", "apply", "--target", "bpf-nft", shell=hide)
        self.check(node, "old", "rollback")

    def test_the_pins_of_others_stay_and_are_refused_where_ours_belong(self):
        node = self.node()
        self.check(node, "old", "apply", "--target", "bpf-iptables-nft")
        ours = os.path.dirname(self.pins("old", node)[0])
        self.check(node, "old", "rollback")
        for theirs in (ours, "/sys/fs/bpf/untrack-theirs"):
            subprocess.run(["bpftool", "prog", "loadall", self.program(), theirs], check=True)
            self.addCleanup(shutil.rmtree, theirs, ignore_errors=True)
        before = self.kernel(node)
        said = self.check(node, "old", "apply", "--target", "bpf-iptables-nft", exits=REFUSED)
        self.assertIn(ours, said)
        self.assertEqual(self.kernel(node), before)
        shutil.rmtree(ours)
        self.check(node, "old", "apply", "--target", "bpf-iptables-nft")
        self.check(node, "old", "rollback")
        self.assertEqual(len(glob.glob("/sys/fs/bpf/untrack-theirs/*")), 4)

    def test_a_pin_that_is_gone_or_changed_is_seen_and_apply_mends_it(self):
        node = self.node()
        self.check(node, "old", "apply", "--target", "bpf-iptables-legacy")
        drop = self.pins("old", node)[1]
        loaded = self.kernel(node)
        for change in (lambda: None, lambda: subprocess.run(["bpftool", "prog", "load", self.program("new"), drop,
                                                             "type", "socket"], capture_output=True)):
            os.unlink(drop)
            change()
            self.assertIn(drop, self.check(node, "old", "status", exits=DIFFERENT))
            self.check(node, "old", "apply", "--target", "bpf-iptables-legacy")
            self.assertEqual(self.kernel(node), loaded)
            self.check(node, "old", "status", exits=SAME)
        self.check(node, "old", "rollback")

    def test_foreign_chains_and_rules_stay_and_ours_names_are_refused(self):
        for form in FORMS[1:]:
            with self.subTest(form=form):
                node, flavour = self.node(), form[4:]
                node.host.run(flavour, "-t", "raw", "-A", "PREROUTING", "-p", "tcp", "--dport", "9", "-j", "DROP")
                node.host.run("nft", "add", "table", "inet", "untrack")
                before = self.kernel(node)
                self.check(node, "old", "apply", "--target", form)
                self.check(node, "old", "rollback")
                self.assertEqual(self.kernel(node), before)
                node.host.run(flavour, "-t", "raw", "-N", "untrack-allow")
                before = self.kernel(node)
                self.assertIn("chain untrack-allow", self.check(node, "old", "apply", "--target", form, exits=REFUSED))
                self.assertEqual(self.kernel(node), before)

    def test_no_rule_trusts_a_bit_that_new_programs_do_not_write(self):
        folder = nodes.compile_bundle("testdata/memcached", "--mark", "0x20")
        self.addCleanup(shutil.rmtree, folder)
        for before, after in (("bpf-iptables-legacy", "bpf-iptables-legacy"), ("bpf-nft", "bpf-iptables-nft"),
                              ("bpf-iptables-nft", "bpf-nft")):
            with self.subTest(before=before, after=after):
                node = self.node()
                self.check(node, "old", "apply", "--target", before)
                trusted = os.path.join(node.state, "trusted")
                script = (f"#!/bin/sh\ncase $* in *replace*) {{ iptables-legacy-save -t raw; iptables-nft-save -t raw; "
                          f"nft list ruleset inet; }} 2>&1 | grep -e 'mark --mark' -e 'mark & 0x' >>{trusted}\necho x >>"
                          f"{trusted} ;; esac\nexec {shutil.which('tc')} \"$@\"\n")
                path = self.path_with({"tc": script}) + ":" + os.environ["PATH"]
                self.check(node, f"{folder}/{NODE}", "apply", "--target", after, path=path)
                with open(trusted) as text:
                    self.assertEqual(text.read(), "x\n")
                self.check(node, f"{folder}/{NODE}", "status", exits=SAME)
                self.check(node, f"{folder}/{NODE}", "rollback", "--remove")

    def test_killed_anywhere_it_can_be_repaired(self):
        node, arguments = self.node(), ("--target", "bpf-iptables-legacy", "--xdp")
        self.check(node, "new", "apply", *arguments)
        new = self.kernel(node)
        self.check(node, "old", "apply", "--target", "bpf-nft")
        old = self.kernel(node)
        changing = {"bpftool": ("loadall",), "tc": ("replace", "del"), "ip": ("xdpdrv",), "nft": ("-f",), "rm": ("-f",
                    "-rf"), "mv": ("",), "iptables-legacy-restore": ("-w",), "ip6tables-legacy-restore": ("-w",)}
        for step in self.killed_before(node, changing, "new", "apply", *arguments):
            if step % 2 and os.path.exists(os.path.join(node.state, "journal")):
                self.check(node, "new", "status", exits=DIFFERENT)
                self.check(node, "new", "rollback")
            else:
                self.check(node, "new", "apply", *arguments)
                self.assertEqual(self.kernel(node), new, step)
                self.check(node, "old", "apply", "--target", "bpf-nft")
            self.assertEqual(self.kernel(node), old, step)
        self.check(node, "new", "rollback", "--remove")

    def killed_before(self, node, changing, bundle, script, *arguments):
        """A script, killed with all it started before each call of a tool with one of these words."""
        for step in range(1, 100):
            count = os.path.join(self.path_with({}), "count")
            tools = {}
            for name, words in changing.items():
                tool = shutil.which(name)
                pattern = " | ".join(f'*" {word} "*' if word else "*" for word in words)
                tools[name] = (f"#!/bin/sh\ncase \" $* \" in {pattern}) echo call >>{count}\n"
                               f"[ $(/usr/bin/wc -l <{count}) -eq {step} ] && kill -9 0 ;; esac\nexec {tool} \"$@\"\n")
            path = self.path_with(tools) + ":" + os.environ["PATH"]
            status, said = node.run(bundle, script, *arguments, path=path, start_new_session=True)
            if status == 0:
                self.assertGreater(step, 10)
                return
            self.assertEqual(status, -9, said)
            yield step
        self.fail(f"{script} never ends")


class Xdp(Case):
    def dropped_at_tc(self, world):
        """Packets that got as far as the filters of the interface, and those that these dropped."""
        shown = json.loads(world.server.run("tc", "-s", "-j", "qdisc", "show", "dev", "eng4"))
        return next(each["drops"] for each in shown if each["kind"] == "clsact")

    def test_denied_packets_end_at_xdp(self):
        with self.world() as (world, node):
            for at_xdp in ((), ("--xdp",)):
                self.check(node, "new", "apply", "--target", "bpf", *at_xdp)
                before = self.dropped_at_tc(world)
                for address in ADDRESSES:
                    self.assertEqual(world.client.connect(address, DENIED, 2, timeout=0.3), 0)
                dropped = self.dropped_at_tc(world) - before
                self.assertEqual(dropped == 0, bool(at_xdp), dropped)
                self.assertGreaterEqual(dropped, 0 if at_xdp else 4)
                self.assertEqual(self.xdp(node), ["xdp", "untrack_xdp"] if at_xdp else [])
            self.assertIn("XDP on eng4 (native)", self.check(node, "new", "status", exits=SAME))
            self.assertIn("XDP programs went", self.check(node, "new", "apply", "--target", "bpf"))
            self.assertEqual(self.xdp(node), [])
            self.assertIn("XDP on eng4 (native)", self.check(node, "new", "rollback"))
            self.assertEqual(self.xdp(node), ["xdp", "untrack_xdp"])
            self.check(node, "new", "rollback", "--remove")
            self.assertEqual(self.xdp(node), [])

    def test_a_driver_that_cannot_is_told_and_generic_is_taken_only_when_asked(self):
        node = self.node()
        for end in ("peer4", "eng4"):
            node.host.run("ip", "link", "set", end, "mtu", "9000")  # more than veth takes with native XDP
        before = self.kernel(node)
        said = self.check(node, "old", "apply", "--target", "bpf", "--xdp", exits=FAILED)
        self.assertIn("no native XDP on eng4", said)
        self.assertIn("MTU is too large", said)
        self.assertIn("--xdp=generic", said)
        self.assertIn("what was there before is in place", said)
        self.assertEqual(self.kernel(node), before)
        said = self.check(node, "old", "apply", "--target", "bpf", "--xdp=generic")
        self.assertIn("XDP on eng4 is generic", said)
        self.assertEqual(self.xdp(node), ["xdpgeneric", "untrack_xdp"])
        self.assertIn("XDP on eng4 (generic)", self.check(node, "old", "status", exits=SAME))
        for end in ("peer4", "eng4"):
            node.host.run("ip", "link", "set", end, "mtu", "1500")
        self.check(node, "new", "apply", "--target", "bpf", "--xdp")
        self.assertEqual(self.xdp(node), ["xdp", "untrack_xdp"])
        self.check(node, "new", "rollback", "--remove")
        self.assertEqual(self.kernel(node), before)

    def test_a_foreign_program_is_neither_replaced_nor_taken_away(self):
        for mode in ("xdpdrv", "xdpgeneric"):
            with self.subTest(mode=mode):
                node = self.node()
                theirs = ("link", "set", "dev", "eng4", mode, "obj", self.program(), "sec", "xdp")
                node.host.run("ip", *theirs)
                before = self.kernel(node)
                said = self.check(node, "old", "apply", "--target", "bpf", "--xdp", exits=REFUSED)
                self.assertIn("at XDP of eng4: program ", said)
                self.assertEqual(self.kernel(node), before)
                self.check(node, "old", "apply", "--target", "bpf")
                self.check(node, "old", "status", exits=SAME)
                self.check(node, "old", "rollback")
                self.assertEqual(self.kernel(node), before)
                # In the place of ours, and so ours no longer.
                node.host.run("ip", "link", "set", "dev", "eng4", mode, "off")
                self.check(node, "old", "apply", "--target", "bpf", "--xdp")
                node.host.run("ip", "link", "set", "dev", "eng4", "xdpdrv", "off")
                node.host.run("ip", *theirs)
                self.assertIn(" untrack_xdp", self.check(node, "old", "status", exits=DIFFERENT))
                self.check(node, "new", "apply", "--target", "bpf", "--xdp", exits=REFUSED)
                self.check(node, "old", "rollback", "--remove")
                self.assertEqual(self.kernel(node), before)

    def test_a_program_that_is_gone_is_seen_and_apply_puts_it_back(self):
        node = self.node()
        self.check(node, "old", "apply", "--target", "bpf", "--xdp")
        loaded = self.kernel(node)
        node.host.run("ip", "link", "set", "dev", "eng4", "xdpdrv", "off")
        self.check(node, "old", "status", exits=DIFFERENT)
        self.check(node, "old", "apply", "--target", "bpf", "--xdp")
        self.assertEqual(self.kernel(node), loaded)
        self.check(node, "old", "status", exits=SAME)
        node.host.run("ip", "link", "del", "eng4")
        self.assertIn("no interface eng4", self.check(node, "new", "apply", "--target", "bpf", "--xdp", exits=REFUSED))
        self.check(node, "old", "rollback")

    def test_it_goes_with_programs_only(self):
        node = self.node()
        self.check(node, "old", "apply", "--xdp", "--target", "nft", exits=MISUSED)
        self.check(node, "old", "apply", "--xdp=native", exits=MISUSED)
        self.check(node, "old", "apply", "--xdp", "--confirmed", exits=MISUSED)
        # It chooses the target.
        self.assertIn("target bpf-nft", self.check(node, "old", "apply", "--xdp"))
        self.check(node, "old", "rollback")
        without_libbpf = self.path_with({"ip": f"#!/bin/sh\n[ $1 != -V ] || {{ echo 'ip utility, iproute2-5.10.0'; exit; "
                                               f"}}\nexec {shutil.which('ip')} \"$@\"\n"}) + ":" + os.environ["PATH"]
        said = self.check(node, "old", "apply", "--xdp", path=without_libbpf, exits=REFUSED)
        self.assertIn("ip cannot load programs", said)
        self.check(node, "old", "apply", "--target", "bpf", path=without_libbpf)
        self.check(node, "old", "rollback")


@contextlib.contextmanager
def prepared():
    lab.own_bpf_file_system()
    with nodes.compiled_bundles():
        yield


if __name__ == "__main__":
    sys.exit(lab.main(prepared, workers=1))
