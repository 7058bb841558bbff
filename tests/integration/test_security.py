"""What docs/security.md promises of a lab as a whole: its modes, its links, its audit log."""

import json
import os
import pathlib
import re
import secrets
import struct
import unittest

import lab

SECRET = secrets.token_hex(12)
ELF_DYN, PT_DYNAMIC, PT_GNU_STACK, PT_GNU_RELRO, PF_X = 3, 2, 0x6474e551, 0x6474e552, 1
DT_FLAGS, DT_FLAGS_1, BIND_NOW, NOW = 30, 0x6ffffffb, 8, 1


PAGE = lab.SOURCE / "docs" / "security.md"


class Page(unittest.TestCase):
    """docs/security.md names what there is."""

    def rows(self, title):
        part = PAGE.read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
        rows = [line.strip("|").split("|") for line in part.splitlines() if line[:1] == "|"]
        self.assertGreater(len(rows), 4, title)
        return rows[2:]

    def diagnose(self):
        return ""

    def test_each_test_that_is_named_exists(self):
        tests = lab.SOURCE / "tests"
        there = {path.stem.removeprefix("test_") for path in tests.glob("*/*")
                 if path.suffix in (".c", ".py")}
        named = [name for title in ("Who may be hostile", "What is bounded before it is read")
                 for row in self.rows(title) for name in re.findall(r"`([a-z0-9_]+)`", row[-1])]
        self.assertGreater(len(named), 30)
        self.assertEqual([name for name in named if name not in there], [])

    def test_each_constant_that_is_named_exists(self):
        sources = "".join(path.read_text() for top in ("cf", "common")
                          for path in (lab.SOURCE / top).glob("**/*.[ch]"))
        named = [name for row in self.rows("What is bounded before it is read")
                 for name in re.findall(r"`([A-Z_]+)`", row[2])]
        self.assertGreater(len(named), 10)
        self.assertEqual([name for name in named
                          if not re.search(rf"^[^*\n]*\b{name} = ", sources, re.M)], [])


