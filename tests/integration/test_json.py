"""The keys of every JSON answer stand in docs/json.md, and a script may rely on them: a key that goes
missing there or in an answer, or that changes its type, fails.

    test_json.py --write    writes the page anew, from a living pair
"""

import pathlib
import re
import sys

import lab

SECONDS = lab.SECONDS
CALLS = 12
PAGE = pathlib.Path(lab.SOURCE) / "docs" / "json.md"
COMMANDS = pathlib.Path(lab.SOURCE) / "docs" / "commands.md"
ANY = "*"  # stands for a key that is data: a command line, a name

LINES = (
    "show alarm all", "show alarm outstanding", "show alarm statistics", "show boot", "show build",
    "show card table all", "show checkpoint statistics verbose", "show cloud performance dinet",
    "show configuration", "show configuration srp", "show configuration errors",
    "show configuration context dest", "show context all", "show cpu table", "show crash list",
    "show egtp-service all", "show ggsn-service all", "show gtpu-service all",
    "show clock", "show ip bgp summary", "show ip pool", "show license information", "show pgw-service all", "show resources",
    "show saegw-service all", "show service all", "show session counters historical all",
    "show session disconnect-reasons", "show session progress", "show session recovery status",
    "show session subsystem facility sessmgr all debug-info", "show sgw-service all",
    "show snmp notifies", "show snmp trap history", "show srp audit-statistics",
    "show srp call-loss statistics", "show srp checkpoint info", "show srp checkpoint statistics",
    "show srp checkpoint statistics debug-info",
    "show srp checkpoint statistics sessmgr all debug-info",
    "show srp checkpoint statistics sessmgr all write-list-stats",
    "show srp checkpoint statistics ipsecmgr all", "show srp details", "show srp info",
    "show srp micro-checkpoint statistics", "show srp monitor", "show srp monitor diameter debug",
    "show srp statistics", "show subs summary", "show subscribers all", "show subscribers summary",
    "show subscriber debug-info msid 001010000000001", "show support details icsr",
    "show system uptime", "show task resources", "show task resources facility sessmgr all",
    "show version", "show vpclab status",
)
# null until it happens, which in a pair that has just begun it may or may not have.
MOMENTS = {"last_received", "max_used_at", "raised", "seconds_in_state"}


def type_of(value):
    names = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}
    return names[type(value)]


def paths(value, at=""):
    """{path: types} of all that is no object or array."""
    found = {}
    if isinstance(value, dict):
        for key, one in value.items():
            assert re.fullmatch(r"[a-z0-9][a-z0-9_]*|show .*", key), f"key {key!r} in {at}"
            name = ANY if key.startswith("show ") else key
            merge(found, paths(one, f"{at}.{name}" if at else name))
        if not value:
            found[f"{at}{{}}"] = {"object"}
    elif isinstance(value, list):
        for one in value:
            merge(found, paths(one, f"{at}[]"))
        if not value:
            found[f"{at}[]"] = {"array"}
    else:
        found[at] = {type_of(value)}
    return found


def merge(into, more):
    for path, types in more.items():
        into.setdefault(path, set()).update(types)


def tidy(found):
    """Without the marks of empty arrays and objects that were seen filled, too."""
    empty = {one for one in found if found[one] <= {"array", "object"} and
             any(other != one and other.startswith(one.removesuffix("{}")) for other in found)}
    return {path: types | {"null", "number"} if path.rpartition(".")[2] in MOMENTS else types
            for path, types in found.items() if path not in empty}


def read_page():
    register, line = {}, None
    for text in PAGE.read_text().splitlines():
        title = re.fullmatch(r"## `(.*)`", text)
        row = re.fullmatch(r"\| `(.*)` \| (.*) \|", text)
        if title:
            line = register.setdefault(title.group(1), {})
        elif row and line is not None:
            line[row.group(1)] = set(row.group(2).split(", "))
    return register


HEAD = """# JSON answers

Written by `tests/integration/test_json.py --write` from a living pair; do not edit. Every show command
answers `vpclab exec INSTANCE 'COMMAND' --json` with one object or array. The keys below stay as
they are: a test compares them with what a pair answers. `[]` is any element of an array, `*` a key that
is data, such as a command line; a value that may be missing is null, or its key is.
"""


def write_page(register):
    parts = [HEAD]
    for line in sorted(register):
        parts.append(f"\n## `{line}`\n\n| key | type |\n| --- | --- |\n")
        parts += [f"| `{path or '.'}` | {', '.join(sorted(types))} |\n"
                  for path, types in sorted(register[line].items())]
    PAGE.write_text("".join(parts))


class Keys(lab.Case):
    lab_options = {"name": "monitored", "scale": 5, "dead": 10}

    def gather(self):
        """What a pair with calls answers that has switched over and been audited."""
        found = {line: {} for line in LINES}
        with self.call(CALLS):
            active, standby = self.lab.switch_over()
            self.lab.vpclab("exec", active, "srp initiate-audit manual-with-sync")
            lab.wait_for(lambda: self.lab.show(active, "show srp audit-statistics")["audits"],
                         SECONDS, "an audit is over")
            for instance in (active, standby):
                for line in LINES:
                    merge(found[line], paths(self.lab.show(instance, line)))
        return {line: tidy(one) for line, one in found.items()}

    def test_every_key_is_registered_and_there(self):
        seen, register = self.gather(), read_page()
        self.assertEqual(sorted(seen), sorted(register))
        for line, keys in seen.items():
            with self.subTest(line=line):
                known = register[line]
                self.assertEqual(sorted(set(known) - set(keys)), [], "gone; scripts rely on them")
                self.assertEqual(sorted(set(keys) - set(known)), [], "new; write the page anew")
                for key, types in keys.items():
                    self.assertLessEqual(types, known[key], f"type of {key}")

    def test_every_show_command_is_registered(self):
        forms = re.findall(r"(?m)^\| `(show [^`]*)` ", COMMANDS.read_text())
        for form in forms:
            words = re.split(r" [\[{<]", form.replace("\\|", "|"))[0]
            self.assertTrue([line for line in LINES if line.startswith(words)], form)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        Keys.setUpClass()
        case = Keys("test_every_key_is_registered_and_there")
        case.setUp()
        write_page(case.gather())
        case.doCleanups()
        Keys.tearDownClass()
    else:
        lab.main(Keys)
