"""A session manager of the Standby stands still under load: each call of the Active is served, its
peer queues nothing for it, and once it goes on the two become equal.

VPCLAB_FROZEN_S=60 makes it the long run, which measures instead: how fast calls are opened, how
much the Active grows, how soon both are equal, beside a period of the same length and load before.
It wants a machine with nothing else to do. VPCLAB_CALLS says with how many calls (20,000 in the
long run).
"""

import json
import os
import pathlib
import signal
import time

import lab

FROZEN_S = float(os.environ.get("VPCLAB_FROZEN_S", "0"))
LONG = FROZEN_S > 0
CALLS = int(os.environ.get("VPCLAB_CALLS", "20000" if LONG else "500"))
LOAD = ("--pps", 1000 if LONG else 200, "--control-rate", 100, "--new-rate", 50)
BURST = 2000 if LONG else 1000  # calls that are opened as fast as they can be, and deleted
PACE_S = 0.5  # from one burst to the next, in the long run
PLACES = min(2 * (CALLS + BURST), 131072)  # in the table of each of two session managers
ROUND = 12     # bursts after which memory is looked at
ROUNDS = 1, 10  # at least, at most
RECORD_OCTETS = 149  # of a call, in a full checkpoint
EQUAL_S = 5
GROWTH = 1.05
SPEED = 0.95  # of what it was
DIFFERENCES = ("missing", "stale", "extra", "synced")
SLOT = 4  # of the session functions that are looked at
SECONDS = 60


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nRss:")[2].split()[0])


