"""A million calls through the gateway, beside ten thousand and a hundred thousand.

The same pair for each size (topologies/million.json). Growth is linear if each further call costs
the same from the second size to the third as from the first to the second, in time and in memory.
All calls are set up as fast as they are answered, by one client; then the
Standby is to be synchronised. Memory is what the session functions have beyond the idle spare,
as in the benchmark of that name. An empty Standby: its session functions are killed and started
anew, until both chassis say that all is synchronised. At last the active chassis is killed; the
silence is split as in the benchmark takeover. Afterwards each call is pinged once, and a call
that does not answer fails the run.
"""

import os
import time

from lab import Lab
from load import opened
from memory import STATES, session_functions
from table import Result
from takeover import DEAD_S, take_over

SIZES = (10_000, 100_000, 1_000_000)
ROWS = (
    ("calls", "calls set up", "calls/s", ""),
    ("setup", "time to set them up", "s", ""),
    ("synced", "from the first call until synchronised", "s", "+/- 1, as the cards report"),
    ("active", "active, Rss of a session", "octets", ""),
    ("standby", "standby, Rss of a session", "octets", ""),
    ("resync", "an empty Standby, until synchronised", "s", "from the kill of its processes on"),
    ("silence", "takeover, silence in the client's view", "ms", "+/- 1"),
    ("detection", "takeover, detection", "ms", f"hello 1 s, dead {DEAD_S} s"),
    ("recovered", "takeover, work, Pending-Active to Active", "ms", ""),
    ("work", "takeover, work to the first packet answered", "ms", "+/- 1"),
)
GROWTH = (  # what each further call costs, and whether that is to stay the same
    ("setup", "time to set it up", "us", 1e6, True),
    ("active", "active, Rss", "octets", 1, True),
    ("standby", "standby, Rss", "octets", 1, True),
    # what 10,000 and 100,000 take is the start of the processes; scripts/bench resync has it apart
    ("resync", "time to send it to an empty Standby", "us", 1e6, False),
    ("work", "work of a takeover", "us", 1e3, False),  # of some milliseconds, most is no call's
)
LINEAR = 1.5


def one(bench, sessions):
    with Lab(bench, dead_s=DEAD_S, topology="million") as lab:
        all_there = (f"active.sessions={sessions}", f"standby.sessions={sessions}", "sync")
        lab.up()
        began = time.monotonic()
        crowd = lab.start_call("--calls", sessions, "--pps", 0)
        lab.wait(*all_there)
        found = {"synced": time.monotonic() - began}
        for state in STATES:
            whole, idle = session_functions(lab.instance_in(state))
            found[state] = whole["Rss"] - idle["Rss"]
        standby = lab.instance_in("standby")
        began = time.monotonic()
        lab.restart_serving(standby)
        lab.wait(*all_there)
        found["resync"] = time.monotonic() - began
        gap, held = take_over(lab, crowd, sessions)
        found.update(
            calls=opened(held),
            setup=held["setup_s"],
            silence=gap["silence"] * 1e3,
            detection=gap["detection"] * 1e3,
            recovered=gap["active"] * 1e3,
            work=gap["first"] * 1e3,
        )
        return found


def further(runs, key, size):
    """What each call beyond those of the size before costs, by run."""
    before = SIZES[SIZES.index(size) - 1]
    return [
        (large[key] - small[key]) / (size - before)
        for large, small in zip(runs[size], runs[before])
    ]


def add_size(result, runs, size):
    for key, title, unit, note in ROWS:
        share = size if unit == "octets" else 1
        result.figure(f"{size:,}: {title}", unit, [r[key] / share for r in runs[size]], note)


def add_growth(result, runs):
    for key, title, unit, factor, linear in GROWTH:
        costs = []
        for size in SIZES[1:]:
            before = SIZES[SIZES.index(size) - 1]
            values = [value * factor for value in further(runs, key, size)]
            what = f"each call from {before:,} to {size:,}: {title}"
            costs.append(result.figure(what, unit, values))
        if linear:
            result.below(f"each further call, {title}: second figure to first",
                         costs[1].median / costs[0].median, LINEAR, "x")


def run(bench):
    result = Result("million")
    busy = []
    runs = {size: [] for size in SIZES}
    for i in range(bench.runs):
        busy.append(os.getloadavg()[0])
        for size in SIZES:
            bench.say(f"million: {size:,} calls, run {i + 1} of {bench.runs}")
            runs[size].append(one(bench, size))
    for size in SIZES:
        add_size(result, runs, size)
    add_growth(result, runs)
    result.figure("load of this machine, one minute", "", busy,
                  f"{len(os.sched_getaffinity(0))} cores; 1 is one busy core, ours included")
    return result
