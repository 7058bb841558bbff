"""Audits between the chassis: ordered by hand while calls come and go, by the time of the day, and
refused or ended where there is nothing to compare with."""

import signal
import time

import lab
import lateness

SCALE, HELLO_S, DEAD_S = 2, 1, 5
CALLS = 300
SECONDS = lab.SECONDS
MANUAL = "srp initiate-audit manual-with-sync"
SHOW = "show srp audit-statistics"
DIFFERENCES = ("missing", "stale", "extra", "synced")
MINUTE_S = 60
EARLY_S = 20  # so long before its time the lab must be started


class Audits(lab.Case):
    lab_options = {"scale": SCALE, "hello": HELLO_S, "dead": DEAD_S}

    def setUp(self):
        super().setUp()
        self.active = self.lab.in_state("Active")
        self.standby = self.lab.other(self.active)
        self.lab.wait("sync", seconds=SECONDS)
        self.lab.vpclab("exec", self.active, "clear srp audit-statistics")

    def audits(self, instance=None):
        return self.lab.show(instance or self.active, SHOW)["audits"]

    def info(self, instance=None):
        return self.lab.show(instance or self.active, "show srp info")["audit"]

    def order(self, instance=None):
        """Ask for one by hand; what came of it, whatever that is."""
        return self.lab.vpclab("exec", instance or self.active, MANUAL, expect=None)

    def begin(self):
        """... of a pair that was synchronised a moment ago."""
        lab.wait_for(lambda: self.order().returncode == 0, SECONDS, "an audit begins")

    def ended(self, seconds=SECONDS):
        """The last audit, when it is over."""
        lab.wait_for(lambda: self.audits() and self.audits()[-1]["result"] != "In Progress",
                     seconds, "the audit ends")
        return self.audits()[-1]

    def assert_refused(self, instance, words):
        asked = self.order(instance)
        self.assertEqual(asked.returncode, 1, asked.stdout)
        self.assertIn("Failure:", asked.stderr + asked.stdout)
        self.assertIn(words, asked.stderr + asked.stdout)


class ByHand(Audits):
    def test_an_audit_finds_nothing_while_calls_come_and_go(self):
        calls = self.call(CALLS, "--pps", 2000, "--control-rate", 100, "--new-rate", 50)
        calls.wait_open()
        for _ in range(5):
            self.begin()
            audit = self.ended()
            self.assertEqual((audit["result"], audit["cause"]), ("Complete", ""))
            self.assertEqual({key: audit[key] for key in DIFFERENCES},
                             dict.fromkeys(DIFFERENCES, 0))
            self.assertGreaterEqual(audit["calls"], CALLS)
            self.assertEqual(audit["sessmgrs_done"], audit["sessmgrs"])
        self.assertEqual(len(self.audits()), 5)
        self.assert_good(calls.finish(), CALLS)

    def test_its_result_is_shown_and_cleared(self):
        self.begin()
        self.ended()
        info = self.info()
        self.assertEqual((info["state"], info["last_type"]), ("Complete", "Manual-with-sync"))
        self.assertAlmostEqual(info["last_successful"], time.time(), delta=SECONDS)
        self.assertAlmostEqual(info["next_periodicity"], time.time() + 3600 / SCALE,
                               delta=3600 / SCALE)
        self.assertIsNone(info["next_daily_start_time"])
        rows = self.lab.vpclab("exec", self.active, SHOW).stdout.splitlines()
        self.assertEqual(rows[1].split()[:3], ["Audit", "Type", "Started"])
        self.assertEqual(rows[3].split()[0], "Manual-with-sync")
        self.assertIn("Complete", rows[3])
        text = self.lab.vpclab("exec", self.active, "show srp info").stdout
        for row in ("Next Peer Audit Scheduled:    \n",
                    "   Daily-Start-time Audit Scheduled : - ",
                    "   Cron-Job Audit Scheduled         : - ",
                    "Peer Audit State:              Complete  ",
                    "Last Peer Audit Type:          Manual-with-sync  "):
            self.assertIn(row, text)
        self.lab.vpclab("exec", self.active, "clear srp audit-statistics")
        self.assertEqual(self.audits(), [])
        self.assertIn("No audit is on record",
                      self.lab.vpclab("exec", self.active, SHOW).stdout)

    def test_a_program_is_told_that_it_began(self):
        answer = self.lab.show(self.active, MANUAL)
        self.assertEqual(answer, {"result": "In Progress", "sessmgrs": 2})
        self.assertEqual(self.ended()["sessmgrs"], 2)

    def test_begin_and_end_are_events(self):
        before = len(self.lab.events(self.active, "cf1", "srp.audit"))
        self.begin()
        self.ended()
        began, over = self.lab.events(self.active, "cf1", "srp.audit")[before:]
        self.assertEqual(began["new"], "In Progress")
        self.assertTrue(began["cause"].startswith("Manual-with-sync, "), began)
        self.assertEqual((over["old"], over["new"]), ("In Progress", "Complete"))
        self.assertIn("0 missing, 0 stale, 0 extra, 0 synced", over["cause"])

    def test_a_standby_refuses(self):
        self.assert_refused(self.standby, "this chassis is Standby")
        self.assertEqual(self.audits(self.standby), [])


