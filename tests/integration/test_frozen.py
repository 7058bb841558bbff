"""A session manager of the Standby stands still under load: the Active neither grows nor slows, and
once it goes on the two are equal again within five seconds.

VPCLAB_FROZEN_S=60 makes it the long run, VPCLAB_CALLS says with how many calls (20,000 in the long
run). It compares with a period of the same length and load before.
"""

import json
import os
import pathlib
import signal
import subprocess
import time

import lab

FROZEN_S = float(os.environ.get("VPCLAB_FROZEN_S", "12"))
LONG = FROZEN_S >= 60
CALLS = int(os.environ.get("VPCLAB_CALLS", "20000" if LONG else "500"))
LOAD = ("--pps", 1000, "--control-rate", 100, "--new-rate", 50)
BURST = 2000 if LONG else 500  # calls that are opened as fast as they can be, and deleted
PACE_S = 0.5  # from one burst to the next
PLACES = min(2 * (CALLS + BURST), 131072)  # in the table of each of two session managers
EQUAL_S = 5
GROWTH = 1.05
SPEED = 0.95 if LONG else 0.8  # of what it was: others may use the computer, too
DIFFERENCES = ("missing", "stale", "extra", "synced")
SECONDS = 60


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.partition("\nRss:")[2].split()[0])


class Period:
    """What a time under load was like: calls opened, the best rate, the memory of processes."""

    def __init__(self, case, pids, seconds):
        self.first = {name: resident_kib(pid) for name, pid in pids.items()}
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
            for name, pid in pids.items():
                self.most[name] = max(self.most[name], resident_kib(pid))
        self.per_second = self.opened / (time.monotonic() - began)


class Frozen(lab.Case):
    lab_options = {"scale": 1}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        topology["sessions-per-sessmgr"] = PLACES
        cls.lab.topology.write_text(json.dumps(topology))
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

    def burst(self, calls=BURST):
        """Calls that are opened at full speed, and deleted; what the client says of it."""
        words = ["call", "--calls", calls, "--local", self.lab.address("2.9"), "--imsi",
                 "001018800000001", "--pps", 0, "--no-verify", "--json"]
        result = json.loads(self.lab.vpclab(*words).stdout)
        self.assertEqual((result["opened"], result["deleted"]), (calls, calls), result)
        return result

    def audit_is_clean(self, active):
        """An audit that was complete and found nothing; False as long as none is possible."""
        if self.lab.vpclab("exec", active, "srp initiate-audit manual-with-sync",
                           expect=None).returncode != 0:
            return False

        def last():
            audit = self.lab.show(active, "show srp audit-statistics")["audits"][-1]
            return audit if audit["result"] != "In Progress" else None
        audit = lab.wait_for(last, SECONDS, "the audit ends")
        if audit["result"] != "Complete":
            return False
        self.assertEqual({key: audit[key] for key in DIFFERENCES}, dict.fromkeys(DIFFERENCES, 0))
        self.assertGreaterEqual(audit["calls"], CALLS)
        return True

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
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        calls = self.call(CALLS, *LOAD)
        calls.wait_open(SECONDS)
        pids = self.lab.pids()
        mine = {name: pid for name, pid in pids.items()
                if name.startswith((f"{active}/cf", f"{active}/sf"))}
        peer = [pids[f"{standby}/sf4"]]
        for _ in range(3):  # every place of the tables is used once, and was touched
            self.burst(2 * BURST + CALLS)
        before = Period(self, mine, FROZEN_S)
        self.lab.signal(peer, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, peer, signal.SIGCONT)
        frozen = Period(self, mine, FROZEN_S)
        self.assertFalse(self.lab.card(active, 4)["peer_ready"], "the silence was noticed")
        self.lab.signal(peer, signal.SIGCONT)
        thawed = time.monotonic()
        lab.wait_for(lambda: self.audit_is_clean(active), SECONDS, "an audit finds nothing")
        took = time.monotonic() - thawed
        lab.tap.comment(f"equal {took:.1f} s after the thaw")
        self.compare(before, frozen)
        self.assertLess(took, EQUAL_S)
        self.assertEqual(self.lab.pids(), pids, "nobody was started anew")
        self.assert_good(calls.finish(), CALLS)


if __name__ == "__main__":
    lab.main(Frozen)
