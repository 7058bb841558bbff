"""All processes of the Active die again and again, at random moments, while calls come, change and
go: what the Standby acknowledged is there after each takeover, and the ledger closes.

VPCLAB_TAKEOVERS=200 makes it the long run, VPCLAB_SEED repeats one. Who lives after a takeover is
judged by the client: each call it may still have is pinged from its own address through its own
tunnel, and then updated.
"""

import os
import random
import signal
import time

import churn
import fates
import lab
import lateness

TAKEOVERS = int(os.environ.get("VPCLAB_TAKEOVERS", "6"))
SEED = int(os.environ.get("VPCLAB_SEED") or random.SystemRandom().randrange(1, 1 << 32))
SCALE, HELLO_S, DEAD_S = 4, 1, 6
REPORTS_S = 3 * HELLO_S / SCALE + 0.5  # what a chassis knows of the other's calls may be so old
CALLS, RATE = 300, 300
DURATION_S = 5
OPERATIONS = (20, 400)  # between a synchronised pair and its end
UNHEARD = (0, 0, 30)  # whose answers are lost on the way
BURSTS = (0, 5, 40)  # asked for in the moment of the end
EARLY_OPERATIONS = (0, 60)
EARLY = 0.25  # so many die before their Standby is synchronised
SECONDS = lab.SECONDS
CAUSES = {"young", "in-flight", "not-ready"}


