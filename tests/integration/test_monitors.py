"""Monitors in a whole pair: what fails outside makes the Active hand over, once, and to a chassis
that is better off; calls go on. The outside world plays the servers, and so do real ones."""

import contextlib
import datetime
import json
import secrets
import time

import lab
import lateness
import servers
import tap

CALLS = 40
SECONDS = lab.SECONDS
RADIUS, DIAMETER, PORT, PEER = ("8.1", "8.2"), "8.3", 1812, "ocs.icsr.test"
DIAMETER_PORT, REJECT = 3868, 3
PROBE = "authentication-probe"
PAIRED, ALONE = ("2.1", "2.2"), "2.3"  # neighbors: two of a group, the only one of another
LAB_S = 1000000

# Of topologies/monitored-*.cfg, in lab seconds.
GUARD_S, DAMPING_S, RETRY_S = 15, 5, 5
PROBE_S = 6        # the longest interval of a probe: watchdog-timeout
TRIES, TRY_S = 3, 3
SLACK_S = 5        # a real second
NET_SILENCE_S = 3  # of a demux that is gone

SLOW = 1.5         # time-scale in which a try takes two seconds

MONITORS_REFUSE = ("Failure: a monitor of the peer chassis is down; see show srp monitor there, "
                   "or use force to override\n")


