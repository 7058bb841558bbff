"""What an operator reads and sets: counters that are true and can be cleared, limits of a
switchover that hold, attempts that are repeated as often and as far apart as configured."""

import signal
import time

import lab
import lateness

SCALE, HELLO_S, DEAD_S = 5, 1, 10
SECONDS = lab.SECONDS
RETRIES, RETRY_S = 2, 5
DELAY_S = 4
LATE_S = 2.5  # lab seconds that something may be late: the machine is shared
EARLY_S = 0.05  # ... or seem early: an event is stamped as it is written down
CALLS = 40
MANUAL = "manualSwitchOver"
MANUAL_KEY = "manual_switch_over"  # as a key
NO_CARDS = "a card that is needed is down"


class Operator(lab.Case):
    lab_options = {"scale": SCALE, "hello": HELLO_S, "dead": DEAD_S}
    configured = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.configure_srp(*cls.configured)

    def lab_us(self):
        return time.monotonic() * self.lab.scale * 1e6

    def statistics(self, instance):
        return self.lab.show(instance, "show srp statistics")

    def both_statistics(self):
        return {name: self.statistics(name) for name in lab.INSTANCES}

    def events(self, instance, kind, since):
        return [one for one in self.lab.events(instance, "cf1", kind) if one["lab_us"] > since]

    def wait_phase(self, instance, phase, since):
        """... is entered."""
        lab.wait_for(lambda: [one for one in self.events(instance, "srp.phase", since)
                              if one["new"] == phase], SECONDS, f"{instance} enters {phase}")

    def assert_phase_lasted(self, instance, phase, seconds, since):
        events = self.events(instance, "srp.phase", since)
        entered = next(one["lab_us"] for one in events if one["new"] == phase)
        left = next(one["lab_us"] for one in events if one["old"] == phase)
        self.assert_lasted(entered, left, seconds)

    def late_us(self, began, ended):
        """By how much something may have lasted longer from one moment of lab time to another."""
        real = lateness.between(began / self.lab.scale / 1e6, ended / self.lab.scale / 1e6)
        return (LATE_S + real * self.lab.scale) * 1e6

    def assert_lasted(self, began, ended, seconds):
        self.assertGreater(ended - began, (seconds - EARLY_S) * 1e6)
        self.assertLess(ended - began, seconds * 1e6 + self.late_us(began, ended))