class Takeovers(lab.Case):
    lab_options = {"scale": SCALE, "hello": HELLO_S, "dead": DEAD_S}
    apns = ("internet",)

    def setUp(self):
        super().setUp()
        lab.tap.comment(f"VPCLAB_SEED={SEED}")
        self.random = random.Random(SEED)
        self.churn = churn.Churn(self.lab, SEED, RATE, CALLS, apns=self.apns)
        self.addCleanup(self.churn.end)
        self.of_dead = self.of_heir = 0  # calls there had been when they became Active
        self.fates = fates.Fates(self.lab, self.churn, SECONDS)
        self.sums = dict.fromkeys(("recovered", "lost", "returned", "repeated", "asked"), 0)

    # ---- before ----------------------------------------------------------------------------

    def take_turns(self, rounds):
        self.churn.fill(SECONDS)
        for number in range(1, rounds + 1):
            began = time.monotonic()
            early = number > 1 and self.random.random() < EARLY
            if not early:
                self.fates.settle()
            self.churn.resume()
            self.some_operations(EARLY_OPERATIONS if early else OPERATIONS)
            dead, bounds = self.take_over()
            loss, *found = self.judge(bounds)
            self.go_on(*found)
            self.lab.vpclab("start", dead)
            self.churn.resume()
            self.lab.wait(f"{dead}.chassis=standby", seconds=SECONDS)
            how = "early" if early else "in step"
            lab.tap.comment(f"{number}: {dead} died {how}, before "
                            f"{loss['before']}, recovered {loss['recovered']}, lost "
                            f"{loss['lost_by_cause']}, back {len(found[1])}, "
                            f"{time.monotonic() - began:.1f} s")
        self.fates.settle()
        lab.tap.comment(f"{rounds} takeovers: {self.sums}")

    def some_operations(self, limits):
        """Until a random number is answered; meanwhile some calls are asked for."""
        until = self.churn.answers + self.random.randint(*limits)
        while self.churn.answers < until:
            self.ask_for_one()

    def ask_for_one(self):
        with self.churn.lock:  # an end shows as a copy that is gone, so there must have been one
            there = [call for call in [*self.churn.calls.values(), *self.churn.closed]
                     if not call.told and (call.fate == churn.LIVE or call.was_told)]
        if not there:
            lab.pause()
            return
        call = self.random.choice(there)
        fate = call.fate
        known = fates.told(self.lab, self.fates.active, call)
        with self.churn.lock:
            if known and call.fate == fate:
                call.told = f"by asking, {time.monotonic() - call.changed:.3f} s after its request"
                self.sums["asked"] += 1

    # ---- the end of a chassis ----------------------------------------------------------------

    def kill(self):
        """In any order; when that was."""
        pids = [pid for name, pid in self.lab.pids().items() if name.startswith(self.fates.active)]
        self.random.shuffle(pids)
        burst = self.random.choice(BURSTS)
        return self.churn.cut(burst, lambda: self.lab.signal(pids, signal.SIGKILL))

    def take_over(self):
        self.of_dead, self.of_heir = self.of_heir, self.churn.numbers
        dead, heir = self.fates.active, self.lab.other(self.fates.active)
        self.churn.lose_answers(self.random.choice(UNHEARD))
        when = self.kill()
        bounds = self.churn.bounds(when - REPORTS_S - lateness.between(when - 2 * REPORTS_S, when))
        self.lab.wait(f"{heir}.chassis=active", seconds=SECONDS)
        lab.wait_for(lambda: self.loss(heir), SECONDS, "the switchover is on record")
        self.churn.lose_answers(0)
        self.fates.active = heir
        return dead, bounds

    def loss(self, instance):
        losses = self.lab.show(instance, "show srp call-loss statistics")["switchovers"]
        return losses[-1] if losses else None

    # ---- after ---------------------------------------------------------------------------------

    def judge(self, bounds):
        """Who lives, who should, and what the ledger says."""
        loss = self.loss(self.fates.active)
        mine = self.churn.some(churn.LIVE, churn.CHANGING, churn.CLOSING)
        gone = list(self.churn.closed)
        alive = self.churn.ping_all(mine, SECONDS)
        returned = self.fates.returned(gone)
        lost = [call for call in mine if not call.echoed]
        self.assertEqual([call.identity() for call in lost
                          if call.told and call.fate != churn.CLOSING],
                         [], "a call that was acknowledged is lost")
        self.assertEqual([call.identity() for call in returned if call.told], [],
                         "a call whose end was acknowledged is back")
        self.assert_closes(loss, bounds, len(alive) + len(returned))
        self.assert_each_has_its_cause(lost)
        with self.churn.lock:  # the next Standby has no copy yet; what is gone here is gone
            for call in alive:
                call.told = False
            for call in gone:
                call.told = call not in returned
        self.sums["recovered"] += loss["recovered"]
        self.sums["lost"] += loss["lost"]
        self.sums["returned"] += len(returned)
        found = loss["recovered"] - len(alive) - len(returned)
        self.sums["repeated"] += found
        return loss, lost, returned, found

    def assert_closes(self, loss, bounds, alive):
        self.assertEqual(loss["before"], loss["recovered"] + loss["lost"], loss)
        self.assertEqual(sum(loss["lost_by_cause"].values()), loss["lost"], loss)
        unknown = self.churn.in_flight(churn.OPENING)
        if not alive <= loss["recovered"] <= alive + unknown:
            self.fail(f"{alive} calls answer, {unknown} may do so: {loss}; {self.fates.differences()}")
        self.assertTrue(bounds[0] <= loss["before"] <= bounds[1],
                        f"before: {bounds[0]} to {bounds[1]} calls: {loss}")

    def assert_each_has_its_cause(self, lost):
        """The notes of the dead tell, call by call, what was acknowledged: none of that is lost."""
        ledger = lab.json.loads(self.lab.vpclab("explain", self.fates.active, "--json").stdout)
        self.assertEqual(ledger["before"], ledger["recovered"] + ledger["lost"], ledger)
        self.assertEqual(sum(ledger["lost_by_cause"].values()), ledger["lost"], ledger)
        self.assertEqual([one for one in ledger["losses"] if one["acknowledged"] or
                          one["cause"] not in CAUSES], [], "lost, and should not be")
        missed = {call.imsi for call in lost if call.fate == churn.LIVE}
        self.assertEqual(missed - {one["imsi"] for one in ledger["losses"]}, set(),
                         "lost for a client, and not in the ledger")

    def go_on(self, lost, returned, found):
        """The client gives up what is lost, deletes what came back, and repeats its requests: for
        a call that was recovered (`found` of them) no other one is opened."""
        opening = self.churn.in_flight(churn.OPENING)
        for call in lost:
            if call.fate != churn.CLOSING:
                self.churn.lose(call)
        for call in returned:
            self.churn.close_again(call)
        live = self.churn.some(churn.LIVE)
        self.fates.answer_updates(live)
        # Of what is named by a number, not even one after the other. There are eight generations of
        # a TEID, so this holds for some takeovers; here it is asked of what the dead chassis opened.
        self.fates.have_one_owner([call for call in lost if call.number > self.of_dead])
        lab.wait_for(lambda: self.lab.instance(self.fates.active)["sessions"] ==
                     len(self.churn.some(churn.LIVE)), SECONDS, self.fates.differences)
        lab.wait_for(lambda: self.fates.opened() == opening - found, SECONDS,
                     lambda: f"of {opening} requests repeated {found} find their call, the others "
                     f"open one; opened are {self.fates.opened()}")


class AtOnce(Takeovers):
    def test_what_was_acknowledged_survives_each_of_many_takeovers(self):
        self.take_turns(TAKEOVERS - TAKEOVERS // 2)


class Aged(Takeovers):
    """Calls are checkpointed when they are older than a duration, VoLTE calls at once."""

    apns = ("internet", "ims")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "duration non-ims-session 0",
                         f"duration non-ims-session {DURATION_S}")

    def test_what_was_acknowledged_survives_where_young_calls_are_not_checkpointed(self):
        self.take_turns(TAKEOVERS // 2)


if __name__ == "__main__":
    lab.main(AtOnce, Aged)
