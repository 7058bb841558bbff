"""A pair tells a real snmptrapd what happens to it: each notification once, with its variables,
from the right chassis, in order; and its history says the same."""

import collections
import contextlib
import re

import lab
import servers

SECONDS = 20
BOOT_S = 5  # lab seconds after which a CF believes that all cards have come
STARENT = ".1.3.6.1.4.1.8164"
TRAP_OID = ".1.3.6.1.6.3.1.1.4.1.0"
CONTEXT, SRP_ADDR = f"{STARENT}.1.31.9001.0", f"{STARENT}.1.31.13.0"
REASON, SLOT = f"{STARENT}.1.31.135.0", f"{STARENT}.1.2.1.1.1."
ADDRESS = {"east": "0.11", "west": "0.12"}
# Of docs/staros.md: numbers of the MIB.
REASONS = {"notDefined": 0, "dualStandby": 8, "deadTimerExpiry": 9, "manualSwitchOver": 11}


class Traps(lab.Case):
    """A notification is written as its number and variables: "1278 east 11", "60 card 4"."""

    lab_options = {"scale": 5}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receiver = servers.Receiver()
        cls.addClassCleanup(cls.receiver.close)
        target = (f"  snmp target nms {cls.receiver.address} port {servers.TRAP_PORT} "
                  f"security-name {cls.receiver.community} version 2c traps\n")
        for name in lab.INSTANCES:
            hostname = f"  system hostname {name}\n"
            cls.lab.edit(cls.lab.config(name), hostname, hostname + target)

    def setUp(self):
        super().setUp()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        # what the start, or the case before, has raised has arrived
        lab.wait_for(self.is_quiet, SECONDS, "no notification waits")
        self.known = len(self.receiver.traps())
        self.past = {name: len(self.history(name)) for name in lab.INSTANCES}

    def diagnose(self):
        return "\n".join([*self.received(), *(f"{name}: {self.history(name)[self.past[name]:]}"
                                              for name in lab.INSTANCES), super().diagnose()])

    def is_quiet(self):
        counts = [self.lab.show(name, "show snmp notifies") for name in lab.INSTANCES]
        said = [one["waiting"] for one in counts], len(self.receiver.traps())
        previous, self.said = getattr(self, "said", None), said
        return said == previous and not any(said[0])

    # ---- the two sides, in the same words ---------------------------------------------------

    def instance_at(self, address):
        return next(name for name, tail in ADDRESS.items() if self.lab.address(tail) == address)

    def received(self):
        return [self.words(variables) for variables in self.receiver.traps()[self.known:]]

    def words(self, variables):
        (_, _), (name, oid), *rest = variables
        self.assertEqual(name, TRAP_OID)
        words = [oid.removeprefix(f"OID: {STARENT}.2.")]
        for name, value in rest:
            if name == CONTEXT:
                self.assertEqual(value, 'STRING: "srp"')
            elif name == SRP_ADDR:
                words.append(self.instance_at(value.removeprefix("IpAddress: ")))
            elif name == REASON:
                words.append(value.removeprefix("INTEGER: "))
            else:
                slot = value.removeprefix("INTEGER: ")
                self.assertEqual(name, SLOT + slot)
                words += ["card", slot]
        return " ".join(words)

    def history(self, instance):
        return [self.old_words(one) for one in self.lab.show(instance, "show snmp trap history")]

    def old_words(self, one):
        text = re.sub(r"vpn srp ipaddr ([\d.]+)", lambda m: self.instance_at(m[1]), one["text"])
        text = re.sub(r"reason (\w+)", lambda m: str(REASONS[m[1]]), text)
        return f"{one['number']} {text}".rstrip()

    def assert_raised(self, **wanted):
        """Exactly these, in this order on each chassis; between the chassis there is none."""
        everything = collections.Counter(word for words in wanted.values() for word in words)
        lab.wait_for(lambda: len(self.received()) >= everything.total(), SECONDS,
                     f"{everything} arrive, so far {self.received()}")
        lab.wait_for(self.is_quiet, SECONDS, "no notification waits")
        received = self.received()
        self.assertEqual(collections.Counter(received), everything)
        for name in lab.INSTANCES:
            words = wanted.get(name, [])
            self.assertEqual(self.history(name)[self.past[name]:], words, name)
            self.assertEqual([one for one in received if f" {name}" in one],
                             [one for one in words if f" {name}" in one])

    # ---- cases --------------------------------------------------------------------------------

    def test_a_planned_switchover(self):
        active, standby = self.active, self.standby
        self.lab.switch_over()
        self.assert_raised(**{
            active: [f"126 {active}", f"1278 {active} 11", f"121 {active}"],
            standby: [f"1278 {standby} 11", f"120 {standby}"]})

    def test_a_refused_switchover_raises_nothing(self):
        self.assertEqual(self.lab.initiate(self.standby).returncode, 1)
        self.assert_raised()

    def test_a_card_that_dies_and_comes_back(self):
        booted = self.hellos() + BOOT_S + 1
        lab.wait_for(lambda: self.hellos() >= booted, SECONDS, "it takes all cards for started")
        self.lab.vpclab("kill", self.active, "sf6")
        self.lab.wait(f"{self.active}.card6=dead")
        lab.wait_for(lambda: "60 card 6" in self.received(), SECONDS, "that is told")
        self.lab.up()
        self.assert_raised(**{self.active: [
            "60 card 6", "139 card 4", "139 card 5",  # which nobody can replace now
            "5 card 6", "140 card 4", "140 card 5"]})

    def hellos(self):
        return self.lab.show(self.active, "show srp info")["hellos_sent"]

    def test_a_cf_that_dies_and_is_replaced(self):
        old = self.lab.instance(self.active)["active_cf"]
        new = 3 - old
        self.lab.vpclab("kill", self.active, f"cf{old}")
        self.lab.wait(f"{self.active}.cf={new}", f"{self.active}.chassis=active")
        self.past[self.active] = 0  # that CF begins one of its own
        lab.wait_for(lambda: f"60 card {old}" in self.received(), SECONDS, "that is told")
        self.lab.up()
        self.assert_raised(**{self.active: [
            f"1253 card {new}", f"1254 card {new}", f"55 card {new}",
            f"60 card {old}", f"5 card {old}"]})

    def test_a_chassis_that_dies_is_replaced_and_comes_back(self):
        dead, heir = self.active, self.standby
        self.lab.vpclab("kill", dead)
        self.lab.wait(f"{heir}.chassis=active")
        lab.wait_for(lambda: f"120 {heir}" in self.received(), SECONDS, "that is told")
        self.past[dead] = 0
        self.lab.vpclab("start", dead)
        self.lab.wait("sync", f"{dead}.chassis=standby")
        first = self.lab.instance(dead)["active_cf"]
        self.assert_raised(**{
            heir: [f"1278 {heir} 9", f"120 {heir}", f"1037 {heir}", f"1038 {heir}"],
            dead: ["1028", f"55 card {first}", f"121 {dead}"]})

    def test_a_standby_that_comes_back_configured_otherwise_and_then_alike(self):
        dead, here = self.standby, self.active
        text = self.lab.config(dead).read_text()
        self.addCleanup(self.lab.config(dead).write_text, text)
        self.lab.edit(self.lab.config(dead), "dead-interval 5", "dead-interval 6")
        self.restart(dead)
        self.lab.config(dead).write_text(text)
        lab.wait_for(lambda: f"128 {dead}" in self.received(), SECONDS, "that is told")
        first = self.history(dead)
        self.restart(dead)
        again = self.history(dead)
        self.past[dead] = 0
        self.assertEqual([one for one in first if one not in again], [f"128 {dead}"])
        lab.wait_for(lambda: f"129 {here}" in self.received(), SECONDS, "that is told, too")
        own = [one for one in self.received() if here in one]
        self.assertEqual(own, [f"1037 {here}", f"1038 {here}", f"128 {here}", f"1037 {here}",
                               f"1038 {here}", f"129 {here}"])
        self.assertEqual(self.history(here)[self.past[here]:], own)

    def restart(self, instance):
        self.lab.vpclab("kill", instance)
        lab.wait_for(lambda: self.lab.show(self.active, "show srp info")["connection_state"] ==
                     "Not Connected", SECONDS, "the connection ends")
        self.lab.vpclab("start", instance)
        self.lab.wait("sync", f"{instance}.chassis=standby")
        lab.wait_for(lambda: f"121 {instance}" in self.history(instance), SECONDS, "it stands by")


if __name__ == "__main__":
    if not servers.SNMPTRAPD:
        print("Bail out! needs snmptrapd (scripts/setup test)")
        raise SystemExit(1)
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(Traps)
