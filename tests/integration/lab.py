"""A lab of its own for each test: topology, addresses, run directory, processes, end.

Each lab gets a copy of a file of topologies/ and its configurations with addresses in a
127.N.0.0/16 that no other test uses, so that tests run side by side, and ends with a check
that nothing of it is left and that no sanitizer found anything. Waiting is done by
`wait_for` alone: it asks again until a deadline.
"""

import atexit
import contextlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import lateness
import tap

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("VPCLAB_BUILD", SOURCE / "build")).resolve()
PROGRAMS = {kind: BUILD / path for kind, path in {
    "vpclab": "lab/vpclab", "world": "lab/vpc-world", "cf": "cf/vpc-cf", "sf": "sf/vpc-sf",
    "demux": "demux/vpc-demux", "host": "lab/vpc-host"}.items()}
TROUBLE = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error|Assertion")
INSTANCES = ("east", "west")
SRP_PORT = 5090
HOLDER_PORT = 9999  # of 127.N.255.254: whoever has it has 127.N.0.0/16

PAUSE_S, PAUSE_MOST_S = 0.015, 0.25
SECONDS = 60  # for anything that is waited for: far more than it takes, since machines stall
LOG_LINES = 8


def pause(seconds=PAUSE_S):
    select.select([], [], [], seconds)


def wait_for(predicate, seconds, what):
    """What `predicate` returns once that is true; fails with `what`, a text or what makes one
    then, after `seconds`. Between two questions it leaves the processor to those who are asked
    for as long as the first one took: most are a process of their own."""
    deadline = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        value = predicate()
        now = time.monotonic()
        if value:
            return value
        if now >= deadline:
            raise AssertionError(f"within {seconds} s: {what() if callable(what) else what}")
        pause(min(max(PAUSE_S, now - began), PAUSE_MOST_S))


def is_alive(pid):
    """A zombie is dead: it only waits to be counted by its parent. Unless other threads of it are
    still on their way out: until then it holds its files and locks."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX" or threads > 1


def is_running(pid):
    """Alive, and not stopped."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZXTt"


def keeps_silent(instance):
    """The active control function has not answered, and one that runs has not said what it is."""
    return not instance["chassis_state"] and any(
        card["type"] == "cf" and card["pid"] and not card["state"] and is_running(card["pid"])
        for card in instance["cards"])


def reserve_net():
    """The N of a free 127.N.0.0/16: whoever holds its HOLDER_PORT has it, unless a lab is left there.
    Returns N and the socket."""
    for n in range(64, 250):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            holder.bind((f"127.{n}.255.254", HOLDER_PORT))
            with socket.create_server((f"127.{n}.0.11", SRP_PORT)):
                return n, holder
        except OSError:
            holder.close()
    raise AssertionError("no free 127.N.0.0/16 for this test")