class Statistics(Operator):
    ROWS = {
        "hellos_dropped": "Hello Messages Dropped", "hellos_invalid": "Hello Messages Invalid",
        "connections_lost": "Connections Lost", "validation_requests_sent": "Request Sent",
        "validation_responses_received": "Response Received",
        "validation_failures": "Validation Failure", "refused_here": "Refused Here",
        "refused_by_peer": "Refused by Peer", "rolled_back": "Rolled Back"}

    def rows(self, instance):
        """Of the text: label and number."""
        lines = self.lab.vpclab("exec", instance, "show srp statistics").stdout.splitlines()
        return {label.strip(): int(value) for label, _, value in
                (line.partition(":") for line in lines[1:]) if value.strip()}

    def grown(self, before, instance):
        """The counters of switchovers and refusals that grew, and by how much."""
        after = self.statistics(instance)
        names = ("refused_here", "refused_by_peer", "rolled_back")
        grown = {name: after[name] - before[instance][name] for name in names}
        grown |= {name: number - before[instance]["switchovers"][name]
                  for name, number in after["switchovers"].items()}
        return {name: number for name, number in grown.items() if number}

    def test_what_one_chassis_sends_the_other_receives(self):
        """Seen one after the other: what was sent before and after the moment of the receiver."""
        def seen(name):
            first = self.statistics(name)["hellos_sent"]
            received = self.statistics(self.lab.other(name))["hellos_received"]
            return first, received, self.statistics(name)["hellos_sent"]
        for name in lab.INSTANCES:
            least, was, most = seen(name)
            lab.wait_for(lambda one=name, until=most + 6: self.statistics(one)["hellos_sent"] >=
                         until, SECONDS, "hellos go on")
            least_now, now, most_now = seen(name)
            self.assertGreaterEqual(now - was, least_now - most - 1, f"{name}: one under way")
            self.assertLessEqual(now - was, most_now - least + 1, f"{name}: one under way")

    def test_a_switchover_counts_once_on_both_sides_under_its_reason(self):
        before = self.both_statistics()
        self.lab.switch_over()
        for name in lab.INSTANCES:
            self.assertEqual(self.grown(before, name), {MANUAL_KEY: 1})
            counted = self.statistics(name)["switchovers"]
            self.assertEqual(self.rows(name)["Manual"], counted[MANUAL_KEY])

    def test_a_refusal_counts_where_it_was_asked(self):
        before, standby = self.both_statistics(), self.lab.in_state("Standby")
        self.assertEqual(self.lab.initiate(standby).returncode, 1)
        self.assertEqual(self.grown(before, standby), {"refused_here": 1})
        self.assertEqual(self.grown(before, self.lab.other(standby)), {})

    def test_the_rows_of_the_text_say_the_same(self):
        for name in lab.INSTANCES:
            before, rows, after = self.statistics(name), self.rows(name), self.statistics(name)
            for key, label in self.ROWS.items():
                self.assertEqual(rows[label], after[key], label)
            for key, label in (("hellos_sent", "Hello Messages Sent"),
                               ("hellos_received", "Hello Messages Received")):
                self.assertTrue(before[key] <= rows[label] <= after[key], label)

    def test_how_late_hellos_come_is_told_and_counted_anew(self):
        name = self.lab.in_state("Active")
        lab.wait_for(lambda: self.statistics(name)["hello_lateness"]["hellos"] >= 3, SECONDS,
                     "hellos are judged")
        rows, late = self.rows(name), self.statistics(name)["hello_lateness"]
        self.assertLessEqual(late["median_ms"], late["p99_ms"])
        self.assertLessEqual(late["p99_ms"], late["max_ms"])
        self.assertLessEqual(rows["Hello Lateness, Longest (us)"], round(late["max_ms"] * 1000))
        self.assertGreater(rows["Hello Lateness, Longest (us)"], 0)
        self.cleared(name, lambda now: now["hello_lateness"]["hellos"] < late["hellos"])

    def cleared(self, name, is_anew):
        """The counters once they are cleared, seen before they have grown as much again."""
        def clear():
            self.lab.vpclab("exec", name, "clear srp statistics")
            now = self.statistics(name)
            return is_anew(now) and now
        return lab.wait_for(clear, SECONDS, "it counts anew")

    def test_clear_counts_anew_on_that_chassis_only(self):
        self.lab.switch_over()
        self.lab.initiate(self.lab.in_state("Standby"))
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        lab.wait_for(lambda: self.statistics(standby)["hellos_sent"] > 10, SECONDS, "some hellos")
        before = self.both_statistics()
        self.assertGreater(before[standby]["refused_here"], 0)
        after = self.cleared(standby, lambda now: all(
            now[key] < before[standby][key] for key in (
                "hellos_sent", "hellos_received", "resource_messages_sent",
                "resource_messages_received")))
        self.assertEqual(set(after["switchovers"].values()), {0})
        for key in self.ROWS:
            self.assertEqual(after[key], 0, key)
        self.assertEqual(self.grown(before, active), {})
        lab.wait_for(lambda: self.statistics(standby)["hellos_received"] > 3, SECONDS, "it counts")
        self.lab.switch_over()
        self.assertEqual(self.statistics(standby)["switchovers"][MANUAL_KEY], 1)

    def test_clear_empties_the_history_of_losses(self):
        active, standby = self.lab.switch_over()
        self.lab.switch_over()
        self.lab.switch_over()
        command = "show srp call-loss statistics"
        kept = {name: self.lab.show(name, command)["switchovers"] for name in lab.INSTANCES}
        self.assertEqual(kept[active][-1]["reason"], MANUAL)
        self.lab.vpclab("exec", active, "clear srp call-loss statistics")
        self.assertEqual(self.lab.show(active, command)["switchovers"], [])
        self.assertIn("No switchover to this chassis is on record",
                      self.lab.vpclab("exec", active, command).stdout)
        self.assertEqual(self.lab.show(standby, command)["switchovers"], kept[standby])


class Limits(Operator):
    """... of `srp initiate-switchover`, in lab seconds; slower, since a card that is stopped is
    taken for dead after three of them."""

    lab_options = {"scale": 1, "hello": HELLO_S, "dead": DEAD_S}

    def test_timeout_ends_a_critical_flush_that_is_not_acknowledged(self):
        calls = self.call(CALLS, "--pps", 1000)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        pid, since = [self.lab.pids()[f"{heir}/sf4"]], self.lab_us()
        self.lab.signal(pid, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, pid, signal.SIGCONT)
        self.assertEqual(self.lab.initiate(leaver, "timeout", "1").returncode, 0)
        self.wait_phase(leaver, "request", since)
        self.lab.signal(pid, signal.SIGCONT)
        self.lab.wait_switched(heir)
        self.assert_phase_lasted(leaver, "critical-flush", 1, since)
        self.assertEqual(self.events(leaver, "srp.rolled-back", since), [])
        self.assert_good(calls.finish(), CALLS)

    def test_post_switch_timeout_ends_the_processing_by_itself(self):
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.lab.vpclab("kill", leaver, "sf4")  # it will be no synchronised Standby
        self.lab.wait(f"{leaver}.card4=dead")
        for seconds in (1, 2):
            since = self.lab_us()
            asked = self.lab.initiate(leaver, "force", "post-switch-timeout", str(seconds))
            self.assertEqual(asked.returncode, 0, asked.stderr)
            self.wait_phase(heir, "post-process", since)
            self.wait_phase(heir, "-", since)
            self.assertEqual(self.lab.in_state("Active"), heir)
            self.assert_phase_lasted(heir, "post-process", seconds, since)
            leaver, heir = heir, leaver

    def test_limits_out_of_range_are_refused_and_nothing_is_started(self):
        active, before = self.lab.in_state("Active"), self.both_statistics()
        for words in (("timeout", "65536"), ("post-switch-timeout", "3601"), ("timeout",)):
            asked = self.lab.initiate(active, *words)
            self.assertEqual(asked.returncode, 2, asked.stderr)
            self.assertTrue(asked.stderr.startswith("Failure: "), asked.stderr)
        self.assertEqual(self.lab.in_state("Active"), active)
        self.assertEqual(self.statistics(active)["switchovers"], before[active]["switchovers"])


