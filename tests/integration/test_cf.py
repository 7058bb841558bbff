"""The active CF dies alone: its mate goes on, the chassis and the calls notice nothing."""

import lab

CALLS = 60
GAP_MS = 4000


class ControlFunction(lab.Case):
    lab_options = {"scale": 1}  # figures in real seconds are judged here

    def roles(self):
        return {one["name"]: (one["chassis_state"], one["srp_epoch"])
                for one in self.lab.status()["instances"]}

    def switch_cf(self, instance):
        """Kill the active CF and wait for the other one; the slots of both."""
        dead = self.lab.instance(instance)["active_cf"]
        heir = 3 - dead
        self.lab.vpclab("kill", instance, "active-cf")
        self.lab.wait(f"{instance}.cf={heir}", f"{instance}.card{dead}=dead")
        return dead, heir

    def judge(self, instance):
        calls = self.call(CALLS, "--pps", CALLS * 5)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        before = self.roles()
        dead, heir = self.switch_cf(instance)
        self.wait_synced()
        self.assertEqual(self.roles(), before)
        self.assertEqual(self.lab.instance(instance)["sessions"], CALLS)
        self.assertEqual(self.lab.events(instance, f"cf{heir}", "srp.state"), [])

        self.lab.vpclab("start", instance, dead)
        lab.wait_for(lambda: self.lab.card(instance, dead)["state"] == "Standby", lab.SECONDS,
                     "the dead CF comes back as Standby")
        dead, heir = self.switch_cf(instance)
        self.wait_synced()
        self.assertEqual(self.roles(), before)
        self.lab.vpclab("start", instance, dead)
        result = calls.finish()
        self.assert_good(result, CALLS)
        self.assertLess(result["gap_max_ms"], GAP_MS + calls.late_ms())

    def test_of_the_active_chassis_each_cf_may_die_in_turn(self):
        self.judge(self.lab.in_state("Active"))

    def test_of_the_standby_chassis_each_cf_may_die_in_turn(self):
        self.judge(self.lab.in_state("Standby"))

    def test_calls_can_be_opened_while_no_cf_leads(self):
        active = self.lab.in_state("Active")
        self.lab.vpclab("kill", active, "active-cf")
        calls = self.call(20, "--pps", 0)
        calls.wait_open()
        self.assert_good(calls.finish(), 20)


if __name__ == "__main__":
    lab.main(ControlFunction)