class Monitored(lab.Case):
    """What the cases below have in common."""

    lab_options = {"name": "monitored", "scale": 5, "dead": 10}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mending = {}  # orders to the world that undo what a case has done

    def setUp(self):
        super().setUp()
        self.settle()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.since = max(one["lab_us"] for one in self.events())

    def settle(self):
        """Whatever the case before has done: all is well, and nothing is held back. What failed is
        mended before it is forgotten: who forgets earlier hands over once more."""
        for line in list(self.mending):
            self.order(line)
        lab.wait_for(self.is_well, SECONDS, "a pair whose monitors are Up")
        if self.mending:
            for command in ("srp reset-auth-probe-fail", "srp reset-diameter-fail"):
                self.lab.vpclab("exec", self.lab.in_state("Active"), command)
        self.mending.clear()

    def is_well(self):
        """One serves and stays, and sees all it watches; a switchover may have been on its way."""
        active = self.lab.in_state("Active")
        self.lab.wait("sync")
        wanted = {"phase": "-", "chassis_state": "Active", "peer_state": "Standby"}
        info = self.lab.show(active, "show srp info")
        return {key: info[key] for key in wanted} == wanted and \
            set(self.states(active).values()) == {"Up"}

    def answer(self):
        for tail in RADIUS:
            self.radius(tail, "answer")
        self.diameter("answer")

    # ---- the world -----------------------------------------------------------------------

    def order(self, line):
        self.lab.vpclab("exec", "world", line)

    def change(self, what, how, well):
        """An order, and the one that undoes it."""
        if how != well:
            self.mending[f"{what} {well}"] = True
        self.order(f"{what} {how}")

    def neighbor(self, tail, state, instance=""):
        what = f"bgp neighbor {self.lab.address(tail)}"
        self.change(what, f"{state} {instance}".rstrip(), "up")

    def radius(self, tail, mode):
        self.change(f"aaa {self.lab.address(tail)}:{PORT}", mode, "answer")

    def diameter(self, mode):
        self.change(f"aaa {self.lab.address(DIAMETER)}:{DIAMETER_PORT}", mode, "answer")

    def chassis_bfd(self, state):
        self.change("bfd chassis", state, "up")

    # ---- what the chassis say ------------------------------------------------------------

    def states(self, instance, kind=None):
        """State of each monitor by what it watches."""
        shown = self.lab.show(instance, "show srp monitor all")["monitors"]
        return {(one["type"], one["target"]): one["state"] for one in shown
                if kind in (None, one["type"])}

    def wait_states(self, instance, wanted, kind=None):
        lab.wait_for(lambda: set(self.states(instance, kind).values()) == wanted, SECONDS,
                     f"monitors of {instance} are {wanted}")

    def wait_state(self, instance, target, wanted):
        lab.wait_for(lambda: {state for (_, name), state in self.states(instance).items()
                              if name == target} == {wanted}, SECONDS,
                     f"{target} is {wanted} at {instance}: {self.states(instance)}")

    def kind(self, instance, kind):
        return self.lab.show(instance, "show srp monitor")["kinds"][kind.replace("-", "_")]

    def wait_held_back(self, instance, kind):
        """Down, past guard and damping, and no reason any more."""
        def is_held():
            shown = self.kind(instance, kind)
            return shown["down"] and shown["latched"] and not shown["damped"]
        lab.wait_for(is_held, SECONDS, f"{kind} is held back at {instance}")

    def probes(self, instance, kind):
        """What the eyes of each monitor of that kind have counted."""
        return [one["probes"] for one in
                self.lab.show(instance, "show srp monitor all")["monitors"] if one["type"] == kind]

    def sent(self, instance):
        """Requests of its eyes so far."""
        return sum(one["sent"] for kind in (PROBE, "diameter")
                   for one in self.probes(instance, kind))

    def asked(self):
        """Requests that the servers have got so far, from anybody."""
        shown = self.lab.vpclab("exec", "world", "show aaa", "--json").stdout
        return sum(one["requests"] for one in json.loads(shown)["aaa"])

    def traps(self, instance):
        return [one["number"] for one in self.lab.show(instance, "show snmp trap history")]

    # ---- what happened ---------------------------------------------------------------------

    def events(self, kind=None, since=0):
        """Of both chassis in the order in which they happened."""
        found = [{**one, "chassis": instance} for instance in lab.INSTANCES
                 for card in ("cf1", "cf2") for one in self.lab.events(instance, card, kind)
                 if one["lab_us"] > since]
        return sorted(found, key=lambda one: one["lab_us"])

    def takeovers(self):
        """Reason and new Active of each switchover of this case, in order."""
        return [(one["cause"], one["chassis"]) for one in self.events("srp.state", self.since)
                if one["new"] == "Pending-Active"]

    def wait_takeovers(self, *wanted):
        """Until the last of these is over; no other one took place."""
        lab.wait_for(lambda: len(self.takeovers()) >= len(wanted), SECONDS,
                     f"{wanted[-1]} takes place after {self.takeovers()}")
        self.lab.wait_switched(wanted[-1][1], SECONDS)
        self.assertEqual(self.takeovers(), list(wanted))

    def let_pass(self, seconds):
        """Lab seconds, counted by those who must do nothing in them: a hello each second."""
        for instance in lab.INSTANCES:
            until = self.hellos(instance) + seconds
            lab.wait_for(lambda one=instance, least=until: self.hellos(one) >= least, SECONDS,
                         f"{instance} has said {seconds} hellos")

    def hellos(self, instance):
        return self.lab.show(instance, "show srp info")["hellos_sent"]

    def assert_in_time(self, began, ended, most):
        """Lab seconds; as many more may have passed as processes waited for a processor."""
        scale = self.lab.scale
        late = scale * lateness.between(began / scale, ended / scale)
        self.assertLess(ended - began, most + late)

    def last(self, kind, instance, new, cause=""):
        """Lab time of the last such event of this case, in seconds."""
        return [one["lab_us"] for one in self.events(kind, self.since)
                if one["chassis"] == instance and one["new"] == new
                and cause in (one["cause"] or "")][-1] / LAB_S

    def open_calls(self):
        calls = self.call(CALLS, "--pps", 200)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        return calls

    def assert_unharmed(self, calls):
        calls.wait_answering(CALLS, SECONDS)
        self.assert_good(calls.finish(), CALLS)


