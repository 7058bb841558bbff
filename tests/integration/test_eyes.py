"""Monitors look at real servers: freeradius and freeDiameter, which answer, refuse, freeze,
die and come back; and at the responders of the embedded outside world."""

import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import unittest

import lab
import lateness
import servers
import tap
from lab import BUILD, SECONDS, TROUBLE, reserve_net, wait_for

EYES_PROBE = BUILD / "tests/integration/eyes_probe"

RETRIES = 2         # of RADIUS, unless a test says otherwise
SCALE = 10          # lab seconds a second: a dead server is Down within 1.4 s
NOTICED_S = SECONDS
ACCEPT, REJECT, SUCCESS = 2, 3, 2001
RADIUS_PORT, DIAMETER_PORT = 21812, 13868
PROBE_USER = "vpclab-probe"


class Eyes:
    """eyes_probe with its commands and what it reported."""

    def __init__(self, directory, config, *options, scale=SCALE, secret="", prefix=()):
        self.config = directory / "eyes.cfg"
        self.config.write_text(config)
        self.out = directory / "eyes.out"
        self.err = directory / "eyes.err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [*prefix, EYES_PROBE, self.config, str(scale), *options], stdin=subprocess.PIPE,
                stdout=out, stderr=err, env={**os.environ, "EYES_SECRET": secret})

    def tell(self, command):
        self.process.stdin.write(command.encode())
        self.process.stdin.flush()

    def look(self):
        self.tell("l")

    def look_away(self):
        self.tell("a")

    def lines(self, key):
        text = self.out.read_text()
        whole = text[:text.rfind("\n") + 1].splitlines()
        return [one for one in map(json.loads, whole) if key in one]

    def states(self, target=0):
        """All states of a monitor so far, as letters."""
        return "".join(one["state"] for one in self.lines("state") if one["target"] == target)

    def wait_state(self, letter, target=0, seconds=NOTICED_S):
        wait_for(lambda: self.states(target).endswith(letter), seconds,
                 f"monitor {target} is {letter}, it was {self.states(target) or 'I'}")

    def counters(self, target=0):
        known = len(self.lines("counters"))
        self.tell("c")
        wait_for(lambda: len(self.lines("counters")) > known, NOTICED_S, "counters are said")
        return self.lines("counters")[-1]["counters"][target]

    def wait_counter(self, name, least, target=0):
        def enough():
            return self.counters(target)[name] >= least
        wait_for(enough, NOTICED_S, f"{name} of monitor {target} reaches {least}")

    def sockets(self):
        """Internet sockets that it holds."""
        held = set()
        for entry in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                held.add(os.readlink(entry))
            except OSError:  # closed meanwhile
                pass
        inodes = set()
        for table in ("udp", "tcp"):
            rows = pathlib.Path(f"/proc/{self.process.pid}/net/{table}").read_text().splitlines()
            inodes |= {f"socket:[{row.split()[9]}]" for row in rows[1:]}
        return len(held & inodes)

    def end(self):
        """Complaints of it."""
        self.process.stdin.close()
        status = self.process.wait(timeout=SECONDS)
        said = self.err.read_text()
        return said if status != 0 or TROUBLE.search(said) else ""


class Base(unittest.TestCase):
    def setUp(self):
        self.net, holder = reserve_net()
        self.addCleanup(holder.close)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ve", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.secret = secrets.token_hex(16)
        self.children = []
        self.addCleanup(self.stop_children)
        self.eyes = None
        self.addCleanup(self.end_eyes)

    def stop_children(self):
        for child in reversed(self.children):
            child.stop()

    def end_eyes(self):
        if self.eyes:
            self.assertEqual(self.eyes.end(), "")
            self.eyes = None

    def open_eyes(self, config, *options, **more):
        self.eyes = Eyes(self.dir, config, *options, **more)
        return self.eyes

    def diagnose(self):
        parts = [f"---- {child.log.name}\n{child.said()[-1500:]}" for child in self.children]
        for path in (self.dir / "eyes.out", self.dir / "eyes.err"):
            if path.exists():
                parts.append(f"---- {path.name}\n{path.read_text()[-1500:]}")
        return "\n".join(parts)


