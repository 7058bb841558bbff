"""Every command that the manual's ICSR chapter names, typed on a living pair, and for each a line
of evidence that it did what it says. Forms are those of the manual, values are ours."""

import re
import signal

import lab

SECONDS = lab.SECONDS
CALLS = 20
PEER = "ocs.icsr.test"  # of topologies/monitored-east.cfg
EMPTY = r"\n----  [- ]+\n\s*\Z"  # a table without rows
SUPPORT = {  # show support details icsr, in the manual's order, and what each shows on the Active
    "show srp info": r"Chassis State: +Active",
    "show srp checkpoint statistics": rf"Full Checkpoints:\n +Sent: +{CALLS} ",
    "show srp checkpoint statistics verbose":
        r"\n +1 +Active-Connected +Ready( +\d+){4} +[1-9]\d* +\d+\n +2 ",
    "show srp checkpoint statistics debug-info": r"\n GGSN_APN ID MAPPING +[1-9]",
    "show srp checkpoint statistics sessmgr all":
        r"(?s)Sessmgr Instance: +1\n.*Connection: +Ready\n.*Sessmgr Instance: +2\n",
    "show srp checkpoint statistics sessmgr all debug-info":
        r"(?s)Instance: +1\n.*\n GGSN_APN ID MAPPING +[1-9].*Instance: +2\n",
    "show srp checkpoint statistics ipsecmgr all": EMPTY,
    "show srp checkpoint statistics sessmgr all write-list-stats":
        r"\n +1( +\d+){3}( +[1-9]\d*){2}\n +2 ",
    "show srp checkpoint info": r"(?m)^ +1 +SESS_UCHKPT_CMD_INVALIDATE_CRR ",
    "show srp monitor": r"Bgp monitor state: +Up\n",
    "show srp monitor all": r"\n B +dest +[\d.]+ +- +1 +U",
    "show srp monitor diameter debug": EMPTY,
    "show srp statistics": r"Hello Messages Sent: +[1-9]",
    "show srp call-loss statistics": r"Switchover-\d+ started at .*\n +Reason: +manualSwitchOver\n",
    "show srp audit-statistics": rf"(?m)^Manual-with-sync .* Complete +{CALLS}( +0){{4}}$",
    "show session subsystem facility sessmgr all debug-info":
        r"(?s)SessMgr: Instance 1\n.*\n  opened +[1-9].*SessMgr: Instance 2\n",
}

