"""The SRP link is cut between two living chassis. Both serve then, but the router stays with the
one that served before; once hellos flow again one of them steps down, and nobody's call is lost.

The whole test stands in a network namespace of its own, where it may cut what it likes."""

import ctypes
import os
import pathlib
import subprocess
import time

import lab
import lateness

CALLS = 100
HELLO_S, DEAD_S, SCALE = 1, 3, 2
SLOW = 0.75  # time-scale in which a dead-interval takes four seconds
HELLO_US, DEAD_US, GRACE_US = HELLO_S * 1000000, DEAD_S * 1000000, 100000
RECONNECT_S = 2  # real seconds from healing to the first hello: timers of TCP, and some
GAP_MS = 1000
LATE = 20  # calls that open while both serve
OPENED_BY_BOTH = "Opened while both chassis were Active"
EAST_END, WEST_END = "0.11", "0.12"  # of the SRP link
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
NOWHERE = "77"  # a routing table that leads to a device nobody reads


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


def unshare():
    """Into a network namespace of our own; without root, as root of a user namespace."""
    libc, uid, gid = ctypes.CDLL(None, use_errno=True), os.geteuid(), os.getegid()
    flags = CLONE_NEWNET | (CLONE_NEWUSER if uid else 0)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "no network namespace")
    if uid:
        own = pathlib.Path("/proc/self")
        (own / "setgroups").write_text("deny")
        (own / "uid_map").write_text(f"0 {uid} 1")
        (own / "gid_map").write_text(f"0 {gid} 1")


def make_cuttable():
    """Rules may come before the table of local addresses; how a cut then swallows packets:
    silently if we can have a device for it, else with an error for the sender."""
    ip("link", "set", "lo", "up")
    ip("rule", "add", "pref", "10", "lookup", "local")
    ip("rule", "del", "pref", "0")
    try:
        ip("tuntap", "add", "dev", "cut", "mode", "tun")
        ip("link", "set", "cut", "up")
        pathlib.Path("/proc/sys/net/ipv4/conf/cut/route_localnet").write_text("1")
        ip("route", "add", "127.0.0.0/8", "dev", "cut", "table", NOWHERE)
    except (OSError, subprocess.CalledProcessError):
        return ["blackhole"]
    return ["lookup", NOWHERE]


def isolate():
    """How to cut, and why we cannot."""
    try:
        unshare()
        return make_cuttable(), None
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        return None, f"needs a network namespace with rules of its own: {reason}"