def configuration(servers, monitors):
    return "\n".join([
        "config", "  context source", f"    radius max-retries {RETRIES}", *[f"    {line}" for line in servers], "  #exit",
        "  context srp", "    service-redundancy-protocol", "      bind address 127.0.0.11",
        "      peer-ip-address 127.0.0.12", *[f"      {line}" for line in monitors],
        "    #exit", "  #exit", "end", ""])


def radius_monitor(address, port=RADIUS_PORT):
    return f"monitor authentication-probe context source {address} port {port}"


@servers.needs_freeradius
class Radius(Base):
    def radiusd(self, users="", name="radiusd", tail="8.1"):
        """A server that is ready."""
        server = servers.Radiusd(self.dir / name, self.address(tail), RADIUS_PORT, self.secret,
                                 users)
        self.children.append(server)
        server.begin()
        return server

    def address(self, tail="8.1"):
        return f"127.{self.net}.{tail}"

    def look(self, *lines, key=None, tails=("8.1",)):
        servers = [*lines] + [f"radius server {self.address(tail)} key {key or self.secret} "
                   f"port {RADIUS_PORT}" for tail in tails]
        monitors = [radius_monitor(self.address(tail)) for tail in tails]
        eyes = self.open_eyes(configuration(servers, monitors))
        eyes.look()
        return eyes

    def test_a_server_that_lets_the_probe_account_in_is_up(self):
        self.radiusd(f'{PROBE_USER} Cleartext-Password := "{PROBE_USER}"\n')
        eyes = self.look()
        eyes.wait_state("U")
        self.assertEqual(eyes.counters()["last_code"], ACCEPT)

    def test_a_server_that_rejects_it_is_up_too_and_stays_so(self):
        self.radiusd()
        eyes = self.look()
        eyes.wait_counter("answered", 4)
        self.assertEqual(eyes.counters()["last_code"], REJECT)
        self.assertEqual(eyes.states()[-1], "U")

    def test_a_status_server_request_is_an_answer_as_well(self):
        self.radiusd()
        eyes = self.look("radius probe-with status-server")
        eyes.wait_state("U")
        self.assertEqual(eyes.counters()["last_code"], ACCEPT)

    def test_how_often_and_how_long_it_is_asked_is_configured(self):
        server = self.radiusd()
        eyes = self.look("radius max-retries 7", "radius timeout 1")
        eyes.wait_state("U")
        server.freeze()
        eyes.wait_state("D")
        self.assertGreaterEqual(eyes.counters()["timeouts"], 8)
        up, down = (one["lab_us"] for one in eyes.lines("state"))
        late_us = 1e6 * SCALE * lateness.between(up / SCALE / 1e6, down / SCALE / 1e6)
        self.assertLess(down - up, 8 * 3e6 + late_us)  # eight tries of three seconds take longer

    def test_a_frozen_server_is_down_until_it_goes_on(self):
        server = self.radiusd()
        eyes = self.look()
        eyes.wait_state("U")
        server.freeze()
        eyes.wait_state("D")
        self.assertGreaterEqual(eyes.counters()["timeouts"], 3)
        server.thaw()
        eyes.wait_state("U")

    def test_a_stopped_server_is_down_until_it_is_started_again(self):
        server = self.radiusd()
        eyes = self.look()
        eyes.wait_state("U")
        server.stop()
        eyes.wait_state("D")
        server.begin()
        eyes.wait_state("U")

    def test_a_server_with_another_secret_is_down_however_alive(self):
        self.radiusd()
        eyes = self.look(key=secrets.token_hex(16))
        eyes.wait_state("D")
        self.assertEqual(eyes.states(), "D")
        self.assertEqual(eyes.counters()["answered"], 0)

    def test_each_server_is_judged_by_its_own_answers(self):
        self.radiusd()
        second = self.radiusd(name="second", tail="8.2")
        eyes = self.look(tails=("8.1", "8.2"))
        eyes.wait_state("U", 0)
        eyes.wait_state("U", 1)
        second.stop()
        eyes.wait_state("D", 1)
        self.assertEqual(eyes.states(0)[-1], "U")

    def test_without_a_key_the_secret_is_the_labs(self):
        self.radiusd()
        eyes = self.open_eyes(configuration([f"radius server {self.address()} port {RADIUS_PORT}"],
                                            [radius_monitor(self.address())]), secret=self.secret)
        eyes.look()
        eyes.wait_state("U")

    def test_only_who_looks_asks_and_who_looks_away_keeps_no_socket(self):
        self.radiusd()
        eyes = self.look()
        eyes.wait_state("U")
        self.assertEqual(eyes.sockets(), 1)
        eyes.look_away()
        after = eyes.counters()
        self.assertEqual(after["state"], "I")
        self.assertEqual(eyes.sockets(), 0)
        said = len(eyes.lines("state"))
        eyes.look()
        wait_for(lambda: len(eyes.lines("state")) > said, NOTICED_S, "its state is said anew")
        self.assertEqual(eyes.states()[-1], "U")


