"""Planned switchovers under traffic: nothing is lost, whatever the options, and one that is refused
changes nothing."""

import contextlib
import os
import signal
import time

import lab
from switchover import CALLS, SECONDS, Switchover

SWITCHOVERS = int(os.environ.get("VPCLAB_SWITCHOVERS", "4"))
FORCED = "forced"
HOLD_S = 1.0  # well below the 3 s after which a stopped card is dead, and the dead-interval
SHUT_MS = 1000 * HOLD_S - 100  # what is shut is noticed with the next one that is sent
FLOWING_MS = 500
NONE, VOLTE, DATA, SIGNALLING = set(), {"volte"}, {"volte", "other"}, {"control", "new"}
CLASSES = DATA | SIGNALLING
VOLTE_FLOWS, ALL_FLOW = "allow-volte-data-traffic", "allow-all-data-traffic"
VOLTE_COUNTED = f"{VOLTE_FLOWS} maintain-accounting"
EARLY, OPTIMIZED = "allow-early-active-transition", "control-outage-optimization"
OPTIMIZED_IN = ["reconcile", "audit"]  # the later of the two that was not over at once
ATTEMPTS = 10  # to have something left to account for: on a busy machine no packet may come in time
SETTLED_S = 1.2  # of the wall clock; hellos and statuses come each half second at time-scale 2


class NothingToAccount(Exception):
    """No packet passed between the critical flush and the withdrawal: nothing can be held."""


class ThereAndBack(Switchover):
    def packets(self):
        totals = [self.lab.show(one, "show subscribers summary") for one in lab.INSTANCES]
        return {way: sum(one[f"{way}_packets"] for one in totals) for way in ("up", "down")}

    def test_switchovers_there_and_back_lose_no_call_and_no_answered_packet(self):
        before = self.packets()
        calls = self.open_calls("--pps", 1000)
        for number in range(SWITCHOVERS):
            active, standby = self.lab.switch_over()
            with self.subTest(number=number):
                self.assert_handed_over(active, standby)
                self.lab.wait(f"sessions={CALLS}", seconds=SECONDS)
                loss = self.last_loss(active)
                self.assertEqual((loss["before"], loss["recovered"]), (CALLS, CALLS))
        result = self.assert_unharmed(calls)

        # Each packet that was answered was counted once on one of the two chassis, and what
        # was counted was sent; the verification pings each call once more, or more often.
        lab.wait_for(lambda: self.packets()["down"] - before["down"] >=
                     result["packets_answered"], SECONDS, "the answered packets were counted")
        counted = {way: number - before[way] for way, number in self.packets().items()}
        self.assertLessEqual(counted["down"], counted["up"])
        self.assertLessEqual(counted["up"], result["packets_sent"] + 3 * CALLS)


