"""The chassis west gone mad: a client of the SRP control link that has its key.

It says hellos, right ones and of every wrong kind. Needs python3-zmq.
"""

import random
import re
import socket
import struct
import time

import lab

try:
    import zmq
except ImportError:
    zmq = None

NO_ZMQ = "python3-zmq is not installed"
MAGIC, VERSION, LINK_HELLO, CALLS, SRP_HELLO = 0x564c, 1, 1, 6, 10
WEST, STANDBY, STATES, NO_STATE, CARD_CF = 1, 1, 5, 9, 1
CHECKSUM_UNKNOWN = 0
HEAD = 32  # octets of an envelope
MOST = HEAD + 512 * 1024  # of a frame


class MadPeer:
    """The connecting end of the SRP control link, speaking for west."""

    def __init__(self, rig, public, secret, server):
        self.incarnation = time.time_ns() // 1000
        self.address = rig.address("0.12")
        self.seq = 0
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = server
        self.socket.connect(f"tcp://{rig.address('0.11')}:{lab.SRP_PORT}")

    def close(self):
        self.socket.close()

    def frame(self, what, body, **wrong):
        self.seq += 1
        head = {"magic": MAGIC, "version": VERSION, "kind": what, "instance": WEST, "slot": 1,
                "port": 0, "reserved": 0, "incarnation": self.incarnation, "epoch": 0,
                "seq": self.seq, **wrong}
        return struct.pack("!HBBBBBBQQQ", *head.values()) + body

    def hello(self, **wrong):
        fields = {"incarnation": self.incarnation, "cf_epoch": 1, "seq": self.seq + 1, "epoch": 0,
                  "state": STANDBY, "phase": 0, "reason": 0, "route_modifier": 5, "fresh": 0,
                  "higher_wins": 0, "mode": 0, "priority": 2,
                  "mac": bytes.fromhex("02005e20002b"), "addr": socket.inet_aton(self.address),
                  "heard_seq": 0, "heard_state": 0, "hello_ms": 1000, "dead_ms": 3000,
                  "checksum": CHECKSUM_UNKNOWN, "restart": 1, "sessmgrs": 2, "sessmgrs_ready": 0,
                  "sessions": 0, "monitors": 0, "options": 0, "switch_id": 0, "forced": 0,
                  "answer_id": 0, "answer": 0, "validate_id": 0, "validated_id": 0, "validated": 0,
                  "answer_sessmgrs": 0, "heard_incarnation": 0, "heard_cf_epoch": 0,
                  "post_s": 0, "asks": 0, **wrong}
        return (struct.pack("!QQQQBBBBBBBB6s4sQBIIIBBBIIBIBIBIIBBQQIB", *fields.values()) +
                b"\x050.1.0")

    def wrong_hellos(self):
        """Bodies that are no hello of west, whole or cut."""
        return [self.hello()[:end] for end in (0, 1, 8, 40, 70)] + [
            self.hello(state=NO_STATE), self.hello(heard_state=STATES), self.hello(mode=2),
            self.hello(phase=200), self.hello(reason=200), self.hello(forced=2),
            self.hello(answer=99), self.hello(incarnation=0), self.hello(seq=0),
            self.hello(sessmgrs_ready=3), self.hello()[:-6] + b"\xff0.1.0",
            self.hello(addr=socket.inet_aton("127.9.9.9"))]

    def wrong_frames(self):
        """Frames without an envelope of ours; none is longer than a frame may be."""
        return [self.frame(SRP_HELLO, self.hello(), **wrong) for wrong in (
            {"magic": 1}, {"version": VERSION + 1}, {"kind": 0}, {"kind": 200},
            {"incarnation": 0}, {"seq": 0})] + [b"", b"\0", random.Random(3).randbytes(5000)]

    def oversized(self):
        return self.frame(SRP_HELLO, bytes(600000))[:MOST + 1]

    def send(self, frame):
        self.socket.send(frame)

    def hears(self):
        """What the last SRP hello that came says of its speaker, as an echo of it."""
        echo = {}
        while self.socket.poll(0):
            frame = self.socket.recv()
            if frame[3] == SRP_HELLO:
                life = struct.unpack_from("!QQQ", frame, HEAD)
                echo = dict(zip(("heard_incarnation", "heard_cf_epoch", "heard_seq"), life))
        return echo


def keys(rig, instance):
    """Public and secret key from the instance's certificate."""
    text = (rig.rundir / instance / "srp.cert_secret").read_text()
    return [re.search(rf'{kind}-key = "(.{{40}})"', text).group(1).encode()
            for kind in ("public", "secret")]
