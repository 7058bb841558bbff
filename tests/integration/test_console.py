"""Two chassis that nobody has configured, and a person at each console: finds out what there is with
`?`, types the manual's steps until the pair is synchronised, breaks it on purpose, reads what
differs and mends it."""

import re

import pexpect

import lab

SECONDS = lab.SECONDS
PROMPT = r"\[(\w+)\](\w+)(\([\w-]+\))?[#>] $"


class Console:
    """A terminal of 24 x 100 with `vpclab cli` in it."""

    def __init__(self, case, instance, *options):
        self.case = case
        self.instance = instance
        self.child = pexpect.spawn(str(lab.PROGRAMS["vpclab"]), ["cli", instance, *options],
                                   env={**case.lab.env, "TERM": "vt100"}, encoding="utf-8",
                                   timeout=SECONDS, dimensions=(24, 100))
        case.addCleanup(self.child.close, force=True)
        self.wait()
        self.type("terminal length 0")

    def wait(self):
        """Until the prompt; what was said before it, without control sequences."""
        self.child.expect(PROMPT)
        self.prompt = self.child.match.group(0)
        said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07", "", self.child.before)
        return said.replace("\r", "")

    def type(self, line):
        """The answer to a line, without its echo."""
        self.child.sendline(line)
        return self.wait().split("\n", 1)[-1]

    def help(self, start=""):
        """What `?` tells, without Enter; the line is given up then."""
        self.child.send(start + "?")
        self.child.expect(PROMPT[:-1] + re.escape(start) + "$")
        said = self.child.before.replace("\r", "")
        self.child.sendcontrol("c")
        self.wait()
        return said


