#!/usr/bin/env python3
"""Counts the test cases of a meson run: 'N passed, N failed', ', N skipped' if any.

usage: tally.py TESTLOG.JSON

A program that speaks TAP has as many cases as it reports; any other is one case. One that
ends badly without a case of its own that failed (a crash, a leak found at exit, too little
time) is one failed case more. Exit status 1 if any failed.

What the failed ones said comes before the list of their names and the count, so that who is
left with the end of the print alone still learns why.
"""

import json
import re
import sys

CASE = re.compile(r"(not )?ok\b\s*(\d*)\s*-?\s*(.*)", re.ASCII)
SKIP_ALL = re.compile(r"1\.\.0\s*#\s*skip\S*\s*(.*)", re.IGNORECASE)
DIRECTIVE = re.compile(r"\s*#\s*(skip|todo)\S*\s*(.*)", re.IGNORECASE)
BAIL = re.compile(r"Bail out!\s*(.+)")
PLAN = re.compile(r"1\.\.\d+\b.*", re.ASCII)
GOOD = ("OK", "EXPECTEDFAIL")
FIRST, LAST = 28, 14  # lines that are shown: a cause stands first, what followed from it last
WIDTH = 300
TOLD = 6  # failed programs whose words are shown


def shortened(lines):
    """The beginning and the end of what may be long."""
    lines = [line if len(line) <= WIDTH else line[:WIDTH] + " ..." for line in lines]
    left_out = len(lines) - FIRST - LAST
    if left_out <= 1:
        return lines
    return [*lines[:FIRST], f"... {left_out} lines left out ...", *lines[-LAST:]]


def failed_cases(lines):
    """The lines of each failed case of a program: its own and what follows until the next."""
    case = None
    for line in lines:
        match = CASE.fullmatch(line)
        if match and match[2] or PLAN.fullmatch(line):
            if case:
                yield case
            failed = match and match[1] and not DIRECTIVE.search(match[3])
            case = [line] if failed else None
        elif case:
            case.append(line)
    if case:
        yield case


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []
        self.told = []  # for each failed program: its name, its lines

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
        said_by_cases = [line for case in failed_cases(lines) for line in shortened(case)]
        if result == "SKIP" and not cases:
            self.skipped.append(f"{name}: {reason(run, lines)}")
        elif result in GOOD + ("SKIP",):
            self.passed += not cases
        elif len(self.failed) == failed_before:
            bail = next(filter(None, map(BAIL.fullmatch, lines)), None)
            end = f"{result}, exit status {run.get('returncode')}"
            self.failed.append(f"{name}: {bail[1] if bail else end}")
            said_by_cases = shortened(lines)
        if len(self.failed) > failed_before:
            errors = shortened((run.get("stderr") or "").splitlines())
            self.told.append((name, said_by_cases + errors))

    def tell(self):
        for name, lines in self.told[:TOLD]:
            print(f"---- {name} said:", *lines, sep="\n")
        if len(self.told) > TOLD:
            print(f"---- {len(self.told) - TOLD} more: see testlog.txt beside the log that was read")


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
    tally.tell()
    for name in tally.failed:
        print(f"failed: {name}")
    for name in tally.skipped:
        print(f"skipped: {name}")
    skipped = f", {len(tally.skipped)} skipped" if tally.skipped else ""
    print(f"{tally.passed} passed, {len(tally.failed)} failed{skipped}")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
