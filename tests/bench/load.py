"""Load: calls and updates at full rate, with checkpointing and without, and what hellos feel of it.

A pair with 100,000 sessions. "With" has its Standby beside it and checkpoints every change;
"without" is the same Active alone, all processes of the Standby being dead. They take turns.
First all calls are set up as fast as they are answered. Then, for some seconds, 20,000 updates
a second change sessions in turn (Update PDP Context with another radio access: one
micro-checkpoint each), while extra calls are set up and deleted beside them. At last calls are
set up as fast as they go beside those updates.

Hello jitter is the lateness that the CFs tell in `show srp statistics`: what the time from one
SRP hello to the next, as a CF hears them, exceeds the hello-interval by; of both CFs the worse.
The labs for it run with a time-scale of 10, so a hello-interval of 1 s is 100 ms here. A full
resync at full speed: all session functions of the Standby are killed and started anew, again
and again, and the Active sends all its sessions each time.

Many session managers: what is dropped between the demux and the world, both ways, when each
chassis has 64 of them and a client keeps as many requests open as it can.
"""

import os
import select
import time

from lab import Failed, Lab
from table import Result

SESSIONS = 100_000
UPDATES = 20_000
NEW = 1000
HOLD_S = 10
PLAIN = ("--pps", 0, "--no-verify")
CHANGES = ("--control-rate", UPDATES)
OTHER = ("--local", "127.0.2.2", "--imsi", "001019000000001")
FORMS = {"with checkpointing": True, "without": False}

SCALE = 10
JITTER_DEAD_S = 60  # of lab time; a dead-interval must outlast what a full machine does to a process
RESYNC_SESSIONS = 500_000
RESYNC_S = 30

MANY = {"sfs": 4, "sessmgrs": 16, "sessions": 16384}
MANY_WINDOW = 8192
MANY_CALLS = 50_000


def opened(result):
    if result["opened"] != result["calls"]:
        raise Failed(f"{result['opened']} of {result['calls']} calls opened: {result}")
    return result["setup_rate"]


def pause(seconds):
    """What is measured takes that long."""
    select.select([], [], [], seconds)


def changes_checkpointed(lab, instance):
    """Updates that were sent to the Standby, each as a micro-checkpoint."""
    shown = lab.show(instance, "show srp micro-checkpoint statistics")["micro_checkpoints"]
    return sum(c["sent"] for c in shown if c["name"].endswith("GGSN_UPDATE_SESSION"))


def rates(bench, checkpointing):
    """One run of one form: calls and updates per second, response times."""
    with Lab(bench) as lab:
        lab.up()
        active = lab.instance_in("active")["name"]
        if not checkpointing:
            lab.kill(lab.instance_in("standby"))
        found = {"calls": opened(lab.call("--calls", SESSIONS, *PLAIN))}
        lab.wait(f"{active}.sessions=0")
        held = lab.call("--calls", SESSIONS, "--hold", HOLD_S, "--new-rate", NEW, *CHANGES, *PLAIN)
        updates, new = held["outages"]["control"], held["outages"]["new"]
        found.update(
            answered=updates["answered"] / HOLD_S,
            median=updates["response_median_ms"],
            p99=updates["response_p99_ms"],
            new=new["answered"] / HOLD_S / 2,  # a create and a delete each
        )
        told = changes_checkpointed(lab, active)
        if (told > 0) != checkpointing:
            raise Failed(f"{told} of {updates['answered']} updates were checkpointed")
        found["told"] = told / HOLD_S
        lab.wait(f"{active}.sessions=0")
        changing = lab.start_call("--calls", SESSIONS, *CHANGES, *PLAIN)
        lab.wait(f"{active}.sessions>={SESSIONS}")
        found["beside"] = opened(lab.call("--calls", SESSIONS, *OTHER, *PLAIN))
        opened(lab.end_call(changing))
    return found


def hello_jitter(lab, measured):
    """Real milliseconds while `measured` runs: that of the CF that heard its peer worse."""
    for instance in lab.names:
        lab.vpclab("exec", instance, "clear srp statistics")
    measured()
    heard = [lab.show(i, "show srp statistics")["hello_lateness"] for i in lab.names]
    if not all(one["hellos"] for one in heard):
        raise Failed(f"no hello was heard: {heard}")
    return {
        key: max(one[f"{key}_ms"] for one in heard) / lab.scale for key in ("median", "p99", "max")
    }


def loaded_jitter(bench):
    with Lab(bench, scale=SCALE, dead_s=JITTER_DEAD_S) as lab:
        lab.up()
        idle = hello_jitter(lab, lambda: pause(HOLD_S))
        crowd = lab.start_call("--calls", SESSIONS, "--new-rate", NEW, *CHANGES, *PLAIN)
        lab.wait(f"active.sessions>={SESSIONS}", f"standby.sessions>={SESSIONS}")
        loaded = hello_jitter(lab, lambda: pause(HOLD_S))
        opened(lab.end_call(crowd))
    return idle, loaded


