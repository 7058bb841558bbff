"""conntrackd as a peer: two network namespaces, a veth between them, mode FTFW over UDP.

The first one's kernel holds the flows. The second one starts with an empty cache and asks for
all of them (conntrackd -n). They are there when its external cache has them; a takeover would
then have to commit them to its kernel, which is timed apart (conntrackd -c). Plain and
uncompressed.
"""

import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from lab import Failed, can_namespace, poll

FLOWS = 250_000  # nf_conntrack_max is 262,144 by default
STATS, COMMIT, REQUEST_DUMP = 21, 18, 23  # what conntrackd -s, -c and -n send

CONFIG = """Sync {{
    Mode FTFW {{
        ResendQueueSize 131072
        ACKWindowSize 300
        DisableExternalCache no
    }}
    UDP {{
        IPv4_address {own}
        IPv4_Destination_Address {peer}
        Port 3780
        Interface {link}
        SndSocketBuffer 16777216
        RcvSocketBuffer 16777216
        Checksum on
    }}
}}
General {{
    HashSize 65536
    HashLimit 524288
    LogFile off
    Syslog off
    LockFile {dir}/lock
    UNIX {{
        Path {dir}/ctl
    }}
    NetlinkBufferSize 16777216
    NetlinkBufferSizeMaxGrowth 67108864
    NetlinkOverrunResync no
}}
"""


def most_flows():
    try:
        with open("/proc/sys/net/netfilter/nf_conntrack_max", encoding="utf-8") as f:
            return int(f.read())
    except OSError:
        return 0


def why_none():
    if can_namespace():
        return can_namespace()
    if not (shutil.which("conntrackd") and shutil.which("conntrack")):
        return "conntrackd and conntrack are not installed"
    if most_flows() < FLOWS:
        return f"the kernel tracks no {FLOWS:,} connections (nf_conntrack_max)"
    return None


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Node:
    """A namespace and the conntrackd in it."""

    def __init__(self, number):
        self.name = f"vpclab-ct{number}-{os.getpid()}"
        self.link = f"vcb{number}"
        self.own, self.peer = f"10.99.0.{number}", f"10.99.0.{3 - number}"
        self.dir = tempfile.mkdtemp(prefix="vpcb-ct-")
        self.process = None
        ip("netns", "add", self.name)

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def start(self):
        path = os.path.join(self.dir, "conf")
        with open(path, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(own=self.own, peer=self.peer, link=self.link, dir=self.dir))
        self.process = subprocess.Popen(
            self.command("conntrackd", "-C", path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        poll(lambda: self.ask(STATS), 10, "conntrackd does not answer")

    def ask(self, request):
        if self.process.poll() is not None:
            raise Failed(f"conntrackd ended with status {self.process.returncode}")
        answer = b""
        with socket.socket(socket.AF_UNIX) as s:
            if s.connect_ex(os.path.join(self.dir, "ctl")) != 0:
                return ""
            s.sendall(struct.pack("i", request))
            while more := s.recv(65536):
                answer += more
        return answer.decode(errors="replace")

    def cached(self, cache):
        found = re.search(rf"cache {cache}:\s*\ncurrent active connections:\s*(\d+)",
                          self.ask(STATS))
        return int(found[1]) if found else 0

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        subprocess.run(["ip", "netns", "del", self.name], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


@contextlib.contextmanager
def nodes():
    with contextlib.ExitStack() as stack:
        pair = []
        for number in (1, 2):
            pair.append(Node(number))
            stack.callback(pair[-1].close)
        first, second = pair
        ip("link", "add", first.link, "netns", first.name,
           "type", "veth", "peer", "name", second.link, "netns", second.name)
        for node in pair:
            ip("-n", node.name, "addr", "add", f"{node.own}/24", "dev", node.link)
            ip("-n", node.name, "link", "set", node.link, "up")
        yield pair


def add_flows(node):
    path = os.path.join(node.dir, "flows")
    with open(path, "w", encoding="utf-8") as f:
        for i in range(FLOWS):
            f.write(
                f"-I -p tcp -s 10.{1 + (i >> 16)}.{i >> 8 & 255}.{i & 255} -d 192.0.2.1 "
                "--sport 1024 --dport 443 --timeout 36000 --state ESTABLISHED "
                "-u SEEN_REPLY,ASSURED\n"
            )
    subprocess.run(node.command("conntrack", "-R", path), check=True, capture_output=True)


def tracked(node):
    done = subprocess.run(node.command("conntrack", "-C"), text=True, capture_output=True,
                          check=True)
    return int(done.stdout)


def resync():
    """Flows a second into the empty cache of the second, and into its kernel after that."""
    with nodes() as (first, second):
        add_flows(first)
        first.start()
        poll(lambda: first.cached("internal") == FLOWS, 20, "conntrackd has not read its kernel")
        second.start()
        began = time.monotonic()
        second.ask(REQUEST_DUMP)
        poll(lambda: second.cached("external") == FLOWS, 60, "conntrackd has not resynchronised")
        cached = time.monotonic() - began
        second.ask(COMMIT)
        poll(lambda: tracked(second) >= FLOWS, 60, "conntrackd has not committed its cache")
        return {"cached": FLOWS / cached, "committed": FLOWS / (time.monotonic() - began)}
