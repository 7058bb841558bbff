"""Servers that are not ours, which tests start and end: freeradius, freeDiameter, snmptrapd."""

import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import unittest

from lab import SECONDS, reserve_net, wait_for

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
FREERADIUS = shutil.which("freeradius", path=PATH)
FREEDIAMETER = shutil.which("freeDiameterd", path=PATH)
SNMPTRAPD = shutil.which("snmptrapd", path=PATH)
IP, NSENTER, UNSHARE = (shutil.which(name, path=PATH) for name in ("ip", "nsenter", "unshare"))


class Child:
    """A process of ours, whose output goes to a file."""

    def __init__(self, words, log, **options):
        self.log = log
        self.words = list(map(str, words))
        self.options = options
        self.process = None

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, **self.options)

    def begin(self):
        """Start it and wait until it is ready."""
        before = self.said()
        self.start()
        wait_for(lambda: self.is_ready(before) or self.process.poll() is not None, SECONDS,
                 f"{self.words[0]} is ready")
        assert self.process.poll() is None, f"{self.words[0]} ended: {self.said()}"

    def is_ready(self, before):
        return True

    def signal(self, number):
        self.process.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def stop(self):
        """SIGTERM; SIGKILL for one that does not obey."""
        if self.process is None or self.process.poll() is not None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""


# ---- RADIUS -------------------------------------------------------------------------------

