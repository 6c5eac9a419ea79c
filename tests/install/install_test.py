#!/usr/bin/env python3
"""Completions in the shells themselves, the manual page as its readers check it, and where `cmake --install` puts them.

usage: install_test.py PATH-OF-UNTRACK BUILD-TREE
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

UNTRACK, TREE = (pathlib.Path(path).resolve() for path in sys.argv[1:3])


def untrack(*arguments):
    return subprocess.run([UNTRACK, *arguments], capture_output=True, text=True, check=True).stdout


def need(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed")


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in ("policy.yaml", "report.json", "cluster/nodes.yaml"):
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).touch()

    def run_shell(self, *words, script):
        done = subprocess.run(words, input=script, cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "PATH": f"{UNTRACK.parent}:{os.environ['PATH']}", "HOME": str(self.folder)})
        self.assertEqual((done.returncode, done.stderr), (0, ""), script)
        return done.stdout.split()


@need("bash")
class Bash(InFolder):
    def complete(self, *words):
        """As readline does: the words so far, split at `=` too, with the cursor behind the last one."""
        quoted = " ".join(f"'{word}'" for word in words)
        return self.run_shell("bash", "--norc", script=f"""
            source <(untrack completions bash)
            complete -p untrack >/dev/null
            COMP_WORDS=(untrack {quoted}) COMP_CWORD={len(words)}
            _untrack
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """)

    def test_commands(self):
        self.assertEqual(self.complete("l"), ["lint"])
        self.assertEqual(set(self.complete("ver")), {"verify", "version"})
        self.assertIn("completions", self.complete(""))
        self.assertEqual(self.complete("help", "tr"), ["trace"])

    def test_options_of_the_command(self):
        self.assertEqual(self.complete("lint", "--fo"), ["--format"])
        self.assertEqual(set(self.complete("lint", "policy.yaml", "--st")), {"--stdin-filename", "--statistics"})
        self.assertNotIn("--all-nodes", self.complete("lint", "--"))
        self.assertIn("--all-nodes", self.complete("compile", "--"))
        self.assertEqual(self.complete("--ver"), ["--version"])

    def test_words_that_an_option_knows(self):
        self.assertEqual(set(self.complete("lint", "--color", "a")), {"auto", "always"})
        self.assertEqual(self.complete("lint", "--color", "=", "n"), ["never"])
        self.assertEqual(self.complete("lint", "--format", "sa"), ["sarif"])
        self.assertEqual(self.complete("compile", "-t", "n"), ["nft"])
        self.assertEqual(self.complete("explain", "UT20")[0], "UT201")

    def test_files(self):
        self.assertEqual(self.complete("lint", "pol"), ["policy.yaml"])
        self.assertEqual(self.complete("lint", "--inventory", "cl"), ["cluster"])
        self.assertEqual(self.complete("lint", "--format", "json", "=", "rep"), ["report.json"])
        self.assertEqual(self.complete("lint", "--format", "json", "pol"), ["policy.yaml"])
        self.assertEqual(self.complete("lint", "--jobs", "p"), [])


@need("zsh")
class Zsh(InFolder):
    def test_syntax(self):
        self.run_shell("zsh", "-f", "-n", script=untrack("completions", "zsh"))

    def test_it_registers_itself(self):
        registered = self.run_shell("zsh", "-f", script="""
            autoload -Uz compinit && compinit -u -d ./dump
            source =(untrack completions zsh)
            print -r -- $_comps[untrack]
        """)
        self.assertEqual(registered, ["_untrack"])


@need("fish")
class Fish(InFolder):
    def complete(self, line):
        return [answer.split("\t")[0] for answer in subprocess.run(
            ["fish", "--no-config", "-c", f"untrack completions fish | source; complete -C '{line}'"], cwd=self.folder,
            capture_output=True, text=True, check=True,
            env={**os.environ, "PATH": f"{UNTRACK.parent}:{os.environ['PATH']}", "HOME": str(self.folder)},
        ).stdout.splitlines()]

    def test_syntax(self):
        script = self.folder / "untrack.fish"
        script.write_text(untrack("completions", "fish"))
        subprocess.run(["fish", "--no-execute", script], check=True)

    def test_it_completes(self):
        self.assertEqual(self.complete("untrack li"), ["lint"])
        self.assertEqual(self.complete("untrack lint --fo"), ["--format"])
        self.assertEqual(self.complete("untrack lint --color n"), ["never"])
        self.assertIn("UT201", self.complete("untrack explain UT20"))
        self.assertEqual(self.complete("untrack lint pol"), ["policy.yaml"])


@need("mandoc")
class Manual(unittest.TestCase):
    def test_mandoc_has_nothing_to_say(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=untrack("man"), capture_output=True,
                              text=True)
        # A date would make the page another one each day.
        complaints = [line for line in done.stdout.splitlines() if "missing date" not in line]
        self.assertEqual(complaints, [])

    def test_it_names_commands_options_and_files(self):
        text = subprocess.run(["mandoc", "-T", "utf8"], input=untrack("man"), capture_output=True, text=True,
                              check=True).stdout
        plain = re.sub(r".\x08", "", text)  # bold and underlined are overstruck
        for word in ("lint", "--write-baseline", "--proof-budget", "EXIT STATUS", "NO_COLOR", ".untrack.yaml"):
            with self.subTest(word):
                self.assertIn(word, plain)


class Install(unittest.TestCase):
    def test_everything_is_in_its_place(self):
        with tempfile.TemporaryDirectory() as prefix:
            done = subprocess.run(["cmake", "--install", TREE, "--prefix", prefix], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            files = sorted(str(path.relative_to(prefix)) for path in pathlib.Path(prefix).rglob("*") if path.is_file())
            self.assertEqual(files, [
                "bin/untrack",
                "share/bash-completion/completions/untrack",
                "share/doc/untrack/LICENSE",
                "share/doc/untrack/README.md",
                "share/fish/vendor_completions.d/untrack.fish",
                "share/man/man1/untrack.1",
                "share/zsh/site-functions/_untrack",
            ])
            installed = pathlib.Path(prefix) / "bin" / "untrack"
            self.assertIn("untrack ", subprocess.run([installed, "version"], capture_output=True, text=True).stdout)
            self.assertEqual((pathlib.Path(prefix) / "share/man/man1/untrack.1").read_text(), untrack("man"))


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{max(0, result.testsRun - failed - skipped)} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)
