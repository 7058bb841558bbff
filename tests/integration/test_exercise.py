"""Hidden faults for a class: each is broken, answered wrongly and rightly, mended as a learner would,
and graded; nothing tells it before its end."""

import json

import lab

SCALE = 10


class Exercise(lab.Case):
    lab_options = {"name": "classroom", "scale": SCALE, "dead": 20}

    def setUp(self):
        super().setUp()
        self.addCleanup(self.lab.vpclab, "exercise", "end", expect=None)
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def exercise(self, *words, expect=0):
        """What the command says, as JSON."""
        done = self.lab.vpclab("exercise", *words, "--json", expect=expect)
        return json.loads(done.stdout)

    def commands(self):
        """The operator's commands since the exercise began that anybody may read."""
        text = self.lab.vpclab("events", "--kind", "operator", "--json").stdout
        return [one["new"] for one in map(json.loads, text.splitlines())]

    def configure(self, instance, *lines):
        self.lab.vpclab("exec", instance, "\n".join(["configure", *lines, "end"]))

    def wait_content(self):
        lab.wait_for(lambda: self.lab.vpclab("exercise", "check", expect=None).returncode == 0,
                     lab.SECONDS, "the customer is content")

    def play(self, number, cause, place, mend):
        """The whole course of one, with one wrong answer and one hint."""
        before = self.commands()
        said = self.exercise("start", number)
        self.assertEqual((said["exercise"], said["lab"]), (number, "classroom"))
        self.assertNotIn(cause, said["symptom"])
        self.assertEqual(self.commands()[len(before):], [f"exercise start {number} --json"])
        self.assertFalse(self.exercise("check", expect=1)["mended"])
        wrong = "link-cut"
        self.assertEqual(self.exercise("answer", wrong, place),
                         {"cause": False, "place": True, "mended": False})
        self.assertEqual(self.exercise("answer", cause, place),
                         {"cause": True, "place": True, "mended": False})
        self.assertEqual(self.exercise("hint")["hint"], 1)
        mend()
        self.wait_content()
        self.assertEqual(self.exercise("check"),
                         {"exercise": number, "mended": True, "answered": True})
        grade = self.exercise("end")
        self.assertGreater(grade.pop("seconds"), 0)
        self.assertEqual(grade.pop("title"), said["title"])
        self.assertEqual(grade, {"exercise": number, "fault": {"cause": cause, "place": place},
                                 "cause": True, "place": True, "mended": True, "hints": 1,
                                 "wrong_answers": 1, "points": 85})
        self.lab.wait("sync")

    def told(self, item):
        """The fix that the Active tells for an item that differs."""
        differs = self.lab.show(self.active, "show srp info")["configuration_differences"]
        self.assertEqual([one["item"] for one in differs], [item])
        return differs[0]["here"]

    def test_1_a_timer_that_differs(self):
        self.play(1, "timers-differ", self.standby, lambda: self.configure(
            self.standby, "context srp", "service-redundancy-protocol",
            f"hello-interval {self.told('srp hello-interval')}"))

    def test_2_a_pool_that_differs(self):
        self.play(2, "pools-differ", self.standby, lambda: self.configure(
            self.standby, "context dest", f"ip pool dyn1 {self.told('ip pool dyn1 in context dest')}"))

    def test_3_a_cf_that_is_dead(self):
        cf = 3 - self.lab.instance(self.active)["active_cf"]
        self.play(3, "card-dead", f"{self.active}/cf{cf}",
                  lambda: self.lab.vpclab("start", self.active, f"cf{cf}"))

    def test_4_an_sf_that_is_frozen(self):
        def mend():
            self.lab.vpclab("kill", self.standby, "sf5")
            self.lab.vpclab("start", self.standby, "sf5")
        self.play(4, "card-frozen", f"{self.standby}/sf5", mend)

    def test_5_a_server_that_is_silent(self):
        place = self.lab.address("8.2")
        self.play(5, "aaa-silent", place,
                  lambda: self.lab.vpclab("exec", "world", f"aaa {place}:1812 answer"))

    def test_6_a_router_that_is_gone(self):
        place = self.lab.address("2.1")
        self.play(6, "bgp-down", place,
                  lambda: self.lab.vpclab("exec", "world", f"bgp neighbor {place} up"))

    def test_7_a_peer_that_is_not_there(self):
        def mend():
            peer = self.lab.show(self.active, "show srp info")["local_address"]
            self.configure(self.standby, "context srp", "service-redundancy-protocol",
                           f"peer-ip-address {peer}")
        self.play(7, "peer-address", self.standby, mend)

    def clear(self):
        self.lab.vpclab("fault", "clear")

    def test_8_hellos_that_pass_one_way_only(self):
        self.play(8, "one-way-cut", f"srp-control:{self.active}>", self.clear)

    def test_9_checkpoints_that_are_not_applied(self):
        def mend():
            self.clear()
            self.lab.vpclab("kill", self.standby, "sf4")
            self.lab.vpclab("start", self.standby, "sf4")
        self.play(9, "no-apply", f"{self.standby}/sf4", mend)

    def test_10_a_disk_that_is_full(self):
        cf = self.lab.instance(self.active)["active_cf"]
        self.play(10, "disk-full", f"{self.active}/cf{cf}", self.clear)

    def test_11_a_clock_that_is_wrong(self):
        self.play(11, "clock-wrong", self.standby, self.clear)

    def test_and_that_were_all(self):
        self.assertEqual([one["exercise"] for one in self.exercise("list")], list(range(1, 12)))

    def test_a_hidden_lease_is_told_and_taken_back_once_it_is_found(self):
        before = self.lab.vpclab("events", "--kind", "fault").stdout
        self.exercise("start", 8)
        self.assertEqual(json.loads(self.lab.vpclab("fault", "list", "--json").stdout), [])
        self.assertEqual(self.lab.status()["faults"], [])
        self.assertEqual(self.lab.vpclab("events", "--kind", "fault").stdout, before)
        refused = self.lab.vpclab("fault", "clear", expect=1).stderr
        self.assertIn("nobody repairs what nobody has found", refused)
        refused = self.lab.vpclab("record", "-", expect=1)
        self.assertEqual(refused.stdout, "")
        self.assertIn("end it first: vpclab exercise end", refused.stderr)
        self.assertEqual(self.lab.vpclab("fault", "check", expect=1).stdout, "")
        found = self.exercise("answer", "one-way-cut", f"srp-control:{self.standby}<")
        self.assertEqual(found, {"cause": True, "place": True, "mended": False})
        self.assertEqual([one["target"] for one in json.loads(
            self.lab.vpclab("fault", "list", "--json").stdout)], [f"srp-control:{self.active}>"])
        grade = self.exercise("end")
        self.assertEqual((grade["mended"], grade["points"]), (False, 60))
        after = self.lab.vpclab("events", "--kind", "fault").stdout
        self.assertIn("fault.off", after.removeprefix(before))

    def test_what_is_left_broken_is_mended_in_the_end_and_gives_no_points(self):
        for number in (2, 3, 4, 9, 11):
            self.exercise("start", number)
            grade = self.exercise("end")
            self.assertEqual((grade["mended"], grade["points"]), (False, 0))
            self.lab.wait("sync")

    def test_one_at_a_time_and_only_in_a_healthy_lab(self):
        self.lab.vpclab("kill", self.active, "sf6")
        refused = self.lab.vpclab("exercise", "start", 1, expect=1).stderr
        self.assertIn("Failure: the lab is not healthy", refused)
        self.assertIn("a card does not run", refused)
        self.lab.vpclab("start", self.active, "sf6")
        self.exercise("start", 1)
        self.assertIn("Failure: exercise 1 runs",
                      self.lab.vpclab("exercise", "start", 2, expect=1).stderr)

    def test_hints_end_and_answers_are_checked_before_they_count(self):
        self.assertIn("no exercise runs", self.lab.vpclab("exercise", "hint", expect=1).stderr)
        self.exercise("start", 1)
        for words, said in ((("card-ded", self.active), "did you mean card-dead?"),
                            (("card-dead", f"{self.active}/sf9"), "is no place of this lab"),
                            (("card-dead",), "usage:")):
            self.assertIn(said, self.lab.vpclab("exercise", "answer", *words, expect=2).stderr)
        self.assertIn("card-dead", [one["cause"] for one in self.exercise("answer")])
        self.assertEqual([self.exercise("hint")["hint"] for _ in range(3)], [1, 2, 3])
        self.assertIn("all hints", self.lab.vpclab("exercise", "hint", expect=1).stderr)
        self.configure(self.standby, "context srp", "service-redundancy-protocol",
                       "hello-interval 1")
        self.wait_content()
        grade = self.exercise("end")
        self.assertEqual((grade["wrong_answers"], grade["mended"], grade["points"]), (0, True, 10))

    def test_a_lab_that_starts_anew_has_no_exercise(self):
        self.exercise("start", 3)
        self.lab.kill_all()
        self.lab.up()
        self.assertIn("no exercise runs", self.lab.vpclab("exercise", "end", expect=1).stderr)


