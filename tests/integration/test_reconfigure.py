"""A pair is reconfigured under calls, one chassis after the other: what is typed holds at once for
new calls, and the calls there are lose no packet and keep what they have, also over a switchover."""

import json

import lab

SECONDS = lab.SECONDS
CALLS = 60
UNRELATED = """
context source
apn another
ip context-name dest
ip address pool name dyn1
exit
interface second loopback
ip address {second} 255.255.255.255 srp-activate
exit
exit
context dest
ip pool more 10.9.0.0 255.255.0.0 public 0 srp-activate
exit
context later -noconfirm
exit
context srp
service-redundancy-protocol
checkpoint session duration 1
checkpoint session periodic-interval 60
checkpoint session compression zlib
checkpoint session nack macro max-response 5
"""
BACK = """
no context later -noconfirm
context source
no apn another
no interface second
exit
context dest
no ip pool more
exit
context srp
service-redundancy-protocol
checkpoint session duration 0
default checkpoint session periodic-interval
checkpoint session compression lz4
no checkpoint session nack macro
"""


class Reconfigure(lab.Case):
    lab_options = {"dead": 15}

    def type(self, lines, *instances):
        """At the console of each chassis, the whole of it at once."""
        text = f"configure\n{lines.strip()}\nend\n".format(second=self.lab.address("1.9"))
        for instance in instances or lab.INSTANCES:
            said = self.lab.vpclab("cli", instance, input=text)
            self.assertNotIn("Failure", said.stdout + said.stderr)

    def try_calls(self, n, imsi, *options):
        """The result of calls that only open and close; None: not all did."""
        done = self.lab.vpclab("call", "-n", self.lab.name, "--calls", n, "--pps", 0, "--json",
                               "--no-verify", "--local", self.lab.address("2.7"), "--imsi",
                               f"0010107{imsi:08}", *options, expect=None)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def wait_for_calls(self, n, imsi, *options):
        """The cards hear of what was typed within a moment."""
        lab.wait_for(lambda: self.try_calls(n, imsi, *options), SECONDS,
                     f"{n} calls open with {options}")

    def wait_for_no_calls(self, imsi, *options):
        lab.wait_for(lambda: not self.try_calls(1, imsi, *options), SECONDS,
                     f"no call opens with {options}")

    def assert_no_loss(self, calls, n):
        result = calls.finish()
        self.assert_good(result, n)
        self.assertEqual(result["packets_lost"], 0, result)

    def test_what_does_not_concern_them_costs_calls_nothing(self):
        calls = self.call(CALLS)
        calls.wait_open()
        self.wait_synced()
        for turn in range(3):
            self.type(UNRELATED, *lab.INSTANCES[::1 if turn % 2 else -1])
            self.wait_for_calls(5, 100 * turn, "--apn", "another")
            self.type(BACK, *lab.INSTANCES[::-1 if turn % 2 else 1])
            self.wait_for_no_calls(100 * turn + 50, "--apn", "another")
        self.wait_synced()
        self.assert_no_loss(calls, CALLS)

    def test_calls_opened_before_a_change_survive_the_switchover_after_it(self):
        old = self.call(CALLS)
        old.wait_open()
        self.type(UNRELATED)
        self.wait_for_calls(8, 4100, "--apn", "another")  # of every session manager
        new = self.call(CALLS, "--apn", "another", tail="2.3", imsi=5000)
        new.wait_open()
        self.lab.wait(f"sessions={2 * CALLS}", "sync", seconds=SECONDS)
        self.lab.switch_over()
        self.type(BACK.replace("no ip pool more", ""), "east")
        self.type(BACK.replace("no ip pool more", ""), "west")
        self.lab.switch_over()
        self.assert_good(new.finish(), CALLS)
        self.assert_good(old.finish(), CALLS)
        self.type("context dest\nno ip pool more")

    def test_a_pool_that_is_busied_out_gives_nothing_and_costs_calls_nothing(self):
        calls = self.call(CALLS)
        calls.wait_open()
        self.type("context dest\nbusyout ip pool name dyn1")
        try:
            self.wait_for_no_calls(2000)
            calls.wait_answering(CALLS, SECONDS)
        finally:
            self.type("context dest\nno busyout ip pool name dyn1")
        self.wait_for_calls(5, 2100)
        self.assert_no_loss(calls, CALLS)

    def test_a_service_that_is_unbound_answers_nothing_and_keeps_its_calls(self):
        calls = self.call(CALLS)
        calls.wait_open()
        self.type("context source\nggsn-service ggsn1\nno bind ipv4-address")
        try:
            self.wait_for_no_calls(3000)
            self.lab.wait(f"sessions={CALLS}", seconds=SECONDS)
        finally:
            self.type(f"context source\nggsn-service ggsn1\nbind ipv4-address {self.lab.service}")
        self.wait_for_calls(5, 3100)
        self.assert_no_loss(calls, CALLS)

    def test_compression_waits_for_the_link_that_other_addresses_reset(self):
        """Addresses of both ends move under calls; each chassis stays what it is."""
        def algorithm():
            return self.lab.show(active, "show srp checkpoint statistics")["compression"]

        def move(own, other, interface="srp1"):
            ends = {"east": (own, other), "west": (other, own)}
            for instance, (bind, peer) in ends.items():
                self.type(f"context srp\ninterface {interface}\nip address "
                          f"{self.lab.address(bind)} 255.0.0.0\nexit\nservice-redundancy-protocol\n"
                          f"peer-ip-address {self.lab.address(peer)}\n"
                          f"bind address {self.lab.address(bind)}", instance)
            self.lab.wait("sync", seconds=SECONDS)
            for instance, (bind, _) in ends.items():
                shown = self.lab.show(instance, "show srp info")
                self.assertEqual(shown["local_address"], self.lab.address(bind))

        active = self.lab.in_state("Active")
        calls = self.call(CALLS)
        calls.wait_open()
        self.wait_synced()
        self.assertEqual(algorithm(), "lz4")
        resets = len(self.lab.events(active, "cf1", "srp.connection"))
        states = self.lab.events(active, "cf1", "srp.state")
        self.type("context srp\nservice-redundancy-protocol\ncheckpoint session compression zlib")
        self.wait_synced()
        self.assertEqual(algorithm(), "lz4")  # agreed when the connection was made
        self.assertEqual(len(self.lab.events(active, "cf1", "srp.connection")), resets)
        move("0.21", "0.22", "moved")
        lab.wait_for(lambda: algorithm() == "zlib", SECONDS, "the new streams have agreed on zlib")
        self.assertEqual(self.lab.in_state("Active"), active)
        self.assertEqual(self.lab.events(active, "cf1", "srp.state"), states)
        self.type("context srp\nservice-redundancy-protocol\ncheckpoint session compression lz4")
        move("0.11", "0.12")
        self.type("context srp\nno interface moved")
        self.assert_no_loss(calls, CALLS)

    def test_a_chassis_that_was_configured_first_loses_nothing_by_it(self):
        """The Standby has no place for calls of the new APN until it is configured, too."""
        active = self.lab.in_state("Active")
        self.type(UNRELATED, active)
        self.wait_for_calls(8, 4000, "--apn", "another")
        calls = self.call(CALLS, "--apn", "another")
        calls.wait_open()
        self.type(UNRELATED, self.lab.other(active))
        self.lab.wait(f"sessions={CALLS}", "sync", seconds=SECONDS)
        self.lab.switch_over()
        self.assert_good(calls.finish(), CALLS)
        self.type(BACK)


if __name__ == "__main__":
    lab.main(Reconfigure)
