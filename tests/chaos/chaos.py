#!/usr/bin/env python3
"""One fault after the other in a loaded pair, while `vpclab watch` looks on. See scripts/chaos."""

import argparse
import collections
import contextlib
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

import churn  # noqa: E402
import fates  # noqa: E402
import kinds  # noqa: E402
import lab  # noqa: E402

SCALE, HELLO_S, DEAD_S = 5, 1, 5
RATE = 250  # operations a second
SECONDS = lab.SECONDS  # within which a pair is whole again, whatever there was
OPERATIONS = (20, 120)  # answered before the fault
COUNTED = 4  # calls whose packets are looked at
TCP_LISTEN = "0A"
INTERRUPTED = "interrupted"


class Broken(Exception):
    """Something did not hold."""


@contextlib.contextmanager
def uninterrupted():
    """A command of the lab is let end before Ctrl-C: killed while it starts processes, it would leave
    one that nobody knows of yet."""
    came = []
    before = {number: signal.signal(number, lambda *_: came.append(True))
              for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


class Chaos:
    def __init__(self, options):
        self.options, self.seconds = options, SECONDS
        self.rig = lab.Lab(scale=SCALE, hello=HELLO_S, dead=DEAD_S, name="chaos")
        self.bundle = self.rig.dir / "bundle"
        self.foreign = listening(self.rig.net)  # of whoever had these addresses before
        self.sums = collections.Counter()
        self.counted = {}

    # ---- the lab -----------------------------------------------------------------------------

    def begin(self):
        with uninterrupted():
            self.rig.up()
        sent = self.rig.dir / "sent.json"
        self.churn = churn.Churn(self.rig, self.options.seed, RATE, self.options.calls,
                                 apns=("internet", "ims"), progress=sent)
        self.fates = fates.Fates(self.rig, self.churn, SECONDS)
        self.watch_said = self.rig.dir / "watch.txt"
        self.watch_found = self.rig.dir / "watch.json"
        with self.watch_said.open("w") as said, self.watch_found.open("w") as found:
            self.watch = subprocess.Popen(
                [lab.PROGRAMS["vpclab"], "watch", "--json", "--sent", sent, "--bundle", self.bundle],
                env=self.rig.env, stdin=subprocess.DEVNULL, stdout=found, stderr=said)
        self.churn.fill(SECONDS)
        self.settle()

    @property
    def active(self):
        return self.fates.active

    @property
    def standby(self):
        return self.rig.other(self.fates.active)

    def vpclab(self, *words):
        with uninterrupted():
            return self.rig.vpclab(*words)

    # ---- a cycle -----------------------------------------------------------------------------

    def cycle(self, number):
        began = time.monotonic()
        drawn = random.Random(f"{self.options.seed}/{number}")
        kind = kinds.draw(drawn, self.options.only)
        self.operate(drawn)
        self.churn.suffers = True
        reign = self.reign()
        what, may_lose = kinds.do(kind, self, drawn)
        self.rig.wait("sync", seconds=SECONDS)
        self.fates.active = self.rig.in_state("Active")
        self.churn.hold(SECONDS)
        told = self.judge(may_lose)
        if kind == "switch-over" or self.reign() == reign:
            self.fates.have_counted({call: packets for call, packets in self.counted.items()
                                     if call.fate == churn.LIVE and call.echoed})
        self.churn.suffers = False
        self.settle()
        self.look_at_watch()
        return {"cycle": number, "kind": kind, "what": what, **told,
                "seconds": round(time.monotonic() - began, 2)}

    def operate(self, drawn):
        until = self.churn.answers + drawn.randint(*OPERATIONS)
        self.churn.resume()
        lab.wait_for(lambda: self.churn.answers >= until, SECONDS, "requests are answered")

    def settle(self):
        """What there is now is told; and counted, of some calls."""
        self.fates.settle()
        self.counted = self.fates.counted(self.sample())

    def sample(self):
        live = self.churn.some(churn.LIVE)
        return random.sample(live, min(COUNTED, len(live)))

    def reign(self):
        """Whose it is, since when: an unplanned takeover goes back to the counters that were told
        last, up to five minutes ago (docs/staros.md)."""
        return self.active, self.rig.instance(self.active)["srp_epoch"]

    def judge(self, may_lose):
        """Who lives, who should, who should not; the client gives up what is gone."""
        mine = self.churn.some(churn.LIVE, churn.CHANGING, churn.CLOSING)
        gone = list(self.churn.closed)
        self.churn.ping_all(mine, SECONDS)
        lost = [call for call in mine if not call.echoed]
        self.assert_none_was_told(lost, may_lose)
        returned = self.fates.returned(gone)
        fates.check(not [call for call in returned if call.told],
                    "a call whose end was acknowledged is back",
                    [call.identity() for call in returned if call.told])
        for call in lost:
            self.churn.lose(call)
        for call in returned:
            self.churn.close_again(call)
        self.churn.close_twins()
        self.churn.hold(SECONDS)
        lab.wait_for(lambda: self.rig.instance(self.active)["sessions"] ==
                     len(self.churn.some(churn.LIVE)), SECONDS,
                     lambda: self.fates.differences((churn.CLOSED, churn.LOST)))
        self.fates.answer_updates(self.churn.some(churn.LIVE))
        self.fates.have_one_owner()
        self.fates.counted(self.sample())  # never too much
        return {"active": self.active, "calls": len(mine), "lost": len(lost) + self.refused,
                "back": len(returned)}

    def assert_none_was_told(self, lost, may_lose):
        """Of those that do not answer, and of those that the gateway did not know when they were to
        be changed."""
        refused, self.churn.refused = self.churn.refused, []
        self.refused = len(refused)
        wrong = [call.identity() for call in lost if call.told and not may_lose(call)]
        wrong += [f"{call.identity()}, cause {cause} to request {kind}"
                  for call, kind, cause, told in refused if told and not may_lose(call)]
        fates.check(not wrong, "a call that was acknowledged is lost", wrong)

    def look_at_watch(self):
        """What happened in this cycle has been seen by now, or is with the next cycle."""
        if self.watch.poll() is not None:
            raise Broken(f"vpclab watch ended:\n{self.watch_said.read_text()}")

    # ---- the end -----------------------------------------------------------------------------

    def end_watch(self):
        """What it has judged, how often."""
        self.watch.send_signal(signal.SIGINT)
        status = self.watch.wait(timeout=SECONDS)
        if status != 0:
            raise Broken(f"vpclab watch: exit status {status}:\n{self.watch_said.read_text()}")
        once = self.rig.vpclab("watch", "--once", "--bundle", self.bundle, expect=None)
        if once.returncode != 0:
            raise Broken(f"the whole story: {once.stderr}")
        return json.loads(self.watch_found.read_text())

    def end(self):
        """Ends all; what is left of it, as complaints."""
        if hasattr(self, "churn"):
            self.churn.end()
        if hasattr(self, "watch") and self.watch.poll() is None:
            self.watch.kill()
            self.watch.wait()
        with self.rig.hold_net():  # nobody else takes its addresses meanwhile
            complaints = self.rig.end()
            ports = listening(self.rig.net) - self.foreign
        return complaints + ([f"ports in use: {sorted(ports)}"] if ports else [])

    def keep(self, name):
        """The lab's files, with what watch left, in a directory here."""
        place = pathlib.Path(name).resolve()
        shutil.copytree(self.rig.dir, place, dirs_exist_ok=True, symlinks=True,
                        ignore=lambda where, names: [one for one in names if is_secret(where, one)])
        return place


def is_secret(where, name):
    path = pathlib.Path(where) / name
    return "secret" in name or name == "chassis.key" or not (path.is_file() or path.is_dir()) or path.is_symlink()


def listening(net):
    """Sockets that are bound in 127.NET.0.0/16."""
    mark, holder = f"{net:02X}7F:", f":{lab.HOLDER_PORT:04X}"
    found = set()
    for table, states in (("tcp", {TCP_LISTEN}), ("udp", {"07"})):
        for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if mark in words[1] and words[3] in states and not words[1].endswith(holder):
                found.add(f"{table} {words[1]}")
    return found


# ---- the command --------------------------------------------------------------------------------


def read_options(words):
    parser = argparse.ArgumentParser(prog="scripts/chaos", allow_abbrev=False)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--calls", type=int, default=150)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(words)
    options.only = options.only.split(",") if options.only else list(kinds.KINDS)
    unknown = [name for name in options.only if name not in {**kinds.KINDS, **kinds.PLANTS}]
    if unknown:
        parser.error(f"--only {unknown[0]}: the kinds are {', '.join(kinds.KINDS)}")
    if options.cycles < 1 or options.first < 1 or options.calls < 10:
        parser.error("--cycles and --first are at least 1, --calls at least 10")
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 32)
    return options


