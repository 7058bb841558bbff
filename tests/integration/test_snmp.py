"""Notifications, as a real snmptrapd receives them."""

import os
import pathlib
import secrets
import subprocess
import tempfile
import time
import unittest

import tap
from lab import BUILD, SECONDS, wait_for
from servers import SNMPTRAPD, TRAP_PORT, Receiver

TRAP_SEND = BUILD / "tests/integration/trap_send"

STARENT = ".1.3.6.1.4.1.8164"
UP_TIME = ".1.3.6.1.2.1.1.3.0"
TRAP_OID = ".1.3.6.1.6.3.1.1.4.1.0"

# Variables with the values that trap_send gives them, in the order in which they are sent.
CONTEXT = (f"{STARENT}.1.31.5.0", 'STRING: "srp"')
UDP_PORT = (f"{STARENT}.1.31.12.0", "INTEGER: 1812")
SRP_ADDR = (f"{STARENT}.1.31.13.0", "IpAddress: 192.0.2.1")
BGP_PEER = (f"{STARENT}.1.31.14.0", "IpAddress: 198.51.100.1")
REASON = (f"{STARENT}.1.31.135.0", "INTEGER: 9")
DIAMETER = [(f"{STARENT}.1.31.24.0", 'STRING: "srp"'),
            (f"{STARENT}.1.31.25.0", "IpAddress: 198.51.100.1"),
            (f"{STARENT}.1.31.26.0", 'STRING: "gy"')]
BFD_NO_SELF = [(f"{STARENT}.1.31.128.0", "INTEGER: 0"), (f"{STARENT}.1.31.129.0", '""')]
BFD_SELF = [(f"{STARENT}.1.31.128.0", "INTEGER: 1"),
            (f"{STARENT}.1.31.129.0", "Hex-STRING: C0 00 02 01 ")]
BFD_PEER = [(f"{STARENT}.1.31.130.0", "INTEGER: 1"),
            (f"{STARENT}.1.31.131.0", "Hex-STRING: C6 33 64 01 "),
            (f"{STARENT}.1.31.132.0", "Gauge32: 0"), (f"{STARENT}.1.31.133.0", "Gauge32: 0")]
DIAG, PHY_PORT = (f"{STARENT}.1.31.134.0", "INTEGER: 0"), (f"{STARENT}.1.31.145.0", "INTEGER: 0")
CARD = [(f"{STARENT}.1.2.1.1.1.4", "INTEGER: 4"), (f"{STARENT}.1.2.1.1.3.4", "INTEGER: 49"),
        (f"{STARENT}.1.2.1.1.41.4", '""')]
CARDS = [(f"{STARENT}.1.2.1.1.1.4", "INTEGER: 4"), (f"{STARENT}.1.2.1.1.1.5", "INTEGER: 5")]
VERSION = subprocess.run([BUILD / "cf/vpc-cf", "--version"], text=True, capture_output=True,
                         check=True).stdout.split()[1]
CHASSIS = [(f"{STARENT}.1.1.10.0", "INTEGER: 10"), (f"{STARENT}.1.1.11.0", 'STRING: "vpclab"'),
           (f"{STARENT}.1.1.12.0", f'STRING: "{VERSION}"')]

# From docs/staros.md "Notifications", not from the code.
CATALOGUE = {
    4: CARD, 5: CARD, 55: CARD, 60: CARD, 93: CARD, 139: CARD, 140: CARD,
    52: [], 53: [], 1253: CARDS, 1254: CARDS, 1255: CARDS, 1028: CHASSIS, 1124: [],
    118: [CONTEXT, BGP_PEER], 119: [CONTEXT, BGP_PEER],
    1276: [CONTEXT, *BFD_NO_SELF, *BFD_PEER, PHY_PORT],
    1277: [CONTEXT, *BFD_NO_SELF, *BFD_PEER, DIAG, PHY_PORT],
    120: [CONTEXT, SRP_ADDR], 121: [CONTEXT, SRP_ADDR],
    124: [CONTEXT, SRP_ADDR, UDP_PORT], 125: [CONTEXT, SRP_ADDR, UDP_PORT],
    126: [CONTEXT, SRP_ADDR], 127: [CONTEXT, SRP_ADDR], 128: [CONTEXT, SRP_ADDR],
    129: [CONTEXT, SRP_ADDR], 1037: [CONTEXT, SRP_ADDR], 1038: [CONTEXT, SRP_ADDR],
    184: DIAMETER, 185: DIAMETER,
    1278: [CONTEXT, SRP_ADDR, REASON],
}
CLEARS = {5: 60, 118: 119, 124: 125, 129: 128, 140: 139, 185: 184, 1038: 1037, 1276: 1277}


