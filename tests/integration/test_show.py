"""Every show command on both chassis, as text and as JSON: labels that scripts look for, and
figures that must be true. Keys of JSON are identifiers."""

import json
import re

import lab

CALLS, GTPV2 = 20, 8
SECONDS = lab.SECONDS
KEY = re.compile(r"[a-z0-9][a-z0-9_]*")

ICSR = [
    "show srp info",
    "show srp checkpoint statistics",
    "show srp checkpoint statistics verbose",
    "show srp checkpoint statistics debug-info",
    "show srp checkpoint statistics sessmgr all",
    "show srp checkpoint statistics sessmgr all debug-info",
    "show srp checkpoint statistics ipsecmgr all",
    "show srp checkpoint statistics sessmgr all write-list-stats",
    "show srp checkpoint info",
    "show srp monitor",
    "show srp monitor all",
    "show srp monitor diameter debug",
    "show srp statistics",
    "show srp call-loss statistics",
    "show srp audit-statistics",
    "show session subsystem facility sessmgr all debug-info",
]

# Of each command a line of its text, as a pattern.
SHOWN = {
    "show srp info": r"Chassis State: +(Active|Standby) ",
    "show srp statistics": r"Switchovers:",
    "show srp call-loss statistics": r"(Switchover-1 |No switchover )",
    "show srp audit-statistics": r"(Audit Type |No audit is on record)",
    "show srp monitor": r"Bgp monitor state: ",
    "show srp monitor all": r"Type  Context ",
    "show srp monitor bgp": r"Type  Context ",
    "show srp monitor authentication-probe": r"Type  Context ",
    "show srp monitor diameter": r"Type  Context ",
    "show srp monitor diameter debug": r"Type  Context ",
    "show srp checkpoint info": r" +1  SESS_UCHKPT_CMD_INVALIDATE_CRR ",
    "show srp micro-checkpoint statistics": r"Micro Checkpoints:",
    "show srp micro-checkpoint statistics debug-info": r"Micro Checkpoints:",
    "show checkpoint statistics verbose": r"smgr  state ",
    "show card table": r" 3: FC ",
    "show card table all": r" 7: FC +None ",
    "show snmp trap history": r".* Internal trap notification 1028 \(SystemStartup\)",
    "show snmp trap history verbose": r".* \[starSystemStartup\]",
    "show snmp notifies": r"SNMP Notification Statistics:",
    "show session recovery status": r"  Overall Status     : ",
    "show session recovery status verbose": r" 3/0 Active +0 +0 +0 +0 +1 +Good \(Demux\) ",
    "show resources": r"    License Status      : Within Acceptable Limits",
    "show alarm outstanding": r"Sev Object          Event",
    "show alarm all": r"Facility Alarm Information:",
    "show alarm statistics": r"  Current Outstanding Alarms",
    "show ip pool": r"PG00  dyn1 +172\.16\.0\.0 +255\.252\.0\.0 +[0-9]+ +[0-9]+$",
    "show ip pool dyn1": r"Total Pool Count: 1$",
    "show subscribers all": r"(Total subscribers matching|No subscribers match)",
    "show clock": r"[A-Z][a-z]+ [A-Z][a-z]+ \d\d \d\d:\d\d:\d\d UTC \d{4}$",
    "show ip bgp summary": r"BGP router identifier ",
    "show ip bgp summary dest": r"Neighbor        V    AS ",
    "show service all": r"ContextID   ServiceID   ContextName ",
    "show ggsn-service all": r"  Service Status: +Started",
    "show pgw-service all": r"  Service Status: +Started",
    "show egtp-service all": r"  Service Status: +Started",
    "show gtpu-service all": r"  Service Status: +Started",
    "show gtpu-service name gtpu1": r"Service name: +gtpu1",
    "show sgw-service all": r"Info: no sgw-service is configured",
    "show saegw-service all": r"Info: no saegw-service is configured",
    "show context all": r"source          2         Active",
    "show subscribers summary": r"Total Subscribers: +[0-9]+ ",
    "show session progress": r" [0-9]+ In-progress calls$",
    "show session counters historical all": r" +1 [0-9]{4}:[0-9:]+ ",
    "show session disconnect-reasons": r"Total Disconnects: ",
    "show license information": r"  Inter-Chassis Session Recovery +Enabled",
    "show crash list": r"Total Crashes : [0-9]+$",
    "show cpu table": r" 3/0 Active ",
    "show task resources": r" 3/0 demux ",
    "show task resources facility sessmgr all": r" 4/0 sessmgr +1 ",
    "show task resources facility sessmgr instance 2": r" 5/0 sessmgr +2 ",
    "show cloud performance dinet": r"Info: ",
    "show session subsystem facility sessmgr all debug-info": r"SessMgr: Instance 2$",
    "show session subsystem facility sessmgr instance 1 debug-info": r"SessMgr: Instance 1$",
    "show system uptime": r"System uptime: [0-9]+D [0-9]+H [0-9]+M$",
}

