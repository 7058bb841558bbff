"""Checkpoints that cannot be applied: what is told of them, what is counted, what an operator
reads of them and of one call. They are made to fail by the command for that."""

import json
import signal
import time

import lab
import lateness

SCALE = 5
SECONDS = lab.SECONDS
CALLS = 6
FULL, IDLE, UPDATE = 0, 2, 171
UPDATE_NAME = "SESS_UCHKPT_CMD_GGSN_UPDATE_SESSION"
ANSWER_S = 4  # a session manager that says nothing is waited for 1.5 s
KEYS_AGREE = {"full_sent": "full_rcvd", "micro_sent": "micro_rcvd", "delete_sent": "delete_rcvd",
              "nack_micro_rcvd": "nack_micro_sent", "nack_macro_rcvd": "nack_macro_sent"}


class Checkpoints(lab.Case):
    lab_options = {"scale": SCALE, "dead": 10}
    configured = ()
    hooks = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.configure_srp(*cls.configured)
        if cls.hooks:
            topology = json.loads(cls.lab.topology.read_text())
            topology["fault-hooks"] = True
            cls.lab.topology.write_text(json.dumps(topology))

    def setUp(self):
        super().setUp()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def run_on(self, instance, command, expect=0):
        return self.lab.vpclab("exec", instance, command, expect=expect)

    def refusal(self, instance, command):
        return self.run_on(instance, command, expect=1).stderr

    def statistics(self, instance, options=""):
        return self.lab.show(instance, f"show srp checkpoint statistics {options}")

    def micro(self, instance, cmd):
        """The counters of that CMD-ID; zeros if nothing was heard of it."""
        rows = self.lab.show(instance, "show srp micro-checkpoint statistics")["micro_checkpoints"]
        return next((one for one in rows if one["cmd"] == cmd),
                    {"sent": 0, "rcvd": 0, "send_failed": 0, "apply_failed": 0})

    def wait_micro(self, instance, cmd, counter, least):
        lab.wait_for(lambda: self.micro(instance, cmd)[counter] >= least, SECONDS,
                     f"{least} of {counter} of {cmd} on {instance}")

    def wait_count(self, instance, counter, is_so, what):
        lab.wait_for(lambda: is_so(self.statistics(instance)[counter]), SECONDS,
                     f"{counter} {what} on {instance}")

    def info(self, instance):
        return {one["cmd"]: one
                for one in self.lab.show(instance, "show srp checkpoint info")["micro_checkpoints"]}

    def subscriber(self, instance, words):
        return self.lab.show(instance, f"show subscriber debug-info {words}")

    def disabled(self, cmd):
        """... until the case ends: what failed is made good then."""
        self.run_on(self.standby, f"srp disable nack micro-chkpt-cmd {cmd}")
        self.addCleanup(self.run_on, self.standby, f"srp enable nack micro-chkpt-cmd {cmd}")

    def updated_calls(self, imsi=1):
        """Calls that are updated again and again, each time by a micro-checkpoint."""
        calls = self.call(CALLS, "--gtp", 1, "--control-rate", 20, imsi=imsi)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}")
        return calls

    def assert_agree_in_the_end(self, calls):
        """What one sends the other has received, once the calls are gone; the Standby's."""
        self.assert_good(calls.finish(), CALLS)
        self.lab.wait("sessions=0", "sync")

        def agree():
            sent, received = self.statistics(self.active), self.statistics(self.standby)
            same = all(sent[a] == received[b] for a, b in KEYS_AGREE.items())
            return received if same and received["crrs"] == 0 else None
        return lab.wait_for(agree, SECONDS, "both chassis count the same")


class NotAdmitted(Checkpoints):
    hooks = False

    def test_nothing_fails_on_purpose_where_the_topology_does_not_say_so(self):
        self.assertIn('topology has "fault-hooks": true', self.refusal(
            self.standby, f"srp checkpoint-fault cmd {UPDATE} nth 1"))

    def test_without_the_configuration_every_nack_is_disabled(self):
        shown = self.lab.show(self.standby, "show srp checkpoint info")
        self.assertEqual(shown["nack_micro"], {"enabled": False, "max_response": 3})
        self.assertEqual({one["nack"] for one in shown["micro_checkpoints"]}, {False})


