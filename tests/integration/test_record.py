"""A lab's run as a scenario of the simulator, which lives through it again: the same changes of
state for the same reasons, in the same order."""

import json
import subprocess

import lab

SIM = lab.BUILD / "tests" / "sim" / "sim"
SECONDS = 20


class Record(lab.Case):
    lab_options = {"scale": 5, "hello": 1, "dead": 5}

    def record(self, *words):
        path = self.lab.dir / "scenario.json"
        done = self.lab.vpclab("record", path, *words)
        self.assertIn("changes of state", done.stderr)
        return path, json.loads(path.read_text())

    def play(self, path, expect=0):
        done = subprocess.run([SIM, "--scenario", path], capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, expect, path.read_text() + done.stdout + done.stderr)
        return done.stdout

    def deeds(self, scenario, *kinds):
        return [(one["do"], one["target"]) for one in scenario["steps"] if one["do"] in kinds]

    def test_the_simulator_lives_through_what_the_lab_did(self):
        first = self.lab.in_state("Active")
        second = self.lab.other(first)
        self.lab.wait("sync", seconds=SECONDS)
        self.lab.vpclab("kill", first)
        self.lab.wait(f"{second}.chassis=active", seconds=SECONDS)
        self.lab.vpclab("start", first)
        self.lab.wait_switched(second)
        self.lab.switch_over()
        self.lab.vpclab("kill", first, "active-cf")
        self.lab.wait(f"{first}.cf=2", seconds=SECONDS)

        path, scenario = self.record()
        print(self.play(path))


if __name__ == "__main__":
    lab.main(Record)
