"""The routing domain and the gates of a demux: orders are given by a scripted control function,
so that every state can be had that a real one passes through in a moment."""

import contextlib
import json
import queue
import socket
import struct
import threading
import time

import gtp
import lab
import lateness

SECONDS = lab.SECONDS

try:
    import zmq
except ImportError:
    zmq = None

NO_ZMQ = "python3-zmq is not installed"
LINK_HELLO, CARD_STATUS, ROLE, CONFIG, NET = 1, 2, 4, 5, 13
CARD_CF, CF_SLOT, CF_EPOCH = 1, 1, 1
STANDBY, ACTIVE = 1, 3
VOLTE, DATA, CONTROL, NEW, ALL = 1, 2, 4, 8, 15
STATUS = struct.Struct("!BBIBQBQIIIBBBBBBBBBH")
STATUS_FIELDS = ("type", "sessmgr", "order", "state", "srp_epoch", "route_modifier", "cf_epoch",
                 "config", "sessions", "sessions_v2", "restart", "gates", "announced", "converged", "flushed",
                 "audited", "peer_ready", "synced", "lz4", "pid")
GATED_DATA, GATED_CONTROL, DROPPED = -3, -2, -1  # the last of its counters
RESTART = 7
NEIGHBOR, SECOND = "2.1", "2.2"
HOLD_OFF_S, PREFIXES = 2, 2


class ControlFunction(threading.Thread):
    """CF 1 of an instance for its demux: says hello, gives orders, keeps what it is told."""

    def __init__(self, rig, instance):
        super().__init__(daemon=True)
        self.index = lab.INSTANCES.index(instance)
        self.orders = queue.Queue()
        self.ended = threading.Event()
        self.status, self.net, self.order = {}, None, 0
        self.incarnation, self.seq, self.peer, self.config = time.time_ns() // 1000, 0, None, b""
        self.role_body = None
        directory = rig.rundir / instance
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(f"ipc://{directory}/cf1-card.ipc")

    def send(self, what, body):
        if not self.peer:
            return
        self.seq += 1
        head = struct.pack("!HBBBBBBQQQ", 0x564c, 1, what, self.index, CF_SLOT, 0, 0,
                           self.incarnation, CF_EPOCH, self.seq)
        self.socket.send_multipart([self.peer, head + body])

    def take(self, sender, frame):
        what, body = frame[3], frame[32:]
        if what == LINK_HELLO and sender != self.peer:
            self.peer = sender
            self.send(LINK_HELLO, bytes([CARD_CF, 0]))
            self.send(CONFIG, struct.pack("!I", 1) + self.config)
            if self.role_body:
                self.send(ROLE, self.role_body)
        elif what == CARD_STATUS:
            status = dict(zip(STATUS_FIELDS, STATUS.unpack_from(body)))
            rest = body[STATUS.size + (len(body) - STATUS.size) % 8:]  # they are at its end
            status["counters"] = struct.unpack(f"!{len(rest) // 8}Q", rest)
            self.status = status
        elif what == NET:
            self.net = self.read_net(body)

    @staticmethod
    def read_net(body):
        head = struct.Struct("!QBBIIB")
        *fields, n = head.unpack_from(body)
        net = dict(zip(("srp_epoch", "best", "peer_bfd_up", "offered", "offered_as"), fields))
        net["neighbors"], at = {}, head.size
        for _ in range(n):  # their contexts are not looked at here
            at += 1 + body[at]
            net["neighbors"][".".join(map(str, body[at:at + 4]))] = (bool(body[at + 4]),
                                                                     bool(body[at + 5]))
            at += 6
        assert len(body) == at
        return net

    def run(self):
        hello_at = 0
        while not self.ended.is_set():
            if self.socket.poll(20):
                self.take(*self.socket.recv_multipart())
            while not self.orders.empty():
                self.send(*self.orders.get())
            if time.monotonic() > hello_at:
                hello_at = time.monotonic() + 0.3
                self.send(LINK_HELLO, bytes([CARD_CF, 0]))
        self.socket.close()

    def close(self):
        self.ended.set()
        self.join()

    def role(self, state, gates=0, announce=False, modifier=2, epoch=5):
        """Give an order and wait until the demux has carried it out."""
        self.order += 1
        self.role_body = struct.pack("!IBQBBBBBBB", self.order, state, epoch, modifier, RESTART,
                                     gates, announce, False, False, False)
        self.orders.put((ROLE, self.role_body))
        lab.wait_for(lambda: self.status.get("order") == self.order, SECONDS,
                     f"order {self.order} is carried out: {self.status}")

    def wait(self, predicate, what):
        lab.wait_for(lambda: self.status and self.net and predicate(self.status, self.net), SECONDS,
                     f"{what}: {self.status} {self.net}")

    def wait_out(self, announced, converged):
        self.wait(lambda status, _: (status["announced"], status["converged"]) ==
                  (announced, converged), f"announced {announced}, converged {converged}")


