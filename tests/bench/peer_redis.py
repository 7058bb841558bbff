"""Redis as a peer: a master and a replica on loopback.

No persistence, and no delay before a diskless resync. FASTEST, beyond the defaults: the replica
loads straight from its socket, and values are not compressed for a resync, which costs more
than loopback saves. The keys come in one pipeline whose answers are turned off, so the client
costs next to nothing.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

from lab import Failed, poll

KEY, VALUE = 20, 256
BATCH = 10_000
PORT = 16379
OPTIONS = [
    "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
    "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
    "--client-output-buffer-limit", "replica 0 0 0",
]  # fmt: skip
FASTEST = ["--repl-diskless-load", "on-empty-db", "--rdbcompression", "no"]


def why_none():
    return None if shutil.which("redis-server") else "redis-server is not installed"


def commands(values, keys):
    """SET of so many keys, as batches of octets; `values` are used in turn."""
    batches = []
    for begin in range(0, keys, BATCH):
        batches.append(
            b"".join(
                b"*3\r\n$3\r\nSET\r\n$%d\r\nsession:%012d\r\n$%d\r\n%s\r\n"
                % (KEY, i, VALUE, values[i % len(values)])
                for i in range(begin, min(begin + BATCH, keys))
            )
        )
    return batches


class Server:
    """One redis-server, spoken to through a socket of its own."""

    def __init__(self, bench, port, options):
        self.port = port
        self.dir = tempfile.mkdtemp(prefix="vpcb-redis-")
        path = os.path.join(self.dir, "s")
        self.process = subprocess.Popen(
            bench.net.command(
                ["redis-server", "--port", str(port), "--unixsocket", path, "--dir", self.dir]
                + OPTIONS + options
            ),
            stdout=subprocess.DEVNULL,
        )
        self.socket = socket.socket(socket.AF_UNIX)
        poll(lambda: self.socket.connect_ex(path) == 0, 5, "redis-server does not answer")
        self.answers = self.socket.makefile("rb")

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.answer()

    def answer(self):
        first = self.answers.readline()
        if not first or first.startswith(b"-"):
            raise Failed(f"redis-server answers {first!r}")
        if first.startswith(b"$"):
            return self.answers.read(int(first[1:]) + 2).decode()
        return first.decode().strip()

    def info(self, section, name):
        for line in self.ask(f"INFO {section}").splitlines():
            if line.startswith(name + ":"):
                return line.split(":", 1)[1].strip()
        raise Failed(f"redis-server says nothing of {name}")

    def close(self):
        self.answers.close()
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


@contextlib.contextmanager
def servers(bench, options):
    with contextlib.ExitStack() as stack:
        pair = []
        for i in range(2):
            server = Server(bench, PORT + i, options)
            stack.callback(server.close)
            pair.append(server)
        yield pair


def follow(replica):
    """Seconds until the replica has all that its master has."""
    began = time.monotonic()
    replica.ask(f"REPLICAOF 127.0.0.1 {PORT}")
    poll(lambda: replica.info("replication", "master_link_status") == "up", 120, "no resync")
    return time.monotonic() - began


def load(master, batches):
    master.socket.sendall(b"CLIENT REPLY OFF\r\n")
    for batch in batches:
        master.socket.sendall(batch)
    master.socket.sendall(b"CLIENT REPLY ON\r\n")
    if master.answer() != "+OK":
        raise Failed("redis-server does not answer any more")


def check(server, keys):
    if server.ask("DBSIZE") != f":{keys}":
        raise Failed(f"the replica has {server.ask('DBSIZE')} of {keys} keys")


def replicate(bench, batches, keys):
    """Keys a second, until the replica has confirmed the master's offset."""
    with servers(bench, []) as (master, replica):
        follow(replica)
        began = time.monotonic()
        load(master, batches)
        if master.ask("WAIT 1 0") != ":1":
            raise Failed("the replica has not confirmed")
        seconds = time.monotonic() - began
        check(replica, keys)
        return keys / seconds


def resync(bench, batches, keys, fastest):
    """Seconds of a full resync to an empty replica."""
    with servers(bench, FASTEST if fastest else []) as (master, replica):
        load(master, batches)
        seconds = follow(replica)
        check(replica, keys)
        return seconds
