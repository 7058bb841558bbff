"""Runs unittest cases in the order in which they are written and reports them as TAP.

A case is a method `test_a_sentence_like_this`; what is reported is "a sentence like this".
A failure is followed by its cause, whatever the case's `diagnose()` has to say, and the one
command that repeats it.
"""

import pathlib
import shlex
import sys
import time
import traceback
import unittest


def sentence(test):
    name = getattr(test, "_testMethodName", None)
    return name.removeprefix("test_").replace("_", " ") if name else str(test)


def cause(err):
    """The exception with the frames that are ours, not the library's."""
    here = str(pathlib.Path(__file__).resolve().parent)
    frames = [one for one in traceback.extract_tb(err[2])
              if str(pathlib.Path(one.filename).resolve()).startswith(here)]
    return "".join([*traceback.format_list(frames), *traceback.format_exception_only(*err[:2])])


def comment(text):
    for line in text.rstrip().splitlines():
        print("#", line)


class Result(unittest.TestResult):
    def __init__(self, repeat):
        super().__init__()
        self.repeat = repeat
        self.reported = 0
        self.bad = 0

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def report(self, verdict, test, directive=""):
        self.reported += 1
        print(f"{verdict} {self.reported} - {sentence(test)}{directive}", flush=True)

    def addSuccess(self, test):
        self.report("ok", test)
        comment(f"{time.monotonic() - self.began:.1f} s")

    def addSkip(self, test, reason):
        self.report("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        self.bad += 1
        self.report("not ok", test)
        comment(cause(err))
        if hasattr(test, "diagnose"):
            comment(test.diagnose())
        comment(f"repeat with: {self.repeat}" +
                (f" {test._testMethodName}" if hasattr(test, "_testMethodName") else ""))
        sys.stdout.flush()

    def addError(self, test, err):
        self.addFailure(test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(test, err)


def in_order(case):
    """The names of a class' cases as they stand in the file."""
    names = unittest.defaultTestLoader.getTestCaseNames(case)
    return sorted(names, key=lambda name: getattr(case, name).__code__.co_firstlineno)


def main(*cases, environment=()):
    """Run all cases of these classes, or those named on the command line."""
    wanted = sys.argv[1:]
    suite = unittest.TestSuite()
    for case in cases:
        suite.addTests(case(name) for name in in_order(case) if not wanted or name in wanted)
    words = [f"{name}={shlex.quote(value)}" for name, value in environment]
    result = Result(" ".join([*words, shlex.quote(sys.executable), shlex.quote(sys.argv[0])]))
    print("TAP version 13")
    suite.run(result)
    print(f"1..{result.reported}")
    sys.exit(1 if result.bad or not result.reported else 0)