class Load(lab.Case):
    """What both runs have in common."""

    lab_options = {"scale": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        topology["sessions-per-sessmgr"] = PLACES
        cls.lab.topology.write_text(json.dumps(topology))
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

    def begin(self):
        """Calls and their load; every place of the tables was used and touched once."""
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.calls = self.call(CALLS, *LOAD)
        self.calls.wait_open(SECONDS)
        self.pids = self.lab.pids()
        self.mine = {name: pid for name, pid in self.pids.items()
                     if name.startswith((f"{self.active}/cf", f"{self.active}/sf"))}
        for _ in range(3):
            self.burst(2 * BURST + CALLS)

    def burst(self, calls=BURST):
        """Calls that are opened at full speed, and deleted; what the client says of it."""
        words = ["call", "--calls", calls, "--local", self.lab.address("2.9"), "--imsi",
                 "001018800000001", "--pps", 0, "--no-verify", "--json"]
        result = json.loads(self.lab.vpclab(*words, timeout=2 * SECONDS).stdout)
        self.assertEqual((result["opened"], result["deleted"]), (calls, calls), result)
        return result

    def freeze(self):
        peer = [self.pids[f"{self.standby}/sf{SLOT}"]]
        self.lab.signal(peer, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, peer, signal.SIGCONT)
        return lambda: self.lab.signal(peer, signal.SIGCONT)

    def audit_is_clean(self):
        """An audit that was complete and found nothing; False as long as none is possible."""
        if self.lab.vpclab("exec", self.active, "srp initiate-audit manual-with-sync",
                           expect=None).returncode != 0:
            return False

        def last():
            audit = self.lab.show(self.active, "show srp audit-statistics")["audits"][-1]
            return audit if audit["result"] != "In Progress" else None
        audit = lab.wait_for(last, SECONDS, "the audit ends")
        if audit["result"] != "Complete":
            return False
        self.assertEqual({key: audit[key] for key in DIFFERENCES}, dict.fromkeys(DIFFERENCES, 0))
        self.assertGreaterEqual(audit["calls"], CALLS)
        return True

    def wait_equal(self):
        lab.wait_for(self.audit_is_clean, SECONDS, "an audit finds nothing")

    def end_calls(self):
        self.assertEqual(self.lab.pids(), self.pids, "nobody was started anew")
        self.assert_good(self.calls.finish(), CALLS)


class Frozen(Load):
    def sender(self):
        """What the session manager whose peer stands still has sent, and what it has to send."""
        shown = self.lab.show(self.active, "show srp checkpoint statistics sessmgr all")
        return next(one for one in shown["sessmgr_instances"] if one["slot"] == SLOT)

    def resident(self):
        return {name: resident_kib(pid) for name, pid in self.mine.items()}

    def round(self):
        """Further calls for which nobody grew by what their records alone would take, were half
        of these queued; False if somebody did: a stall fills a buffer once, a queue grows on."""
        most = ROUND * BURST // 2 * RECORD_OCTETS // 2 // 1024
        before = self.resident()
        for _ in range(ROUND):
            self.burst()
        grown = {name: kib - before[name] for name, kib in self.resident().items()}
        lab.tap.comment(f"{ROUND * BURST} calls: KiB grown, of {most} at most: {grown}")
        return max(grown.values()) < most

    def test_every_call_is_served_nothing_is_queued_and_both_become_equal(self):
        self.begin()
        go_on = self.freeze()
        noticed = lab.wait_for(lambda: not (now := self.sender())["peer_ready"] and now, SECONDS,
                               "the silence is noticed")
        rounds = [self.round() for _ in range(ROUNDS[0])]
        while not rounds[-1]:
            self.assertLess(len(rounds), ROUNDS[1], "memory grows with every round")
            rounds.append(self.round())
        now = self.sender()
        self.assertEqual(now["frames_sent"], noticed["frames_sent"], "nothing is sent in vain")
        self.assertFalse(now["peer_ready"])
        listed = now["waiting"] + now["write_list"] + now["in_flight"]
        self.assertGreater(listed, 0)
        self.assertLessEqual(listed, PLACES)
        self.assertGreater(ROUNDS[0] * ROUND * BURST // 2, PLACES, "more changed than that")
        go_on()
        self.wait_equal()
        lab.wait_for(lambda: self.sender()["frames_sent"] > now["frames_sent"], SECONDS,
                     "what was not sent is")
        self.end_calls()


class Period:
    """What a time under load was like: calls opened, the best rate, the memory of processes."""

    def __init__(self, case, seconds):
        self.first = {name: resident_kib(pid) for name, pid in case.mine.items()}
        self.most = dict(self.first)
        self.opened, self.bursts, self.rate = 0, 0, 0.0
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            if time.monotonic() < began + self.bursts * PACE_S:
                lab.pause()
                continue
            burst = case.burst()
            self.bursts += 1
            self.opened += burst["opened"]
            self.rate = max(self.rate, burst["setup_rate"])
            for name, pid in case.mine.items():
                self.most[name] = max(self.most[name], resident_kib(pid))
        self.per_second = self.opened / (time.monotonic() - began)


class Measured(Load):
    def compare(self, before, frozen):
        for name, first in frozen.first.items():
            grown = 100 * frozen.most[name] / first - 100
            lab.tap.comment(f"{name}: {first} KiB when the peer froze, then at most "
                            f"{frozen.most[name]} ({grown:+.1f} %); before "
                            f"{before.first[name]}, then at most {before.most[name]}")
        for what, period in (("before", before), ("frozen", frozen)):
            lab.tap.comment(f"{what}: {period.opened} calls opened in {period.bursts} bursts, "
                            f"{period.per_second:.0f} a second; the fastest {period.rate:.0f}")
        for name, first in frozen.first.items():
            self.assertLessEqual(frozen.most[name], GROWTH * max(first, before.most[name]), name)
        self.assertGreaterEqual(frozen.per_second, SPEED * before.per_second)
        self.assertGreaterEqual(frozen.rate, SPEED * before.rate)

    def test_the_active_neither_grows_nor_slows_and_both_are_soon_equal(self):
        self.begin()
        before = Period(self, FROZEN_S)
        go_on = self.freeze()
        frozen = Period(self, FROZEN_S)
        self.assertFalse(self.lab.card(self.active, SLOT)["peer_ready"], "the silence was noticed")
        go_on()
        thawed = time.monotonic()
        self.wait_equal()
        took = time.monotonic() - thawed
        lab.tap.comment(f"equal {took:.1f} s after the thaw")
        self.compare(before, frozen)
        self.assertLess(took, EQUAL_S)
        self.end_calls()


if __name__ == "__main__":
    lab.main(Measured if LONG else Frozen)