class Elsewhere(lab.Case):
    starts_up = False

    def test_nothing_is_broken_in_a_lab_that_does_not_ask_for_it(self):
        refused = self.lab.vpclab("exercise", "start", 1, self.lab.topology, expect=1).stderr
        self.assertIn("\"fault-hooks\": true", refused)
        self.lab.wait("sync")

    def test_what_an_exercise_needs_is_said_once_and_how_its_lab_starts_elsewhere(self):
        self.lab.vpclab("down", expect=None)
        topology = json.loads(self.lab.topology.read_text())
        self.lab.topology.write_text(json.dumps(topology | {"fault-hooks": True}))
        refused = self.lab.vpclab("exercise", "start", 5, self.lab.topology, expect=1).stderr
        self.assertEqual([line for line in refused.splitlines() if "Failure:" in line],
                         ["Failure: this exercise needs the AAA server 127.N.8.2, which lab \"pair\" has "
                          "not; start one that has, such as topologies/classroom.json"])
        self.assertNotIn("show aaa", refused)
        refused = self.lab.vpclab("exercise", "start", 5, self.lab.topology, "-n", "other",
                                  expect=1).stderr
        self.assertIn("is taken by lab \"pair\"", refused)
        self.assertIn(f"vpclab up {self.lab.topology} --name NAME --net N, then: vpclab exercise "
                      "start 5 -n NAME", refused)


if __name__ == "__main__":
    lab.main(Exercise, Elsewhere)
