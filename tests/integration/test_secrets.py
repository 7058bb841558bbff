"""Secrets are entered once and read nowhere: not in what is shown, saved, logged or sent."""

import pathlib
import re
import secrets
import stat

import console
import lab

SECRET = secrets.token_hex(12)
FOREIGN = "01abd002c82b4a2c"


class Secrets(lab.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "  context srp\n",
                         f"  snmp target noc {cls.lab.address('9.1')} security-name {SECRET}\n"
                         f"  context srp\n"
                         f"    radius server {cls.lab.address('9.2')} key {SECRET}\n"
                         f"    radius accounting server {cls.lab.address('9.2')} "
                         f"encrypted key {FOREIGN}\n")

    def shown(self, instance, command="show configuration"):
        return self.lab.vpclab("exec", instance, command).stdout

    def test_both_chassis_show_the_same_encrypted_text(self):
        texts = {name: re.findall(r"encrypted \S+ (\w+)", self.shown(name))
                 for name in lab.INSTANCES}
        east, west = texts.values()
        self.assertEqual(east, west)
        self.assertEqual(len(east), 3)
        self.assertEqual(len(set(east)), 2)  # equal secrets look equal
        self.assertIn(FOREIGN, east)
        for name in lab.INSTANCES:
            self.assertNotIn(SECRET, self.shown(name))
            self.assertIn("encrypted key", self.shown(name, "show configuration srp"))

    def test_what_cannot_be_read_is_asked_for_anew(self):
        errors = self.shown("east", "show configuration errors")
        self.assertIn("radius accounting server", errors)
        self.assertIn('enter it anew with "key"', errors)
        self.assertNotIn(f"radius server {self.lab.address('9.2')} cannot", errors)

    def test_no_file_has_a_secret_in_clear_but_the_one_it_was_entered_in(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("exec", active, "save configuration /flash/saved.cfg -noconfirm")
        files = [path for path in self.lab.rundir.rglob("*") if path.is_file()]
        self.assertIn("saved.cfg", [path.name for path in files])
        for path in files:
            if path.name != "system.cfg":  # the operator's own text
                self.assertNotIn(SECRET.encode(), path.read_bytes(), str(path))

    def test_the_chassis_key_is_its_owners_and_told_nowhere(self):
        path = self.lab.rundir / "chassis.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        key = path.read_text()
        self.assertRegex(key, "^[0-9a-f]{64}$")
        for other in self.lab.rundir.rglob("*"):
            if other.is_file() and other != path:
                self.assertNotIn(key.encode(), other.read_bytes(), str(other))


class Leaks(lab.Case):
    """Each way in has a secret of its own; then all is asked for that a lab tells, through a
    failover, to its end."""

    lab_options = {"scale": 2, "dead": 3}
    WAYS = ("file_radius", "file_snmp", "typed", "typed_wrong", "replayed", "script", "script_spi",
            "script_wrong")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = {way: f"{way[0]}{secrets.token_hex(12)}" for way in cls.WAYS}
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "  context srp\n",
                         f"  snmp target noc {cls.lab.address('9.1')} "
                         f"security-name {cls.secret['file_snmp']}\n"
                         f"  context srp\n"
                         f"    radius server {cls.lab.address('9.2')} "
                         f"key {cls.secret['file_radius']}\n")

    def leaks(self, text):
        text = text.encode() if isinstance(text, str) else text
        return [way for way, secret in self.secret.items() if secret.encode() in text]

    def assert_none_in_files(self, *but):
        seen = 0
        for path in self.lab.dir.rglob("*"):
            if path.is_file() and path not in but:
                self.assertEqual(self.leaks(path.read_bytes()), [], path)
                seen += 1
        return seen

    def type_some(self):
        typed = console.Terminal(self.lab, rows=200, columns=200)
        self.addCleanup(typed.close)
        typed.see(console.PROMPT)
        srp = "[srp]east(config-ctx)# "
        typed.line("configure", "[local]east(config)# ")
        typed.line("context srp", srp)
        server = self.lab.address("9.3")
        said = typed.line(f"radius server {server} key {self.secret['typed']}", srp)
        said += typed.line(f"radius servr {server} ke {self.secret['typed_wrong']}", srp)
        said += typed.line("end")
        typed.line("show srp info")
        typed.type("exit\r")
        typed.ended()
        return said

    def script(self, *lines, expect=0):
        return self.lab.vpclab("exec", "east", "-f", "-", "--keep-going", expect=expect,
                               input="\n".join(lines))

    def replay_some(self):
        """A file of the operator's own, which goes again."""
        path = self.lab.rundir / "east" / "cf1.flash" / "more.cfg"
        path.write_text(f"config\n  context srp\n    radius server {self.lab.address('9.4')} "
                        f"key {self.secret['replayed']}\n")
        self.lab.vpclab("exec", "east", "configure /flash/more.cfg")
        path.unlink()

    def enter_all(self):
        said = self.type_some()
        self.replay_some()
        done = self.script("configure", "context srp",
                           f"radius server {self.lab.address('9.5')} key {self.secret['script']}",
                           "ha-service home",
                           f"mn-ha-spi spi-number 300 secret {self.secret['script_spi']}", "end")
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        self.script("configure", "context srp", f"radius server 1.2.3 key "
                                                f"{self.secret['script_wrong']}", expect=None)
        shown = self.lab.vpclab("exec", "east", "show configuration").stdout
        for tail in ("9.2", "9.3", "9.4", "9.5"):
            self.assertRegex(shown, rf"radius server {self.lab.address(tail)} encrypted key \w+")
        self.assertRegex(shown, r"mn-ha-spi spi-number 300 encrypted secret \w+")
        return said + shown

    def ask_all(self, instance):
        """All that a lab says of itself, as text; some of it in files of its disks, too."""
        answers = [self.lab.vpclab("exec", instance, line, expect=None) for line in (
            "show configuration", "show configuration errors", "show support details icsr",
            "show support details icsr to file /flash/details", "show snmp trap history",
            "show configuration > /flash/shown.cfg", "save configuration /flash/kept.cfg -noconfirm",
            "show configuration showsecrets", "show cli history", "show logs")]
        answers += [self.lab.vpclab(*words, expect=None) for words in (
            ("timeline",), ("events",), ("events", "--json"), ("status",), ("status", "--json"),
            ("explain",), ("routes",), ("labs",))]
        return "".join(one.stdout + one.stderr for one in answers)

    def assert_none_in_processes(self):
        pids = self.lab.processes()
        self.assertGreater(len(pids), 12)
        for pid in pids:
            for name in ("cmdline", "environ"):
                self.assertEqual(self.leaks(pathlib.Path(f"/proc/{pid}/{name}").read_bytes()), [])

    def test_what_was_entered_in_any_way_stands_in_nothing_the_lab_leaves(self):
        own = [self.lab.config(instance) for instance in lab.INSTANCES]
        said = self.enter_all() + self.ask_all("east")
        self.assertEqual(self.leaks(said), [])
        self.lab.vpclab("kill", self.lab.in_state("Active"))
        heir = lab.wait_for(lambda: next((one["name"] for one in self.lab.status()["instances"]
                                          if one["chassis_state"] == "Active"), None),
                            lab.SECONDS, "somebody takes over")
        self.assertEqual(self.leaks(self.ask_all(heir)), [])
        self.lab.vpclab("start", self.lab.other(heir))
        self.lab.wait(f"{self.lab.other(heir)}.chassis=standby")
        self.assertEqual(self.leaks(self.ask_all(self.lab.other(heir))), [])
        self.assert_none_in_processes()
        links = [path for path in self.lab.rundir.rglob("system.cfg")]
        self.assertGreater(self.assert_none_in_files(*own, *links), 40)
        self.assertTrue((self.lab.dir / "state" / "vpclab" / "history").exists())

        self.lab.vpclab("down", "--keep-logs")
        self.assertGreater(self.assert_none_in_files(*own), 20)
        self.assertEqual(self.leaks(self.lab.vpclab("timeline", self.lab.rundir).stdout), [])


if __name__ == "__main__":
    lab.main(Secrets, Leaks)
