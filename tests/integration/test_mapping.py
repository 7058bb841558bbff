"""The chassis number their APNs, services and contexts differently: a call keeps its own over a
failover, and what macro checkpoints told of that is counted."""

import re

import lab

SECONDS = lab.SECONDS
CALLS = 4
IMSI = "001010000000003"
MACROS = ["GGSN_APN ID MAPPING", "SERVICE_ID MAPPING", "VPNMGR_ID MAPPING",
          "INSTANCE LEVEL CHECKPOINT"]


def apn(text, name):
    return re.search(rf"    apn {name}\n.*?    #exit\n", text, re.DOTALL)[0]


class Mapping(lab.Case):
    lab_options = {"dead": 3}

    @classmethod
    def setUpClass(cls):
        """West has the APNs, the GTP services and the contexts in another order than east."""
        super().setUpClass()
        path = cls.lab.config("west")
        text = path.read_text()
        ggsn = re.search(r"    ggsn-service ggsn1\n.*?    #exit\n", text, re.DOTALL)[0]
        internet, ims = apn(text, "internet"), apn(text, "ims")
        text = text.replace(ims, "").replace(internet, ims + internet).replace(ggsn, "")
        text = text.replace("    # What a subscriber", ggsn + "    # What a subscriber")
        text = text.replace("  context source\n", "  context dest\n  #exit\n  context source\n", 1)
        path.write_text(text)

    def setUp(self):
        super().setUp()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        self.wait_synced()

    def call_of(self, instance):
        found = self.lab.show(instance, f"show subscriber debug-info msid {IMSI}")["calls"]
        return found[0] if found else None

    def assert_is(self, instance, state, gtp):
        call = self.call_of(instance)
        self.assertEqual((call["apn"], call["service"], call["destination_context"],
                          call["state"]),
                         ("ims", {1: "ggsn1", 2: "pgw1"}[gtp], "dest", state))
        text = self.lab.vpclab("exec", instance, f"show subscriber debug-info msid {IMSI}").stdout
        self.assertIn(f"username: {IMSI}@ims ", text)
        self.assertRegex(text, r"Service: (ggsn|pgw)-service \w+  Destination context: dest\n")

    def there_and_back(self, gtp):
        """A call of the APN that is the second one on east, the first one on west."""
        calls = self.call(CALLS, "--gtp", gtp, "--apn", "ims")
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.assert_is(self.active, "original", gtp)
        self.assert_is(self.standby, "record", gtp)
        self.lab.vpclab("kill", self.active)
        self.lab.wait(f"{self.standby}.chassis=active", f"{self.active}.chassis=absent",
                      seconds=SECONDS)
        calls.wait_answering(CALLS, SECONDS)
        self.assert_is(self.standby, "recovered", gtp)
        self.lab.vpclab("start", self.active)
        self.lab.wait("sync", f"{self.active}.chassis=standby", f"sessions={CALLS}",
                      seconds=SECONDS)
        self.assert_is(self.active, "record", gtp)
        self.assert_good(calls.finish(), CALLS)
        self.lab.wait("sessions=0")

    def test_a_context_of_the_second_apn_survives_a_failover_with_it(self):
        self.there_and_back(1)

    def test_so_does_a_connection_to_it(self):
        self.there_and_back(2)

    def test_the_order_is_no_difference_of_the_configurations(self):
        lab.wait_for(lambda: self.lab.show(self.active, "show srp info")[
            "peer_configuration_validation"] == "Complete", SECONDS, "the validation is complete")

    def macros(self, instance):
        shown = self.lab.show(instance, "show srp checkpoint statistics debug-info")
        return {one["name"]: one for one in shown["macro_checkpoints"]}

    def test_macro_checkpoints_are_counted_by_name(self):
        def agree():
            sent, rcvd = self.macros(self.active), self.macros(self.standby)
            return all(sent[one]["sent"] == rcvd[one]["rcvd"] > 0 for one in MACROS) and rcvd
        rcvd = lab.wait_for(agree, SECONDS, "as many are received as were sent")
        self.assertEqual(list(rcvd), MACROS)
        self.assertEqual({one["apply_failed"] for one in rcvd.values()}, {0})
        self.assertNotIn("macro_checkpoints",
                         self.lab.show(self.standby, "show srp checkpoint statistics"))
        for options in ("debug-info", "sessmgr all debug-info"):
            text = self.lab.vpclab("exec", self.standby,
                                   f"show srp checkpoint statistics {options}").stdout
            for name in MACROS:
                self.assertRegex(text, rf"\n {name} +0 +0 +[1-9]\d* +0\n")

    def test_how_many_calls_there_were_is_known_after_a_takeover(self):
        def opened(instance):
            totals = self.lab.show(instance, "show subscribers summary")
            return totals["pair_opened"], totals["pair_closed"]
        before = opened(self.active)
        calls = self.call(CALLS)
        calls.wait_open()
        lab.wait_for(lambda: opened(self.standby) == (before[0] + CALLS, before[1]), SECONDS,
                     "the Standby knows how many calls there were")
        self.lab.switch_over()
        self.assertEqual(opened(self.standby), (before[0] + CALLS, before[1]))
        self.assert_good(calls.finish(), CALLS)
        lab.wait_for(lambda: opened(self.active) == opened(self.standby) ==
                     (before[0] + CALLS, before[1] + CALLS), SECONDS, "both count the same")


lab.main(Mapping)
