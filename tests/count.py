#!/usr/bin/env python3
"""Counts single test cases from ctest's JUnit file and prints them as one line.

A test program says how many cases it ran, in doctest's words or as `N passed, N failed, N skipped`; one that says
nothing counts as one case. To doctest a case that finds the machine lacking has passed: it says `skipped: ` and what is
missing. Exits with 1 if a case failed.

usage: count.py RESULTS.xml
"""

import re
import sys
import xml.etree.ElementTree

DOCTEST = re.compile(r"^\[doctest\] test cases: *\d+ *\| *(\d+) passed *\| *(\d+) failed *\| *(\d+) skipped", re.M)
LACKING = re.compile(r"MESSAGE: skipped: ")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.M)


def count(test):
    """Passed, failed, skipped of one test program."""
    output = test.findtext("system-out") or ""
    said = (DOCTEST.findall(output) or PLAIN.findall(output))[-1:]
    passed, failed, skipped = map(int, said[0]) if said else (0, 0, 0)
    lacking = len(LACKING.findall(output))
    passed, skipped = passed - lacking, skipped + lacking
    if test.get("status") == "run":
        return (passed, failed, skipped) if said else (1, 0, 0)
    if test.get("status") == "fail" and failed == 0:  # it died on the way, or failed without saying where
        return passed, 1, skipped
    if not said:
        return 0, 0, 1
    return passed, failed, skipped


def main():
    counts = [count(test) for test in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase")]
    passed, failed, skipped = map(sum, zip(*counts))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
