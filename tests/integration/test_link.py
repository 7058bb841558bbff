"""What strangers, and a peer gone mad, can do to the SRP links: nothing.

A stranger has no key, or one of its own. The mad peer has the right key: it is us, with
the key of the stopped chassis, sending hellos of every wrong kind.
"""

import random
import socket
import struct

import lab
from mad_peer import CALLS, CARD_CF, LINK_HELLO, NO_ZMQ, SRP_HELLO, MadPeer, keys, zmq

SECONDS = lab.SECONDS


class Link(lab.Case):
    lab_options = {"dead": 3}

    def east(self):
        return self.lab.show("east", "show srp info")

    def foreign(self):
        return self.lab.show("east", "show vpclab status")["foreign_connections"]

    def assert_undisturbed(self, before):
        after = self.east()
        for key in ("chassis_state", "peer_state", "srp_epoch", "connection_state",
                    "connection_losses", "peer_configuration_validation"):
            self.assertEqual(after[key], before[key], key)

    def mad_peer(self):
        peer = MadPeer(self.lab, *keys(self.lab, "west"), keys(self.lab, "east")[0])
        self.addCleanup(peer.close)
        return peer

    def strange_connection(self, port, sent):
        address = self.lab.address("0.11"), port
        with socket.create_connection(address, timeout=SECONDS) as stranger:
            try:
                stranger.sendall(sent)
                stranger.shutdown(socket.SHUT_WR)
                stranger.settimeout(5)
                while stranger.recv(4096):
                    pass
            except OSError:
                pass  # being thrown out is what a stranger is to expect

    def test_raw_bytes_on_the_srp_ports_disturb_nothing(self):
        before = self.east()
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x00"
        noise = [b"GET / HTTP/1.0\r\n\r\n", bytes(64), random.Random(2).randbytes(100000),
                 greeting + b"NULL".ljust(20, b"\0") + bytes(32) + b"\x04\x26\x05READY",
                 greeting + b"CURVE".ljust(20, b"\0") + bytes(32) + b"\x04\xc8" + bytes(200),
                 greeting + b"CURVE".ljust(20, b"\0") + bytes(32) +
                 b"\x06" + struct.pack("!Q", 1 << 62)]
        for port in (lab.SRP_PORT, lab.SRP_PORT + 1):
            for sent in noise:
                self.strange_connection(port, sent)
        self.wait_synced()
        self.assert_undisturbed(before)

    def test_many_silent_connections_do_not_keep_the_peer_out(self):
        before = self.east()
        strangers = [socket.create_connection((self.lab.address("0.11"), lab.SRP_PORT))
                     for _ in range(50)]
        heard = before["hellos_received"]
        lab.wait_for(lambda: self.east()["hellos_received"] >= heard + 3, SECONDS, "hellos go on")
        for stranger in strangers:
            stranger.settimeout(10)
            while stranger.recv(4096):
                pass  # a greeting, and the end: it was thrown out
            stranger.close()
        self.assert_undisturbed(before)

    @lab.unittest.skipUnless(zmq, NO_ZMQ)
    def test_a_foreign_key_is_not_admitted_and_counted(self):
        before, refused = self.east(), self.foreign()
        peer = MadPeer(self.lab, *zmq.curve_keypair(), keys(self.lab, "east")[0])
        self.addCleanup(peer.close)
        peer.send(peer.frame(SRP_HELLO, peer.hello(state=3, epoch=1 << 40)))
        lab.wait_for(lambda: self.foreign() > refused, SECONDS, "the foreign connection is counted")
        self.assert_undisturbed(before)
        self.assertIn("it is not the configured peer: no key, or another one",
                      (self.lab.rundir / "east" / "cf1.log").read_text())

    @lab.unittest.skipUnless(zmq, NO_ZMQ)
    def test_a_stranger_who_knows_no_key_at_all_is_not_admitted(self):
        before, refused = self.east(), self.foreign()
        with zmq.Context.instance().socket(zmq.DEALER) as stranger:
            stranger.linger = 0
            stranger.connect(f"tcp://{self.lab.address('0.11')}:{lab.SRP_PORT}")
            stranger.send(b"hello")
            lab.wait_for(lambda: self.foreign() > refused, SECONDS, "the connection is counted")
        self.assert_undisturbed(before)

    @lab.unittest.skipUnless(zmq, NO_ZMQ)
    def test_wrong_hellos_with_the_right_key_are_dropped_and_counted(self):
        self.lab.vpclab("kill", "west")
        self.lab.wait("west.chassis=absent", "east.chassis=active")
        lab.wait_for(lambda: self.east()["peer_state"] == "Init", SECONDS, "the peer is known dead")
        peer = self.mad_peer()
        peer.send(peer.frame(LINK_HELLO, struct.pack("!BB", CARD_CF, 0)))
        lab.wait_for(lambda: self.east()["connection_state"] == "Connected", SECONDS,
                     "we are admitted")
        before = self.east()

        wrong_bodies, wrong_frames = peer.wrong_hellos(), peer.wrong_frames()
        for body in wrong_bodies:
            peer.send(peer.frame(SRP_HELLO, body))
        for frame in wrong_frames:
            peer.send(frame)
        peer.send(peer.frame(CALLS, bytes(40)))
        peer.send(peer.frame(SRP_HELLO, peer.hello(), instance=0))

        def counted():
            east = self.east()
            return (east["frames_malformed"] - before["frames_malformed"],
                    east["frames_refused"] - before["frames_refused"])

        expected = (len(wrong_frames), len(wrong_bodies) + 2)
        lab.wait_for(lambda: counted() == expected, SECONDS, f"all are counted: {expected}")
        after = self.east()
        for key in ("chassis_state", "peer_state", "srp_epoch", "hellos_received"):
            self.assertEqual(after[key], before[key], key)

        # what was said was wrong, not who said it: a right hello counts
        peer.send(peer.frame(SRP_HELLO, peer.hello()))

        def believed():
            echo = peer.hears()  # whoever lives answers what east says now
            if echo:
                peer.send(peer.frame(SRP_HELLO, peer.hello(**echo)))
            return self.east()["peer_state"] == "Standby"

        lab.wait_for(believed, SECONDS, "a right hello is heard")
        peer.send(peer.oversized())  # larger than any frame may be: ends the connection
        lab.wait_for(lambda: self.east()["connection_state"] == "Not Connected", SECONDS,
                     "an oversized frame ends the connection")
        peer.close()
        self.lab.vpclab("start", "west")
        self.lab.wait("sync", "east.chassis=active", "west.chassis=standby")

    @lab.unittest.skipUnless(zmq, NO_ZMQ)
    def test_hellos_of_an_earlier_start_of_the_peer_are_stale(self):
        self.lab.vpclab("kill", "west")
        lab.wait_for(lambda: self.east()["peer_state"] == "Init", SECONDS, "the peer is known dead")
        peer = self.mad_peer()
        peer.incarnation = 1
        peer.send(peer.frame(LINK_HELLO, struct.pack("!BB", CARD_CF, 0)))
        stale = self.east()["hellos_stale"]
        peer.send(peer.frame(SRP_HELLO, peer.hello()))
        lab.wait_for(lambda: self.east()["hellos_stale"] == stale + 1, SECONDS, "it is stale")
        self.assertEqual(self.east()["peer_state"], "Init")


if __name__ == "__main__":
    lab.main(Link)