class WithoutPeer(Audits):
    def test_without_a_standby_it_is_refused(self):
        pids = [pid for name, pid in self.lab.pids().items() if name.startswith(self.standby)]
        self.lab.signal(pids, signal.SIGKILL)
        lab.wait_for(lambda: "no Standby to compare with" in self.order().stderr, SECONDS,
                     "the audit is refused")
        self.assertIsNone(self.info()["next_periodicity"])


class ControlFunction(Audits):
    def test_its_switchover_ends_an_audit_as_failed(self):
        """The peer's session managers stand still, so that the audit lasts."""
        peers = [pid for name, pid in self.lab.pids().items()
                 if name.startswith(f"{self.standby}/sf")]
        self.lab.vpclab("time", "scale", self.lab.scale / 4)  # the CF is killed before they are missed
        self.lab.signal(peers, signal.SIGSTOP)
        try:
            self.assertEqual(self.order().returncode, 0)
            self.assertEqual(self.audits()[-1]["result"], "In Progress")
            self.assertIn("an audit is under way", self.order().stderr)
            self.lab.signal([self.lab.pids()[f"{self.active}/cf1"]], signal.SIGKILL)
            lab.wait_for(lambda: self.instance_leads("cf2"), SECONDS, "CF 2 leads")
            audit = self.ended()
        finally:
            self.lab.signal(peers, signal.SIGCONT)
        self.lab.vpclab("time", "scale", self.lab.scale)
        self.assertEqual((audit["type"], audit["result"], audit["cause"]),
                         ("Manual-with-sync", "Failed", "control function switchover"))
        self.wait_synced()
        self.begin()
        self.assertEqual(self.ended()["result"], "Complete")

    def instance_leads(self, card):
        return [one for one in self.lab.events(self.active, card, "chassis.lead")]


class OfTheDay(Audits):
    """A lab that audits at the next full minute but EARLY_S; the other cases pass the time."""

    @classmethod
    def setUpClass(cls):
        if not hasattr(OfTheDay, "lab"):
            super().setUpClass()
            OfTheDay.lab = cls.lab
            OfTheDay.due = (time.time() + EARLY_S) // MINUTE_S * MINUTE_S + MINUTE_S
            start = time.strftime("%H %M", time.gmtime(cls.due))
            cls.lab.configure_srp(f"audit daily-start-time {start}", "audit periodicity 90")


class BeforeTheTime(OfTheDay):
    @classmethod
    def tearDownClass(cls):
        """Others go on with it."""

    def test_the_time_of_the_first_audit_of_a_day_is_shown(self):
        info = self.info()
        self.assertEqual(info["next_daily_start_time"], self.due)
        self.assertEqual(info["next_periodicity"], self.due + 90 * MINUTE_S)
        self.assertEqual(self.audits(), [])


class ByTime(OfTheDay):
    def setUp(self):
        lab.Case.setUp(self)
        self.active = self.lab.in_state("Active")
        self.standby = self.lab.other(self.active)

    def test_the_first_audit_of_a_day_begins_at_its_time(self):
        audit = self.ended(seconds=max(0, self.due - time.time()) + SECONDS)
        self.assertEqual((audit["type"], audit["result"]), ("Daily-Start-time", "Complete"))
        self.assertGreaterEqual(audit["started"], self.due)
        self.assertLess(audit["started"] - self.due,
                        3 + lateness.since(time.monotonic() - time.time() + self.due))
        info = self.info()
        self.assertEqual(info["next_daily_start_time"], self.due + 24 * 60 * MINUTE_S)
        self.assertEqual(info["next_periodicity"], self.due + 90 * MINUTE_S)
        self.assertEqual(info["last_type"], "Daily-Start-time")
        self.assertEqual(self.audits(self.standby), [])


if __name__ == "__main__":
    lab.main(BeforeTheTime, ByHand, WithoutPeer, ControlFunction, ByTime)
