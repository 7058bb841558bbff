"""A GTP client whose calls come, change and go at a rate, and who knows the fate of each.

A thread of its own sends and hears. Requests go out again until they are answered, as a real
client's do, so a switchover finds some of every kind under way. A call has one TEID for
signalling and two for its packets, which updates exchange: an answer that comes to the wrong
one shows which update was forgotten. No TEID of the client is ever used twice, subscribers
are.
"""

import collections
import random
import select
import socket
import struct
import threading
import time

import gtp
import lab

SECONDS = lab.SECONDS
PDN = "198.18.0.1"
OPENING, LIVE, CHANGING, CLOSING, CLOSED, LOST = range(6)
ACCEPTED = {1: 128, 2: 16}
UNKNOWN = {1: 192, 2: 64}  # the gateway has no such call
TICK_S = 0.002
REPEAT_S = 0.5  # a request or ping that is not answered
WINDOW = 200  # requests under way
RECEIVE_OCTETS = 4 << 20
REMEMBERED = 400  # calls that were deleted
PING_OCTETS = 44  # of each packet, IP header included
PROGRESS_S = 0.1


def imsi_of(number):
    return f"0010177{number:08}"


class Call:
    def __init__(self, number, imsi, version, apn):
        self.number, self.imsi, self.version, self.apn = number, imsi, version, apn
        self.fate = OPENING
        self.told = False  # how it is known that a copy is on the Standby; of a closed one, that none is
        self.was_told = False  # of a closed one: a copy has been there
        self.user = self.teid | 1
        self.users = {self.user}  # where its packets may arrive: several while that is open
        self.control = self.data = self.call_id = 0  # of the gateway
        self.address = None
        self.echoed = None  # to the ping sent last: True, or False if refused
        self.changed = 0.0  # when its last request was sent
        self.outlived = False  # it came back when its subscriber had made another call
        self.pings_before = 0  # through its tunnel, when another call had that

    @property
    def teid(self):
        return self.number << 2

    def other_user(self):
        return self.user ^ 3

    def identity(self):
        return (f"call {self.number} ({self.fate}) of {self.imsi}, GTPv{self.version}, "
                f"apn {self.apn}, TEID "
                f"{self.control:08x}, address {self.address}, call-id {self.call_id:08x}, told {self.told}")


class Request:
    def __init__(self, call, kind, message):
        self.call, self.kind, self.message = call, kind, message
        self.sent = 0.0


