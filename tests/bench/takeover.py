"""Takeover after SIGKILL of every process of the active chassis, as a client sees it.

Eight calls of a second client, pinged every millisecond, measure the silence. The events of the
new active chassis and of the router split it: detection is the time until the chassis
gives its peer up, which the dead interval rules; work is all that comes after.
"""

from lab import Failed, Lab
from table import Result

PROBES, PPS = 8, 8000
SIZES = (1000, 100_000)
DEAD_S = 3


def one(bench, sessions):
    with Lab(bench, dead_s=DEAD_S) as lab:
        lab.up()
        crowd = lab.start_call("--calls", sessions, "--pps", 0)
        lab.wait(f"active.sessions>={sessions}", f"standby.sessions>={sessions}", "sync")
        return take_over(lab, crowd, sessions)[0]


def take_over(lab, crowd, sessions):
    """Kill the chassis that serves the crowd: the figures, and what the crowd's client says."""
    probe = lab.start_call(
        "--calls", PROBES, "--pps", PPS, "--local", "127.0.2.2", "--imsi", "001019000000001"
    )
    lab.wait(f"standby.sessions>={sessions + PROBES}", "sync")
    active, standby = lab.instance_in("active"), lab.instance_in("standby")["name"]
    killed = lab.kill(active)
    lab.wait(f"{standby}.chassis=active", f"{standby}.route=best")
    seen = lab.end_call(probe)
    held = lab.end_call(crowd)
    for what in (seen, held):
        if not what["good"] or what["recreated"]:
            raise Failed(f"calls were lost: {what}")
    return figures(lab, standby, killed, seen["gap_max_ms"] / 1e3), held


def figures(lab, standby, killed, silence):
    """Seconds: silence, detection, and work up to each step."""
    states = []
    for cf in ("cf1", "cf2"):
        states += lab.events(standby, f"{cf}.jsonl", since=killed, kind="srp.state")
    pending = min(e["at"] for e in states if e["new"] == "Pending-Active")
    active = min(e["at"] for e in states if e["new"] == "Active")
    routes = lab.events("world.jsonl", since=pending, kind="route.best", new=standby)
    announced = max(e["at"] for e in routes)
    return {
        "silence": silence,
        "detection": pending - killed,
        "active": active - pending,
        "announced": announced - pending,
        "first": killed + silence - pending,
    }


def run(bench):
    result = Result("takeover")
    for sessions in SIZES:
        runs = []
        for i in range(bench.runs):
            bench.say(f"takeover: {sessions:,} sessions, run {i + 1} of {bench.runs}")
            runs.append(one(bench, sessions))
        rows = {key: [r[key] * 1e3 for r in runs] for key in runs[0]}
        title = f"{sessions:,} sessions: "
        result.figure(title + "silence, client's view", "ms", rows["silence"], "+/- 1")
        result.figure(
            title + "detection, kill to Pending-Active", "ms", rows["detection"],
            f"hello 1 s, dead {DEAD_S} s",
        )
        result.figure(title + "work, Pending-Active to Active", "ms", rows["active"])
        result.figure(title + "work, to the last route announced", "ms", rows["announced"])
        work = result.figure(title + "work, to the first packet answered", "ms", rows["first"],
                             "+/- 1")
    result.below(f"work at {SIZES[-1]:,} sessions, median", work.median, 50, " ms")
    return result