class Retries(Operator):
    """The peer refuses as long as it has no demux."""

    configured = (f"internal-switchover-retry-interval {RETRY_S}",
                  f"num-internal-switchover-retry {RETRIES}")

    def ask_in_vain(self):
        """A switchover that the peer refuses; who asked, and since when."""
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.lab.vpclab("kill", standby, "demux3")
        self.lab.wait(f"{standby}.card3=dead")
        for name in lab.INSTANCES:
            self.lab.vpclab("exec", name, "clear srp statistics")
        since = self.lab_us()
        self.assertEqual(self.lab.initiate(active).returncode, 0)
        lab.wait_for(lambda: self.statistics(active)["refused_by_peer"], SECONDS, "it is refused")
        return active, standby, since

    def test_what_the_peer_refuses_is_tried_again_as_often_as_configured(self):
        active, standby, since = self.ask_in_vain()
        lab.wait_for(lambda: self.statistics(active)["refused_by_peer"] > RETRIES, SECONDS,
                     "all attempts are used up")
        rolled_back = self.events(active, "srp.rolled-back", since)
        self.assertEqual([one["cause"] for one in rolled_back], [NO_CARDS] * (1 + RETRIES))
        for first, second in zip(rolled_back, rolled_back[1:]):
            self.assert_lasted(first["lab_us"], second["lab_us"], RETRY_S)
        self.lab.up()
        over = rolled_back[-1]["lab_us"] + (RETRY_S + LATE_S) * 1e6
        lab.wait_for(lambda: self.lab_us() > over, SECONDS, "another attempt would have been made")
        counted = self.statistics(active)
        self.assertEqual((counted["refused_by_peer"], counted["rolled_back"],
                          counted["refused_here"]), (1 + RETRIES, 1 + RETRIES, 0))
        self.assertEqual(self.statistics(standby)["refused_here"], 0)
        for name in lab.INSTANCES:
            self.assertEqual(set(self.statistics(name)["switchovers"].values()), {0})
        self.assertEqual(self.lab.in_state("Active"), active)

    def test_an_attempt_that_the_peer_can_follow_succeeds(self):
        self.lab.vpclab("time", "scale", 1)  # the attempts are five real seconds apart
        self.addCleanup(self.lab.vpclab, "time", "scale", self.lab.scale)
        active, standby, _ = self.ask_in_vain()
        self.lab.vpclab("start", standby)
        self.lab.wait_switched(standby)
        for name in lab.INSTANCES:
            self.assertEqual(self.statistics(name)["switchovers"][MANUAL_KEY], 1)
        self.assertEqual(self.lab.show(active, "show srp info")["chassis_state"], "Standby")


class Delay(Operator):
    """A delay-interval puts off the first dead-interval, and no other."""

    configured = (f"delay-interval {DELAY_S}",)

    def test_a_chassis_alone_serves_after_both_intervals(self):
        for name in lab.INSTANCES:
            self.lab.vpclab("kill", name)
        since = self.lab_us()
        self.lab.vpclab("start", "east")
        self.lab.wait("east.chassis=active")
        led = self.events("east", "chassis.lead", since)[0]["lab_us"]
        moved = self.events("east", "srp.state", since)
        self.assertEqual([(one["old"], one["new"]) for one in moved], [("Init", "Active")])
        self.assert_lasted(led, moved[0]["lab_us"], DELAY_S + DEAD_S)

        self.lab.up()
        since = self.lab_us()
        self.lab.vpclab("kill", "east")
        self.lab.wait("west.chassis=active")
        moved = self.events("west", "srp.state", since)[0]
        self.assertEqual((moved["new"], moved["cause"]), ("Pending-Active", "deadTimerExpiry"))
        self.assertLess(moved["lab_us"] - since,
                        DEAD_S * 1e6 + self.late_us(since, moved["lab_us"]))


if __name__ == "__main__":
    lab.main(Statistics, Limits, Retries, Delay)
