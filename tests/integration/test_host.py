"""The host of a lab: it starts the VMs, tells how they ended, starts them again where the topology
says so, and nobody needs it.

    VPCLAB_HOST_CYCLES=200 VPCLAB_BUILD=$PWD/build python3 tests/integration/test_host.py
"""

import json
import os
import pathlib
import signal
import unittest

import lab

CYCLES = int(os.environ.get("VPCLAB_HOST_CYCLES", "3"))
SECONDS = lab.SECONDS
DEATHS = 5


def parent(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


class HostLab(lab.Lab):
    """In west a VM that ends is started again at once, but for SF 6; in east none is."""

    def write_files(self, hello, dead):
        path = super().write_files(hello, dead)
        topology = json.loads(path.read_text())
        topology["fault-hooks"] = True
        west = topology["instances"]["west"]
        west.update({"restart": "always", "boot-delay": 0})
        next(card for card in west["cards"] if card["slot"] == 6)["restart"] = "never"
        path.write_text(json.dumps(topology))
        return path

    def host(self):
        return self.status()["host"]["pid"]

    def told(self, kind):
        return [one for one in self.host_events() if one["kind"] == kind]

    def host_events(self):
        text = (self.rundir / "host.jsonl").read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def kill_host(self):
        pid = self.host()
        self.signal([pid], signal.SIGKILL)
        lab.wait_for(lambda: not lab.is_alive(pid), SECONDS, "the host is gone")
        return pid


class Host(lab.Case):
    lab_options = {"scale": 10, "dead": 20}

    @classmethod
    def setUpClass(cls):
        cls.lab = HostLab(**cls.lab_options)

    def assert_exit(self, name, pid, cause):
        lab.wait_for(lambda: any((one["new"], one["epoch"], one["cause"]) == (name, pid, cause)
                                 for one in self.lab.told("vm.exit")), SECONDS,
                     lambda: f"{name} {pid} {cause} is told: {self.lab.told('vm.exit')}")

    def test_up_starts_a_host_and_the_host_starts_the_vms(self):
        pids, host = self.lab.pids(), self.lab.host()
        self.assertEqual({parent(pid) for pid in pids.values()}, {host})
        started = {one["new"]: one["epoch"] for one in self.lab.told("vm.start")}
        self.assertEqual(started, pids)
        self.lab.up()
        self.assertEqual(self.lab.host(), host)

    def test_there_is_one_host_of_a_lab(self):
        second = self.lab.start("host")
        self.assertEqual(second.wait(timeout=SECONDS), 1)
        self.assertIn(f"host is running already, as process {self.lab.host()}",
                      second.log.read_text())

    def test_a_vm_that_is_killed_stays_dead_without_a_policy(self):
        pid = self.lab.pids()["east/sf6"]
        self.lab.vpclab("kill", "east", "sf6")
        self.assert_exit("east/sf6", pid, "signal 9")
        self.lab.wait("east.card6=dead")
        self.assertEqual(self.lab.card("east", 6)["restarts"], 0)
        self.lab.vpclab("start", "east", "sf6")
        self.assertTrue(self.lab.card("east", 6)["alive"])

    def test_a_start_right_behind_a_death_starts_another_one(self):
        for _ in range(DEATHS):
            pid = self.lab.pids()["east/sf6"]
            self.lab.signal([pid], signal.SIGKILL)
            self.lab.vpclab("start", "east", "sf6")
            self.assertNotIn(self.lab.pids()["east/sf6"], (pid, None))
        self.wait_synced()

    def test_a_vm_is_started_again_by_policy_and_counted(self):
        before, pid = self.lab.card("west", 5)["restarts"], self.lab.pids()["west/sf5"]
        self.lab.vpclab("kill", "west", "sf5")
        self.assert_exit("west/sf5", pid, "signal 9")
        card = lab.wait_for(lambda: (now := self.lab.card("west", 5))["alive"] and now, SECONDS,
                            "west/sf5 runs again")
        self.assertNotEqual(card["pid"], pid)
        self.assertEqual(card["restarts"], before + 1)
        self.assertEqual(self.lab.told("vm.start")[-1]["cause"], "restart policy")

    def test_the_policy_of_the_card_counts_before_that_of_the_instance(self):
        pid = self.lab.pids()["west/sf6"]
        self.lab.vpclab("kill", "west", "sf6")
        self.assert_exit("west/sf6", pid, "signal 9")
        self.assertFalse(self.lab.card("west", 6)["alive"])

    def test_a_vm_that_ends_by_itself_is_told_with_its_status(self):
        pid = self.lab.pids()["east/sf6"]
        self.lab.signal([pid], signal.SIGTERM)
        self.assert_exit("east/sf6", pid, "status 0")

    def test_a_vm_that_fails_is_told_with_the_last_words_of_its_log(self):
        pid = self.lab.pids()["east/sf6"]
        with (self.lab.rundir / "east" / "sf6.log").open("a") as log:
            log.write("Too many open files (src/ipc_listener.cpp:325)\n")
        self.lab.signal([pid], signal.SIGABRT)
        self.assert_exit("east/sf6", pid,
                         "signal 6, Too many open files (src/ipc_listener.cpp:325)")

    def test_the_pair_serves_on_when_the_host_is_killed_and_the_next_one_adopts_it(self):
        with self.call(20) as calls:
            pids, gone = self.lab.pids(), self.lab.kill_host()
            status = lab.wait_for(lambda: (now := self.lab.status())["synced"] and now, SECONDS,
                                  "the pair is synchronised without a host")
            self.assertEqual((status["host"]["pid"], status["host"]["alive"]), (None, False))
            self.assertEqual(self.lab.pids(), pids)
            self.assertIsNone(self.lab.card("west", 5)["restarts"])
            self.lab.vpclab("start", "west", "sf5")  # it runs: there is nothing to start
            self.assertNotIn(self.lab.host(), (None, gone))
            self.assertEqual(self.lab.pids(), pids)
            self.lab.signal([pids["west/sf5"]], signal.SIGKILL)
            self.assert_exit("west/sf5", pids["west/sf5"], "it was not this host that started it")
            lab.wait_for(lambda: self.lab.card("west", 5)["restarts"] == 1, SECONDS,
                         "west/sf5 runs again by its policy")
            self.assert_good(calls.finish(), 20)

    def test_a_vm_that_ended_while_there_was_no_host_is_started_by_policy_of_the_next(self):
        self.lab.kill_host()
        self.lab.vpclab("kill", "west", "sf5")
        self.lab.vpclab("kill", "east", "sf6")
        self.lab.vpclab("fault", "clear")  # for which there is a host again
        self.lab.wait("west.card5=alive")
        self.assertFalse(self.lab.card("east", 6)["alive"])

    def test_what_is_started_by_hand_has_the_host_too(self):
        self.lab.vpclab("kill", "east", "sf6")
        child = self.lab.start("sf", "east", 6)
        self.assertEqual(self.lab.card("east", 6)["pid"], child.pid)
        self.lab.signal([child.pid], signal.SIGKILL)
        child.wait()
        self.assert_exit("east/sf6", child.pid, "it was not this host that started it")


class Power(unittest.TestCase):
    """Everything is gone at once, also the host and what it was about to mend."""

    def test_up_after_everything_was_killed_and_down_leave_nothing(self):
        one = HostLab(scale=10, dead=20)
        self.addCleanup(one.destroy)
        for cycle in range(CYCLES):
            one.up()
            one.vpclab("fault", "add", "pause", "east/sf4", "--for", 3000)
            one.vpclab("fault", "add", "kill", "east/sf5", "--for", 3000)
            one.vpclab("fault", "add", "stutter", "west", "--for", 3000)
            one.kill_all()
            one.up()
            check = one.vpclab("fault", "check")
            self.assertEqual(check.stdout, "as never faulted\n", f"cycle {cycle}")
            one.vpclab("down")
            self.assertEqual(one.processes(), [], f"cycle {cycle}")
            self.assertEqual(list(one.runs.iterdir()), [], f"cycle {cycle}")
        print(f"# {CYCLES} cycles")


if __name__ == "__main__":
    lab.main(Host, Power)
