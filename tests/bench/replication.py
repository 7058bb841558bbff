"""Sessions replicated per second: applied by the standby and acknowledged, beside Redis.

Sessions of 256 octets come as fast as they can be checkpointed, through both CFs, compressed
and encrypted; the clock stops when the last one is acknowledged, which means applied. Redis
gets the same octets as values of 20-octet keys, in one pipeline whose answers are turned off, and
counts when the replica has confirmed the master's offset; its connection is plain. Both take
turns. "sessmgr" are whole session managers with records of their own, which the receiver puts
into its session table.
"""

import os
import subprocess

import ckpt
import peer_redis
from table import Result

SESSIONS = 1_000_000
SIZES = (10_000, 100_000)
DISTINCT = 65_536
FORMS = (  # name, kind, options
    ("items, LZ4, CURVE", "items", {}),
    ("items, LZ4, plain", "items", {"curve": False}),
    ("items, zlib, CURVE", "items", {"algo": "zlib"}),
    ("items, zlib, plain", "items", {"algo": "zlib", "curve": False}),
    ("sessmgr, LZ4, CURVE", "sessmgr", {}),
)


def values(bench):
    """The octets of our items, for the peer to store."""
    program = os.path.join(bench.build, "tests/bench/ckpt_drive")
    octets = subprocess.run(
        [program, "values", str(DISTINCT)], capture_output=True, check=True
    ).stdout
    size = peer_redis.VALUE
    return [octets[i : i + size] for i in range(0, len(octets), size)]


def figures(result, name, runs):
    """Rate, octets and processor time of one form."""
    octets = runs[0]["octets"]
    first = result.figure(
        f"{name}: replicated", "sessions/s", [r["rate"] for r in runs],
        f"{octets:.0f} octets each, {octets * runs[0]['packed']:.0f} compressed",
    )
    result.figure(f"{name}: processor time", "s/million", [r["cpu"] for r in runs],
                  "all four processes")
    return first


def run(bench):
    result = Result("replication")
    reason = peer_redis.why_none()
    batches = [] if reason else peer_redis.commands(values(bench), SESSIONS)
    forms = {name: [] for name, *_ in FORMS}
    sizes = {size: [] for size in SIZES}
    peer, load = [], []
    for i in range(bench.runs):
        bench.say(f"replication: run {i + 1} of {bench.runs}")
        load.append(os.getloadavg()[0])
        for name, kind, options in FORMS:
            forms[name].append(ckpt.replicate(bench, kind, SESSIONS, **options))
            if name == FORMS[0][0] and not reason:
                peer.append(peer_redis.replicate(bench, batches, SESSIONS))
        for size in SIZES:
            sizes[size].append(ckpt.replicate(bench, "items", size))
    found = {name: figures(result, name, runs) for name, runs in forms.items()}
    own = found[FORMS[0][0]]
    for size, runs in sizes.items():
        smaller = result.figure(f"{FORMS[0][0]}: {size:,} sessions", "sessions/s", [r["rate"] for r in runs])
    if peer:
        other = result.figure("Redis: replicated", "keys/s", peer,
                              f"{peer_redis.VALUE} octets each, plain TCP")
    result.figure("load of this machine, one minute", "", load,
                  f"{len(os.sched_getaffinity(0))} cores; 1 is one busy core, ours included")
    result.below(f"time of a session, {SESSIONS:,} to {SIZES[-1]:,}, medians",
                 smaller.median / own.median, 1.5, "x")
    if peer:
        result.at_least("items, LZ4, CURVE to Redis, medians", own.median / other.median, 3, "x")
    else:
        result.skip("Redis", reason)
    return result
