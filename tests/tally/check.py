#!/usr/bin/env python3
"""Does tally.py count right? usage: check.py DIRECTORY-OF-TALLY"""

import difflib
import pathlib
import subprocess
import sys

here = pathlib.Path(sys.argv[1])
run = subprocess.run([sys.executable, here / "tally.py", here / "testlog.json"],
                     capture_output=True, text=True)
expected = (here / "expected.txt").read_text()
sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), run.stdout.splitlines(True),
                                           "expected.txt", "tally.py"))
print(f"exit status {run.returncode}, expected 1")
sys.exit(0 if run.stdout == expected and run.returncode == 1 else 1)
