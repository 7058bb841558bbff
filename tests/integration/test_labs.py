"""Several labs at once: by name and net, from any directory, under any user."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import lab

NOBODY = 65534
NAMES = ("one", "two")
SETPRIV = shutil.which("setpriv")
PROCESSES = 13


class Unmoved(lab.Lab):
    """A topology with the addresses of topologies/pair.json, and two nets to move it to."""

    def __init__(self):
        super().__init__(scale=2)
        self.more, self._more_holder = lab.reserve_net()
        self.nets = dict(zip(NAMES, (self.net, self.more)))

    def move(self, text):
        return text

    def run(self, *words, expect=0, cwd=None):
        done = subprocess.run([lab.PROGRAMS["vpclab"], *map(str, words)], env=self.env, text=True,
                              capture_output=True, timeout=2 * lab.SECONDS, cwd=cwd)
        assert expect in (None, done.returncode), f"{words}: {done.stdout}{done.stderr}"
        return done

    def up_as(self, name, *words, **options):
        return self.run("up", self.topology, "--timeout", lab.SECONDS, "--name", name, "--net",
                        self.nets[name], *words, **options)

    def state(self, name):
        return json.loads(self.run("status", name, "--json").stdout)

    def destroy(self):
        super().destroy()
        self._more_holder.close()


class Labs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Unmoved()
        cls.cwd = cls.lab.dir / "elsewhere"
        cls.cwd.mkdir()
        cls.lab.up_as("one", "--no-wait")
        cls.lab.run("up", "../pair.json", "--name", "two", "--net", cls.lab.nets["two"],
                    cwd=cls.cwd)  # a relative path, from another directory
        cls.lab.up_as("one")

    @classmethod
    def tearDownClass(cls):
        for name in NAMES:
            cls.lab.run("down", name, expect=None)
        complaints = cls.lab.end()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def diagnose(self):
        return self.lab.trouble()

    def listed(self):
        return {one["lab"]: one for one in json.loads(self.lab.run("labs", "--json").stdout)}

    def synced(self, name):
        self.lab.run("wait", "sync", "--timeout", 50, "-n", name)

    def test_each_has_its_name_net_and_addresses(self):
        labs = self.listed()
        self.assertEqual(sorted(labs), list(NAMES))
        for name in NAMES:
            self.assertEqual(labs[name]["net"], self.lab.nets[name])
            self.assertEqual(labs[name]["rundir"], str(self.lab.runs / name))
            self.assertEqual((labs[name]["processes"], labs[name]["processes_wanted"]),
                             (PROCESSES, PROCESSES))
            service = self.lab.state(name)["service"]
            self.assertEqual(service["gtpv1"], f"127.{self.lab.nets[name]}.1.1")
        text = self.lab.run("labs").stdout
        for name in NAMES:
            self.assertRegex(text, rf"(?m)^{name} +{self.lab.nets[name]} +13 of 13")

    def test_a_command_that_could_mean_either_names_both(self):
        done = self.lab.run("status", expect=2)
        self.assertIn("several labs are up, choose one with -n NAME: one two", done.stderr)

    def test_calls_go_to_the_service_of_the_lab_that_is_named(self):
        for name in NAMES:
            self.synced(name)
            done = self.lab.run("call", "--calls", 5, "--json", "-n", name)
            self.assertEqual(json.loads(done.stdout)["verified"], 5)

    def test_one_fails_over_and_the_other_does_not_notice(self):
        for name in NAMES:
            self.synced(name)
        before = self.lab.state("two")
        active = next(one["name"] for one in self.lab.state("one")["instances"]
                      if one["chassis_state"] == "Active")
        self.lab.run("kill", active, "-n", "one")
        self.lab.run("wait", f"{lab.Lab.other(active)}.chassis=active", "--timeout", 50, "-n", "one")
        after = self.lab.state("two")
        for key in ("chassis_state", "srp_epoch", "cf_epoch"):
            self.assertEqual([one[key] for one in after["instances"]],
                             [one[key] for one in before["instances"]])
        self.assertTrue(after["synced"])
        self.lab.run("start", active, "-n", "one")  # from the copies in the run directory
        self.synced("one")

    def test_the_originals_may_go_while_a_lab_is_up(self):
        away = self.lab.dir / "away"
        away.mkdir()
        files = [self.lab.topology, *map(self.lab.config, lab.INSTANCES)]
        for path in files:
            path.rename(away / path.name)
        try:
            self.lab.run("kill", "west", "sf4", "-n", "two")
            done = self.lab.up_as("two")
            self.assertIn(f"1 processes started, {PROCESSES - 1} ran already", done.stderr)
        finally:
            for path in files:
                (away / path.name).rename(path)

    def test_a_lab_that_is_up_is_not_moved(self):
        done = self.lab.run("up", self.lab.topology, "--name", "one", expect=1)
        self.assertIn(f'lab "one" is up already, from {self.lab.topology} with --net '
                      f'{self.lab.nets["one"]}; end it first: vpclab down one', done.stderr)

    def test_who_only_gives_a_net_is_told_that_a_name_is_missing(self):
        topology = self.lab.dir / "named.json"
        topology.write_text(json.dumps(json.loads(self.lab.topology.read_text()) | {"name": "one"}))
        said = self.lab.run("up", topology, "--net", 77, expect=1).stderr
        self.assertIn("vpclab down one, or give the other one a name of its own: --name NAME\n", said)

    def test_who_wants_faults_is_told_the_original_and_the_words_that_start_it_again(self):
        done = self.lab.run("fault", "add", "pause", "east/sf4", "-n", "two", expect=1)
        self.assertIn(f'put "fault-hooks": true into {self.lab.topology}, end the lab and start it '
                      f"again: vpclab down two; vpclab up {self.lab.topology} --name two --net "
                      f'{self.lab.nets["two"]}\n', done.stderr)

    def test_addresses_of_another_lab_are_refused_with_a_net_that_is_free(self):
        done = self.lab.run("up", self.lab.topology, "--name", "three", "--net",
                            self.lab.nets["two"], expect=1)
        self.assertRegex(done.stderr, r'vpclab: 127\.\d+\.\d+\.\d+:\d+ \((TCP|UDP)\) is taken by lab '
                                      r'"two"; start this one elsewhere: --net \d+ is free\n')
        free = int(re.search(r"--net (\d+)", done.stderr)[1])
        self.assertNotIn(free, self.lab.nets.values())
        self.assertEqual(sorted(self.listed()), list(NAMES))
        self.assertFalse((self.lab.runs / "three").exists())

    def test_ports_of_somebody_elses_lab_are_refused(self):
        with tempfile.TemporaryDirectory(prefix="vl", dir="/tmp") as runs:  # where none of ours is
            env = {**self.lab.env, "VPCLAB_RUN": runs}
            done = subprocess.run([lab.PROGRAMS["vpclab"], "up", self.lab.topology, "--net",
                                   str(self.lab.nets["two"])], env=env, text=True,
                                  capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is taken by another program, such as another user's lab; start this one "
                      "elsewhere: --net ", done.stderr)

    def test_words_that_are_no_name_and_no_net_are_refused(self):
        for words, sentence in ((("--name", "../x"), '"../x" is no name of a lab; expected 1 to 31'),
                                (("--name", "A"), '"A" is no name of a lab'),
                                (("--net", 256), "expected a number from 0 to 255")):
            done = self.lab.run("up", self.lab.topology, *words, expect=2)
            self.assertIn(sentence, done.stderr)

    def standing(self, name):
        """What is true of a lab whatever its clock says."""
        state = lab.wait_for(lambda: (now := self.lab.state(name))["host"]["answers"] and now,
                             lab.SECONDS, "its host answers")
        del state["time"]
        return state

    def test_zz_the_end_of_one_leaves_the_other_alone(self):
        self.synced("two")
        before = self.standing("two")
        rundir = self.lab.runs / "one"
        said = self.lab.run("down", "one", "--keep-logs").stderr
        self.assertIn(f"its logs are in {rundir}; vpclab down one removes them\n", said)
        kept = self.listed()["one"]
        self.assertEqual((kept["state"], kept["rundir"], kept["processes"]),
                         ("ended, logs kept", str(rundir), 0))
        self.assertEqual(self.standing("two"), before)
        self.lab.run("exec", "east", "show srp info")  # the only one needs no name
        self.assertTrue(self.lab.run("events", rundir).stdout)
        self.lab.run("down", "one")
        self.assertEqual((list(self.listed()), rundir.exists()), (["two"], False))


@unittest.skipUnless(os.geteuid() == 0 and SETPRIV, "only root can become another user")
class AnotherUser(unittest.TestCase):
    """Without root, in directories of his own; the programs are copies he can read."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Unmoved()
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="vl", dir="/tmp"))
        cls.programs = cls.home / "bin"
        cls.programs.mkdir()
        for program in lab.PROGRAMS.values():
            shutil.copy(program, cls.programs / program.name)
        for path in (cls.lab.topology, *map(cls.lab.config, lab.INSTANCES)):
            shutil.copy(path, cls.home / path.name)
        for path in (cls.home, *cls.home.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        cls.home.chmod(0o755)
        cls.env = {name: value for name, value in cls.lab.env.items()
                   if name not in ("VPCLAB_RUN", "ASAN_OPTIONS", "UBSAN_OPTIONS")}
        cls.env |= {"HOME": str(cls.home), "XDG_RUNTIME_DIR": str(cls.home)}

    @classmethod
    def tearDownClass(cls):
        cls.run_as_nobody("down", "pair", expect=None)
        cls.lab.run("down", "pair", expect=None)
        shutil.rmtree(cls.home, ignore_errors=True)
        complaints = cls.lab.end()
        if complaints:
            raise AssertionError("\n".join(complaints))

    def diagnose(self):
        return self.lab.trouble()

    @classmethod
    def as_nobody(cls, *words, env=None, timeout=60):
        return subprocess.run([SETPRIV, "--reuid", str(NOBODY), "--regid", str(NOBODY),
                               "--clear-groups", *map(str, words)], env=env or cls.env, text=True,
                              capture_output=True, timeout=timeout, cwd=cls.home, check=False)

    @classmethod
    def run_as_nobody(cls, *words, expect=0, **options):
        done = cls.as_nobody(cls.programs / "vpclab", *words, **options)
        assert expect in (None, done.returncode), f"{words}: {done.stdout}{done.stderr}"
        return done

    def test_two_users_have_labs_of_one_name(self):
        self.run_as_nobody("up", "pair.json", "--net", self.lab.net)
        self.lab.run("up", self.lab.topology, "--net", self.lab.more)
        theirs = json.loads(self.run_as_nobody("labs", "--json").stdout)
        self.assertEqual([(one["lab"], one["net"], one["state"]) for one in theirs],
                         [("pair", self.lab.net, "synchronised")])
        self.assertEqual(theirs[0]["rundir"], f"{self.home}/vpclab/pair")
        pid = json.loads(self.run_as_nobody("status", "--json").stdout)["world"]["pid"]
        self.assertEqual(os.stat(f"/proc/{pid}").st_uid, NOBODY)
        ours = json.loads(self.lab.run("labs", "--json").stdout)
        self.assertEqual([(one["lab"], one["net"]) for one in ours], [("pair", self.lab.more)])
        self.run_as_nobody("call", "--calls", 5)

        # his files and sockets are his alone; what he can reach of ours lets nobody in
        for path in (self.home / "vpclab").rglob("*"):
            if not path.is_symlink():
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assert_only_the_owner_gets_in()

        self.run_as_nobody("down")
        self.assertTrue(json.loads(self.lab.run("status", "--json").stdout)["synced"])

    def assert_only_the_owner_gets_in(self):
        """Though the modes be wrong: who connects is asked who he is."""
        runs, sockets = self.lab.runs, sorted(self.lab.rundir.rglob("*.ipc"))
        self.assertGreaterEqual(len(sockets), 8)
        for path in (self.lab.dir, runs, *[one for one in runs.rglob("*") if one.is_dir()]):
            path.chmod(0o755)
        for path in sockets:
            path.chmod(0o777)
        knock = ("import socket, sys\n"
                 "for path in sys.argv[1:]:\n"
                 "    with socket.socket(socket.AF_UNIX) as s:\n"
                 "        s.settimeout(10)\n"
                 "        s.connect(path)\n"
                 "        try: print(len(s.recv(1)))\n"
                 "        except ConnectionResetError: print(0)\n")
        words = (sys.executable, "-c", knock, *sockets)
        mine = subprocess.run(list(map(str, words)), text=True, capture_output=True, timeout=60,
                              check=True)
        self.assertEqual(set(mine.stdout.split()), {"1"})  # a greeting of ZeroMQ
        theirs = self.as_nobody(*words)
        self.assertEqual(theirs.returncode, 0, theirs.stderr)
        self.assertEqual(theirs.stdout.split(), ["0"] * len(sockets))
        for path in (runs, *[one for one in runs.rglob("*") if one.is_dir()]):
            path.chmod(0o700)

    def test_a_run_directory_that_somebody_else_made_is_not_believed(self):
        """As in /tmp: whoever makes it first could answer in our place."""
        trap = self.home / "x"
        env = {**self.env, "XDG_RUNTIME_DIR": str(trap)}
        (trap / "vpclab" / "pair").mkdir(parents=True)
        (trap / "vpclab" / "pair" / "topology").write_text(f"{self.home}/pair.json\n")
        for words in (("status", "pair"), ("exec", "east", "show srp info", "-n", "pair"),
                      ("down", "pair"), ("up", "pair.json")):
            done = self.run_as_nobody(*words, expect=1, env=env)
            self.assertIn("not a private directory of this user", done.stderr)
        self.assertIn("no lab is up", self.run_as_nobody("status", expect=1, env=env).stderr)


if __name__ == "__main__":
    lab.main(Labs, AnotherUser)