class FromNothing(lab.Case):
    lab_options = {"name": "blank", "scale": 10}
    starts_up = False

    def setUp(self):
        super().setUp()
        self.lab.vpclab("up", self.lab.topology, "--no-wait")

    def steps(self, instance):
        """What the manual tells, with the addresses of this lab; both chassis alike but for
        their own."""
        own, peer = ("0.11", "0.12") if instance == "east" else ("0.12", "0.11")
        address = self.lab.address
        return f"""configure
system hostname {instance}
context source -noconfirm
interface gtp loopback
ip address {self.lab.service} 255.255.255.255 srp-activate
exit
gtpu-service gtpu1
bind ipv4-address {self.lab.service}
exit
ggsn-service ggsn1
associate gtpu-service gtpu1
bind ipv4-address {self.lab.service}
exit
apn internet
ip context-name dest
exit
exit
context dest -noconfirm
ip pool dyn1 172.16.0.0 255.255.0.0 public 0 srp-activate
ip pool dyn2 172.17.0.0 255.255.0.0 public 0 srp-activate
subscriber default
exit
router bgp 65001
network 172.16.0.0/16
neighbor {address("2.1")} remote-as 65000
exit
exit
context srp -noconfirm
interface srp1
ip address {address(own)} 255.0.0.0
exit
service-redundancy-protocol
chassis-mode {"primary" if instance == "east" else "backup"}
priority {1 if instance == "east" else 2}
hello-interval 1
dead-interval 20
standby database-recovery aggressive
checkpoint session duration 0
monitor bgp context dest {address("2.1")} group 1
peer-ip-address {address(peer)}
bind address {address(own)}
end""".splitlines()

    def configure(self, console):
        for line in self.steps(console.instance):
            said = console.type(line)
            self.assertNotIn("Failure", said, line)

    def differences(self, console):
        return console.type("srp validate-configuration")

    def test_from_nothing_to_a_pair_and_back_from_a_mistake(self):
        east, west = Console(self, "east"), Console(self, "west")
        self.assertEqual(east.prompt, "[local]east# ")

        # What is there?
        for word in ("show", "configure", "srp", "context"):
            self.assertRegex(east.help(), rf"(?m)^  {word} +\S")
        self.assertRegex(east.help("show srp "), r"(?m)^  info +\S")
        self.assertIn("Init", east.type("show srp info"))

        # The manual's steps on both chassis.
        self.configure(east)
        self.assertEqual(east.prompt, "[local]east# ")
        self.configure(west)
        self.lab.wait("sync", "east.chassis=active", "west.chassis=standby", seconds=SECONDS)
        self.assertRegex(east.type("show srp info | grep State"), r"Chassis State: +Active")
        calls = self.call(20)
        calls.wait_open()

        # A mistake: pools in another order, and a hello-interval.
        west.type("configure")
        self.assertEqual(west.prompt, "[local]west(config)# ")
        west.type("context dest")
        west.type("no ip pool dyn1")
        west.type("ip pool dyn1 172.16.0.0 255.255.0.0 public 0 srp-activate")
        west.type("context srp")
        west.type("service-redundancy-protocol")
        self.assertEqual(west.prompt, "[srp]west(config-srp)# ")
        west.type("hello-interval 2")
        west.type("end")
        lab.wait_for(lambda: "hello-interval" in self.differences(east), SECONDS,
                     "the difference is named")
        said = self.differences(east)
        self.assertRegex(said, r'srp hello-interval: here "1", at the peer "2"')
        self.assertRegex(said, r'order of ip pools in context dest: here "dyn1 dyn2", '
                               r'at the peer "dyn2 dyn1"')
        self.assertRegex(east.type("show srp info"),
                         r"Last Peer Configuration Error: Peer Checksum Validation Failure\.")
        self.assertIn("SRPConfigOutOfSync", east.type("show snmp trap history"))

        # Mended.
        for line in ("configure", "context dest", "no ip pool dyn2",
                     "ip pool dyn2 172.17.0.0 255.255.0.0 public 0 srp-activate", "context srp",
                     "service-redundancy-protocol", "hello-interval 1", "end"):
            self.assertNotIn("Failure", west.type(line))
        lab.wait_for(lambda: "SRPConfigInSync" in east.type("show snmp trap history"), SECONDS,
                     "the chassis agree again")
        self.assertNotIn("here \"", self.differences(east))
        self.lab.wait("sync", seconds=SECONDS)
        self.assert_good(calls.finish(), 20)

    def test_a_new_context_is_asked_about(self):
        east = Console(self, "east")
        east.type("configure")
        east.child.sendline("context mistyped")
        east.child.expect_exact("Are you sure? [Yes|No]: ")
        east.child.sendline("no")
        east.wait()
        self.assertNotIn("mistyped", east.type("do show configuration"))
        east.child.sendline("context meant")
        east.child.expect_exact("Are you sure? [Yes|No]: ")
        east.child.sendline("yes")
        east.wait()
        self.assertEqual(east.prompt, "[meant]east(config-ctx)# ")
        self.assertIn("context meant", east.type("do show configuration"))

    def test_a_question_swallows_no_paste(self):
        """What was pasted behind the line that asks is not carried out anywhere."""
        east = Console(self, "east")
        east.child.send("configure\rcontext pasted\rinterface i\rexit\rexit\rexit\recho shell\r")
        east.child.expect_exact("more lines were waiting, which are no answer")
        east.wait()
        self.assertEqual(east.prompt, "[local]east(config)# ")
        self.assertNotIn("pasted", east.type("do show configuration"))

    def test_a_file_or_a_pipe_is_not_asked(self):
        text = "configure\ncontext filed\ninterface lo loopback\nend\n"
        self.lab.vpclab("cli", "east", input=text)
        self.lab.vpclab("exec", "east", text.replace("filed", "lined"))
        has = self.lab.show("east", "show configuration")["configuration"]
        self.assertIn("  context filed", has)
        self.assertIn("  context lined", has)
        self.lab.vpclab("exec", "east", "configure\nno context filed\nno context lined")

    def test_two_consoles_see_the_same_configuration(self):
        one, other = Console(self, "east"), Console(self, "east")
        for line in ("configure", "context shared -noconfirm", "interface if1"):
            one.type(line)
        self.assertIn("interface if1", other.type("show configuration"))
        other.type("configure")
        other.child.sendline("no context shared")
        other.child.expect_exact("Are you sure? [Yes|No]: ")
        other.child.sendline("perhaps")  # is no answer
        other.child.expect_exact("Are you sure? [Yes|No]: ")
        other.child.sendline("y")
        self.assertNotIn("Failure", other.wait())
        self.assertIn("somebody else removed it", one.type("ip address 192.0.2.1 255.255.255.0"))
        self.assertEqual(one.prompt, "[local]east# ")

    def test_a_line_that_is_wrong_is_answered_with_what_would_be_right(self):
        east = Console(self, "east")
        for line, answer in (
                ("show srp inof", '"inof", unrecognized keyword; did you mean "info"?'),
                ("show alarm", "Incomplete command - one of all, outstanding, statistics is missing"),
                ("delete", "Incomplete command - <url> is missing"),
                ("context -noconfirm", '<name> must not begin with "-"'),
                ("show card table | cuont", 'did you mean "count"?')):
            with self.subTest(line=line):
                self.assertIn(answer, east.type(line))
        self.assertRegex(east.type("delete"), r"^ {19}\^\n")
        east.type("configure")
        for line, answer in (
                ("show card table", '"show", unrecognized keyword; do runs Exec commands'),
                ("hello-interval 5", '"hello-interval", unrecognized keyword; it belongs to '
                                     "config-srp"),
                ("no monitor bgp exclusive-failover", "; it belongs to config-srp"),
                ("sytem hostname a", '"sytem", unrecognized keyword; did you mean "system"?')):
            with self.subTest(line=line):
                self.assertIn(answer, east.type(line))

    def test_an_empty_line_has_no_time(self):
        east = Console(self, "east")
        self.assertRegex(east.type("show card table"), r"^\w+ \w+ \d\d \d\d:\d\d:\d\d UTC ")
        self.assertEqual(east.type(""), "")
        self.assertEqual(east.type("  "), "")

    def test_help_explains_words_and_arguments_in_columns(self):
        east = Console(self, "east")
        self.assertRegex(east.help(), r"(?m)^  no +Undo a setting$")
        self.assertRegex(east.help("delete "), r"(?m)^  <url> +The name of a file, such as ")
        self.assertRegex(east.help("show card table | "), r"(?m)^  grep +Lines that match$")
        self.assertNotIn("more", east.help("show card table | c"))
        for start in ("", "show ", "srp ", "show card table "):
            said = east.help(start).splitlines()
            begins = {match.start(1) for line in said
                      if (match := re.match(r"  \S+ {2,}(\S)", line))}
            self.assertEqual(len(begins), 1, said)

    def test_an_operator_reads_and_does_not_write(self):
        east = Console(self, "east", "--operator")
        self.assertEqual(east.prompt, "[local]east> ")
        self.assertIn("Chassis State", east.type("show srp info"))
        self.assertIn("Failure: this command is for administrators", east.type("configure"))
        self.assertIn("Failure: this command is for administrators", east.type("srp"))
        self.assertIn("Failure: Unknown command", east.type("nonsense"))
        self.assertNotRegex(east.help(), r"(?m)^  configure ")

    def test_a_standby_cf_refuses_to_be_configured(self):
        _, standby = self.control_functions("east")
        east = Console(self, "east", "--cf", standby)
        self.assertIn("Failure: this is the standby CF", east.type("configure"))

    def control_functions(self, instance):
        """The slots of the active and the standby CF."""
        active = self.lab.instance(instance)["active_cf"]
        return str(active), str(3 - active)

    def test_the_standby_cf_goes_on_with_what_was_typed(self):
        active, standby = self.control_functions("east")
        east = Console(self, "east")
        for line in ("configure", "context kept -noconfirm", "end"):
            east.type(line)
        lab.wait_for(lambda: "context kept" in self.lab.vpclab(
            "cli", "east", "--cf", standby, input="show configuration\n").stdout, SECONDS,
            "the other CF has it")
        self.lab.vpclab("kill", "east", f"cf{active}")
        self.lab.wait(f"east.cf={standby}", seconds=SECONDS)
        self.assertIn("context kept", east.type("show configuration"))

    def flash(self, instance):
        """/flash of the active CF."""
        slot = self.lab.show(instance, "show vpclab status")["slot"]
        return self.lab.rundir / instance / f"cf{slot}.flash"

    def test_a_file_is_replayed_and_every_bad_line_told(self):
        lines = [f"context c{i} -noconfirm\nexit" for i in range(4)]
        (self.flash("east") / "long.cfg").write_text("config\n" + "\n".join(lines) + "\nend\n")
        (self.flash("east") / "short.cfg").write_text("config\n\ncontext after\nend\n")
        (self.flash("east") / "bad.cfg").write_text(
            "config\n# a comment\ncontext good\nnonsense\ninterface i\nip address 1.2.3\nend\n")
        east = Console(self, "east")
        self.assertIn("10 lines read, 0 of them bad", east.type("configure /flash/long.cfg"))
        for i in range(4):
            east.type("configure")
            self.assertNotIn("Failure", east.type(f"no context c{i} -noconfirm"))
            east.type("end")
        self.assertIn("4 lines read, 0 of them bad", east.type("configure /flash/short.cfg"))
        has = east.type("show configuration")
        self.assertIn("context after", has)
        self.assertNotIn("context c", has)  # nothing of what was read before
        said = east.type("configure /flash/bad.cfg")
        self.assertIn('/flash/bad.cfg:4: Failure: Unknown command - "nonsense"', said)
        self.assertRegex(said, r"/flash/bad.cfg:6: Failure: Invalid value")
        self.assertIn("7 lines read, 2 of them bad; the others apply", said)
        self.assertIn("interface i", east.type("show configuration context good"))
        self.lab.vpclab("exec", "east", "configure /flash/bad.cfg", expect=1)

    def test_answers_go_to_files_of_administrators(self):
        east = Console(self, "east")
        self.assertNotIn("Failure", east.type("show version > /flash/one.txt"))
        self.assertNotIn("Failure", east.type("show version | grep Release >> /flash/one.txt"))
        text = (self.flash("east") / "one.txt").read_text()
        self.assertIn("Active Software:", text)
        self.assertIn("Failure", east.type("show version > /etc/passwd"))
        self.assertIn("Failure", east.type("show version > /flash/../x"))
        self.assertIn("is not fit to be boot.sys", east.type("show version > /flash/boot.sys"))
        self.assertIn("is not fit to be boot.sys",
                      east.type("save configuration /flash/boot.sys -noconfirm"))
        looker = Console(self, "east", "--inspector")
        for line in ("show version > /flash/two.txt", "show support details icsr to file /flash/two.txt"):
            self.assertIn("Failure: files are written by administrators", looker.type(line))
        self.assertFalse((self.flash("east") / "two.txt").exists())

    def test_objects_of_any_order_keep_their_place(self):
        east = Console(self, "east")
        for line in ("configure", "context z1 -noconfirm", "interface b loopback", "exit", "apn x",
                     "exit", "exit", "context z0 -noconfirm", "apn y", "exit", "exit", "context z1",
                     "interface a", "ip address 192.0.2.7 255.255.255.0", "exit", "pgw-service p",
                     "exit", "ggsn-service g"):
            self.assertNotIn("Failure", east.type(line), line)
        self.assertIn("config-ggsn-service", east.prompt)
        self.assertNotIn("Failure", east.type("bind ipv4-address 192.0.2.7"))
        text = east.type("do show configuration context z1")
        self.assertRegex(text, r"interface a\n +ip address 192\.0\.2\.7")
        self.assertRegex(text, r"ggsn-service g\n +bind ipv4-address 192\.0\.2\.7")
        self.assertRegex(text, r"interface b loopback\n +#exit")


if __name__ == "__main__":
    lab.main(FromNothing)
