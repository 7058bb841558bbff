"""Checkpoint frames and hellos that are corrupt, cut, too long, or bombs, between the CFs of a
living pair: each is refused and counted, the copies stay as they are, and the Standby takes over
without a loss afterwards."""

import json
import pathlib
import signal
import struct
import zlib

import lab
import mad_peer
import srp_proxy
from mad_peer import NO_ZMQ, zmq
from srp_proxy import ACK, DATA, LZ4, OPEN, STORED, ZLIB, zmtp

DISTANCE = 100  # of east's ports from those that west knows
CALLS, SESSMGRS = 40, 2
UPDATES = 5  # a second: so few that nearly always all is acknowledged
SECONDS = lab.SECONDS
MOST = 480 * 1024  # octets of a message
FRAME_MOST = 32 + 512 * 1024
BOMB = 256 << 20
GROWTH_KIB = 64 << 10
HEAD = struct.Struct("!BBBQQQI")  # of a message: version, type, instance, sender, ...
FIELDS = ("version", "type", "instance", "sender", "receiver", "epoch", "stream")
DIFFERENCES = ("missing", "stale", "extra", "synced")
FULL = 0


def altered(message, **fields):
    head = {**dict(zip(FIELDS, HEAD.unpack_from(message))), **fields}
    return HEAD.pack(*head.values()) + message[HEAD.size:]


def head_of(message):
    return dict(zip(FIELDS, HEAD.unpack_from(message)))


def data(message, frame, records):
    """A message of DATA as of the same stream."""
    return message[:HEAD.size] + struct.pack("!QIII", frame, 1, 1, 0) + records


def frame_of(message):
    return struct.unpack_from("!Q", message, HEAD.size)[0]


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])


