"""SIGTERM ends every process at once, cleanly, whatever it is doing."""

import signal

import lab

CARDS = [("cf", 1), ("cf", 2), ("demux", 3), ("sf", 4), ("sf", 5), ("sf", 6)]
CALLS = 60
SECONDS = lab.SECONDS


class Shutdown(lab.Case):
    """All processes are started by hand, so that their exit statuses are ours to see."""

    starts_up = False

    def setUp(self):
        self.running = {}

    def tearDown(self):
        for child in self.running.values():
            child.terminate()

    def start(self, instance, kind, slot):
        self.running[instance, slot] = self.lab.start(kind, instance, slot)

    def end(self, key, number=signal.SIGTERM):
        child = self.running.pop(key)
        child.send_signal(number)
        self.assertEqual(child.wait(timeout=SECONDS), 0, f"{child.what}: {child.log.read_text()}")

    def start_all(self):
        self.running["world", 0] = self.lab.start("world")
        for instance in lab.INSTANCES:
            for kind, slot in CARDS:
                self.start(instance, kind, slot)
        done = self.lab.up()
        self.assertIn("0 processes started", done.stderr)

    def test_each_process_ends_cleanly_under_load(self):
        self.start_all()
        calls = self.call(CALLS, "--pps", 2000)
        calls.wait_open()
        for instance in ("west", "east"):
            for kind, slot in reversed(CARDS):
                self.end((instance, slot))
                self.start(instance, kind, slot)
        self.end(("world", 0), signal.SIGINT)
        self.running["world", 0] = self.lab.start("world")
        self.lab.wait("sync")
        self.assertIsNone(calls.process.poll(), "the call generator lives")
        for key in list(self.running):
            self.end(key)

    def test_all_at_once_end_cleanly_under_load(self):
        self.start_all()
        calls = self.call(CALLS, "--pps", 2000)
        calls.wait_open()
        for child in self.running.values():
            child.send_signal(signal.SIGTERM)
        for key in list(self.running):
            self.end(key)

    def test_a_card_alone_in_the_world_ends_cleanly(self):
        for kind, slot in (("cf", 1), ("demux", 3), ("sf", 4), ("sf", 6)):
            self.start("east", kind, slot)
            self.end(("east", slot))


if __name__ == "__main__":
    lab.main(Shutdown)
