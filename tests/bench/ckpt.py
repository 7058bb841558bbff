"""The way of checkpoints by itself: two real CFs, and a driver at each end.

The drivers (ckpt_drive.c) take the places of the session functions; between them are the
checkpoint bus, the relay of each CF and the SRP session connection, as in any lab.
"""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from lab import Failed, poll

SLOT_CF, SLOT_SF = 1, 4
CARDS = (1, 3, SLOT_SF)
DEADLINE_S = 120
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads of a process so far."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Driver:
    """A ckpt_drive and what it says."""

    def __init__(self, words, env, log):
        self.process = subprocess.Popen(
            words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        self.rest = b""

    def tell(self, word):
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, event, seconds=DEADLINE_S):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Failed(f"the driver did not say \"{event}\" within {seconds} s")
            more = os.read(self.process.stdout.fileno(), 4096)
            if not more:
                raise Failed(f"the driver ended with status {self.process.wait()}")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        said = json.loads(line)
        if said["event"] != event:
            raise Failed(f"the driver said {said}, not \"{event}\"")
        return said

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Way:
    """Two chassis without anything but a CF and a driver each. Use as a context."""

    def __init__(self, bench, kind, mode, items, algo="lz4", curve=True):
        self.bench = bench
        self.dir = tempfile.mkdtemp(prefix="vpcb-", dir="/tmp")
        self.env = dict(os.environ, VPCLAB_RUN=os.path.join(self.dir, "run"))
        self.words = [kind, mode, algo, str(items)]
        self.items = items
        self.file = os.path.join(self.dir, "bench.json")
        self.log = open(os.path.join(self.dir, "log"), "w", encoding="utf-8")
        self.cfs, self.drivers = [], []
        self._write(curve)

    def _write(self, curve):
        source = os.path.join(self.bench.root, "topologies")
        with open(os.path.join(source, "pair.json"), encoding="utf-8") as f:
            topology = json.load(f)
        topology["name"] = "bench"
        if not curve:
            topology["srp-session"] = "plain"
        for instance in topology["instances"].values():
            instance["cards"] = [c for c in instance["cards"] if c["slot"] in CARDS]
            shutil.copy(os.path.join(source, instance["config"]), self.dir)
        with open(self.file, "w", encoding="utf-8") as f:
            json.dump(topology, f)
        self.instances = list(topology["instances"])

    def _command(self, program, instance, slot, *words):
        path = os.path.join(self.bench.build, program)
        return self.bench.net.command(
            [path, *words, "-t", self.file, "-i", instance, "-s", str(slot)]
        )

    def _driver(self, role, instance):
        words = self._command("tests/bench/ckpt_drive", instance, SLOT_SF, role, *self.words)
        self.drivers.append(Driver(words, self.env, self.log))
        return self.drivers[-1]

    def __enter__(self):
        for instance in self.instances:
            words = self._command("cf/vpc-cf", instance, SLOT_CF)
            self.cfs.append(subprocess.Popen(words, env=self.env, stdout=self.log, stderr=self.log))
        poll(self._connected, 20, "the SRP session connection is not up")
        self.sender = self._driver("send", self.instances[0])
        self.receiver = self._driver("receive", self.instances[1])
        self.receiver.hear("ready")
        return self

    def __exit__(self, kind, *_):
        for driver in self.drivers:
            driver.close()
        for process in self.cfs:
            process.kill()
            process.wait()
        self.log.close()
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)
        else:
            self.bench.say(f"logs of the failed run: {self.dir}")

    def _connected(self):
        for process in self.cfs:
            if process.poll() is not None:
                raise Failed(f"vpc-cf ended with status {process.returncode}")
        for instance in self.instances:
            path = os.path.join(self.env["VPCLAB_RUN"], "bench", instance, "cf1.jsonl")
            if not os.path.exists(path):
                return False
            with open(path, encoding="utf-8") as f:
                if not any('"srp.session"' in line and '"new":"Connected"' in line for line in f):
                    return False
        return True

    def cpu(self):
        """Of all processes of both chassis."""
        pids = [process.pid for process in self.cfs]
        pids += [driver.process.pid for driver in self.drivers]
        return [cpu_seconds(pid) for pid in pids]

    def check(self):
        """Both ends have the same, all of it."""
        sums = []
        for driver in (self.sender, self.receiver):
            driver.tell("sum")
            said = driver.hear("sum")
            if said["items"] != self.items:
                raise Failed(f"{said['items']} of {self.items} sessions arrived")
            sums.append(said["sum"])
        if sums[0] != sums[1]:
            raise Failed("the sessions that arrived are not those that were sent")


def measured(way, said, from_us, before):
    seconds = (said["at"] - from_us) / 1e6
    cpu = [after - b for after, b in zip(way.cpu(), before)]
    way.check()
    return {
        "seconds": seconds,
        "rate": way.items / seconds,
        "cpu": sum(cpu) / way.items * 1e6,
        "cpus": cpu,
        "packed": said["packed"] / said["raw"],
        "octets": said["raw"] / way.items,
        "moving": (said["at"] - said["first"]) / 1e6,
    }


def replicate(bench, kind, items, **options):
    """Sessions that come as fast as they can be checkpointed, until all are acknowledged."""
    with Way(bench, kind, "replication", items, **options) as way:
        way.receiver.tell("go")
        way.receiver.hear("go")
        way.sender.hear("ready")
        before = way.cpu()
        way.sender.tell("go")
        began = way.sender.hear("go")
        return measured(way, way.sender.hear("done"), began["at"], before)


def resync(bench, kind, items, **options):
    """An empty standby appears beside a full one, until it is synchronised."""
    with Way(bench, kind, "resync", items, **options) as way:
        before = way.cpu()
        way.receiver.tell("go")
        began = way.receiver.hear("go")
        return measured(way, way.sender.hear("done"), began["at"], before)
