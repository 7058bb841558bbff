"""What cases of planned switchovers have in common: calls, events, and what must hold after one."""

import os
import select
import time

import lab

CALLS = int(os.environ.get("VPCLAB_CALLS", "200"))
SECONDS = lab.SECONDS
OUTAGE_MS = 1500
PROBES = ("--volte", 50, "--control-rate", 50)


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

    def wait_entered(self, instance, phases, since):
        """Which of these comes first. Asked as often as can be: a phase lasts a millisecond."""
        phases = (phases,) if isinstance(phases, str) else phases
        deadline = time.monotonic() + SECONDS
        while True:
            for one in self.srp_events(instance, since):
                if one["kind"] == "srp.phase" and one["new"] in phases:
                    return one["new"]
            self.assertLess(time.monotonic(), deadline, f"{instance} enters {phases}")
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