RADIUSD = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {dir}
run_dir = {dir}
pidfile = {dir}/radiusd.pid
name = radiusd
cleanup_delay = 0
log {{
	destination = stdout
}}
security {{
	reject_delay = 0
	status_server = yes
}}
modules {{
	pap {{
	}}
	files {{
		usersfile = {dir}/users
	}}
}}
client lab {{
	ipaddr = 127.0.0.0/8
	secret = {secret}
}}
server default {{
	listen {{
		type = auth
		ipaddr = {address}
		port = {port}
	}}
	authorize {{
		files
		pap
	}}
	authenticate {{
		pap
	}}
}}
"""

needs_freeradius = unittest.skipUnless(FREERADIUS, "freeradius is not installed")


class Radiusd(Child):
    """freeradius with these users, whose clients share one secret; its files in `directory`."""

    def __init__(self, directory, address, port, secret, users=""):
        directory.mkdir()
        (directory / "users").write_text(users)
        config = directory / "radiusd.conf"
        config.write_text(RADIUSD.format(dir=directory, secret=secret, port=port, address=address))
        config.chmod(0o600)
        super().__init__([FREERADIUS, "-f", "-l", "stdout", "-d", directory],
                         directory.with_suffix(".log"))

    def is_ready(self, before):
        ready = "Ready to process requests"
        return self.said().count(ready) > before.count(ready)


# ---- Diameter -----------------------------------------------------------------------------


class Namespace:
    """A network of its own with one address on its loopback interface: freeDiameter listens
    on no address of 127.0.0.0/8. It lives as long as the process that made it."""

    def __init__(self, address):
        self.anchor = subprocess.Popen([UNSHARE, "--net", "cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.DEVNULL)
        ours = os.readlink("/proc/self/ns/net")
        link = f"/proc/{self.anchor.pid}/ns/net"
        wait_for(lambda: os.readlink(link) != ours, SECONDS, "the namespace is there")
        self.enter = [NSENTER, f"--net={link}"]
        subprocess.run([*self.enter, IP, "link", "set", "lo", "up"], check=True)
        subprocess.run([*self.enter, IP, "address", "add", f"{address}/32", "dev", "lo"],
                       check=True)

    def end(self):
        self.anchor.stdin.close()
        self.anchor.wait(timeout=SECONDS)


FREEDIAMETERD = """
Identity = "ocs.icsr.test";
Realm = "icsr.test";
Port = {port};
SecPort = 0;
No_SCTP;
No_IPv6;
ListenOn = "{address}";
TcTimer = 1;
TwTimer = 6;
LoadExtension = "{acl}" : "{dir}/acl.conf";
"""


def acl_extension():
    found = [*pathlib.Path("/usr/lib").glob("freeDiameter/acl_wl.fdx"),
             *pathlib.Path("/usr/lib").glob("*/freeDiameter/acl_wl.fdx")]
    return found[0] if found else None


def needs_freediameter(case):
    for wanted, why in ((FREEDIAMETER and acl_extension(), "freediameter is not installed"),
                        (IP and NSENTER and UNSHARE, "ip, nsenter or unshare is not installed"),
                        (os.geteuid() == 0, "only root can make a network namespace")):
        case = unittest.skipUnless(wanted, why)(case)
    return case


class Diameterd(Child):
    """freeDiameter as ocs.icsr.test, which lets everybody of icsr.test in; lives in `namespace`
    and keeps its files in `directory`."""

    def __init__(self, directory, namespace, address, port):
        self.namespace = namespace
        self.port = port
        (directory / "acl.conf").write_text("ALLOW_IPSEC *.icsr.test\n")
        config = directory / "freediameter.conf"
        config.write_text(FREEDIAMETERD.format(port=port, address=address, acl=acl_extension(),
                                               dir=directory))
        super().__init__([*namespace.enter, FREEDIAMETER, "-c", config],
                         directory / "freediameter.log", cwd=directory)

    def is_ready(self, before):
        done = subprocess.run([*self.namespace.enter, "cat", "/proc/net/tcp"], check=True,
                              capture_output=True, text=True)
        return any(row.split()[1].endswith(f":{self.port:04X}") and row.split()[3] == "0A"
                   for row in done.stdout.splitlines()[1:])


# ---- SNMP notifications --------------------------------------------------------------------

TRAP_PORT = 16162
TRAP_USER = "nobody"


class Receiver:
    """snmptrapd in the foreground, unprivileged, with its files in a directory of its own."""

    def __init__(self):
        self.net, self._holder = reserve_net()
        self.address = f"127.{self.net}.7.1"
        self.community = secrets.token_hex(12)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="vs", dir="/tmp"))
        self.out = self.dir / "out"
        self.err = self.dir / "err"
        self.config = self.dir / "trapd.conf"
        self.config.write_text(f"snmpTrapdAddr udp:{self.address}:{TRAP_PORT}\n"
                               f"authCommunity log {self.community}\n"
                               "doNotLogTraps no\ndoNotRetainNotificationLogs yes\n")
        self.identity = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(TRAP_USER)
            self.identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            for path in (self.dir, self.config):
                os.chown(path, entry.pw_uid, entry.pw_gid)
        env = {**os.environ, "SNMP_PERSISTENT_DIR": str(self.dir), "MIBS": ""}
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [SNMPTRAPD, "-f", "-Lo", "-C", "-c", self.config, "-On", "-m", "",
                 "-F", "TRAP %v\n"],
                env=env, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                **self.identity)
        try:
            wait_for(self.listens, SECONDS, f"snmptrapd listens: {self.log()}")
        except AssertionError:
            self.close()
            raise

    def listens(self):
        """Is its address bound? Asked of the kernel: what it says, it says too early."""
        octets = reversed([int(one) for one in self.address.split(".")])
        bound = "{:02X}{:02X}{:02X}{:02X}:{:04X}".format(*octets, TRAP_PORT)
        assert self.process.poll() is None, f"snmptrapd ended: {self.log()}"
        return bound in pathlib.Path("/proc/net/udp").read_text()

    def log(self):
        return self.out.read_text() + self.err.read_text()

    def traps(self):
        """The variables of each that was received: a list of (object, value)."""
        lines = re.findall(r"^TRAP (.*)\n", self.out.read_text(), re.MULTILINE)
        return [[tuple(one.split(" = ", 1)) for one in line.split("\t")] for line in lines]

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._holder.close()
        shutil.rmtree(self.dir, ignore_errors=True)