# Commands of the Exec mode: form in the manual, chassis, what is typed, what its answer shows.
# An answer must be empty where the pattern is None.
SHOWN = (
    ("show srp info", "standby", "show srp info", r"Chassis State: +Standby"),
    ("show srp checkpoint statistics", "standby", "show srp checkpoint statistics",
     rf"Current pre-allocated calls: +{CALLS}\n"),
    ("show srp checkpoint statistics |more", "standby", "show srp checkpoint statistics |more",
     rf"Current pre-allocated calls: +{CALLS}\n"),
    ("show checkpoint statistics verbose", "active", "show checkpoint statistics verbose",
     r"\n +1 +Active-Connected +Ready "),
    ("show srp monitor bgp", "active", "show srp monitor bgp",
     r"\n B +dest +[\d.]+ +- +1 +U"),
    ("show srp details", "active", "show srp details", r"(?s)Chassis State: .*Hello Messages"),
    ("show srp checkpoint info", "standby", "show srp checkpoint info",
     r"(?m)^ +1 +SESS_UCHKPT_CMD_INVALIDATE_CRR "),
    ("show license information", "active", "show license information",
     r"Inter-Chassis Session Recovery"),
    ("show configuration srp", "active", "show configuration srp",
     r"(?s)\nconfig\n.*service-redundancy-protocol\n.*#exit"),
    ("directory /flash", "active", "directory /flash", r"system\.cfg"),
    ("show version", "active", "show version", r"Image Version: +\d+\.\d+"),
    ("show build", "active", "show build", r"Image Version"),
    ("show boot", "active", "show boot",
     r"(?m)^boot system priority \d+ \\\n    image /flash/\S+ \\\n    config /flash/\S+"),
    ("show card table all |grep unknown", "active", "show card table all |grep unknown", None),
    ("show card table |grep offline", "active", "show card table |grep offline", None),
    ("show resources |grep Status", "active", "show resources |grep Status",
     r"^(    License Status +: Within Acceptable Limits\n)+$"),
    ("show alarm outstanding", "active", "show alarm outstanding", r"Sev Object +Event"),
    ("show ip bgp summary", "active", "show ip bgp summary", r"(?s)Neighbor .*\d+:\d\d:\d\d +\d"),
    ('show SERVICE all |grep "Service Status:"', "active",
     'show ggsn-service all |grep "Service Status:"', r"Service Status: +Started"),
    ('show SERVICE all |grep "Service Status:"', "active",
     'show pgw-service all |grep "Service Status:"', r"Service Status: +Started"),
    ("show session recovery status verbose", "active", "show session recovery status verbose",
     r"(?s)Session Recovery Status:.*\n 4/0 Active .*Good"),
    ("show subs summary |grep Total", "active", "show subs summary |grep Total",
     rf"Total Subscribers: +{CALLS}\b"),
    ("show snmp trap history |grep starSRPAAAUnreachable", "active",
     "show snmp trap history |grep starSRPAAAUnreachable", None),
    *((line, "active", line, pattern) for line, pattern in SUPPORT.items()),
)

