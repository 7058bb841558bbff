"""Wrong files, ports in use, a run directory that is not ours: one clear sentence, and
nothing half done."""

import os
import socket
import unittest

import gtp
import lab


class Fresh(lab.Case):
    """Each case has a lab of its own, which is not up."""

    starts_up = False
    lab_options = {}

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def setUp(self):
        self.lab = lab.Lab(**self.lab_options)
        self.addCleanup(self.end)

    def end(self):
        self.assertEqual(self.lab.end(), [])


class Files(Fresh):
    def assert_refused(self, *sentences, status=2):
        """`up` and a program by hand refuse alike, and nothing was begun."""
        done = self.lab.vpclab("up", self.lab.topology, expect=status)
        child = self.lab.start("cf", "east", 1)
        self.assertEqual(child.wait(timeout=lab.SECONDS), status)
        for text in (done.stderr, child.log.read_text()):
            for sentence in sentences:
                self.assertIn(sentence, text)
        self.assertEqual(self.lab.processes(), [])
        self.assertEqual(list(self.lab.runs.iterdir()), [])

    def test_an_unknown_word_in_the_topology_is_named_with_its_place(self):
        self.lab.edit(self.lab.topology, '"srp-port"', '"srp-prot"')
        self.assert_refused(str(self.lab.topology), "srp-prot")

    def test_an_unknown_word_of_a_card_is_named_with_its_place(self):
        self.lab.edit(self.lab.topology, '"host": "host-d"', '"hots": "host-d"')
        self.assert_refused(str(self.lab.topology), "instances.east.cards", "hots")

    def test_a_missing_key_is_named(self):
        self.lab.edit(self.lab.topology, '"name": "pair", ', "")
        self.assert_refused(str(self.lab.topology), "name")

    def test_text_that_is_no_json_is_refused_with_its_line(self):
        self.lab.topology.write_text('{\n  "name": pair\n}\n')
        self.assert_refused(f"{self.lab.topology}:2:")

    def test_a_missing_topology_is_refused(self):
        self.lab.topology.unlink()
        self.assert_refused(str(self.lab.topology), "No such file")

    def test_a_number_out_of_range_is_refused_with_the_range(self):
        self.lab.edit(self.lab.topology, '"time-scale": 2', '"time-scale": 0')
        self.assert_refused("time-scale", "1", "1000")

    def test_two_instances_with_one_address_are_refused(self):
        self.lab.config("west").write_text(self.lab.config("east").read_text())
        self.assert_refused("east", "west", self.lab.address("0.11"))

    def test_an_unknown_configuration_line_is_named_with_file_and_line(self):
        self.lab.edit(self.lab.config("west"), "    hello-interval 1", "    helo-interval 1")
        lines = self.lab.config("west").read_text().splitlines()
        line = next(i for i, text in enumerate(lines, 1) if "helo-interval" in text)
        self.assert_refused(f"west.cfg:{line}: Failure:", "helo-interval")

    def test_a_wrong_value_in_the_configuration_is_named_with_file_and_line(self):
        self.lab.edit(self.lab.config("east"), "dead-interval 5", "dead-interval never")
        self.assert_refused("east.cfg:", "never")

    def test_a_missing_configuration_is_refused(self):
        self.lab.config("east").unlink()
        self.assert_refused("east.cfg: cannot be opened: No such file")

    def test_a_card_that_the_topology_has_not_is_refused(self):
        for kind, instance, slot, said in (("cf", "north", 1, "no instance"),
                                           ("cf", "east", 4, 'slot 4 is "sf", not "cf"'),
                                           ("sf", "east", 49, "from 1 to 48")):
            child = self.lab.start(kind, instance, slot)
            self.assertEqual(child.wait(timeout=lab.SECONDS), 2)
            self.assertIn(said, child.log.read_text())