class Network(Monitored):
    DAMPING_S = 15  # lab seconds, in which a neighbor goes, is seen damped, and is back

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        timer = "guard-timer srp-redundancy-timers bgp"
        for instance in lab.INSTANCES:  # long enough for all that happens in them
            for word, was, now in (("guard-period", GUARD_S, 300),
                                   ("damping-period", DAMPING_S, cls.DAMPING_S)):
                cls.lab.edit(cls.lab.config(instance), f"{timer} {word} {was}", f"{timer} {word} {now}")

    def test_all_is_up_on_the_active_and_a_standby_asks_no_server(self):
        self.assertEqual(set(self.states(self.active).values()), {"Up"})
        self.assertEqual(len(self.states(self.active)), 8)
        for (kind, name), state in self.states(self.standby).items():
            asked = kind in (PROBE, "diameter")
            self.assertEqual(state, "Init" if asked else "Up", name)
        self.assertEqual(self.lab.show(self.active, "show srp monitor")["wants"], "notDefined")

    def assert_one_asks(self, active, standby):
        """Over several intervals of each probe; the servers count, too."""
        quiet, busy, asked = self.sent(standby), self.sent(active), self.asked()
        self.let_pass(4 * PROBE_S)
        asked = self.asked() - asked
        busy = self.sent(active) - busy
        self.assertEqual(self.sent(standby), quiet)
        self.assertGreaterEqual(asked, 2 * 3 + 2)  # two servers, and a Diameter peer
        self.assertLess(asked, busy + 3)  # one of each may have been on its way

    def test_only_the_active_asks_before_and_after_a_switchover(self):
        self.assert_one_asks(self.active, self.standby)
        self.assertEqual(self.lab.initiate(self.active).returncode, 0)
        self.wait_takeovers(("manualSwitchOver", self.standby))
        self.wait_states(self.standby, {"Up"})
        self.assert_one_asks(self.standby, self.active)

    def test_one_neighbor_of_a_group_may_go_and_the_whole_group_may_not(self):
        calls = self.open_calls()
        self.neighbor(PAIRED[0], "down", self.active)
        self.wait_state(self.active, self.lab.address(PAIRED[0]), "Down")
        self.let_pass(RETRY_S)
        self.assertEqual(self.takeovers(), [])

        self.neighbor(PAIRED[1], "down", self.active)
        self.wait_takeovers(("bgpFailure", self.standby))
        down = self.last("monitor.state", self.active, "Down")
        left = self.last("srp.state", self.active, "Pending-Standby")
        self.assert_in_time(down, left, 1)
        calls.wait_answering(CALLS, SECONDS)

        refused = self.lab.initiate(self.standby)
        self.assertEqual((refused.returncode, refused.stderr), (1, MONITORS_REFUSE))
        self.neighbor(PAIRED[0], "up", self.active)  # one of two is enough
        lab.wait_for(lambda: self.lab.initiate(self.standby).returncode == 0, SECONDS,
                     "the way back is free")
        self.wait_takeovers(("bgpFailure", self.standby), ("manualSwitchOver", self.active))
        self.assert_unharmed(calls)
        self.assertEqual(self.traps(self.active).count(119), 2)

    def test_what_both_have_lost_is_no_reason_until_one_has_it_again(self):
        for instance in (self.standby, self.active):
            self.neighbor(ALONE, "down", instance)
            self.wait_state_of_neighbor(instance, "Down")
            self.let_pass(1)  # it says so to its peer
        lab.wait_for(lambda: self.lab.show(self.active, "show srp info")["last_refusal"] ==
                     "a monitor of the peer chassis is down", SECONDS, "it wants, and may not")
        self.let_pass(RETRY_S + 1)
        self.assertEqual(self.takeovers(), [])
        self.neighbor(ALONE, "up", self.standby)
        self.wait_takeovers(("bgpFailure", self.standby))

    def test_a_pair_that_lost_the_same_one_after_the_other_does_not_play_ping_pong(self):
        calls = self.open_calls()
        self.neighbor(ALONE, "down", self.active)
        self.wait_takeovers(("bgpFailure", self.standby))
        self.neighbor(ALONE, "down", self.standby)
        self.wait_state_of_neighbor(self.standby, "Down")
        self.let_pass(GUARD_S + DAMPING_S)
        self.assertEqual(self.takeovers(), [("bgpFailure", self.standby)])
        self.assertEqual(self.lab.show(self.standby, "show srp monitor")["wants"], "bgpFailure")
        self.neighbor(ALONE, "up")
        self.wait_state_of_neighbor(self.standby, "Up")
        self.let_pass(RETRY_S + 1)
        self.assertEqual(self.takeovers(), [("bgpFailure", self.standby)])
        self.assert_unharmed(calls)

    def wait_state_of_neighbor(self, instance, state):
        name = ("bgp", self.lab.address(ALONE))
        lab.wait_for(lambda: self.states(instance)[name] == state, SECONDS,
                     f"{name} is {state} at {instance}")

    def test_a_router_that_bfd_sees_no_more_is_a_reason_of_its_own(self):
        self.change(f"bfd {self.lab.address(ALONE)}", f"down {self.active}", "up")
        self.wait_takeovers(("bfdFailure", self.standby))
        self.assertEqual(self.states(self.active)["bgp", self.lab.address(ALONE)], "Up")
        self.assertIn(1277, self.traps(self.active))

    def test_after_a_card_failure_only_what_lasts_the_damping_period_counts(self):
        self.lab.vpclab("kill", self.active, "sf6")  # the spare: nothing else changes
        self.lab.wait(f"{self.active}.card6=dead")
        self.assertGreater(self.kind(self.active, "bgp")["guard_left_ms"], 0)
        self.neighbor(ALONE, "down", self.active)
        lab.wait_for(lambda: self.kind(self.active, "bgp")["damped"], SECONDS, "it is damped")
        self.neighbor(ALONE, "up", self.active)
        lab.wait_for(lambda: not self.kind(self.active, "bgp")["damped"], SECONDS, "it is over")
        self.let_pass(self.DAMPING_S)
        self.assertEqual(self.takeovers(), [])
        self.neighbor(ALONE, "down", self.active)
        self.wait_takeovers(("bgpFailure", self.standby))
        waited = (self.last("srp.state", self.active, "Pending-Standby") -
                  self.last("monitor.state", self.active, "Down"))
        self.assertGreaterEqual(waited, self.DAMPING_S - 0.1)
        self.lab.up()


    def assert_damped_by_guard(self, instance):
        """Neighbor ALONE goes: the chassis hands over, but not before the damping period ended."""
        self.assertGreater(self.kind(instance, "bgp")["guard_left_ms"], 0)
        self.neighbor(ALONE, "down", instance)
        lab.wait_for(lambda: self.kind(instance, "bgp")["damped"], SECONDS, "it is damped")
        self.wait_takeovers(("bgpFailure", self.standby))
        waited = (self.last("srp.state", instance, "Pending-Standby") -
                  self.last("monitor.state", instance, "Down"))
        self.assertGreaterEqual(waited, self.DAMPING_S - 0.1)

    def test_after_a_switchover_of_the_control_functions_too(self):
        old = self.lab.instance(self.active)["active_cf"]
        self.lab.vpclab("kill", self.active, f"cf{old}")
        self.lab.wait(f"{self.active}.cf={3 - old}", f"{self.active}.chassis=active",
                      seconds=SECONDS)
        self.wait_states(self.active, {"Up"})
        self.assert_damped_by_guard(self.active)
        self.lab.up()

    def test_without_its_demux_a_chassis_has_no_network_and_hands_over(self):
        calls = self.open_calls()
        self.lab.vpclab("kill", self.active, "demux3")
        for kind in ("bgp", "bfd"):
            lab.wait_for(lambda one=kind: set(self.states(self.active, one).values()) == {"Down"},
                         SECONDS, f"{kind} is Down without a demux")
        self.wait_takeovers(("bfdFailure", self.standby))  # of BFD no guard holds back
        lost = self.last("card.down", self.active, "Offline")
        down = self.last("monitor.state", self.active, "Down")
        self.assert_in_time(lost, down, NET_SILENCE_S + 1)
        self.assertEqual(set(self.states(self.standby, "bgp").values()), {"Up"})
        calls.wait_answering(CALLS, SECONDS)
        self.lab.up()
        self.wait_states(self.active, {"Up"}, "bgp")  # a new demux, new sessions
        self.wait_states(self.active, {"Up"}, "bfd")
        self.assertEqual(self.takeovers(), [("bfdFailure", self.standby)])
        self.assert_unharmed(calls)


