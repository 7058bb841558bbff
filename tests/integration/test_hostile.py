"""A peer that has the key and lies: east's roles, ledger and memory stay true and bounded, its calls
go on, and once west is itself again the pair is a pair."""

import pathlib

import hostile_peer
import lab
from hostile_peer import EPOCH_ANY, HostilePeer
from mad_peer import NO_ZMQ, zmq

CALLS, UPDATES = 20, 5
SLOW, FAST = 2, 4  # lab seconds in one: of a pair that is to stay one, and of one that is alone
HEARD = 10  # hellos of the liar that east has judged, at least
FLOOD = 5000
GROWTH_KIB = 64 << 10
ROOM = 2 * (1 << 17)  # sessions that a chassis of topologies/pair.json has room for


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


@lab.unittest.skipUnless(zmq, NO_ZMQ)
class Hostile(lab.Case):
    lab_options = {"scale": SLOW, "dead": 4}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # a switchover that was taken back is not to be tried again, in the middle of another case
        cls.lab.configure_srp("num-internal-switchover-retry 0")
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"

    @classmethod
    def tearDownClass(cls):
        if cls.calls:
            cls.calls.kill()
        super().tearDownClass()

    calls = None
    alone = False  # east serves the calls, and west is down: for all cases but the last

    def setUp(self):
        if self.alone:
            return  # it may be that the liar of before is not known to be gone: a lie, too
        super().setUp()
        self.wait_synced()
        if self.lab.in_state("Active") != "east":
            self.lab.switch_over()
        here = type(self)
        here.calls = lab.Calls(self.lab, CALLS, "--control-rate", UPDATES)
        self.calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.lab.vpclab("kill", "west")
        self.lab.vpclab("time", "scale", FAST)
        self.wait_alone()
        here.pids = {name: pid for name, pid in self.lab.pids().items() if name[:5] == "east/"}
        here.grown_from = {name: resident_kib(pid) for name, pid in self.pids.items()}
        here.alone = True

    # ---- what is seen of it --------------------------------------------------------------------

    def east(self):
        return self.lab.show("east", "show srp info")

    def losses(self):
        return self.lab.show("east", "show srp call-loss statistics")["switchovers"]

    def numbers(self):
        return self.lab.show("east", "show srp checkpoint statistics")

    def wait_alone(self):
        lab.wait_for(lambda: (self.east()["chassis_state"], self.east()["peer_state"]) ==
                     ("Active", "Init"), lab.SECONDS, "east knows that nobody is there")

    def wait_heard(self, peer):
        """East has judged some of what it says, however it judged."""
        judged = ("hellos_received", "hellos_stale", "frames_refused")
        before = sum(self.east()[key] for key in judged)
        lab.wait_for(lambda: sum(self.east()[key] for key in judged) >= before + HEARD or
                     peer.failed, lab.SECONDS, lambda: f"east hears it: {self.east()}")
        self.assertIsNone(peer.failed)

    def wait_seen(self, what, *states):
        lab.wait_for(lambda: self.east()["peer_state"] in states, lab.SECONDS,
                     lambda: f"{what}: {self.east()}")

    def assert_bounded(self):
        for name, pid in self.pids.items():
            self.assertTrue(lab.is_alive(pid), name)
            self.assertLess(resident_kib(pid), self.grown_from[name] + GROWTH_KIB, name)

    def assert_true_and_bounded(self):
        self.assert_bounded()
        for one in self.losses():
            self.assertLessEqual(one["before"], ROOM)
            self.assertEqual(one["recovered"] + one["lost"], one["before"], one)
        for key, value in self.numbers().items():
            if isinstance(value, int):
                self.assertTrue(0 <= value < 1 << 62, f"{key} is {value}")

    def assert_still_serves(self):
        self.assertEqual(self.east()["chassis_state"], "Active")
        self.calls.wait_answering(CALLS)
        self.assert_bounded()

    def assert_keeps_its_place(self):
        """No switchover to it comes about; one that was begun is taken back, in a later epoch when
        nobody knows what the other has made of it."""
        epoch = self.east()["srp_epoch"]
        asked = self.lab.initiate("east")
        if asked.returncode != 0:
            self.assertIn("Failure: ", asked.stderr)
        lab.wait_for(lambda: self.east()["chassis_state"] == "Active" and
                     self.east()["phase"] == "-", lab.SECONDS,
                     lambda: f"it is over: {self.east()}")
        self.assertGreaterEqual(self.east()["srp_epoch"], epoch)
        if asked.returncode != 0:
            self.assertEqual(self.east()["srp_epoch"], epoch)
        else:
            self.assertTrue(self.lab.events("east", "cf1", "srp.rolled-back"))
        self.assert_still_serves()

    # ---- lies ------------------------------------------------------------------------------------

    def test_one_that_takes_no_checkpoints_is_never_in_step(self):
        with HostilePeer(self.lab, "takes no checkpoints") as peer:
            self.wait_heard(peer)
            self.wait_seen("it is believed to be there", "Standby")
            self.assertFalse(self.lab.instance("east")["synced"])
            self.assert_keeps_its_place()

    def test_one_that_acknowledges_and_keeps_nothing_does_not_get_the_calls(self):
        with HostilePeer(self.lab, "acknowledges and keeps nothing") as peer:
            lab.wait_for(lambda: self.lab.instance("east")["synced"] or peer.failed, lab.SECONDS,
                         "it is believed to have all")
            self.assert_keeps_its_place()  # it cannot take them over either

    def test_acknowledgements_of_what_was_never_sent_are_refused(self):
        before = self.numbers()["refused_malformed"]
        with HostilePeer(self.lab, "acknowledges what was never sent") as peer:
            lab.wait_for(lambda: self.numbers()["refused_malformed"] > before or peer.failed,
                         lab.SECONDS, "they are counted")
            self.assertFalse(self.lab.instance("east")["synced"])
            self.assert_still_serves()
            self.assert_true_and_bounded()

    def test_an_active_with_a_worse_path_takes_nothing_away(self):
        with HostilePeer(self.lab, "active of less") as peer:
            self.wait_heard(peer)
            self.wait_seen("two say that they serve", "Active")
            self.assert_still_serves()

    def test_epochs_that_leave_no_room_are_refused(self):
        self.wait_alone()
        before, refused = self.east()["srp_epoch"], self.east()["frames_refused"]
        with HostilePeer(self.lab, "epochs without room") as peer:
            lab.wait_for(lambda: self.east()["frames_refused"] > refused + HEARD or peer.failed,
                         lab.SECONDS, "they are counted")
            self.assert_still_serves()
            self.assertEqual(self.east()["peer_state"], "Init")
        self.assertEqual(self.east()["srp_epoch"], before)
        self.assertIn("hello dropped: an epoch far beyond all that is known",
                      (self.lab.rundir / "east" / "cf1.log").read_text())

    def test_a_restless_one_is_not_believed(self):
        with HostilePeer(self.lab, "restless") as peer:
            self.wait_heard(peer)
            self.assert_still_serves()

    def test_a_flood_of_hellos_that_ask_for_answers_is_survived(self):
        with HostilePeer(self.lab, "flood") as peer:
            lab.wait_for(lambda: peer.said > FLOOD or peer.failed, lab.SECONDS, "it has said many")
            self.assert_still_serves()

    def test_y_absurd_numbers_are_taken_for_what_they_are_worth(self):
        """Late: our epoch lies above the one it claims from here on, and has room."""
        with HostilePeer(self.lab, "absurd numbers") as peer:
            self.wait_heard(peer)
            self.assert_still_serves()
            self.assertEqual(self.east()["srp_epoch"], EPOCH_ANY + 2)
            self.assert_true_and_bounded()

    def test_yy_west_itself_gets_all_calls(self):
        type(self).alone = False
        self.lab.vpclab("time", "scale", SLOW)
        self.lab.vpclab("start", "west")
        self.lab.wait("east.chassis=active", "west.chassis=standby", f"sessions={CALLS}", "sync")
        self.assertEqual(self.lab.instance("west")["srp_epoch"], EPOCH_ANY + 2)
        self.assertEqual(self.lab.switch_over()[0], "west")
        self.assert_good(self.calls.finish(), CALLS)
        self.lab.switch_over()

    def test_z_one_that_claims_to_serve_since_later_has_the_place_while_it_is_there(self):
        """That is what the key is for; once it is silent, the chassis that is there serves."""
        with HostilePeer(self.lab, "active of more") as peer:
            lab.wait_for(lambda: self.east()["chassis_state"] == "Standby" or peer.failed,
                         lab.SECONDS, lambda: f"east stands down: {self.east()}")
            self.assert_true_and_bounded()
        self.lab.wait("east.chassis=active")
        self.assert_true_and_bounded()
        self.assertEqual(self.losses()[-1]["before"], ROOM)
        self.calls.kill()
        self.lab.vpclab("time", "scale", SLOW)
        self.lab.vpclab("start", "west")
        self.lab.wait("east.chassis=active", "west.chassis=standby", "sync")


if __name__ == "__main__":
    lab.main(Hostile)
