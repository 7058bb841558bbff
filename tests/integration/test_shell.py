"""What goes with the command into a shell: its manual page, and completion in bash."""

import re
import subprocess

import lab
from console import Served

COMPLETION = lab.SOURCE / "scripts" / "completion" / "vpclab.bash"
PAGE = lab.SOURCE / "docs" / "vpclab.1"


class Manual(Served):
    def test_the_manual_page_is_that_of_the_help(self):
        self.assertEqual(PAGE.read_text(), self.lab.vpclab("help", "--man").stdout,
                         "make it again: vpclab help --man >docs/vpclab.1")

    def test_the_manual_page_has_every_command(self):
        commands = re.findall(r"^  ([a-z]+) ", self.lab.vpclab("help").stdout, re.M)
        self.assertGreater(len(commands), 10)
        for command in commands:
            if command != "help":
                self.assertIn(f"\n.SS {command}\n", PAGE.read_text())


class Completion(Served):
    def complete(self, *words):
        """What TAB offers at the end of these words."""
        script = (f"source {COMPLETION}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); "
                  "_vpclab \"$1\"; [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"")
        done = subprocess.run(["bash", "-c", script, "bash", lab.PROGRAMS["vpclab"], *words],
                              env=self.lab.env, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.stderr, done.returncode), ("", 0))
        return done.stdout.splitlines()

    def test_commands_are_completed(self):
        self.assertEqual(self.complete("ex"), ["exec", "explain", "exercise"])
        self.assertIn("help", self.complete(""))
        self.assertEqual(self.complete("help", "cl"), ["cli"])

    def test_options_are_those_of_the_command(self):
        self.assertEqual(self.complete("exec", "--"), ["--json", "--keep-going"])
        self.assertEqual(self.complete("cli", "--op"), ["--operator"])

    def test_labs_and_instances_are_those_that_are_up(self):
        self.assertEqual(self.complete("down", ""), ["pair"])
        self.assertEqual(self.complete("cli", ""), ["east", "world"])
        self.assertEqual(self.complete("cli", "-n", ""), ["pair"])
        self.assertEqual(self.complete("cli", "-n", "pair", "e"), ["east"])
        self.assertEqual(self.complete("cli", "-n", "other", "e"), [])
        self.assertEqual(self.complete("kill", "east", ""), ["cf1", "active-cf"])
        self.assertEqual(self.complete("kill", "e"), ["east"])
        self.assertEqual(self.complete("start", "east/"), ["east/cf1", "east/active-cf"])

    def test_words_of_a_cli_command_are_asked_of_the_cf(self):
        self.assertEqual(self.complete("exec", "east", "sh"), ["show"])
        self.assertEqual(self.complete("exec", "east", "'show st"),
                         ["show start", "show statistics"])
        self.assertEqual(self.complete("exec", "-n", "pair", "east", "nothing"), [])

    def test_topologies_are_completed(self):
        here = str(lab.SOURCE / "topologies")
        self.assertEqual(self.complete("up", here[:-2]), [here])
        self.assertEqual(self.complete("up", here + "/pa"), [here + "/pair.json"])

    def test_conditions_are_completed(self):
        self.assertEqual(self.complete("wait", "east.ch"), ["east.chassis="])
        self.assertEqual(self.complete("wait", "sync", "sy"), ["sync"])
        self.assertEqual(self.complete("wait", "ev"), ["event:"])

    def test_exercises_are_completed(self):
        self.assertEqual(self.complete("exercise", "he"), [])
        self.assertEqual(self.complete("exercise", "hi"), ["hint"])
        self.assertEqual(self.complete("exercise", "start", ""), [str(n) for n in range(1, 12)])
        here = str(lab.SOURCE / "topologies")
        self.assertEqual(self.complete("exercise", "start", "1", here + "/cl"),
                         [here + "/classroom.json"])

    def test_events_and_the_timeline_are_completed(self):
        self.assertEqual(self.complete("timeline", "--"), ["--follow", "--since"])
        self.assertEqual(self.complete("events", "--instance", ""), ["east", "world"])
        self.assertEqual(self.complete("events", "--hellos", "of"), ["off"])
        here = str(lab.SOURCE / "topologies")
        self.assertEqual(self.complete("events", "--since", "5", here[:-2]), [here])


if __name__ == "__main__":
    lab.main(Manual, Completion)
