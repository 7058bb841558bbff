#!/usr/bin/env python3
"""The benchmarks: each beside a peer in the same run, several runs, min, median and max.

    bench.py [NAME...] [--json] [--runs N] [--build DIR]

What a figure means is said at the top of the file that takes it.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import traceback

import calls
import console
import load
import memory
import million
import replication
import resync
import start
import switchover
import table
import takeover
from lab import Failed, Net

BENCHES = {
    "calls": calls,
    "takeover": takeover,
    "switchover": switchover,
    "replication": replication,
    "resync": resync,
    "memory": memory,
    "start": start,
    "load": load,
    "console": console,
    "million": million,
}
ONLY_NAMED = {"million"}  # some ten minutes
HELP = f"{', '.join(BENCHES)}; without: all but {', '.join(sorted(ONLY_NAMED))}"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Bench:
    """What every benchmark needs to know."""

    def __init__(self, options):
        self.root, self.build = ROOT, os.path.abspath(options.build)
        self.runs = options.runs
        self.net = Net()

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)


def first_line(*words):
    """What a program says, or None when there is none."""
    if not shutil.which(words[0]):
        return None
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines and done.returncode == 0 else None


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def build_type(build):
    """buildtype of a meson build directory."""
    path = os.path.join(build, "meson-info", "intro-buildoptions.json")
    try:
        with open(path, encoding="utf-8") as f:
            options = {o["name"]: o["value"] for o in json.load(f)}
    except OSError:
        return "unknown"
    sanitize = options.get("b_sanitize", "none")
    return options["buildtype"] + ("" if sanitize in ("none", []) else f", {sanitize}")


def surroundings(bench):
    git = ["git", "-C", ROOT]
    commit = first_line(*git, "describe", "--always", "--dirty", "--abbrev=12")
    return {
        "vpclab": first_line(os.path.join(bench.build, "lab", "vpclab"), "--version"),
        "commit": commit or "unknown",
        "build": build_type(bench.build),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "peers": {
            "osmo-ggsn": first_line("osmo-ggsn", "--version"),
            "redis-server": first_line("redis-server", "--version"),
            "conntrackd": first_line("conntrackd", "-v"),
        },
    }


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=HELP)
    parser.add_argument("--json", action="store_true", help="results as JSON")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="runs of each (5)")
    parser.add_argument("--build", default=os.path.join(ROOT, "build-bench"), metavar="DIR")
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in BENCHES:
            parser.error(f"no benchmark {name}; there are: {', '.join(BENCHES)}")
    if chosen.runs < 1:
        parser.error("--runs: at least 1")
    return chosen


def header(about):
    peers = ", ".join(v for v in about["peers"].values() if v) or "no peer"
    return (
        f"{about['vpclab']}, commit {about['commit']}, {about['build']} build\n"
        f"{about['processor']}, {about['cores']} cores, Linux {about['kernel']}\n"
        f"beside {peers}\n"
    )


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # labs and namespace are cleared up
    bench = Bench(chosen)
    results, failed = [], False
    try:
        about = surroundings(bench)
        if not chosen.json:
            print(header(about), flush=True)
        for name in chosen.names or [n for n in BENCHES if n not in ONLY_NAMED]:
            try:
                results.append(BENCHES[name].run(bench))
            except (Failed, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
                failed = True
                if not isinstance(error, Failed):
                    traceback.print_exc()
                bench.say(f"{name} failed: {error}")
                continue
            if not chosen.json:
                print(table.text(results[-1]), flush=True)
    finally:
        bench.net.close()
    if chosen.json:
        document = dict(about, runs=chosen.runs, results=[r.as_json() for r in results])
        print(json.dumps(document, indent=2))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
