"""A full resync: an empty standby appears beside a full Active, until it has everything.

From the moment the standby can be heard until the Active has the acknowledgement of the last
session: opening the stream, one heartbeat (`standby database-recovery aggressive`), all
sessions, the sweep. Redis does the same from REPLICAOF until its link is up. It is measured
twice: as it comes, but for the wait of five seconds before a diskless resync, and with
whatever makes it fastest (peer_redis.py). conntrackd resyncs flows of the kernel between two
network namespaces. All take turns.
"""

import os
import subprocess

import ckpt
import peer_conntrackd
import peer_redis
from lab import Failed
from replication import values
from table import Result

SESSIONS = 1_000_000
SIZES = (10_000, 100_000, SESSIONS)
FORMS = {"default": 0.25, "fastest": 1}  # and what we take at most, to theirs


def run(bench):
    result = Result("resync")
    no_redis, no_conntrackd = peer_redis.why_none(), peer_conntrackd.why_none()
    batches = [] if no_redis else peer_redis.commands(values(bench), SESSIONS)
    sizes = {size: [] for size in SIZES}
    redis = {form: [] for form in FORMS}
    sessmgr, flows, load = [], [], []
    for i in range(bench.runs):
        bench.say(f"resync: run {i + 1} of {bench.runs}")
        load.append(os.getloadavg()[0])
        for form in [] if no_redis else FORMS:
            redis[form].append(peer_redis.resync(bench, batches, SESSIONS, form == "fastest"))
        for size in SIZES:
            sizes[size].append(ckpt.resync(bench, "items", size))
        sessmgr.append(ckpt.resync(bench, "sessmgr", SESSIONS))
        if not no_conntrackd:
            try:
                flows.append(peer_conntrackd.resync())
            except (Failed, OSError, subprocess.SubprocessError) as error:
                no_conntrackd, flows = f"it does not run here: {error}", []
    for size, runs in sizes.items():
        own = result.figure(f"items, LZ4, CURVE: {size:,} sessions", "s",
                            [r["seconds"] for r in runs],
                            f"{runs[0]['octets']:.0f} octets each")
        result.figure(f"items, LZ4, CURVE: {size:,}, first to last frame", "s",
                      [r["moving"] for r in runs])
    result.figure("items, LZ4, CURVE: processor time", "s/million",
                  [r["cpu"] for r in sizes[SESSIONS]], "all four processes")
    whole = result.figure(f"sessmgr, LZ4, CURVE: {SESSIONS:,} sessions", "s",
                          [r["seconds"] for r in sessmgr],
                          f"{sessmgr[0]['octets']:.0f} octets each")
    result.figure("sessmgr, LZ4, CURVE: processor time", "s/million", [r["cpu"] for r in sessmgr])
    others = {}
    for form, seconds in redis.items():
        if seconds:
            others[form] = result.figure(f"Redis, {form}: {SESSIONS:,} keys", "s", seconds,
                                         f"{peer_redis.VALUE} octets each, plain TCP")
    if flows:
        rate = result.figure(f"conntrackd: {peer_conntrackd.FLOWS:,} flows, into the cache",
                             "flows/s", [f["cached"] for f in flows], "plain UDP, uncompressed")
        result.figure("conntrackd: and committed to the kernel", "flows/s",
                      [f["committed"] for f in flows], "what a takeover needs")
    result.figure("load of this machine, one minute", "", load,
                  f"{len(os.sched_getaffinity(0))} cores; 1 is one busy core, ours included")
    for form, other in others.items():
        result.below(f"items to Redis, {form}, medians", own.median / other.median, FORMS[form],
                     "x")
    if no_redis:
        result.skip("Redis", no_redis)
    if flows:
        result.at_least("sessmgr to conntrackd, medians", SESSIONS / whole.median / rate.median,
                        1, "x")
    else:
        result.skip("conntrackd", no_conntrackd)
    return result