# Configuration: the manual's title, the block as it stands there, what `show configuration` has then
# and not before, a line behind the lines that it stands in where these matter.
BLOCKS = (
    ("Creating and Binding the SRP Context", """
configure
context redundancy -noconfirm
end
""", ("context redundancy",)),
    ("Basic Parameters", """
configure
  context srp
    service-redundancy-protocol
    chassis-mode {mode}
    priority {priority}
    hello-interval 2
    dead-interval 7
    end
""", ("priority {priority}", "hello-interval 2", "dead-interval 7")),
    ("SRP Redundancy, AAA and Diameter Guard Timers", """
configure
  context srp
    service-redundancy-protocol
      guard-timer aaa-switchover-timers damping-period 11
      guard-timer aaa-switchover-timers guard-period 12
      guard-timer diameter-switchover-timers damping-period 13
      guard-timer diameter-switchover-timers guard-period 14
      guard-timer srp-redundancy-timers aaa damping-period 15
      guard-timer srp-redundancy-timers aaa guard-period 16
      guard-timer srp-redundancy-timers bgp damping-period 17
      guard-timer srp-redundancy-timers bgp guard-period 18
      guard-timer srp-redundancy-timers diam damping-period 19
      guard-timer srp-redundancy-timers diam guard-period 20
      end
""", ("guard-timer aaa-switchover-timers damping-period 11",
      "guard-timer aaa-switchover-timers guard-period 12",
      "guard-timer diameter-switchover-timers damping-period 13",
      "guard-timer diameter-switchover-timers guard-period 14",
      "guard-timer srp-redundancy-timers aaa damping-period 15",
      "guard-timer srp-redundancy-timers aaa guard-period 16",
      "guard-timer srp-redundancy-timers bgp damping-period 17",
      "guard-timer srp-redundancy-timers bgp guard-period 18",
      "guard-timer srp-redundancy-timers diam damping-period 19",
      "guard-timer srp-redundancy-timers diam guard-period 20")),
    ("DSCP Marking of SRP Messages", """
configure
context srp
service-redundancy-protocol
dscp-marking control af41
dscp-marking session af11
end
""", ("dscp-marking control af41", "dscp-marking session af11")),
    ("Allow Non-VoLTE Traffic During ICSR Switchover", """
configure
context srp
service-redundancy-protocol
switchover allow-volte-data-traffic maintain-accounting
switchover allow-all-data-traffic
end
""", ("switchover allow-volte-data-traffic maintain-accounting",
      "switchover allow-all-data-traffic")),
    ("Allow Early Active Transition", """
configure
context srp
service-redundancy-protocol
switchover allow-early-active-transition
end
""", ("switchover allow-early-active-transition",)),
    ("Graceful Cleanup of ICSR After Audit of Failed Calls", """
configure
  require graceful-cleanup-during-audit-failure del-cause non-ims-apn system-failure
end
""", ("require graceful-cleanup-during-audit-failure del-cause non-ims-apn system-failure",)),
    ("Optimization of Switchover Control Outage Time", """
configure
context srp
service-redundancy-protocol
switchover control-outage-optimization
end
""", ("switchover control-outage-optimization",)),
    ("Configuring the SRP Context Interface Parameters", """
configure
context srp -noconfirm
    interface srp2
    ip-address {spare}/24
    exit
    exit
    port ethernet 17/1
    description "SRP link"
    medium speed 1000 duplex full
    no shutdown
    bind interface srp2 srp
    end
""", ("interface srp2", "port ethernet 17/1", 'description "SRP link"',
      "medium speed 1000 duplex full", "port ethernet 17/1 > no shutdown",
      "bind interface srp2 srp")),
    ("Enabling NACK Messaging from the Standby Chassis", """
configure
  context srp
   service-redundancy-protocol
     checkpoint session nack macro
     checkpoint session nack micro max-response 5
     no checkpoint session nack macro
     end
""", ("checkpoint session nack micro max-response 5",)),
    ("periodic-interval", """
configure
context srp
service-redundancy-protocol
default checkpoint session periodic-interval
no checkpoint session periodic-interval
checkpoint session periodic-interval 60
end
""", ("checkpoint session periodic-interval 60",)),
    ("Configuring LZ4 Compression Algorithm", """
configure
  context srp
   service-redundancy-protocol
      checkpoint session compression lz4
   end
""", ("checkpoint session compression lz4",)),
    ("Reducing Sync-Up Time with Standby ICSR Chassis", """
configure
  context srp
   service-redundancy-protocol
    standby database-recovery aggressive
   end
""", ("standby database-recovery aggressive",)),
    ("Configuring BGP Router and Gateway Address", """
configure
context source
router bgp 65001
network 198.51.100.0/24
neighbor {router} remote-as 65000
end
""", ("context source > router bgp 65001 > network 198.51.100.0/24",
      "context source > router bgp 65001 > neighbor {router} remote-as 65000")),
    ("Configuring the SRP Context for BGP", """
configure
context srp
service-redundancy-protocol
monitor bgp context dest {router} group 1
monitor bgp context PGWin 2001:db8:201:1102:103:2a1:: group 3
no monitor bgp context PGWin 2001:db8:201:1102:103:2a1::
monitor bgp vrf-srp-validate
no monitor bgp vrf-srp-validate
end
""", ("monitor bgp context dest {router} group 1",)),
    ("Setting Subscriber to Default Mode", """
configure
  context dest
    subscriber default
    end
""", ("context dest > subscriber default",)),
    ("Disabling Bulk Statistics Collection on a Standby System", """
configure
bulkstat mode
no gather-on-standby
end
""", ("bulkstats mode", "no gather-on-standby")),
    ("Configuring Subscriber State Management Audit Process", """
config
  context srp
  service-redundancy-protocol
   audit daily-start-time 06 00
   audit periodicity 90
  end
""", ("audit daily-start-time 06 00", "audit periodicity 90")),
    ("busyout ip pool", """
configure
context dest
ip pool spare 198.18.64.0 255.255.255.0 public 0 srp-activate
busyout ip pool name spare
end
""", ("busyout ip pool name spare",)),
    ("Verifying the Primary and Backup Configuration", """
config
  context source
   interface haservice loopback
     ip address {ha} 255.255.255.255 srp-activate
    #exit
   radius attribute nas-ip-address address {ha}
    radius server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1812
    radius accounting server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1813
   ha-service ha-pdsn
     mn-ha-spi spi-number 256 encrypted secret 6c93f7960b726b6f6c93f7960b726b6f hash-algorithm md5
      fa-ha-spi remote-address 192.168.82.0/24 spi-number 256 encrypted secret 1088bdd6817f64df
     bind address {ha}
    #exit
  #exit
  context destination -noconfirm
   ip pool dynamic 172.18.0.0 255.255.0.0 public 0 srp-activate
   ip pool static 172.19.0.0 255.255.240.0 static srp-activate
  #exit
end
""", ("interface haservice loopback", "ip address {ha} 255.255.255.255 srp-activate",
      "radius attribute nas-ip-address address {ha}",
      "radius server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1812",
      "radius accounting server 192.168.83.2 encrypted key 01abd002c82b4a2c port 1813",
      "ha-service ha-pdsn", "ha-service ha-pdsn > bind address {ha}", "context destination",
      "mn-ha-spi spi-number 256 encrypted secret 6c93f7960b726b6f6c93f7960b726b6f "
      "hash-algorithm md5",
      "fa-ha-spi remote-address 192.168.82.0/24 spi-number 256 encrypted secret "
      "1088bdd6817f64df",
      "ip pool dynamic 172.18.0.0 255.255.0.0 public 0 srp-activate",
      "ip pool static 172.19.0.0 255.255.240.0 static srp-activate")),
)

