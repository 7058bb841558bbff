"""A pair comes up, tells about itself, and goes down without a trace."""

import concurrent.futures
import signal
import socket
import subprocess
import sys

import gtp
import lab

SRP_INFO_LABELS = [
    "Service Redundancy Protocol:", "Context:", "Local Address:", "Chassis State:", "Chassis Mode:",
    "Chassis Priority:", "Local Tiebreaker:", "Route-Modifier:", " ", "Peer Remote Address:",
    "Peer State:", "Peer Mode:", "Peer Priority:", "Peer Tiebreaker:", "Peer Route-Modifier:",
    "Last Hello Message received:", "Peer Configuration Validation:",
    "Last Peer Configuration Error:", "Last Peer Configuration Event:",
    "Last Validate Switchover Status",  # that one overruns the column
    "Connection State:", "Next Peer Audit Scheduled:", "   Periodicity Audit Scheduled",
    "   Daily-Start-time Audit Sched",  # likewise
    "   Cron-Job Audit Scheduled", "Peer Audit State:", "Last Peer Audit Type:",
    "Last Peer Audit Successful:", "DSCP Configuration:", "   Control flow   :",
    "   Session flow   :"]
CARDS = {1: "cf", 2: "cf", 3: "demux", 4: "sf", 5: "sf", 6: "sf"}
PROCESSES = 2 * len(CARDS) + 1

# Holds a card's pid file; its first thread ends at once, the other one half a second later.
DYING = """
import ctypes, fcntl, os, sys, threading

def last():
    threading.Event().wait(0.5)
    os._exit(0)

pid_file = open(sys.argv[1], "r+")
fcntl.lockf(pid_file, fcntl.LOCK_EX)
print("locked", flush=True)
threading.Thread(target=last).start()
EXIT = {"x86_64": 60, "aarch64": 93}[os.uname().machine]
ctypes.CDLL(None).syscall(EXIT, 0)  # of this thread alone
"""


