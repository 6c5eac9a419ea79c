#!/usr/bin/env python3
"""What `apply`, `rollback` and `status` do to a real kernel: one test a claim, for each target.

usage: apply_test.py PATH-OF-UNTRACK
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lab  # noqa: E402
import nodes  # noqa: E402
from nodes import (APPLIED, CHANGING_TOOLS, DIFFERENT, FAILED, FAMILIES, FLAVOURS, MISUSED, NODE, READING_TOOLS,  # noqa: E402
                   REFUSED, SAME, UNKNOWN, UNTRACK)


SOON = "6"  # seconds: enough for what has to come before, on a busy machine


class Case(nodes.Case):
    @contextlib.contextmanager
    def small_disk(self, folder, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", folder], check=True)

    def fill(self, folder, pages):
        """Leaves so many pages of a small disk free."""
        free = os.statvfs(folder)
        with open(os.path.join(folder, "filler"), "wb") as filler:
            filler.write(bytes(free.f_frsize * max(free.f_bfree - pages, 0)))

    def path_that_kills(self, step, count):
        """Before the STEP-th call of a tool that changes something, the script and all it started are killed."""
        wrapper = ("#!/bin/sh\necho call >>{count}\n[ $(/usr/bin/wc -l <{count}) -eq {step} ] && kill -9 0\n"
                   "exec {tool} \"$@\"\n")
        tools = {name: wrapper.format(count=count, step=step, tool=shutil.which(name))
                 for name in CHANGING_TOOLS + ["mv", "rm"]}
        return self.path_with(tools) + ":" + os.environ["PATH"]

    def killed_at_each_step(self, node, bundle, script, *arguments):
        """Runs a script again and again, each time killed one step later, until it ends by itself."""
        for step in range(1, 200):
            with tempfile.NamedTemporaryFile(prefix="untrack-count-") as count:
                status, said = node.run(bundle, script, *arguments, path=self.path_that_kills(step, count.name),
                                        start_new_session=True)
            if status == APPLIED:
                self.assertGreater(step, 5)
                return
            self.assertEqual(status, -9, said)
            yield step
        self.fail(f"{script} never ends")


class Claims:
    target = None

    def apply(self, node, bundle, *arguments, **options):
        return self.check(node, bundle, "apply", "--target", self.target, *arguments, **options)

    # ---- apply and status

    def test_status_knows_what_is_loaded(self):
        node = self.node()
        self.check(node, "old", "status", exits=DIFFERENT)
        self.apply(node, "old")
        self.assertIn(self.target, self.check(node, "old", "status", exits=SAME))
        self.assertIn("another compile", self.check(node, "new", "status", exits=DIFFERENT))

    def test_apply_again_changes_nothing(self):
        node = self.node()
        self.apply(node, "old")
        once = node.kernel()
        self.apply(node, "old")
        self.assertEqual(node.kernel(), once)
        self.check(node, "old", "status")

    def test_apply_leaves_no_trace_of_the_rules_before(self):
        node, fresh = self.node(), self.node()
        self.apply(node, "old")
        self.apply(node, "new")
        self.apply(fresh, "new")
        self.assertEqual(node.kernel(), fresh.kernel())
        self.check(node, "new", "status")

    def test_status_sees_a_rule_that_is_gone_and_apply_puts_it_back(self):
        node = self.node()
        self.apply(node, "old")
        loaded = node.kernel()
        self.delete_a_rule(node)
        self.assertIn("< ", self.check(node, "old", "status", exits=DIFFERENT))
        self.apply(node, "old")
        self.assertEqual(node.kernel(), loaded)
        self.check(node, "old", "status")

    def test_status_sees_that_all_is_gone(self):
        node = self.node()
        self.apply(node, "old")
        self.delete_everything(node)
        self.check(node, "old", "status", exits=DIFFERENT)
        self.apply(node, "old")
        self.check(node, "old", "status")

    def test_status_sees_an_artifact_that_changed(self):
        node = self.node()
        self.apply(node, "old")
        folder = self.tampered("old", self.artifact, lambda text: text + "# a word\n", sign=False)
        self.check(node, folder, "status", exits=DIFFERENT)

    # ---- rollback

    def test_rollback_restores_the_rules_before(self):
        node = self.node()
        self.apply(node, "old")
        before = node.kernel()
        self.apply(node, "new")
        self.apply(node, "new")
        self.check(node, "new", "rollback")
        self.assertEqual(node.kernel(), before)
        self.check(node, "old", "status")

    def test_rollback_of_the_first_apply_leaves_nothing(self):
        node = self.node()
        before = node.kernel()
        self.apply(node, "old")
        self.assertNotEqual(node.kernel(), before)
        self.check(node, "old", "rollback")
        self.assertEqual(node.kernel(), before)
        self.check(node, "old", "rollback", exits=REFUSED)

    def test_rollback_remove_takes_all_of_ours_away(self):
        node = self.node()
        before = node.kernel()
        self.apply(node, "old")
        self.apply(node, "new")
        for _ in range(2):
            self.check(node, "new", "rollback", "--remove")
            self.assertEqual(node.kernel(), before)
        self.check(node, "new", "status", exits=DIFFERENT)

    # ---- what is not ours

    def test_foreign_rules_survive(self):
        node = self.node()
        self.add_foreign(node)
        before = node.kernel()
        self.apply(node, "old")
        self.apply(node, "new")
        self.check(node, "new", "rollback")
        self.check(node, "old", "status")
        self.check(node, "old", "rollback", "--remove")
        self.assertEqual(node.kernel(), before)

    def test_foreign_rules_of_our_name_are_refused(self):
        node = self.node()
        self.add_namesake(node)
        before = node.kernel()
        self.assertIn("same name", self.apply(node, "old", exits=REFUSED))
        self.assertEqual(node.kernel(), before)

    def test_foreign_rules_of_our_name_are_refused_after_ours_went(self):
        node = self.node()
        self.apply(node, "old")
        self.delete_everything(node)
        self.add_namesake(node)
        before = node.kernel()
        self.apply(node, "new", exits=REFUSED)
        self.assertEqual(node.kernel(), before)

    # ---- refusals

    def test_a_missing_tool_is_named_and_nothing_changes(self):
        node = self.node()
        for tool in self.tools:
            before = node.kernel()
            said = self.apply(node, "old", path=self.path_without(tool, tool.replace(f"-{self.target[9:]}", "")),
                              exits=REFUSED)
            self.assertIn(tool, said)
            self.assertEqual(node.kernel(), before)
        self.apply(node, "old")
        self.check(node, "old", "status", path=self.path_without(*self.tools), exits=UNKNOWN)

    def test_a_tool_or_a_kernel_that_is_too_old_is_named_and_nothing_changes(self):
        node = self.node()
        before = node.kernel()
        for tool, says in {self.tools[0]: "v0.1.2 (old)", "uname": "2.4.37-old"}.items():
            old = f"#!/bin/sh\ncase $1 in --version | -r) echo '{says}' ;; *) exec {shutil.which(tool)} \"$@\" ;; esac\n"
            path = self.path_with({tool: old}) + ":" + os.environ["PATH"]
            said = self.apply(node, "old", path=path, exits=REFUSED)
            self.assertRegex(said, r"this node has \w+ (0\.1\.2|2\.4\.37); \d[\d.]* is needed for ")
            self.assertEqual(node.kernel(), before)

    def test_an_artifact_that_was_changed_is_refused(self):
        node = self.node()
        before = node.kernel()
        folder = self.tampered("old", self.artifact, lambda text: text + "# a word\n", sign=False)
        self.apply(node, folder, exits=REFUSED)
        self.assertEqual(node.kernel(), before)

    def test_rules_that_close_a_failsafe_port_are_refused(self):
        node = self.node()
        self.apply(node, "wide")
        before = node.kernel()
        for file in self.artifacts_with_failsafes:
            folder = self.tampered("wide", file, lambda text: re.sub(r".*failsafe ingress 0.*\n", "", text))
            self.assertRegex(self.apply(node, folder, exits=REFUSED), r"failsafe[^\n]*\nin eng4 IPv\d tcp dport 22:")
            self.assertEqual(node.kernel(), before)

    def test_rules_that_the_kernel_refuses_change_nothing(self):
        node = self.node()
        self.apply(node, "old")
        before = node.kernel()
        for file, change in self.unloadable:
            status, said = node.run(self.tampered("new", file, change), "apply", "--target", self.target)
            self.assertIn(status, (REFUSED, FAILED), said)
            self.assertEqual(node.kernel(), before, said)
        self.check(node, "old", "status")

    # ---- a world that fails

    def test_a_full_disk_leaves_the_rules_before(self):
        node = self.node()
        with self.small_disk(node.state, "1m"):
            self.apply(node, "old")
            before = node.kernel()
            for pages in (*range(0, 60, 4), *range(60, 256, 16)):
                self.fill(node.state, pages)
                status, said = node.run("new", "apply", "--target", self.target)
                os.unlink(os.path.join(node.state, "filler"))
                if status == APPLIED:
                    self.assertGreater(pages, 4)
                    self.check(node, "new", "status")
                    break
                self.assertEqual(status, FAILED, said)
                self.assertEqual(node.kernel(), before, f"{pages} pages left: {said}")
                self.check(node, "old", "status")
            else:
                self.fail(f"even with {pages} pages: {said}")

    def test_a_kernel_that_lacks_a_part_keeps_the_rules_before(self):
        node = self.node()
        for applied in ("nothing", "old"):
            if applied != "nothing":
                self.apply(node, applied)
            before = node.kernel()
            for tool, script in self.lacking.items():
                script = f"#!/bin/sh\ntool={shutil.which(tool)}\n[ \"$1\" != --version ] || exec $tool $1\n{script}"
                path = self.path_with({tool: script}) + ":" + os.environ["PATH"]
                status, said = node.run("new", "apply", "--target", self.target, path=path)
                self.assertIn(status, (REFUSED, FAILED), said)
                self.assertIn("LACKS", said)
                self.assertEqual(node.kernel(), before, f"{tool}: {said}")
        self.check(node, "old", "status")

    # ---- sudden death

    def check_intact(self, node, old, new, step):
        kernel = node.kernel()
        for part in self.parts:
            self.assertIn(kernel[part], (old[part], new[part]), f"killed before step {step}: {part}")

    def test_killed_anywhere_leaves_old_or_new_rules_and_can_be_repaired(self):
        node = self.node()
        self.apply(node, "new")
        new = node.kernel()
        self.apply(node, "old")
        old = node.kernel()
        undone = 0
        for step in self.killed_at_each_step(node, "new", "apply", "--target", self.target):
            self.check_intact(node, old, new, step)
            if os.path.exists(os.path.join(node.state, "journal")):
                self.check(node, "new", "status", exits=DIFFERENT)
                if step % 2:
                    undone += 1
                    self.check(node, "new", "rollback")
                    self.assertEqual(node.kernel(), old, step)
                else:
                    self.apply(node, "new")
                    self.assertEqual(node.kernel(), new, step)
            self.apply(node, "old")
            self.assertEqual(node.kernel(), old, step)
        self.assertGreater(undone, 1)

    def test_a_rollback_that_was_killed_goes_on_where_it_was(self):
        node = self.node()
        self.apply(node, "old")
        old = node.kernel()
        self.apply(node, "new")
        new = node.kernel()
        for step in self.killed_at_each_step(node, "new", "rollback"):
            self.check_intact(node, old, new, step)
            if node.kernel() != old or os.path.exists(os.path.join(node.state, "journal")):
                self.check(node, "new", "rollback")
            self.assertEqual(node.kernel(), old, step)
            self.apply(node, "new")

    def test_killed_at_any_moment_leaves_old_or_new_rules(self):
        """Not only between two tools: within them too, and within the shell."""
        node = self.node()
        self.apply(node, "new")
        new = node.kernel()
        start = time.monotonic()
        self.apply(node, "old")
        seconds = time.monotonic() - start
        old = node.kernel()
        for moment in range(1, 13):
            run = node.start("new", "apply", "--target", self.target, start_new_session=True)
            time.sleep(seconds * moment / 12)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            said, _ = run.communicate(timeout=120)
            self.check_intact(node, old, new, f"{moment}/12 of {seconds:.2f} s, {said}")
            self.apply(node, "old")
            self.assertEqual(node.kernel(), old, moment)

    # ---- confirmation

    def wait_for(self, node, kernel):
        for _ in range(200):
            if node.kernel() == kernel:
                return
            time.sleep(0.1)
        self.assertEqual(node.kernel(), kernel)

    def test_without_confirmation_the_rules_before_come_back(self):
        node = self.node()
        self.apply(node, "old")
        old = node.kernel()
        self.apply(node, "new", "--confirm", SOON)
        self.assertNotEqual(node.kernel(), old)
        self.apply(node, "new", exits=REFUSED)
        self.wait_for(node, old)
        time.sleep(0.5)
        self.check(node, "old", "status")
        self.check(node, "new", "apply", "--confirmed", exits=REFUSED)

    def test_confirmed_rules_stay(self):
        node = self.node()
        self.apply(node, "old")
        self.apply(node, "new", "--confirm", SOON)
        new = node.kernel()
        self.check(node, "new", "apply", "--confirmed")
        time.sleep(int(SOON) + 1)
        self.assertEqual(node.kernel(), new)
        self.check(node, "new", "status")

    def test_rollback_does_not_wait(self):
        node = self.node()
        self.apply(node, "old")
        old = node.kernel()
        self.apply(node, "new", "--confirm", "1000")
        self.check(node, "new", "rollback")
        self.assertEqual(node.kernel(), old)
        self.apply(node, "new")

    def test_the_rules_before_come_back_though_the_session_died(self):
        node = self.node()
        self.apply(node, "old")
        old = node.kernel()
        self.check(node, "new", "apply", "--target", self.target, "--confirm", SOON, exits=-1, start_new_session=True,
                   shell=("sh", "-c", "\"$@\"; kill -HUP 0", "sh"))
        self.assertNotEqual(node.kernel(), old)
        self.wait_for(node, old)


class Nft(Claims, Case):
    target = "nft"
    tools = ("nft",)
    artifact = "nft/untrack.nft"
    artifacts_with_failsafes = ("nft/untrack.nft",)
    parts = ("nft",)
    unloadable = (("nft/untrack.nft", lambda text: text.replace("notrack accept", "frobnicate accept")),)
    # Tools that fail as they do where the kernel was built without a part: nft without nft_ct.
    lacking = {"nft": """for file; do :; done
