"""Faults inside of the processes: what links, session managers, clocks, servers and routers do while
a lease is in force, and that nothing of it is left after it is cleared or its time is over.

The leases are written as vpc-host writes them; who carries them out says so in events."""

import json
import re
import signal
import time

import lab

SCALE = 8
SECONDS = lab.SECONDS
CALLS = 20
CFS = ("cf1", "cf2")
SFS = ("sf4", "sf5", "sf6")
CARDS = (*CFS, "demux3", *SFS)
RADIUS, OTHER_RADIUS, DIAMETER = "8.1", "8.2", "8.3"
TCP_GIVES_UP_S = 1.5


class Faults(lab.Case):
    lab_options = {"name": "monitored", "scale": SCALE, "dead": 60}
    leases = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        topology = json.loads(cls.lab.topology.read_text())
        topology["fault-hooks"] = True
        cls.lab.topology.write_text(json.dumps(topology))

    def setUp(self):
        super().setUp()
        self.wait_synced()
        self.active, self.standby = self.lab.in_state("Active"), self.lab.in_state("Standby")

    def tearDown(self):
        self.clear()

    # ---- leases --------------------------------------------------------------------------

    def write(self, faults):
        path = self.lab.rundir / "faults.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps({"faults": faults}))
        fresh.rename(path)

    def lay(self, *faults, seconds=60.0):
        """Leases from now on, in place of those before: (kind, target) or (kind, target, amount)."""
        begin = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        first = Faults.leases + 1
        Faults.leases += len(faults)
        self.laid = [{"id": first + i, "kind": kind, "target": target,
                      "amount": amount[0] if amount else 0, "begin_us": begin,
                      "end_us": begin + int(seconds * 1e6)}
                     for i, (kind, target, *amount) in enumerate(faults)]
        self.write(self.laid)
        return range(first, Faults.leases + 1)

    def let_end(self):
        """Their time is over soon; nobody does anything then."""
        end = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 + 200000
        self.write([{**lease, "end_us": end} for lease in self.laid])

    def clear(self):
        (self.lab.rundir / "faults.json").unlink(missing_ok=True)

    def told(self, kind, lease, processes):
        """Of those the ones that told that event of the lease, each once."""
        found = []
        for name in processes:
            instance, _, card = name.rpartition("/")
            mine = [one for one in self.lab.events(instance, card, kind) if one["epoch"] == lease]
            self.assertLessEqual(len(mine), 1, mine)
            found += [name] if mine else []
        return found

    def wait_told(self, kind, leases, processes):
        for lease in leases:
            lab.wait_for(lambda: self.told(kind, lease, processes) == list(processes), SECONDS,
                         lambda: f"{kind} {lease} of {processes}, not only "
                                 f"{self.told(kind, lease, processes)}")

    def in_force(self, leases, processes):
        """They say so, and for how long in seconds of the lab."""
        self.wait_told("fault.on", leases, processes)
        for lease, laid in zip(leases, self.laid):
            span = (laid["end_us"] - laid["begin_us"]) / 1e6 * SCALE
            instance, _, card = processes[0].rpartition("/")
            causes = [one["cause"] for one in self.lab.events(instance, card, "fault.on")
                      if one["epoch"] == lease]
            self.assertEqual(causes, [f"lease {lease}, {span:.1f} s"])

    def over(self, leases, processes):
        self.wait_told("fault.off", leases, processes)

    def all_of(self, *instances, cards=CARDS):
        return [f"{instance}/{card}" for instance in instances for card in cards]

    # ---- what is seen --------------------------------------------------------------------

    def info(self, instance):
        return self.lab.show(instance, "show srp info")

    def wait_info(self, instance, key, is_so, what):
        lab.wait_for(lambda: is_so(self.info(instance)[key]), SECONDS, f"{key} of {instance} {what}")

    def heard(self, instance, more):
        least = self.info(instance)["hellos_received"] + more
        self.wait_info(instance, "hellos_received", lambda n: n >= least, f"grows by {more}")

    def lateness(self, instance):
        return self.lab.show(instance, "show srp statistics")["hello_lateness"]

    def session(self, instance):
        return self.lab.show(instance, "show vpclab status")["session_connection"]

    def statistics(self, instance):
        return self.lab.show(instance, "show srp checkpoint statistics")

    def responder(self, tail):
        server = self.lab.address(tail) + ":"
        return next(one for one in self.lab.show("world", "show aaa")["aaa"]
                    if one["server"].startswith(server))

    def counted(self, link, name):
        """What the ends of that link say, when a lease is over, that they did to frames."""
        text = "".join(path.read_text() for path in self.lab.logs())
        return sum(map(int, re.findall(rf"fault: {link} to .* {name}=(\d+)", text)))

    def missed(self, instance):
        """How often SF 4 was, and is there again."""
        kinds = [one["kind"] for cf in CFS for one in self.lab.events(instance, cf)
                 if "sf4" in (one.get("old"), one.get("new"))]
        return kinds.count("card.down"), kinds.count("card.up")

    def wait_back(self, instance, before):
        """Each time that SF 4 was missed since then it came back."""
        def gone():
            downs, ups = self.missed(instance)
            return downs - before[0] - (ups - before[1])

        lab.wait_for(lambda: gone() == 0, SECONDS, lambda: f"SF 4 is back, {gone()}")

    def unmoved(self):
        keys = ("chassis_state", "srp_epoch", "peer_state")
        return [{key: self.info(one)[key] for key in keys} for one in lab.INSTANCES]

    # ---- links between the chassis ---------------------------------------------------------

    def test_hellos_come_late_while_a_delay_is_in_force_and_in_time_after_it(self):
        before = self.unmoved()
        for instance in lab.INSTANCES:
            self.lab.vpclab("exec", instance, "clear srp statistics")
        laid = self.lay(("delay", "srp-control:east>", 300), ("jitter", "srp-session", 30))
        self.in_force(laid[:1], self.all_of("east", cards=CFS))
        self.in_force(laid[1:], self.all_of(*lab.INSTANCES, cards=CFS))
        lab.wait_for(lambda: self.lateness("west")["max_ms"] >= 250, SECONDS, "a late hello")
        lab.wait_for(lambda: self.lateness("east")["median_ms"] < 250, SECONDS,
                     "the other way is as ever")
        self.assertEqual(self.told("fault.on", laid[0], self.all_of("west")), [])
        self.clear()
        self.over(laid[:1], self.all_of("east", cards=CFS))
        self.heard("west", 2)  # those of the change from late to early
        self.lab.vpclab("exec", "west", "clear srp statistics")
        lab.wait_for(lambda: (now := self.lateness("west"))["hellos"] >= 4 and
                     now["median_ms"] < 250, SECONDS, "hellos go on in time")
        self.assertEqual(self.unmoved(), before)

    def test_a_cut_one_way_leaves_the_connection_and_the_other_way(self):
        before, losses = self.unmoved(), self.info("east")["connection_losses"]
        laid = self.lay(("cut", "srp-control:west>"))
        west = self.all_of("west", cards=CFS)
        self.in_force(laid, west)
        self.heard("west", 2)  # east has had its turns: what was under way is in
        deaf = self.info("east")["hellos_received"]
        self.heard("west", 3)
        self.assertEqual(self.info("east")["hellos_received"], deaf)
        self.let_end()
        self.over(laid, west)
        self.heard("east", 2)
        self.assertEqual(self.info("east")["connection_losses"], losses)
        self.assertEqual(self.unmoved(), before)

    def test_a_cut_both_ways_ends_connections_and_none_comes_up_until_it_is_over(self):
        before = self.unmoved()
        began = time.monotonic()
        laid = self.lay(("cut", "srp-control"), ("cut", "srp-session"))
        both = self.all_of(*lab.INSTANCES, cards=CFS)
        self.in_force(laid, both)
        for instance in lab.INSTANCES:
            self.wait_info(instance, "connection_state", lambda state: state == "Not Connected",
                           "is lost")
            lab.wait_for(lambda: self.session(instance) == "Not Connected", SECONDS, "no session")
        self.assertGreater(time.monotonic() - began, TCP_GIVES_UP_S - 0.1)
        self.let_end()
        self.over(laid, both)
        for instance in lab.INSTANCES:
            self.wait_info(instance, "connection_state", lambda state: state == "Connected", "is back")
        leads = f"cf{self.lab.instance('west')['active_cf']}"
        ends = [one["lab_us"] for one in self.lab.events("west", leads, "fault.off")]
        back = [one["lab_us"] for one in self.lab.events("west", leads, "srp.connection")
                if one["new"] == "Connected" and one["lab_us"] > ends[-2] - 1e6 * SCALE]
        self.assertTrue(back)
        self.assertGreaterEqual(back[0] + 0.1e6 * SCALE, ends[-2])
        self.wait_synced()
        self.assertEqual(self.unmoved(), before)

    def test_a_reset_ends_the_connection_once_and_it_is_sought_again(self):
        before = self.unmoved()
        losses = self.info("west")["connection_losses"]
        missed = self.missed("east")
        laid = self.lay(("reset", "srp-control"), ("reset", "card:east/sf4", 50))
        self.in_force(laid[:1], self.all_of(*lab.INSTANCES, cards=CFS))
        self.in_force(laid[1:], self.all_of("east", cards=(*CFS, "sf4")))
        self.wait_info("west", "connection_losses", lambda n: n == losses + 1, "grows")
        self.wait_info("west", "connection_state", lambda state: state == "Connected", "is back")
        self.let_end()
        self.over(laid[:1], self.all_of(*lab.INSTANCES, cards=CFS))
        self.assertEqual(self.info("west")["connection_losses"], losses + 1)
        self.wait_back("east", missed)
        self.wait_synced()
        self.assertEqual(self.unmoved(), before)

    # ---- frames --------------------------------------------------------------------------

    def test_frames_that_are_doubled_swapped_old_or_wrong_harm_no_call(self):
        standby = self.standby
        laid = self.lay(("duplicate", "ckpt", 100), ("reorder", "ckpt", 50), ("replay", "ckpt", 100),
                        ("stale-epoch", f"card:{standby}", 50), ("corrupt", f"card:{standby}", 20),
                        ("jitter", "call", 20), ("throttle", "access", 2000),
                        ("drop", "srp-session", 20))
        self.in_force(laid[:3], self.all_of(*lab.INSTANCES, cards=(*CFS, *SFS)))
        self.in_force(laid[3:5], self.all_of(standby))
        self.in_force(laid[5:6], self.all_of(*lab.INSTANCES, cards=("demux3", *SFS)))
        self.in_force(laid[6:7], [*self.all_of(*lab.INSTANCES, cards=("demux3",)), "/world"])
        self.in_force(laid[7:], self.all_of(*lab.INSTANCES, cards=CFS))
        with self.call(CALLS) as calls:
            calls.wait_open()
            least = self.statistics(standby)["relay_in"] + 10
            lab.wait_for(lambda: self.statistics(standby)["relay_in"] >= least, SECONDS,
                         "checkpoint messages arrive")
            self.clear()
            self.over(laid[6:7], ["/world"])
            self.over(laid[7:], self.all_of(*lab.INSTANCES, cards=CFS))
            self.wait_synced()
            lab.wait_for(lambda: self.statistics(standby)["crrs"] == CALLS, SECONDS,
                         "the standby has each call")
            self.assert_good(calls.finish(), CALLS)
        for link, names in (("ckpt", ("doubled", "behind", "old")), ("card", ("stale", "wrong")),
                            ("call", ("late",)), ("access", ("late",)), ("srp-session", ("lost",))):
            for name in names:
                lab.wait_for(lambda: self.counted(link, name) > 0, SECONDS, f"{name} on {link}")

    def test_a_cut_card_is_missed_and_comes_back_by_itself(self):
        target, missed = f"{self.standby}/sf4", self.missed(self.standby)
        laid = self.lay(("cut", f"card:{target}"), ("cut", f"access:{self.standby}"))
        self.in_force(laid[:1], self.all_of(self.standby, cards=(*CFS, "sf4")))
        lab.wait_for(lambda: self.missed(self.standby)[0] > missed[0], SECONDS, "SF 4 is missed")
        self.let_end()
        self.over(laid[:1], self.all_of(self.standby, cards=(*CFS, "sf4")))
        self.wait_back(self.standby, missed)
        self.wait_synced()

    # ---- session managers and clocks -------------------------------------------------------

    def test_what_is_not_applied_is_made_good_and_a_wrong_clock_is_only_shown(self):
        before, standby = self.unmoved(), self.standby
        failed = self.statistics(standby)["full_apply_failed"]
        laid = self.lay(("no-apply", standby, 100), ("clock-step", self.active, -7200))
        self.in_force(laid[:1], self.all_of(standby, cards=SFS))
        self.in_force(laid[1:], self.all_of(self.active))
        with self.call(CALLS) as calls:
            calls.wait_open()
            lab.wait_for(lambda: self.statistics(standby)["full_apply_failed"] > failed, SECONDS,
                         "full checkpoints are not applied")
            self.assertEqual(self.statistics(standby)["crrs"], 0)
            shown = self.lab.vpclab("exec", self.active, "show srp monitor all").stdout
            self.assertIn(time.strftime(" %H:", time.gmtime(time.time() - 7200)), shown)
            told = self.lab.events(self.active, "sf4", "fault.on")[-1]["time"]
            self.assertGreater(told, time.strftime("%FT%T", time.gmtime(time.time() - 3600)),
                               "logs have the clock of the machine")
            self.clear()
            self.over(laid[:1], self.all_of(standby, cards=SFS))
            self.over(laid[1:], self.all_of(self.active))
            lab.wait_for(lambda: self.statistics(standby)["crrs"] == CALLS, SECONDS,
                         "the standby has each call")
            self.assert_good(calls.finish(), CALLS)
        self.assertEqual(self.unmoved(), before)

    # ---- the outside world -----------------------------------------------------------------

    def test_a_lying_router_says_it_has_routes_and_forwards_by_the_old_ones(self):
        def best():
            return {row["chassis"] for row in self.lab.routes() if row["best"]}

        self.assertEqual(best(), {self.active})
        laid = self.lay(("bgp-lie", "all"))
        self.in_force(laid, ["/world"])
        active, standby = self.lab.switch_over()  # completes: the routers said so
        self.assertEqual(best(), {standby})
        self.clear()
        self.over(laid, ["/world"])
        lab.wait_for(lambda: best() == {active}, SECONDS, "the table moves")

    def test_servers_and_neighbors_fail_and_are_again_what_the_operator_made_of_them(self):
        server = f"{self.lab.address(RADIUS)}:1812"
        self.lab.vpclab("exec", "world", f"aaa {server} delay 1")
        self.addCleanup(self.lab.vpclab, "exec", "world", f"aaa {server} answer")
        neighbor = self.lab.address("2.1")
        laid = self.lay(("aaa-refuse", self.lab.address(RADIUS)), ("aaa-lie", self.lab.address(DIAMETER)),
                        ("bgp-down", neighbor), ("aaa-silent", self.lab.address(OTHER_RADIUS)))
        self.in_force(laid, ["/world"])
        self.assertEqual(self.responder(RADIUS)["fault"], {"mode": "reject", "lease": laid[0]})
        self.assertEqual(self.responder(RADIUS)["mode"], "delay")
        self.assertEqual(self.responder(DIAMETER)["fault"]["mode"], "false-origin")
        self.assertEqual(self.responder(OTHER_RADIUS)["fault"]["mode"], "silent")

        def up():
            return {one["neighbor"]: one["bgp_up"]
                    for one in self.lab.show("world", "show neighbors")["sessions"]}

        self.assertEqual([addr for addr, is_up in up().items() if not is_up], [neighbor])

        def seen():
            rows = self.lab.show(self.active, "show srp monitor all")["monitors"]
            return sum(one.get("probes", {}).get("bad_origin", 0) for one in rows)

        lab.wait_for(lambda: seen() > 0, SECONDS, "another peer is seen at that address")
        self.let_end()
        self.over(laid, ["/world"])
        for server in (RADIUS, OTHER_RADIUS, DIAMETER):
            self.assertNotIn("fault", self.responder(server))
        self.assertEqual(self.responder(RADIUS)["mode"], "delay")
        self.assertTrue(all(up().values()))

    # ---- all of them -----------------------------------------------------------------------

    def target_of(self, kind):
        """Where it harms little: what the Standby sends to nobody who waits for it."""
        return {"LINK": f"access:{self.standby}", "SF": self.standby, "VM": f"{self.standby}/sf6",
                "SERVER": self.lab.address(RADIUS), "NEIGHBOR": self.lab.address("2.1")}[kind["target"]]

    def test_each_kind_that_processes_carry_out_is_over_though_the_controller_is_killed(self):
        by_host = {"kill", "pause", "stutter", "starve", "disk-full", "descriptors"}  # test_fault_host
        kinds = [one for one in json.loads(self.lab.vpclab("fault", "kinds", "--json").stdout)["kinds"]
                 if one["kind"] not in by_host]
        self.assertEqual(len(kinds), 18)
        for kind in kinds:
            self.lab.vpclab("fault", "add", kind["kind"], self.target_of(kind), "--for", 3000)
        host = self.lab.status()["host"]
        self.assertEqual(len(self.lab.status()["faults"]), len(kinds))
        self.lab.signal([host["pid"]], signal.SIGKILL)
        path = self.lab.rundir / "faults.json"
        self.laid = json.loads(path.read_text())["faults"]
        self.assertEqual({one["kind"] for one in self.laid}, {one["kind"] for one in kinds})
        began = self.laid[0]["begin_us"] * SCALE  # leases of other cases have these numbers, too
        self.let_end()  # what remains of 3,000 s is not waited for

        def still():
            told = "".join(log.read_text() for log in self.lab.rundir.rglob("*.jsonl")).splitlines()
            offs = [json.loads(line) for line in told if '"kind":"fault.off"' in line]
            over = {off["epoch"] for off in offs if off["lab_us"] >= began}
            return [one for one in self.laid if one["id"] not in over]

        lab.wait_for(lambda: not still(), SECONDS, lambda: f"these are over: {still()}")
        checked = self.lab.vpclab("fault", "check")  # by the next host, against processes never faulted
        self.assertEqual(checked.stdout, "as never faulted\n")
        self.wait_synced()


if __name__ == "__main__":
    lab.main(Faults)