SIDES = ("", " active", " standby")
FORMS = {"": r"(Number of Sessmgrs: |smgr )", " verbose": r"smgr  state ",
         " debug-info": r" CMD-ID  Name ", " sessmgr all": "", " sessmgr instance 1": "",
         " sessmgr all debug-info": "", " sessmgr all write-list-stats": r"smgr  calls ",
         " sessmgr instance 2 debug-info": "", " sessmgr instance 2 write-list-stats": "",
         " ipsecmgr all": r"smgr  state "}
SHOWN |= {f"show srp checkpoint statistics{side}{form}": line
          for side in SIDES for form, line in FORMS.items()}


def keys_of(value, path=""):
    """All keys in it, with where they are."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, path
            yield from keys_of(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner, f"{path}[]")


class Show(lab.Case):
    def setUp(self):
        super().setUp()
        self.active = self.lab.in_state("Active")
        self.standby = self.lab.other(self.active)
        self.calls = [self.call(CALLS - GTPV2),
                      self.call(GTPV2, "--gtp", 2, tail="2.3", imsi=5000)]
        for calls in self.calls:
            calls.wait_open()
        self.lab.wait(f"sessions={CALLS}", "sync")

    def text(self, instance, command):
        return self.lab.vpclab("exec", instance, command).stdout

    def assert_line(self, instance, command, pattern):
        text = self.text(instance, command)
        self.assertRegex(text.splitlines()[0], r"^[A-Z][a-z]+ [A-Z][a-z]+ \d\d \d\d:\d\d:\d\d UTC")
        if pattern:
            self.assertRegex(text, re.compile(f"^{pattern}", re.M), f"{instance}: {command}")

    def assert_keys(self, value, command):
        for key, path in keys_of(value):
            self.assertRegex(key, KEY, f"{command}: {path}")
            self.assertTrue(KEY.fullmatch(key), f"{command}: {key!r} at {path}")

    def test_each_command_on_both_chassis(self):
        for instance in lab.INSTANCES:
            for command, pattern in SHOWN.items():
                with self.subTest(instance=instance, command=command):
                    self.assert_line(instance, command, pattern)
                    self.assert_keys(self.lab.show(instance, command), command)

    def test_subscribers_are_listed_and_hold_addresses_of_the_pool(self):
        there = self.lab.show(self.active, "show subscribers all")
        imsis = [one["imsi"] for one in there["subscribers"]]
        self.assertEqual((len(imsis), there["more"]), (CALLS, False))
        self.assertEqual(imsis, sorted(set(imsis)))
        access = [one["access_type"] for one in there["subscribers"]]
        self.assertEqual(access.count("pgw-gtp-ipv4"), GTPV2)
        for instance in lab.INSTANCES:
            pool, = self.lab.show(instance, "show ip pool")["pools"]
            self.assertEqual(pool["used"], CALLS, instance)
        self.assertEqual(self.lab.show(self.standby, "show subscribers all")["subscribers"], [])
        said = self.lab.vpclab("exec", self.active, "show ip pool nobody", expect=1).stderr
        self.assertIn('there is no ip pool "nobody"; see show ip pool', said)

    def test_show_clock_is_one_line_and_ping_says_that_it_is_not_emulated(self):
        self.assertEqual(len(self.text(self.active, "show clock").splitlines()), 1)
        said = self.lab.vpclab("exec", self.active, f"ping {self.lab.service}", expect=1).stderr
        self.assertRegex(said, r"^Failure: ping is not emulated: .*\n$")

    def test_bundles_carry_out_their_lines_in_order(self):
        text = self.text(self.active, "show support details icsr")
        self.assertEqual(re.findall(r"^\*{8} (.*) \*{7}$", text, re.M), ICSR)
        self.assertNotRegex(text, re.compile("^Failure:", re.M))
        for command in ("show support details icsr", "show support details icshr"):
            shown = self.lab.show(self.standby, command)
            self.assertEqual(list(shown), ICSR)
            for line, value in shown.items():
                self.assert_keys(value, line)
                self.assertNotIn("failure", value, line)
        self.assertEqual(shown["show srp info"]["chassis_state"], "Standby")
        details = self.lab.show(self.active, "show srp details")
        self.assertEqual(details["show srp info"]["chassis_state"], "Active")
        self.assertIn("******** show srp info *******", self.text(self.active, "show srp details"))

    def test_calls_are_counted_the_same_everywhere(self):
        show = self.lab.show
        summary = show(self.active, "show subscribers summary")
        self.assertEqual((summary["total_subscribers"], summary["pgw_gtp_ipv4"],
                          summary["ggsn_pdp_type_ipv4"]), (CALLS, GTPV2, CALLS - GTPV2))
        resources = show(self.active, "show resources")
        self.assertEqual(resources["pgw_service"]["in_use"], GTPV2)
        self.assertEqual(resources["ggsn_service"]["in_use"], CALLS - GTPV2)
        self.assertGreaterEqual(resources["ggsn_service"]["max_used"], CALLS - GTPV2)
        self.assertEqual(show(self.active, "show session progress")["in_progress"], CALLS)
        self.assertEqual(show(self.active, "show pgw-service all")["services"][0]["sessions"],
                         GTPV2)
        tasks = show(self.active, "show task resources facility sessmgr all")["tasks"]
        self.assertEqual(sum(one["sessions"] for one in tasks), CALLS)
        mgrs = show(self.active, "show session subsystem facility sessmgr all debug-info")
        self.assertEqual(sum(one["sessions_v2"] for one in mgrs["sessmgrs"]), GTPV2)
        self.assertRegex(self.text(self.standby, "show srp checkpoint statistics | grep allocated"),
                         rf"^Current pre-allocated calls: +{CALLS}\n$")
        self.assertRegex(self.text(self.active, "show subs summary |grep Total"),
                         rf"^Total Subscribers: +{CALLS} *\n$")
        self.assertEqual(show(self.standby, "show subscribers summary")["total_subscribers"], 0)

    def test_checks_of_the_upgrade_procedure_pass(self):
        for instance in lab.INSTANCES:
            for command in ("show card table all |grep unknown", "show card table |grep offline"):
                self.assertEqual(self.text(instance, command), "")
            status = self.text(instance, "show resources |grep Status").splitlines()
            self.assertEqual({one.split(":")[1].strip().lower() for one in status},
                             {"within acceptable limits"})
            self.assertEqual(self.lab.show(instance, "show alarm outstanding")["outstanding"], [])
            for kind in ("ggsn", "pgw", "egtp", "gtpu"):
                self.assertRegex(
                    self.text(instance, f'show {kind}-service all |grep "Service Status:"'),
                    r"^  Service Status: +Started\n$")
            bgp = self.lab.show(instance, "show ip bgp summary")["contexts"]
            self.assertTrue(all(peer["up"] for one in bgp for peer in one["neighbors"]), bgp)
            recovery = self.lab.show(instance, "show session recovery status verbose")
            self.assertTrue(all(card["status"].startswith("Good") for card in recovery["cards"]))
            self.assertFalse(recovery["ready"], "there is no recovery inside an instance")
            self.assertIn("Inter-Chassis Session Recovery",
                          self.text(instance, "show license information"))

    def test_why_calls_ended_is_counted_and_cleared(self):
        self.lab.vpclab("exec", self.active, "clear session disconnect-reasons")
        self.assert_good(self.calls.pop().finish(), GTPV2)

        def reasons():
            return self.lab.show(self.active, "show session disconnect-reasons")

        lab.wait_for(lambda: reasons()["total_disconnects"] == GTPV2, SECONDS, reasons)
        self.assertEqual(reasons()["reasons"]["remote_disconnect"], GTPV2)
        rows = self.lab.show(self.active, "show session counters historical all")["intervals"]
        self.assertGreaterEqual(sum(one["disconnected"] for one in rows), GTPV2)
        self.lab.vpclab("exec", self.active, "clear session disconnect-reasons")
        self.assertEqual(reasons()["total_disconnects"], 0)

    def test_a_card_that_dies_is_in_all_tables(self):
        for spare in ("sf6", "sf5"):
            self.lab.vpclab("kill", self.standby, spare)
        self.lab.wait(f"{self.standby}.card5=dead")

        def alarms():
            shown = self.lab.show(self.standby, "show alarm outstanding")["outstanding"]
            return {(one["notification"], one["object"]) for one in shown}

        lab.wait_for(lambda: {("CardDown", "Card 5"), ("CardDown", "Card 6"),
                              ("CardSPOFAlarm", "Card 4")} <= alarms(), SECONDS, alarms)
        recovery = self.lab.show(self.standby, "show session recovery status verbose")["cards"]
        self.assertEqual([one["slot"] for one in recovery if not one["good"]], [5, 6])
        crashes = self.lab.show(self.standby, "show crash list")["crashes"]
        self.assertEqual(sorted(one["slot"] for one in crashes[-2:]), [5, 6])
        statistics = self.lab.show(self.standby, "show alarm statistics")
        self.assertGreaterEqual(statistics["current"]["major"], 2)
        self.lab.vpclab("exec", self.standby, "clear alarm all")
        self.assertEqual(alarms(), set())
        self.lab.vpclab("start", self.standby, "sf5")
        self.lab.vpclab("start", self.standby, "sf6")
        self.lab.wait("sync", seconds=SECONDS)

    def test_processes_say_what_they_use(self):
        def tasks():
            return self.lab.show(self.active, "show task resources")["tasks"]

        self.assertEqual([(one["facility"], one["slot"]) for one in tasks()],
                         [("cf", 1), ("demux", 3), ("sessmgr", 4), ("sessmgr", 5), ("sf", 6)])
        pids = self.lab.pids()
        for one in tasks():
            name = {"cf": "cf1", "demux": "demux3"}.get(one["facility"], f"sf{one['slot']}")
            limits = open(f"/proc/{pids[f'{self.active}/{name}']}/limits").read()
            self.assertGreater(one["memory_kib"], 1000)
            self.assertEqual(one["files_most"],
                             int(re.search(r"Max open files +(\d+)", limits)[1]))
            self.assertGreater(one["files"], 5)
        lab.wait_for(lambda: any(one["cpu_permille"] for one in tasks()), SECONDS, tasks)
        cpus = {one["slot"]: one for one in self.lab.show(self.active, "show cpu table")["cpus"]}
        self.assertEqual(sorted(cpus), [1, 2, 3, 4, 5, 6])
        self.assertFalse(cpus[2]["known"], "the other CF does not tell")

    def test_what_is_not_there_is_refused_with_the_fix(self):
        for command, pattern in (
                ("show ip bgp summary nowhere", r"no context \"nowhere\"; see show context all"),
                ("show ip bgp summary source", r"context \"source\" has no router bgp"),
                ("show pgw-service name nobody", r"no pgw-service \"nobody\"; see show service"),
                ("show task resources facility sessmgr instance 9", r"no session manager 9; see"),
                ("show session subsystem facility sessmgr instance 9 debug-info",
                 r"no session manager 9; see")):
            done = self.lab.vpclab("exec", self.active, command, expect=1)
            self.assertRegex(done.stderr, f"^Failure: .*{pattern}")

    def test_notifications_can_be_forgotten(self):
        self.assertNotEqual(self.lab.show(self.active, "show snmp trap history"), [])
        self.lab.vpclab("exec", self.active, "clear snmp trap history")
        self.assertEqual(self.lab.show(self.active, "show snmp trap history"), [])
        self.assertGreater(self.lab.show(self.active, "show snmp notifies")["generated"], 0)
        self.lab.vpclab("exec", self.active, "clear snmp trap statistics")
        self.assertEqual(self.lab.show(self.active, "show snmp notifies")["generated"], 0)


if __name__ == "__main__":
    lab.main(Show)
