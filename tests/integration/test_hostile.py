"""A peer that has the key and lies: east's roles, ledger and memory stay true and bounded, its calls
go on, and once west is itself again the pair is a pair."""

import pathlib

import hostile_peer
import lab
from hostile_peer import EPOCH_ANY, LIES, HostilePeer
from mad_peer import NO_ZMQ, zmq

CALLS, UPDATES = 20, 5
SECONDS = 30
HEARD = 10  # hellos of the liar that east has judged, at least
GROWTH_KIB = 64 << 10
ROOM = 2 * (1 << 22)  # more than the sessions that a chassis of topologies/pair.json has room for


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


@lab.unittest.skipUnless(zmq, NO_ZMQ)
class Hostile(lab.Case):
    lab_options = {"scale": 4, "dead": 3}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

    def setUp(self):
        super().setUp()
        self.wait_synced(SECONDS)
        if self.lab.in_state("Active") != "east":
            self.lab.switch_over()
        self.calls = self.call(CALLS, "--control-rate", UPDATES)
        self.calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync", seconds=SECONDS)
        self.lab.vpclab("kill", "west")
        self.wait_alone()
        self.pids = {name: pid for name, pid in self.lab.pids().items() if name[:5] == "east/"}
        self.grown_from = {name: resident_kib(pid) for name, pid in self.pids.items()}

    def east(self):
        return self.lab.show("east", "show srp info")

    def wait_alone(self):
        lab.wait_for(lambda: (self.east()["chassis_state"], self.east()["peer_state"]) ==
                     ("Active", "Init"), SECONDS, "east knows that nobody is there")

    def wait_heard(self, peer):
        """East has judged some of what it says, however it judged."""
        judged = ("hellos_received", "hellos_stale", "frames_refused")
        before = sum(self.east()[key] for key in judged)
        lab.wait_for(lambda: sum(self.east()[key] for key in judged) >= before + HEARD or
                     peer.failed, SECONDS, lambda: f"east hears it: {self.east()}")
        self.assertIsNone(peer.failed)

    def losses(self):
        return self.lab.show("east", "show srp call-loss statistics")["switchovers"]

    def assert_true_and_bounded(self):
        self.assertEqual({name: pid for name, pid in self.lab.pids().items()
                          if name in self.pids}, self.pids)
        for name, pid in self.pids.items():
            self.assertLess(resident_kib(pid), self.grown_from[name] + GROWTH_KIB, name)
        for one in self.losses():
            self.assertLessEqual(one["before"], ROOM)
            self.assertEqual(one["recovered"] + one["lost"], one["before"], one)
        numbers = self.lab.show("east", "show srp checkpoint statistics")
        self.assertFalse([key for key, value in numbers.items()
                          if isinstance(value, int) and not 0 <= value < 1 << 62], numbers)

    def assert_still_serves(self):
        self.assertEqual(self.east()["chassis_state"], "Active")
        self.calls.wait_answering(CALLS, SECONDS)

    def be_a_pair_again(self):
        """West itself comes back, and gets all that east has."""
        self.lab.vpclab("start", "west")
        self.lab.wait("east.chassis=active", "west.chassis=standby", f"sessions={CALLS}", "sync",
                      seconds=SECONDS)
        self.assertEqual(self.lab.instance("west")["srp_epoch"],
                         self.lab.instance("east")["srp_epoch"])
        self.assert_good(self.calls.finish(), CALLS)

    def lie(self, lie):
        with HostilePeer(self.lab, lie) as peer:
            self.wait_heard(peer)
            self.assert_true_and_bounded()
            self.assert_still_serves()
            yield_to = self.east()
        return yield_to

    def test_one_that_takes_no_checkpoints_is_never_in_step(self):
        with HostilePeer(self.lab, "takes no checkpoints") as peer:
            self.wait_heard(peer)
            lab.wait_for(lambda: self.east()["peer_state"] == "Standby", SECONDS, "it is believed")
            self.assertFalse(self.lab.status()["synced"])
            refused = self.lab.initiate("east")
            self.assertEqual(refused.returncode, 1)
            self.assertIn("Failure: ", refused.stderr)
            self.assert_true_and_bounded()
            self.assert_still_serves()
        self.wait_alone()
        self.be_a_pair_again()


if __name__ == "__main__":
    lab.main(Hostile)
