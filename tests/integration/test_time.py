"""The clock of a lab is stopped, stepped and scaled while it runs; nobody takes that for a failure."""

import json
import signal
import time

import lab
import lateness

SCALE = 2
DEAD_S = 5  # lab seconds
SECOND = 1000000
STANDS_S = 2  # real time for which nothing may happen
CHANGES = {"srp.state", "srp.peer", "srp.connection", "srp.session", "cf.state", "cf.peer",
           "card.up", "card.down", "card.alone", "sessmgr.reach", "bgp.session", "route.best"}


class Time(lab.Case):
    lab_options = {"scale": SCALE, "dead": DEAD_S}

    def setUp(self):
        super().setUp()
        self.lab.vpclab("events", "--hellos", "on")
        self.addCleanup(self.time, "run")
        self.addCleanup(self.time, "scale", SCALE)
        self.active = self.lab.in_state("Active")
        self.standby = self.lab.other(self.active)
        self.begun = self.time()["lab_us"]

    def time(self, *words):
        return json.loads(self.lab.vpclab("time", *words, "--json").stdout)

    def happened(self, kinds, since=None):
        """Events of these kinds since a lab instant, that of the case's beginning at the latest."""
        lines = self.lab.vpclab("events", "--json").stdout.splitlines()
        events = [json.loads(line) for line in lines]
        return [one for one in events if one["kind"] in kinds and
                one["lab_us"] >= (self.begun if since is None else since)]

    def hellos(self, instance, word="sent"):
        return [one["lab_us"] for one in self.happened({"srp.hello"}, 0)
                if one["process"].startswith(instance) and one["cause"].startswith(word)]

    def wait_hellos(self):
        for instance in lab.INSTANCES:
            lab.wait_for(lambda i=instance: self.hellos(i), lab.SECONDS, f"{instance} says hello")

    def stays(self, what, seconds=STANDS_S):
        """Whatever `what` gives is the same for a while."""
        first, deadline = what(), time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.assertEqual(what(), first)
            lab.pause()

    def assert_undisturbed(self):
        self.assertEqual(self.happened(CHANGES), [])
        self.wait_synced()
        self.assertEqual(self.lab.in_state("Active"), self.active)

    # ---- standing still ------------------------------------------------------------------

    def test_a_paused_lab_says_nothing_and_answers_all_the_same(self):
        self.wait_hellos()
        began = time.monotonic()
        stood = self.time("pause")["lab_us"]
        self.stays(lambda: [self.hellos(one) for one in lab.INSTANCES])
        self.assertEqual(self.time()["lab_us"], stood)
        self.assertIn("clock paused, to run at scale 2", self.lab.vpclab("status").stdout)
        self.assertEqual(self.lab.show(self.standby, "show srp info")["chassis_state"], "Standby")
        calls = self.call(5, "--pps", 0)
        calls.wait_open()
        self.assert_good(calls.finish(), 5)
        before = len(self.happened({"config.applied"}))
        self.lab.vpclab("exec", self.active, "configure\nlink-aggregation-of-nobody\n", expect=2)
        self.lab.vpclab("exec", self.active, "configure\nsystem hostname paused\nend\n")
        lab.wait_for(lambda: len(self.happened({"config.applied"})) == before + 2, lab.SECONDS,
                     "both CFs apply what was configured")
        self.assertEqual(self.time()["lab_us"], stood)
        self.time("run")
        self.assert_undisturbed()
        told = [(one["old"], one["new"]) for one in self.happened({"lab.time"})]
        self.assertEqual(told, [("2", "paused"), ("paused", "2")])
        audit = [(one["new"], one["cause"].split(",")[0]) for one in
                 self.happened({"operator.command"}) if one["process"] == "vpclab"]
        self.assertEqual(audit, [("time pause --json", "done"), ("time run --json", "done")])
        shown = [one["lab_us"] for one in self.happened({"operator.command", "lab.time"})]
        most = SECOND * SCALE * (1 + lateness.since(began))
        self.assertLess(max(shown) - min(shown), most)  # all have the lab's clock

    def step_amid(self):
        """Stop half-way between hellos: two chassis, each at an instant of its own in the second;
        both are a quarter of it away at least."""
        self.time("pause")
        first, second = sorted(self.hellos(one)[-1] % SECOND for one in lab.INSTANCES)
        middle = (first + second) // 2
        if second - first < SECOND // 2:
            middle += SECOND // 2
        wait = (middle - self.time()["lab_us"]) % SECOND
        self.time("step", f"{max(wait, 1000) / SECOND:.6f}")

    def test_a_step_of_a_second_has_one_hello_of_each(self):
        self.wait_hellos()
        self.step_amid()
        for _ in range(2):
            stood = self.time()["lab_us"]
            stepped = self.time("step")
            self.assertTrue(stepped["paused"])
            self.assertEqual(stepped["lab_us"], stood + SECOND)
            for instance in lab.INSTANCES:
                said = lab.wait_for(
                    lambda i=instance: [one for one in self.hellos(i) if one > stood],
                    lab.SECONDS,
                    f"{instance} said hello in the step")
                self.assertEqual(len(said), 1, f"{instance}: {said} after {stood}")
        self.time("run")
        self.assert_undisturbed()

    # ---- faster and slower -----------------------------------------------------------------

    def test_ten_hellos_take_a_tenth_of_the_time_at_ten_times_the_scale(self):
        def span(hellos):
            """Real seconds a lab second takes, by so many hellos of the Active from now on."""
            came = len(self.hellos(self.active))
            lab.wait_for(lambda: len(self.hellos(self.active)) > came + hellos, lab.SECONDS, "hellos")
            said = [one for one in self.happened({"srp.hello"})
                    if one["process"].startswith(self.active) and
                    one["cause"].startswith("sent")][-hellos:]
            first, last = (time.strptime(one["time"][:19], "%Y-%m-%dT%H:%M:%S") for one in
                           (said[0], said[-1]))
            real_s = (time.mktime(last) - time.mktime(first) +
                      (int(said[-1]["time"][20:23]) - int(said[0]["time"][20:23])) / 1000)
            return real_s / ((said[-1]["lab_us"] - said[0]["lab_us"]) / SECOND)

        def takes(hellos, lab_second):
            """... by its events, whose two clocks are read one after the other."""
            lab.wait_for(lambda: abs(span(hellos) / lab_second - 1) < 0.04, lab.SECONDS,
                         f"a lab second takes {lab_second} s")

        slow = SCALE / 5  # ten times that is no haste: a machine that stalls makes no silence
        self.time("scale", slow)
        takes(2, 1 / slow)
        self.time("scale", slow * 10)
        self.assertIn("clock running at scale 4", self.lab.vpclab("status").stdout)
        takes(10, 1 / slow / 10)
        self.time("scale", SCALE)
        self.assertNotIn("clock", self.lab.vpclab("status").stdout)
        self.assert_undisturbed()

    # ---- failures in a lab that stands still --------------------------------------------------

    def test_an_active_that_is_killed_in_a_pause_is_taken_over_in_lab_time(self):
        self.time("scale", SCALE / 4)  # then a process that stalls is not taken for asleep
        self.wait_hellos()
        self.time("pause")
        heard = self.hellos(self.standby, "received")[-1]
        self.lab.vpclab("kill", self.active)
        self.stays(lambda: self.lab.instance(self.standby)["chassis_state"], 1)
        left_us = heard + DEAD_S * SECOND - self.time()["lab_us"]
        self.time("step", f"{left_us / SECOND - 0.3:.3f}")
        self.assertEqual(self.lab.instance(self.standby)["chassis_state"], "Standby")
        self.time("step", 0.6)
        taken = lab.wait_for(lambda: [one for one in self.happened({"srp.state"}) if
                                      one["process"].startswith(self.standby)], lab.SECONDS,
                             "the Standby takes over")
        self.assertEqual(taken[0]["new"], "Pending-Active")
        self.assertAlmostEqual(taken[0]["lab_us"], heard + DEAD_S * SECOND,
                               delta=0.31 * SECOND)  # where the step ends: so late it may be
        self.time("run")
        self.lab.wait(f"{self.standby}.chassis=active")

    def test_a_process_that_slept_through_a_pause_does_not_run_ahead(self):
        """It reads of the pause when it goes on, before it looks at its clock: else it would have to
        stand still, and say nothing, until the others have caught up."""
        self.time("scale", 1)  # it is stopped before the pause is in force
        pid = [self.lab.pids()[f"{self.active}/sf4"]]
        self.lab.signal(pid, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, pid, signal.SIGCONT)
        self.time("pause")
        self.stays(lambda: self.time()["lab_us"], DEAD_S)
        self.lab.signal(pid, signal.SIGCONT)
        self.time("step")
        ran = self.time("run")["lab_us"]
        lab.wait_for(lambda: self.time()["lab_us"] > ran + DEAD_S * SECOND, lab.SECONDS,
                     "it would have been missed by now")
        self.assert_undisturbed()
        shown = [one["lab_us"] for one in self.lab.events(self.active, "sf4")]
        self.assertEqual(shown, sorted(shown))

    # ---- the file, and who starts late ---------------------------------------------------------

    def test_a_card_that_starts_in_a_pause_stands_still_with_the_others(self):
        stood = self.time("pause")["lab_us"]
        self.lab.vpclab("kill", self.standby, "sf4")
        self.lab.vpclab("start", self.standby, "sf4")
        started = lab.wait_for(lambda: [one["lab_us"] for one in self.happened(
            {"process.start"}, stood) if one["process"] == f"{self.standby}/sf4"],
            lab.SECONDS, "sf4 starts")
        self.assertEqual(started, [stood])
        said = self.lab.vpclab("wait", "event:lab.time", "--timeout", 0, expect=1).stderr
        self.assertIn('the clock of lab "pair" is paused; it goes on with: vpclab time run', said)
        self.time("run")
        self.wait_synced()

    def test_a_damaged_file_is_ignored_and_named(self):
        self.time("scale", SCALE / 4)  # then a machine that stalls makes no silence
        before, file = self.time()["lab_us"], self.lab.rundir / "time.json"
        course = file.read_text()
        file.write_text('{"run": 1000, "course": []}')
        for words in ((), ("pause",)):
            said = self.lab.vpclab("time", *words, expect=1).stderr
            self.assertIn("time.json: it is not the course of a clock; the lab's processes go on "
                          "as before; end the lab and start it again: vpclab down pair", said)
        self.lab.vpclab("status")
        file.write_text(course)
        self.assertGreater(self.time()["lab_us"], before)
        self.assert_undisturbed()

    def test_what_is_no_order_is_refused(self):
        for words, why in ((("stop",), "did you mean step?\n"), (("scale",), "usage: vpclab time"),
                           (("scale", "0"), "from 0.01 to 1000"), (("step", "0"), "from 0.001"),
                           (("pause", "1"), "usage"), (("nonsense",), "show, pause, run, step")):
            said = self.lab.vpclab("time", *words, expect=2).stderr
            self.assertIn(why, said)
        self.assertEqual(self.happened({"lab.time"}), [])


class Ended(lab.Case):
    lab_options = {"scale": 20, "dead": 40}

    def test_a_lab_that_starts_anew_has_the_clock_of_its_topology(self):
        self.lab.vpclab("time", "pause")
        self.lab.kill_all()
        said = self.lab.vpclab("time", "run", expect=1).stderr
        self.assertIn('nothing of lab "pair" runs; start it with: vpclab up', said)
        self.lab.up()
        self.assertEqual(json.loads(self.lab.vpclab("time", "--json").stdout)["scale"], 20)


if __name__ == "__main__":
    lab.main(Time, Ended)