class BadFrames(lab.Case):
    lab_options = {"dead": 3}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.proxy = None
        # freed memory kept back by the sanitizer would look like growth
        cls.lab.env["ASAN_OPTIONS"] += ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
        topology = json.loads(cls.lab.topology.read_text())
        topology["srp-session"] = "plain"
        cls.west_topology = cls.lab.dir / "west-pair.json"
        cls.west_topology.write_text(json.dumps(topology))
        topology["srp-port"] = lab.SRP_PORT + DISTANCE
        cls.lab.topology.write_text(json.dumps(topology))
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "session compression lz4",
                         "session compression zlib")

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        if cls.proxy:
            cls.proxy.close()

    def setUp(self):
        super().setUp()
        if not self.proxy:
            self.put_proxy_between()
        self.lab.wait("east.chassis=active", "west.chassis=standby", "sync", seconds=SECONDS)
        self.calls = self.call(CALLS, "--control-rate", UPDATES)
        self.calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync", seconds=SECONDS)
        self.pids = self.lab.pids()
        self.grown_from = {name: resident_kib(pid) for name, pid in self.pids.items()}
        self.state = {name: self.srp(name) for name in lab.INSTANCES}
        self.before = {name: self.counts(name) for name in lab.INSTANCES}

    def put_proxy_between(self):
        """The CFs of west are started anew with a topology that leads to it."""
        ports = range(lab.SRP_PORT, lab.SRP_PORT + 4)
        type(self).proxy = srp_proxy.Proxy(self.lab.address("0.11"), ports, DISTANCE)
        for slot in (1, 2):
            self.lab.vpclab("kill", "west", f"cf{slot}")
        for slot in (1, 2):
            self.lab.start("cf", "west", slot, topology=self.west_topology)

    # ---- what is seen of it --------------------------------------------------------------------

    def srp(self, instance):
        info = self.lab.show(instance, "show srp info")
        return {key: info[key] for key in ("chassis_state", "peer_state", "srp_epoch")}

    def counts(self, instance):
        """All that show prints of frames that were refused; of hellos: control_frames_..."""
        info = self.lab.show(instance, "show srp info")
        found = {**self.lab.show(instance, "show srp checkpoint statistics"),
                 **self.lab.show(instance, "show srp statistics"),
                 **{f"control_{key}": value for key, value in info.items()}}
        return {key: value for key, value in found.items() if isinstance(value, int) and
                key != "control_hello_losses" and  # one that comes late is none that was refused
                ("refused" in key or "malformed" in key or "without" in key or "losses" in key or
                 "invalid" in key)}

    def grown(self, instance):
        return {key: value - self.before[instance][key]
                for key, value in self.counts(instance).items()
                if value != self.before[instance][key]}

    def wait_counted(self, instance="west", **least):
        lab.wait_for(lambda: all(self.grown(instance).get(key, 0) >= n
                                 for key, n in least.items()), SECONDS,
                     lambda: f"{instance} counts {least} (it has {self.grown(instance)})")
        return self.grown(instance)

    def assert_counted_exactly(self, instance="west", **expected):
        """And nothing but that."""
        self.wait_counted(instance, **expected)
        self.assertEqual(self.grown(instance), expected)

    def assert_unharmed(self):
        """Nobody died, grew, or changed a record, and all calls answer to the end."""
        self.lab.wait(f"sessions={CALLS}", "sync", seconds=SECONDS)
        self.assertEqual(self.lab.pids(), self.pids)
        for name, pid in self.pids.items():
            self.assertLess(resident_kib(pid), self.grown_from[name] + GROWTH_KIB, name)
        self.assertEqual({name: self.srp(name) for name in lab.INSTANCES}, self.state)
        self.assert_equal_copies()
        self.assert_good(self.calls.finish(), CALLS)

    def assert_equal_copies(self):
        lab.wait_for(lambda: self.lab.vpclab("exec", "east", "srp initiate-audit manual-with-sync",
                                             expect=None).returncode == 0, SECONDS,
                     "an audit begins")

        def last():
            audit = self.lab.show("east", "show srp audit-statistics")["audits"][-1]
            return audit if audit["result"] != "In Progress" else None
        audit = lab.wait_for(last, SECONDS, "the audit ends")
        self.assertEqual((audit["result"], *(audit[key] for key in DIFFERENCES)),
                         ("Complete", 0, 0, 0, 0))

    # ---- checkpoint frames ---------------------------------------------------------------------

    def test_frames_that_do_not_unpack_are_refused(self):
        def bad(frame):
            good = zlib.compress(frame.message)
            size = len(frame.message)
            flipped = good[:-1] + bytes([good[-1] ^ 1])  # of the checksum
            return [frame.with_packed(ZLIB, size, flipped),
                    frame.with_packed(ZLIB, size, good[:len(good) // 2]),
                    frame.with_packed(ZLIB, size - 1, good),
                    frame.with_packed(ZLIB, size + 1, good),
                    frame.with_packed(LZ4, size, good),
                    frame.with_packed(LZ4, 100, b"\x10a\xff\xff\xff\xff"),  # from before the begin
                    frame.with_packed(STORED, size, frame.message[:-1]),
                    frame.with_packed(9, size, frame.message),
                    frame.envelope, frame.envelope + b"\x01\0\0"]
        self.proxy.after_data(bad)
        self.assert_counted_exactly(refused_unpack=10, frames_refused=10)
        said = self.lab.vpclab("exec", "west", "show srp checkpoint statistics").stdout
        self.assertRegex(said, r"(?m)^    does not unpack +\d+$")
        logs = "".join((self.lab.rundir / "west" / f"sf{slot}.log").read_text() for slot in (4, 5))
        self.assertIn("sess: checkpoint frame refused: it does not unpack", logs)
        self.assert_unharmed()

    def test_bombs_are_not_unfolded(self):
        folded = zlib.compress(bytes(BOMB), 9)
        self.assertLess(len(folded), MOST)
        unfolds = b"\x1fa\x01\0" + b"\xff" * (MOST - 20) + b"\0\x10a"  # 255 octets for each

        def bombs(frame):
            return [frame.with_packed(ZLIB, BOMB, folded), frame.with_packed(ZLIB, MOST, folded),
                    frame.with_packed(ZLIB, 100, folded),
                    frame.with_packed(ZLIB, 0xffffffff, folded[:200]),
                    frame.with_packed(LZ4, 255 * len(unfolds), unfolds),
                    frame.with_packed(LZ4, MOST, unfolds), frame.with_packed(LZ4, 100, unfolds),
                    frame.with_packed(LZ4, 0xffffffff, unfolds[:200]),
                    frame.with_packed(STORED, 0xffffffff, b"a"),
                    frame.with_packed(STORED, MOST + 1, bytes(MOST + 1))]
        self.proxy.after_data(bombs)
        self.assert_counted_exactly(refused_length=4 + 1, refused_unpack=4 + 1, frames_refused=10)
        self.assert_unharmed()

    def test_messages_that_are_none_or_of_somebody_else_are_refused(self):
        def bad(frame):
            message = frame.message
            head = head_of(message)
            cut = [message[:octets] for octets in (0, 2, HEAD.size - 1, HEAD.size + 7)]
            other = [altered(message, version=99), altered(message, instance=77),
                     altered(message, epoch=head["epoch"] - 1),
                     altered(message, sender=head["sender"] - 1),
                     altered(message, receiver=head["receiver"] + 1),
                     altered(message, stream=head["stream"] + 1)]
            wrong = [altered(message, type=99), altered(message, sender=0),
                     altered(message, stream=0), data(message, 0, b""), message + b"\0",
                     data(message, frame_of(message) + 1, bytes([FULL]) + bytes(5) + b"\xff\xff")]
            return map(frame.with_message, [*cut, *other, *wrong])
        self.proxy.after_data(bad)
        self.assert_counted_exactly(refused_malformed=10, refused_version=1, refused_sessmgr=1,
                                    refused_epoch=1, refused_incarnation=2, refused_stream=1,
                                    frames_refused=16)
        self.assert_unharmed()

    def test_an_active_takes_nothing_that_is_for_a_standby(self):
        def wrong(frame):
            head = head_of(frame.message)
            opens = altered(frame.message[:HEAD.size], type=OPEN, receiver=0,
                            sender=head["sender"] + 1, epoch=head["epoch"] + 1)
            far = frame.message[:HEAD.size] + struct.pack("!QBHQ", 1 << 40, 4, 8, 0)
            return map(frame.with_message, [opens + struct.pack("!BII", 2, 0, 1), far])
        self.proxy.after_data(wrong, to="east", kind=ACK)
        self.assert_counted_exactly("east", refused_role=1, refused_malformed=1, frames_refused=2)
        self.assert_unharmed()

    def test_frames_out_of_order_are_refused_and_mended(self):
        self.proxy.after_data(lambda frame: [frame.body])
        self.wait_counted(refused_duplicate=1)
        self.proxy.after_data(lambda frame: [frame.with_message(
            data(frame.message, frame_of(frame.message) + 5, b""))])
        self.wait_counted(refused_gap=1)
        self.lab.wait("sync", seconds=SECONDS)
        self.proxy.at_next("west", lambda frame: frame.is_a(DATA), lambda frame: b"")
        self.wait_counted(refused_gap=2)  # the one behind it, or a heartbeat
        self.assert_unharmed()

    def test_data_of_a_connection_that_was_not_tried_yet_is_refused(self):
        """Each session manager's receiver is known from the stream before."""
        seen = {}

        def note(frame):
            seen[frame.message[2]] = head_of(frame.message)["receiver"]
            return []
        while len(seen) < SESSMGRS:
            self.proxy.after_data(note)

        def too_early(frame):
            message = altered(frame.message, type=DATA, receiver=seen[frame.message[2]])
            early = data(message, 1 << 40, b"")
            return zmtp(frame.body) + zmtp(frame.with_message(early))
        done = self.proxy.plan("west", lambda frame: frame.is_a(OPEN), too_early)
        self.proxy.cut(lab.SRP_PORT + 1)
        lab.wait_for(done.is_set, SECONDS, "a stream begins")
        self.wait_counted(refused_not_ready=1)
        self.assert_unharmed()

    def test_a_record_that_cannot_be_is_refused_and_the_stream_begins_anew(self):
        def bad(frame):
            record = struct.pack("!BIBH", FULL, 1, 1, 4) + b"\xff\xff\xff\xff"
            return [frame.with_message(data(frame.message, frame_of(frame.message) + 1, record))]
        self.proxy.after_data(bad)
        self.wait_counted(refused_record=1)
        self.assert_unharmed()

    # ---- the connection they come through --------------------------------------------------------

    def test_frames_without_an_envelope_of_ours_do_not_reach_a_session_manager(self):
        def bad(frame):
            return [b"", b"\0", frame.envelope[:-1], frame.with_envelope(magic=1),
                    frame.with_envelope(version=2), frame.with_envelope(kind=0),
                    frame.with_envelope(kind=200), frame.with_envelope(incarnation=0),
                    frame.with_envelope(seq=0),
                    frame.with_envelope(instance=1), frame.with_envelope(kind=6),
                    frame.with_envelope(kind=10), frame.with_envelope(port=0),
                    frame.with_envelope(port=77)]
        self.proxy.after_data(bad)
        self.assert_counted_exactly(relay_malformed=9, resource_messages_malformed=9,
                                    relay_refused=4, resource_messages_refused=4,
                                    resource_messages_without_session_manager=1)
        self.assert_unharmed()

    def session_ends(self):
        return sum(one["new"] == "Not Connected"
                   for one in self.lab.events("west", "cf1", "srp.session"))

    def test_a_frame_that_is_too_long_or_cut_ends_the_connection_and_nothing_else(self):
        for octets in (zmtp(bytes(FRAME_MOST + 1)),  # longer than any frame
                       struct.pack("!BQ", srp_proxy.LONG, 1 << 62) + b"a",
                       b"\xff" * 64):  # no frame at all
            ends = self.session_ends()
            self.proxy.at_next("west", lambda frame: frame.is_a(DATA), lambda frame, bad=octets:
                               zmtp(frame.body) + bad)
            lab.wait_for(lambda was=ends: self.session_ends() > was, SECONDS,
                         "the connection ends")
            self.lab.wait("sync", seconds=SECONDS)
        ends = self.session_ends()
        self.proxy.at_next("west", lambda frame: frame.is_a(DATA),
                           lambda frame: zmtp(frame.body)[:-3])
        self.proxy.cut(lab.SRP_PORT + 1)
        lab.wait_for(lambda: self.session_ends() > ends, SECONDS, "the connection ends")
        self.assert_unharmed()

    # ---- hellos ----------------------------------------------------------------------------------

    @lab.unittest.skipUnless(zmq, NO_ZMQ)
    def test_wrong_hellos_beside_those_of_the_living_peer_are_refused(self):
        peer = mad_peer.MadPeer(self.lab, *mad_peer.keys(self.lab, "west"),
                                mad_peer.keys(self.lab, "east")[0])
        self.addCleanup(peer.close)
        for body in peer.wrong_hellos():
            peer.send(peer.frame(mad_peer.SRP_HELLO, body))
        for frame in peer.wrong_frames():
            peer.send(frame)
        refused, malformed = len(peer.wrong_hellos()), len(peer.wrong_frames())
        grown = self.wait_counted("east", control_frames_refused=refused,
                                  control_frames_malformed=malformed)
        self.assertEqual((grown["control_frames_refused"], grown["control_frames_malformed"]),
                         (refused, malformed))
        self.assert_unharmed()

    def test_a_control_connection_that_turns_to_noise_is_made_anew(self):
        for octets in (b"\xff" * 64, bytes(64), struct.pack("!BQ", srp_proxy.LONG, 1 << 62)):
            made = self.proxy.accepted[lab.SRP_PORT]
            self.proxy.say(lab.SRP_PORT, octets)
            lab.wait_for(lambda was=made: self.proxy.accepted[lab.SRP_PORT] > was, SECONDS,
                         "another connection is made")
            heard = self.hellos_received()
            lab.wait_for(lambda was=heard: self.hellos_received() > was, SECONDS,
                         "hellos go on")
        self.assertGreater(self.grown("east")["control_connection_losses"], 0)
        self.assert_unharmed()

    def hellos_received(self):
        return self.lab.show("east", "show srp info")["hellos_received"]

    # ---- and afterwards --------------------------------------------------------------------------

    def test_the_standby_takes_over_all_calls_afterwards(self):
        """The last case: after all that was said to the Standby before."""
        self.proxy.after_data(lambda frame: [frame.with_packed(ZLIB, 0xffffffff, b"bomb"),
                                             frame.with_message(frame.message[:-1])])
        self.wait_counted(refused_length=1, refused_malformed=1)
        self.assert_equal_copies()
        self.lab.signal([pid for name, pid in self.pids.items() if name.startswith("east/")],
                        signal.SIGKILL)
        self.lab.wait("west.chassis=active", seconds=SECONDS)
        self.calls.wait_answering(CALLS, SECONDS)
        loss = lab.wait_for(lambda: self.lab.show("west", "show srp call-loss statistics")
                            ["switchovers"], SECONDS, "the switchover is on record")[-1]
        self.assertEqual((loss["before"], loss["recovered"], loss["lost"]), (CALLS, CALLS, 0))
        self.assert_good(self.calls.finish(), CALLS)


if __name__ == "__main__":
    lab.main(BadFrames)
