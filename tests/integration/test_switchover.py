"""Planned switchovers under traffic: nothing is lost, whatever the options; one that is refused
changes nothing; and whatever dies in the middle, the pair ends with one Active and all calls."""

import contextlib
import itertools
import os
import select
import signal
import subprocess
import time

import lab

CALLS = int(os.environ.get("VPCLAB_CALLS", "200"))
SECONDS = lab.SECONDS
OUTAGE_MS = 1500
SWITCHOVERS = int(os.environ.get("VPCLAB_SWITCHOVERS", "4"))
ALL_FAULTS = os.environ.get("VPCLAB_FAULTS") == "all"
PROBES = ("--volte", 50, "--control-rate", 50)
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
SETTLED_S = 1.2  # of the wall clock; hellos and statuses come each half second at time-scale 2


class Switchover(lab.Case):
    """What the cases below have in common."""

    lab_options = {"dead": 3}
    calls_n = CALLS

    def open_calls(self, *options):
        calls = self.call(self.calls_n, *PROBES, *options)
        calls.wait_open()
        # with what comes and goes there may be more, and always something that is not told yet
        self.lab.wait(f"active.sessions>={self.calls_n}", f"standby.sessions>={self.calls_n}")
        return calls

    def last_loss(self, instance):
        return self.lab.show(instance, "show srp call-loss statistics")["switchovers"][-1]

    def srp_events(self, instance, since=0):
        """Those of the chassis in the order in which they happened."""
        events = [one for card in ("cf1", "cf2") for one in self.lab.events(instance, card)
                  if one["kind"].startswith("srp.") and one["lab_us"] > since]
        return sorted(events, key=lambda one: one["lab_us"])

    def wait_entered(self, instance, phase, since):
        """Asked as often as can be: a phase lasts a millisecond."""
        deadline = time.monotonic() + SECONDS
        while not any(one["kind"] == "srp.phase" and one["new"] == phase
                      for one in self.srp_events(instance, since)):
            self.assertLess(time.monotonic(), deadline, f"{instance} enters {phase}")
            select.select([], [], [], 0.0005)

    def wait_obeyed(self, leaver):
        """The cards of the leaver have the order to flush: the session managers say so, and the
        demux, which got it with them and has nothing to flush, needs less time than to ask."""
        lab.wait_for(lambda: self.lab.show(leaver, "show srp checkpoint statistics")
                     ["pending_standby"] == 2, SECONDS, f"the cards of {leaver} flush")

    def assert_handed_over(self, active, standby):
        """The ledger, the sessions, the routes and the ranks after a planned switchover."""
        loss = self.last_loss(active)
        self.assertEqual((loss["lost"], loss["lost_by_cause"]), (0, {}))
        self.assertEqual(loss["reason"], "manualSwitchOver")
        self.assertGreaterEqual(loss["recovered"], self.calls_n)
        self.assertEqual({one["chassis"] for one in self.lab.routes() if one["best"]}, {active})
        here, there = (self.lab.show(one, "show srp info") for one in (active, standby))
        self.assertLess(here["route_modifier"], there["route_modifier"])
        self.assertEqual((here["peer_state"], there["peer_state"]), ("Standby", "Active"))
        self.assertEqual((here["peer_route_modifier"], there["peer_route_modifier"]),
                         (there["route_modifier"], here["route_modifier"]))

    def assert_unharmed(self, calls):
        """... and what they saw of it is returned."""
        result = calls.finish()
        late_ms = calls.late_ms()
        self.assert_good(result, self.calls_n)
        for name, one in result["outages"].items():
            self.assertLess(one["outage_ms"], OUTAGE_MS + late_ms, name)
            self.assertEqual(one.get("refused", 0), 0, name)
        return result


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
        self.wait_entered(heir, "reconcile", since)
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
        calls = self.open_calls("--pps", 1000, "--new-rate", 20)
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        since = max(one["lab_us"] for name in lab.INSTANCES for one in self.srp_events(name))
        held = hold(leaver, heir, since)
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


