"""scripts/chaos in small: some faults of a fixed seed break nothing; what somebody broke is found,
with the command that repeats it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import lab

CYCLES = int(os.environ.get("VPCLAB_CHAOS", "2"))
SEED = os.environ.get("VPCLAB_SEED", "7")
CALLS = "40"


class Chaos(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="vl")
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def chaos(self, *words):
        return subprocess.run([lab.SOURCE / "scripts" / "chaos", "--json", *words], cwd=self.place,
                              env={**os.environ, "VPCLAB_BUILD": str(lab.BUILD)},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def test_faults_of_a_fixed_seed_break_no_promise(self):
        kinds = [] if "VPCLAB_CHAOS" in os.environ else ["--only", "kill-active,switch-over"]
        done = self.chaos("--seed", SEED, "--cycles", str(CYCLES), "--calls", CALLS, *kinds)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        *cycles, summary = map(json.loads, done.stdout.splitlines())
        self.assertEqual([one["cycle"] for one in cycles], list(range(1, CYCLES + 1)))
        self.assertEqual((summary["cycles"], summary["failed"]), (CYCLES, False))
        self.assertGreater(summary["judged"]["epoch"], 0)
        self.assertEqual(list(self.place.iterdir()), [])

    def test_what_somebody_broke_is_found_and_can_be_repeated(self):
        done = self.chaos("--seed", SEED, "--first", "4", "--cycles", "1", "--calls", CALLS, "--only",
                          "forged-event")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("broken: epoch", done.stderr)
        summary = json.loads(done.stdout.splitlines()[-1])
        self.assertTrue(summary["failed"])
        self.assertEqual(summary["repeat"], f"scripts/chaos --seed {SEED} --first 4 --cycles 1 "
                         f"--calls {CALLS} --only forged-event")
        self.assertTrue((pathlib.Path(summary["kept"]) / "bundle" / "broken.txt").exists())
        self.assertEqual([path for path in pathlib.Path(summary["kept"]).rglob("*")
                          if "secret" in path.name or path.name == "chassis.key"], [])

    def test_who_interrupts_it_leaves_nothing(self):
        began = subprocess.Popen([lab.SOURCE / "scripts" / "chaos", "--calls", CALLS], cwd=self.place,
                                 env={**os.environ, "VPCLAB_BUILD": str(lab.BUILD)}, text=True,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        self.addCleanup(began.kill)
        self.assertIn("chaos: seed", began.stderr.readline())
        began.send_signal(signal.SIGINT)
        _, said = began.communicate(timeout=lab.SECONDS)
        self.assertEqual(began.returncode, 130, said)
        self.assertIn("nothing of the lab is left", said)
        self.assertEqual(list(self.place.iterdir()), [])

    def test_a_kind_that_is_none_is_refused(self):
        done = self.chaos("--only", "earthquake")
        self.assertEqual(done.returncode, 2)
        self.assertIn("earthquake", done.stderr)


if __name__ == "__main__":
    lab.main(Chaos)
