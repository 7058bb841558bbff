"""Each guided lesson shows what it says, by itself, and leaves nothing; one that does not show it
fails. Two are played at a time, each on a lab of its own."""

import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

import pexpect

import lab

sys.path.insert(0, str(lab.SOURCE / "scripts" / "lessons"))
import frame  # noqa: E402  (found by the line above)

RUN = lab.SOURCE / "scripts" / "lessons" / "run"
AT_A_TIME = 2
SECONDS = 60

NOTHING_HAPPENS = '''"""A lesson that claims too much"""
def play(lesson):
    lesson.stage()
    lesson.expect("a chassis changed its state", lesson.states(lesson.active))
'''
NOTHING_TO_SEE = '''"""A lesson that points at nothing"""
def play(lesson):
    lesson.stage()
    lesson.do("vpclab exec east 'show srp info'", pick="Chassis Mood")
'''
BY_HAND = '''"""A lesson for a person"""
def play(lesson):
    lesson.stage()
    lesson.ask("Which chassis serves?", ["the Active", "the Standby"], 1, "So it is called.")
    lesson.ask("And which one waits?", ["the Active", "the Standby"], 2, "It is told so.")
    lesson.do("vpclab exec east 'show srp info'", pick="Chassis State")
    lesson.do("vpclab status")
'''


