"""Stands between the CFs of two chassis and alters what one says to the other.

A TCP proxy for the SRP connections. It reads ZMTP 3 (rfc.zeromq.org/spec/23) frame by frame, so
that it can put frames of its own between those of a living pair; of a connection with CURVE it
sees where frames begin and no more.
"""

import collections
import contextlib
import socket
import struct
import threading
import zlib

import lab

GREETING = (10, 1, 53)  # octets after which an end may wait for the other's
MORE, LONG, COMMAND = 1, 2, 4
ENVELOPE = struct.Struct("!HBBBBBBQQQ")
CKPT = 9
STORED, ZLIB, LZ4 = 0, 1, 2
OPEN, OPEN_ACK, DATA, ACK = 1, 2, 3, 4


def zmtp(body, flags=0):
    if len(body) < 256:
        return struct.pack("!BB", flags, len(body)) + body
    return struct.pack("!BQ", flags | LONG, len(body)) + body


class Frame:
    """A frame of the session connection: envelope, and a checkpoint message that was unpacked."""

    def __init__(self, body):
        self.body = body
        self.envelope, self.packed = body[:ENVELOPE.size], body[ENVELOPE.size:]
        self.what = body[3] if len(body) >= ENVELOPE.size else None
        self.message = b""
        if self.what == CKPT:
            algo, raw = self.packed[0], self.packed[5:]
            self.message = zlib.decompress(raw) if algo == ZLIB else raw

    def is_a(self, kind):
        return len(self.message) > 1 and self.message[1] == kind

    def with_envelope(self, **fields):
        names = ("magic", "version", "kind", "instance", "slot", "port", "reserved",
                 "incarnation", "epoch", "seq")
        values = {**dict(zip(names, ENVELOPE.unpack(self.envelope))), **fields}
        return ENVELOPE.pack(*values.values()) + self.packed

    def with_packed(self, algo, raw, packed):
        return self.envelope + struct.pack("!BI", algo, raw) + packed

    def with_message(self, message):
        return self.with_packed(STORED, len(message), message)


class Proxy:
    """Listens on `ports` of an address and connects to the same address, `distance` ports above.
    Who connects is west, who is connected to is east."""

    def __init__(self, address, ports, distance):
        self.address, self.distance = address, distance
        self.lock = threading.Lock()
        self.plans = {"east": collections.deque(), "west": collections.deque()}
        self.ends = collections.defaultdict(list)  # sockets by port
        self.accepted = collections.Counter()  # connections by port
        self.listeners = []
        for port in ports:
            listener = socket.create_server((address, port))
            self.listeners.append(listener)
            threading.Thread(target=self.accept, args=(listener, port), daemon=True).start()

    def close(self):
        for listener in self.listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for port in list(self.ends):
            self.cut(port)

    def cut(self, port):
        with self.lock:
            ends = self.ends.pop(port, [])
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def say(self, port, octets):
        """To both ends of that port's connections, between what they say to each other."""
        with self.lock:
            ends = list(self.ends[port])
        for end in ends:
            with contextlib.suppress(OSError):
                end.sendall(octets)

    def plan(self, to, is_it, make):
        """Put what `make` makes of a frame, octets on the wire, in the place of the next one to
        that chassis of which `is_it` is true; the event is set when that is done."""
        done = threading.Event()
        with self.lock:
            self.plans[to].append((is_it, make, done))
        return done

    def at_next(self, to, is_it, make):
        """The same, and returns when that is done."""
        lab.wait_for(self.plan(to, is_it, make).is_set, lab.SECONDS, f"a frame to {to} passes")

    def after_data(self, make, to="west", kind=DATA):
        """Let the next checkpoint message pass, then send the bodies that `make` makes of it."""
        self.at_next(to, lambda frame: frame.is_a(kind),
                     lambda frame: b"".join(map(zmtp, [frame.body, *make(frame)])))

    # ---- threads -----------------------------------------------------------------------------

    def accept(self, listener, port):
        with contextlib.suppress(OSError):
            while True:
                west, _ = listener.accept()
                try:
                    east = socket.create_connection((self.address, port + self.distance))
                except OSError:
                    west.close()
                    continue
                with self.lock:
                    self.accepted[port] += 1
                    self.ends[port] += [west, east]
                for source, sink, to in ((west, east, "east"), (east, west, "west")):
                    threading.Thread(target=self.carry, args=(source, sink, port, to),
                                     daemon=True).start()

    def carry(self, source, sink, port, to):
        with contextlib.suppress(OSError, EOFError), source.makefile("rb") as stream:
            for octets in GREETING:
                sink.sendall(self.read(stream, octets))
            while True:
                flags = self.read(stream, 1)[0]
                length = struct.unpack("!Q", self.read(stream, 8))[0] if flags & LONG else \
                    self.read(stream, 1)[0]
                body = self.read(stream, length)
                sink.sendall(self.judge(to, flags, body))
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def read(stream, octets):
        found = stream.read(octets)
        if len(found) < octets:
            raise EOFError
        return found

    def judge(self, to, flags, body):
        plan = None
        frame = None if flags & COMMAND else Frame(body)
        with self.lock:
            plans = self.plans[to]
            if frame and plans and plans[0][0](frame):
                plan = plans.popleft()
        if not plan:
            return zmtp(body, flags & ~LONG)
        altered = plan[1](frame)
        plan[2].set()
        return altered