class SplitBrain(lab.Case):
    lab_options = {"scale": SCALE, "hello": HELLO_S, "dead": DEAD_S}
    swallow, why_not = None, None

    def setUp(self):
        if self.why_not:
            self.skipTest(self.why_not)
        super().setUp()
        self.cuts = []
        self.addCleanup(self.heal)
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def lab_us(self):
        return time.monotonic() * SCALE * 1e6

    def late_us(self, began_us, ended_us):
        """Of lab time, by how much that may have lasted longer for want of a processor."""
        return lateness.between(began_us / SCALE / 1e6, ended_us / SCALE / 1e6) * SCALE * 1e6

    def assert_in_time(self, began_us, ended_us, most_us):
        self.assertLess(ended_us - began_us, most_us + self.late_us(began_us, ended_us))

    def cut(self, *ends):
        """What is sent to these ends of the SRP link is lost from now on; when that is."""
        now = self.lab_us()
        for end in ends:
            rule = ["pref", "5", "to", self.lab.address(end)]
            ip("rule", "add", *rule, *self.swallow)
            self.cuts.append(rule)
        return now

    def wait_passed(self, seconds):
        """Lab seconds of slow time."""
        until = time.monotonic() + seconds / SLOW
        lab.wait_for(lambda: time.monotonic() > until, lab.SECONDS, f"{seconds} s are over")

    def heal(self):
        now = self.lab_us()
        while self.cuts:
            ip("rule", "del", *self.cuts.pop())
        return now

    def events(self, instance, since, *kinds):
        return [one for one in self.lab.events(instance, "cf1")
                if one["lab_us"] > since and one["kind"] in kinds]

    def states(self, instance, since):
        return [one["new"] for one in self.events(instance, since, "srp.state")]

    def open_calls(self):
        calls = self.call(CALLS, "--pps", 1000)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        return calls

    def assert_served_by(self, instance):
        routes = self.lab.routes()
        self.assertEqual({one["chassis"] for one in routes if one["best"]}, {instance})
        return routes

    def wait_dual_active(self, since):
        """Both serve, from the dead interval on and not before; a hello that was sent as the cut
        came may yet be heard, and the one after it where only acknowledgements are lost."""
        self.lab.wait(f"{self.standby}.chassis=active", f"{self.active}.chassis=active")
        moved = self.events(self.standby, since, "srp.state")[0]
        self.assertEqual((moved["new"], moved["cause"]), ("Pending-Active", "deadTimerExpiry"))
        self.assertGreater(moved["lab_us"] - since, DEAD_US - HELLO_US - GRACE_US)
        self.assert_in_time(since, moved["lab_us"], DEAD_US + HELLO_US + GRACE_US)
        prepends = {one["chassis"]: one["prepend"] for one in self.assert_served_by(self.active)}
        self.assertLess(prepends[self.active], prepends[self.standby])

    def wait_united(self, since, healed):
        """The one that served first still serves, and the other one left soon enough."""
        self.lab.wait(f"{self.active}.chassis=active", f"{self.standby}.chassis=standby", "sync")
        self.assertEqual(self.states(self.active, since), [])
        self.assertEqual(self.states(self.standby, since),
                         ["Pending-Active", "Active", "Pending-Standby", "Standby"])
        left = self.events(self.standby, healed, "srp.state")[0]
        self.assertEqual(left["cause"], "dualActive")
        heard = min(one["lab_us"] for name in lab.INSTANCES
                    for one in self.events(name, healed, "srp.connection", "srp.peer")
                    if one["new"] not in ("dead", "Not Connected"))
        self.assert_in_time(heard, left["lab_us"], HELLO_US + GRACE_US)
        self.assert_in_time(healed, left["lab_us"],
                            RECONNECT_S * SCALE * 1e6 + HELLO_US + GRACE_US)
        self.assert_served_by(self.active)

    def wait_ledger(self):
        """The entry of the one that stepped down."""
        def entry():
            kept = self.lab.show(self.standby, "show srp call-loss statistics")["switchovers"]
            return kept and kept[-1]["reason"] == "dualActive" and kept[-1]
        return lab.wait_for(entry, lab.SECONDS, f"{self.standby} writes down that it stepped down")

    def split(self, *ends):
        """A cut until both are Active, calls opened meanwhile, and healing."""
        calls = self.open_calls()
        since = self.cut(*ends)
        self.wait_dual_active(since)
        calls.wait_answering(CALLS)
        late = self.call(LATE, tail="2.3", imsi=1000000)
        late.wait_open()
        self.wait_united(since, self.heal())
        self.lab.wait(f"sessions={CALLS + LATE}")
        loss = self.wait_ledger()
        self.assertEqual((loss["lost"], loss["lost_by_cause"]), (0, {}))
        self.assert_good(late.finish(), LATE)
        result = calls.finish()
        self.assert_good(result, CALLS)
        self.assertLess(result["gap_max_ms"], GAP_MS + calls.late_ms())
        self.assertEqual(result["packets_lost"], 0)

    def test_cut_both_ways_the_router_stays_and_the_newcomer_steps_down(self):
        self.split(EAST_END, WEST_END)

    def test_cut_from_east_to_west_only(self):
        self.split(WEST_END)

    def test_cut_from_west_to_east_only(self):
        self.split(EAST_END)

    def neighbor(self, way):
        """The BGP session of the one that served first; who the router then sends to."""
        self.lab.vpclab("exec", "world",
                        f"bgp neighbor {self.lab.address('2.1')} {way} {self.active}")
        there = self.standby if way == "down" else self.active
        lab.wait_for(lambda: {one["chassis"] for one in self.lab.routes() if one["best"]} ==
                     {there}, lab.SECONDS, f"the router sends to {there}")

    def test_calls_opened_on_the_newcomer_end_with_it_and_are_counted(self):
        calls = self.open_calls()
        since = self.cut(EAST_END, WEST_END)
        self.wait_dual_active(since)
        self.addCleanup(self.neighbor, "up")
        self.neighbor("down")
        late = self.call(LATE, tail="2.3", imsi=1000000)
        late.wait_open()
        late.wait_answering(LATE)
        calls.wait_answering(CALLS)
        lab.wait_for(lambda: [self.lab.instance(name)["sessions"] for name in
                              (self.active, self.standby)] == [CALLS, CALLS + LATE], lab.SECONDS,
                     "the newcomer alone has the late calls")
        self.neighbor("up")
        self.wait_united(since, self.heal())
        self.lab.wait(f"sessions={CALLS}")
        loss = self.wait_ledger()
        self.assertEqual((loss["before"], loss["recovered"], loss["lost"]),
                         (CALLS + LATE, CALLS, LATE))
        self.assertEqual(loss["lost_by_cause"], {"dual_active": LATE})
        self.assertEqual(loss["cause_texts"], {"dual_active": OPENED_BY_BOTH})
        text = self.lab.vpclab("exec", self.standby, "show srp call-loss statistics").stdout
        self.assertRegex(text, rf"    {OPENED_BY_BOTH}: +{LATE}\n")
        self.assertEqual(self.lab.show(self.active, "show srp call-loss statistics"),
                         {"switchovers": []})
        gone = late.finish()
        self.assertEqual((gone["opened"], gone["verified"], gone["recreated"]), (LATE, 0, LATE))
        self.assert_good(calls.finish(), CALLS)

    def test_a_cut_shorter_than_the_dead_interval_moves_nobody(self):
        """The last case, since lab time is another one afterwards: it goes slowly, so that the cut
        is short on a machine that stalls, too."""
        calls = self.open_calls()
        epochs = [one["srp_epoch"] for one in self.lab.status()["instances"]]
        since = self.lab_us()
        self.lab.vpclab("time", "scale", SLOW)
        self.cut(EAST_END, WEST_END)
        self.wait_passed(DEAD_S / 3)
        self.heal()
        self.wait_passed(DEAD_S)
        self.wait_synced()
        self.assertEqual([self.states(name, since) for name in lab.INSTANCES], [[], []])
        self.assertEqual([one["srp_epoch"] for one in self.lab.status()["instances"]], epochs)
        result = calls.finish()
        self.assert_good(result, CALLS)
        self.assertEqual(result["packets_lost"], 0)


if __name__ == "__main__":
    SplitBrain.swallow, SplitBrain.why_not = isolate()
    lab.main(SplitBrain)