class Servers(Monitored):
    def silence(self):
        for tail in RADIUS:
            self.radius(tail, "silent")

    def assert_damped(self, instance, cause):
        """Its last Down fell into the guard period, and lasted the damping period."""
        down = self.last("monitor.state", instance, "Down", cause)
        left = self.last("srp.state", instance, "Pending-Standby")
        self.assertGreaterEqual(left - down, DAMPING_S - 0.1)
        self.assert_in_time(down, left, GUARD_S + DAMPING_S)

    def test_servers_that_fall_silent_cause_one_switchover_and_each_way_out_ends_that(self):
        here, there = self.active, self.standby
        calls = self.open_calls()
        self.radius(RADIUS[0], "silent")
        self.wait_state(here, self.lab.address(RADIUS[0]), "Down")
        self.let_pass(RETRY_S)
        self.assertEqual(self.takeovers(), [])  # the other one answers
        self.assertFalse(self.kind(here, PROBE)["down"])

        self.radius(RADIUS[1], "silent")
        happened = [("aaaFailure", there)]
        self.wait_takeovers(*happened)
        self.assertEqual(self.traps(here).count(125), 1)
        # it reaches no server either, and stays
        self.wait_held_back(there, PROBE)
        self.let_pass(DAMPING_S + RETRY_S)
        self.assertEqual(self.takeovers(), happened)

        # an operator's switchover: the other one is free to hand over, after guard and damping
        self.assertEqual(self.lab.initiate(there).returncode, 0)
        happened += [("manualSwitchOver", here), ("aaaFailure", there)]
        self.wait_takeovers(*happened)
        self.assert_damped(here, PROBE)
        self.wait_held_back(there, PROBE)

        # a failure of another kind
        self.neighbor(ALONE, "down", there)
        self.wait_takeovers(*happened, ("bgpFailure", here))
        self.neighbor(ALONE, "up", there)
        happened += [("bgpFailure", here), ("aaaFailure", there)]
        self.wait_takeovers(*happened)
        self.wait_held_back(there, PROBE)

        # an operator's word: at once
        self.lab.vpclab("exec", there, "srp reset-auth-probe-fail")
        happened += [("aaaFailure", here)]
        self.wait_takeovers(*happened)
        self.wait_held_back(here, PROBE)
        self.let_pass(DAMPING_S + RETRY_S)
        self.assertEqual(self.takeovers(), happened)

        before = self.traps(here)
        self.answer()
        self.wait_states(here, {"Up"})
        self.assertEqual(self.traps(here)[len(before):].count(124), 1)
        self.assert_unharmed(calls)

    def test_an_answer_with_another_secret_is_none_and_a_reject_is_one(self):
        for tail in RADIUS:
            self.radius(tail, "reject")
        lab.wait_for(lambda: {one["last_code"] for one in self.probes(self.active, PROBE)} ==
                     {REJECT}, SECONDS, "both reject")
        self.assertEqual(set(self.states(self.active, PROBE).values()), {"Up"})
        for tail in RADIUS:
            self.radius(tail, "bad-signature")
        self.wait_takeovers(("aaaFailure", self.standby))

    def test_a_diameter_peer_that_falls_silent_or_refuses_causes_one_switchover_each(self):
        here, there = self.active, self.standby
        calls = self.open_calls()
        self.diameter("silent")
        happened = [("diameterFailure", there)]
        self.wait_takeovers(*happened)
        self.assertIn(184, self.traps(here))
        self.wait_held_back(there, "diameter")
        self.let_pass(DAMPING_S + RETRY_S)
        self.assertEqual(self.takeovers(), happened)
        self.diameter("answer")
        self.wait_state(there, PEER, "Up")
        self.assertIn(185, self.traps(there))

        self.diameter("refuse")  # which it has seen fail already, and stays
        self.wait_held_back(there, "diameter")
        self.let_pass(RETRY_S)
        self.assertEqual(self.takeovers(), happened)
        self.lab.vpclab("exec", there, "srp reset-diameter-fail")
        happened += [("diameterFailure", here)]
        self.wait_takeovers(*happened)
        self.wait_held_back(here, "diameter")

        # an operator who hands over and forgets in one go: it is the new Active that is free now
        self.assertEqual(self.lab.initiate(here, "reset-diameter-fail").returncode, 0)
        happened += [("manualSwitchOver", there), ("diameterFailure", here)]
        self.wait_takeovers(*happened)
        self.assert_damped(there, "diameter")
        self.assert_unharmed(calls)

    def test_a_new_cf_forgets_no_failure_that_it_was_told_to_stay_for(self):
        here, there = self.active, self.standby
        self.silence()
        self.wait_takeovers(("aaaFailure", there))
        self.wait_held_back(there, PROBE)
        old = self.lab.instance(there)["active_cf"]
        self.lab.vpclab("kill", there, f"cf{old}")
        self.lab.wait(f"{there}.cf={3 - old}", f"{there}.chassis=active", seconds=SECONDS)
        self.wait_held_back(there, PROBE)
        self.let_pass(DAMPING_S + RETRY_S)
        self.assertEqual(self.takeovers(), [("aaaFailure", there)])
        self.assertEqual(self.lab.in_state("Active"), there)
        self.lab.up()
        self.assertEqual(self.lab.in_state("Standby"), here)


