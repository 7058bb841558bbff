"""Whatever dies in the middle of a planned switchover, the pair ends with one Active and all calls.

VPCLAB_FAULTS=all takes each part at each point.
"""

import contextlib
import itertools
import os
import signal
import subprocess

import lab
from switchover import SECONDS, Switchover

ALL_FAULTS = os.environ.get("VPCLAB_FAULTS") == "all"


class Faults(Switchover):
    """SIGKILL at each point of a switchover of each part that has a hand in it."""

    calls_n = 60
    # What is held: the phase and the chassis that enters it, and whom to stop for it to last.
    PHASES = {
        "beginning": ("leaver", "critical-flush", None),
        "critical_flush": ("leaver", "critical-flush", "heir/sf4"),
        "recovery": ("heir", "recover", "heir/demux3"),
        "withdrawal": ("leaver", "withdraw", "leaver/demux3"),
        "handing_over": ("leaver", "handed-over", None),
        "announcement": ("heir", "announce", None),
        "post_processing": ("heir", "post-process", None),
    }
    VICTIMS = {
        "the_active_cf_of_the_leaver": "leaver/cf",
        "the_active_cf_of_the_heir": "heir/cf",
        "the_leaver": "leaver",
        "the_heir": "heir",
        "the_demux_of_the_leaver": "leaver/demux3",
        "the_demux_of_the_heir": "heir/demux3",
        "a_session_manager_of_the_leaver": "leaver/sf5",
        "a_session_manager_of_the_heir": "heir/sf5",
    }
    USUAL = {
        ("the_active_cf_of_the_leaver", "beginning"), ("the_active_cf_of_the_heir", "beginning"),
        ("the_leaver", "beginning"), ("the_heir", "critical_flush"),
        ("the_demux_of_the_leaver", "beginning"), ("the_demux_of_the_heir", "recovery"),
        ("the_active_cf_of_the_leaver", "withdrawal"), ("the_active_cf_of_the_heir", "recovery"),
        ("the_leaver", "recovery"), ("the_heir", "withdrawal"),
        ("the_leaver", "critical_flush"), ("the_heir", "post_processing"),
        ("a_session_manager_of_the_leaver", "critical_flush"),
        ("a_session_manager_of_the_heir", "recovery"),
    }

    def pids_of(self, who):
        """Of "leaver", "heir/demux3", or "leaver/cf", the active one."""
        role, _, card = who.partition("/")
        instance = self.roles[role]
        if card == "cf":
            card = f"cf{self.lab.instance(instance)['active_cf']}"
        return [pid for name, pid in self.lab.pids().items()
                if name == f"{instance}/{card}" or not card and name.startswith(f"{instance}/")]

    def survivor(self, victim, phase):
        """The chassis that goes on by itself: it does not need what died."""
        if "/" not in self.VICTIMS[victim]:
            return self.lab.other(self.roles[self.VICTIMS[victim]])
        if victim == "the_demux_of_the_heir" and phase in ("beginning", "recovery"):
            return self.roles["leaver"]
        return None

    def judge(self, who, phase):
        victim = self.VICTIMS[who]
        role, name, held = self.PHASES[phase]
        leaver, heir = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.roles = {"leaver": leaver, "heir": heir}
        calls = self.open_calls()
        at_stake = self.lab.card(leaver, 5)["sessions"] if victim.endswith("sf5") else 0
        since = max(one["lab_us"] for i in lab.INSTANCES for one in self.srp_events(i))
        doomed, stopped = self.pids_of(victim), self.pids_of(held) if held else []
        self.lab.signal(stopped, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, stopped, signal.SIGCONT)
        with subprocess.Popen([lab.PROGRAMS["vpclab"], "exec", leaver,
                               "srp initiate-switchover -noconfirm"], env=self.lab.env,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asked:
            self.addCleanup(asked.kill)
            self.wait_entered(self.roles[role], name, since)
            self.lab.signal(doomed, signal.SIGKILL)
            asked.wait(timeout=SECONDS)
        self.lab.signal(set(stopped) - set(doomed), signal.SIGCONT)
        survivor = self.survivor(who, phase)
        if survivor:
            self.lab.wait(f"{survivor}.chassis=active", seconds=SECONDS)
            calls.wait_answering(self.calls_n, SECONDS)
        self.lab.up()
        self.lab.wait_switched(self.lab.in_state("Active"))
        if at_stake:
            lab.wait_for(lambda: calls.progress().get("answering", 0) >= self.calls_n - at_stake,
                         SECONDS, "all calls of the other session manager answer")
            self.assertGreaterEqual(calls.finish()["verified"], self.calls_n - at_stake)
        else:
            calls.wait_answering(self.calls_n, SECONDS)
            self.lab.wait(f"sessions={self.calls_n}", seconds=SECONDS)
            self.assert_good(calls.finish(), self.calls_n)


def add_faults():
    for who, phase in itertools.product(Faults.VICTIMS, Faults.PHASES):
        if ALL_FAULTS or (who, phase) in Faults.USUAL:
            setattr(Faults, f"test_{who}_dies_in_the_{phase}",
                    lambda self, who=who, phase=phase: self.judge(who, phase))
            getattr(Faults, f"test_{who}_dies_in_the_{phase}").__name__ = who


add_faults()

if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        lab.main(Faults)
