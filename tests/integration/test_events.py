"""The event logs of a lab as one story: their schema, the merge, waiting for one, the timeline."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile

import lab

SECONDS = lab.SECONDS
FIELDS = ["time", "lab_us", "process", "thread", "seq", "kind", "old", "new", "cause", "epoch"]
ALWAYS = {"time", "lab_us", "process", "seq", "kind", "epoch"}
PAGE = lab.SOURCE / "docs" / "events.md"
KIND = r'"([a-z]+\.[a-z-]+)"'


def sources():
    return [path for top in ("cf", "sf", "demux", "lab", "common")
            for path in (lab.SOURCE / top).glob("**/*.c") if path.name != "log.c"]


def emitted():
    """First arguments of log_event in the sources; where one is a variable, the texts of that
    form in the same file."""
    kinds = set()
    for path in sources():
        text = path.read_text()
        calls = re.findall(r"\blog_event(?:_often)?\(\s*([^,]+),", text)
        for first in calls:
            literal = re.fullmatch(KIND, first)
            kinds |= {literal[1]} if literal else set(re.findall(KIND, text))
    return kinds


def described():
    table = PAGE.read_text().partition("## Kinds")[2].partition("###")[0]
    return set(re.findall(r"^\| `([a-z]+\.[a-z-]+)`", table, re.M))


def explained():
    headings = re.findall(r"^### (.*)$", PAGE.read_text(), re.M)
    return {kind for heading in headings for kind in heading.split(", ")}


def known():
    """Those that vpclab knows."""
    return set(re.findall(rf"X\({KIND}", (lab.SOURCE / "lab" / "events" / "events.h").read_text()))


class Base(lab.Case):
    def json_events(self, *words):
        return [json.loads(line)
                for line in self.lab.vpclab("events", "--json", *words).stdout.splitlines()]

    def background(self, *words):
        """A command whose output grows in a file, ended at the latest with the case."""
        out = self.lab.dir / f"background-{len(self.lab.children)}-{words[0]}.out"
        with out.open("w") as file:
            process = subprocess.Popen([lab.PROGRAMS["vpclab"], *words], env=self.lab.env,
                                       stdout=file, stderr=subprocess.STDOUT)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process, out

    def wait_line(self, out, pattern):
        lab.wait_for(lambda: re.search(pattern, out.read_text(), re.M), SECONDS,
                     lambda: f"{pattern} in {out.read_text()[-2000:]}")

    def in_order(self, text, patterns):
        at = 0
        for pattern in patterns:
            found = re.compile(pattern, re.M).search(text, at)
            self.assertTrue(found, f"{pattern} is not in\n{text[at:]}")
            at = found.end()


class Schema(Base):
    starts_up = False

    def test_every_kind_that_is_written_is_described_and_the_other_way_round(self):
        self.assertGreater(len(emitted()), 30)
        self.assertEqual(emitted(), described())
        self.assertEqual(emitted(), known())

    def test_every_kind_has_a_section(self):
        self.assertEqual(described() - explained(), {"boot.image", "card.halted", "cf.reload",
                                                     "srp.nack", "srp.checkpoint-fault"})

    def test_every_line_of_a_lab_has_the_fields_in_their_order(self):
        self.lab.up()
        self.lab.vpclab("events", "--hellos", "on")
        lab.wait_for(lambda: self.json_events("--kind", "srp.hello"), SECONDS, "hellos are told")
        self.lab.vpclab("down", "--keep-logs")
        lines = [line for path in self.lab.rundir.glob("**/*.jsonl")
                 for line in path.read_text().splitlines()]
        self.assertGreater(len(lines), 50)
        for line in lines:
            event = json.loads(line)
            self.assertEqual(list(event), [field for field in FIELDS if field in event], line)
            self.assertLessEqual(ALWAYS, set(event), line)
            self.assertIn(event["kind"], described())
            self.assertTrue(all(isinstance(event[field], str)
                                for field in FIELDS if field in event and
                                field not in ("lab_us", "seq", "epoch")), line)


class Takeover(Base):
    """One failure of the Active chassis; the cases look at it from all sides."""

    lab_options = {"scale": 2, "dead": 5}

    def fail_over(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("kill", active)
        return active, self.lab.other(active)

    def test_a_takeover_is_told_in_order_and_with_each_process_order(self):
        lost, taker = self.fail_over()
        self.lab.wait(f"{taker}.chassis=active", seconds=SECONDS)
        events = self.json_events()
        text = "\n".join(f"{one['process']} {one['kind']} {one.get('new')}" for one in events)
        self.in_order(text, [f"^{taker}/cf1 srp.silence .* of 5.0 s",
                             f"^{taker}/cf1 srp.state Pending-Active",
                             f"^world route.best {taker}",
                             f"^{taker}/demux3 routes.converged here",
                             f"^{taker}/cf1 srp.state Active"])
        for path in self.lab.rundir.glob("**/*.jsonl"):
            lines = path.read_text().splitlines()
            name = json.loads(lines[0])["process"]
            seqs = [(one["lab_us"], one["seq"]) for one in events if one["process"] == name]
            whole = [(one["lab_us"], one["seq"]) for one in map(json.loads, lines)]
            self.assertEqual(seqs, whole[:len(seqs)], name)

    def test_filters_leave_only_what_was_asked_for(self):
        states = self.json_events("--kind", "srp.state,cf.state")
        self.assertEqual({one["kind"] for one in states}, {"srp.state", "cf.state"})
        east = self.json_events("--instance", "east", "--kind", "srp")
        self.assertEqual({one["process"].partition("/")[0] for one in east}, {"east"})
        self.assertEqual({one["kind"].partition(".")[0] for one in east}, {"srp"})
        world = self.json_events("--instance", "world")
        self.assertEqual({one["process"] for one in world}, {"world"})
        middle = states[len(states) // 2]["time"]
        later = self.json_events("--kind", "srp.state,cf.state", "--since", middle)
        self.assertEqual(later, [one for one in states if one["time"] >= middle])
        self.assertEqual(self.json_events("--since", 0), [])
        self.assertGreaterEqual(len(self.json_events("--since", 3600)), len(states))

    def test_text_is_in_columns(self):
        text = self.lab.vpclab("events", "--kind", "srp.state").stdout
        self.assertRegex(text, r"\A\d{4}-\d\d-\d\d, UTC\n")
        self.assertRegex(text, r"(?m)^\d\d:\d\d:\d\d\.\d{3}  (east|west)/cf\d     srp\.state {12}"
                               r"Init -> (Active|Standby) \(\w+\)")

    def test_follow_goes_on_until_it_is_interrupted(self):
        process, out = self.background("events", "--follow", "--kind", "srp.state", "--since", "0")
        lost, taker = self.fail_over()
        self.wait_line(out, f"{taker}/cf1 .*Pending-Active -> Active")
        self.lab.vpclab("start", lost)
        self.wait_line(out, f"{lost}/cf1 .*Init -> Standby")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=SECONDS), 0)

    def test_wait_takes_an_event_from_now_on(self):
        taker = self.lab.in_state("Standby")
        process, out = self.background("wait", f"{taker}.event:srp.state=Active",
                                       "event:srp.peer=dead", "--timeout", str(SECONDS))
        lab.wait_for(lambda: self.holds_logs(process.pid), SECONDS, "it reads the logs")
        self.fail_over()
        self.assertEqual(process.wait(timeout=SECONDS), 0, out.read_text())

    def holds_logs(self, pid):
        with contextlib.suppress(OSError):
            return sum(os.readlink(link).endswith(".jsonl")
                       for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()) >= 10
        return False

    def test_wait_counts_earlier_events_only_when_asked_to(self):
        late = self.lab.vpclab("wait", "event:process.start", "--timeout", "0.2", expect=1)
        self.assertIn("event:process.start does not hold: no such event", late.stderr)
        self.lab.vpclab("wait", "event:process.start", "sync", "--since", "3600")
        self.assertIn("is no condition",
                      self.lab.vpclab("wait", "event:srp.sate", expect=2).stderr)
        self.assertIn("--since x: expected seconds before now, or a time",
                      self.lab.vpclab("wait", "event:srp.state", "--since", "x", expect=2).stderr)

    def test_the_timeline_of_a_takeover_shows_hellos_silence_and_states(self):
        self.lab.vpclab("events", "--hellos", "on")
        process, out = self.background("timeline", "--follow", "--since", "0")
        self.wait_line(out, r"\|-+ \d+ echo \d+ -*>\|$")
        self.wait_line(out, r"\|<-* \d+ echo \d+ -+\|$")
        lost, taker = self.fail_over()
        self.wait_line(out, r"Pending-Active -> Active")
        self.lab.vpclab("start", lost)
        self.lab.wait("sync", seconds=SECONDS)
        expected = [r" echo ", *2 * [r"silent [2-4]\.\d of 5\.0 s"],
                    r"Standby -> Pending-Active",
                    r"epoch \d+, deadTimerExpiry", r"phase (recover|announce)", r"peer dead", r"routes",
                    r"Pending-Active -> Active", r"cf1 starts", r"Init -> Standby", r"peer Standby"]
        self.wait_line(out, "Init -> Standby")
        self.wait_line(out, "peer Standby")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=SECONDS), 0)
        recorded = self.lab.vpclab("timeline").stdout
        for text in (out.read_text(), recorded):
            self.in_order(text, expected)
            self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
            self.assertTrue(text.isascii())
        column = recorded.splitlines()[0].index("|")
        side = [line for line in recorded.splitlines() if "Standby -> Pending-Active" in line][-1]
        self.assertEqual(side.index("Standby") > column, taker == "west", side)

    def test_a_planned_switchover_shows_request_and_answer(self):
        self.lab.vpclab("events", "--hellos", "on")
        self.lab.switch_over()
        self.in_order(self.lab.vpclab("timeline").stdout,
                      [r"phase critical-flush", r"\| +request \d+ +\|", r"\|answer \d+: Ready",
                       r"phase audit", r"Pending-Active -> Active"])

    def test_hellos_are_written_only_while_asked_for(self):
        self.lab.vpclab("events", "--hellos", "on")
        lab.wait_for(lambda: self.json_events("--kind", "srp.hello", "--since", "10"), SECONDS,
                     "hellos are told")
        self.lab.vpclab("events", "--hellos", "off")
        self.lab.vpclab("events", "--hellos", "off")
        lab.wait_for(lambda: not self.json_events("--kind", "srp.hello", "--since", "1.5"),
                     SECONDS, "hellos are told no more")
        self.assertIn("expected on or off",
                      self.lab.vpclab("events", "--hellos", "maybe", expect=2).stderr)


def line(time, process, seq, kind="card.up", **more):
    return json.dumps({"time": f"2026-11-21T04:49:30.{time:03}Z", "lab_us": time * 1000,
                       "process": process, "seq": seq, "kind": kind, **more, "epoch": 1}) + "\n"


class Recorded(Base):
    """Run directories as they may be found."""

    starts_up = False

    def setUp(self):
        self.run_dir = pathlib.Path(tempfile.mkdtemp(dir=self.lab.dir))
        (self.run_dir / "east").mkdir()
        (self.run_dir / "west").mkdir()
        self.file = self.run_dir / "east" / "cf1.jsonl"

    def seqs(self, *words):
        done = self.lab.vpclab("events", self.run_dir, "--json", *words)
        return [(one["process"], one["seq"])
                for one in map(json.loads, done.stdout.splitlines())], done.stderr

    def test_bad_lines_are_counted_and_the_others_told(self):
        whole = line(1, "east/cf1", 1)
        self.file.write_text(whole + "rubbish\n" + '{"time":"now"}\n' + "\x00\xff\n" +
                             whole[:30] + line(2, "east/cf1", 2) + "\n" + "[]\n" +
                             line(3, "east/cf1", 3)[:40])
        seqs, complaint = self.seqs()
        self.assertEqual(seqs, [("east/cf1", 1), ("east/cf1", 2)])
        self.assertEqual(complaint, f"vpclab: {self.run_dir}: left out what is no event: "
                                    "6 lines of *.jsonl\n")

    def test_a_last_line_without_its_end_is_told_when_it_is_whole(self):
        self.file.write_text(line(1, "east/cf1", 1).rstrip("\n"))
        self.assertEqual(self.seqs(), ([("east/cf1", 1)], ""))

    def test_files_that_are_replaced_cut_or_new_are_followed(self):
        self.file.write_text(line(1, "east/cf1", 1))
        process, out = self.background("events", str(self.run_dir), "--follow", "--json")
        self.wait_line(out, '"seq": 1,')
        half = line(2, "east/cf1", 2)
        with self.file.open("a") as file:
            file.write(half[:20])
            file.flush()
            file.write(half[20:])
        self.wait_line(out, '"seq": 2,')
        self.file.rename(self.file.with_suffix(".old"))
        self.file.write_text(line(3, "east/cf1", 3))
        self.wait_line(out, '"seq": 3,')
        self.file.write_text("")
        (self.run_dir / "west" / "cf1.jsonl").write_text(line(4, "west/cf1", 4))
        self.wait_line(out, '"seq": 4,')
        self.file.write_text(line(5, "east/cf1", 5))
        self.wait_line(out, '"seq": 5,')
        self.file.unlink()
        with (self.run_dir / "west" / "cf1.jsonl").open("a") as file:
            file.write(line(6, "west/cf1", 6))
        self.wait_line(out, '"seq": 6,')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=SECONDS), 0)
        self.assertEqual(out.read_text().count('"seq"'), 6)

    def test_events_of_a_clock_that_was_set_back_since_are_followed_all_the_same(self):
        self.file.write_text(line(1, "east/cf1", 1).replace("2026-", "2099-"))
        process, out = self.background("events", str(self.run_dir), "--follow", "--json")
        self.wait_line(out, '"seq": 1,')
        with self.file.open("a") as file:
            file.write(line(2, "east/cf1", 2))
        self.wait_line(out, '"seq": 2,')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=SECONDS), 0)

    def test_an_effect_logged_a_moment_before_its_cause_comes_after_it(self):
        self.file.write_text(line(10, "east/cf1", 1, "srp.state", new="Active"))
        (self.run_dir / "west" / "cf1.jsonl").write_text(
            line(5, "west/cf1", 1, "srp.peer", new="Active"))
        self.assertEqual(self.seqs()[0], [("east/cf1", 1), ("west/cf1", 1)])

    def test_the_timeline_of_a_directory_needs_no_lab_and_heeds_the_width(self):
        self.file.write_text(line(1, "east/cf1", 1, "calls.lost", cause="12 calls " * 20) +
                             line(251, "east/cf1", 2, "srp.state", old="Init", new="Active",
                                  cause="notDefined"))
        (self.run_dir / "west" / "cf1.jsonl").write_text(line(2, "west/cf1", 1, new="sf4"))
        for columns, most in (("80", 80), ("132", 132), ("20", 80), ("", 80), ("9999", 240)):
            env = {**self.lab.env, "COLUMNS": columns}
            text = subprocess.run([lab.PROGRAMS["vpclab"], "timeline", self.run_dir], env=env,
                                  capture_output=True, text=True, check=True, timeout=20).stdout
            self.assertLessEqual(max(map(len, text.splitlines())), most)
            self.in_order(text, ["east .*west", "12 calls", r"0\.001 .*\| card sf4 up$",
                                 r"0\.250 .*Init -> Active"])

    def test_mistakes_are_told_with_what_to_do(self):
        for words, status, answer in (
                ((self.run_dir / "none",), 1, "cannot read this directory: No such file"),
                ((self.run_dir, "--kind", "srp.sate"), 2, "did you mean srp.state?"),
                ((self.run_dir, "--kind", "thunder"), 2, "docs/events.md has the kinds"),
                ((self.run_dir, "--kind", ""), 2, "no event is of kind \"\""),
                ((self.run_dir, "--since", "1h"), 2, "expected seconds before now, or a time"),
                ((self.run_dir, "--instance", "north"), 2, "there are: east world"),
                ((self.run_dir, "more"), 2, "one run directory at most")):
            self.file.write_text(line(1, "east/cf1", 1))
            self.assertIn(answer, self.lab.vpclab("events", *words, expect=status).stderr)
        self.file.unlink()
        self.assertIn("expected one or two",
                      self.lab.vpclab("timeline", self.run_dir, expect=1).stderr)
        self.assertIn("no lab is up", self.lab.vpclab("timeline", expect=1).stderr)


lab.main(Schema, Takeover, Recorded)
