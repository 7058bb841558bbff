"""The console's client at a terminal, in a pipe, and as `vpclab exec`, with a CF that only
plays one (console_server.c): what a person types and sees, and what a script gets."""

import json
import os
import re
import signal
import subprocess
import termios
import threading
import time

import lab
import lateness
from console import PROMPT, SECONDS, Served, Terminal

PASTED = 10000
PASTE_S = 60
SCRIPT_S = 15  # 1.5 s by a release build on a machine with nothing else to do
CTRL_C, CTRL_D, CTRL_V, UP, TAB, ESCAPE = "\x03", "\x04", "\x16", "\x1b[A", "\t", "\x1b"


class Typed(Served):
    def test_a_line_is_answered_and_exit_leaves(self):
        at = self.terminal()
        self.assertEqual(at.line("echo hello"), "hello\n")
        at.type("exit\r")
        self.assertEqual(at.ended(), (0, None))

    def test_lines_are_remembered_for_other_sessions_but_secrets_are_not(self):
        at = self.terminal()
        at.line("echo remembered")
        at.line("echo password abc")
        at.line("echo comm public")
        at.type("exit\r")
        at.ended()
        path = self.lab.dir / "state" / "vpclab" / "history"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("abc", path.read_text())
        self.assertNotIn("public", path.read_text())
        at = self.terminal()
        at.type(UP + UP + "\r")
        at.see("\r\nremembered\r\n")

    def test_a_long_history_is_shortened_to_its_last_lines_and_rubbish_in_it_is_left_out(self):
        path = self.lab.dir / "state" / "vpclab" / "history"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(b"echo %d\n" % i for i in range(50000)) + b"\x1b[2J\n\xff\n")
        path.chmod(0o644)
        at = self.terminal()
        at.type(UP + "\r")
        at.see("\r\n49999\r\n")
        self.assertEqual(path.read_text().splitlines()[:1000],
                         [f"echo {i}" for i in range(49000, 50000)])
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        path.unlink()

    def test_ctrl_c_clears_the_line_and_never_leaves_but_ctrl_d_does(self):
        at = self.terminal()
        at.type("echo not this" + CTRL_C)
        at.see("^C\r\n" + PROMPT)
        for _ in range(3):
            at.type(CTRL_C)
            at.see("^C\r\n" + PROMPT)
        self.assertEqual(at.line("echo this"), "this\n")
        at.type(CTRL_D)
        self.assertEqual(at.ended(), (0, None))

    def test_ctrl_c_ends_the_waiting_for_an_answer_and_the_session_goes_on(self):
        at = self.terminal()
        at.line("configure", prompt="[local]east(config)# ")
        at.type("wait\r")
        at.see("wait\r\n")
        lab.wait_for(lambda: not at.modes(), SECONDS, "it waits for the answer")
        at.type(CTRL_C)
        at.see("Failure: east/cf1 was not waited for; it may still carry this line out\r\n")
        at.see("[local]east(config)# ")
        self.assertEqual(at.line("echo on", prompt="[local]east(config)# "), "on\n")

    def test_a_caret_points_to_the_word_that_was_not_understood(self):
        at = self.terminal()
        self.assertEqual(at.line("good bad"), " " * (len(PROMPT) + len("good ")) + "^\n"
                         "Failure: Unknown command\n")

    def test_what_is_longer_than_the_screen_waits_for_a_key(self):
        at = self.terminal(rows=6)
        at.line("terminal length 65535")
        at.type("lines 40\r")
        self.assertIn("row 5\r\n", at.see("--More--"))
        at.type("\r")
        self.assertIn("row 6\r\n", at.see("--More--"))
        at.type(" ")
        self.assertIn("row 11\r\n", at.see("--More--"))
        at.type("?")
        at.see("space: next page")
        at.type("/row 30\r")
        self.assertIn("row 34\r\n", at.see("--More--"))
        at.type("/row 1\r")
        at.see("--More-- (not found)")
        at.type("q")
        self.assertNotIn("row", at.see(PROMPT))
        self.assertEqual(at.line("echo on"), "on\n")

    def test_a_page_is_as_long_as_the_window_is_now_or_as_the_session_says(self):
        at = self.terminal(rows=6)
        at.line("terminal length 65535")
        at.child.setwinsize(11, 80)
        at.type("lines 40\r")
        self.assertIn("row 10\r\n", at.see("--More--"))
        at.type(CTRL_C)
        at.see(PROMPT)
        at.line("terminal length 4")
        at.type("lines 40\r")
        self.assertNotIn("row 4\r\n", at.see("--More--"))
        at.type("q")
        at.see(PROMPT)
        at.line("terminal length 0")
        self.assertIn("row 40\n", at.line("lines 40"))

    def test_more_pages_where_nothing_else_does(self):
        at = self.terminal(rows=6)
        at.type("lines 40 | more\r")
        self.assertIn("row 5\r\n", at.see("--More--"))
        at.type("q")
        at.see(PROMPT)

    def test_what_asks_for_confirmation_is_done_after_yes_alone(self):
        at = self.terminal()
        done = 0
        for answer, sure in (("no", False), ("", False), ("N", False), ("y", True), ("YES", True)):
            at.type("ask\r")
            at.see("Are you sure? [Yes|No]: ")
            if answer == "N":
                at.type("yesterday\r")  # is no answer
                at.see("Are you sure? [Yes|No]: ")
            self.assertIn("done" if sure else "not confirmed; nothing was done\n",
                          at.line(answer))
            done += sure
            self.assertEqual(at.line("confirmed"), f"{done}\n")
        at.type("ask\r")
        at.see("Are you sure? [Yes|No]: ")
        at.type(CTRL_C)
        at.see("not confirmed; nothing was done\r\n" + PROMPT)

    def test_ten_thousand_pasted_lines_are_carried_out_in_turn(self):
        at = self.terminal()
        text = "".join(f"echo <{i}>\r" for i in range(PASTED))
        sender = threading.Thread(target=at.type, args=(text,))
        sender.start()
        at.child.expect_exact(f"\r\n<{PASTED - 1}>\r\n", timeout=PASTE_S)
        sender.join()
        seen = re.findall(r"\r\n<(\d+)>\r\n", at.child.before)
        self.assertEqual(seen, [str(i) for i in range(PASTED - 1)])

    def test_a_line_that_is_too_long_is_refused_whole(self):
        at = self.terminal()
        sender = threading.Thread(target=at.type, args=("x" * 100000 + "\r",))
        sender.start()
        at.see("Failure: this line is longer than 4096 characters; it was skipped whole\r\n")
        sender.join()
        at.see(PROMPT)
        self.assertEqual(at.line("echo on"), "on\n")

    def test_characters_that_cannot_be_printed_are_refused(self):
        at = self.terminal()
        at.type(f"echo {CTRL_V}{ESCAPE}[2J\r")
        at.see("Failure: this line has characters that cannot be printed")
        at.see(PROMPT)
        self.assertEqual(at.line("echo Zürich"), "Zürich\n")

    def test_signals_end_it_with_the_terminal_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            at = self.terminal()
            self.assertEqual(at.modes(), 0)
            at.child.kill(number)
            lab.wait_for(lambda: at.modes() == termios.ECHO | termios.ICANON, SECONDS,
                         "the terminal is as it was")
            self.assertEqual(at.ended(), (None, number))

    def test_rights_are_asked_for_when_it_begins(self):
        at = self.terminal("--operator", prompt="[local]east> ")
        self.assertEqual(at.line("session", prompt="[local]east> "), "cf1 0\toperator\n")


