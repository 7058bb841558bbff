#!/usr/bin/env python3
"""Counts the test cases of a meson run: 'N passed, N failed', ', N skipped' if any.

usage: tally.py TESTLOG.JSON

A program that speaks TAP has as many cases as it reports; any other is one case. One that
ends badly without a case of its own that failed (a crash, a leak found at exit, too little
time) is one failed case more. Exit status 1 if any failed.
"""

import json
import re
import sys

CASE = re.compile(r"(not )?ok\b\s*(\d*)\s*-?\s*(.*)", re.ASCII)
SKIP_ALL = re.compile(r"1\.\.0\s*#\s*skip\S*\s*(.*)", re.IGNORECASE)
DIRECTIVE = re.compile(r"\s*#\s*(skip|todo)\S*\s*(.*)", re.IGNORECASE)
BAIL = re.compile(r"Bail out!\s*(.+)")
GOOD = ("OK", "EXPECTEDFAIL")


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def case(self, name, match):
        """One line of TAP."""
        text = match[3]
        directive = DIRECTIVE.search(text)
        kind = directive[1].lower() if directive else ""
        if kind == "skip":
            what = text[: directive.start()].strip() or f"case {match[2]}"
            self.skipped.append(f"{name}: {what}: {directive[2] or 'no reason given'}")
        elif match[1] and kind != "todo":
            self.failed.append(f"{name}: {text or 'case ' + match[2]}")
        else:
            self.passed += 1

    def program(self, run):
        name = run["name"].split(":", 1)[-1]
        result = run["result"]
        lines = (run.get("stdout") or "").splitlines()
        cases = [m for m in map(CASE.fullmatch, lines) if m and m[2]]
        failed_before = len(self.failed)

        for match in cases:
            self.case(name, match)
        if result == "SKIP" and not cases:
            self.skipped.append(f"{name}: {reason(run, lines)}")
        elif result in GOOD + ("SKIP",):
            self.passed += not cases
        elif len(self.failed) == failed_before:
            bail = next(filter(None, map(BAIL.fullmatch, lines)), None)
            end = f"{result}, exit status {run.get('returncode')}"
            self.failed.append(f"{name}: {bail[1] if bail else end}")


def reason(run, lines):
    """Why a whole program was skipped: its plan says so, or the last line it wrote."""
    for match in filter(None, map(SKIP_ALL.fullmatch, lines)):
        return match[1] or "no reason given"
    said = [line.strip() for line in lines + (run.get("stderr") or "").splitlines()]
    return next((line for line in reversed(said) if line), "no reason given")


def main(path):
    tally = Tally()
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            tally.program(json.loads(line))
    for name in tally.failed:
        print(f"failed: {name}")
    for name in tally.skipped:
        print(f"skipped: {name}")
    skipped = f", {len(tally.skipped)} skipped" if tally.skipped else ""
    print(f"{tally.passed} passed, {len(tally.failed)} failed{skipped}")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