@servers.needs_freediameter
class Diameter(Base):
    address = "10.95.0.1"

    def setUp(self):
        super().setUp()
        self.namespace = servers.Namespace(self.address)
        self.addCleanup(self.namespace.end)
        # ended in reverse order: what lives in it first
        self.addCleanup(self.stop_children)
        self.addCleanup(self.end_eyes)
        self.server = servers.Diameterd(self.dir, self.namespace, self.address, DIAMETER_PORT)
        self.children.append(self.server)

    def look(self, name="ocs.icsr.test", whole_endpoint=False):
        servers = ["diameter endpoint gy", "  origin realm icsr.test",
                   f"  origin host pgw.icsr.test address {self.address}",
                   f"  peer {name} realm icsr.test address {self.address} port {DIAMETER_PORT}",
                   "  watchdog-timeout 6", "#exit"]
        if whole_endpoint:
            servers.insert(4, f"  peer nobody.icsr.test address {self.address} port 9")
        monitor = "monitor diameter context source endpoint gy"
        eyes = self.open_eyes(configuration(servers, [
            monitor if whole_endpoint else f"{monitor} peer {name}"]),
            prefix=self.namespace.enter)
        eyes.look()
        return eyes

    def test_a_peer_is_up_by_its_capabilities_and_stays_so_by_watchdogs(self):
        self.server.begin()
        eyes = self.look()
        eyes.wait_state("U")
        eyes.wait_counter("answered", 4)
        counters = eyes.counters()
        self.assertEqual(counters["last_code"], SUCCESS)
        self.assertEqual(counters["connections"], 1)
        self.assertEqual(eyes.states(), "U")

    def test_a_frozen_peer_is_down_though_its_port_accepts_until_it_goes_on(self):
        self.server.begin()
        eyes = self.look()
        eyes.wait_state("U")
        self.server.freeze()
        eyes.wait_state("D")
        before = eyes.counters()
        eyes.wait_counter("connections", before["connections"] + 2)
        after = eyes.counters()
        self.assertEqual(after["state"], "D")
        self.assertEqual(after["answered"], before["answered"])
        self.server.thaw()
        eyes.wait_state("U", seconds=20)

    def test_a_stopped_peer_is_down_until_it_is_started_again(self):
        self.server.begin()
        eyes = self.look()
        eyes.wait_state("U")
        self.server.stop()
        eyes.wait_state("D")
        self.assertGreaterEqual(eyes.counters()["closed"], 1)
        self.server.begin()
        eyes.wait_state("U")

    def test_another_peer_at_that_address_does_not_count(self):
        self.server.begin()
        eyes = self.look(name="hss.icsr.test")
        eyes.wait_state("D")
        self.assertGreaterEqual(eyes.counters()["bad_origin"], 3)
        self.assertEqual(eyes.counters()["answered"], 0)

    def test_an_endpoint_is_up_while_one_of_its_peers_is(self):
        self.server.begin()
        eyes = self.look(whole_endpoint=True)
        eyes.wait_state("U")
        eyes.wait_counter("closed", 4)
        self.assertEqual(eyes.states(), "U")
        self.server.stop()
        eyes.wait_state("D")

    def test_who_looks_away_takes_leave_and_keeps_no_socket(self):
        self.server.begin()
        eyes = self.look()
        eyes.wait_state("U")
        self.assertEqual(eyes.sockets(), 1)
        eyes.look_away()
        self.assertEqual(eyes.counters()["state"], "I")
        self.assertEqual(eyes.sockets(), 0)
        wait_for(lambda: "Disconnect" in self.server.said() or "DPR" in self.server.said(),
                 NOTICED_S, "freeDiameter hears that we leave")
        eyes.look()
        wait_for(lambda: eyes.states() == "UU", SECONDS, "it is Up again")


