"""Calls set up per second: ours beside osmo-ggsn, same client, same run, taking turns.

1,000 contexts, since 1,024 are osmo-ggsn's most; it is started anew for each run because
its cache of answers fills up. So many requests at a time as osmo-ggsn takes best: it is
no faster with more, and from 200 on its default receive buffer loses some.
"""

import os
import shutil
import subprocess
import tempfile

from lab import Failed, Lab, can_namespace, poll
from table import Result

CALLS = 1000
MANY = 100_000
WINDOW = 64
PLAIN = ["--pps", 0, "--no-verify"]
PEER = "127.0.3.1"

GGSN = """ggsn ggsn0
 gtp state-dir {dir}
 gtp bind-ip {addr}
 apn internet
  gtpu-mode tun
  tun-device tunvpcb
  type-support v4
  ip prefix dynamic 172.18.0.0/16
  ip dns 0 127.0.4.53
  ip ifconfig 172.18.0.1/16
  no shutdown
 default-apn internet
 no shutdown ggsn
"""


def why_no_peer():
    if can_namespace():
        return can_namespace()
    if not shutil.which("osmo-ggsn"):
        return "osmo-ggsn is not installed"
    if not os.path.exists("/dev/net/tun"):
        return "needs /dev/net/tun"
    return None


def rate(result):
    if result["opened"] != result["calls"]:
        raise Failed(f"{result['opened']} of {result['calls']} calls opened: {result}")
    return result["setup_rate"]


def wait_listening(bench, ggsn):
    """Until the peer has bound its GTP-C port: it does so last."""


    def listens():
        if ggsn.poll() is not None:
            raise Failed(f"osmo-ggsn ended with status {ggsn.returncode}")
        shown = subprocess.run(
            bench.net.command(["cat", "/proc/net/udp"]), text=True, capture_output=True, check=True
        )
        return "0103007F:084B" in shown.stdout  # 127.0.3.1:2123

    poll(listens, 5, "osmo-ggsn does not listen")


def peer_run(bench, lab):
    scratch = tempfile.mkdtemp(prefix="vpcb-ggsn-")
    config = os.path.join(scratch, "ggsn.cfg")
    with open(config, "w", encoding="utf-8") as f:
        f.write(GGSN.format(dir=scratch, addr=PEER))
    ggsn = subprocess.Popen(
        bench.net.command(["osmo-ggsn", "-c", config]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_listening(bench, ggsn)
        words = ["--calls", CALLS, "--window", WINDOW, "--to", PEER, "--no-delete", *PLAIN]
        return rate(lab.call(*words, check=False))
    finally:
        ggsn.kill()
        ggsn.wait()
        shutil.rmtree(scratch, ignore_errors=True)


def run(bench):
    result = Result("calls")
    ours, peer, many, world = [], [], [], []
    reason = why_no_peer()
    with Lab(bench, access="direct") as lab:
        lab.up()
        for i in range(bench.runs):
            bench.say(f"calls: run {i + 1} of {bench.runs}")
            ours.append(rate(lab.call("--calls", CALLS, "--window", WINDOW, *PLAIN)))
            if reason is None:
                peer.append(peer_run(bench, lab))
            lab.wait("sessions=0", "sync")
        for i in range(bench.runs):
            bench.say(f"calls: {MANY} calls, run {i + 1} of {bench.runs}")
            many.append(rate(lab.call("--calls", MANY, *PLAIN)))
            lab.wait("sessions=0", "sync")
    with Lab(bench, access="world") as lab:
        lab.up()
        for i in range(bench.runs):
            bench.say(f"calls: through vpc-world, run {i + 1} of {bench.runs}")
            world.append(rate(lab.call("--calls", MANY, *PLAIN)))
            lab.wait("sessions=0", "sync")
    own = result.figure(f"vpclab, {CALLS:,} calls", "calls/s", ours, "checkpointed to the standby")
    if peer:
        other = result.figure(f"osmo-ggsn, {CALLS:,} calls", "calls/s", peer, "no standby")
    result.figure(f"vpclab, {MANY:,} calls", "calls/s", many, "")
    result.figure(f"vpclab, {MANY:,} calls through vpc-world", "calls/s", world, "")
    if peer:
        result.at_least("vpclab to osmo-ggsn, medians", own.median / other.median, 3, "x")
    else:
        result.skip("osmo-ggsn", reason)
    return result
