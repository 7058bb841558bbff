"""A lab's run as a scenario of the simulator, which lives through it again: the same changes of
state for the same reasons, in the same order."""

import json
import os
import pathlib
import subprocess

import lab

SIM = lab.BUILD / "tests" / "sim" / "sim"
SECONDS = 20
HELLO_S = 1
CUT_S = 20  # lab seconds: longer than the dead interval, by two real ones in which both serve


def played(path):
    return subprocess.run([SIM, "--scenario", path], capture_output=True, text=True, timeout=60)


class HookedLab(lab.Lab):
    """One that may be broken."""

    def write_files(self, hello, dead):
        path = super().write_files(hello, dead)
        topology = json.loads(path.read_text())
        topology["fault-hooks"] = True
        path.write_text(json.dumps(topology))
        return path


class Record(lab.Case):
    lab_options = {"scale": 5, "hello": HELLO_S, "dead": 10}

    @classmethod
    def setUpClass(cls):
        cls.lab = HookedLab(**cls.lab_options)
        cls.scenario = None

    def lab_us(self):
        return json.loads(self.lab.vpclab("time", "--json").stdout)["lab_us"]

    def let_pass(self, lab_s):
        over = self.lab_us() + lab_s * 1000000
        lab.wait_for(lambda: self.lab_us() > over, SECONDS, f"{lab_s} lab seconds")

    def live(self):
        """The Active is killed and comes back, takes over again by order, is cut off until both
        serve, and loses a CF."""
        first = self.lab.in_state("Active")
        second = self.lab.other(first)
        self.lab.vpclab("kill", first)
        self.lab.wait(f"{second}.chassis=active", seconds=SECONDS)
        self.let_pass(2 * HELLO_S)  # the simulator's hellos come at other moments of their interval
        self.lab.vpclab("start", first)
        self.lab.wait_switched(second)
        self.lab.switch_over()
        self.lab.vpclab("fault", "add", "cut", "srp-control", "--for", CUT_S)
        self.lab.wait(f"{second}.chassis=active", seconds=SECONDS)
        self.lab.wait(f"{first}.chassis=active", f"{second}.chassis=standby", "sync",
                      seconds=SECONDS)
        self.lab.vpclab("kill", first, "active-cf")
        self.lab.wait(f"{first}.cf=2", f"{first}.chassis=active", "sync", seconds=SECONDS)
        return first, second

    def recorded(self):
        """What the lab lived through, recorded once for all cases: the file, and who was first."""
        if not type(self).scenario:
            first, second = self.live()
            path = self.lab.dir / "scenario.json"
            self.assertIn("changes of state", self.lab.vpclab("record", path).stderr)
            if os.environ.get("VPCLAB_SCENARIO"):
                pathlib.Path(os.environ["VPCLAB_SCENARIO"]).write_text(path.read_text())
            type(self).scenario = path, first, second
        return type(self).scenario

    def altered(self, old, new):
        """A copy of the scenario with one text replaced."""
        path = self.lab.dir / "altered.json"
        text = self.recorded()[0].read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        return path

    def test_a_record_has_what_was_done_and_what_the_chassis_did(self):
        path, first, second = self.recorded()
        scenario = json.loads(path.read_text())
        done = [(one["do"], one["target"]) for one in scenario["steps"]
                if one["do"] in ("kill", "switchover")]
        self.assertEqual(done, [("kill", first), ("switchover", second), ("kill", f"{first}/cf1")])
        cuts = [(one["link"], one.get("from")) for one in scenario["steps"] if one["do"] == "cut"]
        self.assertEqual(cuts, [("srp-control", None)])
        self.assertEqual([(one["chassis"], one["state"], one["reason"])
                          for one in scenario["states"] if one["reason"] != "notDefined"],
                         [(second, "Pending-Active", "deadTimerExpiry"),
                          (second, "Active", "deadTimerExpiry"),
                          (second, "Pending-Standby", "manualSwitchOver"),
                          (first, "Pending-Active", "manualSwitchOver"),
                          (first, "Active", "manualSwitchOver"),
                          (second, "Standby", "manualSwitchOver"),
                          (second, "Pending-Active", "deadTimerExpiry"),
                          (second, "Active", "deadTimerExpiry"),
                          (second, "Pending-Standby", "dualActive"),
                          (second, "Standby", "dualActive")])
        self.assertEqual(scenario["settings"]["dead_us"], 10000000)

    def test_the_simulator_lives_through_what_the_lab_did(self):
        path, _, _ = self.recorded()
        done = played(path)
        self.assertEqual(done.returncode, 0, path.read_text() + done.stdout + done.stderr)
        self.assertIn(" 0 differ from the lab; no invariant broken", done.stdout)

    def test_a_chassis_that_did_otherwise_is_shown_and_fails(self):
        done = played(self.altered('"reason":"deadTimerExpiry"', '"reason":"bgpFailure"'))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, r"! \w+ +Pending-Active \(bgpFailure\), epoch \d+; here "
                                      r"Pending-Active \(deadTimerExpiry\)")
        self.assertIn(" 1 differ from the lab", done.stdout)

    def test_a_strangers_scenario_is_refused_by_name(self):
        done = played(self.altered('"do":"switchover"', '"do":"earthquake"'))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r'steps\[\d+\]\.do: "earthquake" is none of: start, kill')

    def test_a_later_begin_finds_the_pair_settled(self):
        _, first, second = self.recorded()
        settled = self.lab.events(first, "cf2", "chassis.lead")[-1]["time"]
        self.lab.vpclab("kill", second, "sf4")
        lab.wait_for(lambda: self.lab.events(second, "cf1", "card.down"), SECONDS, "sf4 is missed")
        path = self.lab.dir / "late.json"
        self.lab.vpclab("record", path, "--since", settled)
        scenario = json.loads(path.read_text())
        begins = {one["name"]: one["begins"] for one in scenario["chassis"]}
        self.assertEqual(begins, {first: "active", second: "standby"})
        self.assertIn(("kill", f"{second}/sf4"), [(one["do"], one.get("target"))
                                                  for one in scenario["steps"]])
        self.assertEqual(scenario["states"], [])
        done = played(path)
        self.assertEqual(done.returncode, 0, path.read_text() + done.stdout + done.stderr)

    def test_a_record_of_nothing_is_refused(self):
        self.recorded()
        done = self.lab.vpclab("record", "-", "--since", "2099-01-01T00:00:00Z", expect=1)
        self.assertIn("choose an earlier --since", done.stderr)
        done = self.lab.vpclab("record", expect=2)
        self.assertIn("expected a file to write", done.stderr)


if __name__ == "__main__":
    lab.main(Record)