class Options(Switchover):
    """Which gates each set of options leaves open, in both configurations, there and back. On
    the way there the leaver is held in its critical flush, on the way back the heir in its
    reconciliation: for HOLD_S a class either flows, or its gate is shut. The session managers
    of the chassis that is looked at all run."""

    lab_options = {"scale": 1, "dead": 3}
    starts_up = False

    def stop(self, who):
        """An end to that."""
        pid = [self.lab.pids()[who]]
        self.lab.signal(pid, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, pid, signal.SIGCONT)
        return lambda: self.lab.signal(pid, signal.SIGCONT)

    def wait_held(self):
        began = time.monotonic()
        lab.wait_for(lambda: time.monotonic() - began > HOLD_S, SECONDS, "it lasts")

    def hold_flush(self, leaver, heir, since):
        """What one session manager of the leaver has to say is not acknowledged."""
        go_on = self.stop(f"{heir}/sf4")
        self.assertEqual(self.lab.initiate(leaver).returncode, 0)
        self.wait_entered(leaver, "critical-flush", since)
        self.wait_held()
        go_on()
        return leaver, "critical-flush"

    def hold_accounting(self, leaver, heir, since):
        """One session manager of the leaver stops once it has obeyed in the withdrawal, and says
        nothing of its last counters. For that the withdrawal lasts until the demux goes on, and
        the critical flush until the demux, having obeyed in it, is stopped."""
        flushed = self.stop(f"{heir}/sf4")
        self.assertEqual(self.lab.initiate(leaver).returncode, 0)
        self.wait_entered(leaver, "critical-flush", since)
        self.wait_obeyed(leaver)
        withdrawn = self.stop(f"{leaver}/demux3")
        flushed()
        self.wait_entered(heir, "await-withdrawal", since)
        go_on = self.stop(f"{leaver}/sf4")
        withdrawn()
        if self.wait_entered(heir, ("reconcile", "post-process", "-"), since) != "reconcile":
            go_on()
            raise NothingToAccount
        self.wait_held()
        go_on()
        return heir, "reconcile"

    def assert_lasted(self, leaver, instance, phase, since):
        """The gates were those of that phase while it was held. How long the way there took:
        other phases, and what it took to have them last."""
        events = [one for one in self.srp_events(instance, since) if one["kind"] == "srp.phase"]
        began = self.srp_events(leaver, since)[0]["lab_us"]
        entered = next(one["lab_us"] for one in events if one["new"] == phase)
        left = next(one["lab_us"] for one in events if one["old"] == phase)
        self.assertGreater(left - entered, HOLD_S * self.lab.scale * 1e6)
        return (entered - began) / self.lab.scale / 1000

    def assert_became_active(self, instance, phases, since):
        """... in one of these phases, and ended all."""
        events = [one for one in self.srp_events(instance, since)
                  if one["kind"] in ("srp.state", "srp.phase")]
        became = next(i for i, one in enumerate(events)
                      if one["kind"] == "srp.state" and one["new"] == "Active")
        self.assertEqual(events[became + 1]["kind"], "srp.phase")
        self.assertIn(events[became + 1]["old"], phases)
        self.assertEqual(events[-1]["new"], "-", events)

    def assert_gates(self, calls, flowing, before_ms):
        result = calls.finish()
        flowing_ms = before_ms + FLOWING_MS + calls.late_ms()
        self.assert_good(result, self.calls_n)
        self.assertEqual(result["extra_left"], 0)
        self.assertEqual(set(result["outages"]), CLASSES)
        for name, one in result["outages"].items():
            self.assertEqual(one.get("refused", 0), 0, name)
            if name in flowing:
                self.assertLess(one["outage_ms"], flowing_ms, f"{name} flows")
            else:
                self.assertGreater(one["outage_ms"], SHUT_MS, f"{name} waits")

    def switch_held(self, hold, active_in, flowing):
        for _ in range(ATTEMPTS):
            try:
                return self.switch_held_once(hold, active_in, flowing)
            except NothingToAccount:
                continue
        return self.fail(f"packets pass between flush and withdrawal, once in {ATTEMPTS} times")

    def switch_held_once(self, hold, active_in, flowing):
        calls = self.open_calls("--pps", 1000, "--new-rate", 20)
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        since = max(one["lab_us"] for name in lab.INSTANCES for one in self.srp_events(name))
        try:
            held = hold(leaver, heir, since)
        except NothingToAccount:
            self.lab.wait_switched(heir)
            calls.finish()
            raise
        self.lab.wait_switched(heir)
        self.assert_handed_over(heir, leaver)
        before_ms = self.assert_lasted(leaver, *held, since)
        self.assert_became_active(heir, active_in, since)
        self.assert_gates(calls, flowing, before_ms)

    def judge(self, *options, active_in, flush, accounting=None):
        """`active_in`: the phases one of which the new Active is in as it becomes Active;
        `flush` and `accounting`: the classes that flow while these are held. Where no data
        flows after the critical flush there is nothing to account for, and nothing to hold."""
        self.lab.configure_srp(*[f"switchover {one}" for one in options])
        self.addCleanup(self.lab.write_files, hello=1, dead=3)
        self.lab.up()
        self.addCleanup(self.lab.vpclab, "down")
        self.switch_held(self.hold_flush, active_in, flush)
        if accounting is not None:
            self.switch_held(self.hold_accounting, active_in, accounting)

    def test_no_options(self):
        self.judge(active_in=["audit"], flush=NONE)

    def test_allow_volte_data_traffic(self):
        self.judge(VOLTE_FLOWS, active_in=["audit"], flush=VOLTE, accounting=VOLTE)

    def test_allow_volte_data_traffic_maintain_accounting(self):
        self.judge(VOLTE_COUNTED, active_in=["audit"], flush=VOLTE, accounting=NONE)

    def test_allow_volte_data_traffic_and_early_active_transition(self):
        self.judge(VOLTE_FLOWS, EARLY, active_in=["announce"], flush=VOLTE, accounting=DATA)

    def test_early_active_transition_waits_where_accounting_is_maintained(self):
        self.judge(VOLTE_COUNTED, EARLY, active_in=["audit"], flush=VOLTE, accounting=NONE)

    def test_allow_all_data_traffic(self):
        self.judge(ALL_FLOW, active_in=["audit"], flush=DATA, accounting=DATA)

    def test_allow_all_data_traffic_and_early_active_transition(self):
        self.judge(ALL_FLOW, EARLY, active_in=["announce"], flush=DATA, accounting=DATA)

    def test_allow_all_data_traffic_and_control_outage_optimization(self):
        self.judge(ALL_FLOW, OPTIMIZED, active_in=OPTIMIZED_IN, flush=DATA, accounting=CLASSES)

    def test_control_outage_optimization_lets_signalling_through_before_data(self):
        self.judge(VOLTE_COUNTED, OPTIMIZED, active_in=OPTIMIZED_IN, flush=VOLTE,
                   accounting=SIGNALLING)

    def test_control_outage_optimization(self):
        self.judge(OPTIMIZED, active_in=OPTIMIZED_IN, flush=NONE)

    def test_an_early_active_transition_without_data_changes_nothing(self):
        self.judge(EARLY, OPTIMIZED, active_in=OPTIMIZED_IN, flush=NONE)


