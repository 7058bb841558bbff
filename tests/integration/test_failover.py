"""All processes of the active chassis die; every call goes on through the other one."""

import lab

CALLS = 300
SECONDS = lab.SECONDS


class Failover(lab.Case):
    lab_options = {"dead": 3}

    def other(self, instance):
        return next(name for name in lab.INSTANCES if name != instance)

    def fail_over(self, calls):
        """Kill the active chassis and wait until all calls answer again; its name."""
        dead = self.lab.in_state("Active")
        self.lab.vpclab("kill", dead)
        self.lab.wait(f"{self.other(dead)}.chassis=active", f"{dead}.chassis=absent",
                      seconds=SECONDS)
        calls.wait_answering(CALLS, SECONDS)
        return dead

    def bring_back(self, dead):
        self.lab.vpclab("start", dead)
        self.lab.wait("sync", f"{dead}.chassis=standby", f"sessions={CALLS}", seconds=SECONDS)

    def open_calls(self, *options, **places):
        calls = self.call(CALLS, *options, **places)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        calls.wait_answering(CALLS, SECONDS)
        return calls

    def test_every_call_answers_on_the_other_chassis_and_none_is_made_anew(self):
        calls = self.open_calls("--gtp", 1)
        dead = self.fail_over(calls)
        there = self.other(dead)
        totals = self.lab.show(there, "show subscribers summary")
        self.assertEqual((totals["total_subscribers"], totals["opened"], totals["recovered"]),
                         (CALLS, 0, CALLS))
        reason = self.lab.events(there, "cf1", "srp.state")[-1]
        self.assertEqual(reason["new"], "Active")
        self.assert_good(calls.finish(), CALLS)

    def test_the_dead_chassis_comes_back_as_standby_and_is_synchronised(self):
        calls = self.open_calls("--gtp", 2)
        epoch = max(one["srp_epoch"] for one in self.lab.status()["instances"])
        dead = self.fail_over(calls)
        self.bring_back(dead)
        back, active = self.lab.instance(dead), self.lab.instance(self.other(dead))
        self.assertEqual((back["chassis_state"], active["chassis_state"]), ("Standby", "Active"))
        self.assertEqual(active["srp_epoch"], epoch + 1)
        self.assertEqual(back["sessions"], CALLS)
        self.assertEqual(self.lab.show(dead, "show subscribers summary")["total_subscribers"], 0)
        self.assert_good(calls.finish(), CALLS)
        self.lab.wait("sessions=0")

    def test_dedicated_bearers_go_on_with_their_calls(self):
        calls = self.open_calls("--gtp", 2, "--apn", "ims", "--dedicated")
        lab.wait_for(lambda: calls.progress()["dedicated"] == CALLS, SECONDS, "all have bearers")
        calls.wait_answering(CALLS, SECONDS)  # what was sent last is told to the standby, too
        self.lab.wait("sync")
        self.fail_over(calls)
        result = calls.finish()
        self.assert_good(result, CALLS)  # each ping went through its call's own bearer
        self.assertEqual((result["dedicated"], result["error_indications"]), (CALLS, 0))
        self.assertGreater(result["dedicated_answered"], result["packets_answered"],
                           "answers to the verification, too, came back through them")

    def test_calls_survive_a_second_failover_back(self):
        calls = self.open_calls()
        first = self.fail_over(calls)
        self.bring_back(first)
        second = self.fail_over(calls)
        self.assertNotEqual(first, second)
        self.bring_back(second)
        self.assert_good(calls.finish(), CALLS)

    def test_a_call_deleted_before_the_failover_does_not_return(self):
        stay, go = self.open_calls(), self.call(20, tail="2.3", imsi=1000000)
        go.wait_open()
        self.lab.wait(f"sessions={CALLS + 20}")
        self.assert_good(go.finish(), 20)
        self.lab.wait(f"sessions={CALLS}")
        dead = self.fail_over(stay)
        self.assertEqual(self.lab.instance(self.other(dead))["sessions"], CALLS)
        self.assert_good(stay.finish(), CALLS)


if __name__ == "__main__":
    lab.main(Failover)