def marked(mark):
    """The living processes that were started with that word in their environment."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return [pid for pid in found if lab.is_alive(pid)]


class Played:
    """A lesson that was played, and what is left of it."""

    def __init__(self, *words):
        self.env = {**os.environ, "VPCLAB_BUILD": str(lab.BUILD),
                    "VPCLAB_LESSON_TEST": uuid.uuid4().hex}
        self.mark = f"VPCLAB_LESSON_TEST={self.env['VPCLAB_LESSON_TEST']}".encode()
        done = subprocess.run([RUN, *map(str, words)], env=self.env, text=True, timeout=SECONDS * 2,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.status, self.said = done.returncode, done.stdout
        self.left = left(self.said, self.mark)


def left(said, mark):
    """What is left of the lessons that said this: run directories and processes."""
    places = [pathlib.Path(one).parent for one in re.findall(r"VPCLAB_RUN=(\S+)", said)]
    return [str(one) for one in places if one.exists()] + marked(mark)


class Case(unittest.TestCase):
    said = ""

    def assert_cleared(self, played):
        self.said = played.said
        self.assertIn("VPCLAB_RUN=", played.said, "it had a stage")
        self.assertEqual(played.left, [])

    def diagnose(self):
        return self.said[-4000:]


class Lessons(Case):
    @classmethod
    def setUpClass(cls):
        cls.pool = concurrent.futures.ThreadPoolExecutor(AT_A_TIME)
        cls.numbers = sorted(int(path.name[:2]) for path in RUN.parent.glob("[0-9]*_*.py"))
        cls.playing = {number: cls.pool.submit(Played, number, "--auto") for number in cls.numbers}

    @classmethod
    def tearDownClass(cls):
        cls.pool.shutdown(cancel_futures=True)

    def played(self, number):
        self.assertIn(number, self.playing, f"lesson {number} is there")
        played = self.playing.pop(number).result()
        self.assert_cleared(played)
        self.assertEqual(played.status, 0)
        self.assertIn("[seen]", played.said)

    def test_1_hellos_are_numbered_and_echoed(self):
        self.played(1)

    def test_2_the_dead_interval_runs_out(self):
        self.played(2)

    def test_3_a_split_brain_is_decided_by_the_path(self):
        self.played(3)

    def test_4_a_switchover_with_an_option_and_without(self):
        self.played(4)

    def test_5_an_aaa_failure_hands_over_once(self):
        self.played(5)

    def test_6_a_nack_storm_is_stopped(self):
        self.played(6)

    def test_7_a_cf_switchover_is_no_chassis_switchover(self):
        self.played(7)

    def test_8_a_pair_is_upgraded_with_calls_up(self):
        self.played(8)

    def test_9_the_ledger_tells_the_lost_calls(self):
        self.played(9)

    def test_and_that_were_all_lessons(self):
        self.assertEqual(list(self.playing), [])
        listed = subprocess.run([RUN], text=True, capture_output=True, check=True).stdout
        self.assertEqual([int(one) for one in re.findall(r"^ +(\d+)  \S", listed, re.M)],
                         self.numbers)


class Frame(Case):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory(prefix="vl")
        self.addCleanup(self.dir.cleanup)

    def lesson(self, text):
        path = pathlib.Path(self.dir.name) / "planted.py"
        path.write_text(text)
        return path

    def test_a_lesson_whose_effect_does_not_come_fails_and_says_what_was_missing(self):
        played = Played(self.lesson(NOTHING_HAPPENS), "--auto", "--scale", 5)
        self.assert_cleared(played)
        self.assertEqual(played.status, 1)
        self.assertIn("Missing: a chassis changed its state", played.said)

    def test_so_does_one_that_shows_what_is_not_there(self):
        played = Played(self.lesson(NOTHING_TO_SEE), "--auto", "--scale", 5)
        self.assert_cleared(played)
        self.assertEqual(played.status, 1)
        self.assertIn("says nothing of Chassis Mood", played.said)

    def test_a_person_presses_enter_answers_and_may_leave_at_any_time(self):
        env = {**os.environ, "VPCLAB_BUILD": str(lab.BUILD), "VPCLAB_LESSON_TEST": self.dir.name}
        mark = f"VPCLAB_LESSON_TEST={self.dir.name}".encode()
        child = pexpect.spawn(str(RUN), [str(self.lesson(BY_HAND))], env=env, encoding="utf-8",
                              timeout=SECONDS, dimensions=(60, 200))
        self.addCleanup(child.close)
        said = ""
        for expected, answer in ((r"vpclab up \S+ +\[Enter\]", ""), ("Your answer:", "2"),
                                 (r"Not that one. Once more, 1 to 2:\r\n +Your answer:", "1"),
                                 (r"Answer 1\.\s+So it is called[^Y]*Your answer:", "both"),
                                 (r"a number from 1 to 2\.\r\n +Your answer:", "1"),
                                 (r"Once more, 1 to 2:\r\n +Your answer:", "1"),
                                 (r"Not that one\.\r\n +The right answer is 2\.\s+It is told so\."
                                  r".*show srp info'", "")):
            child.expect(expected)
            said += child.before + child.after
            child.sendline(answer)
        child.expect("Chassis State: +Active")
        child.expect("vpclab status")
        self.assertTrue(marked(mark))
        child.kill(signal.SIGINT)
        child.expect("the stage is cleared")
        child.expect(pexpect.EOF)
        child.wait()
        self.assertEqual(child.exitstatus, 130)
        self.assertRegex(said, "VPCLAB_RUN=")
        self.assertEqual(left(said, mark), [])

    def test_an_excerpt_of_a_timeline_has_whole_entries(self):
        head = ["    lab s         east |     | west", "           ------------+"]
        first = ["    0.000    Active -> |     |", "       Pending-Standby |     |"]
        second = ["    0.100              |     | best path west"]
        self.assertEqual(frame.timeline_entries([*head, *first, *second]),
                         [head[:1], head[1:], first, second])

    def test_what_is_no_lesson_is_refused_with_what_there_is(self):
        for words, expected in ((["77"], "no lesson \"77\": give a number from 1"),
                                (["1", "--auto", "--scale", "99"], "--scale is from 1 to 20"),
                                (["1", "--slow"], "--slow")):
            done = subprocess.run([RUN, *words], text=True, capture_output=True, check=False,
                                  stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn(expected, done.stderr)


if __name__ == "__main__":
    lab.main(Lessons, Frame)