class Pair(lab.Case):
    def text(self, instance, command):
        """The answer without its time-stamp line."""
        lines = self.lab.vpclab("exec", instance, command).stdout.splitlines()
        self.assertRegex(lines[0], r"^\w+day \w+ \d\d \d\d:\d\d:\d\d UTC \d{4}$")
        return lines[1:]

    def test_up_ends_with_one_active_and_one_standby_chassis(self):
        status = self.lab.status()
        self.assertTrue(status["synced"])
        self.assertTrue(status["world"]["answers"])
        states = {one["name"]: one["chassis_state"] for one in status["instances"]}
        self.assertEqual(states, {"east": "Active", "west": "Standby"})

    def test_a_second_up_finds_everything_running(self):
        before = self.lab.pids()
        done = self.lab.up()
        self.assertIn(f"0 processes started, {PROCESSES} ran already", done.stderr)
        self.assertEqual(self.lab.pids(), before)

    def test_status_tells_every_card_with_its_process(self):
        pids = self.lab.pids()
        self.assertEqual(len(pids), PROCESSES)
        self.assertEqual(sorted([*pids.values(), self.lab.status()["host"]["pid"]]),
                         sorted(self.lab.processes()))
        for one in self.lab.status()["instances"]:
            self.assertEqual({card["slot"]: card["type"] for card in one["cards"]}, CARDS)
            self.assertEqual((one["active_cf"], one["connection"]), (1, "Connected"))
            self.assertTrue(all(card["alive"] for card in one["cards"]))
        self.assertEqual(self.lab.instance("east")["route"], "best")
        self.assertIn("synchronised", self.lab.vpclab("status").stdout)

    def test_show_srp_info_has_its_labels_in_order_and_a_column_of_31(self):
        for instance, mode, state in (("east", "Primary", "Active"), ("west", "Backup", "Standby")):
            lines = self.text(instance, "show srp info")
            self.assertEqual([line[:31].rstrip() or " " for line in lines], SRP_INFO_LABELS)
            values = {line[:31].rstrip(): line[31:].rstrip() for line in lines}
            self.assertEqual((values["Chassis Mode:"], values["Chassis State:"]), (mode, state))
            self.assertEqual(values["Connection State:"], "Connected")

    def test_show_card_table_lists_slot_type_state_and_spof(self):
        lines = self.text("east", "show card table")
        self.assertEqual(lines[0].split(), ["Slot", "Card", "Type", "Oper", "State", "SPOF",
                                            "Attach"])
        rows = [line.split() for line in lines[2:]]
        self.assertEqual([row[:2] for row in rows],
                         [[f"{slot}:", "CFC" if kind == "cf" else "FC"]
                          for slot, kind in CARDS.items()])
        self.assertEqual([row[-2] for row in rows],
                         ["Active", "Standby", "Active", "Active", "Active", "Standby"])
        self.assertEqual(len(self.text("east", "show card table all")), 2 + 48)

    def test_show_checkpoint_statistics_counts_the_session_managers(self):
        lines = self.text("west", "show srp checkpoint statistics")
        self.assertIn("Number of Sessmgrs:                        2", lines)
        self.assertIn("Sessmgrs in Standby-Connected state:       2", lines)
        self.assertIn("Sessmgrs in Active-Connected state:        2",
                      self.text("east", "show srp checkpoint statistics"))

    def test_show_subscribers_summary_begins_with_the_total(self):
        lines = self.text("east", "show subscribers summary")
        self.assertEqual(lines[0].split(), ["Total", "Subscribers:", "0"])

    def test_every_show_command_answers_in_json(self):
        info = self.lab.show("east", "show srp info")
        self.assertEqual((info["chassis_state"], info["peer_state"]), ("Active", "Standby"))
        self.assertTrue(info["peer_hears_us"])
        self.assertEqual(self.lab.show("west", "show srp checkpoint statistics")["ready"], 2)
        self.assertEqual([card["slot"] for card in self.lab.show("east", "show card table")],
                         list(CARDS))
        self.assertEqual(self.lab.show("east", "show subscribers summary")["total_subscribers"], 0)

    def test_routes_prints_the_table_of_the_router(self):
        rows = []
        for one in self.lab.routes():
            self.assertEqual((one["chassis"], one["best"]), ("east", True))
            rows.append(["*", one["prefix"], one["kind"], "east", "65001", str(one["prepend"]),
                         str(one["epoch"])])
        self.assertEqual(sorted(row[1:3] + row[5:6] for row in rows),
                         [[f"{self.lab.service}/32", "service", "2"],
                          ["172.16.0.0/14", "pool", "2"]])
        lines = self.lab.vpclab("routes").stdout.splitlines()
        self.assertEqual(lines[0].split(),
                         ["Prefix", "Kind", "Chassis", "AS", "Prepend", "Epoch", "Age(s)"])
        printed = [line.split() for line in lines[1:1 + len(rows)]]
        self.assertEqual([row[:-1] for row in printed], rows)
        for row in printed:
            self.assertRegex(row[-1], r"^\d+$")
        self.assertEqual(lines[1 + len(rows)], "")

    def test_output_can_be_filtered(self):
        done = self.lab.vpclab("exec", "east", "show srp info | grep Chassis")
        self.assertEqual([line.split(":")[0] for line in done.stdout.splitlines()],
                         ["Chassis State", "Chassis Mode", "Chassis Priority"])

    def test_commands_may_be_abbreviated(self):
        done = self.lab.vpclab("exec", "east", "sh srp i")
        self.assertIn("Chassis State:", done.stdout)

    def test_an_unknown_command_is_a_usage_error(self):
        for words in (("exec", "east", "show nonsense"), ("exec", "nobody", "show srp info"),
                      ("nonsense",), ("status", "--nonsense"), ("kill", "east", "sf9"),
                      ("wait", "nonsense")):
            done = self.lab.vpclab(*words, expect=2)
            self.assertTrue(done.stderr.strip(), f"{words}: nothing was said")

    def test_wait_returns_when_all_conditions_hold(self):
        self.lab.wait("sync", "east.chassis=active", "west.chassis=Standby", "east.cf=1",
                      "east.card4=alive", "east.route=best", "sessions=0", "active.sessions<=0")

    def test_wait_says_what_did_not_hold_in_time(self):
        done = self.lab.vpclab("wait", "west.chassis=active", "--timeout", 0.2, expect=1)
        self.assertIn("west.chassis=active does not hold: west Standby", done.stderr)

    def test_each_process_numbers_its_events(self):
        for instance in lab.INSTANCES:
            for slot, kind in CARDS.items():
                events = self.lab.events(instance, f"{kind}{slot}")
                self.assertEqual(events[0]["kind"], "process.start")
                self.assertEqual([one["seq"] for one in events],
                                 list(range(1, len(events) + 1)))
        changes = [(one["old"], one["new"]) for one in self.lab.events("east", "cf1", "srp.state")]
        self.assertEqual((changes[0][0], changes[-1][1]), ("Init", "Active"))

    def test_keys_are_readable_by_their_owner_only(self):
        secrets = list(self.lab.rundir.glob("*/srp.cert_secret"))
        self.assertEqual(len(secrets), len(lab.INSTANCES))
        for path in [*secrets, self.lab.rundir]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_a_card_starts_by_hand_too(self):
        for kind, slot in (("sf", 6), ("demux", 3), ("cf", 2)):
            self.lab.vpclab("kill", "west", slot)
            self.lab.wait(f"west.card{slot}=dead")
            self.lab.start(kind, "west", slot)
            self.lab.wait(f"west.card{slot}=alive", "sync")

    def test_a_card_that_runs_is_not_started_again(self):
        child = self.lab.start("sf", "east", 4)
        self.assertEqual(child.wait(timeout=lab.SECONDS), 1)
        self.assertIn(f"east/sf4 is running already, as process {self.lab.pids()['east/sf4']}",
                      child.log.read_text())

    def test_killed_cards_are_started_again_by_name(self):
        self.lab.vpclab("kill", "east", "active-cf")
        self.lab.vpclab("kill", "world")
        self.lab.vpclab("start", "world")
        self.assertIn("east/cf1", self.lab.vpclab("start", "east").stdout)
        self.wait_synced()

    def test_up_works_after_everything_was_killed(self):
        self.lab.kill_all()
        done = self.lab.up()
        self.assertIn(f"{PROCESSES} processes started, 0 ran already", done.stderr)

    def test_up_does_not_take_those_that_die_for_living_ones(self):
        self.lab.kill_all()
        with subprocess.Popen([sys.executable, "-c", DYING, self.lab.rundir / "east/sf4.pid"],
                              stdout=subprocess.PIPE, text=True) as dying:
            self.assertEqual(dying.stdout.readline(), "locked\n")
            done = self.lab.up()
            self.assertIsNotNone(dying.poll(), "it was waited for")
        self.assertIn(f"{PROCESSES} processes started, 0 ran already", done.stderr)

    def test_two_ups_at_once_start_each_card_once(self):
        self.lab.kill_all()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: self.lab.up(), range(2)))
        self.assertEqual(len(self.lab.processes()), PROCESSES + 1, "and the host")

    def test_down_leaves_no_process_no_file_and_no_port(self):
        self.lab.signal([self.lab.pids()["east/sf4"]], signal.SIGSTOP)  # a card that hangs must go, too
        self.lab.vpclab("down")
        self.assertEqual(self.lab.processes(), [])
        self.assertEqual(list(self.lab.runs.iterdir()), [])
        for kind, address, port in ((socket.SOCK_DGRAM, self.lab.service, gtp.CONTROL),
                                    (socket.SOCK_DGRAM, self.lab.service, gtp.USER),
                                    (socket.SOCK_STREAM, self.lab.address("0.11"), lab.SRP_PORT)):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # past TIME_WAIT
                probe.bind((address, port))
        done = self.lab.vpclab("down")  # it is down: nothing to do
        self.assertIn("no lab is up", done.stderr)