def repeat(options, number):
    words = ["scripts/chaos", "--seed", options.seed, "--first", number, "--cycles", 1, "--calls",
             options.calls]
    if options.only != list(kinds.KINDS):
        words += ["--only", ",".join(options.only)]
    return " ".join(map(str, words))


def say(options, told, text):
    print(json.dumps(told) if options.json else text, flush=True)


def say_cycle(options, told):
    say(options, told, f"{told['cycle']:4}  {told['kind']:21} {told['seconds']:5.1f} s  "
        f"{told['calls']} calls, {told['lost']} young ones lost, {told['back']} back; "
        f"{told['what']}; Active: {told['active']}")


def run(chaos, options):
    """All cycles; what failed, or None, and in which cycle."""
    number, ends = options.first, time.monotonic() + 60 * (options.minutes or 1e6)
    try:
        print(f"chaos: seed {options.seed}", file=sys.stderr, flush=True)
        chaos.begin()
        for number in range(options.first, options.first + options.cycles):
            told = chaos.cycle(number)
            chaos.sums.update({"cycles": 1, "lost": told["lost"], "back": told["back"]})
            say_cycle(options, told)
            if time.monotonic() > ends:
                break
        chaos.found = chaos.end_watch()
    except (AssertionError, Broken, subprocess.SubprocessError) as failure:
        return str(failure) or repr(failure), number
    except KeyboardInterrupt:
        return INTERRUPTED, number
    except Exception:  # a mistake of this program's, too, keeps what led to it
        return traceback.format_exc(), number
    return None, number