class Switched(Served):
    def test_when_the_active_cf_dies_the_session_goes_on_with_the_other_one(self):
        at = self.terminal()
        at.line("configure", prompt="[local]east(config)# ")
        self.servers[2] = self.serve(2)
        self.kill(1)
        self.assertEqual(at.line("session", prompt="[local]east(config)# "),
                         "the active CF is cf2 now\ncf2 0\tconfig\n")

    def test_when_the_active_cf_stands_by_the_line_is_asked_of_the_other_one(self):
        at = self.terminal()
        self.servers[2] = self.serve(2)
        at.line("stand by")
        self.assertEqual(at.line("session"), "the active CF is cf2 now\ncf2 0\tadministrator\n")

    def test_a_cf_that_ends_before_its_answer_may_have_done_it(self):
        at = self.terminal()
        self.servers[2] = self.serve(2)
        self.assertEqual(at.line("end"), "Failure: east/cf1 ended before it answered; it may have "
                         "carried this line out: look, then repeat\n")
        self.assertEqual(at.line("echo on"), "the active CF is cf2 now\non\n")

    def test_an_instance_that_has_gone_is_asked_again_with_the_next_line(self):
        at = self.terminal()
        self.kill(1)
        for _ in range(2):
            self.assertEqual(at.line("echo anybody"), "Failure: no active CF answers in east; see "
                             "vpclab status, and vpclab start east\n")
        self.servers[1] = self.serve(1)
        self.assertEqual(at.line("echo again"), "again\n")

    def test_a_session_with_one_cf_never_turns_to_the_other(self):
        self.servers[2] = self.serve(2)
        at = self.terminal("--cf", "1")
        self.assertIn("cf1", at.line("session"))
        at.line("stand by")
        self.assertEqual(at.line("session"),
                         "Failure: this is the standby CF; ask the active one\n")
        self.kill(1)
        self.assertEqual(at.line("session"),
                         "Failure: east/cf1 does not run; see vpclab status\n")

    def test_a_session_with_one_cf_goes_on_when_that_has_started_anew(self):
        at = self.terminal("--cf", "1")
        at.line("configure", prompt="[local]east(config)# ")
        self.kill(1)
        self.servers[1] = self.serve(1)
        lab.wait_for(lambda: at.line("session", prompt="[local]east(config)# ") == "cf1 0\tconfig\n",
                     SECONDS, "it is asked again, in the same session")