class Rig(lab.Case):
    """World and demuxes of a pair, each demux with a scripted control function."""

    starts_up = False
    access = "world"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rig = cls.lab
        rig.edit(rig.topology, '"access": "world"', f'"access": "{cls.access}"')
        for name in lab.INSTANCES:
            rig.edit(rig.config(name), f"neighbor {rig.address(NEIGHBOR)} remote-as 65000",
                     f"neighbor {rig.address(NEIGHBOR)} remote-as 65000\n"
                     f"      neighbor {rig.address(SECOND)} remote-as 65000")
        rig.rundir.mkdir(mode=0o700)
        (rig.rundir / "topology").write_text(f"{rig.topology}\n")
        cls.cfs = {name: ControlFunction(rig, name) for name in lab.INSTANCES}
        cls.world = rig.start("world")
        for name, cf in cls.cfs.items():
            cf.config = rig.config(name).read_bytes()
            cf.start()
            rig.start("demux", name, 3)

    @classmethod
    def tearDownClass(cls):
        for cf in cls.cfs.values():
            cf.close()
        super().tearDownClass()

    def setUp(self):
        self.east, self.west = (self.cfs[name] for name in lab.INSTANCES)
        self.neighbor, self.second = self.lab.address(NEIGHBOR), self.lab.address(SECOND)
        for cf in self.cfs.values():
            cf.role(STANDBY)
            cf.wait_out(False, False)


