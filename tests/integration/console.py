"""A console without a CF, served by console_server.c, and a person at a terminal in front of it."""

import signal
import subprocess
import termios

import pexpect

import lab

lab.PROGRAMS["console"] = lab.BUILD / "tests" / "integration" / "console_server"
SECONDS = lab.SECONDS
PROMPT = "[local]east# "


def heed_hangups():
    """Also where the tests were started so that they outlive their terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """vpclab cli at a terminal of its own."""

    def __init__(self, one, *options, instance="east", rows=24, columns=80):
        env = {**one.env, "TERM": "vt100", "LC_ALL": "C.UTF-8",
               "XDG_STATE_HOME": str(one.dir / "state")}
        self.child = pexpect.spawn(str(lab.PROGRAMS["vpclab"]), ["cli", instance, *options], env=env,
                                   dimensions=(rows, columns), timeout=SECONDS, encoding="utf-8",
                                   preexec_fn=heed_hangups)
        self.child.delaybeforesend = None

    def type(self, keys):
        self.child.send(keys)

    def see(self, text):
        """What comes up to that text is what was seen."""
        self.child.expect_exact(text)
        return self.child.before

    def line(self, text, prompt=PROMPT):
        """Type a line at a prompt; what is printed until the next one."""
        self.type(text + "\r")
        self.see("\r\n")
        return self.see(prompt).replace("\r\n", "\n")

    def modes(self):
        return termios.tcgetattr(self.child.child_fd)[3] & (termios.ECHO | termios.ICANON)

    def ended(self):
        """How it ended: exit status and signal."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus, self.child.signalstatus

    def close(self):
        self.child.close(force=True)


class Served(lab.Case):
    """A lab of nothing but consoles of east."""

    starts_up = False

    def setUp(self):
        self.servers = {1: self.serve(1)}

    def serve(self, slot):
        child = self.lab.start("console", "east", slot)
        (self.lab.rundir / "topology").write_text(f"{self.lab.topology}\n")
        return child

    def tearDown(self):
        for slot in list(self.servers):
            self.kill(slot)

    def kill(self, slot):
        server = self.servers.pop(slot)
        server.kill()
        server.wait()
        self.lab.children.remove(server)

    def terminal(self, *options, prompt=PROMPT, **size):
        made = Terminal(self.lab, *options, **size)
        self.addCleanup(made.close)
        made.see(prompt)
        return made

    def run_cli(self, text, *options, command="cli", rest=()):
        return subprocess.run([lab.PROGRAMS["vpclab"], command, "east", *options, *rest],
                              env=self.lab.env, input=text, capture_output=True, timeout=SECONDS)
