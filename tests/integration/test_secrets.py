"""Secrets are entered once and read nowhere: not in what is shown, saved, logged or sent."""

import re
import secrets
import stat

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


if __name__ == "__main__":
    lab.main(Secrets)