def main(words):
    options = read_options(words)
    if options.list:
        print("\n".join(kinds.KINDS))
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: clean up
    began, place, chaos = time.monotonic(), None, Chaos(options)
    failure, number = run(chaos, options)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # clearing is not left half done
    try:
        if (failure and failure != INTERRUPTED) or options.keep:
            place = chaos.keep(f"chaos-{options.seed}-{number}")
    finally:
        complaints = chaos.end()
    if failure == INTERRUPTED and not complaints:
        print(f"chaos: {INTERRUPTED} in cycle {number}; nothing of the lab is left", file=sys.stderr)
        return 130
    for complaint in [failure, *complaints]:
        if complaint:
            print(f"chaos: cycle {number}: {complaint}", file=sys.stderr)
    told = {"seed": options.seed, **chaos.sums, "failed": bool(failure or complaints),
            "seconds": round(time.monotonic() - began, 1), "kept": str(place) if place else None}
    if failure or complaints:
        told["repeat"] = repeat(options, number)
        print(f"chaos: repeat it: {told['repeat']}", file=sys.stderr)
    elif options.json:
        told["judged"] = chaos.found["judged"]
    if place:
        print(f"chaos: logs are kept in {place}", file=sys.stderr)
    say(options, told, f"{chaos.sums['cycles']} cycles, {1 if failure else 0} violations, "
        f"{len(complaints)} leftovers, {told['seconds']} s")
    return 1 if failure or complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