class Election(lab.Case):
    """Of two with the same mode the priority decides: 1 of east, 2 of west."""

    starts_up = False

    def elected(self, *rule):
        """Who serves when both start up and the topology has this rule."""
        self.lab.write_files(hello=1, dead=5)
        for name in lab.INSTANCES:
            text = self.lab.config(name).read_text()
            self.lab.config(name).write_text(text.replace("chassis-mode primary",
                                                          "chassis-mode backup"))
        for one in rule:
            self.lab.edit(self.lab.topology, '"access":', f'"election": "{one}", "access":')
        self.lab.up()
        self.addCleanup(self.lab.vpclab, "down")
        for name in lab.INSTANCES:
            info = self.lab.show(name, "show srp info")
            self.assertEqual((info["chassis_mode"], info["chassis_priority"]),
                             ("Backup", 1 + lab.INSTANCES.index(name)))
        return self.lab.in_state("Active")

    def test_the_lower_priority_number_serves(self):
        self.assertEqual(self.elected(), "east")

    def test_the_higher_priority_number_serves_where_the_topology_says_so(self):
        self.assertEqual(self.elected("higher"), "west")
        self.assertEqual({one["chassis"] for one in self.lab.routes() if one["best"]}, {"west"})


class Help(lab.Case):
    starts_up = False

    def test_every_command_explains_itself(self):
        text = self.lab.vpclab("help").stdout
        commands = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
        self.assertIn("up", commands)
        for command in commands:
            if command != "help":
                self.assertIn(f"usage: vpclab {command}",
                              self.lab.vpclab("help", command).stdout)

    def test_status_without_a_lab_says_how_to_start_one(self):
        done = self.lab.vpclab("status", expect=1)
        self.assertIn("vpclab up FILE", done.stderr)

    def test_words_that_were_put_wrongly_are_answered_with_the_right_ones(self):
        for words, said in (
                (("exec", "east", "show", "srp", "info"), "vpclab exec east 'show srp info'\n"),
                (("fault", "-n", "chaos"), "such as: vpclab fault list -n chaos\n"),
                (("exec", "-n", "one", "-n", "two"), "vpclab exec: -n is given twice\n"),
                (("up", lab.SOURCE / "topologies" / "east.cfg"),
                 "east.cfg:1:1: this is no topology (JSON, such as topologies/pair.json): ")):
            self.assertIn(said, self.lab.vpclab(*words, expect=2).stderr)


if __name__ == "__main__":
    lab.main(Pair, Election, Help)
