"""What nobody should type or send: noise, half a connection, `?` and bars anywhere, through the client
and past it. No CF ends or hangs, and the configuration is what it was."""

import pathlib
import random
import re
import struct

import zmq

import lab

SECONDS = lab.SECONDS
LINES = 100_000
FRAMES = 5_000
MUTATIONS = 3_000
SEED = 5
EXEC, TOOL = 11, 255
RUN, HELP, COMPLETE = range(3)
COMMANDS = pathlib.Path(lab.SOURCE) / "docs" / "commands.md"
HARMFUL = re.compile(r"reload|card |srp initiate|configure|exit|quit|logout|clear|delete|copy|save|"
                     r"filesystem|srp |nack")


def question(kind, line, seq, session=b""):
    head = struct.pack(">2sBBBBHQQQ", b"VL", 1, EXEC, 0, TOOL, 0, 1, 0, seq)
    return head + struct.pack(">BBBH", kind, 0, 0, len(session)) + session + line


class Rubbish(lab.Case):
    lab_options = {"scale": 2}

    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)
        self.before = self.state()

    def state(self):
        """Configurations, and who lives."""
        return [self.lab.show(one, "show configuration") for one in lab.INSTANCES], self.lab.pids()

    def assert_unchanged(self):
        self.wait_synced()
        self.assertEqual(self.state(), self.before)

    def connect(self):
        socket = self.context.socket(zmq.DEALER)
        socket.setsockopt(zmq.RCVTIMEO, SECONDS * 1000)
        socket.setsockopt(zmq.SNDTIMEO, SECONDS * 1000)
        socket.connect(f"ipc://{self.lab.rundir}/east/cf1-mgmt.ipc")
        return socket

    def noise(self, most):
        return self.random.randbytes(self.random.randrange(most))

    def typed(self, most):
        """Noise that a keyboard makes, but no word that ends the session."""
        return b"=" + bytes(self.random.choices(range(32, 127), k=self.random.randrange(1, most)))

    def test_lines_of_noise(self):
        noise = b"\n".join(b"=" + self.noise(24).replace(b"\n", b" ") if n % 8 else self.typed(24)
                           for n in range(LINES))
        path = self.lab.dir / "noise"
        path.write_bytes(noise)
        done = self.lab.vpclab("exec", "east", "-f", path, "--keep-going", expect=None, timeout=120)
        self.assertIn(done.returncode, (1, 2))
        self.assertGreater(done.stderr.count(": Failure: "), LINES * 9 // 10)
        self.assert_unchanged()

    def test_one_line_of_ten_million_octets(self):
        path = self.lab.dir / "long"
        path.write_text("show srp info\n" + "a" * 10_000_000 + "\nshow srp info | grep State\n")
        done = self.lab.vpclab("exec", "east", "-f", path, "--keep-going", expect=None, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count("Chassis State"), 2)
        self.assert_unchanged()

    def test_frames_that_are_none(self):
        socket = self.connect()
        for seq in range(1, FRAMES):
            socket.send(self.random.choice((
                self.noise(80), question(RUN, self.noise(60), seq),
                question(self.random.randrange(256), b"show srp info", seq),
                question(RUN, b"show srp info", seq, self.noise(40)),
                question(RUN, b"hello-interval 9", seq, b"24\t80\tinspector\t1\tlocal\tconfig-srp\tsrp\t\t0"),
                question(RUN, b"hello-interval 9", seq, b"0\t0\toperator\t1\tx\tconfig-srp\tnowhere\tsrp\t1"),
            )))
        socket.close(linger=0)
        self.assert_unchanged()

    def test_connections_that_end_in_the_middle(self):
        for seq in range(200):
            socket = self.connect()
            socket.send(question(RUN, b"show support details icsr", seq + 1))
            socket.close(linger=0 if seq % 2 else 50)
        self.assert_unchanged()

    def test_questions_and_bars_anywhere(self):
        forms = [re.sub(r"[\[\]{}|+]|<[^>]*>", " ", form.replace("\\|", "|"))
                 for form in re.findall(r"(?m)^\| `([^`]*)` ", COMMANDS.read_text())]
        forms = [" ".join(one.split()) for one in forms]
        socket, session = self.connect(), b"24\t80\tadministrator\t1\tlocal\tconfig-srp\tsrp\tsrp\t0"
        for seq in range(1, MUTATIONS):
            line = self.random.choice(forms)
            at = self.random.randrange(len(line) + 1)
            extra = self.random.choice(("?", "|", " | grep", " | grep -q x", ">", ">>", "> /flash/../x",
                                        '"', " | count | more", "| |", "\t", "zz", ""))
            kind = self.random.choice((RUN, HELP, COMPLETE))
            if kind == RUN and (HARMFUL.search(line) or not extra):
                kind = HELP
            mode = self.random.choice((b"", session if kind != RUN else b""))
            socket.send(question(kind, (line[:at] + extra + line[at:]).encode(), seq, mode))
            socket.recv()
        self.assert_unchanged()

    def test_ten_thousand_lines_pasted(self):
        lines = ["configure", "context pasted -noconfirm"]
        for i in range(3_300):
            lines += [f"ip pool p{i % 20} 10.{i % 20}.0.0 255.255.0.0 public {i % 9}",
                      f"interface i{i % 20} loopback", f"ip address 10.99.{i % 20}.1 255.255.255.255"]
        path = self.lab.dir / "pasted"
        path.write_text("\n".join([*lines, "end", "configure", "no context pasted", "end"]) + "\n")
        self.lab.vpclab("exec", "east", "-f", path, timeout=60)
        self.assert_unchanged()


if __name__ == "__main__":
    lab.main(Rubbish)