SRP = "configure\ncontext srp\nservice-redundancy-protocol\n"

# What takes back what the lab has of a block already.
BEFORE = {
    "Configuring LZ4 Compression Algorithm": SRP + "default checkpoint session compression\nend",
    "Reducing Sync-Up Time with Standby ICSR Chassis":
        SRP + "default standby database-recovery\nend",
    "Configuring the SRP Context for BGP": SRP + "no monitor bgp context dest {router}\nend",
    "Setting Subscriber to Default Mode": "configure\ncontext dest\nno subscriber default\nend",
}

# What the `no` lines of a block leave nothing of: beginnings of lines.
GONE = {
    "Enabling NACK Messaging from the Standby Chassis": ("checkpoint session nack macro",),
    "Configuring the SRP Context for BGP": ("monitor bgp context PGWin",
                                            "monitor bgp vrf-srp-validate"),
}


class Manual(lab.Case):
    lab_options = {"scale": 2}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.configure_srp(f"monitor bgp context dest {cls.lab.address('2.1')} group 1")

    def setUp(self):
        super().setUp()
        self.wait_synced()
        self.chassis = {"active": self.lab.in_state("Active")}
        self.chassis["standby"] = self.lab.other(self.chassis["active"])

    def type(self, role, text, expect=0):
        return self.lab.vpclab("exec", self.chassis[role], text, expect=expect).stdout

    def configuration(self, role):
        """Each line behind those that it stands in: "context srp > interface srp1"."""
        found, open_blocks = [], []
        for line in self.lab.show(self.chassis[role], "show configuration")["configuration"]:
            depth = (len(line) - len(line.lstrip())) // 2
            open_blocks[depth:] = [line.strip()]
            found.append(" > ".join(open_blocks[1:] or open_blocks))
        return found

    @staticmethod
    def has(configuration, line):
        return any(f" > {one}".endswith(f" > {line}") for one in configuration)

    def test_what_it_shows(self):
        self.chassis["active"], self.chassis["standby"] = self.lab.switch_over()
        with self.call(CALLS):
            lab.wait_for(lambda: self.lab.show(self.chassis["standby"],
                                               "show srp checkpoint statistics")
                         ["crrs"] == CALLS, SECONDS,
                         "the Standby has all calls")
            self.audit()
            for form, role, line, pattern in SHOWN:
                with self.subTest(form=form, role=role):
                    said = self.type(role, line)
                    if pattern is None:
                        self.assertEqual(said, "")
                    else:
                        self.assertRegex(said, pattern)

    def audit(self):
        self.type("active", "srp initiate-audit manual-with-sync")
        lab.wait_for(lambda: re.search(r"(?m)^Manual-with-sync .* Complete ",
                                       self.type("active", "show srp audit-statistics")),
                     SECONDS, "the audit is complete")

    def test_support_details_have_the_commands_in_order(self):
        for line in ("show support details icsr", "show support details icshr"):
            found = re.findall(r"(?m)^\*{8} (.*?) \*+$", self.type("active", line))
            self.assertEqual(found, list(SUPPORT))
        self.type("active", "show support details icsr to file /flash/ssd.txt")
        self.assertIn("ssd.txt", self.type("active", "directory /flash"))

    def test_what_it_configures(self):
        for role in ("active", "standby"):
            mode = self.lab.show(self.chassis[role], "show srp info")["chassis_mode"].lower()
            values = {"mode": mode, "priority": {"primary": 11, "backup": 12}[mode],
                      "spare": self.lab.address("0.99"), "router": self.lab.address("2.1"),
                      "ha": self.lab.address("1.77")}
            for title, block, expected in BLOCKS:
                with self.subTest(title=title, role=role):
                    if title in BEFORE:
                        self.type(role, BEFORE[title].format(**values))
                    before = self.configuration(role)
                    self.type(role, block.strip().format(**values))
                    after = self.configuration(role)
                    for line in expected:
                        self.assertFalse(self.has(before, line.format(**values)), line)
                        self.assertTrue(self.has(after, line.format(**values)), line)
                    for line in GONE.get(title, ()):
                        self.assertEqual([one for one in after if f" > {line}" in one], [])
        self.wait_synced()

    def test_commands_of_the_standby(self):
        for role in self.chassis:
            self.type(role, "configure\ncontext srp\nservice-redundancy-protocol\n"
                      "checkpoint session nack micro\nend")
        for word, status in (("disable", "Disabled"), ("enable", "Enabled")):
            self.type("standby", f"srp {word} nack micro-chkpt-cmd 19")
            self.assertRegex(self.type("standby", "show srp checkpoint info"),
                             rf"(?m)^ +19 +\S+ +{status}")

    def test_commands_of_the_active(self):
        self.audit()
        self.type("active", "srp validate-configuration")
        lab.wait_for(lambda: re.search(r"Peer Configuration Validation: +Complete",
                                       self.type("active", "show srp info")), SECONDS,
                     "the configurations are compared")
        self.type("active", "srp validate-switchover")
        lab.wait_for(lambda: re.search(r"Remote Chassis - Ready for Switchover",
                                       self.type("active", "show srp info")), SECONDS,
                     "both chassis are ready")

    def test_post_processing_is_terminated(self):
        leaver, taker = self.chassis["active"], self.chassis["standby"]
        # Without a session manager the leaver does not become a synchronised Standby.
        self.lab.signal([self.lab.pids()[f"{leaver}/sf4"]], signal.SIGKILL)
        self.lab.wait(f"{leaver}.card4=dead")
        self.type("active", "srp initiate-switchover force -noconfirm")
        self.lab.wait(f"{taker}.chassis=active", f"{leaver}.chassis=standby")
        lab.wait_for(lambda: self.phase(taker) == "post-process", SECONDS, "it is left to do")
        refused = self.lab.vpclab("exec", leaver, "srp terminate-post-process", expect=1)
        self.assertEqual(refused.stderr, "Failure: the chassis is not in Active state\n")
        self.assertEqual(self.phase(taker), "post-process")
        self.lab.vpclab("exec", taker, "srp terminate-post-process")
        self.assertEqual(self.phase(taker), "-")

    def phase(self, instance):
        return self.lab.show(instance, "show srp info")["phase"]

    def test_a_forced_switchover(self):
        leaver = self.chassis["active"]
        self.type("active", "srp initiate-switchover force -noconfirm")
        self.lab.wait_switched(self.lab.other(leaver))
        self.assertRegex(self.lab.vpclab("exec", leaver, "show srp info").stdout,
                         r"Chassis State: +Standby")

    def test_files_and_the_boot_stack(self):
        self.type("active", "save configuration /flash/saved.cfg -noconfirm")
        self.type("active", "copy /flash/saved.cfg /flash/copy.cfg -noconfirm")
        self.assertIn("copy.cfg", self.type("active", "directory /flash"))
        image = re.search(r"image (\S+)", self.type("active", "show boot")).group(1)
        self.assertRegex(self.type("active", f"show version {image}"), r"Image Version: +\d")
        self.type("active", f"configure\nboot system priority 3 image {image} "
                  "config /flash/copy.cfg\nend")
        self.assertIn("boot system priority 3 \\", self.type("active", "show boot"))
        self.type("active", "configure\nno boot system priority 3\nend")
        self.assertNotIn("boot system priority 3 \\", self.type("active", "show boot"))
        self.type("active", "filesystem synchronize all -noconfirm")

    def test_zz_reload(self):
        before = self.lab.pids()
        def starts():
            return [len(self.lab.events(self.chassis["standby"], card, "process.start"))
                    for card in ("cf1", "cf2", "demux3", "sf4", "sf5", "sf6")]
        were = starts()
        self.type("standby", "reload -noconfirm")
        lab.wait_for(lambda: all(now > was for now, was in zip(starts(), were)), SECONDS,
                     "each card has started anew")
        self.wait_synced()
        self.assertEqual(set(self.lab.pids()), set(before))


