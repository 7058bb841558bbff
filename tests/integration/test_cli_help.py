"""? and TAB at a terminal, with a CF that only plays one (console_server.c): what is offered, a page at a
time, and what becomes of the line that is being typed."""

import lab
from console import PROMPT, Served

CTRL_C, CTRL_V, TAB = "\x03", "\x16", "\t"


class Help(Served):
    def test_a_question_mark_helps_at_once_and_gives_the_line_back(self):
        at = self.terminal()
        at.type("echo st?")
        at.see("?\r\n")
        self.assertEqual(at.see(PROMPT + "echo st").splitlines(),
                         ["  start        what it is", "  statistics   what it is"])
        at.type("x\r")
        at.see("stx\r\n")

    def test_a_question_mark_within_a_line_helps_with_what_stands_before_it(self):
        at = self.terminal(columns=30)
        at.type("echo srp " + "y" * 40 + "\x01" + "\x06" * 8 + "?")  # to the begin, on by eight
        at.see("srp          what it is\r\n")
        at.see(PROMPT + "echo srp")
        at.type("\r")
        at.see("\r\nsrp " + "y" * 40 + "\r\n")

    def test_a_question_mark_in_quotes_or_after_ctrl_v_is_a_character(self):
        at = self.terminal()
        at.type(f'echo "a?b" {CTRL_V}?\r')
        at.see('\r\n"a?b" ?\r\n')

    def test_tab_completes_what_is_certain_and_lists_the_rest(self):
        at = self.terminal()
        at.type("sh" + TAB + "x\r")
        at.see("\r\n" + " " * (len(PROMPT) + len("show ")) + "^\r\n")
        at.see(PROMPT)
        at.type("st" + TAB)
        at.see("a")  # what is there already is not written again
        at.type(TAB)
        at.see("\r\n  start                         what it is\r\n"
               "  statistics                    what it is\r\n")
        at.see(PROMPT + "sta")
        at.type(CTRL_C)
        at.see("^C\r\n" + PROMPT)

    def test_tab_within_a_word_completes_it_and_writes_no_letter_twice(self):
        at = self.terminal()
        for line, back, completed in (("show srp", 6, "show srp"), ("show srp", 4, "show srp"),
                                      ("sh srp", 4, "show srp"), ("statistics", 8, "statistics"),
                                      ("st", 0, "sta")):
            at.type("echo " + line + "\x02" * back + TAB + "\x05\r")
            at.see("\r\n" + completed + "\r\n" + PROMPT)

    def test_help_longer_than_the_screen_is_paged_and_the_line_comes_back(self):
        at = self.terminal(rows=4)
        at.line("terminal length 65535")
        at.type("echo ?")
        self.assertEqual(at.see("--More--").count("what it is"), 3)
        at.type(" ")
        at.see("statistics   what it is\r\n")
        at.see(PROMPT + "echo ")
        at.type(TAB + TAB)  # what all have in common, then the list
        at.see("--More--")
        at.type("q")
        self.assertNotIn("what it is", at.see(PROMPT + "echo s"))
        at.type("\r")
        at.see("\r\ns\r\n" + PROMPT)
        at.line("terminal length 0")
        at.type("echo ?")
        self.assertNotIn("More", at.see(PROMPT + "echo "))

    def test_ctrl_c_in_paged_help_clears_the_line(self):
        at = self.terminal(rows=4)
        at.line("terminal length 65535")
        at.type("echo ?")
        at.see("--More--")
        at.type(CTRL_C)
        at.see("^C\r\n" + PROMPT)
        self.assertEqual(at.line("echo on"), "on\n")


if __name__ == "__main__":
    lab.main(Help)