class Churn:
    """`rate` operations a second, half as many pings, about `calls` calls at a time."""

    def __init__(self, rig, seed, rate, calls, tail="2.7", apns=("internet",), progress=None):
        self.random = random.Random(seed)
        self.rate, self.wanted, self.apns = rate, calls, apns
        self.client = gtp.Client(rig.address(tail), rig.service)
        for sock in self.client.sockets.values():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_OCTETS)
        self.calls = {}  # by number: all but closed and lost ones
        self.all = []  # every call there was
        self.closed = collections.deque(maxlen=REMEMBERED)
        self.idle = collections.deque()  # subscribers without a call
        self.numbers = self.subscribers = 0
        self.seq = 0
        self.pending = {}  # by version and sequence number
        self.by_data = {}
        self.pings = collections.Counter()  # sent, by TEID
        self.history = collections.deque(maxlen=20000)  # when calls began and ended: (time, +-1)
        self.answers = 0
        self.wrong = []  # what no gateway may say ...
        self.suffers = False  # ... unless something is broken: then it goes here
        self.refused = []  # (call, request, cause, told): calls that were given up since
        self.openings = {}  # by version and sequence number: calls whose opening was answered
        self.twins = []  # calls of late answers, of a chassis that had a request in its queue
        self.progress, self.progress_due, self.pinged = progress, 0.0, 0
        self.acting, self.muted, self.deaf, self.ended = False, False, False, False
        self.acted = time.monotonic()
        self.lock = threading.RLock()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    # ---- what the case asks for ------------------------------------------------------------

    def end(self):
        self.ended = True
        self.thread.join()
        self.client.close()

    def resume(self):
        with self.lock:
            self.acted = time.monotonic()
            self.acting, self.muted = True, False

    def hold(self, seconds):
        """No new requests; returns when all that were sent have been answered."""
        with self.lock:
            self.acting, self.muted = False, False
        lab.wait_for(lambda: not self.pending, seconds,
                     lambda: f"all requests are answered ({len(self.pending)} are not)")

    def fill(self, seconds):
        """Until there are about as many calls as wanted."""
        self.resume()
        lab.wait_for(lambda: len(self.calls) >= self.wanted * 0.8, seconds, "calls are opened")

    def cut(self, burst, act):
        """Ask for so much at once, do something in the middle of that, and say nothing more from
        that moment on."""
        with self.lock:
            for _ in range(burst):
                self.operate()
            act()
            self.acting, self.muted = False, True
            return time.monotonic()

    def lose_answers(self, requests):
        """Returns when that many requests have been carried out, perhaps, and the client does not
        know it. The answers are lost until this is said again with 0."""
        self.deaf = requests > 0
        lab.wait_for(lambda: len(self.pending) >= requests, SECONDS, f"{requests} requests are sent")

    def pings_of(self, call):
        """Sent through its tunnel since it is open, for whichever call."""
        return self.pings[call.data] - call.pings_before

    def some(self, *fates):
        with self.lock:
            return [call for call in self.calls.values() if call.fate in fates]

    def lose(self, call):
        """The client gives up a call that the gateway does not have any more."""
        with self.lock:
            for key in [key for key, one in self.pending.items() if one.call is call]:
                del self.pending[key]
            self.forget(call, LOST)

    def lose_all(self, sessmgr=None):
        """The gateway lost all it had, or that session manager did: it gives its numbers anew, and
        whose number another call has hears nothing."""
        def had(call):
            return sessmgr in (None, call.control >> 24)
        with self.lock:
            for call in list(self.calls.values()):
                if had(call):
                    self.lose(call)
            kept = [call for call in self.closed if not had(call)]
            self.closed = collections.deque(kept, REMEMBERED)
            self.twins, self.refused = [], []

    def close_again(self, call):
        """A call that came back is deleted once more."""
        with self.lock:
            self.closed.remove(call)
            call.outlived = call.imsi not in self.idle
            if not call.outlived:
                self.idle.remove(call.imsi)
            self.calls[call.number] = call
            self.history.append((time.monotonic(), 1))
            self.request(CLOSING, call)

    def in_flight(self, kind):
        with self.lock:
            return sum(request.kind == kind for request in self.pending.values())

    def bounds(self, since):
        """The least and the most calls that a chassis may think there are, whose last news of each
        call is of any moment since then (each session manager speaks of its own), and which takes
        off what was deleted later. Requests take effect before their answers are here."""
        with self.lock:
            now = len([call for call in self.calls.values() if call.fate in
                       (LIVE, CHANGING, CLOSING)])
            least = most = now
            deleted = self.in_flight(CLOSING)
            for when, step in reversed(self.history):
                if when < since:
                    break
                least -= max(step, 0)
                most -= min(step, 0)
                deleted += step < 0
            return least - deleted, most + self.in_flight(OPENING)

    def ping_all(self, calls, seconds):
        """Those of the calls that answer a ping from their address through their tunnel."""
        with self.lock:
            for call in calls:
                call.echoed = None
        asked = 0.0

        def all_said():
            nonlocal asked
            with self.lock:
                silent = [call for call in calls if call.echoed is None]
                if silent and time.monotonic() - asked > REPEAT_S:
                    asked = time.monotonic()
                    for call in silent:
                        self.ping(call)
            return not silent

        lab.wait_for(all_said, seconds, lambda: "each call answers a ping, or is unknown; silent: "
                     f"{[call.identity() for call in calls if call.echoed is None]}; {self.wrong}")
        return [call for call in calls if call.echoed]

    def ask_all(self, kind, calls, seconds):
        """A request of each call, a few at a time; their causes by the calls' numbers."""
        left, self.causes = list(calls), {}

        def all_answered():
            with self.lock:
                self.muted = False
                while left and len(self.pending) < WINDOW:
                    self.request(kind, left.pop())
            return not left and not self.pending
        lab.wait_for(all_answered, seconds, "every request is answered")
        return self.causes

    # ---- the thread ------------------------------------------------------------------------

    def run(self):
        while not self.ended:
            select.select(list(self.client.sockets.values()), [], [], TICK_S)
            with self.lock:
                self.hear(gtp.CONTROL, self.answered)
                self.hear(gtp.USER, self.packet)
                if not self.muted:
                    self.repeat()
                if self.acting:
                    self.act()
                self.tell_progress()

    def tell_progress(self):
        """A file as that of `vpclab call`, for `vpclab watch --sent`."""
        now = time.monotonic()
        if not self.progress or now < self.progress_due:
            return
        self.progress_due = now + PROGRESS_S
        fresh = self.progress.with_suffix(".new")
        fresh.write_text(f'{{"sent": {self.pinged}}}\n')
        fresh.replace(self.progress)

    def hear(self, port, judge):
        while True:
            try:
                message = self.client.sockets[port].recv(65535, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            judge(message)

    def send(self, message, port=gtp.CONTROL):
        self.client.send(message, port)

    def repeat(self):
        now = time.monotonic()
        for request in self.pending.values():
            if now - request.sent > REPEAT_S:
                request.sent = now
                self.send(request.message)

    def act(self):
        now = time.monotonic()
        due = min(int((now - self.acted) * self.rate), WINDOW)
        if due == 0:
            return
        self.acted = now
        for number in range(due):
            if len(self.pending) < WINDOW:
                self.operate()
            if number % 2:
                self.ping_one()

    def operate(self):
        """Mostly opens as long as there are far too few calls."""
        share = len(self.calls) / self.wanted
        opens = 0.9 if share < 0.8 else 0.5 if share < 1 else 0.2
        lot = self.random.random()
        if lot < opens or not self.calls:
            self.open()
            return
        call = self.random.choice(list(self.calls.values()))
        if call.fate == LIVE:
            self.request(CLOSING if lot < 0.7 else CHANGING, call)

    def ping_one(self):
        call = self.random.choice(list(self.calls.values()))
        if call.fate == LIVE:
            self.ping(call)

    # ---- what is said ----------------------------------------------------------------------

    def next_seq(self, version):
        while True:
            self.seq = self.seq % 0xffff + 1
            if (version, self.seq) not in self.pending:
                self.openings.pop((version, self.seq), None)
                return self.seq

    def subscriber(self):
        if len(self.idle) > 50:
            return self.idle.popleft()
        self.subscribers += 1
        return imsi_of(self.subscribers)

    def open(self):
        self.numbers += 1
        call = Call(self.numbers, self.subscriber(), self.random.choice((1, 2)),
                    self.random.choice(self.apns))
        self.calls[call.number] = call
        self.all.append(call)
        self.request(OPENING, call)

    def request(self, kind, call):
        """Open, change or close it. LIVE says again what is so, and changes nothing."""
        seq, here = self.next_seq(call.version), self.client.address
        if kind in (OPENING, CHANGING, CLOSING):
            call.fate = kind
        if kind == OPENING:
            create = gtp.create_pdp if call.version == 1 else gtp.create_session
            message = create(seq, call.imsi, here, call.teid, call.apn, call.user)
        elif kind == CLOSING:
            delete = gtp.delete_pdp if call.version == 1 else gtp.delete_session
            message = delete(seq, call.control)
        else:
            if kind == CHANGING:
                call.user = call.other_user()
                call.users.add(call.user)
            update = gtp.update_pdp if call.version == 1 else gtp.modify_bearer
            message = update(seq, call.control, here, call.teid, call.user)
        request = Request(call, kind, message)
        request.sent = call.changed = time.monotonic()
        self.pending[call.version, seq] = request
        self.send(message)

    def ping(self, call):
        packet = gtp.ping(call.address, PDN, call.number & 0xffff)
        self.pings[call.data] += 1
        self.pinged += 1
        self.send(gtp.g_pdu(call.data, packet), gtp.USER)

    # ---- what is heard ---------------------------------------------------------------------

    def answered(self, message):
        if self.deaf:  # as if the network lost it
            return
        version = message[0] >> 5
        read = gtp.read_v1 if version == 1 else gtp.read_v2
        kind, teid, seq, elements = read(message)
        request = self.pending.pop((version, seq), None)
        cause = elements[1 if version == 1 else (2, 0)][0]
        if not request:
            if cause == ACCEPTED[version] and (version, seq) in self.openings:
                self.answered_twice(self.openings[version, seq], elements)
            return
        self.answers += 1
        if request.kind == OPENING:
            self.openings[version, seq] = request.call
        if request.call.number in self.calls or request.kind == LIVE:
            self.judge(request, cause, elements)

    def judge(self, request, cause, elements):
        call, kind = request.call, request.kind
        fine = cause == ACCEPTED[call.version]
        if kind == LIVE:
            self.causes[call.number] = cause
        elif kind == OPENING and fine:
            self.opened(call, elements)
        elif kind == CLOSING and (fine or cause == UNKNOWN[call.version]):
            self.forget(call, CLOSED)
        elif kind == CHANGING and fine:
            call.fate = LIVE  # packets of before may still be under way
        elif self.suffers:
            self.refused.append((call, kind, cause, call.told))
            self.forget(call, CLOSED if call.address else LOST)  # it may be back
        else:
            self.wrong.append(f"{call.identity()}: cause {cause} to request {kind}")
            self.forget(call, LOST)

    def answered_twice(self, call, elements):
        """To a request that was sent twice: the same, or what another chassis made of it that took
        it late out of its queue."""
        twin = Call(call.number, call.imsi, call.version, call.apn)
        self.read_opened(twin, elements)
        if twin.control != call.control and twin.call_id != call.call_id:
            self.twins.append(twin)

    def close_twins(self):
        """Whoever has them forgets them: their client does not use them."""
        with self.lock:
            used = {call.control for call in self.calls.values()}
            for twin in self.twins:
                if twin.control not in used:
                    self.numbers += 1
                    closing = Call(self.numbers, twin.imsi, twin.version, twin.apn)
                    closing.control, closing.data, closing.outlived = twin.control, twin.data, True
                    self.calls[closing.number] = closing
                    self.request(CLOSING, closing)
                    self.history.append((time.monotonic(), 1))
            self.twins = []

    def read_opened(self, call, elements):
        if call.version == 1:
            call.control, = struct.unpack("!I", elements[17])
            call.data, = struct.unpack("!I", elements[16])
            call.call_id, = struct.unpack("!I", elements[127])
            call.address = socket.inet_ntoa(elements[128][2:6])
        else:
            bearer = gtp.read_elements2(elements[93, 0])
            call.control, = struct.unpack_from("!I", elements[87, 1], 1)
            call.data, = struct.unpack_from("!I", bearer[87, 2], 1)
            call.call_id, = struct.unpack("!I", bearer[94, 0])
            call.address = socket.inet_ntoa(elements[79, 0][1:5])

    def opened(self, call, elements):
        self.read_opened(call, elements)
        call.fate = LIVE
        call.pings_before = self.pings[call.data]
        self.by_data[call.data] = call
        self.history.append((time.monotonic(), 1))

    def forget(self, call, fate):
        """It is over; its subscriber may call again."""
        if call.fate != OPENING:
            self.history.append((time.monotonic(), -1))
        del self.calls[call.number]
        call.fate, call.told, call.was_told = fate, False, call.told
        if not call.outlived:
            self.idle.append(call.imsi)
        if fate == CLOSED and call.address:
            self.closed.append(call)

    def packet(self, message):
        kind, _, teid = struct.unpack_from("!BHI", message, 1)
        if kind == gtp.ERROR_INDICATION:
            data, = struct.unpack("!I", gtp.read_v1(message)[3][16])
            if data in self.by_data:
                self.by_data[data].echoed = False
        elif kind == gtp.G_PDU:
            self.echo(teid, message[8:])

    def echo(self, teid, packet):
        call = self.calls.get(teid >> 2) or next(
            (one for one in self.closed if one.number == teid >> 2), None)
        to = socket.inet_ntoa(packet[16:20])
        if not call or teid not in call.users or to != call.address:
            self.wrong.append(f"a packet to {to} came to TEID {teid:x}, which is of "
                              f"{call.identity() if call else 'no call'}")
            return
        call.echoed = True