class Security(lab.Case):
    lab_options = {"scale": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        topology["srp-session"] = "plain"
        cls.lab.topology.write_text(json.dumps(topology))

    def commands(self, *words):
        """(process, line, cause) of each command that was told."""
        done = self.lab.vpclab("events", "--kind", "operator.command", "--json", *words)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        return [(one["process"], one["new"], one["cause"]) for one in events]

    def told(self, line):
        found = [one for one in self.commands() if one[1] == line]
        self.assertEqual(len(found), 1, f"{line!r} in {self.commands()}")
        return found[0]

    def assert_told(self, process, line, cause):
        got, _, why = self.told(line)
        self.assertEqual(got, process)
        self.assertRegex(why, f"^{cause}$")

    BY = rf"by uid {os.geteuid()}, pid \d+ \(vpclab\)"

    def test_lines_of_a_session_are_told_with_who_and_how_they_ended(self):
        lines = ["configure", "context srp", f"radius server {self.lab.address('9.2')} key {SECRET}",
                 "exit", "snmp communty x", "end", "show srp info"]
        self.lab.vpclab("exec", "east", "\n".join(lines), "--keep-going", expect=None)
        self.assert_told("east/cf1", f"radius server {self.lab.address('9.2')} key ***",
                         f"done, {self.BY}, Security Administrator")
        self.assert_told("east/cf1", "context srp", f"done, {self.BY}, Security Administrator")
        said = [one[1] for one in self.commands()]
        for line in ("configure", "exit", "end", "snmp communty x", "show srp info"):
            self.assertNotIn(line, said)
        for path in self.lab.rundir.rglob("*"):
            if path.suffix in (".jsonl", ".log"):
                self.assertNotIn(SECRET, path.read_text(), path)

    def test_a_command_that_was_refused_is_told_as_failed(self):
        standby = self.lab.other(self.lab.in_state("Active"))
        self.lab.vpclab("exec", standby, "srp initiate-switchover -noconfirm", expect=1)
        self.assert_told(f"{standby}/cf1", "srp initiate-switchover -noconfirm",
                         f"failed, {self.BY}, Security Administrator")
        self.lab.vpclab("exec", standby, "clear srp statistics")
        self.assert_told(f"{standby}/cf1", "clear srp statistics", f"done, {self.BY}, .*")

    def test_a_question_is_told_once_it_was_answered(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("exec", active, "show srp info > /flash/asked")
        self.lab.vpclab("exec", active, "delete /flash/asked", expect=None)
        self.lab.vpclab("exec", active, "delete /flash/asked -noconfirm")
        said = [line for _, line, _ in self.commands() if line.startswith("delete")]
        self.assertEqual(said, ["delete /flash/asked -noconfirm"])

    def test_a_configuration_longer_than_one_message_is_refused_whole(self):
        path = self.lab.rundir / "east" / "cf1.flash" / "long.cfg"
        path.write_text("config\n" + "#" * 99 + "\n" + ("# a comment" + " " * 80 + "\n") * 4400)
        before = self.lab.show("east", "show configuration")
        done = self.lab.vpclab("exec", "east", "configure /flash/long.cfg", expect=1)
        self.assertIn("/flash/long.cfg is longer than 393216 octets", done.stderr)
        path.unlink()
        self.assertEqual(self.lab.show("east", "show configuration"), before)

    def test_what_shows_to_a_file_changes_something(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("exec", active, "show srp info > /flash/info")
        self.assert_told(f"{active}/cf1", "show srp info > /flash/info", f"done, {self.BY}, .*")

    def test_the_world_tells_what_was_done_to_it(self):
        neighbor = self.lab.address("2.1")
        for word in ("down", "up"):
            self.lab.vpclab("exec", "world", f"bgp neighbor {neighbor} {word} west")
            self.assert_told("world", f"bgp neighbor {neighbor} {word} west", f"done, {self.BY}")
        self.lab.vpclab("exec", "world", "bgp neighbor 9.9.9.9 up", expect=1)
        self.assert_told("world", "bgp neighbor 9.9.9.9 up", f"failed, {self.BY}")
        self.lab.vpclab("exec", "world", "show neighbors")
        self.assertNotIn("show neighbors", [one[1] for one in self.commands()])

    def test_starting_and_killing_are_told_by_vpclab(self):
        self.lab.vpclab("kill", "west", "sf4")
        self.lab.vpclab("start", "west", "sf4")
        self.wait_synced()
        self.lab.vpclab("time", "scale", 2)
        self.lab.vpclab("time")
        for line in ("kill west sf4", "start west sf4", "time scale 2"):
            self.assert_told("vpclab", line, f"done, {self.BY}")
        self.assertNotIn("time", [line for _, line, _ in self.commands()])
        self.assertTrue(any(line.startswith("up ") for who, line, _ in self.commands()
                            if who == "vpclab"))
        text = self.lab.vpclab("timeline").stdout
        self.assertIn("command: kill west sf4", re.sub(r"\s+", " ", text.replace("|", " ")))

    def test_the_end_is_told_where_logs_are_kept(self):
        self.lab.vpclab("down", "--keep-logs")
        done = self.lab.vpclab("events", self.lab.rundir, "--kind", "operator.command", "--json")
        last = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((last["process"], last["new"]), ("vpclab", "down --keep-logs"))

    def test_a_plain_session_link_shows_in_the_status(self):
        self.assertEqual(self.lab.status()["srp_session"], "plain")
        self.assertIn("SRP session link: PLAIN, checkpoints can be read and forged",
                      self.lab.vpclab("status").stdout)

    def test_a_plain_session_link_beyond_the_machine_is_refused(self):
        files = {path: path.read_text() for path in map(self.lab.config, lab.INSTANCES)}
        try:
            for path, text in files.items():
                path.write_text(text.replace(self.lab.address("0.1"), "10.9.8.1"))
            done = self.lab.vpclab("up", self.lab.topology, expect=2)
            self.assertIn("srp-session is plain, but 10.9.8.11 and 10.9.8.12 are not both loopback "
                          "addresses", done.stderr)
            self.assertIn('"plain-anywhere"', done.stderr)
        finally:
            for path, text in files.items():
                path.write_text(text)

    def bind(self, instance, address):
        self.lab.vpclab("exec", instance, "\n".join([
            "configure", "context srp", "service-redundancy-protocol", f"bind address {address}",
            "end", "show srp info"]))

    def test_nothing_in_the_run_directory_is_anybody_elses(self):
        paths = [self.lab.rundir, *self.lab.rundir.rglob("*")]
        self.assertGreater(len([path for path in paths if path.is_socket()]), 8)
        for path in paths:
            if not path.is_symlink():
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_the_programs_are_hardened(self):
        for program in lab.PROGRAMS.values():
            kind, segments, dynamic = elf(program)
            self.assertEqual(kind, ELF_DYN, f"{program}: position independent")
            self.assertIn(PT_GNU_RELRO, segments, program)
            self.assertFalse(segments[PT_GNU_STACK] & PF_X, f"{program}: no code on the stack")
            self.assertTrue(dynamic.get(DT_FLAGS, 0) & BIND_NOW or
                            dynamic.get(DT_FLAGS_1, 0) & NOW, f"{program}: bound at start")

    def test_a_plain_session_link_that_leaves_the_machine_later_carries_nothing(self):
        standby = self.lab.other(self.lab.in_state("Active"))
        own = self.lab.show(standby, "show srp info")
        self.bind(standby, "10.9.8.11")
        try:
            self.assertIn(f"no checkpoints between 10.9.8.11 and {own['peer_address']}: the SRP "
                          "session link is plain, and these are not both loopback addresses",
                          (self.lab.rundir / standby / "cf1.log").read_text())
        finally:
            self.bind(standby, own["local_address"])
        self.wait_synced()


def elf(path):
    """Type, flags of segments by type, and dynamic entries by tag, of a program of 64 bits."""
    data = pathlib.Path(path).read_bytes()
    kind = struct.unpack_from("<H", data, 16)[0]
    at, = struct.unpack_from("<Q", data, 32)
    size, number = struct.unpack_from("<HH", data, 54)
    segments, dynamic = {}, {}
    for i in range(number):
        what, flags, offset = struct.unpack_from("<IIQ", data, at + i * size)
        length, = struct.unpack_from("<Q", data, at + i * size + 32)
        segments[what] = flags
        if what == PT_DYNAMIC:
            dynamic = dict(struct.iter_unpack("<QQ", data[offset:offset + length]))
    return kind, segments, dynamic


if __name__ == "__main__":
    lab.main(Page, Security)