if [ -f "$file" ] && grep -q notrack "$file"; then
  echo "$file:1:1-7: Error: Could not process rule: No such file or directory, LACKS" >&2; exit 1
fi
exec "$tool" "$@"
"""}

    def delete_a_rule(self, node):
        listing = node.host.run("nft", "-a", "list", "table", "inet", "untrack")
        for line in listing.splitlines():
            if line.startswith("\tchain "):
                chain = line.split()[1]
            elif line.startswith("\t\tgoto untrack-tcp "):
                handle = line.split()[-1]
                break
        node.host.run("nft", "delete", "rule", "inet", "untrack", chain, "handle", handle)

    def delete_everything(self, node):
        node.host.run("nft", "delete", "table", "inet", "untrack")

    def add_foreign(self, node):
        node.host.run("nft", "-f", "-", stdin="table inet untracked { chain raw { type filter hook prerouting priority "
                                              "raw; policy accept; tcp dport 9 counter drop; }; }")

    def add_namesake(self, node):
        node.host.run("nft", "-f", "-", stdin="table inet untrack { chain prerouting { tcp dport 9 drop; }; }")


class Bpf(Claims, Case):
    target = "bpf-nft"  # the other forms: bpf_forms_test.py
    tools = ("nft", "tc", "ip")
    artifact = "bpf/egress.nft"
    parts = ("nft", "tc")
    unloadable = (("bpf/egress.nft", lambda text: text.replace("notrack accept", "frobnicate accept")),
                  ("bpf/companion.nft", lambda text: text.replace("notrack accept", "notrack frobnicate")))
    # nft without nft_ct, as above; a verifier that does not take a program.
    lacking = {**Nft.lacking, "tc": """case $* in *replace*)
  echo 'libbpf: prog untrack_tc: BPF program load failed: Invalid argument, LACKS' >&2; exit 1 ;;
