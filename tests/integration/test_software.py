"""Files and software of a chassis: disks, images, the boot stack, and cards that start anew."""

import json
import pathlib
import re
import signal
import subprocess

import lab

SECONDS = lab.SECONDS
CALLS = 100
GAP_MS = 2500  # an outage of the control functions is none of the calls; with a sanitizer

TIME = re.compile(r"^\w+day \w+ \d\d \d\d:\d\d:\d\d UTC \d{4}\n", re.M)


class Disks(lab.Case):
    """Each case has a lab of its own: what is on a disk would be in the way of the next."""

    lab_options = {"scale": 1}

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.lab = lab.Lab(**self.lab_options)
        self.addCleanup(self.end)
        self.prepare()
        self.lab.up()

    def prepare(self):
        pass

    def end(self):
        self.assertEqual(self.lab.end(), [])

    # ---- helpers -------------------------------------------------------------------------

    def disk(self, instance, slot=1, name="flash"):
        return self.lab.rundir / instance / f"cf{slot}.{name}"

    def tell(self, instance, command, expect=0):
        """What it answers, without the line with the time."""
        done = self.lab.vpclab("exec", instance, command, expect=expect)
        return done.stderr if expect else TIME.sub("", done.stdout)

    def image(self, release, *places):
        """Make an image on the /flash of those cards; its URL."""
        name = f"vpclab-di-{release}.bin"
        for instance, slot in places:
            self.lab.vpclab("image", self.disk(instance, slot) / name, "--release", release)
        return f"/flash/{name}"

    def boots(self, instance, *entries):
        """Give it that boot stack, on both CFs: (priority, image, configuration)."""
        text = "".join(f"boot system priority {priority} image {image} config {config}\n"
                       for priority, image, config in entries)
        (self.disk(instance, self.lab.instance(instance)["active_cf"], "hd-raid")
         / "new.sys").write_text(text)
        self.tell(instance, "copy /hd-raid/new.sys /flash/boot.sys -noconfirm")
        self.tell(instance, "filesystem synchronize all -noconfirm")

    def starts(self, instance):
        """How often each card has started."""
        return {path.stem: len(self.lab.events(instance, path.stem, "process.start"))
                for path in (self.lab.rundir / instance).glob("*.jsonl")}

    def reload(self, instance):
        before = self.starts(instance)
        pids = self.lab.pids()
        self.tell(instance, "reload -noconfirm")
        self.wait_started(instance, before, before)
        self.wait_synced()
        self.assertEqual(self.lab.pids(), pids, "the processes are the same")

    def wait_started(self, instance, before, cards):
        lab.wait_for(lambda: all(self.starts(instance)[card] > before[card] for card in cards),
                     SECONDS,
                     lambda: f"{cards} start anew: {before} -> {self.starts(instance)}")

    def version(self, instance):
        return self.lab.show(instance, "show version")

    def log(self, instance, card):
        return (self.lab.rundir / instance / f"{card}.log").read_text()

    def crashes(self, instance):
        return self.lab.show(instance, "show crash list")["crashes"]

    def traps(self, instance, card):
        return [one["new"] for one in self.lab.events(instance, card, "snmp.trap")]


