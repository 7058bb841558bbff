"""Console: how soon a CF answers while all sessions are sent again, beside doing nothing else.

A pair with 100,000 sessions. A client asks the active CF of the Active chassis `show srp info`,
again and again, over the management socket as the console does: first at rest, then while the
session functions of the Standby are killed and started anew, again and again, so that a full
resync is always under way. The time is that from the question to its answer.
"""

import select
import struct
import threading
import time

import zmq

from lab import Lab
from table import Result

SESSIONS = 100_000
PLAIN = ("--pps", 0, "--no-verify")
LINE = b"show srp info"
EVERY_S = 0.005
REST_S, RESYNC_S = 5, 20
TOOL = 255


def question(seq):
    """MSG_EXEC: envelope, then kind, JSON, sure, session, line."""
    head = struct.pack(">2sBBBBHQQQ", b"VL", 1, 11, 0, TOOL, 0, 1, 0, seq)
    return head + struct.pack(">BBBH", 0, 0, 0, 0) + LINE


def ask_for(path, seconds):
    """Response times in milliseconds."""
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.connect(f"ipc://{path}")
    times, until, seq = [], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        began, seq = time.monotonic(), seq + 1
        socket.send(question(seq))
        answer = socket.recv()
        times.append((time.monotonic() - began) * 1000)
        assert b"Chassis State" in answer, answer
        select.select([], [], [], EVERY_S)
    context.destroy(linger=0)
    return sorted(times)


def resync(lab, standby, seconds):
    """So many times over."""
    until, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        lab.restart_serving(standby)
        lab.wait(f"standby.sessions={SESSIONS}", "sync")
        rounds += 1
    return rounds


def one_run(bench):
    with Lab(bench, scale=5, dead_s=60) as lab:
        lab.up()
        crowd = lab.start_call("--calls", SESSIONS, *PLAIN)
        lab.wait(f"standby.sessions={SESSIONS}", "sync")
        active, standby = lab.instance_in("active"), lab.instance_in("standby")
        path = lab.management(active["name"])
        rest, loaded, rounds = ask_for(path, REST_S), [], []
        asker = threading.Thread(target=lambda: loaded.extend(ask_for(path, RESYNC_S)))
        asker.start()
        rounds.append(resync(lab, standby, RESYNC_S))
        asker.join()
        lab.end_call(crowd)
    return rest, loaded, rounds[0]


def at(times, part):
    return times[min(len(times) - 1, int(len(times) * part))]


def run(bench):
    result = Result("console")
    runs = []
    for i in range(bench.runs):
        bench.say(f"console: run {i + 1} of {bench.runs}")
        runs.append(one_run(bench))
    for what, index in (("at rest", 0), ("full resync", 1)):
        for title, part in (("median", 0.5), ("99 %", 0.99), ("longest", 1)):
            figure = result.figure(f"show srp info, {what}: {title}", "ms",
                                   [at(one[index], part) for one in runs],
                                   f"{len(runs[0][index]):,} questions")
            if what == "full resync" and part == 0.99:
                p99 = figure
    result.figure("resyncs meanwhile", "", [one[2] for one in runs], f"of {SESSIONS:,} sessions")
    result.below("show srp info, full resync: 99 %, median of runs", p99.median, 20, " ms")
    return result
