"""One SF dies: its calls are reported lost, with the reason; all others go on. The connection to
its peer is told to be closed at once, and tried with heartbeats when it is there again."""

import time

import lab

CALLS = 80


class SessionFunction(lab.Case):
    def test_calls_of_a_dead_sf_are_reported_lost_and_the_others_go_on(self):
        active = self.lab.in_state("Active")
        calls = self.call(CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        doomed = lab.wait_for(lambda: self.lab.card(active, 4)["sessions"], 5,
                              "slot 4 has sessions")
        living = self.lab.card(active, 5)["sessions"]
        self.assertEqual(doomed + living, CALLS)
        self.assertGreater(living, 0)
        before = self.lab.instance(active)

        self.lab.vpclab("kill", active, "sf4")
        self.lab.wait(f"{active}.card4=dead", f"{active}.sessions={living}")
        after = self.lab.instance(active)
        self.assertEqual(after["calls_lost"] - before["calls_lost"], doomed)
        self.assertEqual((after["chassis_state"], after["srp_epoch"]),
                         (before["chassis_state"], before["srp_epoch"]))
        lost = self.lab.events(active, f"cf{after['active_cf']}", "calls.lost")
        self.assertEqual(len(lost), 1)
        self.assertIn(f"{doomed} calls of sf4: card failure", lost[0]["cause"])

        calls.wait_answering(living, 10)
        new = self.call(20, tail="2.3", imsi=1000000)
        new.wait_open()
        self.assertEqual(self.lab.card(active, 5)["sessions"], living + 20)
        self.assert_good(new.finish(), 20)

        result = calls.finish()
        self.assertEqual((result["opened"], result["verified"], result["recreated"]),
                         (CALLS, living, doomed))

    def test_an_sf_that_comes_back_serves_new_calls(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("kill", active, "sf5")
        self.lab.wait(f"{active}.card5=dead")
        self.lab.vpclab("start", active, "sf5")
        self.wait_synced()
        calls = self.call(CALLS)
        calls.wait_open()
        self.assertGreater(lab.wait_for(lambda: self.lab.card(active, 5)["sessions"], 5,
                                        "slot 5 has sessions again"), 0)
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.assert_good(calls.finish(), CALLS)

    def test_an_sf_of_the_standby_chassis_may_die_unnoticed(self):
        standby = self.lab.in_state("Standby")
        calls = self.call(CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.lab.vpclab("kill", standby, "sf4")
        self.lab.vpclab("start", standby, "sf4")
        self.lab.wait(f"{standby}.sessions={CALLS}", "sync")
        self.assertEqual(self.lab.instance(standby)["calls_lost"], 0)
        self.assert_good(calls.finish(), CALLS)

    def test_the_spare_may_die_unnoticed(self):
        active = self.lab.in_state("Active")
        before = self.lab.instance(active)["calls_lost"]
        calls = self.call(20)
        calls.wait_open()
        self.lab.vpclab("kill", active, "sf6")
        self.lab.wait(f"{active}.card6=dead", "sync")
        self.lab.vpclab("start", active, "sf6")
        self.lab.wait(f"{active}.card6=alive", "sync")
        self.assertEqual(self.lab.instance(active)["calls_lost"], before)
        self.assert_good(calls.finish(), 20)


class Recovery(lab.Case):
    """How long it takes until checkpoints flow on a connection made anew; lab seconds."""

    SCALE = 5
    lab_options = {"scale": SCALE, "dead": 60}
    NORMAL_S = 18  # six intervals of three seconds between seven heartbeats
    SILENCE_S = 9  # of a stream, were it not told
    starts_up = False

    def set_recovery(self, mode):
        other = "normal" if mode == "aggressive" else "aggressive"
        for name in lab.INSTANCES:
            self.lab.edit(self.lab.config(name), f"standby database-recovery {other}",
                          f"standby database-recovery {mode}")

    def judge(self):
        """Lab seconds from the start of an SF of the Standby to Ready, seen by the Active."""
        self.lab.up()
        self.addCleanup(self.lab.vpclab, "down")
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        killed = time.monotonic()
        self.lab.vpclab("kill", standby, "sf4")
        lab.wait_for(lambda: not self.lab.card(active, 4)["peer_ready"], 5, "its peer is told")
        self.assertLess((time.monotonic() - killed) * self.SCALE, self.SILENCE_S * 2)
        since = time.monotonic()
        self.lab.vpclab("start", standby, "sf4")
        lab.wait_for(lambda: self.lab.card(active, 4)["peer_ready"], 10, "it is ready again")
        return (time.monotonic() - since) * self.SCALE

    def test_normal_waits_for_seven_heartbeats(self):
        self.set_recovery("normal")
        self.addCleanup(self.set_recovery, "aggressive")
        self.assertGreater(self.judge(), self.NORMAL_S - 1)

    def test_aggressive_waits_for_one(self):
        self.assertLess(self.judge(), self.NORMAL_S - 1)


if __name__ == "__main__":
    lab.main(SessionFunction, Recovery)
