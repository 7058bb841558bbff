"""What became of calls: the ledger of a takeover and the story of one call, told from the notes
that session managers leave behind even when they are killed."""

import fcntl
import json

import lab

SCALE, HELLO_S, DEAD_S = 8, 1, 16
SLOW = 0.5  # time-scale in which calls stay young long enough to be looked at
DURATION = 12  # lab seconds: younger calls are not checkpointed
SECONDS = lab.SECONDS
OLD, YOUNG = 4, 3


def imsi(n):
    return f"0010100{n:08}"


class Explain(lab.Case):
    lab_options = {"scale": SCALE, "hello": HELLO_S, "dead": DEAD_S}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for instance in lab.INSTANCES:
            cls.lab.edit(cls.lab.config(instance), "duration non-ims-session 0",
                         f"duration non-ims-session {DURATION}")
        topology = json.loads(cls.lab.topology.read_text())
        topology["fault-hooks"] = True
        cls.lab.topology.write_text(json.dumps(topology))

    def setUp(self):
        super().setUp()
        self.addCleanup(self.lab.vpclab, "down", self.lab.name)  # each case has notes of its own
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def explain(self, instance, *words):
        return json.loads(self.lab.vpclab("explain", instance, *words, "--json").stdout)

    def one(self, instance, number):
        calls = self.explain(instance, imsi(number))["calls"]
        self.assertEqual(len(calls), 1, calls)
        return calls[0]

    def old_calls(self):
        """Calls whose checkpoint the standby has applied."""
        calls = self.call(OLD)
        calls.wait_open()
        self.lab.wait(f"standby.sessions>={OLD}", "sync", seconds=SECONDS)
        return calls

    def young_calls(self):
        """Calls of which the standby knows only that they are there; lab time goes slowly then."""
        self.lab.vpclab("time", "scale", SLOW)
        calls = self.call(YOUNG, tail="2.2", imsi=101)
        calls.wait_open()
        lab.wait_for(self.are_told, SECONDS, "heartbeats tell of the young calls")
        return calls

    def are_told(self):
        """The heartbeat that follows the last call tells how many there are: it is 1 s old."""
        return all(self.one(self.active, 100 + n)["notes"][0]["connected_s"] > 2
                   for n in range(1, YOUNG + 1))

    def fail_over(self):
        self.lab.vpclab("kill", self.active)
        self.lab.vpclab("time", "scale", SCALE)
        self.lab.wait(f"{self.standby}.chassis=active", seconds=SECONDS)

    def test_each_call_of_a_takeover_is_recovered_or_lost_for_one_cause(self):
        self.old_calls()
        self.young_calls()
        self.fail_over()
        ledger = self.explain(self.standby)
        self.assertEqual({key: ledger[key] for key in ("before", "recovered", "lost")},
                         {"before": OLD + YOUNG, "recovered": OLD, "lost": YOUNG})
        self.assertEqual(ledger["lost_by_cause"], {"young": YOUNG})
        self.assertEqual({one["imsi"] for one in ledger["losses"]},
                         {imsi(100 + n) for n in range(1, YOUNG + 1)})
        counted = self.lab.show(self.standby, "show srp call-loss statistics")["switchovers"][-1]
        self.assertEqual((counted["before"], counted["recovered"], counted["lost"]),
                         (OLD + YOUNG, OLD, YOUNG))
        self.assertEqual(counted["lost_by_cause"], {"young": YOUNG})

    def test_the_story_of_a_call_names_what_it_was_recovered_from(self):
        self.old_calls()
        self.fail_over()
        call = self.one(self.standby, 1)
        self.assertEqual((call["fate"], call["lost"]), ("served", False))
        before, after = call["notes"]
        self.assertEqual((before["instance"], before["running"], before["state"]),
                         (self.active, False, "open"))
        self.assertTrue(before["acknowledged"])
        self.assertEqual(before["full"]["tried"], 1)
        self.assertEqual((after["instance"], after["running"], after["state"]),
                         (self.standby, True, "recovered"))
        self.assertGreater(after["recovered_from_full_s"], 0)
        text = self.lab.vpclab("explain", self.standby, imsi(1)).stdout
        self.assertIn("recovered from the full checkpoint that was applied", text)

    def test_the_story_of_a_lost_call_tells_why(self):
        self.young_calls()
        self.fail_over()
        call = self.one(self.standby, 101)
        self.assertEqual((call["fate"], call["lost"]), ("young", True))
        text = self.lab.vpclab("explain", self.standby, imsi(101)).stdout
        self.assertIn("lost: younger than the checkpoint duration", text)
        self.assertIn("no full checkpoint was sent", text)

    def test_a_call_in_service_is_a_record_on_the_other_chassis(self):
        calls = self.old_calls()
        self.assertEqual(self.one(self.active, 1)["fate"], "served")
        self.assertEqual(self.one(self.standby, 1)["fate"], "record")
        self.assert_good(calls.finish(), OLD)
        lab.wait_for(lambda: self.one(self.standby, 1)["fate"] == "closed", SECONDS,
                     "the end of the call is told")

    def test_notes_of_a_card_that_just_starts_anew_are_not_taken_for_its_own(self):
        self.old_calls()
        self.lab.vpclab("kill", self.standby, "sf4")
        with (self.lab.rundir / self.standby / "sf4.pid").open("r+") as held:
            fcntl.lockf(held, fcntl.LOCK_EX)  # as by a process that has not come to its notes yet
            running = {note["running"] for n in range(1, OLD + 1)
                       for note in self.one(self.standby, n)["notes"] if note["slot"] == 4
                       and note["instance"] == self.standby}
        self.assertEqual(running, {False})

    def test_a_chassis_that_was_killed_and_started_again_leaves_its_notes(self):
        self.old_calls()
        self.fail_over()
        self.lab.up()
        notes = self.one(self.standby, 1)["notes"]
        self.assertEqual({(one["instance"], one["running"]) for one in notes},
                         {(self.active, False), (self.active, True), (self.standby, True)})

    def test_a_takeover_whose_notes_are_gone_is_not_told_by_older_ones(self):
        self.old_calls()
        for _ in range(2):  # each chassis has led twice, and its session managers were started anew
            self.fail_over()
            self.lab.up()
            self.active, self.standby = self.standby, self.active
            self.wait_synced()
        self.lab.vpclab("kill", self.standby)  # for the second time since it led
        self.lab.up()
        self.wait_synced()
        told = self.explain(self.active)
        self.assertEqual((told["how"], told["before"], told["lost"]), ("none", 0, 0))

    def lost_in_service(self, instance, slot):
        """The calls of that card, which is killed; how the ledger tells of them."""
        calls = [n for n in range(1, OLD + 1) for note in self.one(instance, n)["notes"]
                 if note["instance"] == instance and note["running"] and note["slot"] == slot
                 and note["state"] in ("open", "recovered")]
        self.assertNotEqual(calls, [])
        self.lab.vpclab("kill", instance, f"sf{slot}")
        told = self.explain(instance)["in_service"]
        self.assertEqual((told["serves"], told["lost"]), (True, len(calls)))
        self.assertEqual({one["imsi"] for one in told["losses"]}, {imsi(n) for n in calls})
        self.assertEqual({one["cause"] for one in told["losses"]}, {"card-failure"})
        self.assertEqual([(one["slot"], one["lost"], one["replaced"], one["lost_by_cause"])
                          for one in told["failed"]],
                         [(slot, len(calls), False, {"card-failure": len(calls)})])
        text = self.lab.vpclab("explain", instance).stdout
        self.assertIn(f"{len(calls)} calls were lost with session managers of {instance} while it "
                      "served", text)
        self.assertIn(f"of {instance}/sf{slot}, session manager {told['failed'][0]['sessmgr']}, "
                      f"which failed in epoch {told['failed'][0]['epoch']}", text)
        return calls

    def replaced(self, instance):
        return all(one["replaced"] for one in self.explain(instance)["in_service"]["failed"])

    def test_calls_lost_with_a_session_manager_are_told_while_its_chassis_serves(self):
        self.old_calls()
        none = self.lab.vpclab("explain", self.active).stdout
        self.assertIn(f"no call was lost with a session manager of {self.active} while it served",
                      none)
        calls = self.lost_in_service(self.active, 4)
        ledger = self.explain(self.active)
        self.assertEqual((ledger["epoch"], ledger["lost"], ledger["how"]), (0, 0, "none"))
        self.assertEqual(ledger["in_service"]["records"], len(calls))
        self.assertEqual([self.one(one, calls[0])["fate"] for one in (self.active, self.standby)],
                         ["card-failure", "record"])
        self.assertFalse(self.explain(self.standby)["in_service"]["serves"])
        self.lab.vpclab("start", self.active, "sf4")
        lab.wait_for(lambda: self.replaced(self.active), SECONDS, "another one runs in its place")
        self.wait_synced()
        service = self.explain(self.active)["in_service"]
        self.assertEqual((service["lost"], service["records"]), (len(calls), 0))
        self.assertEqual(self.one(self.active, calls[0])["fate"], "card-failure")

    def test_what_a_takeover_recovered_and_lost_again_is_not_lost_by_the_takeover(self):
        self.old_calls()
        self.fail_over()
        taken = self.explain(self.standby)
        self.assertEqual((taken["how"], taken["rival"], taken["recovered"], taken["lost"]),
                         ("took-over", None, OLD, 0))
        self.assertEqual(taken["in_service"]["lost"], 0)
        calls = self.lost_in_service(self.standby, 5)
        self.lab.vpclab("start", self.standby, "sf5")
        lab.wait_for(lambda: self.replaced(self.standby), SECONDS, "another one runs in its place")
        now = self.explain(self.standby)
        self.assertEqual({**now, "in_service": None}, {**taken, "in_service": None})
        self.assertEqual(now["in_service"]["lost"], len(calls))

    def test_chassis_that_never_stopped_went_on_when_the_other_one_gave_way(self):
        self.old_calls()
        self.lab.vpclab("fault", "add", "cut", "srp-control", "--for", SECONDS)
        self.lab.wait(f"{self.standby}.chassis=active", seconds=SECONDS)
        rival = self.explain(self.standby)
        self.assertEqual((rival["how"], rival["recovered"], rival["gave_way"]),
                         ("took-over", OLD, None))
        self.lab.vpclab("fault", "clear")
        self.lab.wait(f"{self.standby}.chassis=standby", "sync", seconds=SECONDS)
        ledger, loser = self.explain(self.active), self.explain(self.standby)
        self.assertEqual((ledger["how"], ledger["before"], ledger["recovered"], ledger["lost"]),
                         ("went-on", OLD, OLD, 0))
        self.assertEqual(ledger["rival"], {"instance": self.standby, "epoch": rival["epoch"],
                                           "gave_way": True})
        self.assertGreater(ledger["epoch"], rival["epoch"])
        self.assertEqual(loser["gave_way"], {"to": self.active, "took_over": rival["epoch"],
                                             "epoch": ledger["epoch"], "dropped": 0})
        self.assertIn(f"{self.active} went on in epoch {ledger['epoch']} when {self.standby}, which "
                      f"had taken over in epoch {rival['epoch']}, gave way: {OLD} calls before",
                      self.lab.vpclab("explain", self.active).stdout)
        self.assertIn(f"{self.standby} took over in epoch {rival['epoch']} and gave way in epoch "
                      f"{ledger['epoch']} to {self.active}, which had never stopped",
                      self.lab.vpclab("explain", self.standby).stdout)

    def test_nothing_known_is_a_failure_and_nonsense_is_usage(self):
        unknown = self.lab.vpclab("explain", self.active, imsi(999), expect=1)
        self.assertIn(f"no session manager has a note of a call of {imsi(999)}", unknown.stderr)
        self.assertEqual(self.explain(self.active, imsi(999))["calls"], [])
        wrong = self.lab.vpclab("explain", self.active, "12ab", expect=2)
        self.assertIn("expected an IMSI of 6 to 15 digits", wrong.stderr)
        self.lab.vpclab("explain", expect=2)
        self.lab.vpclab("explain", "north", imsi(1), expect=2)


lab.main(Explain)