class ChassisBfd(Monitored):
    """A Standby that asks the network, not its watch, whether its peer is dead."""

    DEAD_S = Monitored.lab_options["dead"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.configure_srp("bfd-mon-ignore-dead-interval")

    def test_while_the_network_sees_the_peer_silence_is_no_reason(self):
        for slot in (1, 2):
            self.lab.vpclab("kill", self.active, f"cf{slot}")
        lab.wait_for(lambda: any(one["new"] == "dead" for one in
                                 self.events("srp.peer", self.since)), SECONDS,
                     "the dead-interval is over")
        lab.wait_for(lambda: self.lab.show(self.standby, "show srp info")[
            "last_hello_seconds_ago"] >= 2 * self.DEAD_S, SECONDS, "another one")
        self.assertEqual(self.lab.instance(self.standby)["chassis_state"], "Standby")
        self.chassis_bfd("down")
        self.lab.wait(f"{self.standby}.chassis=active", seconds=SECONDS)
        self.assertEqual(self.takeovers(), [("chassisChassisBfdFailure", self.standby)])
        self.chassis_bfd("up")
        self.lab.up()
        self.assertEqual(self.lab.in_state("Active"), self.standby)

    def test_while_the_peer_says_hello_the_network_is_no_reason(self):
        self.chassis_bfd("down")
        self.wait_state(self.active, self.srp_address(self.standby), "Down")
        self.wait_state(self.standby, self.srp_address(self.active), "Down")
        self.let_pass(self.DEAD_S)
        self.assertEqual(self.takeovers(), [])

    def srp_address(self, instance):
        return self.lab.address("0.11" if instance == "east" else "0.12")

    def test_a_dead_chassis_is_replaced_before_the_dead_interval_is_over(self):
        calls = self.open_calls()
        self.lab.vpclab("kill", self.active)
        self.lab.wait(f"{self.standby}.chassis=active", seconds=SECONDS)
        self.assertEqual(self.takeovers(), [("chassisChassisBfdFailure", self.standby)])
        heard = [one["lab_us"] for one in self.events("monitor.state", self.since)
                 if one["chassis"] == self.standby and one["new"] == "Down"][-1] / LAB_S
        began = self.last("srp.state", self.standby, "Pending-Active")
        self.assert_in_time(heard, began, self.DEAD_S / 2)
        calls.wait_answering(CALLS, SECONDS)
        self.lab.up()
        self.assert_unharmed(calls)


class Real(Monitored):
    """Instead of the world's responders, servers that were not written for this."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        cls.server_files = cls.lab.dir / "servers"
        cls.server_files.mkdir()
        cls.running = cls.make_servers(topology)
        cls.lab.topology.write_text(json.dumps(topology))
        for one in cls.running:
            cls.addClassCleanup(one.stop)
            one.begin()

    def freeze(self):
        for one in self.running:
            one.freeze()

    def thaw(self):
        for one in self.running:
            one.thaw()

    def stop(self):
        for one in self.running:
            one.stop()

    def begin(self):
        for one in self.running:
            one.begin()

    def sum(self, instance, kind, counter):
        return sum(one[counter] for one in self.probes(instance, kind))

    def wait_more(self, instance, kind, counter, what):
        before = self.sum(instance, kind, counter)
        lab.wait_for(lambda: self.sum(instance, kind, counter) > before, SECONDS, what)

    def after(self, moment, instance, kind, new):
        """Lab seconds from then until the last server of that kind became so, without those in
        which processes waited for a processor."""
        to_monotonic = time.monotonic() - time.time()
        times = [datetime.datetime.fromisoformat(one["time"]).timestamp() + to_monotonic
                 for one in self.events("monitor.state", self.since)
                 if one["chassis"] == instance and one["new"] == new
                 and one["cause"].startswith(f"monitor {kind} ")]
        last = max(times)
        return self.lab.scale * (last - moment - lateness.between(moment, last))

    def judge(self, kind, reason, reset):
        here, there = self.active, self.standby
        took = {}
        calls = self.open_calls()
        # frozen for a while: the other tries of lab time leave us seconds to see the first
        self.lab.vpclab("time", "scale", SLOW)
        self.freeze()
        self.wait_more(here, kind, "timeouts", "a try is in vain")
        self.thaw()
        self.wait_more(here, kind, "answered", "the next one is not")
        self.lab.vpclab("time", "scale", self.lab.scale)
        self.wait_states(here, {"Up"})
        self.assertEqual(self.takeovers(), [])
        # frozen for good: one switchover; the new Active sees it no better, and stays
        moment = time.monotonic()
        self.freeze()
        self.wait_takeovers((reason, there))
        took["frozen"] = self.after(moment, here, kind, "Down")
        self.wait_held_back(there, kind)
        moment = time.monotonic()
        self.thaw()
        self.wait_states(there, {"Up"}, kind)
        took["thawed"] = self.after(moment, there, kind, "Up")
        self.assertEqual(self.takeovers(), [(reason, there)])
        # ended, once an operator has allowed the way back
        self.lab.vpclab("exec", there, reset)
        moment = time.monotonic()
        self.stop()
        self.wait_takeovers((reason, there), (reason, here))
        took["stopped"] = self.after(moment, there, kind, "Down")
        # started again
        self.begin()
        moment = time.monotonic()  # it is ready
        self.wait_states(here, {"Up"})
        took["started"] = self.after(moment, here, kind, "Up")
        self.assertEqual(self.takeovers(), [(reason, there), (reason, here)])
        self.assert_unharmed(calls)
        tap.comment(f"{kind}, lab seconds: " +
                    ", ".join(f"{what} {after:.1f}" for what, after in took.items()))
        for what, after in took.items():
            self.assertLess(after, self.noticed_s + SLACK_S, what)


@servers.needs_freeradius
class RealRadius(Real):
    noticed_s = 5 + TRIES * TRY_S  # the last answer may be that old

    @classmethod
    def make_servers(cls, topology):
        topology["aaa"] = [one for one in topology["aaa"] if one["type"] != "radius"]
        secret = secrets.token_hex(16)
        for instance in lab.INSTANCES:
            for tail in RADIUS:
                line = f"radius server {cls.lab.address(tail)} "
                cls.lab.edit(cls.lab.config(instance), line, f"{line}key {secret} ")
        return [servers.Radiusd(cls.server_files / f"radius{tail}", cls.lab.address(tail), PORT,
                                secret) for tail in RADIUS]

    def test_freeradius_frozen_ended_and_started_again(self):
        self.judge(PROBE, "aaaFailure", "srp reset-auth-probe-fail")


@servers.needs_freediameter
class RealDiameter(Real):
    """The whole pair lives in the namespace that freeDiameter needs."""

    address = "10.95.0.1"
    noticed_s = PROBE_S + TRIES * TRY_S

    @classmethod
    def make_servers(cls, topology):
        namespace = servers.Namespace(cls.address)
        cls.addClassCleanup(namespace.end)
        cls.lab.prefix = namespace.enter
        topology["aaa"] = [one for one in topology["aaa"] if one["type"] != "diameter"]
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), f"address {cls.lab.address(DIAMETER)}",
                         f"address {cls.address}")
        return [servers.Diameterd(cls.server_files, namespace, cls.address, DIAMETER_PORT)]

    def test_freediameter_frozen_ended_and_started_again(self):
        self.judge("diameter", "diameterFailure", "srp reset-diameter-fail")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(Network, Servers, ChassisBfd, RealRadius, RealDiameter)
