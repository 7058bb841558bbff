"""A lab of its own for each measurement: topology, run directory, processes, events.

It is made from topologies/pair.json, or another one there, with a few values changed, and lives
in a scratch directory. As root it stands in a network namespace of its own, so that neither the
machine's other labs nor its addresses matter.
"""

import contextlib
import glob
import json
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time


END_S = 300  # a million calls are verified and deleted one by one
SRP_BLOCK = "    service-redundancy-protocol\n"


class Failed(Exception):
    """A measurement that cannot be taken; the text says why."""


def poll(ready, seconds, what):
    """Until `ready` returns something true; fails with `what` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= deadline:
            raise Failed(f"{what} after {seconds} s")
        select.select([], [], [], 0.01)


def can_namespace():
    """A reason why not, or None."""
    if os.geteuid() != 0:
        return "needs root"
    if not shutil.which("ip"):
        return "needs the ip command (package iproute2)"
    return None


class Net:
    """Where programs run: a fresh namespace with only a loopback, or here."""

    def __init__(self):
        self.name = None
        if can_namespace() is None:
            self.name = f"vpclab-bench-{os.getpid()}"
            subprocess.run(["ip", "netns", "add", self.name], check=True)
            subprocess.run(["ip", "-n", self.name, "link", "set", "lo", "up"], check=True)

    def command(self, words):
        return ["ip", "netns", "exec", self.name, *words] if self.name else list(words)

    def close(self):
        if self.name:
            subprocess.run(["ip", "netns", "del", self.name], check=False)
            self.name = None


class Lab:
    """One pair. Use as a context: leaving it ends every process.

    `sfs` puts so many session functions with `sessmgrs` session managers each, which have
    room for `sessions` each, in the place of those of the topology, and of its spare.
    """

    def __init__(self, bench, access="world", dead_s=3, scale=1, srp=(), topology="pair",
                 sfs=0, sessmgrs=1, sessions=0):
        self.bench = bench
        self.scale = scale
        self.dir = tempfile.mkdtemp(prefix="vpcb-", dir="/tmp")
        self.run = os.path.join(self.dir, "run")
        self.file = os.path.join(self.dir, "bench.json")
        self.env = dict(os.environ, VPCLAB_RUN=self.run)
        self.callers = []
        self._write(self._topology(topology, access, sfs, sessmgrs, sessions), dead_s, srp)

    def _topology(self, name, access, sfs, sessmgrs, sessions):
        path = os.path.join(self.bench.root, "topologies", f"{name}.json")
        with open(path, encoding="utf-8") as f:
            topology = json.load(f)
        topology.update({"name": "bench", "access": access, "time-scale": self.scale})
        self.names = list(topology["instances"])
        if sessions:
            topology["sessions-per-sessmgr"] = sessions
        for instance in topology["instances"].values() if sfs else ():
            cards = [card for card in instance["cards"] if card["type"] != "sf"]
            for slot in range(len(cards) + 1, len(cards) + 1 + sfs):
                host = f"{cards[0]['host']}-{slot}"
                cards.append({"slot": slot, "type": "sf", "host": host, "sessmgrs": sessmgrs})
            instance["cards"] = cards
        return topology

    def _write(self, topology, dead_s, srp):
        source = os.path.join(self.bench.root, "topologies")
        with open(self.file, "w", encoding="utf-8") as f:
            json.dump(topology, f)
        for instance in topology["instances"].values():
            with open(os.path.join(source, instance["config"]), encoding="utf-8") as f:
                text = f.read()
            text = re.sub(r"dead-interval \d+", f"dead-interval {dead_s}", text)
            for line in srp:
                text = text.replace(SRP_BLOCK, f"{SRP_BLOCK}      {line}\n", 1)
            with open(os.path.join(self.dir, instance["config"]), "w", encoding="utf-8") as f:
                f.write(text)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for caller in self.callers:
            if caller.poll() is None:
                caller.kill()
            caller.wait()
        self.vpclab("down", "bench", check=False)
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            self.bench.say(f"logs of the failed run: {self.run}")

    def _words(self, *words):
        program = os.path.join(self.bench.build, "lab", "vpclab")
        return self.bench.net.command([program, *map(str, words)])

    def vpclab(self, *words, check=True):
        done = subprocess.run(
            self._words(*words), env=self.env, text=True, capture_output=True, check=False
        )
        if check and done.returncode != 0:
            raise Failed(f"vpclab {' '.join(map(str, words))}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def up(self):
        """Seconds that `vpclab up` took."""
        began = time.monotonic()
        self.vpclab("up", self.file, "--timeout", 60)
        return time.monotonic() - began

    def down(self):
        self.vpclab("down", "bench")

    def call(self, *words, check=True):
        """A whole run of the call generator: its results."""
        text = self.vpclab("call", "--json", *words, check=False)
        try:
            result = json.loads(text)
        except ValueError:
            raise Failed(f"vpclab call printed no result: {text[-500:]}") from None
        if check and not result["good"]:
            raise Failed(f"the calls went wrong: {text}")
        return result

    def start_call(self, *words):
        """A call generator in the background, until end_call."""
        caller = subprocess.Popen(
            self._words("call", "--json", "--until-signal", *words),
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.callers.append(caller)
        return caller

    def end_call(self, caller):
        caller.send_signal(signal.SIGINT)
        text, _ = caller.communicate(timeout=END_S)
        return json.loads(text)

    def wait(self, *conditions, timeout=120):
        self.vpclab("wait", *conditions, "--timeout", timeout)

    def status(self):
        return json.loads(self.vpclab("status", "bench", "--json"))

    def instance_in(self, state):
        for instance in self.status()["instances"]:
            if (instance["chassis_state"] or "").lower() == state:
                return instance
        raise Failed(f"no chassis is {state}")

    def show(self, instance, command):
        return json.loads(self.vpclab("exec", instance, command, "--json"))

    def management(self, instance, slot=1):
        """Path of the socket on which that CF takes commands."""
        return glob.glob(os.path.join(self.run, "*", instance, f"cf{slot}-mgmt.ipc"))[0]

    def kill(self, instance):
        """SIGKILL all processes of an instance; the monotonic time of it."""
        pids = [card["pid"] for card in instance["cards"] if card["pid"]]
        now = time.monotonic()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return now

    def restart_serving(self, instance):
        """SIGKILL an instance's session functions that serve, and start them anew."""
        serving = [f"sf{card['slot']}" for card in instance["cards"] if card["sessmgr"]]
        for action in ("kill", "start"):
            for card in serving:
                self.vpclab(action, instance["name"], card)

    def events(self, *path, since=0.0, **wanted):
        """Events of one process since a monotonic time, each with "at", monotonic seconds."""
        found = []
        with open(os.path.join(self.run, "bench", *path), encoding="utf-8") as f:
            for line in f:
                event = json.loads(line)
                event["at"] = event["lab_us"] / self.scale / 1e6
                if event["at"] >= since and all(event.get(k) == v for k, v in wanted.items()):
                    found.append(event)
        return found