class Nacks(Checkpoints):
    configured = ("checkpoint session nack micro max-response 5", "checkpoint session nack macro")

    def fail(self, cmd, options="", nth=1):
        self.run_on(self.standby, f"srp checkpoint-fault cmd {cmd} nth {nth} {options}")

    def test_a_micro_checkpoint_that_fails_is_told_and_answered_in_full(self):
        was = self.statistics(self.standby)
        calls = self.updated_calls()
        self.fail(UPDATE, "times 3", nth=2)
        self.wait_count(self.standby, "nack_micro_sent", lambda n: n > was["nack_micro_sent"],
                        "grows")
        self.wait_micro(self.standby, UPDATE, "apply_failed", 3)
        self.wait_count(self.standby, "failing", lambda n: n == 0, "is 0")
        self.assertEqual(self.assert_agree_in_the_end(calls)["micro_apply_failed"] -
                         was["micro_apply_failed"], self.micro(self.standby, UPDATE)["apply_failed"])

    def test_a_full_checkpoint_that_fails_is_told_as_macro(self):
        was = self.statistics(self.active)
        self.fail(FULL)
        calls = self.updated_calls()
        self.wait_count(self.active, "nack_macro_rcvd", lambda n: n > was["nack_macro_rcvd"],
                        "grows")
        self.wait_count(self.standby, "failing", lambda n: n == 0, "is 0")
        self.assert_agree_in_the_end(calls)

    def test_one_that_is_disabled_fails_without_a_nack_until_enabled(self):
        self.disabled(UPDATE)
        shown = self.info(self.standby)
        self.assertEqual((shown[UPDATE]["nack"], shown[UPDATE]["disabled_by_command"]),
                         (False, True))
        self.assertEqual((shown[IDLE]["nack"], shown[IDLE]["disabled_by_command"]), (True, False))
        self.assertTrue(self.info(self.active)[UPDATE]["nack"], "the other chassis has its own")
        was = self.statistics(self.standby)
        calls = self.updated_calls()
        self.fail(UPDATE, "times 2")
        self.wait_count(self.standby, "failing", lambda n: n > 0, "grows")
        self.wait_micro(self.standby, UPDATE, "rcvd", self.micro(self.standby, UPDATE)["rcvd"] + 20)
        self.assertEqual(self.statistics(self.standby)["nack_micro_sent"], was["nack_micro_sent"])
        self.run_on(self.standby, f"srp enable nack micro-chkpt-cmd {UPDATE}")
        self.wait_count(self.standby, "failing", lambda n: n == 0, "is 0")
        self.assertGreater(self.statistics(self.standby)["nack_micro_sent"], was["nack_micro_sent"])
        self.assert_good(calls.finish(), CALLS)

    def test_a_cf_switchover_keeps_what_is_disabled_and_a_new_sf_hears_of_it(self):
        self.disabled(UPDATE)
        dead = self.lab.instance(self.standby)["active_cf"]
        self.lab.vpclab("kill", self.standby, "active-cf")
        self.lab.wait(f"{self.standby}.cf={3 - dead}")
        self.lab.vpclab("kill", self.standby, "sf4")
        self.lab.wait(f"{self.standby}.card4=dead")
        self.lab.vpclab("start", self.standby, "sf4")
        self.lab.vpclab("start", self.standby, dead)
        self.wait_synced()
        self.assertFalse(self.info(self.standby)[UPDATE]["nack"])
        calls = self.updated_calls()
        self.fail(UPDATE, "times 1")
        each = "sessmgr all"
        lab.wait_for(lambda: all(one["failing"] for one in
                                 self.statistics(self.standby, each)["sessmgr_instances"]), SECONDS,
                     "in each session manager one fails")
        self.assertEqual({one["nack_micro_sent"] for one in
                          self.statistics(self.standby, each)["sessmgr_instances"]
                          if one["slot"] == 4}, {0})
        self.run_on(self.standby, f"srp enable nack micro-chkpt-cmd {UPDATE}")
        self.wait_count(self.standby, "failing", lambda n: n == 0, "is 0")
        self.assert_good(calls.finish(), CALLS)

    def test_the_commands_refuse_what_makes_no_sense(self):
        self.assertIn("only a Standby applies checkpoints",
                      self.refusal(self.active, f"srp checkpoint-fault cmd {UPDATE} nth 1"))
        for line in ("srp disable nack micro-chkpt-cmd 0", "srp enable nack micro-chkpt-cmd 256",
                     "srp checkpoint-fault cmd 256 nth 1", "srp checkpoint-fault cmd 1 nth 0"):
            self.assertIn("Failure: Invalid value", self.run_on(self.standby, line, 2).stderr)
        self.assertIn("it matters once it is Standby",
                      self.run_on(self.active, "srp enable nack micro-chkpt-cmd 9").stdout)