class Snmp(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def diagnose(self):
        return self.receiver.log() if self.receiver.out.exists() else ""

    def send(self, *words, port=TRAP_PORT, community=None, **environment):
        """Run trap_send; what it said."""
        done = subprocess.run(
            [TRAP_SEND, self.receiver.address, str(port), community or self.receiver.community,
             *map(str, words)], env={**os.environ, **environment}, text=True, timeout=60,
            capture_output=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def received(self, number):
        wait_for(lambda: len(self.receiver.traps()) >= number, SECONDS,
                 f"{number} notifications arrive")
        return self.receiver.traps()

    def test_every_notification_of_the_catalogue_arrives_with_its_variables(self):
        self.send()
        *traps, last = self.received(len(CATALOGUE) + 1)
        self.assertEqual(last[2:], [CONTEXT, *BFD_SELF, *BFD_PEER, PHY_PORT])
        seen = []
        for (up_oid, up), (name, oid), *variables in traps:
            self.assertEqual((up_oid, name), (UP_TIME, TRAP_OID))
            self.assertRegex(up, r"^Timeticks: \(\d+\) 0:00:0\d\.\d\d$")
            number = int(oid.removeprefix(f"OID: {STARENT}.2."))
            seen.append(number)
            self.assertEqual(variables, CATALOGUE[number], f"variables of {number}")
        self.assertEqual(sorted(seen), sorted(CATALOGUE))
        for clear, alarm in CLEARS.items():
            self.assertLess(seen.index(alarm), seen.index(clear), f"{clear} clears {alarm}")

    def test_a_burst_of_300_arrives_complete(self):
        self.send(300)
        traps = self.received(300)
        addresses = [dict(variables)[SRP_ADDR[0]] for variables in traps]
        self.assertEqual(addresses, [f"IpAddress: 0.0.{n >> 8}.{n & 255}" for n in range(1, 301)])

    def test_a_lab_that_runs_faster_does_not_send_faster(self):
        number, at_once, rate = 70, 20, 50
        began = time.monotonic()
        self.send(number, 100)  # ends when all are sent
        self.assertGreaterEqual(time.monotonic() - began, (number - at_once) / rate)
        self.received(number)

    def test_another_community_is_not_heard(self):
        self.send(community=secrets.token_hex(12))
        self.send(1)  # the one after it is
        self.assertEqual(len(self.received(1)), 1)

    def test_a_target_that_cannot_be_sent_to_is_said_once(self):
        said = self.send(port=0)  # which the kernel refuses
        self.assertEqual(said.count("\n"), 1, said)
        self.assertIn("warn  snmp target test: cannot send notifications", said)
        self.assertIn("Invalid argument", said)

    def test_no_configuration_of_the_system_is_read_and_no_file_is_written(self):
        with tempfile.TemporaryDirectory() as directory:
            trap = pathlib.Path(directory) / "snmp.conf"
            trap.write_text("noSuchTokenAtAll 1\n")
            said = self.send(1, SNMPCONFPATH=directory, SNMP_PERSISTENT_DIR=directory,
                             HOME=directory)
            self.assertEqual(said, "")
            self.assertEqual([path.name for path in pathlib.Path(directory).iterdir()],
                             ["snmp.conf"])
        self.received(1)


if __name__ == "__main__":
    if not SNMPTRAPD or not TRAP_SEND.exists():
        print(f"Bail out! needs snmptrapd (scripts/setup test) and {TRAP_SEND}")
        raise SystemExit(1)
    tap.main(Snmp, environment=[("VPCLAB_BUILD", str(BUILD))])