class Monitored(lab.Case):
    """What makes a chassis forget that servers failed."""

    lab_options = {"name": "monitored", "scale": 5, "dead": 10}

    def setUp(self):
        super().setUp()
        self.wait_synced()

    def world(self, server, how):
        self.lab.vpclab("exec", "world", f"aaa {self.lab.address(server)} {how}")

    def monitor(self, instance, target):
        shown = self.lab.show(instance, "show srp monitor")["monitors"]
        return next(one for one in shown if one["target"] == target)

    def wait_state(self, instance, target, state):
        lab.wait_for(lambda: self.monitor(instance, target)["state"] == state, SECONDS,
                     f"{target} is {state}")

    def test_failed_probes_are_forgotten(self):
        active = self.lab.in_state("Active")
        server = self.lab.address("8.1")
        self.world("8.1:1812", "silent")  # another one answers
        self.wait_state(active, server, "Down")
        self.world("8.1:1812", "answer")
        self.wait_state(active, server, "Up")
        self.assertEqual(self.monitor(active, server)["failures"], 1)
        self.lab.vpclab("exec", active, "srp reset-auth-probe-fail")
        self.assertEqual(self.monitor(active, server)["failures"], 0)

    def test_failed_diameter_peers_are_forgotten(self):
        leaver = self.lab.in_state("Active")
        taker = self.lab.other(leaver)
        debug = self.lab.vpclab("exec", leaver, "show srp monitor diameter debug").stdout
        self.assertRegex(debug, rf"endpoint gy peer {PEER}\n(.*\n)+ +sent: +[1-9]")
        self.world("8.3:3868", "silent")
        self.lab.wait(f"{taker}.chassis=active", seconds=SECONDS)
        self.world("8.3:3868", "answer")
        self.wait_state(taker, PEER, "Up")
        held_back = "Held back until srp reset-diameter-fail"
        self.assertIn(held_back, self.lab.vpclab("exec", taker, "show srp monitor").stdout)
        self.lab.vpclab("exec", taker, "srp reset-diameter-fail")
        self.assertNotIn(held_back, self.lab.vpclab("exec", taker, "show srp monitor").stdout)


if __name__ == "__main__":
    lab.main(Manual, Monitored)
