"""Memory of a session, everything included, on both chassis, beside a Redis key.

Resident octets (Rss) and the process's fair share of them (Pss) of the session functions
with 100,000 sessions. Much is allotted before the first session, so what counts is what
they have beyond the idle spare, which is the same program without any table. The peer holds
as many keys of 20 octets with values of 256 octets.
"""

import os
import shutil
import socket
import subprocess
import tempfile

from lab import Failed, Lab, poll
from table import Result

SESSIONS = 100_000
VALUE = 256


def resident(pid):
    found = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as f:
        for line in f:
            word = line.split()
            if word[0] in ("Rss:", "Pss:"):
                found[word[0][:3]] = int(word[1]) * 1024
    return found


def session_functions(instance):
    """Of all that serve, and of as many idle ones."""
    total, idle = {"Rss": 0, "Pss": 0}, {"Rss": 0, "Pss": 0}
    cards = [card for card in instance["cards"] if card["type"] == "sf"]
    serving = [resident(card["pid"]) for card in cards if card["sessmgr"]]
    spare = resident(next(card["pid"] for card in cards if not card["sessmgr"]))
    for key in total:
        total[key] = sum(one[key] for one in serving)
        idle[key] = spare[key] * len(serving)
    return total, idle


STATES = ("active", "standby")


def ours(bench):
    with Lab(bench) as lab:
        lab.up()
        caller = lab.start_call("--calls", SESSIONS, "--pps", 0, "--no-verify")
        lab.wait(f"active.sessions={SESSIONS}", f"standby.sessions={SESSIONS}", "sync")
        found = {state: session_functions(lab.instance_in(state)) for state in STATES}
        lab.end_call(caller)
    return found


class Redis:
    """redis-server on a socket of its own, without persistence."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="vpcb-redis-")
        path = os.path.join(self.dir, "s")
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--dir", self.dir],
            stdout=subprocess.DEVNULL,
        )
        self.socket = socket.socket(socket.AF_UNIX)
        poll(lambda: self.socket.connect_ex(path) == 0, 5, "redis-server does not answer")
        self.answers = self.socket.makefile("rb")

    def used(self):
        self.socket.sendall(b"INFO memory\r\n")
        size = int(self.answers.readline()[1:])
        body = self.answers.read(size + 2).decode()
        return int(body.split("used_memory:")[1].split()[0])

    def load(self):
        value = b"v" * VALUE
        for begin in range(0, SESSIONS, 1000):
            self.socket.sendall(
                b"".join(
                    b"*3\r\n$3\r\nSET\r\n$20\r\nsession:%012d\r\n$%d\r\n%s\r\n" % (i, VALUE, value)
                    for i in range(begin, begin + 1000)
                )
            )
            for _ in range(1000):
                if self.answers.readline() != b"+OK\r\n":
                    raise Failed("redis-server refused a key")

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def peer():
    redis = Redis()
    try:
        used, rss = redis.used(), resident(redis.process.pid)["Rss"]
        redis.load()
        return (
            (redis.used() - used) / SESSIONS,
            (resident(redis.process.pid)["Rss"] - rss) / SESSIONS,
        )
    finally:
        redis.close()


def run(bench):
    result = Result("memory")
    runs = []
    for i in range(bench.runs):
        bench.say(f"memory: run {i + 1} of {bench.runs}")
        runs.append(ours(bench))
    own = {}
    for state in STATES:
        for key in ("Rss", "Pss"):
            values = [(r[state][0][key] - r[state][1][key]) / SESSIONS for r in runs]
            figure = result.figure(f"vpclab, {state}, {key} of a session", "octets", values)
            own.setdefault(state, figure)
        result.figure(
            f"vpclab, {state}, whole Rss shared by the sessions", "octets",
            [r[state][0]["Rss"] / SESSIONS for r in runs], "programs and libraries included",
        )
    if not shutil.which("redis-server"):
        result.skip("Redis", "redis-server is not installed")
        return result
    peers = [peer() for _ in range(bench.runs)]
    used = result.figure("Redis, used_memory by a key", "octets", [p[0] for p in peers],
                         f"20-octet key, {VALUE}-octet value")
    result.figure("Redis, growth of Rss by a key", "octets", [p[1] for p in peers])
    for state, figure in own.items():
        result.below(f"vpclab {state} to Redis, medians", figure.median / used.median, 1, "x")
    return result
