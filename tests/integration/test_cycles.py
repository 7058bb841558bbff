"""A chassis dies and comes back many times: the survivors grow by nothing.

VPCLAB_CYCLES=50 makes it the long run.
"""

import os
import pathlib

import lab

CYCLES = int(os.environ.get("VPCLAB_CYCLES", "8"))
MORE = 3
WARM_UP = 3  # the first ones fill pools and caches
CALLS = 50
SLACK_KIB = 1024  # one page more now and then is no leak
SLACK_KIB_A_CYCLE = 64


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no VmRSS")


class Cycles(lab.Case):
    lab_options = {"dead": 3}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

    def cycle(self):
        """One death and return of east; descriptors and memory of each survivor."""
        self.lab.vpclab("kill", "east")
        self.lab.wait("west.chassis=active", f"west.sessions={CALLS}")
        self.lab.vpclab("start", "east")
        self.lab.wait("sync", f"sessions={CALLS}")
        return {name: (descriptors(pid), resident_kib(pid))
                for name, pid in self.lab.pids().items() if not name.startswith("east/")}

    def grown(self, first, cycles):
        """Whose memory was more than `first` and some slack after so many cycles."""
        for _ in range(cycles):
            now = self.cycle()
        self.assertEqual(set(first), set(now))
        slack = SLACK_KIB + SLACK_KIB_A_CYCLE * cycles
        for name, (fds, kib) in now.items():
            lab.tap.comment(f"{name}: {fds} descriptors ({first[name][0]} before), "
                            f"{kib} KiB ({first[name][1]} before)")
        return now, [name for name, (_, kib) in now.items() if kib > first[name][1] + slack]

    def test_survivors_grow_neither_in_descriptors_nor_in_memory(self):
        calls = self.call(CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        for _ in range(WARM_UP):
            first = self.cycle()
        now, grown = self.grown(first, CYCLES - WARM_UP)
        for _ in range(MORE):  # a stall fills a buffer once; a leak goes on
            if grown:
                now, grown = self.grown(now, CYCLES - WARM_UP)
        self.assertEqual(grown, [], "grow on and on")
        pids = self.lab.pids()
        for name in now:  # one of a connection that ends, or is tried, may be there for a moment
            lab.wait_for(lambda one=name: descriptors(pids[one]) <= first[one][0], lab.SECONDS,
                         f"{name} has no more than {first[name][0]} descriptors")
        self.assert_good(calls.finish(), CALLS)


if __name__ == "__main__":
    lab.main(Cycles)
