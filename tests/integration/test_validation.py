"""Would a switchover succeed, and do the chassis share one configuration? Both are answered
without changing anything, and a difference is named with its values and what mends it."""

import lab

SECONDS = lab.SECONDS


class Validate(lab.Case):
    def info(self, instance):
        return self.lab.show(instance, "show srp info")

    def text_line(self, instance, label):
        text = self.lab.vpclab("exec", instance, "show srp info").stdout
        return next(line.partition(":")[2].strip() for line in text.splitlines()
                    if line.startswith(f"{label}:"))

    def validated(self, instance):
        """Ask for a validation; its result, and what the text says of it."""
        last = (self.info(instance)["validate_switchover"] or {}).get("number", 0)
        self.lab.vpclab("exec", instance, "srp validate-switchover")
        result = lab.wait_for(
            lambda: (one := self.info(instance)["validate_switchover"])["number"] == last + 1 and
            one["state"] == "complete" and one, SECONDS, "the validation is complete")
        return result, self.text_line(instance, "Last Validate Switchover Status")

    def traps(self, instance):
        return [one["number"] for one in self.lab.show(instance, "show snmp trap history")
                if one["number"] in (128, 129)]

    def wait_validation(self, instance, state):
        lab.wait_for(lambda: self.info(instance)["peer_configuration_validation"] == state,
                     SECONDS, f"the configuration's validation is {state}")


class Switchover(Validate):
    def test_before_the_first_validation_there_is_no_result(self):
        for name in lab.INSTANCES:
            self.assertIsNone(self.info(name)["validate_switchover"])
            self.assertEqual(self.text_line(name, "Last Validate Switchover Status"), "None")

    def test_a_synchronised_pair_is_ready_and_the_peer_says_so(self):
        result, text = self.validated(self.lab.in_state("Active"))
        self.assertEqual((result["ready"], result["judged_by"], result["result"]),
                         (True, "remote", "Ready for Switchover"))
        self.assertRegex(text, r"^Remote Chassis - Ready for Switchover \(\d+ seconds ago\)$")

    def test_a_standby_is_not_the_one_to_switch_over(self):
        result, text = self.validated(self.lab.in_state("Standby"))
        self.assertEqual((result["ready"], result["judged_by"], result["result"]),
                         (False, "local", "the chassis is not in Active state"))
        self.assertRegex(text, r"^Local Chassis - the chassis is not in Active state \(")

    def test_session_managers_without_their_peers_are_counted(self):
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.lab.vpclab("kill", standby, "sf4")
        lab.wait_for(lambda: not self.lab.card(active, 4)["peer_ready"], SECONDS,
                     "its peer notices that it is gone")
        before = self.lab.status()["instances"]
        result, text = self.validated(active)
        self.assertEqual((result["ready"], result["sessmgrs_not_connected"]), (False, 1))
        self.assertRegex(text, r"^(Local|Remote) Chassis - 1 session managers are not connected "
                               r"to the peer chassis \(")
        after = self.lab.status()["instances"]
        self.assertEqual([(one["chassis_state"], one["srp_epoch"]) for one in after],
                         [(one["chassis_state"], one["srp_epoch"]) for one in before])
        self.lab.up()
        self.assertTrue(self.validated(active)[0]["ready"])


class Configuration(Validate):
    """The hello-interval of west differs until it is mended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.edit(cls.lab.config("west"), "hello-interval 1", "hello-interval 2")

    def test_a_difference_is_named_with_both_values_and_the_fix(self):
        for name, here, peer in (("east", "1", "2"), ("west", "2", "1")):
            self.wait_validation(name, "Failed")
            wanted = {
                "item": "srp hello-interval", "here": here, "peer": peer,
                "fix": f'enter "hello-interval {here}" in service-redundancy-protocol of context '
                       f'srp on the peer, or "hello-interval {peer}" here'}
            lab.wait_for(lambda: self.info(name)["configuration_differences"] == [wanted],
                         SECONDS, f"{name} names {wanted}")
            said = self.lab.vpclab("exec", name, "srp validate-configuration").stdout
            self.assertIn(f'srp hello-interval: here "{here}", at the peer "{peer}"', said)
            self.assertIn(wanted["fix"], said)
            self.assertEqual(self.text_line(name, "Last Peer Configuration Error"),
                             "Peer Checksum Validation Failure.")

    def test_each_chassis_notifies_that_once(self):
        for name in lab.INSTANCES:
            self.assertEqual(self.traps(name), [128])

    def test_it_refuses_a_switchover(self):
        active = self.lab.in_state("Active")
        asked = self.lab.initiate(active)
        self.assertEqual((asked.returncode, asked.stdout, asked.stderr),
                         (1, "", "Failure: the configurations of the chassis differ; see srp "
                                 "validate-configuration, or use force to override\n"))
        self.assertEqual(self.lab.in_state("Active"), active)
        result, text = self.validated(active)
        self.assertEqual((result["ready"], result["result"]), (False, "the configurations differ"))
        self.assertRegex(text, r"^Local Chassis - the configurations differ \(")
        here, peer = ("1", "2") if active == "east" else ("2", "1")
        detail = (f'srp hello-interval: here "{here}", at the peer "{peer}"; enter "hello-interval '
                  f'{here}" in service-redundancy-protocol of context srp on the peer, or '
                  f'"hello-interval {peer}" here')
        self.assertEqual(result["detail"], detail)
        self.assertIn(f"   {detail}\n", self.lab.vpclab("exec", active, "show srp info").stdout)

    def test_the_right_file_and_a_restart_mend_it(self):
        self.lab.edit(self.lab.config("west"), "hello-interval 2", "hello-interval 1")
        self.lab.vpclab("kill", "west")
        self.lab.up()
        for name in lab.INSTANCES:
            self.wait_validation(name, "Complete")
            self.assertEqual(self.info(name)["configuration_differences"], [])
            self.assertEqual(self.text_line(name, "Last Peer Configuration Error"), "None")
        self.assertEqual(self.traps("east"), [128, 129])
        self.assertEqual(self.traps("west"), [])  # a new start, which never saw a difference
        self.assertIn("Info: validation started; its result is in show srp info\n",
                      self.lab.vpclab("exec", "east", "srp validate-configuration").stdout)
        active, _ = self.lab.switch_over()
        self.assertTrue(self.validated(active)[0]["ready"])


if __name__ == "__main__":
    lab.main(Switchover, Configuration)