esac
exec "$tool" "$@"
"""}
    PLACE = ("protocol", "all", "prio", "1", "handle", "1")

    def tc(self, node, *arguments):
        node.host.run("tc", *arguments[:2], "dev", "eng4", *arguments[2:])

    def program(self, bundle="old"):
        return ("bpf", "da", "obj", nodes.bundles.script(bundle, "bpf/eng4.bpf.o"), "sec", "tc")

    def delete_a_rule(self, node):
        self.tc(node, "filter", "del", "ingress", *self.PLACE, "bpf")

    def delete_everything(self, node):
        for table in ("untrack", "untrack-bpf"):
            node.host.run("nft", "delete", "table", "inet", table)
        self.tc(node, "qdisc", "del", "clsact")

    def add_foreign(self, node):
        Nft.add_foreign(self, node)
        self.tc(node, "qdisc", "add", "clsact")
        self.tc(node, "filter", "add", "ingress", "protocol", "all", "prio", "7", *self.program())
        self.tc(node, "filter", "add", "egress", "protocol", "all", "prio", "1", *self.program())

    def add_namesake(self, node):
        self.tc(node, "qdisc", "add", "clsact")
        self.tc(node, "filter", "add", "ingress", *self.PLACE, *self.program())

    # Of images the scripts know their digests alone.
    def test_rules_that_close_a_failsafe_port_are_refused(self):
        node = self.node()
        self.apply(node, "wide")
        before = node.kernel()
        folder = self.tampered("wide", "bpf/egress.nft", lambda text: re.sub(r".*failsafe ingress 0.*\n", "", text))
        self.assertRegex(self.apply(node, folder, exits=REFUSED), r"failsafe[^\n]*\nout eng4 IPv\d tcp sport 22:")
        self.assertEqual(node.kernel(), before)

    def test_an_image_that_was_changed_is_refused(self):
        node, folder = self.node(), nodes.bundles.copy("old")
        self.addCleanup(shutil.rmtree, folder)
        before = node.kernel()
        shutil.copy(nodes.bundles.script("new", "bpf/eng4.bpf.o"), f"{folder}/bpf/eng4.bpf.o")
        self.assertIn("not what was compiled", self.apply(node, folder, exits=REFUSED))
        self.assertEqual(node.kernel(), before)

    def test_whatever_else_has_our_place_is_refused(self):
        for theirs in (("protocol", "all", "prio", "1", "handle", "2", *self.program()),
                       ("protocol", "ip", "prio", "1", "u32", "match", "u32", "0", "0", "classid", "1:1")):
            node = self.node()
            self.tc(node, "qdisc", "add", "ingress" if "u32" in theirs else "clsact")
            self.tc(node, "filter", "add", "ingress", *theirs)
            before = node.kernel()
            self.assertIn("at ingress of eng4: filter protocol", self.apply(node, "old", exits=REFUSED))
            self.assertEqual(node.kernel(), before)

    def test_a_foreign_table_of_our_names_is_refused(self):
        for table in ("untrack", "untrack-bpf"):
            node = self.node()
            node.host.run("nft", "add", "table", "inet", table)
            before = node.kernel()
            self.assertIn(f"table inet {table}\n", self.apply(node, "old", exits=REFUSED))
            self.assertEqual(node.kernel(), before)

    def test_a_filter_of_others_keeps_the_qdisc_that_we_made(self):
        node = self.node()
        self.apply(node, "old")
        self.tc(node, "filter", "add", "egress", "protocol", "all", "prio", "3", *self.program())
        self.check(node, "old", "status")
        self.check(node, "old", "rollback")
        qdiscs, (ingress, egress) = node.tc()
        self.assertEqual((len(qdiscs), ingress), (1, ""))
        self.assertIn("pref 3", egress)

    def test_a_qdisc_of_others_stays(self):
        for kind in ("clsact", "ingress"):
            node = self.node()
            self.tc(node, "qdisc", "add", kind)
            before = node.kernel()
            self.apply(node, "old")
            self.check(node, "old", "status")
            self.check(node, "old", "rollback")
            self.assertEqual(node.kernel(), before)

    def test_status_sees_another_program_in_the_place_of_ours(self):
        node = self.node()
        self.apply(node, "old")
        ours = os.path.join(node.state, "1", next(n for n in os.listdir(f"{node.state}/1") if n.endswith(".eng4")))
        self.tc(node, "filter", "replace", "ingress", *self.PLACE, "bpf", "da", "obj", ours, "sec", "tc")
        self.assertIn(" id ", self.check(node, "old", "status", exits=DIFFERENT))
        self.apply(node, "old")
        self.check(node, "old", "status")
        self.tc(node, "filter", "add", "ingress", "protocol", "all", "prio", "1", "handle", "2", *self.program())
        self.check(node, "old", "status", exits=DIFFERENT)

    def test_an_interface_that_is_not_there_is_named(self):
        node = self.node()
        self.apply(node, "old")
        loaded = node.kernel()
        node.host.run("ip", "link", "del", "eng4")
        self.check(node, "old", "status", exits=DIFFERENT)
        self.assertIn("no interface eng4", self.apply(node, "new", exits=REFUSED))
        node.add_interface()
        self.check(node, "old", "status", exits=DIFFERENT)
        self.apply(node, "old")
        self.assertEqual(node.kernel(), loaded)
        self.check(node, "old", "status")

    def test_a_way_back_works_without_the_interface(self):
        node = self.node()
        self.apply(node, "old")
        self.apply(node, "new")
        node.host.run("ip", "link", "del", "eng4")
        self.assertIn("no interface eng4", self.check(node, "new", "rollback"))
        self.check(node, "old", "rollback")
        self.assertEqual(node.nft(), self.node().nft())

    def test_a_tc_without_libbpf_is_refused(self):
        node = self.node()
        path = self.path_with({"tc": "#!/bin/sh\necho 'tc utility, iproute2-5.10.0'\n"}) + ":" + os.environ["PATH"]
        self.assertIn("without libbpf", self.apply(node, "old", path=path, exits=REFUSED))

    def test_killed_while_the_bit_changes_none_is_trusted_that_the_program_leaves_alone(self):
        node, folder = self.node(), nodes.compile_bundle("testdata/memcached", "--mark", "0x20")
        self.addCleanup(shutil.rmtree, folder)
        other = f"{folder}/{NODE}"
        self.apply(node, "old")
        old = node.kernel()
        seen = set()
        for step in self.killed_at_each_step(node, other, "apply", "--target", "bpf"):
            trusted = re.findall(r"meta mark & 0x0*(\d+) ", node.nft())
            program_is_old = node.tc() == old["tc"]
            self.assertLessEqual(set(trusted), {"10000"} if program_is_old else {"20"}, step)
            seen.add((tuple(trusted), program_is_old))
            self.apply(node, "old")
            self.assertEqual(node.kernel(), old, step)
        self.assertIn(((), True), seen)
        self.assertEqual(re.findall(r"meta mark & 0x0*(\d+) ", node.nft()), ["20"])

    def test_a_switch_of_targets_leaves_only_the_new_one(self):
        node, alone = self.node(), {}
        targets = ("bpf", "nft", "bpf", "iptables-legacy", "bpf", "iptables-nft", "bpf", "nft")
        for target in sorted(set(targets)):
            fresh = self.node()
            self.check(fresh, "new", "apply", "--target", target)
            alone[target] = fresh.kernel()
        for target in targets:
            self.check(node, "new", "apply", "--target", target)
            self.assertEqual(node.kernel(), alone[target], target)
            self.check(node, "new", "status")

    def test_it_is_chosen_by_itself_only_where_nothing_else_can_be(self):
        node, folder = self.node(), tempfile.mkdtemp(prefix="untrack-bundle-")
        self.addCleanup(shutil.rmtree, folder)
        for targets, chosen in (("bpf,nft", "nft"), ("bpf", "bpf-nft")):
            done = subprocess.run([UNTRACK, "compile", "testdata/memcached", "-n", NODE, "-t", targets, "-o", folder],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"target {chosen}:", self.check(node, f"{folder}/{NODE}", "apply"))

    def test_packets_are_judged(self):
        world = lab.Lab()
        self.addCleanup(world.client.close)
        node = nodes.Node(world.server)
        self.addCleanup(node.close)
        world.server.serve(8080, 12211)
        addresses = (lab.SERVER_V4, lab.SERVER_V6)

        def arrive(port):
            world.server.run("conntrack", "-F")
            connected = sum(world.client.connect(address, port, 3, timeout=0.5) for address in addresses)
            return connected, world.tracked(port)

        self.assertEqual((arrive(8080), arrive(12211)), ((6, 6), (6, 6)))
        self.apply(node, "old")
        self.assertEqual((arrive(8080), arrive(12211)), ((6, 6), (6, 0)))
        self.apply(node, "new")
        self.assertEqual((arrive(8080), arrive(12211)), ((0, 0), (6, 0)))
        self.check(node, "new", "rollback", "--remove")
        self.assertEqual((arrive(8080), arrive(12211)), ((6, 6), (6, 6)))


def lacking_match(complaint):
    """A script for a restore tool on a kernel that lacks what rules about port 8080 need: a test of it finds nothing."""
    return ("case $* in *--test*) exec $tool \"$@\" ;; esac\nrules=$(cat)\n"
            f"case $rules in *8080*) echo '{complaint}' >&2; exit 1 ;; esac\nprintf '%s\\n' \"$rules\" | $tool \"$@\"\n")


class Iptables(Claims):
    artifact = "iptables/ip6tables.restore"
    artifacts_with_failsafes = ("iptables/iptables.restore", "iptables/ip6tables.restore")
    # The first fails at once, the others after sets, and rules of IPv4, are in.
    unloadable = (("iptables/iptables.restore", lambda text: text.replace("-j CT --notrack", "-j FROBNICATE")),
                  ("iptables/ipset.restore", lambda text: text.replace("bitmap:port range 8080", "bitmap:frob range 1")),
                  ("iptables/ip6tables.restore", lambda text: text.replace("untrack-port-8080 ", "untrack-frob ")))

    @property
    def flavour(self):
        return self.target.removeprefix("iptables-")

    @property
    def parts(self):
        return [(self.flavour, family) for family in FAMILIES]

    @property
    def tools(self):
        return ["ipset"] + [f"{family}-{self.flavour}-{use}" for family in FAMILIES for use in ("save", "restore")]

    def raw(self, node, family, *arguments):
        node.host.run(f"{family}-{self.flavour}", "-w", "-t", "raw", *arguments)

    def delete_a_rule(self, node):
        self.raw(node, "ip6tables", "-D", "untrack-in-eng4", "1")

    def delete_everything(self, node):
        for family in FAMILIES:
            for action in ("-F", "-X"):
                self.raw(node, family, action)
        node.host.run("ipset", "destroy")

    def add_foreign(self, node):
        for family in FAMILIES:
            self.raw(node, family, "-N", "untrack-foreign")
            self.raw(node, family, "-A", "untrack-foreign", "-p", "tcp", "--dport", "9", "-j", "DROP")
            self.raw(node, family, "-A", "PREROUTING", "-j", "untrack-foreign")
        node.host.run("ipset", "create", "untrack-foreign", "hash:ip")
        node.host.run("ipset", "add", "untrack-foreign", "192.0.2.1")

    def add_namesake(self, node):
        self.raw(node, "ip6tables", "-N", "untrack-output")

    def jumps(self, node):
        return [line for family in FAMILIES for line in node.tables(self.flavour, family).splitlines()
                if line.startswith(("-A PREROUTING", "-A OUTPUT"))]

    def test_a_foreign_set_of_our_name_is_refused(self):
        node = self.node()
        node.host.run("ipset", "create", "untrack-port-12211", "hash:ip")
        before = node.kernel()
        self.assertIn("untrack-port-12211", self.apply(node, "old", exits=REFUSED))
        self.assertEqual(node.kernel(), before)

    def test_each_entry_is_one_jump_and_comes_first(self):
        node = self.node()
        ours = ["-A PREROUTING -j untrack-prerouting", "-A OUTPUT -j untrack-output"] * 2
        for family in FAMILIES:
            self.raw(node, family, "-A", "PREROUTING", "-p", "udp", "-j", "ACCEPT")
        for bundle in ("old", "old", "new"):
            self.apply(node, bundle)
            self.assertEqual([line for line in self.jumps(node) if "untrack" in line], ours)
            self.assertEqual(self.jumps(node)[0], ours[0])
            self.raw(node, "iptables", "-A", "PREROUTING", "-j", "untrack-prerouting")  # a second one, by hand
            self.raw(node, "iptables", "-I", "PREROUTING", "-p", "icmp", "-j", "ACCEPT")  # before ours
            self.check(node, bundle, "status", exits=DIFFERENT)

    def restore_tools(self, body):
        """A PATH with other restore tools: a script that may go on with the real `$tool`."""
        tools = {name: f"#!/bin/sh\ntool={shutil.which(name)}\n{body}" for name in self.tools if "restore" in name}
        return self.path_with(tools) + ":" + os.environ["PATH"]

    def test_a_restore_tool_that_always_fails_changes_nothing(self):
        only_tests = self.restore_tools("case $* in *--test*|*--help*|*-[vV]*) exec $tool \"$@\" ;; esac\nexit 1\n")
        node = self.node()
        empty = node.kernel()
        self.apply(node, "old", path=only_tests, exits=FAILED)
        self.assertEqual(node.kernel(), empty)
        self.apply(node, "old")
        old = node.kernel()
        self.assertIn("is in place", self.apply(node, "new", path=only_tests, exits=FAILED))
        self.assertEqual(node.kernel(), old)
        self.assertFalse(os.path.exists(os.path.join(node.state, "journal")))
        self.assertEqual(len([name for name in os.listdir(node.state) if name.isdigit()]), 1)
        self.check(node, "old", "status")

    def test_a_restore_tool_that_knows_no_lock_runs_alone(self):
        """As before iptables 1.6.2; it finds the lock held for it, and what it execs uses another."""
        held = "flock -n /run/xtables.lock true && echo nobody holds the lock && exit 1\n" if self.flavour == "legacy" else ""
        path = self.restore_tools("case $* in *--help*) echo usage; exit ;; *-w*) echo what is -w; exit 2 ;; esac\n"
                                  f"case $* in *-[vV]*) ;; *) {held or ':'} ;; esac\n"
                                  "XTABLES_LOCKFILE=$(mktemp) exec $tool \"$@\"\n")
        node, fresh = self.node(), self.node()
        self.apply(node, "old", path=path)
        self.apply(fresh, "old")
        self.assertEqual(node.kernel(), fresh.kernel())
        self.check(node, "old", "rollback", path=path)

    def test_a_set_that_is_half_filled_is_filled_again(self):
        node = self.node()
        self.apply(node, "new")
        new = node.kernel()
        self.apply(node, "old")
        old = node.kernel()
        half = "#!/bin/sh\n[ \"$2\" = restore ] || exec {0} \"$@\"\nhead -n {1} | {0} \"$@\"\nkill -9 0\n"
        for lines in range(4, 40, 5):
            path = self.path_with({"ipset": half.format(shutil.which("ipset"), lines)}) + ":" + os.environ["PATH"]
            self.apply(node, "new", path=path, exits=-9, start_new_session=True)
            for part in self.parts:
                self.assertEqual(node.kernel()[part], old[part])
            self.assertLessEqual(set(old["sets"]), set(node.sets()))
            again, expected = ("new", new) if lines % 2 else ("old", old)
            self.apply(node, again)
            self.assertEqual(node.kernel(), expected)
            self.apply(node, "old")

    def test_status_sees_a_set_that_changed(self):
        node = self.node()
        self.apply(node, "old")
        node.host.run("ipset", "del", "untrack-port-12211", "12211")
        self.check(node, "old", "status", exits=DIFFERENT)


    def test_nets_in_two_levels_are_loaded_repaired_and_rolled_back(self):
        node = self.node()
        self.apply(node, "old")
        old = node.kernel()
        self.apply(node, "nets")
        nets = node.kernel()
        slots = [line.split()[1:] for line in nets["sets"] if line.startswith("add untrack-slots-")]
        self.assertTrue(slots)
        self.assertTrue(any(line.startswith("create untrack-net6-") for line in nets["sets"]))
        self.check(node, "nets", "status", exits=SAME)
        node.host.run("ipset", "del", *slots[0])
        self.check(node, "nets", "status", exits=DIFFERENT)
        self.apply(node, "nets")
        self.assertEqual(node.kernel(), nets)
        self.check(node, "nets", "rollback")
        self.assertEqual(node.kernel(), old)


class IptablesLegacy(Iptables, Case):
    target = "iptables-legacy"
    # No ip_set; no match that the new rules need, which shows when all sets are there, or when IPv4 is done as well; no
    # IPv6 table raw.
    lacking = {
        "ipset": "echo 'ipset v7.17: Cannot open session to kernel. LACKS' >&2; exit 1\n",
        "iptables-legacy-restore": lacking_match("iptables-restore: line 12 failed LACKS"),
        "ip6tables-legacy-restore": lacking_match("ip6tables-restore: line 12 failed LACKS"),
        "ip6tables-legacy-save": "echo 'ip6tables-save: Cannot initialize: Table does not exist (LACKS)' >&2; exit 1\n",
    }


class IptablesNft(Iptables, Case):
    target = "iptables-nft"
    lacking = {
        "ipset": "case $* in *restore*) echo 'ipset v7.17: Error in line 1: Kernel error received: LACKS' >&2; exit 1 ;; esac\n"
                 "exec \"$tool\" \"$@\"\n",
        "iptables-nft-restore": lacking_match("line 12: RULE_APPEND failed (No such file or directory): LACKS"),
        "ip6tables-nft-restore": lacking_match("line 12: RULE_APPEND failed (No such file or directory): LACKS"),
    }


class Bundle(Case):
    def test_scripts_are_clean_for_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("no shellcheck")
        for script in ("apply", "rollback", "status"):
            self.assertTrue(os.access(nodes.bundles.script("old", script), os.X_OK))
            done = subprocess.run(["shellcheck", nodes.bundles.script("old", script)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_policy_that_compiles_is_refused(self):
        node = self.node()
        for case in sorted(os.listdir("testdata/policies")):
            if case.startswith("fail_"):
                continue
            folder = tempfile.mkdtemp(prefix="untrack-bundle-")
            self.addCleanup(shutil.rmtree, folder)
            done = subprocess.run([UNTRACK, "compile", f"testdata/policies/{case}/input.yaml", "--all-nodes",
                                   "-t", "nft,iptables", "-o", folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in sorted(os.listdir(folder)):
                if name == "manifest.json":
                    continue
                for target in ("nft", "iptables-nft"):
                    with self.subTest(case=case, node=name, target=target):
                        bundle = os.path.join(folder, name)
                        self.check(node, bundle, "apply", "--target", target)
                        self.check(node, bundle, "status")
        self.check(node, "old", "rollback", "--remove")
        self.assertEqual(node.kernel(), self.node().kernel())

    def test_compile_onto_a_full_disk_writes_nothing(self):
        folder = tempfile.mkdtemp(prefix="untrack-disk-")
        self.addCleanup(os.rmdir, folder)
        with self.small_disk(folder, "256k"):
            for pages in range(1, 60, 3):
                self.fill(folder, pages)
                done = subprocess.run([UNTRACK, "compile", "testdata/memcached", "-n", NODE, "-o", f"{folder}/out"],
                                      capture_output=True, text=True)
                os.unlink(os.path.join(folder, "filler"))
                written = [name for _, _, names in os.walk(f"{folder}/out") for name in names]
                if done.returncode == 0:
                    self.assertGreater(pages, 3)
                    self.assertIn("manifest.json", written)
                    break
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn("No space left on device", done.stderr)
                self.assertEqual(written, [])
            else:
                self.fail("never enough room")

    def test_wrong_usage(self):
        node = self.node()
        for words in (["frob"], ["--target"], ["--target", "frob"], ["--confirm", "0"], ["--confirm", "x"],
                      ["--confirmed", "--target", "nft"]):
            self.check(node, "old", "apply", *words, exits=MISUSED)
        self.check(node, "old", "rollback", "frob", exits=MISUSED)
        self.check(node, "old", "status", "frob", exits=MISUSED)
        for script in ("apply", "rollback", "status"):
            self.assertIn("usage", self.check(node, "old", script, "--help"))

    def test_only_root(self):
        node = self.node()
        before = node.kernel()
        nobody = ("setpriv", "--reuid", "65534")
        self.check(node, "old", "apply", exits=REFUSED, shell=nobody)
        self.check(node, "old", "rollback", exits=REFUSED, shell=nobody)
        self.check(node, "old", "status", exits=UNKNOWN, shell=nobody)
        self.assertEqual(node.kernel(), before)

    def test_without_a_target_the_first_that_works_is_taken_and_named(self):
        node = self.node()
        self.assertIn("target nft:", self.check(node, "old", "apply"))
        said = self.check(node, "old", "apply", path=self.path_without("nft"), exits=REFUSED)
        self.assertIn("no nft in PATH", said)  # what nft loaded could not be removed
        self.check(node, "old", "rollback", "--remove")
        self.assertRegex(self.check(node, "old", "apply", path=self.path_without("nft")), "target iptables-(nft|legacy):")

    def test_a_switch_of_targets_leaves_only_the_new_one(self):
        node = self.node()
        alone = {}
        targets = ("nft", "iptables-legacy", "iptables-nft")
        for target in targets:
            fresh = self.node()
            self.check(fresh, "new", "apply", "--target", target)
            alone[target] = fresh.kernel()
        for target in (*targets, *reversed(targets), "iptables-legacy", "nft", "iptables-nft", "nft"):
            self.check(node, "new", "apply", "--target", target)
            self.assertEqual(node.kernel(), alone[target])
            self.check(node, "new", "status")

    def switch_while_killed(self, before, after):
        node, parts = self.node(), {"nft": ["nft"]}
        parts.update({f"iptables-{f}": [(f, family) for family in FAMILIES] for f in FLAVOURS})
        parts["bpf"] = ["nft", "tc"]
        self.check(node, "new", "apply", "--target", after)
        new = node.kernel()
        self.check(node, "old", "apply", "--target", before)
        old = node.kernel()
        for step in self.killed_at_each_step(node, "new", "apply", "--target", after):
            kernel = node.kernel()
            self.assertTrue(all(kernel[part] == old[part] for part in parts[before]) or
                            all(kernel[part] == new[part] for part in parts[after]), step)
            self.check(node, "old", "apply", "--target", before)
            self.assertEqual(node.kernel(), old, step)

    def test_killed_while_switching_from_iptables_legacy_to_nft_one_is_whole(self):
        self.switch_while_killed("iptables-legacy", "nft")

    def test_killed_while_switching_from_nft_to_iptables_nft_one_is_whole(self):
        self.switch_while_killed("nft", "iptables-nft")

    def test_killed_while_switching_from_iptables_nft_to_legacy_one_is_whole(self):
        self.switch_while_killed("iptables-nft", "iptables-legacy")

    def test_killed_while_switching_from_nft_to_bpf_one_is_whole(self):
        self.switch_while_killed("nft", "bpf")

    def test_killed_while_switching_from_bpf_to_nft_one_is_whole(self):
        self.switch_while_killed("bpf", "nft")

    def test_a_record_of_another_namespace_is_left_alone(self):
        node, other = self.node(), self.node()
        self.check(node, "old", "apply")
        own, other.state = other.state, node.state
        try:
            self.check(other, "old", "apply", exits=REFUSED)
            self.check(other, "old", "rollback", exits=REFUSED)
            self.check(other, "old", "status", exits=UNKNOWN)
        finally:
            other.state = own
        self.check(node, "old", "status")

    def test_a_record_of_an_earlier_boot_is_forgotten(self):
        node = self.node()
        self.check(node, "old", "apply", "--target", "nft")
        with open(os.path.join(node.state, "boot"), "w") as boot:
            boot.write("earlier\n")
        self.check(node, "old", "status", exits=DIFFERENT)
        self.check(node, "old", "apply", "--target", "nft", exits=REFUSED)  # nobody knows whose table that is
        node.host.run("nft", "delete", "table", "inet", "untrack")
        self.check(node, "old", "apply", "--target", "nft")

    def test_a_lock_is_not_held_by_a_later_process_of_the_same_number(self):
        node = self.node()
        os.symlink("held-by-1-0", os.path.join(node.state, "lock"))  # process 1 lives, and began later than that
        begun = time.monotonic()
        self.check(node, "old", "apply", "--target", "nft")
        self.assertLess(time.monotonic() - begun, 20)  # an apply waits 30 s for one that lives
        with open("/proc/1/stat") as stat:
            start = stat.read().rsplit(") ", 1)[1].split()[19]
        os.symlink(f"held-by-1-{start}", os.path.join(node.state, "lock"))
        self.assertIn("process 1 is at work", self.check(node, "old", "status", exits=UNKNOWN))

    def test_an_interface_that_is_not_there_is_pointed_out(self):
        node = self.node()
        self.assertNotIn("not on this node", self.check(node, "old", "apply"))
        self.assertNotIn("not on this node", self.check(node, "old", "status"))
        node.host.run("ip", "link", "del", "eng4")
        node.host.run("ip", "link", "add", "eng4x", "type", "veth", "peer", "name", "xeng4")
        self.assertIn("not on this node now: eng4;", self.check(node, "old", "status"))
        self.assertIn("not on this node now: eng4;", self.check(node, "new", "apply"))

    def test_a_bundle_of_another_node_is_pointed_out(self):
        node, folder = self.node(), self.another_nodes("old")
        self.check(node, "new", "apply", "--target", "nft")
        said = self.check(node, folder, "apply", "--target", "nft")
        self.assertIn(f"they replace those of node {NODE}", said)
        self.assertIn("they are of node other, and this host calls itself " + os.uname().nodename, said)
        self.assertIn("of node other", self.check(node, "new", "status", exits=DIFFERENT))
        self.assertIn(f"the rules of node {NODE}", self.check(node, folder, "rollback"))

        own = self.another_nodes("old", os.uname().nodename.upper() + ".example.org")
        self.assertNotIn("calls itself", self.check(node, own, "apply", "--target", "nft"))

    def another_nodes(self, bundle, name="other"):
        folder = nodes.bundles.copy(bundle)
        self.addCleanup(shutil.rmtree, folder)
        for script in ("apply", "status"):
            path = os.path.join(folder, script)
            with open(path) as text:
                renamed = text.read().replace(f"node='{NODE}'", f"node='{name}'")
            with open(path, "w") as text:
                text.write(renamed)
        return folder

    def test_a_link_to_a_script_is_as_good_as_the_script(self):
        node = self.node()
        folder = tempfile.mkdtemp(prefix="untrack-links-")
        self.addCleanup(shutil.rmtree, folder)
        for script in ("apply", "status", "rollback"):
            os.symlink(nodes.bundles.script("old", script), os.path.join(folder, script))
        self.check(node, folder, "apply")
        self.check(node, folder, "status")
        self.check(node, folder, "rollback")

    def test_either_flavour_of_iptables_may_be_asked_for(self):
        for path, flavour in ((None, "nft|legacy"), (self.path_without("iptables-nft-save", "iptables-save"), "legacy")):
            said = self.check(self.node(), "old", "apply", "--target", "iptables", path=path)
            self.assertRegex(said, rf"in place \(target iptables-({flavour})\)")

    def test_a_kernel_without_ipv6_needs_no_ip6tables(self):
        node, folder = self.node(), nodes.bundles.copy("old")
        self.addCleanup(shutil.rmtree, folder)
        for script in ("apply", "status", "rollback"):
            path = os.path.join(folder, script)
            with open(path) as text:
                deprived = text.read().replace("/proc/net/if_inet6", "/proc/net/no_such_file")
            with open(path, "w") as text:
                text.write(deprived)
        path = self.path_without(*(tool for tool in os.listdir("/usr/sbin") if tool.startswith("ip6tables")))
        for target in ("iptables-legacy", "iptables-nft"):
            self.check(node, "old", "apply", "--target", target, path=path, exits=REFUSED)
            self.check(node, folder, "apply", "--target", target, path=path)
            self.check(node, folder, "status", path=path)
            self.check(node, folder, "rollback", "--remove", path=path)
        self.assertEqual(node.kernel(), self.node().kernel())

    def test_two_at_a_time_take_turns(self):
        node = self.node()
        runs = [node.start(bundle, "apply") for bundle in ("old", "new", "old", "new")]
        for run in runs:
            said, _ = run.communicate(timeout=120)
            self.assertEqual(run.returncode, APPLIED, said)
        self.assertEqual(sorted(node.run(bundle, "status")[0] for bundle in ("old", "new")), [SAME, DIFFERENT])

    def test_busybox_is_enough(self):
        busybox = shutil.which("busybox")
        if not busybox:
            self.skipTest("no busybox")
        applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
        tools = {**{applet: busybox for applet in applets},
                 **{tool: shutil.which(tool) for tool in CHANGING_TOOLS + READING_TOOLS}}
        for target in ("nft", "iptables-legacy", "iptables-nft", "bpf"):
            node, path = self.node(), self.path_with(tools)
            for script, *arguments in (["apply", "--target", target], ["status"], ["apply", "--target", target],
                                       ["rollback"]):
                self.check(node, "old", script, *arguments, path=path, shell=(busybox, "sh"))


if __name__ == "__main__":
    sys.exit(lab.main(nodes.compiled_bundles, workers=4, first="killed"))
