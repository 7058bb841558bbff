"""One SF dies: its calls are reported lost, with the reason; all others go on. So do those of an
SF that hosts several session managers, which live and die together. The connection to
its peer is told to be closed at once, and tried with heartbeats when it is there again."""

import json
import signal
import time

import lab
import lateness

SECONDS = lab.SECONDS
CALLS = 80


class Dying(lab.Case):
    def wait_lost(self, instance, before, calls):
        """Until so many more are counted as lost: silence alone hides them before."""
        def lost():
            now = self.lab.instance(instance)
            return now["calls_lost"] - before["calls_lost"] == calls and now
        return lab.wait_for(lost, SECONDS, f"{calls} calls of {instance} are lost")


class SessionFunction(Dying):
    def test_calls_of_a_dead_sf_are_reported_lost_and_the_others_go_on(self):
        active = self.lab.in_state("Active")
        calls = self.call(CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        doomed = lab.wait_for(lambda: self.lab.card(active, 4)["sessions"], SECONDS,
                              "slot 4 has sessions")
        living = self.lab.card(active, 5)["sessions"]
        self.assertEqual(doomed + living, CALLS)
        self.assertGreater(living, 0)
        before = self.lab.instance(active)

        self.lab.vpclab("kill", active, "sf4")
        self.lab.wait(f"{active}.card4=dead", f"{active}.sessions={living}")
        after = self.wait_lost(active, before, doomed)
        self.assertEqual((after["chassis_state"], after["srp_epoch"]),
                         (before["chassis_state"], before["srp_epoch"]))
        lost = self.lab.events(active, f"cf{after['active_cf']}", "calls.lost")
        self.assertEqual(len(lost), 1)
        self.assertIn(f"{doomed} calls of sf4: card failure", lost[0]["cause"])

        calls.wait_answering(living)
        new = self.call(20, tail="2.3", imsi=1000000)
        new.wait_open()
        lab.wait_for(lambda: self.lab.card(active, 5)["sessions"] == living + 20, SECONDS,
                     "the other SF has them")
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
        self.assertGreater(lab.wait_for(lambda: self.lab.card(active, 5)["sessions"], SECONDS,
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


class SeveralSessionManagers(Dying):
    """Three in one SF, two in the other; the other chassis has them the other way round."""

    HOSTED = {"east": {4: 3, 5: 2}, "west": {4: 2, 5: 3}}
    ALL = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        for name, hosted in cls.HOSTED.items():
            for card in topology["instances"][name]["cards"]:
                if card["slot"] in hosted:
                    card["sessmgrs"] = hosted[card["slot"]]
        cls.lab.topology.write_text(json.dumps(topology))

    def hosted(self, instance, slot):
        """The session managers of an SF, as the CF has them."""
        cards = self.lab.show(instance, "show vpclab status")["cards"]
        return next(card for card in cards if card["slot"] == slot)["sessmgr_instances"]

    def spread(self, instance):
        """Sessions of each session manager of a chassis."""
        return {one["sessmgr"]: one["sessions"] for slot in (4, 5)
                for one in self.hosted(instance, slot)}

    def wait_spread(self, calls):
        """... when the chassis have so many, and the same."""
        self.lab.wait(f"active.sessions={calls}", f"standby.sessions={calls}", "sync")
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        return lab.wait_for(lambda: self.spread(active) == self.spread(standby) and
                            self.spread(active), SECONDS, "both chassis have the same sessions")

    def test_calls_are_spread_over_all_and_each_is_copied_to_its_own_peer(self):
        active = self.lab.in_state("Active")
        calls = self.call(CALLS)
        calls.wait_open()
        spread = self.wait_spread(CALLS)
        self.assertEqual(list(spread), list(range(1, self.ALL + 1)))
        self.assertGreater(min(spread.values()), 0)
        self.assertEqual(sum(spread.values()), CALLS)
        card = self.lab.card(active, 5)
        hosted = self.HOSTED[active]
        self.assertEqual((card["sessmgr"], card["sessmgrs"]), (hosted[4] + 1, hosted[5]))
        self.assertEqual(card["sessions"], sum(list(spread.values())[hosted[4]:]))
        text = self.lab.vpclab("status").stdout
        self.assertRegex(text, rf"{active}/sf5 +\d+ +Active +{hosted[4] + 1}-{self.ALL} ")
        statistics = self.lab.show(active, "show srp checkpoint statistics")
        self.assertEqual((statistics["sessmgrs"], statistics["active_connected"]),
                         (self.ALL, self.ALL))
        lines = self.lab.vpclab("exec", active, "show srp checkpoint statistics verbose").stdout
        rows = [line.split() for line in lines.splitlines()[-self.ALL:]]
        self.assertEqual([row[:3] for row in rows],
                         [[str(sessmgr), "Active-Connected", "Ready"] for sessmgr in spread])
        each = self.lab.show(active, "show srp checkpoint statistics verbose")
        self.assertEqual({one["sessmgr"]: one["sessions"] for one in each["sessmgr_instances"]},
                         spread)
        self.assertEqual(sum(one["full_sent"] for one in each["sessmgr_instances"]),
                         each["full_sent"])
        self.assert_good(calls.finish(), CALLS)

    def test_they_die_with_their_sf_and_a_failover_keeps_the_others(self):
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        calls = self.call(CALLS)
        calls.wait_open()
        spread = self.wait_spread(CALLS)
        n = self.HOSTED[active][4]
        doomed = {sessmgr: spread[sessmgr] for sessmgr in range(1, n + 1)}
        living = CALLS - sum(doomed.values())
        before = self.lab.instance(active)
        cf = f"cf{before['active_cf']}"
        seen = {kind: len(self.lab.events(active, cf, kind)) for kind in ("card.down", "calls.lost")}

        self.lab.vpclab("kill", active, "sf4")
        self.lab.wait(f"{active}.card4=dead", f"{active}.sessions={living}")
        self.wait_lost(active, before, sum(doomed.values()))
        down = self.lab.events(active, cf, "card.down")[seen["card.down"]:]
        self.assertEqual([event["old"] for event in down], ["sf4"])
        lost = self.lab.events(active, cf, "calls.lost")[seen["calls.lost"]:]
        self.assertEqual({event["cause"].partition(":")[0] for event in lost},
                         {f"{n} calls of sf4, sessmgr {sessmgr}" for sessmgr, n in doomed.items()})
        calls.wait_answering(living)
        spread = self.spread(active)
        self.assertEqual([spread[sessmgr] for sessmgr in doomed], [0] * n)

        self.lab.vpclab("start", active, "sf4")
        self.lab.wait(f"{active}.card4=alive", "sync", f"{standby}.sessions={living}")
        self.lab.vpclab("kill", active)
        self.lab.wait(f"{standby}.chassis=active", f"{standby}.sessions={living}")
        calls.wait_answering(living)
        result = calls.finish()
        self.assertEqual((result["opened"], result["verified"]), (CALLS, living))

    def test_an_sf_that_was_only_paused_has_all_its_calls(self):
        active = self.lab.in_state("Active")
        calls = self.call(CALLS)
        calls.wait_open()
        spread = self.wait_spread(CALLS)
        before = self.lab.instance(active)["calls_lost"]
        card = self.lab.card(active, 4)
        pid = card["pid"]
        self.lab.signal([pid], signal.SIGSTOP)
        self.addCleanup(self.lab.signal, [pid], signal.SIGCONT)
        self.lab.wait(f"{active}.sessions={CALLS - card['sessions']}")
        self.lab.signal([pid], signal.SIGCONT)
        self.lab.wait(f"{active}.sessions={CALLS}", "sync")
        self.assertEqual(self.lab.instance(active)["calls_lost"], before)
        self.assertEqual(self.spread(active), spread)
        self.assert_good(calls.finish(), CALLS)

    def test_a_planned_switchover_hands_over_those_of_all(self):
        calls = self.call(CALLS)
        calls.wait_open()
        spread = self.wait_spread(CALLS)
        active, _ = self.lab.switch_over()
        self.assertEqual(self.spread(active), spread)
        self.assert_good(calls.finish(), CALLS)

    def test_its_log_lines_say_which_one_speaks(self):
        active = self.lab.in_state("Active")
        text = (self.lab.rundir / active / "sf5.log").read_text()
        first = self.HOSTED[active][4] + 1
        for sessmgr in range(first, self.ALL + 1):
            self.assertRegex(text, rf"info {active}/sf5 sessmgr {sessmgr} sess: role Active")
        self.assertNotIn(f"{active}/sf5 sessmgr 1 ", text)


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
        """Lab seconds from the start of an SF of the Standby to Ready, seen by the Active; and how
        many of them processes may have waited for a processor."""
        self.lab.up()
        self.addCleanup(self.lab.vpclab, "down")
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        killed = time.monotonic()
        self.lab.vpclab("kill", standby, "sf4")
        lab.wait_for(lambda: not self.lab.card(active, 4)["peer_ready"], SECONDS, "its peer is told")
        self.assertLess((time.monotonic() - killed - lateness.since(killed)) * self.SCALE,
                        self.SILENCE_S * 2)
        since = time.monotonic()
        self.lab.vpclab("start", standby, "sf4")
        lab.wait_for(lambda: self.lab.card(active, 4)["peer_ready"], SECONDS, "it is ready again")
        return [real * self.SCALE for real in (time.monotonic() - since, lateness.since(since))]

    def test_normal_waits_for_seven_heartbeats(self):
        self.set_recovery("normal")
        self.addCleanup(self.set_recovery, "aggressive")
        took, _ = self.judge()
        self.assertGreater(took, self.NORMAL_S - 1)

    def test_aggressive_waits_for_one(self):
        took, late = self.judge()
        self.assertLess(took - late, self.NORMAL_S - 1)


if __name__ == "__main__":
    lab.main(SessionFunction, SeveralSessionManagers, Recovery)