class Software(Disks):
    # ---- disks ---------------------------------------------------------------------------

    def test_first_start_fills_flash(self):
        for slot in (1, 2):
            names = sorted(path.name for path in self.disk("east", slot).iterdir())
            self.assertEqual(names, ["boot.sys", "system.cfg", "vpclab-di-21.28.0.bin"])
            link = self.disk("east", slot) / "system.cfg"
            self.assertEqual(link.readlink(), self.lab.config("east"))
        self.assertEqual(self.tell("east", "show boot"),
                         "boot system priority 10 \\\n"
                         "    image /flash/vpclab-di-21.28.0.bin \\\n"
                         "    config /flash/system.cfg\n")
        self.assertEqual(self.lab.show("east", "show boot"),
                         [{"priority": 10, "image": "/flash/vpclab-di-21.28.0.bin",
                           "config": "/flash/system.cfg", "running": True}])
        self.assertEqual(self.version("east")["image_version"], "21.28.0")

    def test_files_are_copied_listed_and_deleted(self):
        self.tell("east", "copy /flash/system.cfg /hd-raid/kept.cfg")
        copied = self.disk("east", 1, "hd-raid") / "kept.cfg"
        self.assertEqual(copied.read_text(), self.lab.config("east").read_text())
        rows = self.tell("east", "directory /flash -size").splitlines()
        self.assertEqual([row.split()[5] for row in rows[:-1]],
                         ["boot.sys", "system.cfg", "vpclab-di-21.28.0.bin"])
        self.assertIn("3 files", rows[-1])
        back = self.tell("east", "directory /flash -reverse").splitlines()
        self.assertEqual([row.split()[4] for row in back[:-1]],
                         ["vpclab-di-21.28.0.bin", "system.cfg", "boot.sys"])
        names = [one["name"] for one in self.lab.show("east", "directory /hd-raid")["files"]]
        self.assertEqual(names, ["kept.cfg"])
        self.tell("east", "delete /hd-raid/kept.cfg -noconfirm")
        self.assertFalse(copied.exists())

    def test_what_is_overwritten_or_deleted_is_confirmed_first(self):
        before = (self.disk("east") / "boot.sys").read_text()
        self.tell("east", "copy /flash/boot.sys /flash/other.sys")
        for command in ("copy /flash/system.cfg /flash/other.sys", "delete /flash/other.sys",
                        "filesystem synchronize all", "reload", "card reboot 4",
                        "card switch from 1 to 2"):
            self.assertIn("-noconfirm", self.tell("east", command, expect=1))
        self.assertEqual((self.disk("east") / "other.sys").read_text(), before)
        self.assertFalse((self.disk("east", 2) / "other.sys").exists())

    def test_no_name_leads_out_of_the_disks(self):
        secret = self.lab.dir / "secret"
        secret.write_text("secret\n")
        (self.disk("east") / "link.cfg").symlink_to(secret)
        for url, said in (("/flash/../cf1.log", "no directories"), ("/etc/passwd", "/flash/NAME"),
                          ("/flash/.x", "no dot in front"), ("ftp://h/f", "reaches no server"),
                          ("/flash/link.cfg", "not a regular file"),
                          ("/flash/none.cfg", "there is no such file")):
            said_of_it = self.tell("east", f"copy {url} /flash/x", expect=1)
            self.assertTrue(said_of_it.startswith("Failure: "), said_of_it)
            self.assertIn(said, said_of_it)
        self.tell("east", "copy /flash/boot.sys /flash/link.cfg -noconfirm")
        self.assertEqual(secret.read_text(), "secret\n")

    def test_what_is_written_over_the_link_takes_its_place(self):
        before = self.lab.config("east").read_text()
        (self.disk("east", 1, "hd-raid") / "new.cfg").write_text(f"# new\n{before}")
        self.tell("east", "copy /hd-raid/new.cfg /flash/system.cfg -noconfirm")
        self.assertFalse((self.disk("east") / "system.cfg").is_symlink())
        self.assertEqual((self.disk("east") / "system.cfg").read_text(), f"# new\n{before}")
        self.assertEqual(self.lab.config("east").read_text(), before)

    def test_synchronize_copies_what_differs_to_the_other_cf(self):
        (self.disk("east") / "one.cfg").write_text("one\n")
        (self.disk("east", 2) / "theirs.cfg").write_text("theirs\n")
        asked = self.lab.show("east", "filesystem synchronize all checkonly")
        self.assertEqual((asked["copied"], asked["differ"], asked["only_there"]), (0, 1, 1))
        self.assertFalse((self.disk("east", 2) / "one.cfg").exists())
        said = self.tell("east", "filesystem synchronize all -noconfirm")
        self.assertIn("/flash/one.cfg: copied to card 2\n", said)
        self.assertIn("/flash/theirs.cfg: only on card 2; left alone\n", said)
        self.assertEqual((self.disk("east", 2) / "one.cfg").read_text(), "one\n")
        self.tell("east", "filesystem synchronize /flash reverse -noconfirm")
        self.assertEqual((self.disk("east") / "theirs.cfg").read_text(), "theirs\n")
        self.assertIn("0 files differ",
                      self.tell("east", "filesystem synchronize all checkonly from card 2"))
        self.lab.vpclab("kill", "east", "cf2")
        self.lab.wait("east.card2=dead")
        self.assertIn("card 2 is not there",
                      self.tell("east", "filesystem synchronize all -noconfirm", expect=1))

    # ---- starting -------------------------------------------------------------------------

    def test_more_files_than_are_listed_are_told_and_not_synchronised(self):
        for n in range(260):
            (self.disk("east", name="hd-raid") / f"f{n}").write_text("x")
        (self.disk("east") / "one.cfg").write_text("one\n")
        self.assertIn("4 more files are not listed", self.tell("east", "directory /hd-raid"))
        self.assertEqual(self.lab.show("east", "directory /hd-raid")["left_out"], 4)
        self.assertIn("/hd-raid of card 1 has 260 files",
                      self.tell("east", "filesystem synchronize all -noconfirm", expect=1))
        self.assertFalse((self.disk("east", 2) / "one.cfg").exists(), "nothing is done")
        self.tell("east", "filesystem synchronize /flash -noconfirm")
        for n in range(4):
            self.tell("east", f"delete /hd-raid/f{n} -noconfirm")
        self.assertIn("256 files copied",
                      self.tell("east", "filesystem synchronize all -noconfirm"))

    def test_reload_starts_what_the_boot_stack_says(self):
        url = self.image("21.28.2", ("west", 1), ("west", 2))
        self.boots("west", (10, "/flash/vpclab-di-21.28.0.bin", "/flash/system.cfg"),
                   (9, url, "/flash/system.cfg"))
        self.assertEqual(self.version("west")["image_version"], "21.28.0")
        self.reload("west")
        running = self.version("west")
        self.assertEqual((running["image_version"], running["boot_image"],
                          running["boot_priority"]), ("21.28.2", url, 9))
        info = self.lab.show("east", "show srp info")
        self.assertEqual((info["release"], info["peer_release"]), ("21.28.0", "21.28.2"))
        self.assertEqual((info["chassis_state"], info["peer_state"]), ("Active", "Standby"))
        traps = self.traps("west", "cf1")
        self.assertLess(traps.index("SystemReboot"),
                        len(traps) - 1 - traps[::-1].index("SystemStartup"))

    def test_boot_entries_are_typed_and_kept(self):
        entry = "boot system priority {} image /flash/vpclab-di-21.28.0.bin config /flash/x.cfg"
        self.tell("east", "\n".join(["configure", *map(entry.format, range(1, 10)), "end"]))
        self.assertIn("maximum number of boot system entries (10) reached",
                      self.tell("east", f"configure\n{entry.format(11)}", expect=1))
        self.assertEqual(len(self.lab.show("east", "show boot")), 10)  # and boot.sys has them now
        kept = (self.disk("east") / "boot.sys").read_text().splitlines()[1:]
        self.assertEqual(kept[:9], list(map(entry.format, range(1, 10))))
        self.assertEqual(len(kept), 10)
        self.tell("east", "configure\nno boot system priority 5\nend")
        self.assertEqual([one["priority"] for one in self.lab.show("east", "show boot")],
                         [1, 2, 3, 4, 6, 7, 8, 9, 10])
        self.assertNotIn(entry.format(5), (self.disk("east") / "boot.sys").read_text())
        self.tell("east", "filesystem synchronize all -noconfirm")
        self.tell("east", "card switch from 1 to 2 -noconfirm")
        self.lab.wait("east.cf=2")
        self.assertEqual(len(self.lab.show("east", "show boot")), 9)

    def test_a_saved_configuration_is_started(self):
        self.tell("west", "configure\nsystem hostname other\nend")
        self.tell("west", "save configuration /flash/saved.cfg -noconfirm")
        image = self.lab.show("west", "show boot")[0]["image"]
        self.tell("west", f"configure\nboot system priority 1 image {image} "
                  "config /flash/saved.cfg\nend")
        self.tell("west", "filesystem synchronize all -noconfirm")
        self.reload("west")
        self.assertEqual(self.version("west")["boot_config"], "/flash/saved.cfg")
        self.assertIn("system hostname other", self.tell("west", "show configuration"))

    def test_an_unfinished_configuration_that_was_saved_is_started_too(self):
        self.tell("west", "configure\ncontext source\nggsn-service later\n"
                  f"bind ipv4-address {self.lab.address('9.9')}\nend")
        self.tell("west", "save configuration /flash/system.cfg -noconfirm")
        self.tell("west", "filesystem synchronize all -noconfirm")
        self.reload("west")
        self.assertIn("ggsn-service later", self.tell("west", "show configuration"))

    def test_releases_far_apart_are_warned_of_once(self):
        url = self.image("21.31.0", ("west", 1), ("west", 2))
        self.boots("west", (10, url, "/flash/system.cfg"))
        self.reload("west")
        said = "runs release 21.31.0, this one 21.28.0: more than two feature releases apart"
        lab.wait_for(lambda: said in self.log("east", "cf1"), SECONDS, "the Active warns")
        self.assertEqual(self.log("east", "cf1").count(said), 1)

    def test_a_corrupt_image_is_passed_over(self):
        url = self.image("21.28.2", ("west", 1), ("west", 2))
        for slot in (1, 2):
            path = self.disk("west", slot) / url.rpartition("/")[2]
            path.write_text(path.read_text().replace("21.28.2", "21.28.3"))
            (self.disk("west", slot) / "text.bin").write_text("no image\n")
        self.assertEqual(self.tell("west", f"show version {url}", expect=1),
                         f"Failure: Image {url} CRC check failed!\n")
        self.assertEqual(self.tell("west", "show version /flash/text.bin", expect=1),
                         "Failure: /flash/text.bin, has a bad magic number\n")
        self.boots("west", (1, "/flash/none.bin", "/flash/system.cfg"),
                   (2, "/flash/text.bin", "/flash/system.cfg"), (3, url, "/flash/system.cfg"),
                   (4, "/flash/vpclab-di-21.28.0.bin", "/flash/system.cfg"))
        self.reload("west")
        self.assertEqual(self.version("west")["boot_priority"], 4)
        for said in ("priority 1: /flash/none.bin: there is no such file",
                     "priority 2: /flash/text.bin, has a bad magic number",
                     f"priority 3: Image {url} CRC check failed!"):
            self.assertIn(said, self.log("west", "cf1"))

    def test_a_configuration_with_bad_lines_is_passed_over_and_they_are_named(self):
        text = self.lab.config("west").read_text()
        for slot in (1, 2):
            (self.disk("west", slot) / "bad.cfg").write_text(f"nonsense\n{text}more nonsense\n")
        line = text.count("\n") + 2
        self.boots("west", (1, "/flash/vpclab-di-21.28.0.bin", "/flash/bad.cfg"),
                   (2, "/flash/vpclab-di-21.28.0.bin", "/flash/system.cfg"))
        self.reload("west")
        self.assertEqual(self.version("west")["boot_config"], "/flash/system.cfg")
        log = self.log("west", "cf1")
        for said in ("/flash/bad.cfg:1: Failure", f"/flash/bad.cfg:{line}: Failure",
                     "priority 1: /flash/bad.cfg: 2 lines are bad"):
            self.assertIn(said, log)

    def test_without_a_boot_stack_the_default_names_are_tried(self):
        for slot in (1, 2):
            image = self.disk("west", slot) / "vpclab-di-21.28.0.bin"
            image.rename(self.disk("west", slot) / "staros.bin")
            (self.disk("west", slot) / "boot.sys").write_text("garbage\n")
        self.reload("west")
        self.assertEqual((self.version("west")["boot_image"], self.version("west")["boot_priority"]),
                         ("/flash/staros.bin", 0))
        self.assertIn("/flash/boot.sys:1: expected boot system", self.log("west", "cf1"))
        self.assertIn("The boot stack is empty", self.tell("west", "show boot"))

    def test_a_boot_sys_that_nobody_can_read_is_not_copied(self):
        said = self.tell("west", "copy /flash/system.cfg /flash/boot.sys -noconfirm", expect=1)
        self.assertIn("is not fit to be boot.sys", said)
        self.assertEqual(len(self.lab.show("west", "show boot")), 1)

    def test_a_cf_that_finds_nothing_to_start_says_why_and_ends(self):
        image = self.disk("west", 2) / "vpclab-di-21.28.0.bin"
        image.unlink()
        self.tell("west", "card reboot 2 -noconfirm")
        self.lab.wait("west.card2=dead")
        lab.wait_for(lambda: "nothing can be started of the boot stack" in self.log("west", "cf2"),
                     10, "it says so")
        self.assertIn("priority 10: /flash/vpclab-di-21.28.0.bin: there is no such file",
                      self.log("west", "cf2"))
        child = self.lab.start("cf", "west", 2)
        self.assertEqual(child.wait(timeout=SECONDS), 1)
        self.tell("west", "copy /flash/boot.sys /hd-raid/x")  # the other one goes on
        image.write_bytes((self.disk("west", 1) / image.name).read_bytes())
        self.lab.vpclab("start", "west", "cf2")
        lab.wait_for(lambda: self.lab.card("west", 2)["state"] == "Standby", SECONDS, "it stands by")

    # ---- cards -----------------------------------------------------------------------------

    def test_a_card_that_is_rebooted_has_the_same_pid_and_nothing_else(self):
        pids = self.lab.pids()
        for slot, card in ((4, "sf4"), (3, "demux3"), (2, "cf2")):
            before = self.starts("west")
            self.tell("west", f"card reboot {slot} -noconfirm")
            self.wait_started("west", before, [card])
            self.wait_synced()
            others = {name for name, n in self.starts("west").items() if n > before[name]}
            self.assertEqual(others, {card})
        self.assertEqual(self.lab.pids(), pids)
        traps = self.traps("west", "cf1")
        self.assertEqual(traps.count("CardRebootRequest"), 3)
        self.assertIn("CardDown", traps)
        self.assertEqual(self.crashes("west"), [])

    def test_a_halted_card_is_offline_until_it_is_rebooted(self):
        pids = self.lab.pids()
        for slot, card in ((4, "sf4"), (3, "demux3")):
            self.tell("west", f"card halt {slot} -noconfirm")
            lab.wait_for(lambda where=card: self.lab.events("west", where, "card.halted"), SECONDS,
                         "it is halted")
            lab.wait_for(lambda: "Offline" in self.tell("west", "show card table"), SECONDS,
                         "it is missed")
            rows = self.tell("west", "show card table | grep Offline").splitlines()
            self.assertEqual([row.split()[0] for row in rows], [f"{slot}:"])
            lab.wait_for(lambda where=slot: "is Offline already" in self.tell(
                "west", f"card halt {where} -noconfirm", expect=1), SECONDS, "it is reached")
            self.assertTrue(lab.is_alive(pids[f"west/{card}"]))
            self.tell("west", f"card reboot {slot} -noconfirm")
            lab.wait_for(lambda: "Offline" not in self.tell("west", "show card table"), SECONDS,
                         "it is back")
            self.wait_synced()
        self.assertEqual(self.lab.pids(), pids)
        traps = self.traps("west", "cf1")
        self.assertEqual((traps.count("CardDown"), traps.count("CardRebootRequest")), (2, 2))
        self.assertEqual(self.crashes("west"), [])
        self.lab.vpclab("exec", "west", "card switch from 1 to 2 -noconfirm")
        self.lab.wait("west.cf=2")
        self.assertEqual(self.crashes("west"), [], "the CF that stood by knows of the orders, too")

    def test_what_cannot_be_done_with_a_card_is_said(self):
        for command, said in (("card reboot 9 -noconfirm", "slot 9 is empty"),
                              ("card halt 1 -noconfirm", "halts no control"),
                              ("card migrate from 4 to 6 -noconfirm", "does not move"),
                              ("card switch from 2 to 1 -noconfirm", "card 1 is"),
                              ("card switch from 1 to 4 -noconfirm", "slots 1 and 2")):
            self.assertIn(said, self.tell("east", command, expect=1))
        self.lab.vpclab("kill", "east", "sf5")
        for verb in ("halt", "reboot"):
            lab.wait_for(lambda word=verb: "vpclab start east 5" in self.tell(
                "east", f"card {word} 5 -noconfirm", expect=1), SECONDS, "it is missed")
        self.lab.vpclab("kill", "east", "cf2")
        self.lab.wait("east.card2=dead")
        lab.wait_for(lambda: "does not stand by" in self.tell(
            "east", "card switch from 1 to 2 -noconfirm", expect=1), SECONDS, "it is missed")
        self.assertEqual(self.lab.instance("east")["active_cf"], 1)

    def test_card_switch_changes_no_chassis_and_loses_no_call(self):
        calls = self.call(CALLS, "--pps", CALLS * 5)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        before = {one["name"]: (one["chassis_state"], one["srp_epoch"])
                  for one in self.lab.status()["instances"]}
        for instance in lab.INSTANCES:
            for active, other in ((1, 2), (2, 1)):
                starts = self.starts(instance)
                self.tell(instance, f"card switch from {active} to {other} -noconfirm")
                self.lab.wait(f"{instance}.cf={other}")
                self.wait_started(instance, starts, [f"cf{active}"])
                lab.wait_for(lambda slot=active, where=instance:
                             self.lab.card(where, slot)["state"] == "Standby", SECONDS, "it stands by")
                self.wait_synced()
        after = {one["name"]: (one["chassis_state"], one["srp_epoch"])
                 for one in self.lab.status()["instances"]}
        self.assertEqual(after, before)
        for instance in lab.INSTANCES:
            causes = [one["cause"] for one in self.lab.events(instance, "cf1", "cf.state")]
            self.assertIn("card switch", causes)
        result = calls.finish()
        self.assert_good(result, CALLS)
        self.assertLess(result["gap_max_ms"], GAP_MS + calls.late_ms())

    def test_calls_that_end_with_a_card_are_told(self):
        calls = self.call(CALLS, "--pps", 0)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        lost = self.lab.card("east", 4)["sessions"]
        said = json.loads(self.lab.vpclab("exec", "east", "card reboot 4 -noconfirm",
                                          "--json").stdout)
        self.assertEqual(said, {"info": f"card 4 starts anew; {lost} calls end with it, as session "
                                        "recovery is not emulated"})
        self.lab.wait(f"east.sessions={CALLS - lost}")
        self.lab.wait("sync")

    def test_reload_of_the_active_chassis_is_covered_by_the_standby(self):
        calls = self.call(CALLS, "--pps", CALLS)
        calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")
        self.tell("east", "reload -noconfirm")
        self.lab.wait("west.chassis=active", "east.chassis=standby", "sync")
        self.assert_good(calls.finish(), CALLS)

    def test_a_card_that_is_rebooted_runs_what_was_built_since(self):
        program = self.lab.dir / "vpc-sf"
        old, new = lab.PROGRAMS["sf"].read_bytes(), self.lab.dir / "new"
        self.lab.vpclab("kill", "west", "sf6")
        self.lab.wait("west.card6=dead")
        program.write_bytes(old)
        program.chmod(0o700)
        card = subprocess.Popen([program, "-t", self.lab.topology, "-i", "west", "-s", "6"],
                                env=self.lab.env, stderr=subprocess.DEVNULL)
        self.addCleanup(card.wait)
        self.addCleanup(card.kill)
        lab.wait_for(lambda: self.lab.card("west", 6)["pid"] == card.pid
                     and "Offline" not in self.tell("west", "show card table"), SECONDS, "it is there")
        new.write_bytes(old)
        new.chmod(0o700)
        new.rename(program)
        runs = pathlib.Path(f"/proc/{card.pid}/exe")
        lab.wait_for(lambda: str(runs.readlink()).endswith("(deleted)"), SECONDS, "it is the old one")
        before = self.starts("west")
        self.tell("west", "card reboot 6 -noconfirm")
        self.wait_started("west", before, ["sf6"])
        self.assertEqual(str(runs.readlink()), str(program))

    def test_a_card_that_is_told_to_end_does_not_start_again(self):
        pids = self.lab.pids()
        self.tell("west", "card reboot 6 -noconfirm")
        self.lab.signal([pids["west/sf6"]], signal.SIGTERM)
        lab.wait_for(lambda: not lab.is_alive(pids["west/sf6"]), SECONDS, "it ends")
        self.lab.vpclab("start", "west", "sf6")


class Kept(Disks):
    """A directory that the topology names keeps the files of an instance."""

    def prepare(self):
        topology = json.loads(self.lab.topology.read_text())
        topology["instances"]["east"]["flash"] = "disks"
        self.lab.topology.write_text(json.dumps(topology))

    def disk(self, instance, slot=1, name="flash"):
        return self.lab.dir / "disks" / f"cf{slot}" / name

    def test_files_outlive_down(self):
        (self.disk("east", 2) / "mine.cfg").write_text("mine\n")
        self.image("21.28.2", ("east", 1))
        self.lab.vpclab("down", self.lab.name)
        self.lab.up()
        names = [one["name"] for one in self.lab.show("east", "directory /flash")["files"]]
        self.assertIn("vpclab-di-21.28.2.bin", names)
        self.assertEqual((self.disk("east", 2) / "mine.cfg").read_text(), "mine\n")


if __name__ == "__main__":
    lab.main(Software, Kept)