class Refused(Switchover):
    calls_n = 60
    PASSING = ("last_hello_seconds_ago", "hellos_sent", "hellos_received", "peer_sessions",
               "last_refusal", "last_refusal_sessmgrs")

    def view(self):
        """What both chassis and the router show, but for ages and counted hellos."""
        shown = {}
        for name in lab.INSTANCES:
            info = self.lab.show(name, "show srp info")
            shown[name] = ({key: info[key] for key in info if key not in self.PASSING},
                           self.lab.show(name, "show card table"))
        routes = [{key: one[key] for key in one if key != "age_s"} for one in self.lab.routes()]
        return shown, routes

    def settled(self):
        """The view once it has stayed the same for more than a hello interval and a card
        status: what was done before has had all its effects."""
        seen, since = self.view(), time.monotonic()

        def unchanged():
            nonlocal seen, since
            now = self.view()
            if now != seen:
                seen, since = now, time.monotonic()
            return time.monotonic() - since > SETTLED_S
        lab.wait_for(unchanged, SECONDS, "both chassis and the router show the same for a while")
        return seen

    def assert_refused(self, instance, text, *words):
        before = self.settled()
        done = self.lab.initiate(instance, *words)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", f"Failure: {text}\n"))
        self.assertEqual(self.view(), before)

    def hold(self, name):
        """Stop a process, so that who waits for it waits on; an end to that."""
        pid = [self.lab.pids()[name]]
        self.lab.signal(pid, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, pid, signal.SIGCONT)
        return lambda: self.lab.signal(pid, signal.SIGCONT)

    def test_on_the_standby(self):
        self.assert_refused(self.lab.in_state("Standby"), "the chassis is not in Active state")
        self.assert_refused(self.lab.in_state("Standby"), "the chassis is not in Active state",
                            "force")

    def test_without_confirmation(self):
        active, before = self.lab.in_state("Active"), self.settled()
        done = self.lab.vpclab("exec", active, "srp initiate-switchover", expect=1)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr,
                         "Failure: this command asks for confirmation; add -noconfirm\n")
        self.assertEqual(self.view(), before)
        self.assertEqual(self.lab.events(active, "cf1", "srp.switchover"), [])

    def test_a_session_manager_without_its_peer_refuses_and_force_overrides(self):
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        # no update of a call comes in between: until it is acknowledged its card is not synced
        self.call(self.calls_n, "--pps", 0).wait_open()
        self.lab.wait(f"sessions={self.calls_n}", "sync")
        doomed = self.lab.card(active, 4)["sessions"]
        self.assertGreater(doomed, 0)
        self.lab.vpclab("kill", standby, "sf4")
        self.lab.wait(f"{standby}.card4=dead")

        def alone():
            card = self.lab.card(active, 4)
            return not card["peer_ready"] and not card["synced"]
        lab.wait_for(alone, SECONDS, "its peer notices that it is gone")
        self.assert_refused(active, "1 session managers are not connected to the peer chassis; "
                                    "use force to override")
        self.assertEqual(self.lab.show(active, "show srp info")["last_refusal"],
                         "session managers are not connected to the peer chassis")

        self.assertEqual(self.lab.initiate(active, "force").returncode, 0)
        self.lab.wait(f"{standby}.chassis=active", f"{active}.chassis=standby", seconds=SECONDS)
        loss = lab.wait_for(
            lambda: self.lab.show(standby, "show srp call-loss statistics")["switchovers"], SECONDS,
            "the ledger has the switchover")[-1]
        self.assertEqual((loss["before"], loss["lost"], loss["lost_by_cause"]),
                         (self.calls_n, doomed, {FORCED: doomed}))
        self.lab.up()
        self.assertEqual(self.lab.instance(standby)["sessions"], self.calls_n - doomed)

    def test_a_second_one_while_the_first_is_under_way(self):
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.open_calls("--pps", 200)
        go_on = self.hold(f"{standby}/sf4")
        self.assertEqual(self.lab.initiate(active).returncode, 0)
        again = self.lab.initiate(active)
        go_on()
        self.assertEqual((again.returncode, again.stderr),
                         (1, "Failure: the chassis is not in Active state\n"))
        self.lab.wait_switched(standby)
        self.assertEqual(self.last_loss(standby)["lost"], 0)

    def test_one_while_the_last_is_processed_unless_that_is_terminated(self):
        self.lab.vpclab("time", "scale", 0.5)  # who is held is missed after three lab seconds
        self.addCleanup(self.lab.vpclab, "time", "scale", self.lab.scale)
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        doomed = [self.lab.pids()[f"{active}/sf4"]]
        since = max(one["lab_us"] for name in (active, standby) for one in self.srp_events(name))
        # The leaver must not become a synchronised Standby: one of its session managers stops
        # once it has nothing more to say, which the withdrawal waits for (see hold_accounting).
        flushed = self.hold(f"{standby}/sf4")
        self.call(self.calls_n, "--pps", 0).wait_open()  # to have something to flush
        self.assertEqual(self.lab.initiate(active).returncode, 0)
        self.wait_entered(active, "critical-flush", since)
        self.wait_obeyed(active)
        withdrawn = self.hold(f"{active}/demux3")
        flushed()
        self.wait_entered(standby, "await-withdrawal", since)
        self.hold(f"{active}/sf4")
        withdrawn()
        self.wait_entered(standby, "post-process", since)
        self.lab.signal(doomed, signal.SIGKILL)
        self.lab.vpclab("time", "scale", self.lab.scale)
        self.lab.wait(f"{standby}.chassis=active", f"{active}.chassis=standby",
                      f"{active}.card4=dead")
        self.assertEqual(self.lab.show(standby, "show srp info")["phase"], "post-process")
        self.assert_refused(standby, "the last switchover is still being processed; srp "
                                     "terminate-post-process ends it, force overrides")
        refused = self.lab.vpclab("exec", active, "srp terminate-post-process", expect=1)
        self.assertEqual(refused.stderr, "Failure: the chassis is not in Active state\n")
        self.lab.vpclab("exec", standby, "srp terminate-post-process")
        self.assertEqual(self.lab.show(standby, "show srp info")["phase"], "-")
        self.assertEqual(self.lab.in_state("Active"), standby)
        self.lab.up()
        self.lab.switch_over()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(ThereAndBack, Options, Refused)
