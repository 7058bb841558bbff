"""A pair tells a real snmptrapd what happens to it: each notification once, with its variables,
from the right chassis, in order; and its history says the same."""

import collections
import contextlib
import re

import lab
import servers
import test_monitors

SECONDS = lab.SECONDS
BOOT_S = 5  # lab seconds after which a CF believes that all cards have come
STARENT = ".1.3.6.1.4.1.8164"
TRAP_OID = ".1.3.6.1.6.3.1.1.4.1.0"
SLOT, CHASSIS = f"{STARENT}.1.2.1.1.", f"{STARENT}.1.1."
CHASSIS_VALUES = r'^(10.0 INTEGER: 10|11.0 STRING: "vpclab"|12.0 STRING: "[0-9.]+")$'
CALLS = 8
ADDRESS = {"east": "0.11", "west": "0.12"}
# Of docs/staros.md: numbers of the MIB.
REASONS = {"notDefined": 0, "aaaFailure": 1, "bgpFailure": 2, "bfdFailure": 3,
           "diameterFailure": 4, "dualStandby": 8, "deadTimerExpiry": 9, "manualSwitchOver": 11}
CARD_TYPE = {1: "47", 2: "47"}  # the CFs; all others are 49
# Objects below starentTrapData, their types, and the words for them in the history.
DATA = {5: ("STRING", "vpn"), 12: ("INTEGER", "port"), 13: ("IpAddress", "ipaddr"),
        14: ("IpAddress", "peer"), 24: ("STRING", "vpn"), 25: ("IpAddress", "peer"),
        26: ("STRING", "endpoint"), 128: ("INTEGER", ""), 129: ("Hex-STRING", "src"),
        130: ("INTEGER", ""), 131: ("Hex-STRING", "dst"), 132: ("Gauge32", ""),
        133: ("Gauge32", ""), 134: ("INTEGER", ""), 135: ("INTEGER", "reason"),
        145: ("INTEGER", "")}
# ... that tell the type of an address, or nothing.
CONSTANT = {128: ("0", "1"), 130: ("1",), 132: ("0",), 133: ("0",), 134: ("0",), 145: ("0",)}


def address_of(hexadecimal):
    return ".".join(str(int(one, 16)) for one in hexadecimal.split())


class Heard:
    """A pair with a receiver. Both what arrived and what the histories tell is in the words of
    these tests: number and text, "60 card 4", "119 vpn dest peer 127.64.2.3", but shorter for
    the chassis: "1278 east 11"."""

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
        raw = map(str, self.receiver.traps()[self.known:])  # which may be nothing that is known
        told = [f"{name}: {self.told(name)}" for name in lab.INSTANCES]
        return "\n".join([*raw, *told, super().diagnose()])

    def told(self, instance):
        try:
            return self.raised(instance)
        except AssertionError as error:  # it may be dead
            return error

    def is_quiet(self):
        counts = [self.lab.show(name, "show snmp notifies") for name in lab.INSTANCES]
        said = [one["waiting"] for one in counts], len(self.receiver.traps())
        previous, self.said = getattr(self, "said", None), said
        return said == previous and not any(said[0])

    # ---- the two sides, in the same words ---------------------------------------------------

    def short(self, words):
        words = re.sub(r"vpn srp ipaddr ([\d.]+)", lambda m: self.instance_at(m[1]), words)
        return re.sub(r"reason (\w+)", lambda m: str(REASONS[m[1]]), words)

    def instance_at(self, address):
        return next(name for name, tail in ADDRESS.items() if self.lab.address(tail) == address)

    def history(self, instance):
        return [self.short(f"{one['number']} {one['text']}".rstrip())
                for one in self.lab.show(instance, "show snmp trap history")]

    def raised(self, instance):
        """By this CF since the case began."""
        return self.history(instance)[self.past[instance]:]

    def received(self):
        return [self.short(self.words(variables))
                for variables in self.receiver.traps()[self.known:]]

    def words(self, variables):
        """Objects and types are those of the MIB, or it fails."""
        (_, _), (name, oid), *rest = variables
        self.assertEqual(name, TRAP_OID)
        words = [oid.removeprefix(f"OID: {STARENT}.2.")]
        for name, value in rest:
            if name.startswith(CHASSIS):
                self.assertRegex(f"{name.removeprefix(CHASSIS)} {value}", CHASSIS_VALUES)
            elif name.startswith(SLOT):
                words += self.card_words(name.removeprefix(SLOT), value, "card" in words)
            else:
                words += self.data_words(int(name.split(".")[-2]), name, value)
        return " ".join(words)

    def card_words(self, name, value, again):
        column, slot = name.split(".")
        if column == "3":
            self.assertEqual(value, f"INTEGER: {CARD_TYPE.get(int(slot), '49')}")
        elif column == "41":
            self.assertEqual(value, '""')
        else:
            self.assertEqual((column, value), ("1", f"INTEGER: {slot}"))
            return ["to", "card", slot] if again else ["card", slot]
        return []

    def data_words(self, number, name, value):
        self.assertEqual(name, f"{STARENT}.1.31.{number}.0")
        syntax, word = DATA[number]
        if (number, value) == (129, '""'):
            return []  # our end of a BFD session with a router
        self.assertEqual(value.split(": ")[0], syntax, name)
        value = value.removeprefix(f"{syntax}: ").strip('"')
        if number in CONSTANT:
            self.assertIn(value, CONSTANT[number])
            return []
        if number == 135:
            value = next(text for text, reason in REASONS.items() if str(reason) == value)
        return [word, address_of(value) if syntax == "Hex-STRING" else value]

    # ---- waiting for them -------------------------------------------------------------------------

    def wait_received(self, *wanted):
        """Until these have arrived, among others."""
        def missing():
            return collections.Counter(wanted) - collections.Counter(self.received())
        lab.wait_for(lambda: not missing(), SECONDS, f"these arrive: {missing()}")

    def wait_quiet(self):
        lab.wait_for(self.is_quiet, SECONDS, "no notification waits")

    def assert_all_arrived(self, *before):
        """What the histories tell, and what was raised `before` by CFs that are gone; a card may be
        about to come up while we look."""
        def both():
            self.wait_quiet()
            told = [one for name in lab.INSTANCES for one in self.raised(name)]
            return (collections.Counter(self.received()), collections.Counter([*before, *told]))

        def difference():
            received, told = both()
            return f"received only: {received - told}, told only: {told - received}"
        def agree():
            received, told = both()
            return received == told
        lab.wait_for(agree, SECONDS, difference)

    def hellos(self):
        return self.lab.show(self.active, "show srp info")["hellos_sent"]

    def wait_booted(self):
        booted = self.hellos() + BOOT_S + 1
        lab.wait_for(lambda: self.hellos() >= booted, SECONDS, "it takes all cards for started")