class Faults(Switchover):
    """SIGKILL at each point of a switchover of each part that has a hand in it."""

    calls_n = 60
    # What is held: the phase and the chassis that enters it, and whom to stop for it to last.
    PHASES = {
        "beginning": ("leaver", "critical-flush", None),
        "critical_flush": ("leaver", "critical-flush", "heir/sf4"),
        "recovery": ("heir", "recover", "heir/demux3"),
        "withdrawal": ("leaver", "withdraw", "leaver/demux3"),
        "handing_over": ("leaver", "handed-over", None),
        "announcement": ("heir", "announce", None),
        "post_processing": ("heir", "post-process", None),
    }
    VICTIMS = {
        "the_active_cf_of_the_leaver": "leaver/cf",
        "the_active_cf_of_the_heir": "heir/cf",
        "the_leaver": "leaver",
        "the_heir": "heir",
        "the_demux_of_the_leaver": "leaver/demux3",
        "the_demux_of_the_heir": "heir/demux3",
        "a_session_manager_of_the_leaver": "leaver/sf5",
        "a_session_manager_of_the_heir": "heir/sf5",
    }
    USUAL = {
        ("the_active_cf_of_the_leaver", "beginning"), ("the_active_cf_of_the_heir", "beginning"),
        ("the_leaver", "beginning"), ("the_heir", "critical_flush"),
        ("the_demux_of_the_leaver", "beginning"), ("the_demux_of_the_heir", "recovery"),
        ("the_active_cf_of_the_leaver", "withdrawal"), ("the_active_cf_of_the_heir", "recovery"),
        ("the_leaver", "recovery"), ("the_heir", "withdrawal"),
        ("the_leaver", "critical_flush"), ("the_heir", "post_processing"),
        ("a_session_manager_of_the_leaver", "critical_flush"),
        ("a_session_manager_of_the_heir", "recovery"),
    }

    def pids_of(self, who):
        """Of "leaver", "heir/demux3", or "leaver/cf", the active one."""
        role, _, card = who.partition("/")
        instance = self.roles[role]
        if card == "cf":
            card = f"cf{self.lab.instance(instance)['active_cf']}"
        return [pid for name, pid in self.lab.pids().items()
                if name == f"{instance}/{card}" or not card and name.startswith(f"{instance}/")]

    def survivor(self, victim, phase):
        """The chassis that goes on by itself: it does not need what died."""
        if "/" not in self.VICTIMS[victim]:
            return self.lab.other(self.roles[self.VICTIMS[victim]])
        if victim == "the_demux_of_the_heir" and phase in ("beginning", "recovery"):
            return self.roles["leaver"]
        return None

    def judge(self, who, phase):
        victim = self.VICTIMS[who]
        role, name, held = self.PHASES[phase]
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.roles = {"leaver": leaver, "heir": heir}
        calls = self.open_calls()
        at_stake = self.lab.card(leaver, 5)["sessions"] if victim.endswith("sf5") else 0
        since = max(one["lab_us"] for i in lab.INSTANCES for one in self.srp_events(i))
        doomed, stopped = self.pids_of(victim), self.pids_of(held) if held else []
        self.lab.signal(stopped, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, stopped, signal.SIGCONT)
        with subprocess.Popen([lab.PROGRAMS["vpclab"], "exec", leaver,
                               "srp initiate-switchover -noconfirm"], env=self.lab.env,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asked:
            self.addCleanup(asked.kill)
            self.wait_entered(self.roles[role], name, since)
            self.lab.signal(doomed, signal.SIGKILL)
            asked.wait(timeout=SECONDS)
        self.lab.signal(set(stopped) - set(doomed), signal.SIGCONT)
        survivor = self.survivor(who, phase)
        if survivor:
            self.lab.wait(f"{survivor}.chassis=active", seconds=SECONDS)
            calls.wait_answering(self.calls_n, SECONDS)
        self.lab.up()
        self.lab.wait_switched(self.lab.in_state("Active"))
        if at_stake:
            lab.wait_for(lambda: calls.progress().get("answering", 0) >= self.calls_n - at_stake,
                         SECONDS, "all calls of the other session manager answer")
            self.assertGreaterEqual(calls.finish()["verified"], self.calls_n - at_stake)
        else:
            calls.wait_answering(self.calls_n, SECONDS)
            self.lab.wait(f"sessions={self.calls_n}", seconds=SECONDS)
            self.assert_good(calls.finish(), self.calls_n)


def add_faults():
    for who, phase in itertools.product(Faults.VICTIMS, Faults.PHASES):
        if ALL_FAULTS or (who, phase) in Faults.USUAL:
            setattr(Faults, f"test_{who}_dies_in_the_{phase}",
                    lambda self, who=who, phase=phase: self.judge(who, phase))
            getattr(Faults, f"test_{who}_dies_in_the_{phase}").__name__ = who


add_faults()

if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(ThereAndBack, Options, Refused, Faults)