class Lab:
    """One lab of topologies/NAME.json. `scale`, `hello` and `dead` (lab seconds) go into its
    files; its processes are started behind `prefix`, such as to enter a namespace."""

    prefix = ()

    def __init__(self, scale=2, hello=1, dead=5, name="pair"):
        self.name = name
        self.scale = scale
        self.net, self._net_holder = reserve_net()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="vl", dir="/tmp"))
        self.runs = self.dir / "r"
        self.runs.mkdir(mode=0o700)
        self.reports = self.dir / "sanitizer"
        self.reports.mkdir()
        self.env = {**os.environ, "VPCLAB_RUN": str(self.runs)}
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            options = [os.environ.get(variable, "print_stacktrace=1"),
                       f"log_path={self.reports}/report", "log_exe_name=1"]
            self.env[variable] = ":".join(options)
        self.children = []
        atexit.register(self.destroy)  # if the test is interrupted
        self.topology = self.write_files(hello, dead)

    # ---- files -----------------------------------------------------------------------

    def write_files(self, hello, dead):
        text = (SOURCE / "topologies" / f"{self.name}.json").read_text()
        topology = json.loads(self.move(text))
        for instance in INSTANCES:
            there = topology["instances"][instance]
            text = self.move((SOURCE / "topologies" / there["config"]).read_text())
            text = re.sub(r"(hello-interval) \d+", rf"\1 {hello}", text)
            text = re.sub(r"(dead-interval) \d+", rf"\1 {dead}", text)
            self.config(instance).write_text(text)
            there["config"] = self.config(instance).name
        topology["time-scale"] = self.scale
        path = self.dir / f"{self.name}.json"
        path.write_text(json.dumps(topology))
        return path

    def move(self, text):
        """With the addresses of this lab."""
        return re.sub(r"\b127\.0\.", f"127.{self.net}.", text)

    def config(self, instance):
        return self.dir / f"{instance}.cfg"

    def edit(self, path, old, new):
        text = path.read_text()
        assert old in text, f"{path} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    def configure_srp(self, *lines):
        """Put lines into the service-redundancy-protocol block of both chassis."""
        mark = "    service-redundancy-protocol\n"
        text = "".join(f"      {one}\n" for one in lines)
        for instance in INSTANCES:
            self.edit(self.config(instance), mark, mark + text)

    @property
    def rundir(self):
        return self.runs / self.name

    def address(self, tail):
        """127.N.TAIL, such as address("1.1") for what 127.0.1.1 is in the demo."""
        return f"127.{self.net}.{tail}"

    @property
    def service(self):
        return self.address("1.1")

    # ---- the command -------------------------------------------------------------------

    def vpclab(self, *words, expect=0, timeout=60, input=""):
        """Run a vpclab command; `expect` is its exit status (None: any)."""
        done = subprocess.run([*self.prefix, PROGRAMS["vpclab"], *map(str, words)], env=self.env,
                              text=True, capture_output=True, timeout=timeout, input=input)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"vpclab {' '.join(map(str, words))}: exit status "
                                 f"{done.returncode}, expected {expect}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def up(self, expect=0):
        return self.vpclab("up", self.topology, "--timeout", SECONDS, expect=expect,
                           timeout=2 * SECONDS)

    def wait(self, *conditions, seconds=SECONDS):
        self.vpclab("wait", *conditions, "--timeout", seconds, timeout=seconds + 20)

    def show(self, instance, command):
        return json.loads(self.vpclab("exec", instance, command, "--json").stdout)

    def status(self):
        """What `vpclab status` says once each instance has answered that can."""
        def answered():
            shown = json.loads(self.vpclab("status", "--json").stdout)
            host = shown["host"]
            silent = [one["name"] for one in shown["instances"] if keeps_silent(one)]
            if host["pid"] and not host["answers"] and is_running(host["pid"]):
                silent.append("host")
            return None if silent else shown
        return wait_for(answered, SECONDS, "each instance whose control functions run answers")

    def instance(self, name):
        return next(one for one in self.status()["instances"] if one["name"] == name)

    def card(self, instance, slot):
        return next(one for one in self.instance(instance)["cards"] if one["slot"] == slot)

    def in_state(self, state):
        """The name of the one instance whose chassis is in that state."""
        def names():
            return [one["name"] for one in self.status()["instances"]
                    if one["chassis_state"] == state]
        return wait_for(lambda: len(now := names()) == 1 and now, SECONDS,
                        lambda: f"one chassis is {state}: {names()}")[0]

    @staticmethod
    def other(instance):
        return next(name for name in INSTANCES if name != instance)

    def routes(self):
        return json.loads(self.vpclab("routes", "--json").stdout)["routes"]

    # ---- planned switchovers --------------------------------------------------------------

    def initiate(self, instance, *words):
        """Ask that chassis for a switchover; what came of it, whatever that is."""
        return self.vpclab("exec", instance, " ".join(["srp initiate-switchover", *words,
                                                       "-noconfirm"]), expect=None)

    def wait_switched(self, active, seconds=SECONDS):
        """Until that chassis is Active, the other a synchronised Standby, and all is over."""
        self.wait(f"{active}.chassis=active", f"{self.other(active)}.chassis=standby", "sync",
                  seconds=seconds)
        wait_for(lambda: self.show(active, "show srp info")["phase"] == "-", seconds,
                 f"{active} ends the processing after the switchover")

    def switch_over(self, *words):
        """A planned switchover from begin to end; the new Active and the new Standby."""
        leaver = self.in_state("Active")
        asked = self.initiate(leaver, *words)
        assert asked.returncode == 0, asked.stderr
        self.wait_switched(self.other(leaver))
        return self.other(leaver), leaver

    # ---- processes ----------------------------------------------------------------------

    def start(self, kind, instance=None, slot=None, topology=None):
        """Start one program by hand, as our own child, whose output goes to a file; it runs
        or has ended when this returns."""
        words = [*self.prefix, PROGRAMS[kind], "-t", topology or self.topology]
        if instance:
            words += ["-i", instance, "-s", str(slot)]
        out = self.dir / f"{instance or 'world'}-{kind}{slot or ''}-{len(self.children)}.log"
        with out.open("w") as log:
            child = subprocess.Popen(words, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                     stderr=subprocess.STDOUT)
        child.log = out
        child.what = f"{instance or 'world'}/{kind}{slot or ''}"
        self.children.append(child)
        wait_for(lambda: "process.start" in out.read_text() or child.poll() is not None, SECONDS,
                 f"{child.what} starts")
        return child

    def processes(self):
        """Pids of all living processes that were started for this lab, by whomever: the run
        directory's name, which is nobody else's, is in their environment."""
        mark = f"VPCLAB_RUN={self.runs}".encode()
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return [pid for pid in found if is_alive(pid)]

    def pids(self):
        """Pid of each running card by name ("east/cf1", "world")."""
        status = self.status()
        pids = {f"{one['name']}/{card['name']}": card["pid"]
                for one in status["instances"] for card in one["cards"]}
        pids["world"] = status["world"]["pid"]
        return {name: pid for name, pid in pids.items() if pid}

    def signal(self, pids, number):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill_all(self):
        """SIGKILL everything of this lab, also what the first ones to go had just started, and wait
        until it is gone: one that dies has no environment any more, but holds its files still."""
        killed = set()

        def gone():
            killed.update(pids := self.processes())
            self.signal(pids, signal.SIGKILL)
            return not any(map(is_alive, killed)) and not self.processes()

        gone()
        for child in self.children:
            child.wait()
        wait_for(gone, SECONDS, "all processes are gone")

    # ---- logs ---------------------------------------------------------------------------

    def logs(self):
        return sorted([*self.rundir.glob("**/*.log"), *self.dir.glob("*.log")])

    def events(self, instance, card, kind=None):
        text = (self.rundir / instance / f"{card}.jsonl").read_text()
        whole = text[:text.rfind("\n") + 1]  # the last line may be on its way
        events = [json.loads(line) for line in whole.splitlines()]
        return [one for one in events if kind in (None, one["kind"])]

    def tails(self):
        parts = []
        for log in self.logs():
            lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            parts += [f"---- {log.relative_to(self.dir)}", *lines]
        return "\n".join(parts)

    def trouble(self):
        """What sanitizers and assertions had to say, with its place."""
        found = []
        for path in [*self.logs(), *self.reports.iterdir()]:
            lines = path.read_text(errors="replace").splitlines()
            first = next((i for i, line in enumerate(lines) if TROUBLE.search(line)), None)
            if first is not None:
                found += [f"---- {path}", *lines[first:first + 40]]
        return "\n".join(found)

    # ---- end ----------------------------------------------------------------------------

    def end(self):
        """End the lab and check that nothing is left; a list of complaints."""
        complaints = []
        try:
            if (self.rundir / "topology").exists():
                down = self.vpclab("down", self.name, "--keep-logs", expect=None)
                if down.returncode != 0 or "SIGKILL" in down.stderr:
                    complaints.append(f"vpclab down: {down.stdout}{down.stderr}")
            for child in self.children:
                if child.poll() is None:
                    child.terminate()
                    child.wait(timeout=SECONDS)
            left = self.processes()
            if left:
                complaints.append(f"processes left: {left}")
            files = [path for path in self.runs.glob("**/*")
                     if path.is_file() and path.suffix not in (".log", ".jsonl")
                     or path.is_socket()]
            if files and not self.children:
                complaints.append(f"files left: {files}")
            if self.trouble():
                complaints.append(self.trouble())
        finally:
            self.destroy()
        return complaints

    def hold_net(self):
        """The addresses stay this lab's, also beyond its end, until this is closed."""
        return self._net_holder.dup()

    def destroy(self):
        """Nothing of this lab survives, however it stands with it."""
        atexit.unregister(self.destroy)
        self.kill_all()
        self._net_holder.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Calls:
    """`vpclab call` in the background: traffic until `finish`."""

    def __init__(self, lab, calls, *options, tail="2.1", imsi=1):
        self.lab = lab
        self.calls = calls
        self.progress_file = lab.dir / f"calls-{tail}-{imsi}.json"
        self.out = lab.dir / f"calls-{tail}-{imsi}.out"
        self.progress_file.unlink(missing_ok=True)  # of a case before
        words = [*lab.prefix, PROGRAMS["vpclab"], "call", "--calls", calls, "--local",
                 lab.address(tail), "--imsi", f"0010100{imsi:08}", "--until-signal", "--json",
                 "--progress-file", self.progress_file, *options]
        with self.out.open("w") as out, self.out.with_suffix(".log").open("w") as log:
            self.process = subprocess.Popen(list(map(str, words)), env=lab.env, stdout=out,
                                            stderr=log, stdin=subprocess.DEVNULL)
        self.began = time.monotonic()

    def late_ms(self):
        """By how much answers may have come late for want of a processor alone."""
        return 1000 * lateness.since(self.began)

    def progress(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self.progress_file.read_text())
        return {}

    def wait_open(self, seconds=SECONDS):
        wait_for(lambda: self.progress().get("opened") == self.calls or
                 self.process.poll() is not None, seconds, f"all {self.calls} calls are open")
        assert self.process.poll() is None, self.out.with_suffix(".log").read_text()

    def wait_answering(self, number, seconds=SECONDS):
        wait_for(lambda: self.progress().get("answering") == number, seconds,
                 f"{number} calls answer (now: {self.progress()})")

    def finish(self, seconds=SECONDS):
        """End the traffic, verify, delete; the result."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=seconds)
        return json.loads(self.out.read_text())

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        self.wait_open()
        return self

    def __exit__(self, *_):
        self.kill()


class Case(unittest.TestCase):
    """Cases that share a lab. Before each one it is up and synchronised, whatever the one
    before has done to it; after the last one nothing of it may be left."""

    lab_options = {}
    starts_up = True

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(**cls.lab_options)

    def setUp(self):
        if not self.starts_up:
            return
        try:
            self.lab.up()
        except AssertionError:
            self.lab.kill_all()  # the next case starts from nothing
            raise

    @classmethod
    def tearDownClass(cls):
        complaints = cls.lab.end()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def diagnose(self):
        return "\n".join([self.lab.trouble(), self.lab.tails()])

    def call(self, calls, *options, **places):
        """Calls that are ended at the latest with the case."""
        made = Calls(self.lab, calls, *options, **places)
        self.addCleanup(made.kill)
        return made

    def wait_synced(self, seconds=SECONDS):
        self.lab.wait("sync", seconds=seconds)

    def assert_good(self, result, calls):
        """All calls answered in the end, none was made anew, and all could be deleted."""
        for key, expected in (("opened", calls), ("verified", calls), ("recreated", 0),
                              ("deleted", calls), ("error_indications", 0), ("restarts", 0),
                              ("packets_misdelivered", 0), ("changed_teids", 0)):
            self.assertEqual(result[key], expected, f"{key} in {result}")


def main(*cases):
    missing = [str(path) for path in PROGRAMS.values() if not path.exists()]
    if missing:
        print(f"Bail out! VPCLAB_BUILD={BUILD} has not {', '.join(missing)}")
        raise SystemExit(1)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: clean up
    tap.main(*cases, environment=[("VPCLAB_BUILD", str(BUILD))])