class World(Base):
    """The responders of vpc-world, without any chassis."""

    def setUp(self):
        super().setUp()
        self.lab = lab.Lab(scale=SCALE)
        self.addCleanup(self.end_lab)
        self.addCleanup(self.end_eyes)
        self.radius = self.lab.address("8.1")
        self.peer = self.lab.address("8.2")
        topology = json.loads(self.lab.topology.read_text())
        topology["aaa"] = [
            {"type": "radius", "address": self.radius, "port": RADIUS_PORT},
            {"type": "diameter", "address": self.peer, "port": DIAMETER_PORT,
             "host": "ocs.icsr.test", "realm": "icsr.test"}]
        self.lab.topology.write_text(json.dumps(topology))

    def end_lab(self):
        self.assertEqual(self.lab.end(), [])

    def start(self):
        """The world alone; vpclab finds it as after `up`."""
        self.world = self.lab.start("world")
        (self.lab.rundir / "topology").write_text(f"{self.lab.topology}\n")
        wait_for(lambda: self.order("show aaa", expect=None).returncode == 0, SECONDS, "it answers")
        return self.world

    def look(self):
        servers = [f"radius server {self.radius} port {RADIUS_PORT}",
                   "diameter endpoint gy", "  origin host pgw.icsr.test",
                   f"  peer ocs.icsr.test address {self.peer} port {DIAMETER_PORT}",
                   "  watchdog-timeout 5", "#exit"]
        monitors = [radius_monitor(self.radius),
                    "monitor diameter context source endpoint gy peer ocs.icsr.test"]
        secret = (self.lab.rundir / "radius.secret").read_text()
        eyes = self.open_eyes(configuration(servers, monitors), secret=secret)
        eyes.look()
        eyes.wait_state("U", 0)
        eyes.wait_state("U", 1)
        return eyes

    def order(self, *words, expect=0):
        return self.lab.vpclab("exec", "world", " ".join(words), expect=expect)

    def show(self):
        text = self.lab.vpclab("exec", "world", "show aaa", "--json").stdout
        return {one["type"]: one for one in json.loads(text)["aaa"]}

    def test_they_answer_and_the_secret_is_the_users_alone(self):
        self.start()
        self.look()
        shown = self.show()
        for kind in ("radius", "diameter"):
            self.assertEqual(shown[kind]["mode"], "answer")
            self.assertTrue(shown[kind]["bound"])
            self.assertGreaterEqual(shown[kind]["answers"], 1)
        mode = (self.lab.rundir / "radius.secret").stat().st_mode
        self.assertEqual(mode & 0o777, 0o600)

    def test_the_operator_makes_a_radius_server_fail_in_each_way(self):
        self.start()
        eyes = self.look()
        server = f"{self.radius}:{RADIUS_PORT}"
        for words, state, code in ((("silent",), "D", None), (("answer",), "U", ACCEPT),
                                   (("bad-signature",), "D", None), (("reject",), "U", REJECT),
                                   # an answer to an earlier try of the same probe is one
                                   (("silent",), "D", None), (("delay", "4000"), "U", ACCEPT),
                                   (("delay", "20000"), "D", None),
                                   (("delay", "500"), "U", ACCEPT)):
            self.order("aaa", server, *words)
            eyes.wait_state(state)
            if code:
                wait_for(lambda: eyes.counters()["last_code"] == code, NOTICED_S, f"{words}")
            if words == ("delay", "4000"):
                self.assertEqual(eyes.counters()["bad_id"], 0)
        counters = eyes.counters()
        self.assertGreaterEqual(counters["bad_authenticator"], 3)
        self.assertEqual(eyes.states(1), "U")

    def test_the_operator_makes_a_diameter_peer_fail_in_each_way(self):
        self.start()
        eyes = self.look()
        server = f"{self.peer}:{DIAMETER_PORT}"
        for words, state in ((("silent",), "D"), (("answer",), "U"), (("refuse",), "D"),
                             (("delay", "500"), "U"), (("delay", "4000"), "D")):
            self.order("aaa", server, *words)
            eyes.wait_state(state, 1)
        self.assertGreaterEqual(eyes.counters(1)["bad_result"], 3)
        self.assertEqual(eyes.states(0), "U")

    def test_wrong_orders_are_refused_with_a_sentence(self):
        self.start()
        for words, said in ((("aaa", "127.0.0.1:1", "silent"), "show aaa"),
                            (("aaa", f"{self.radius}:{RADIUS_PORT}", "refuse"), "radius"),
                            (("aaa", f"{self.peer}:{DIAMETER_PORT}", "reject"), "diameter")):
            self.assertIn(said, self.order(*words, expect=1).stderr)
        self.order("aaa", f"{self.peer}:{DIAMETER_PORT}", "delay", "60001", expect=2)
        self.assertIn("silent", self.order("aaa", f"{self.radius}:{RADIUS_PORT}", "silent").stdout)

    def test_a_port_in_use_is_said_with_the_fix_and_taken_when_it_is_free(self):
        with lab.socket.create_server((self.peer, DIAMETER_PORT)):
            world = self.start()
            wait_for(lambda: f"{self.peer}:{DIAMETER_PORT} is in use" in world.log.read_text(),
                     SECONDS, "the world says so")
            self.assertFalse(self.show()["diameter"]["bound"])
            self.assertTrue(self.show()["radius"]["bound"])
        self.assertIn("ss -ltnp", world.log.read_text())
        wait_for(lambda: self.show()["diameter"]["bound"], SECONDS, "it is bound")
        self.look()

    def test_noise_is_counted_and_harms_nothing(self):
        self.start()
        with lab.socket.socket(lab.socket.AF_INET, lab.socket.SOCK_DGRAM) as stranger:
            for noise in (b"", b"\1", bytes(4097), b"\1\2\0\x14" + bytes(15), os.urandom(400)):
                stranger.sendto(noise, (self.radius, RADIUS_PORT))
        strangers = [lab.socket.create_connection((self.peer, DIAMETER_PORT)) for _ in range(40)]
        for stranger, noise in zip(strangers[-3:], (b"GET / HTTP/1.0\r\n\r\n", b"\1\xff\xff\xfc",
                                                    b"\1\0\0\x18" + bytes(20))):
            stranger.sendall(noise)
        wait_for(lambda: self.show()["radius"]["malformed"] >= 5
                 and self.show()["diameter"]["malformed"] >= 3, SECONDS, "all are counted")
        self.look()
        for stranger in strangers:
            stranger.close()


if __name__ == "__main__":
    missing = [str(path) for path in (EYES_PROBE, lab.PROGRAMS["vpclab"], lab.PROGRAMS["world"])
               if not path.exists()]
    if missing:
        print(f"Bail out! VPCLAB_BUILD={BUILD} has not {', '.join(missing)}")
        raise SystemExit(1)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: clean up
    tap.main(Radius, Diameter, World, environment=[("VPCLAB_BUILD", str(BUILD))])