class RunDirectory(Fresh):
    def assert_refused(self, *sentences):
        done = self.lab.vpclab("up", self.lab.topology, expect=1)
        child = self.lab.start("cf", "east", 1)
        self.assertEqual(child.wait(timeout=lab.SECONDS), 1)
        for text in (done.stderr, child.log.read_text()):
            for sentence in sentences:
                self.assertIn(sentence, text)
        self.assertEqual(self.lab.processes(), [])

    def test_one_that_others_can_read_is_refused(self):
        self.lab.rundir.mkdir(mode=0o755)
        self.lab.rundir.chmod(0o755)
        self.assert_refused(str(self.lab.rundir), "not a private directory of this user")
        self.lab.rundir.rmdir()

    def test_a_symbolic_link_is_refused(self):
        elsewhere = self.lab.dir / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        self.lab.rundir.symlink_to(elsewhere)
        self.assert_refused("not a private directory of this user")
        self.assertEqual(list(elsewhere.iterdir()), [])
        self.lab.rundir.unlink()

    def test_a_file_in_its_place_is_refused(self):
        self.lab.rundir.write_text("mine\n")
        self.assert_refused("not a private directory of this user")
        self.assertEqual(self.lab.rundir.read_text(), "mine\n")
        self.lab.rundir.unlink()

    @unittest.skipUnless(os.geteuid() == 0, "only root can make another user's directory")
    def test_that_of_another_user_is_refused(self):
        self.lab.rundir.mkdir(mode=0o700)
        os.chown(self.lab.rundir, 65534, 65534)
        self.assert_refused("not a private directory of this user")
        self.assertEqual(list(self.lab.rundir.iterdir()), [])
        self.lab.rundir.rmdir()

    def test_one_that_cannot_be_made_is_refused(self):
        self.lab.env["VPCLAB_RUN"] = str(self.lab.topology / "under-a-file")
        self.assert_refused("cannot create the run directory", "set VPCLAB_RUN")

    def test_one_whose_path_is_too_long_for_sockets_is_refused(self):
        self.lab.env["VPCLAB_RUN"] = str(self.lab.runs / ("long" * 25))
        self.assert_refused("too long for sockets; set VPCLAB_RUN")


class Ports(Fresh):
    lab_options = {"dead": 60}  # nobody is Active alone before it is looked at

    def log(self, name):
        return (self.lab.rundir / f"{name}.log").read_text()

    def test_srp_starts_once_its_port_is_free(self):
        with socket.create_server((self.lab.address("0.11"), lab.SRP_PORT)):
            done = self.lab.vpclab("up", self.lab.topology, "--timeout", 4, expect=1)
            self.assertIn("not ready within 4.0 s: east Init", done.stderr)
            where = f"{self.lab.address('0.11')}:{lab.SRP_PORT}"
            self.assertIn(f"cannot use {where}: Address already in use", self.log("east/cf1"))
        self.lab.wait("sync", "east.chassis=active", "west.chassis=standby")
        self.assertIn("srp-control: listening now", self.log("east/cf1"))
        self.assertEqual(self.log("east/cf1").count("cannot use"), 1)

    def test_calls_work_once_the_service_port_is_free(self):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with holder:
            holder.bind((self.lab.service, gtp.CONTROL))
            done = self.lab.up(expect=1)
            self.assertIn(f"UDP {self.lab.service}:{gtp.CONTROL} is in use", done.stderr)
        calls = self.call(10)
        calls.wait_open()
        self.assert_good(calls.finish(), 10)

    def test_a_call_generator_whose_port_is_taken_says_so(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind((self.lab.address("2.1"), gtp.USER))
            done = self.lab.vpclab("call", "--to", self.lab.service, "--local",
                                   self.lab.address("2.1"), expect=1)
        self.assertIn(f"{self.lab.address('2.1')} port {gtp.USER} is in use", done.stderr)


if __name__ == "__main__":
    lab.main(Files, RunDirectory, Ports)