def resync_jitter(bench):
    """Jitter while everything is sent again and again, and the sessions sent per second."""
    sent = []
    with Lab(bench, scale=SCALE, dead_s=JITTER_DEAD_S, topology="million") as lab:

        def resync():
            began, rounds = time.monotonic(), 0
            while time.monotonic() - began < RESYNC_S:
                lab.restart_serving(standby)
                lab.wait(f"standby.sessions={RESYNC_SESSIONS}", "sync")
                rounds += 1
            sent.append(rounds * RESYNC_SESSIONS / (time.monotonic() - began))

        lab.up()
        standby = lab.instance_in("standby")
        crowd = lab.start_call("--calls", RESYNC_SESSIONS, *PLAIN)
        lab.wait(f"standby.sessions={RESYNC_SESSIONS}", "sync")
        jitter = hello_jitter(lab, resync)
        opened(lab.end_call(crowd))
    return jitter, sent[0]


def many_sessmgrs(bench):
    """Calls per second; batches the demux dropped, and datagrams the world did on their way in."""
    with Lab(bench, **MANY) as lab:
        lab.up()
        words = ("--calls", MANY_CALLS, "--window", MANY_WINDOW)
        rate = opened(lab.call(*words, *PLAIN, check=False))
        lab.wait("sessions=0")
        active = lab.instance_in("active")["name"]
        dropped = lab.show(active, "show subscribers summary")["dropped"]
        return rate, dropped, lab.show("world", "show counters")["dropped_queue"]


def add_rates(result, runs):
    rows = (
        ("calls", "calls set up, full speed", "calls/s", ""),
        ("answered", "updates answered", "updates/s", f"of {UPDATES:,} sent"),
        ("told", "updates checkpointed", "updates/s", ""),
        ("median", "response time of an update, median", "ms", ""),
        ("p99", "response time of an update, 99 %", "ms", ""),
        ("new", "calls set up and deleted beside", "calls/s", f"of {NEW:,} begun"),
        ("beside", "calls set up beside updates, full speed", "calls/s", ""),
    )
    for key, title, unit, note in rows:
        for form, found in runs.items():
            result.figure(f"{form}: {title}", unit, [r[key] for r in found], note)


def add_jitter(result, what, runs):
    for key, title in (("median", "median"), ("p99", "99 %"), ("max", "longest")):
        figure = result.figure(f"hello jitter, {what}: {title}", "ms", [r[key] for r in runs],
                               f"a hello each {1000 // SCALE} ms")
        if key == "p99":
            kept = figure
    return kept


def run(bench):
    result = Result("load")
    runs = {form: [] for form in FORMS}
    idle, loaded, resyncs, many, busy = [], [], [], [], []
    for i in range(bench.runs):
        busy.append(os.getloadavg()[0])
        for form, checkpointing in FORMS.items():
            bench.say(f"load: {form}, run {i + 1} of {bench.runs}")
            runs[form].append(rates(bench, checkpointing))
        bench.say(f"load: hello jitter, run {i + 1} of {bench.runs}")
        for kept, one in zip((idle, loaded), loaded_jitter(bench)):
            kept.append(one)
        resyncs.append(resync_jitter(bench))
        bench.say(f"load: many session managers, run {i + 1} of {bench.runs}")
        many.append(many_sessmgrs(bench))
    add_rates(result, runs)
    add_jitter(result, "idle", idle)
    add_jitter(result, f"{UPDATES:,} updates/s", loaded)
    p99 = add_jitter(result, "full resync", [jitter for jitter, _ in resyncs])
    result.figure("sessions sent again meanwhile", "sessions/s", [rate for _, rate in resyncs],
                  f"{RESYNC_SESSIONS:,}, again and again, restarts included")
    sessmgrs = MANY["sfs"] * MANY["sessmgrs"]
    result.figure(f"{sessmgrs} session managers: calls set up", "calls/s", [rate for rate, _, _ in many],
                  f"{MANY_WINDOW:,} requests open")
    result.figure("load of this machine, one minute", "", busy,
                  f"{len(os.sched_getaffinity(0))} cores; 1 is one busy core, ours included")
    result.below("hello jitter, full resync: 99 %, median of runs", p99.median, 20, " ms")
    result.figure(
        f"{sessmgrs} session managers: dropped before the demux", "datagrams",
        [one[2] for one in many], f"{MANY_WINDOW:,} requests open: more than its queue takes")
    dropped = sum(one[1] for one in many)
    result.below(f"{sessmgrs} session managers: batches dropped by the demux, all runs", dropped, 1)
    return result
