"""The chassis west as an enemy: it has the key, speaks both SRP links without a mistake, and lies.

    with HostilePeer(rig, "flood"):     # west is not up; any lie of LIES
        ...                             # what east makes of it

It answers each hello of east's at once and says some of its own, on a thread of its own, until it
is closed. Needs python3-zmq.
"""

import random
import struct
import threading
import zlib

import mad_peer
from mad_peer import CARD_CF, LINK_HELLO, SRP_HELLO, zmq

CKPT, HEAD = 9, mad_peer.HEAD
INIT, STANDBY, ACTIVE = 0, 1, 3
ZLIB, STORED = 1, 0
OPEN, OPEN_ACK, DATA, ACK, HEARTBEAT = 1, 2, 3, 4, 5
READY, CREDIT = 4, 65535
MESSAGE = struct.Struct("!BBBQQQI")  # version, type, instance, sender, receiver, epoch, stream
MOST_8, MOST_32, MOST_64 = 0xff, (1 << 32) - 1, (1 << 64) - 1
EPOCH_ANY = 1 << 61  # up to here any epoch may be claimed
PACE_MS = 20


def truth(_peer, echo):
    """A synchronised Standby, as far as hellos can tell."""
    return {"epoch": echo["epoch"], "sessmgrs": 2, "sessmgrs_ready": 2, "heard_state": ACTIVE,
            "sessions": echo["sessions"], "checksum": echo["checksum"]}


def active_of_less(_peer, echo):
    """Serves, too, it says, with a worse path than ours."""
    return {**truth(_peer, echo), "state": ACTIVE, "route_modifier": 250, "epoch": 0}


def active_of_more(_peer, echo):
    """Serves, it says, since a later epoch, and more calls than there are."""
    return {**truth(_peer, echo), "state": ACTIVE, "route_modifier": 1, "sessions": MOST_32,
            "epoch": max(EPOCH_ANY, echo["epoch"])}


def absurd(_peer, echo):
    """The greatest number that each field holds, of a Standby all the same."""
    return {**truth(_peer, echo), "epoch": EPOCH_ANY, "cf_epoch": MOST_64, "priority": MOST_8,
            "route_modifier": MOST_8, "hello_ms": MOST_32, "dead_ms": 0, "restart": MOST_8,
            "sessmgrs": MOST_8, "sessmgrs_ready": MOST_8, "sessions": MOST_32,
            "monitors": MOST_32, "options": MOST_8, "switch_id": MOST_32, "answer_id": MOST_32,
            "validate_id": MOST_32, "validated_id": MOST_32, "answer_sessmgrs": MOST_8,
            "post_s": MOST_32, "checksum": MOST_32}


def beyond(_peer, _echo):
    """Epochs that would leave no room for ours."""
    return {"epoch": (1 << 63) - 1}


def restless(peer, echo):
    """Another incarnation, state and request with each hello."""
    peer.incarnation += 1
    return {**truth(peer, echo), "state": peer.random.choice((INIT, STANDBY)),
            "switch_id": peer.random.randrange(MOST_32), "asks": 1,
            "validate_id": peer.random.randrange(MOST_32)}


def flood(_peer, echo):
    return {**truth(_peer, echo), "asks": 1}


# how it says hello; does it take checkpoints; hellos in a row
LIES = {
    "takes no checkpoints": (truth, None, 1),
    "acknowledges and keeps nothing": (truth, "acknowledge", 1),
    "acknowledges what was never sent": (truth, "overstate", 1),
    "active of less": (active_of_less, None, 1),
    "active of more": (active_of_more, None, 1),
    "absurd numbers": (absurd, "absurd", 1),
    "epochs without room": (beyond, None, 1),
    "restless": (restless, "acknowledge", 5),
    "flood": (flood, "acknowledge", 200),
}