@lab.unittest.skipIf(zmq is None, NO_ZMQ)
class Routes(Rig):
    def operator(self, line, **more):
        return self.lab.vpclab("exec", "world", line, **more).stdout

    def routes(self):
        return json.loads(self.lab.vpclab("routes", "--json").stdout)

    def best(self):
        return {route["chassis"] for route in self.routes()["routes"] if route["best"]}

    def test_routes_are_announced_converged_and_withdrawn_when_the_router_says_so(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.east.wait_out(True, True)
        self.assertEqual(self.east.net["srp_epoch"], 5)
        self.assertEqual(self.best(), {"east"})
        self.east.role(STANDBY, epoch=6)
        self.east.wait_out(False, False)
        self.assertEqual(self.east.net["srp_epoch"], 0)
        self.assertEqual(self.routes()["routes"], [])

    def test_a_standby_may_announce_too_and_is_converged_once_the_active_withdrew(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.west.role(STANDBY, announce=True, modifier=3)
        self.west.wait_out(True, False)
        self.east.wait_out(True, True)
        self.assertEqual(self.best(), {"east"})
        self.east.role(STANDBY)
        self.west.wait_out(True, True)
        self.assertEqual(self.best(), {"west"})

    def test_of_two_actives_the_one_with_the_shorter_path_stays_best(self):
        self.east.role(ACTIVE, ALL, announce=True, modifier=2)
        self.east.wait_out(True, True)
        self.west.role(ACTIVE, ALL, announce=True, modifier=3)
        self.west.wait_out(True, False)
        self.east.role(ACTIVE, ALL, announce=True, modifier=4)
        self.east.wait_out(True, False)
        self.west.wait_out(True, True)

    def test_a_standby_filters_the_routes_of_its_own_as(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.west.wait(lambda _, net: net["offered"] == 2 and net["offered_as"] == 65001,
                       "west is offered what east announces")
        self.assertIn("west is offered 2 routes of AS 65001: filtered, its own AS",
                      self.lab.vpclab("routes").stdout)
        offer = next(one for one in self.routes()["offered"] if one["chassis"] == "west")
        self.assertTrue(offer["filtered"])
        events = lab.wait_for(lambda: self.lab.events("west", "demux3", "routes.offered"), SECONDS,
                              "west tells of the offer")
        self.assertEqual((events[-1]["new"], events[-1]["cause"]),
                         ("2", "AS 65001: 2 filtered, 0 accepted"))

    def test_neighbors_are_up_until_an_operator_ends_a_session(self):
        up = {self.neighbor: (True, True), self.second: (True, True)}
        self.east.wait(lambda _, net: net["neighbors"] == up, "all sessions of east are up")
        self.operator(f"bgp neighbor {self.neighbor} down east")
        self.operator(f"bfd {self.second} down")
        self.east.wait(lambda _, net: net["neighbors"] ==
                       {self.neighbor: (False, True), self.second: (True, False)}, "two are down")
        self.west.wait(lambda _, net: net["neighbors"] ==
                       {self.neighbor: (True, True), self.second: (True, False)}, "one is down")
        self.assertIn(f"east: neighbor {self.neighbor} is down (BGP), by the operator",
                      self.lab.vpclab("routes").stdout)
        self.assertIn(self.neighbor, self.operator("show neighbors"))
        told = self.lab.show("world", "show neighbors")["sessions"]
        self.assertEqual({one["connected"] for one in told}, {True}, "so it is by the operator")
        self.operator(f"bgp neighbor {self.neighbor} up")
        self.operator(f"bfd {self.second} up")
        for cf in self.cfs.values():
            cf.wait(lambda _, net: net["neighbors"] == up, "all sessions are up")

    def test_routes_go_with_the_last_bgp_session_and_come_back_with_the_first(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.east.wait_out(True, True)
        self.operator(f"bgp neighbor {self.neighbor} down east")
        self.assertEqual(self.best(), {"east"})
        self.operator(f"bgp neighbor {self.second} down east")
        self.east.wait_out(False, False)
        self.assertEqual(self.east.net["srp_epoch"], 0)
        self.assertEqual(self.best(), set())
        self.operator(f"bgp neighbor {self.second} up east")
        self.east.wait_out(True, True)
        self.operator(f"bgp neighbor {self.neighbor} up east")

    def test_a_chassis_without_a_bgp_session_is_offered_nothing(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.west.wait(lambda _, net: net["offered"] == 2, "west is offered east's routes")
        for neighbor in (self.neighbor, self.second):
            self.operator(f"bgp neighbor {neighbor} down west")
        self.west.wait(lambda _, net: net["offered"] == 0, "west is offered nothing")
        self.assertEqual(self.best(), {"east"})
        for neighbor in (self.neighbor, self.second):
            self.operator(f"bgp neighbor {neighbor} up west")
        self.west.wait(lambda _, net: net["offered"] == 2, "west is offered them again")

    def test_bfd_between_the_chassis_is_up_until_an_operator_says_otherwise(self):
        self.west.wait(lambda _, net: net["peer_bfd_up"], "west sees east")
        self.operator("bfd chassis down")
        for cf in self.cfs.values():
            cf.wait(lambda _, net: not net["peer_bfd_up"], "no chassis sees the other")
        self.operator("bfd chassis up")
        for cf in self.cfs.values():
            cf.wait(lambda _, net: net["peer_bfd_up"], "the chassis see each other")

    def test_an_operators_mistake_is_explained(self):
        done = self.lab.vpclab("exec", "world", "bgp neighbor 192.0.2.1 down", expect=1)
        self.assertIn("show neighbors", done.stderr)
        done = self.lab.vpclab("exec", "world", f"bgp neighbor {self.neighbor} down north",
                               expect=1)
        self.assertIn('no instance "north"', done.stderr)
        self.lab.vpclab("exec", "world", "bgp neighbor nonsense down", expect=2)

    def test_the_end_of_the_world_takes_all_sessions_down(self):
        self.east.role(ACTIVE, ALL, announce=True)
        self.east.wait_out(True, True)
        self.world.kill()
        self.world.wait()
        self.east.wait_out(False, False)
        self.assertEqual(set(self.east.net["neighbors"].values()), {(False, False)})
        self.assertFalse(self.east.net["peer_bfd_up"])
        type(self).world = self.lab.start("world")
        self.east.wait_out(True, True)
        self.east.wait(lambda _, net: set(net["neighbors"].values()) == {(True, True)} and
                       net["peer_bfd_up"], "all sessions are up again")

    # ---- gates -------------------------------------------------------------------------

    def serve(self, gates):
        self.east.role(ACTIVE, gates, announce=True)
        self.assertEqual(self.east.status["gates"], gates)
        self.east.wait_out(True, True)

    def counters(self):
        return [self.east.status["counters"][at] for at in (GATED_CONTROL, GATED_DATA, DROPPED)]

    def send_and_count(self, client, port, message, expected):
        """Send one datagram; which of the counters it raised."""
        before = self.counters()
        client.send(message, port)
        lab.wait_for(lambda: self.counters() != before, SECONDS, f"it is counted: {before}")
        self.assertEqual([now - then for now, then in zip(self.counters(), before)], expected)

    def test_each_gate_stops_its_own_kind(self):
        create = gtp.create_pdp(1, "001010000000001", self.lab.address("2.9"), 1)
        delete, packet = gtp.delete_pdp(2, 0x01000001), gtp.g_pdu(0x01000001, b"\x45" * 20)
        stopped, data, passed = [1, 0, 0], [0, 1, 0], [0, 0, 1]  # passed: but no SF is there
        cases = {ALL: (passed, passed, passed), CONTROL | NEW: (passed, passed, data),
                 VOLTE: (stopped, stopped, passed), DATA: (stopped, stopped, passed),
                 CONTROL | DATA: (stopped, passed, passed), NEW: (passed, stopped, data),
                 0: (passed, passed, passed)}  # dropped, since nothing is open
        with contextlib.closing(gtp.Client(self.lab.address("2.9"), self.lab.service)) as client:
            for gates, (create_raises, delete_raises, packet_raises) in cases.items():
                self.serve(gates)
                with self.subTest(gates=gates):
                    self.send_and_count(client, gtp.CONTROL, create, create_raises)
                    self.send_and_count(client, gtp.CONTROL, delete, delete_raises)
                    self.send_and_count(client, gtp.USER, packet, packet_raises)

    def test_echo_is_answered_while_any_gate_is_open(self):
        with contextlib.closing(gtp.Client(self.lab.address("2.9"), self.lab.service)) as client:
            for gate in (VOLTE, DATA, CONTROL, NEW):
                self.serve(gate)
                with self.subTest(gate=gate):
                    answer = client.ask(gtp.v1(gtp.ECHO, 0, gate))
                    self.assertEqual(gtp.read_v1(answer)[0], gtp.ECHO_ANSWER)


@lab.unittest.skipIf(zmq is None, NO_ZMQ)
class Direct(Rig):
    """The demux binds the service addresses itself: these are its announcement."""

    access = "direct"

    def is_bound(self):
        """By somebody."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((self.lab.service, gtp.CONTROL))
            except OSError:
                return True
        return False

    def test_bound_addresses_are_announced_and_converged(self):
        self.assertFalse(self.is_bound())
        self.east.role(ACTIVE, ALL, announce=True)
        self.east.wait_out(True, True)
        self.assertTrue(self.is_bound())
        self.east.role(STANDBY)
        self.east.wait_out(False, False)
        self.assertFalse(self.is_bound())

    def test_an_address_in_use_is_not_announced_until_it_is_free(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind((self.lab.service, gtp.CONTROL))
            self.east.role(ACTIVE, ALL, announce=True)
            self.east.wait_out(False, False)
        self.east.wait_out(True, True)

    def test_a_standby_that_announces_binds_nothing(self):
        self.west.role(STANDBY, announce=True, modifier=3)
        self.assertFalse(self.is_bound())
        self.west.wait_out(False, False)
        self.west.role(ACTIVE, ALL, announce=True, modifier=3)
        self.west.wait_out(True, True)


class StandbyRoutes(lab.Case):
    """A pair in which the Standby announces, too, after its hold-off time."""

    lab_options = {"dead": 3}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.configure_srp(f"advertise-routes-in-standby-state hold-off-time {HOLD_OFF_S}")

    def setUp(self):
        super().setUp()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def lab_us(self):
        return time.monotonic() * self.lab.scale * 1e6

    def wait_announced(self):
        """Both have a path to each prefix, the Active the shorter one."""
        def both():
            routes = self.lab.routes()
            return len(routes) == 2 * PREFIXES and routes
        routes = lab.wait_for(both, SECONDS, "the Standby announces what the Active does")
        active = self.lab.in_state("Active")
        self.assertEqual({one["chassis"] for one in routes if one["best"]}, {active})
        prepends = {(one["chassis"], one["prepend"]) for one in routes}
        modifiers = {(name, self.lab.show(name, "show srp info")["route_modifier"])
                     for name in lab.INSTANCES}
        self.assertEqual(prepends, modifiers)
        self.assertLess(dict(prepends)[active], dict(prepends)[self.lab.other(active)])

    def best(self, since):
        """How the router's choice changed, by prefix."""
        changes = {}
        for one in map(json.loads, (self.lab.rundir / "world.jsonl").read_text().splitlines()):
            if one["kind"] == "route.best" and one["lab_us"] > since:
                changes.setdefault(one["cause"], []).append((one["old"], one["new"]))
        return changes

    def assert_moved_once(self, since):
        """At every instant there was a best path, first that of one and then of the other."""
        moved = self.best(since)
        self.assertEqual(len(moved), PREFIXES, moved)
        for changes in moved.values():
            self.assertEqual(changes, [(self.active, self.standby)])

    def test_a_standby_announces_a_longer_path_after_the_hold_off_time(self):
        since = self.lab_us()
        self.lab.vpclab("kill", self.standby)
        self.lab.vpclab("start", self.standby)
        self.wait_announced()
        became = next(one["lab_us"] for one in self.lab.events(self.standby, "cf1", "srp.state")
                      if one["lab_us"] > since and one["new"] == "Standby")
        announced = next(one["lab_us"]
                         for one in self.lab.events(self.standby, "demux3", "routes.announced")
                         if one["lab_us"] > since)
        self.assertGreater(announced - became, HOLD_OFF_S * 1e6 - 5e4)  # of writing it down
        late_s = lateness.between(*(one / self.lab.scale / 1e6 for one in (became, announced)))
        self.assertLess(announced - became, (HOLD_OFF_S + 2 + late_s * self.lab.scale) * 1e6)
        self.assertEqual(self.best(since), {})

    def test_in_a_planned_switchover_there_is_always_one_best_path(self):
        self.wait_announced()
        since = self.lab_us()
        self.lab.switch_over()
        self.assert_moved_once(since)
        self.wait_announced()

    def test_in_a_takeover_the_path_of_the_standby_is_never_lost(self):
        self.wait_announced()
        since = self.lab_us()
        self.lab.vpclab("kill", self.active)
        self.lab.wait(f"{self.standby}.chassis=active")
        self.assert_moved_once(since)
        self.lab.up()
        self.active, self.standby = self.standby, self.active
        self.wait_announced()


if __name__ == "__main__":
    lab.main(Routes, Direct, StandbyRoutes)
