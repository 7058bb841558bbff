"""Faults that the lab's host carries out on the processes of VMs: each is seen, and gone when it is
cleared, when it has come to its end, and when host or keeper were killed."""

import json
import os
import pathlib
import resource
import signal

import lab
from test_host import HostLab

SECONDS = lab.SECONDS
SOON = 1  # lab seconds; a tenth of a real one
LONG = 3000


def threads(pid):
    return [int(one.name) for one in pathlib.Path(f"/proc/{pid}/task").iterdir()]


def state(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def soft(pid, what):
    return resource.prlimit(pid, what)[0]


# kind: the SF in east it is tried on, and whether its process is broken
BROKEN = {
    "pause": (4, lambda pid: state(pid) == "T"),
    "stutter": (5, lambda pid: state(pid) == "T"),
    "starve": (6, lambda pid: all(len(os.sched_getaffinity(one)) == 1 for one in threads(pid))),
    "disk-full": (6, lambda pid: soft(pid, resource.RLIMIT_FSIZE) == 0),
    "descriptors": (6, lambda pid: soft(pid, resource.RLIMIT_NOFILE) < 100),
}


class Faults(lab.Case):
    lab_options = {"scale": 10, "dead": 20}

    @classmethod
    def setUpClass(cls):
        cls.lab = HostLab(**cls.lab_options)

    def tearDown(self):
        self.lab.vpclab("fault", "clear")

    def add(self, *words, expect=0):
        done = self.lab.vpclab("fault", "add", *words, expect=expect)
        return int(done.stdout) if expect == 0 else done.stderr

    def leases(self):
        return json.loads(self.lab.vpclab("fault", "list", "--json").stdout)

    def is_whole(self):
        return self.lab.vpclab("fault", "check", expect=None).stdout == "as never faulted\n"

    def assert_whole(self):
        self.assertEqual(self.lab.vpclab("fault", "check", expect=None).stdout,
                         "as never faulted\n")

    def wait_whole(self):
        lab.wait_for(self.is_whole, SECONDS,
                     lambda: self.lab.vpclab("fault", "check", expect=None).stdout)

    def pid(self, slot, instance="east"):
        return self.lab.pids()[f"{instance}/sf{slot}"]

    def keepers(self):
        found = []
        for pid in self.lab.processes():
            comm = pathlib.Path(f"/proc/{pid}/comm")
            if comm.exists() and comm.read_text() == "vpc-keeper\n":
                found.append(pid)
        return found

    def break_all(self, seconds):
        """All kinds at once, each seen."""
        if len(os.sched_getaffinity(0)) == 1:
            self.skipTest("one CPU: nothing can be starved")
        for kind, (slot, broken) in BROKEN.items():
            self.add(kind, f"east/sf{slot}", "--for", seconds)
            if seconds == LONG:
                pid = self.pid(slot)
                lab.wait_for(lambda: broken(pid), SECONDS, f"{kind} is seen")

    # ---- each kind, each end ------------------------------------------------------------

    def test_what_is_broken_is_whole_when_it_is_cleared(self):
        self.assert_whole()
        self.break_all(LONG)
        self.assertFalse(self.is_whole())
        self.assertEqual([one["kind"] for one in self.leases()], list(BROKEN))
        self.lab.vpclab("fault", "clear")
        self.assertEqual((self.leases(), self.keepers()), ([], []))
        self.assert_whole()
        self.wait_synced()

    def test_what_is_broken_is_whole_when_its_end_has_come(self):
        self.break_all(SOON)
        self.lab.wait("faults=0")
        self.assert_whole()
        over = [one["cause"] for one in self.lab.told("fault.off")][-len(BROKEN):]
        self.assertTrue(all(one.endswith(", over") for one in over), over)

    def test_what_is_broken_is_whole_when_the_host_is_killed(self):
        self.break_all(LONG)
        self.lab.kill_host()
        lab.wait_for(lambda: not self.keepers(), SECONDS, "the keepers end")
        self.assert_whole()
        self.assertEqual(self.leases(), [])
        self.lab.up()
        self.assert_whole()

    def test_what_is_broken_is_whole_when_its_keeper_is_killed(self):
        self.break_all(LONG)
        self.lab.signal(self.keepers(), signal.SIGKILL)
        self.wait_whole()
        self.assertEqual(self.leases(), [])

    def test_the_next_host_mends_what_host_and_keepers_have_left(self):
        self.break_all(LONG)
        host = self.lab.host()
        self.lab.signal([host], signal.SIGSTOP)  # so that it does not mend
        doomed = [*self.keepers(), host]
        self.lab.signal(doomed, signal.SIGKILL)
        lab.wait_for(lambda: not any(map(lab.is_alive, doomed)), SECONDS, "they are gone")
        self.assertFalse(self.is_whole())
        self.lab.up()
        self.assert_whole()

    def test_what_is_broken_is_whole_though_its_keeper_was_stopped(self):
        number, pid = self.add("pause", "east/sf6", "--for", LONG), self.pid(6)
        self.lab.signal(self.keepers(), signal.SIGSTOP)
        self.lab.vpclab("fault", "clear", number)
        self.assertEqual((self.leases(), self.keepers()), ([], []))
        self.assertNotEqual(state(pid), "T")
        self.assertEqual(self.lab.told("fault.off")[-1]["cause"],
                         f"lease {number}, its keeper was killed")

    # ---- kill ---------------------------------------------------------------------------

    def kill_lease(self, seconds=LONG):
        number = self.add("kill", "east/sf6", "--for", seconds)
        self.lab.wait("east.card6=dead")
        return number

    def test_a_vm_that_is_held_dead_is_started_by_nobody_until_it_is_cleared(self):
        number = self.kill_lease()
        done = self.lab.vpclab("start", "east", "sf6", expect=1)
        self.assertIn(f"east/sf6 is held dead by lease {number}; vpclab fault clear {number}",
                      done.stderr)
        self.lab.vpclab("fault", "clear", number)
        self.lab.wait("east.card6=alive")
        self.assert_whole()

    def test_a_vm_that_is_held_dead_is_started_when_its_end_has_come(self):
        def told(kind):
            return [one for one in self.lab.told(kind) if one["new"] == "east/sf6"]
        ends, starts = len(told("vm.exit")), len(told("vm.start"))
        self.add("kill", "east/sf6", "--for", SOON * 3)
        lab.wait_for(lambda: len(told("vm.exit")) > ends, SECONDS, "it was killed")
        lab.wait_for(lambda: len(told("vm.start")) > starts, SECONDS, "it is started")
        self.lab.wait("east.card6=alive")
        self.assertEqual(told("vm.start")[-1]["cause"], "its lease is over")

    def test_a_vm_that_is_held_dead_is_started_when_the_host_is_killed(self):
        self.kill_lease()
        self.lab.kill_host()
        self.lab.wait("east.card6=alive")
        self.assert_whole()

    def test_a_vm_that_is_held_dead_is_started_when_the_host_is_told_to_end(self):
        self.kill_lease()
        host = self.lab.host()
        self.lab.signal([host], signal.SIGTERM)
        lab.wait_for(lambda: not lab.is_alive(host), SECONDS, "the host is gone")
        self.lab.wait("east.card6=alive")
        self.assert_whole()

    def test_a_vm_stays_dead_when_a_lease_ends_that_has_never_held_it(self):
        holds = self.kill_lease()
        waits = self.add("kill", "east/sf6", "--at", LONG, "--for", LONG)
        self.lab.vpclab("fault", "clear", waits)
        self.assertIn(f"held dead by lease {holds}",
                      self.lab.vpclab("start", "east", "sf6", expect=1).stderr)
        self.assertNotIn(waits, [one["epoch"] for one in self.lab.told("fault.off")])
        self.lab.vpclab("fault", "clear", holds)
        self.lab.wait("east.card6=alive")

    # ---- who is hit -----------------------------------------------------------------------

    def test_a_process_that_is_started_during_its_lease_is_hit_again(self):
        self.add("pause", "east/sf6", "--for", LONG)
        self.lab.vpclab("kill", "east", "sf6")
        self.lab.vpclab("start", "east", "sf6")
        pid = self.pid(6)
        lab.wait_for(lambda: state(pid) == "T", SECONDS, "it is paused, too")
        self.lab.vpclab("fault", "clear")
        self.assertNotEqual(state(pid), "T")

    def test_a_card_is_named_as_status_and_events_name_it(self):
        self.assertRegex(self.lab.vpclab("kill", "east/sf6").stdout, r"^east/sf6 \d+ killed\n$")
        pid = self.lab.vpclab("start", "east/sf6").stdout.split()[1]
        self.lab.wait("east.card6=alive")
        self.assertIn("east has no card \"sf9\"; it has: active-cf cf1 cf2",
                      self.lab.vpclab("kill", "east/sf9", expect=2).stderr)
        self.assertIn("usage: vpclab kill INSTANCE[/CARD]",
                      self.lab.vpclab("kill", "east/sf4", "sf5", "sf6", expect=2).stderr)
        told = self.lab.vpclab("events", "--kind", "vm.start").stdout
        self.assertRegex(told.splitlines()[-1], rf"vm\.start +east/sf6 \(.*\), pid {pid}$")

    def test_the_number_of_a_lease_is_told_once(self):
        number = self.add("pause", "east/sf6", "--for", LONG)
        told = self.lab.vpclab("events", "--kind", "fault").stdout.splitlines()[-1]
        self.assertRegex(told, rf"fault\.on +pause east/sf6 \(lease {number}, [0-9.]+ s\)$")

    def test_two_leases_on_one_vm_end_each_for_itself(self):
        first = self.add("pause", "east/sf6", "--for", LONG)
        second = self.add("pause", "east/sf6", "--for", LONG)
        self.lab.vpclab("fault", "clear", first)
        pid = self.pid(6)
        lab.wait_for(lambda: state(pid) == "T", SECONDS, "the other one holds it")
        self.lab.vpclab("fault", "clear", second)
        self.assertNotEqual(state(pid), "T")

    def test_a_vm_that_is_paused_does_not_stutter(self):
        def switches(pid):
            text = pathlib.Path(f"/proc/{pid}/status").read_text()
            return sum(int(line.split()[1]) for line in text.splitlines() if "_ctxt_" in line)

        self.add("stutter", "east/sf6", "--for", LONG)
        keeper, pid = self.keepers()[0], self.pid(6)
        self.add("pause", "east/sf6", "--for", LONG)
        lab.wait_for(lambda: state(pid) == "T", SECONDS, "it is stopped")
        turns = switches(keeper)
        lab.wait_for(lambda: switches(keeper) > turns + 2, SECONDS, "its turn would come")
        stood = switches(pid)
        lab.wait_for(lambda: switches(keeper) > turns + 8, SECONDS, "... and again")
        self.assertEqual((state(pid), switches(pid)), ("T", stood))

    def test_an_instance_is_all_its_vms_and_the_active_cf_the_one_that_leads(self):
        self.add("disk-full", "west", "--for", LONG)
        limits = {name: soft(pid, resource.RLIMIT_FSIZE) for name, pid in self.lab.pids().items()}
        self.assertEqual({name for name, limit in limits.items() if limit == 0},
                         {name for name in limits if name.startswith("west/")})
        self.lab.vpclab("fault", "clear")
        leads = self.lab.instance("east")["active_cf"]
        number = self.add("disk-full", "east/active-cf", "--for", LONG)
        lease = next(one for one in self.leases() if one["id"] == number)
        self.assertEqual(lease["target"], f"east/cf{leads}")

    def test_a_lease_that_processes_carry_out_is_on_when_add_returns_and_off_when_clear_does(self):
        number = self.add("delay", "srp-control", 50, "--for", LONG)
        ends = [(instance, f"cf{slot}") for instance in lab.INSTANCES for slot in (1, 2)]

        def told(kind):
            return [sum(one["epoch"] == number for one in self.lab.events(*end, kind))
                    for end in ends]

        self.assertEqual(told("fault.on"), [1] * 4)
        self.lab.kill_host()  # nobody is left, and it goes on
        self.assertEqual([one["id"] for one in self.leases()], [number])
        self.assertEqual(told("fault.off"), [0] * 4)
        self.lab.vpclab("fault", "clear", number)
        self.assertEqual(told("fault.off"), [1] * 4)
        self.assert_whole()

    def test_a_lease_is_known_to_be_in_force_where_the_clock_is_wrong(self):
        self.add("clock-step", "east/cf1", "--amount", -3600, "--for", LONG)
        self.add("delay", "card:east/cf1", 1, "--for", LONG)

    def test_a_lease_that_ended_while_the_disk_was_full_is_no_finding(self):
        self.add("delay", "card:east/sf6", 1, "--for", SOON * 5)
        full = self.add("disk-full", "east/sf6", "--for", LONG)
        self.lab.wait("faults=1")
        self.lab.vpclab("fault", "clear", full)
        self.assert_whole()

    # ---- when it begins ---------------------------------------------------------------------

    def test_a_lease_waits_for_its_instant(self):
        soon = iter(SOON * 3 * 2 ** n for n in range(6))  # where a machine stalls it is over at once

        def waits():
            self.lab.vpclab("fault", "clear")
            self.add("pause", "east/sf6", "--at", next(soon), "--for", LONG)
            return self.leases()[0]["state"] == "waiting"
        lab.wait_for(waits, SECONDS, "it is seen to wait")
        pid = self.pid(6)
        lab.wait_for(lambda: state(pid) == "T", SECONDS, "it begins")

    def test_a_lease_waits_for_its_event_and_is_given_up_without_it(self):
        self.add("pause", "east/sf6", "--when", "event:vm.exit=west/sf6", "--for", LONG)
        pid = self.pid(6)
        self.lab.vpclab("kill", "west", "sf6")
        lab.wait_for(lambda: state(pid) == "T", SECONDS, "it begins")
        self.lab.vpclab("fault", "clear")
        number = self.add("pause", "east/sf6", "--when", "event:vm.exit=east/sf5", "--for", SOON)
        self.lab.wait(f"fault:{number}=off")
        self.assertNotEqual(state(pid), "T")

    # ---- what is refused ----------------------------------------------------------------------

    def test_what_is_no_fault_is_refused_with_a_sentence(self):
        for words, status, sentence in (
                (("puase", "east/sf4"), 2, "did you mean pause?"),
                (("pause", "east/sf9"), 2, "expected a VM such as east/cf1"),
                (("pause", "east/sf9"), 2, "; east has the cards cf1 cf2 demux3 sf4 sf5 sf6\n"),
                (("pause", "north/sf4"), 2, "; the instances are east west\n"),
                (("cut", "card:east/sf9>"), 2, "; east has the cards cf1 cf2 demux3 sf4"),
                (("aaa-silent", "127.0.8.2"), 2, "has no AAA server 127.0.8.2; its topology has no "),
                (("bgp-down", "127.0.9.9"), 2, "has no BGP neighbor 127.0.9.9; there is: "),
                (("pause", "east/sf4", "--when", "event:srp.stat=Active"), 2,
                 "did you mean event:srp.state=Active?"),
                (("pause", "east/sf4", "--when", "event:srp.state=dead"), 2,
                 "srp.state is one of: Init, Standby, Pending-Active, Active, Pending-Standby"),
                (("stutter", "east/sf4", "100"), 2, "expected 1 to 99 %"),
                (("pause", "east/sf4", "7"), 2, "pause has no amount"),
                (("pause", "east/sf4", "--for", "0"), 2, "expected how many seconds"),
                (("pause", "east/sf4", "--for", "86401"), 2, "86400"),
                (("pause", "east/sf4", "--when", "sync"), 2, "expected event:KIND"),
                (("pause", "east/sf4", "--when", "event:vm.exit", "--at", "1"), 2, "not both")):
            self.assertIn(sentence, self.add(*words, expect=status), words)
        self.lab.vpclab("time", "scale", "0.01")
        try:
            self.assertIn("expected at most 864\n",
                          self.add("pause", "east/sf4", "--for", "865", expect=2))
        finally:
            self.lab.vpclab("time", "scale", self.lab_options["scale"])
        self.assertIn("no lease 4711; see vpclab fault list",
                      self.lab.vpclab("fault", "clear", 4711, expect=1).stderr)
        self.lab.vpclab("kill", "east", "sf6")
        self.assertIn("east/sf6 does not run", self.add("pause", "east/sf6", expect=1))
        self.assertEqual(self.leases(), [])


class Plain(lab.Case):
    """A lab whose topology does not ask for faults."""

    def test_a_lab_that_does_not_say_so_is_not_broken(self):
        done = self.lab.vpclab("fault", "add", "pause", "east/sf4", expect=1)
        self.assertIn('put "fault-hooks": true into', done.stderr)
        self.assertIn("no faults", self.lab.vpclab("fault", "list").stderr)


if __name__ == "__main__":
    lab.main(Faults, Plain)
