"""dscp-marking: hellos and checkpoints carry code points of their own, seen on the wire."""

import shutil
import signal
import subprocess
import unittest

import lab

CONTROL, SESSION = ("af31", 26), ("cs5", 40)
SLOTS = 2  # each CF slot has a pair of ports
ENOUGH = 10  # segments of each connection in each direction


class Capture:
    """tshark on loopback, as lines of "source port, destination port, DSCP"."""

    def __init__(self, rig, ports):
        self.out, self.err = rig.dir / "tshark.out", rig.dir / "tshark.err"
        some = " or ".join(f"port {one}" for one in ports)
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                ["tshark", "-l", "-n", "-i", "lo", "-f",
                 f"net {rig.address('0.0')}/16 and tcp and ({some})", "-Y", "tcp.flags.reset == 0",
                 "-T", "fields", "-e", "tcp.srcport", "-e", "tcp.dstport", "-e",
                 "ip.dsfield.dscp"], stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        lab.wait_for(lambda: "Capturing on" in self.err.read_text() or
                     self.process.poll() is not None, lab.SECONDS, "tshark captures")
        if self.process.poll() is not None:
            raise unittest.SkipTest(f"tshark may not capture here: {self.err.read_text()}")

    def segments(self):
        text = self.out.read_text()
        return [tuple(map(int, line.split())) for line in text[:text.rfind("\n") + 1].splitlines()
                if len(line.split()) == 3]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=lab.SECONDS)


@unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
class Dscp(lab.Case):
    starts_up = False

    def test_each_connection_is_marked_with_its_own_code_point_in_both_directions(self):
        control = [lab.SRP_PORT + 2 * slot for slot in range(SLOTS)]
        session = [port + 1 for port in control]
        self.lab.configure_srp(f"dscp-marking control {CONTROL[0]}",
                               f"dscp-marking session {SESSION[0]}")
        capture = Capture(self.lab, control + session)
        self.addCleanup(capture.process.kill)
        self.lab.up()
        calls = self.call(20, "--pps", 100)
        calls.wait_open()
        self.lab.wait("sessions=20", "sync")
        self.assert_good(calls.finish(), 20)

        def enough():
            seen = capture.segments()
            return all(sum(segment[end] in ports for segment in seen) > ENOUGH
                       for ports in (control, session) for end in (0, 1))
        lab.wait_for(enough, lab.SECONDS, "both connections are seen in both directions")
        capture.end()
        for ports, (name, code) in ((control, CONTROL), (session, SESSION)):
            marks = {segment[2] for segment in capture.segments()
                     if segment[0] in ports or segment[1] in ports}
            self.assertEqual(marks, {code}, name)

        for name in lab.INSTANCES:
            self.assertEqual(self.lab.show(name, "show srp info")["dscp"],
                             {"control": CONTROL[0], "session": SESSION[0]})
            said = self.lab.vpclab("exec", name, "show srp info").stdout
            self.assertIn("   Control flow   :            af31                \n", said)
            self.assertIn("   Session flow   :            cs5                 \n", said)


if __name__ == "__main__":
    lab.main(Dscp)
