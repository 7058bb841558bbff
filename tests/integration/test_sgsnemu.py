"""A client that is not ours: osmo-ggsn's sgsnemu opens contexts and pings through them
while the active chassis dies."""

import os
import pty
import select
import shutil
import subprocess
import threading
import time
import unittest

import lab
import lateness

CONTEXTS = 40
PING_RATE = 400
DEAD_S = 3
PDN = "198.18.0.1"


class Sgsnemu:
    """The process, on a terminal so that it prints each answer at once; notes when each came."""

    def __init__(self, rig):
        terminal, its_end = pty.openpty()
        words = ["sgsnemu", "-l", rig.address("2.2"), "-r", rig.service, "--statedir", rig.dir,
                 "--pidfile", rig.dir / "sgsnemu.pid", "--contexts", str(CONTEXTS), "--pinghost",
                 PDN, "--pingrate", str(PING_RATE), "--pingcount", "1000000"]
        self.process = subprocess.Popen(words, env=rig.env, stdin=subprocess.DEVNULL,
                                        stdout=its_end, stderr=subprocess.STDOUT, cwd=rig.dir)
        os.close(its_end)
        self.answers = []
        self.reader = threading.Thread(target=self.read, args=(terminal,))
        self.reader.start()

    def read(self, terminal):
        while True:
            try:
                select.select([terminal], [], [])
                data = os.read(terminal, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not data:
                break
            now = time.monotonic()
            self.answers += [now] * data.count(b"bytes from")
        os.close(terminal)

    def end(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()


@unittest.skipUnless(shutil.which("sgsnemu"), "sgsnemu is not installed")
class SgsnEmulator(lab.Case):
    lab_options = {"scale": 1, "dead": DEAD_S}

    def test_its_pings_resume_on_the_other_chassis(self):
        client = Sgsnemu(self.lab)
        self.addCleanup(client.end)
        lab.wait_for(lambda: len(client.answers) > CONTEXTS, lab.SECONDS, "pings are answered")
        self.lab.wait(f"sessions={CONTEXTS}", "sync")
        active = self.lab.in_state("Active")
        killed = time.monotonic()
        self.lab.vpclab("kill", active)
        lab.wait_for(lambda: client.answers and client.answers[-1] > killed + DEAD_S - 1,
                     lab.SECONDS, "pings are answered again")
        resumed = next(at for at in client.answers if at > killed + 1)
        lab.tap.comment(f"pings resumed {resumed - killed:.2f} s after SIGKILL")
        self.assertLess(resumed - killed, DEAD_S + 1 + lateness.between(killed, resumed))
        there = next(name for name in lab.INSTANCES if name != active)
        again = len(client.answers)
        lab.wait_for(lambda: len(client.answers) > again + 2 * CONTEXTS, lab.SECONDS,
                     "pings of all contexts are answered")
        totals = self.lab.show(there, "show subscribers summary")
        self.assertEqual((totals["total_subscribers"], totals["opened"]), (CONTEXTS, 0))


if __name__ == "__main__":
    lab.main(SgsnEmulator)