class HostilePeer(mad_peer.MadPeer):
    def __init__(self, rig, lie, seed=1):
        super().__init__(rig, *mad_peer.keys(rig, "west"), mad_peer.keys(rig, "east")[0])
        self.says, self.takes, self.burst = LIES[lie]
        self.random = random.Random(seed)
        self.session = self.open_session(rig) if self.takes else None
        self.echo, self.said, self.acks = {}, 0, 0
        self.failed = None
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def open_session(self, rig):
        made = zmq.Context.instance().socket(zmq.DEALER)
        made.linger = 0
        made.curve_publickey, made.curve_secretkey = mad_peer.keys(rig, "west")
        made.curve_serverkey = mad_peer.keys(rig, "east")[0]
        made.connect(f"tcp://{rig.address('0.11')}:{mad_peer.lab.SRP_PORT + 1}")
        return made

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.ends.set()
        self.thread.join(10)
        if self.session:
            self.session.close()
        super().close()
        if self.failed:
            raise AssertionError(f"the hostile peer itself failed: {self.failed!r}")

    # ---- its thread ----------------------------------------------------------------------------

    def run(self):
        try:
            self.send(self.frame(LINK_HELLO, struct.pack("!BB", CARD_CF, 0)))
            if self.session:
                self.session.send(self.frame(LINK_HELLO, struct.pack("!BB", CARD_CF, 0)))
            while not self.ends.is_set():
                self.turn()
        except Exception as why:  # told when it is closed: a thread has nobody else to tell
            self.failed = why

    def turn(self):
        self.socket.poll(PACE_MS)
        heard = self.hears()
        if heard:
            self.echo = heard
        for _ in range(self.burst if self.echo else 0):
            self.say()
        while self.session and self.session.poll(0):
            self.take(self.session.recv())

    def hears(self):
        """What east's last hello says, as an echo of it, and more that a liar likes to know."""
        echo = {}
        while self.socket.poll(0):
            frame = self.socket.recv()
            if frame[3] == SRP_HELLO:
                life = struct.unpack_from("!QQQQB", frame, HEAD)
                echo = dict(zip(("incarnation", "cf_epoch", "seq", "epoch", "state"), life))
                echo["checksum"], = struct.unpack_from("!I", frame, HEAD + 67)
                echo["sessions"], = struct.unpack_from("!I", frame, HEAD + 74)
        return echo

    def say(self):
        fields = {"heard_incarnation": self.echo["incarnation"],
                  "heard_cf_epoch": self.echo["cf_epoch"], "heard_seq": self.echo["seq"],
                  "heard_state": self.echo["state"], **self.says(self, self.echo)}
        fields["incarnation"] = self.incarnation
        try:
            self.socket.send(self.frame(SRP_HELLO, self.hello(**fields)), zmq.DONTWAIT)
            self.said += 1
        except zmq.Again:
            pass  # it is faster than east

    # ---- checkpoints ---------------------------------------------------------------------------

    def take(self, frame):
        if frame[3] != CKPT or len(frame) < HEAD + 5:
            return
        algo, raw = frame[HEAD], frame[HEAD + 5:]
        message = zlib.decompress(raw) if algo == ZLIB else raw if algo == STORED else b""
        if len(message) < MESSAGE.size:
            return
        version, kind, instance, sender, _, epoch, stream = MESSAGE.unpack_from(message)
        ids = (version, instance, sender, epoch, stream)
        if kind == OPEN:
            far = (1 << 62) - 1 if self.takes == "absurd" else 0
            self.tell(frame, ids, OPEN_ACK, struct.pack(
                "!QQIQBH", sender, epoch, MOST_32 if far else 0, far, ZLIB, CREDIT))
            self.acknowledge(frame, ids, far)
        elif kind in (DATA, HEARTBEAT):
            self.acknowledge(frame, ids, struct.unpack_from("!Q", message, MESSAGE.size)[0])

    def acknowledge(self, frame, ids, number):
        if self.takes == "overstate":
            number = min(number + 1000, (1 << 62) - 1)
        refused = MOST_64 if self.takes == "absurd" else 0
        self.tell(frame, ids, ACK, struct.pack("!QBHQ", number, READY, CREDIT, refused))
        self.acks += 1

    def tell(self, asked, ids, kind, body):
        version, instance, sender, epoch, stream = ids
        message = MESSAGE.pack(version, kind, instance, sender, self.incarnation, epoch, stream)
        packed = struct.pack("!BI", STORED, len(message + body)) + message + body
        self.session.send(self.frame(CKPT, packed, port=asked[6]))
