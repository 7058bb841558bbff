"""How long programs had to wait for a processor, so that a test that judges a time does not judge
the machine: what must take less than a second may take as much longer as it was kept waiting.

On a machine with nothing else to do that is close to nothing, and such a test as sharp as it reads.
Two things are counted: the kernel's own account of time in which somebody was ready to run and did
not (/proc/pressure/cpu, where it is), and by how much a thread of ours wakes too late, which
also shows a virtual machine that stood still.
"""

import bisect
import pathlib
import select
import threading
import time

TICK_S, USUAL_S = 0.02, 0.01
PRESSURE = pathlib.Path("/proc/pressure/cpu")


def pressure_s():
    try:
        return int(PRESSURE.read_text().partition("total=")[2].split()[0]) / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0


class Watch(threading.Thread):
    """Notes how much it was so far, with the moment, until the program ends."""

    def __init__(self):
        super().__init__(daemon=True)
        self.moments, self.so_far = [time.monotonic()], [0.0]
        self.began_with = pressure_s()
        self.start()

    def run(self):
        late = 0.0
        while True:
            select.select([], [], [], TICK_S)
            now = time.monotonic()
            late += max(0.0, now - self.moments[-1] - TICK_S - USUAL_S)
            self.so_far.append(late + pressure_s() - self.began_with)
            self.moments.append(now)

    def at(self, moment, last):
        i = bisect.bisect_left(self.moments, moment) - (0 if last else 1)
        return self.so_far[min(max(i, 0), len(self.moments) - 1)]


WATCH = Watch()


def between(began, ended):
    """Seconds of it from one moment of time.monotonic() to another one."""
    return WATCH.at(ended, last=True) - WATCH.at(began, last=False)


def since(began):
    return between(began, time.monotonic())
