"""`vpclab watch` on a living pair: silent while all is well, also when a chassis dies; and what it
leaves when a promise is broken, here by an event that somebody forged."""

import json
import secrets
import signal
import subprocess

import lab

SECRET = secrets.token_hex(12)
PROMISES = ("dual-active", "standby-serves", "epoch", "route", "pending", "dead-interval", "crash",
            "ledger", "owners", "copies", "octets", "whole")


class Watch(lab.Case):
    lab_options = {"scale": 5, "dead": 5}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "  context srp\n",
                         f"  context srp\n    radius server {cls.lab.address('9.2')} key {SECRET}\n")

    def watch(self, *words, name="watch"):
        """In the background; its output."""
        out, said = (self.lab.dir / f"{name}.{end}" for end in ("json", "said"))
        with out.open("w") as data, said.open("w") as text:
            process = subprocess.Popen([lab.PROGRAMS["vpclab"], "watch", "--json", *words],
                                       env=self.lab.env, stdin=subprocess.DEVNULL, stdout=data,
                                       stderr=text, cwd=self.lab.dir)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lab.wait_for(lambda: "promises" in said.read_text(), lab.SECONDS, "it looks on")
        return process, out, said

    def test_a_takeover_under_load_breaks_no_promise(self):
        calls = self.call(20, "--control-rate", 20)
        calls.wait_open()
        watch, out, said = self.watch("--sent", calls.progress_file)
        dead = self.lab.in_state("Active")
        heir = self.lab.other(dead)
        self.lab.vpclab("wait", f"{dead}.event:srp.hello", "--timeout", lab.SECONDS)
        self.lab.vpclab("kill", dead)
        self.lab.wait(f"{heir}.chassis=active", seconds=lab.SECONDS)
        self.lab.vpclab("start", dead)
        self.wait_synced(lab.SECONDS)
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(timeout=lab.SECONDS), 0, said.read_text())
        found = json.loads(out.read_text())
        self.assertEqual((found["broken"], found["bundle"]), ([], None))
        self.assertEqual(set(found["judged"]), set(PROMISES))
        for promise in ("epoch", "route", "dead-interval", "owners", "pending"):
            self.assertGreater(found["judged"][promise], 0, promise)
        self.assertIn("nothing is broken", said.read_text())
        self.assertFalse((self.lab.rundir / "hello-events").exists(), "hellos are told no more")
        self.assert_only_once_judges_what_was_before()

    def assert_only_once_judges_what_was_before(self):
        """A takeover, a best path, a Standby: what --once says of them, and of the past who watches."""
        bundle = self.lab.dir / "once"
        once = self.lab.vpclab("watch", "--once", "--json", "--bundle", bundle, expect=None)
        found = json.loads(once.stdout)
        self.assertLessEqual({one["promise"] for one in found["broken"]}, {"epoch", "crash"}, once.stderr)
        for promise in ("ledger", "route", "standby-serves", "owners"):
            self.assertGreater(found["judged"][promise], 0, promise)
        later = self.lab.vpclab("watch", "--json", "--for", 3)
        self.assertEqual(json.loads(later.stdout)["judged"]["ledger"], 0)

    def test_a_breach_ends_it_and_leaves_all_there_is_to_know(self):
        watch, out, said = self.watch("--bundle", "evidence")
        active = self.lab.in_state("Active")
        card = f"cf{self.lab.instance(active)['active_cf']}"
        log = self.lab.rundir / active / f"{card}.jsonl"
        last = self.lab.events(active, card, "srp.state")[-1]
        last.update(lab_us=last["lab_us"] + 1, epoch=last["epoch"] - 1)
        with log.open("a") as story:
            story.write(json.dumps(last, separators=(",", ":")) + "\n")
        self.assertEqual(watch.wait(timeout=lab.SECONDS), 1, said.read_text())
        found = json.loads(out.read_text())
        self.assertEqual([one["promise"] for one in found["broken"]], ["epoch"])
        self.assertIn(f"the epoch of {active} fell", said.read_text())
        self.assert_bundle(self.lab.dir / "evidence", active)

    def test_a_process_that_crashes_is_found(self):
        standby = self.lab.in_state("Standby")
        watch, out, said = self.watch("--bundle", "crash")
        self.lab.signal([self.lab.pids()[f"{standby}/sf6"]], signal.SIGABRT)
        self.assertEqual(watch.wait(timeout=lab.SECONDS), 1, said.read_text())
        self.assertEqual([one["promise"] for one in json.loads(out.read_text())["broken"]], ["crash"])
        self.lab.vpclab("start", standby, "sf6")
        self.lab.wait("sync", f"{standby}.card6=alive")

    def assert_bundle(self, place, active):
        files = {path.name: path.read_bytes() for path in place.iterdir()}
        self.assertIn(f"the epoch of {active} fell".encode(), files["broken.txt"])
        self.assertIn(b'"kind":"srp.state"', files["broken.txt"])
        for name in ("events.jsonl", "timeline.txt", "status.json", "routes.json", "topology.json",
                     "world.log", *(f"{one}-{end}" for one in lab.INSTANCES for end in (
                         "cf1.log", "cf1.jsonl", "configuration.txt",
                         "support-details-icsr.txt", "support-details-icsr.json"))):
            self.assertTrue(files[name], name)
        self.assertTrue(json.loads(files["status.json"])["instances"])
        self.assertIn(b"radius server", files["east-configuration.txt"])
        for name, content in files.items():
            self.assertNotIn(SECRET.encode(), content, name)

    def test_a_bundle_is_mixed_with_no_other_one(self):
        place = self.lab.dir / "full"
        place.mkdir()
        (place / "mine").write_text("")
        done = self.lab.vpclab("watch", "--bundle", place, expect=2)
        self.assertIn("name one that is not", done.stderr)

    def test_a_bundle_that_could_not_be_made_is_refused_before_it_is_needed(self):
        done = self.lab.vpclab("watch", "--bundle", self.lab.dir / "no" / "where", expect=1)
        self.assertIn("cannot make that directory", done.stderr)

    def test_it_ends_with_the_lab_and_hears_hellos_when_another_watch_ended(self):
        first, _, _ = self.watch(name="first")
        watch, _, said = self.watch()
        lab.wait_for(lambda: "promises" in said.read_text(), lab.SECONDS, "two look on")
        first.send_signal(signal.SIGINT)
        self.assertEqual(first.wait(timeout=lab.SECONDS), 0)
        lab.wait_for((self.lab.rundir / "hello-events").exists, lab.SECONDS, "hellos are told")
        self.lab.vpclab("down", self.lab.name)
        self.assertEqual(watch.wait(timeout=lab.SECONDS), 0, said.read_text())


if __name__ == "__main__":
    lab.main(Watch)