class Traps(Heard, lab.Case):
    lab_options = {"scale": 2, "dead": 5}

    def assert_raised(self, **wanted):
        """Exactly these, in this order on each chassis; between the chassis there is none."""
        everything = collections.Counter(word for words in wanted.values() for word in words)
        lab.wait_for(lambda: len(self.received()) >= everything.total(), SECONDS,
                     f"{everything} arrive, so far {self.received()}")
        self.wait_quiet()
        received = self.received()
        self.assertEqual(collections.Counter(received), everything)
        for name in lab.INSTANCES:
            words = wanted.get(name, [])
            self.assertEqual(self.raised(name), words, name)
            self.assertEqual([one for one in received if f" {name}" in one],
                             [one for one in words if f" {name}" in one])

    def assert_started(self, instance, first, *more):
        """A system that has started told of each card, in the order in which they came."""
        told = self.raised(instance)
        roles = {1: 93, 2: 93, first: 55, 3: 55, 4: 55, 5: 55, 6: 93}
        cards = [f"{number} card {slot}" for slot in roles for number in (5, roles[slot])]
        self.assertEqual(sorted(told), sorted(["1028", *cards, *more]))
        self.assertEqual(told[:3], ["1028", f"5 card {first}", f"55 card {first}"])
        for slot, role in roles.items():
            self.assertLess(told.index(f"5 card {slot}"), told.index(f"{role} card {slot}"))
        return told

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
        self.wait_booted()
        self.lab.vpclab("kill", self.active, "sf6")
        self.lab.wait(f"{self.active}.card6=dead")
        self.wait_received("60 card 6")
        self.lab.up()
        # those that nobody could replace in between
        self.assert_raised(**{self.active: [
            "60 card 6", "139 card 3", "139 card 4", "139 card 5",
            "5 card 6", "93 card 6", "140 card 3", "140 card 4", "140 card 5"]})

    def test_a_cf_that_dies_and_is_replaced(self):
        old = self.lab.instance(self.active)["active_cf"]
        new = 3 - old
        self.lab.vpclab("kill", self.active, f"cf{old}")
        self.lab.wait(f"{self.active}.cf={new}", f"{self.active}.chassis=active")
        self.past[self.active] = 0  # that CF begins one of its own
        self.wait_received(f"139 card {new}")
        self.lab.up()
        self.wait_received(f"140 card {new}")
        self.assert_raised(**{self.active: [
            f"1253 card {old} to card {new}", f"55 card {new}", f"60 card {old}",
            f"1254 card {old} to card {new}", f"139 card {new}",
            f"5 card {old}", f"93 card {old}", f"140 card {new}"]})
        self.assert_complete_after_the_cards_obeyed(new)

    def assert_complete_after_the_cards_obeyed(self, new):
        """Not in the same instant: the CF has heard all cards in between."""
        at = {one["new"]: one["lab_us"]
              for one in self.lab.events(self.active, f"cf{new}", "snmp.trap")}
        self.assertGreater(at["CardSwitchoverComplete"], at["CardSwitchoverStart"])
        self.assertGreater(at["CardSwitchoverComplete"], at["CardActive"])

    def test_a_chassis_that_dies_is_replaced_and_comes_back(self):
        dead, heir = self.active, self.standby
        self.lab.vpclab("kill", dead)
        self.lab.wait(f"{heir}.chassis=active")
        self.wait_received(f"120 {heir}")
        self.past[dead] = 0
        self.lab.vpclab("start", dead)
        self.lab.wait("sync", f"{dead}.chassis=standby")
        first = self.lab.instance(dead)["active_cf"]
        self.wait_received(f"121 {dead}", f"93 card {3 - first}", "93 card 6", f"1038 {heir}")
        self.wait_quiet()
        self.assert_raised(**{
            heir: [f"1278 {heir} 9", f"120 {heir}", f"1037 {heir}", f"1038 {heir}"],
            dead: self.assert_started(dead, first, f"121 {dead}")})

    def test_a_peer_that_dies_with_the_cf_that_spoke_to_it(self):
        here, there = self.active, self.standby
        old = self.lab.instance(here)["active_cf"]
        self.lab.vpclab("kill", here, f"cf{old}")
        self.lab.vpclab("kill", there)
        self.lab.wait(f"{here}.cf={3 - old}", f"{here}.chassis=active")
        self.past = dict.fromkeys(lab.INSTANCES, 0)
        self.wait_received(f"1037 {here}")
        self.lab.up()
        self.wait_received(f"1038 {here}", f"140 card {3 - old}", f"121 {there}")
        self.assert_all_arrived()

    def test_checkpoints_that_find_no_way(self):
        calls = self.call(CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.lab.vpclab("kill", self.standby)
        self.wait_received(f"1037 {self.active}", f"127 {self.active}")
        self.past[self.standby] = 0
        self.lab.up()
        self.assertEqual([one for one in self.raised(self.active) if one.startswith("127")],
                         [f"127 {self.active}"])  # not for each of them
        self.assert_good(calls.finish(), CALLS)

    def test_a_standby_that_comes_back_configured_otherwise_and_then_alike(self):
        dead, here = self.standby, self.active
        text = self.lab.config(dead).read_text()
        self.addCleanup(self.lab.config(dead).write_text, text)
        self.lab.edit(self.lab.config(dead), "dead-interval 5", "dead-interval 6")
        self.restart(dead)
        self.lab.config(dead).write_text(text)
        self.wait_received(f"128 {dead}")
        first = self.history(dead)
        self.restart(dead)
        again = self.history(dead)
        self.past[dead] = 0
        self.assertEqual([one for one in first if one not in again], [f"128 {dead}"])
        self.wait_received(f"129 {here}")
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
        lab.wait_for(lambda: f"121 {instance}" in (told := self.history(instance)) and
                     sum(one.startswith("93 card") for one in told) == 2, SECONDS,
                     "it stands by, and so do its spare and its other CF")


class Monitors(Heard, test_monitors.Monitored):
    """What is outside fails and comes back."""

    def alone(self):
        return self.lab.address(test_monitors.ALONE)

    def silence(self):
        for tail in test_monitors.RADIUS:
            self.radius(tail, "silent")

    def diameter_words(self):
        return f"vpn source peer {self.lab.address(test_monitors.DIAMETER)} endpoint gy"

    def aaa_words(self, instance):
        return f"{instance} port {test_monitors.PORT}"

    def switched(self, reason):
        return [f"1278 {self.active} {reason}", f"121 {self.active}",
                f"1278 {self.standby} {reason}", f"120 {self.standby}"]

    def test_a_bgp_neighbor(self):
        self.neighbor(test_monitors.ALONE, "down", self.active)
        self.wait_received(f"119 vpn dest peer {self.alone()}", *self.switched(2))
        self.neighbor(test_monitors.ALONE, "up")
        self.wait_received(f"118 vpn dest peer {self.alone()}")
        self.assert_all_arrived()

    def test_a_bfd_session_with_a_router(self):
        self.change(f"bfd {self.alone()}", f"down {self.active}", "up")
        self.wait_received(f"1277 vpn dest dst {self.alone()}", *self.switched(3))
        self.change(f"bfd {self.alone()}", "up", "up")
        self.wait_received(f"1276 vpn dest dst {self.alone()}")
        self.assert_all_arrived()

    def test_bfd_between_the_chassis(self):
        self.chassis_bfd("down")
        ends = [f"vpn srp src {self.lab.address(ADDRESS[one])} "
                f"dst {self.lab.address(ADDRESS[self.lab.other(one)])}" for one in lab.INSTANCES]
        self.wait_received(*(f"1277 {one}" for one in ends))
        self.chassis_bfd("up")
        self.wait_received(*(f"1276 {one}" for one in ends))
        self.assert_all_arrived()

    def test_authentication_servers(self):
        self.silence()
        self.wait_received(f"125 {self.aaa_words(self.active)}", *self.switched(1),
                           f"125 {self.aaa_words(self.standby)}")  # which sees them no better
        self.answer()
        self.wait_received(f"124 {self.aaa_words(self.standby)}")
        self.assert_all_arrived()

    def test_a_diameter_peer(self):
        self.diameter("silent")
        alarm = f"184 {self.diameter_words()}"
        self.wait_received(alarm, *self.switched(4), alarm)  # the other one sees it no better
        self.diameter("answer")
        self.wait_received(f"185 {self.diameter_words()}")
        self.assert_all_arrived()

    def outstanding(self):
        return {one["notification"]
                for one in self.lab.show(self.active, "show alarm outstanding")["outstanding"]}

    def test_an_alarm_of_a_monitor_that_is_removed_ends(self):
        srp = "configure\ncontext srp\nservice-redundancy-protocol\n"
        line = "monitor diameter context source endpoint gy peer ocs.icsr.test\n"
        self.diameter("silent")
        lab.wait_for(lambda: "DiameterPeerDown" in self.outstanding(), SECONDS, "it is an alarm")
        for instance in lab.INSTANCES:
            self.lab.vpclab("cli", instance, input=f"{srp}no {line}")
        try:
            lab.wait_for(lambda: "DiameterPeerDown" not in self.outstanding(), SECONDS, "it ends")
        finally:
            self.diameter("answer")
            for instance in lab.INSTANCES:
                self.lab.vpclab("cli", instance, input=srp + line)

    def test_what_stood_when_a_cf_died_is_cleared_by_the_next(self):
        here, there = self.active, self.standby
        self.lab.vpclab("kill", there)
        self.past[there] = 0
        self.neighbor(test_monitors.PAIRED[0], "down", here)
        self.change(f"bfd {self.alone()}", f"down {here}", "up")
        self.diameter("silent")
        self.silence()
        alarms = [f"1037 {here}", f"119 vpn dest peer {self.lab.address(test_monitors.PAIRED[0])}",
                  f"1277 vpn dest dst {self.alone()}", f"184 {self.diameter_words()}",
                  f"125 {self.aaa_words(here)}"]
        self.wait_received(*alarms)
        before = self.raised(here)
        old = self.lab.instance(here)["active_cf"]
        self.lab.vpclab("kill", here, f"cf{old}")
        self.lab.wait(f"{here}.cf={3 - old}", f"{here}.chassis=active")
        self.past[here] = 0
        for name in (*map(self.lab.address, test_monitors.RADIUS), test_monitors.PEER):
            self.wait_state(here, name, "Down")  # the new CF has looked itself
        self.assertFalse(set(alarms) & set(self.history(here)), "nothing is told twice")

        for line in list(self.mending):
            self.order(line)
        clears = [f"118 vpn dest peer {self.lab.address(test_monitors.PAIRED[0])}",
                  f"1276 vpn dest dst {self.alone()}", f"185 {self.diameter_words()}"]
        self.wait_received(*clears, f"124 {self.aaa_words(here)}")
        self.lab.up()
        self.wait_received(f"1038 {here}")
        for clear in (*clears, f"1038 {here}"):
            self.assertIn(clear, self.history(here))
        self.assert_all_arrived(*before)


if __name__ == "__main__":
    if not servers.SNMPTRAPD:
        print("Bail out! needs snmptrapd (scripts/setup test)")
        raise SystemExit(1)
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(Traps, Monitors)