class Piped(Served):
    def test_answers_go_to_stdout_and_failures_to_stderr_with_their_line(self):
        done = self.run_cli(b"echo one\n\n# a comment\nrefuse\necho two\nsession\n")
        self.assertEqual(done.stdout, b"one\ntwo\ncf1 0\tscript\n")
        self.assertEqual(done.stderr, b"line 4: Failure: it does not want to\n")
        self.assertEqual(done.returncode, 1)

    def test_what_was_not_understood_counts_most(self):
        done = self.run_cli(b"nonsense\nrefuse\nconfigure\nsession\n")
        self.assertEqual(done.stdout, b"cf1 0\tconfig\n")
        self.assertEqual(done.stderr, b"line 1: Failure: Unknown command\n"
                         b"line 2: Failure: it does not want to\n")
        self.assertEqual(done.returncode, 2)

    def test_what_asks_for_confirmation_is_not_done(self):
        done = self.run_cli(b"ask\nconfirmed\n")
        self.assertEqual(done.stdout, b"0\n")
        self.assertEqual(done.stderr, b"line 1: Failure: this command asks for confirmation; "
                         b"add -noconfirm\n")
        self.assertEqual(done.returncode, 1)

    def test_exit_ends_it(self):
        done = self.run_cli(b"echo one\nexit\necho two\n")
        self.assertEqual((done.stdout, done.stderr, done.returncode), (b"one\n", b"", 0))

    def test_the_end_of_a_session_is_told_once_whatever_ends_it(self):
        for text, ended in ((b"", 0), (b"echo a\n", 1), (b"configure\n", 2), (b"exit\n", 2)):
            self.run_cli(text)
            self.assertEqual(self.run_cli(b"ended\nexit\n").stdout, f"{ended}\n".encode())
        at = self.terminal()
        at.line("configure", prompt="[local]east(config)# ")
        at.type("\x04")
        self.assertEqual(at.ended(), (0, None))
        self.run_cli(b"", command="exec", rest=["session"])
        self.run_cli(b"", "--complete", "show ")
        self.assertEqual(self.run_cli(b"ended\nexit\n").stdout, b"3\n")

    def test_rubbish_and_endless_lines_are_skipped_with_a_sentence(self):
        done = self.run_cli(b"x" * 10_000_000 + b"\n\x00\x1b\n\xff\xfe\necho on")
        self.assertEqual(done.stdout, b"on\n")
        sentences = done.stderr.decode().splitlines()
        self.assertEqual(sentences[0], "line 1: Failure: this line is longer than 4096 characters; "
                         "it was skipped whole")
        for number, sentence in enumerate(sentences[1:], 2):
            self.assertTrue(sentence.startswith(f"line {number}: Failure: this line has characters"))
        self.assertEqual(len(sentences), 3)
        self.assertEqual(done.returncode, 2)

    def test_any_octets_are_survived(self):
        done = self.run_cli(os.urandom(200_000))
        self.assertEqual(done.returncode, 2)

    def test_a_reader_that_leaves_ends_it_quietly(self):
        text = "lines 10000\n" * 100
        with subprocess.Popen([lab.PROGRAMS["vpclab"], "cli", "east"], env=self.lab.env,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as child:
            child.stdout.close()
            with self.subTest("writing"):
                try:
                    child.stdin.write(text.encode())
                    child.stdin.close()
                except BrokenPipeError:
                    pass
            self.assertEqual(child.stderr.read(), b"")
            self.assertNotEqual(child.wait(timeout=SECONDS), 0)

    def test_nothing_is_paged(self):
        done = self.run_cli(b"terminal length 5\nlines 100\nlines 100 | more\n")
        self.assertEqual(len(done.stdout.splitlines()), 200)

    def test_words_for_a_shell_are_listed(self):
        done = self.run_cli(b"", "--complete", "show st")
        self.assertEqual(done.stdout, b"start\nstatistics\n")


class Executed(Served):
    def execute(self, *words, text=b""):
        return self.run_cli(text, *words, command="exec")

    def file(self, text):
        path = self.lab.dir / "procedure"
        path.write_text(text)
        return path

    def test_several_lines_are_one_session(self):
        done = self.execute("configure\nsession\n")
        self.assertEqual((done.stdout, done.stderr), (b"cf1 0\tconfig\n", b""))
        self.assertEqual(self.execute("session").stdout, b"cf1 \n")  # one that begins

    def test_the_first_failure_ends_it_and_is_named_with_file_and_line(self):
        path = self.file("echo one\nrefuse\necho two\n")
        done = self.execute("-f", path)
        self.assertEqual(done.stdout, b"one\n")
        self.assertEqual(done.stderr.decode(), f"{path}:2: Failure: it does not want to\n")
        self.assertEqual(done.returncode, 1)
        done = self.execute("-f", path, "--keep-going")
        self.assertEqual((done.stdout, done.returncode), (b"one\ntwo\n", 1))
        done = self.execute("-f", "-", text=path.read_bytes())
        self.assertEqual(done.stderr, b"stdin:2: Failure: it does not want to\n")

    def test_an_only_line_is_not_numbered(self):
        done = self.execute("refuse")
        self.assertEqual((done.stderr, done.returncode), (b"Failure: it does not want to\n", 1))

    def test_json_of_several_lines_is_an_array_and_of_one_the_answer_itself(self):
        done = self.execute("show vpclab status\nrefuse\necho x", "--keep-going", "--json")
        first, second, third = json.loads(done.stdout)
        self.assertEqual(first["output"]["cf_state"], "Active")
        self.assertEqual(second, {"number": 2, "line": "refuse", "status": 1,
                                  "output": "Failure: it does not want to"})
        self.assertEqual((third["status"], third["output"]), (0, "x"))
        done = self.execute("show vpclab status", "--json")
        self.assertEqual(json.loads(done.stdout)["cf_state"], "Active")
        self.assertEqual(json.loads(self.execute("-f", "-", "--json").stdout), [])

    def test_ten_thousand_lines_take_seconds(self):
        path = self.file("".join(f"echo {i}\n" for i in range(PASTED)))
        began = time.monotonic()
        done = self.execute("-f", path)
        took = time.monotonic() - began
        self.assertEqual(done.stdout.split(), [str(i).encode() for i in range(PASTED)])
        self.assertLess(took, SCRIPT_S + lateness.since(began))

    def test_a_file_that_is_not_there_is_named(self):
        done = self.execute("-f", "/nowhere")
        self.assertEqual((done.stderr, done.returncode),
                         (b"vpclab exec: cannot read /nowhere: No such file or directory\n", 2))


class Paired(lab.Case):
    """With the CFs of a pair."""

    lab_options = {"scale": 1}

    def test_a_session_goes_on_with_the_cf_that_takes_over(self):
        before = self.lab.instance("east")["active_cf"]
        with subprocess.Popen([lab.PROGRAMS["vpclab"], "cli", "east"], env=self.lab.env, text=True,
                              bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as child:
            def ask():
                child.stdin.write("show srp info | grep Mode\n")
                return child.stdout.readline().split()[:2]

            self.assertEqual(ask(), ["Chassis", "Mode:"])
            self.assertEqual(child.stdout.readline().split()[:2], ["Peer", "Mode:"])
            self.lab.vpclab("kill", "east", "active-cf")
            self.assertEqual(ask(), ["Chassis", "Mode:"])
            child.stdin.close()
            self.assertEqual(child.stderr.read(), f"the active CF is cf{3 - before} now\n")
            child.stdout.read()
            self.assertEqual(child.wait(timeout=SECONDS), 0)

    def test_each_session_that_is_noted_is_noted_to_end(self):
        def count(name):
            said = self.lab.vpclab("exec", "east", f"show snmp trap history | grep {name}").stdout
            return sum(name in line for line in said.splitlines())

        before = count("CLISessionStart"), count("CLISessionEnd")
        for text in ("show srp info\n", "configure\ncontext srp\n", "logout\n", ""):
            self.lab.vpclab("cli", "east", input=text)
        self.assertEqual((count("CLISessionStart") - before[0], count("CLISessionEnd") - before[1]),
                         (3, 3))

    def test_a_person_types_what_the_manual_says(self):
        at = Terminal(self.lab)
        self.addCleanup(at.close)
        at.see(PROMPT)
        at.type("show srp ?")
        self.assertRegex(at.see(PROMPT + "show srp "), r"  info +\S")
        at.type("inf" + TAB)
        at.see("o ")
        at.type("| grep Mode\r")
        self.assertIn("Chassis Mode:", at.see(PROMPT))
        at.line("conf", prompt="[local]east(config)# ")
        self.assertIn("^\n", at.line("nonsense", prompt="[local]east(config)# "))
        at.line("end")
        at.type("exit\r")
        self.assertEqual(at.ended(), (0, None))

    def test_help_in_the_world_carries_nothing_out(self):
        before = self.lab.routes()
        at = Terminal(self.lab, instance="world")
        self.addCleanup(at.close)
        at.see("world# ")
        at.type("bfd chassis down?")
        at.see("down")
        at.see("world# bfd chassis down")
        at.type(CTRL_C)
        self.assertNotIn("down", at.line("show neighbors", prompt="world# "))
        self.assertEqual([one["best"] for one in self.lab.routes()], [one["best"] for one in before])

    def test_the_world_says_what_it_takes_and_that_is_no_command_for_the_audit_log(self):
        told = self.lab.vpclab("exec", "world", "help").stdout
        self.assertIn("bfd chassis { down | up }\n    Likewise BFD between the two chassis\n", told)
        commands = json.loads(self.lab.vpclab("exec", "world", "help", "--json").stdout)["commands"]
        self.assertEqual([one["command"] for one in commands], told.splitlines()[::2])
        self.assertIn("show routes", told.splitlines())
        self.assertNotIn('"new":"help', (self.lab.rundir / "world.jsonl").read_text())

    def test_a_procedure_is_carried_out_in_turn(self):
        path = self.lab.dir / "procedure"
        path.write_text("show card table\nshow srp info | grep Tiebreaker\nshow srp nothing\n")
        done = self.lab.vpclab("exec", "east", "-f", path, expect=2)
        self.assertLess(done.stdout.index("Card Type"), done.stdout.index("Tiebreaker"))
        self.assertTrue(done.stderr.startswith(f"{path}:3: Failure: "), done.stderr)


if __name__ == "__main__":
    lab.main(Typed, Switched, Piped, Executed, Paired)
