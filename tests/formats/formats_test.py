#!/usr/bin/env python3
"""Each format of `untrack lint` over one example, as a whole file and against its schema.

testdata/formats holds the example, the expected files and the schemas. SARIF's and JUnit's are ours: they say what their
specifications say of the parts that we write, and allow nothing else. `formats_test.py PROGRAM --update` writes the
expected files anew: read the difference like code.

usage: formats_test.py PATH-OF-UNTRACK [--update]
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "testdata" / "formats"
FORMATS = {"text": "txt", "concise": "concise.txt", "json": "json", "sarif": "sarif", "github": "github.txt",
           "gitlab": "gitlab.json", "junit": "junit.xml"}
PROGRAMS = ("json", "sarif", "gitlab", "junit")
UNTRACK = pathlib.Path(sys.argv[1]).resolve()


def lint(*arguments, folder=DATA):
    done = subprocess.run([UNTRACK, "lint", "--isolated", *arguments], cwd=folder, capture_output=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode()


def report(format):
    """The version is no part of what is expected."""
    version = subprocess.run([UNTRACK, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return lint("input", "--format", format).replace(f'"version": "{version}"', '"version": "VERSION"')


def expected(format):
    return DATA / f"expected.{FORMATS[format]}"


def schema(path):
    return json.loads(path.read_text())


def validate(document, of):
    jsonschema.Draft202012Validator.check_schema(of)
    jsonschema.Draft202012Validator(of, format_checker=jsonschema.FormatChecker()).validate(document)


class Whole(unittest.TestCase):
    """Each format, byte for byte."""


for each in FORMATS:
    def check(self, format=each):
        self.maxDiff = None
        self.assertEqual(report(format), expected(format).read_text())
    setattr(Whole, f"test_{each}", check)


class Colours(unittest.TestCase):
    def test_they_change_no_text(self):
        coloured = lint("input", "--color", "always")
        self.assertIn("\x1b[", coloured)
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", coloured), expected("text").read_text())


class Text(unittest.TestCase):
    def test_carets_stand_under_what_they_mark(self):
        """What stands before them is as wide as the text above: a tab for a tab, two blanks for a wide character."""
        lines = expected("text").read_text().splitlines()
        carets = [i for i, line in enumerate(lines) if line.startswith("      | ")]
        self.assertGreater(len(carets), 5)
        seen = set()
        for i in carets:
            source, before = lines[i - 1][8:], lines[i][8:].split("^")[0]
            blanks = "".join("\t" if c == "\t" else "  " if unicodedata.east_asian_width(c) in "WF" else " "
                             for c in source)
            self.assertTrue(blanks.startswith(before), source)
            seen |= {c for c in blanks[:len(before)]} | ({"wide"} if "  " in blanks and not source.isascii() else set())
        self.assertEqual(seen, {" ", "\t", "wide"})


class Examples(unittest.TestCase):
    """The example, every bad example of a rule, and a run with nothing to report: in all formats for programs at once."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        runs = [("input", DATA, "input"), ("nothing", DATA, "input", "--select", "UT009")]
        runs += [(path.name, path, "bad.yaml") for path in sorted((ROOT / "testdata" / "diagnostics").iterdir())]
        cls.reports = {}
        for name, where, *arguments in runs:
            files = {format: pathlib.Path(folder.name) / f"{name}.{format}" for format in PROGRAMS}
            lint(*arguments, *(f"--format={format}={file}" for format, file in files.items()), folder=where)
            cls.reports[name] = files

    def each(self, format):
        for name, files in self.reports.items():
            with self.subTest(name):
                yield files[format]


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class Schemas(Examples):
    def check(self, format, of):
        for file in self.each(format):
            validate(json.loads(file.read_text()), of)

    def test_json(self):
        self.check("json", schema(ROOT / "docs" / "lint.schema.json"))

    def test_sarif(self):
        self.check("sarif", schema(DATA / "sarif-2.1.0.schema.json"))

    def test_gitlab(self):
        self.check("gitlab", schema(DATA / "gitlab.schema.json"))

    def test_the_schema_refuses_what_is_wrong(self):
        changes = (lambda log: log["runs"][0]["results"][0].update(level="info"),
                   lambda log: log["runs"][0]["results"][0].update(extra=1),
                   lambda log: log["runs"][0].pop("tool"))
        for change in changes:
            log = json.loads(self.reports["input"]["sarif"].read_text())
            change(log)
            with self.assertRaises(jsonschema.ValidationError):
                validate(log, schema(DATA / "sarif-2.1.0.schema.json"))


@unittest.skipUnless(shutil.which("xmllint"), "xmllint is not installed")
class Junit(Examples):
    def test_it_is_as_its_schema_says(self):
        files = list(self.each("junit"))
        done = subprocess.run(["xmllint", "--noout", "--schema", DATA / "junit.xsd", *files], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    if "--update" in sys.argv:
        for each in FORMATS:
            expected(each).write_text(report(each))
        sys.exit(0)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    print(f"{max(0, result.testsRun - failed - skipped)} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)
