"""The frame of a lesson: a stage, words, commands, checks and questions.

A lesson is a file beside this one: a docstring whose first line is its title, and `play(lesson)`,
which reads like a script for a teacher. Whatever it shows is what the lab has just said; what it
claims it checks, and a lesson that did not show what it says fails with a sentence. The lab comes
from tests/integration/lab.py: addresses and a run directory of its own, and in the end nothing is
left of it, also after Ctrl-C.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import textwrap

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "integration"))

import lab  # noqa: E402  (found by the line above)

WIDTH = 78
SECONDS = 30  # real; the longest that anything of a lesson may take
US = 1000000
PROMPT = "$ "


class Missing(Exception):
    """What the lesson says did not come; the text says what."""


class Left(Exception):
    """The person has left."""


class Lesson:
    """One run of a lesson, for a person at a terminal or (`auto`) for nobody."""

    def __init__(self, label, auto, scale=None):
        self.label = label
        self.auto = auto
        self.asked_scale = scale
        self.lab = None
        self.callers = []
        self.stopped = []  # pids that are sent SIGCONT in the end

    # ---- the stage -----------------------------------------------------------------------

    def stage(self, name="pair", *, hello=1, dead=5, scale=1, auto_scale=5, srp=(), change=None,
              hooks=False):
        """A lab of topologies/NAME.json, up and synchronised. `srp`: lines more in the SRP block
        of both chassis; `change(text)`: what else becomes of their configurations; `hooks`: the
        topology admits faults. Without a time scale of the person's, it is `scale` by hand and
        `auto_scale` with --auto."""
        scale = self.asked_scale or (auto_scale if self.auto else scale)
        self.lab = lab.Lab(scale=scale, hello=hello, dead=dead, name=name)
        self.lab.name = f"lesson-{self.label}"
        self.lab.configure_srp(*srp)
        for instance in lab.INSTANCES:
            path = self.lab.config(instance)
            path.write_text(change(path.read_text()) if change else path.read_text())
        topology = json.loads(self.lab.topology.read_text())
        topology.update({"name": self.lab.name}, **({"fault-hooks": True} if hooks else {}))
        self.lab.topology.write_text(json.dumps(topology))
        said = "" if scale == 1 else f" Its time runs {scale} times as fast as yours."
        self.say(f"The stage is a pair of its own, {self.lab.name}, on 127.{self.lab.net}.0.0/16: "
                 f"nothing else that runs here is touched.{said} To type along in another "
                 "terminal, begin there with:")
        self.print(f"export VPCLAB_RUN={self.lab.runs} PATH={lab.BUILD}/lab:$PATH")
        self.do(f"vpclab up {self.lab.topology}")
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.mark()

    def end(self):
        """The stage is cleared; what could not be."""
        for caller in self.callers:
            caller.kill()
        if not self.lab:
            return []
        self.lab.signal(self.stopped, lab.signal.SIGCONT)
        return self.lab.end()

    # ---- words ---------------------------------------------------------------------------

    def print(self, text="", indent="    "):
        for line in text.splitlines() or [""]:
            print(f"{indent}{line}".rstrip(), flush=True)

    def say(self, text):
        """Paragraphs, wrapped; an empty line ends one."""
        print()
        for part in textwrap.dedent(text).strip().split("\n\n"):
            print(textwrap.fill(" ".join(part.split()), WIDTH), flush=True)

    def seen(self, what):
        self.print(textwrap.fill(f"[seen] {what}", WIDTH - 2, subsequent_indent=" " * 7), "  ")

    def read(self, prompt):
        try:
            return input(prompt)
        except EOFError:
            raise Left from None

    # ---- commands ------------------------------------------------------------------------

    def do(self, line, *, pick=None, last=None, status=0, quiet=False):
        """Show a command line, carry it out when the person presses Enter, and show what it says:
        all of it, or the lines that match `pick`, or the `last` so many; of a timeline whole entries,
        which may be of several lines. The text."""
        print()
        if self.auto:
            self.print(PROMPT + line)
        else:
            self.read(f"    {PROMPT}{line}   [Enter] ")
        done = self.run(line)
        text = done.stdout + done.stderr
        if status is not None and done.returncode != status:
            self.print(text)
            raise Missing(f"\"{line}\" ended with exit status {done.returncode}, not {status}")
        if not quiet:
            self.show(text, pick, last, line)
        return done.stdout

    def run(self, line):
        """A command line as the person's shell has it, without a word about it."""
        env = {**self.lab.env, "PATH": f"{lab.BUILD}/lab:{os.environ.get('PATH', '')}"}
        return subprocess.run(["sh", "-c", line], env=env, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=SECONDS + 20, check=False)

    def show(self, text, pick, last, line):
        lines = text.splitlines()
        entries = timeline_entries(lines) if " timeline" in line else [[one] for one in lines]
        entries = [one for one in entries if not pick or re.search(pick, "\n".join(one))]
        if pick and not entries:
            raise Missing(f"\"{line}\" says nothing of {pick}")
        shown = [one for entry in (entries[-last:] if last else entries) for one in entry]
        self.print("\n".join(shown))
        if len(shown) < len(lines):
            self.print(f"({len(shown)} of {len(lines)} lines)")

    def call(self, calls, *options, **places):
        """Calls with traffic in the background, until `hang_up`; they are open on return."""
        caller = lab.Calls(self.lab, calls, *options, **places)
        self.callers.append(caller)
        words = list(map(str, caller.process.args))
        at = words.index("--progress-file")
        words = ["vpclab", *(one for one in words[1:at] + words[at + 2:] if one != "--json")]
        print()
        self.print(f"{PROMPT}{shlex.join(words)} &")
        caller.wait_open(SECONDS)
        self.print(f"({calls} calls are open)")
        return caller

    def hang_up(self, caller):
        """The caller asks every call for an answer once more and deletes all; its figures."""
        result = caller.finish(SECONDS)
        self.callers.remove(caller)
        self.print(f"The caller has ended: {result['opened']} opened, {result['verified']} answered "
                   f"in the end, {result['recreated']} were forgotten by the gateway; longest gap "
                   f"of a call {result['gap_max_ms']:.0f} ms (real)")
        return result

    def wait(self, *conditions):
        """The command a person would use to wait; shown, not asked for."""
        words = " ".join(shlex.quote(one) for one in conditions)
        print()
        self.print(f"{PROMPT}vpclab wait {words}")
        done = self.lab.vpclab("wait", *conditions, "--timeout", SECONDS, expect=None)
        if done.returncode != 0:
            raise Missing(f"within {SECONDS} s: {words} ({done.stderr.strip()})")

    def tell(self, instance, command):
        """What that console command says, as JSON, without showing it."""
        return self.lab.show(instance, command)

    @staticmethod
    def loads(text):
        return json.loads(text)

    def stop(self, instance, card):
        """SIGSTOP by the pid file, as a person would."""
        pid = self.lab.pids()[f"{instance}/{card}"]
        self.stopped.append(pid)
        self.do(f"kill -STOP {pid}")
        return pid

    def configure(self, instance, *lines):
        """Lines of the SRP block, as a person enters them."""
        inner = "\n".join(["configure", "context srp", "service-redundancy-protocol", *lines, "end"])
        self.do(f"vpclab exec {instance} '{inner}'")

    # ---- what happened -------------------------------------------------------------------

    def events(self, kinds, instance=None, **fields):
        """Events of those kinds since the last mark, of that instance, with those fields."""
        text = self.lab.vpclab("events", "--json", "--kind", kinds).stdout
        return [one for one in map(json.loads, text.splitlines())
                if one["lab_us"] > self.since and
                (instance is None or one["process"].partition("/")[0] == instance) and
                all(one.get(key) == value for key, value in fields.items())]

    def mark(self):
        """What happened until now is past."""
        text = self.lab.vpclab("events", "--json").stdout
        last = max((json.loads(one) for one in text.splitlines()), key=lambda one: one["lab_us"])
        self.since, self.since_time = last["lab_us"], last["time"]

    def since_mark(self):
        """What follows --since in a command that tells what happened since the mark."""
        return self.since_time

    def states(self, instance):
        """The states that chassis went through since the mark."""
        return [one["new"] for one in self.events("srp.state", instance)]

    def chassis_states(self):
        return {one["name"]: one["chassis_state"] for one in self.lab.status()["instances"]}

    # ---- checks and questions ------------------------------------------------------------

    def expect(self, what, truth):
        """A sentence that holds; else the lesson has not shown what it says."""
        if not truth:
            raise Missing(what)
        self.seen(what)

    def until(self, what, predicate):
        """... that will hold soon; what `predicate` returned then."""
        try:
            value = lab.wait_for(predicate, SECONDS, what)
        except AssertionError:
            raise Missing(what) from None
        self.seen(what)
        return value

    def ask(self, question, choices, right, because):
        """A question with its choices, of which number `right` (from 1) is the answer. Who has been
        wrong twice is told."""
        self.say(f"QUESTION. {question}")
        for number, choice in enumerate(choices, 1):
            self.print(f"{number}  {choice}")
        numbers = [str(number) for number in range(1, len(choices) + 1)]
        answer, wrong = str(right) if self.auto else "", 0
        while answer != str(right) and wrong < 2:
            answer = self.read("    Your answer: ").strip()
            if answer not in numbers:
                self.print(f"The answer is a number from 1 to {len(choices)}.")
            elif answer != str(right):
                wrong += 1
                self.print("Not that one." + (f" Once more, 1 to {len(choices)}:" * (wrong < 2)))
        self.print(f"Answer {right}." if wrong < 2 else f"The right answer is {right}.")
        self.say(because)


def timeline_entries(lines):
    """A line with its time and those below it without one; each line of the head."""
    entries = []
    for line in lines:
        timed = re.match(r" *-?\d+\.\d{3} ", line)
        if timed or not entries or not re.match(r" *-?\d+\.\d{3} ", entries[-1][0]):
            entries.append([line])
        else:
            entries[-1].append(line)
    return entries


def missing_programs():
    """A sentence that names the fix, or None."""
    if all(path.exists() for path in lab.PROGRAMS.values()):
        return None
    return (f"no build in {lab.BUILD}: run scripts/demo once, or set VPCLAB_BUILD to a build "
            "directory")


def is_terminal():
    return os.isatty(0)