class Show(Checkpoints):
    configured = ("checkpoint session nack micro",)

    def text(self, instance, command):
        return self.run_on(instance, command).stdout

    def each_and_second(self):
        """All session managers and the second alone, at a time when nothing was counted."""
        each, one, again = (self.statistics(self.standby, which)["sessmgr_instances"]
                            for which in ("sessmgr all", "sessmgr instance 2", "sessmgr all"))
        return (each, one) if each == again else None

    def test_every_form_prints_and_says_the_same_as_json(self):
        calls = self.updated_calls()
        self.wait_micro(self.standby, UPDATE, "rcvd", 5)
        sum_ = self.assert_agree_in_the_end(calls)
        for options in ("", "debug-info", "standby", "standby debug-info"):
            text = self.text(self.standby, f"show srp checkpoint statistics {options}")
            self.assertIn(f"Number of Sessmgrs:{'2':>25}\n", text)
            self.assertIn(f"  Sent:            0          Received:    {sum_['micro_rcvd']}\n",
                          text)
            self.assertEqual(UPDATE_NAME in text, "debug-info" in options)
        self.assertIn("Number of Sessmgrs:                        0\n",
                      self.text(self.standby, "show srp checkpoint statistics active"))
        each, one = lab.wait_for(self.each_and_second, SECONDS, "heartbeats leave time for both")
        self.assertEqual([one["sessmgr"] for one in each], [1, 2])
        self.assertEqual(sum(one["micro_rcvd"] for one in each), sum_["micro_rcvd"])
        self.assertEqual(one, each[1:])
        self.assertIn("no session manager 9", self.refusal(
            self.standby, "show srp checkpoint statistics sessmgr instance 9"))

    def test_the_tables_have_a_line_for_each_session_manager(self):
        for command in ("show srp checkpoint statistics verbose",
                        "show checkpoint statistics verbose"):
            lines = self.text(self.standby, command).splitlines()
            self.assertEqual(lines[2].split()[:3], ["inst", "rcvd", "conn"])
            self.assertEqual([line.split()[:3] for line in lines[4:]],
                             [["1", "Standby-Connected", "Ready"],
                              ["2", "Standby-Connected", "Ready"]])
        lines = self.text(self.active, "show srp checkpoint statistics sessmgr all "
                          "write-list-stats").splitlines()
        self.assertEqual([line.split()[:2] for line in lines[4:]], [["1", "0"], ["2", "0"]])
        empty = "show srp checkpoint statistics ipsecmgr all"
        self.assertEqual(len(self.text(self.active, empty).splitlines()), 4)
        self.assertEqual(self.lab.show(self.active, empty), {"ipsecmgr_instances": []})
        text = self.text(self.standby, "show srp micro-checkpoint statistics debug-info")
        self.assertEqual(text.count("Sessmgr Instance:"), 2)
        text = self.text(self.standby, "show srp checkpoint info")
        self.assertIn(f"    171  {UPDATE_NAME}        Enabled\n", text)

    def test_clear_counts_anew_on_that_chassis_and_leaves_what_is_so_now(self):
        calls = self.updated_calls()
        self.wait_micro(self.standby, UPDATE, "rcvd", 5)
        peer, before = self.statistics(self.active), self.statistics(self.standby)
        def cleared():
            """Seen before they have grown as much again."""
            self.run_on(self.standby, "clear srp checkpoint statistics")
            now = self.statistics(self.standby)
            return max(now["micro_rcvd"], self.micro(self.standby, UPDATE)["rcvd"]) < \
                before["micro_rcvd"] and now
        after = lab.wait_for(cleared, SECONDS, "it counts anew")
        self.assertEqual(after["full_rcvd"], 0)
        self.assertEqual(after["crrs"], CALLS)
        self.assertGreaterEqual(self.statistics(self.active)["micro_sent"], peer["micro_sent"])
        self.wait_micro(self.standby, UPDATE, "rcvd", 1)
        self.assert_good(calls.finish(), CALLS)

    def test_a_call_is_shown_as_its_session_manager_has_it(self):
        calls = self.updated_calls(imsi=5)
        imsi = "001010000000007"
        self.disabled(UPDATE)
        self.run_on(self.standby, f"srp checkpoint-fault cmd {UPDATE} nth 1 times 1")
        active = self.subscriber(self.active, f"msid {imsi}")
        self.assertEqual((active["sessmgrs_asked"], active["sessmgrs_answered"]), (2, 2))
        self.assertEqual(len(active["calls"]), 1)
        ours = active["calls"][0]
        self.assertEqual((ours["imsi"], ours["state"], ours["apn"], ours["gtp_version"]),
                         (imsi, "original", "internet", 1))
        self.assertGreaterEqual(ours["base"], 1)
        theirs = self.subscriber(self.standby, f"msid {imsi}")["calls"][0]
        self.assertEqual(theirs["state"], "record")
        self.assertEqual(theirs["full"], "applied")
        for key in ("callid", "teid", "address", "sessmgr", "peer_user_teid", "msisdn"):
            self.assertEqual(ours[key], theirs[key], key)
        for words in (f"callid {ours['callid']}", f"username {imsi}@internet"):
            again = self.subscriber(self.active, words)["calls"]
            self.assertEqual([one["imsi"] for one in again], [imsi], words)
        text = self.text(self.active, f"show subscriber debug-info msid {imsi}")
        for part in (f"msid: {imsi}\n", f"Sessmgr Instance: {ours['sessmgr']}\n",
                     "Redundancy Status: Original Session\n", UPDATE_NAME, ours["address"]):
            self.assertIn(part, text)
        self.assertIn("msid", self.text(
            self.active, f"show subscriber debug-info msid {imsi} | grep msid"))

        def failing():
            found = [self.subscriber(self.standby, f"msid 0010100000000{n}")["calls"][0]
                     for n in ("05", "06", "07", "08", "09", "10")]
            return [one for one in found for micro in one["micro_checkpoints"]
                    if micro == {"cmd": UPDATE, "name": UPDATE_NAME, "state": "failing"}]
        bad = lab.wait_for(failing, SECONDS, "a call with a failed checkpoint")
        self.assertEqual({one["full"] for one in bad}, {"applied"})
        self.run_on(self.standby, f"srp enable nack micro-chkpt-cmd {UPDATE}")
        lab.wait_for(lambda: not failing(), SECONDS, "they are made good")
        self.assert_good(calls.finish(), CALLS)

    def test_who_is_not_there_is_not_found(self):
        ask = "show subscriber debug-info"
        self.assertIn('no session manager of this chassis has a call "001019999999999"',
                      self.refusal(self.active, f"{ask} msid 001019999999999"))
        self.assertIn("has a call", self.refusal(self.active, f"{ask} callid deadbeef"))
        self.assertIn("expected 8 hexadecimal digits", self.refusal(self.active, f"{ask} callid x"))
        self.assertIn("IMSI of at most", self.refusal(self.active, f"{ask} msid 12345678901234567"))
        self.assertIn("expected IMSI@APN", self.refusal(self.active, f"{ask} username anna"))

    def test_a_session_manager_that_says_nothing_is_not_waited_for_long(self):
        pid = self.lab.pids()[f"{self.active}/sf4"]
        self.lab.signal([pid], signal.SIGSTOP)
        self.addCleanup(self.lab.signal, [pid], signal.SIGCONT)
        began = time.monotonic()
        said = self.refusal(self.active, "show subscriber debug-info msid 001019999999999")
        self.assertLess(time.monotonic() - began, ANSWER_S + lateness.since(began))
        self.assertRegex(said, "1 of 2 session managers did not answer|has a call")


if __name__ == "__main__":
    lab.main(NotAdmitted, Nacks, Show)
