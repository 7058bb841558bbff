"""A process stops for a while and goes on: it was given up meanwhile, and is taken back at once."""

import signal

import lab

class Pause(lab.Case):
    lab_options = {"scale": 1}

    def pause(self, name, given_up):
        """Stop a process until the others have noticed."""
        pid = [self.lab.pids()[name]]
        self.lab.signal(pid, signal.SIGSTOP)
        self.addCleanup(self.lab.signal, pid, signal.SIGCONT)
        lab.wait_for(given_up, lab.SECONDS, f"{name} is given up")
        self.lab.signal(pid, signal.SIGCONT)

    def answers(self):
        calls = self.call(20, "--pps", 0)
        calls.wait_open()
        self.assert_good(calls.finish(), 20)

    def judge(self, card, slot):
        active = self.lab.in_state("Active")
        lab.wait_for(lambda: self.lab.show(active, "show srp info")["hellos_sent"] > 5, lab.SECONDS,
                     "the links have some frames behind them")
        self.pause(f"{active}/{card}", lambda: self.lab.card(active, slot)["state"] == "Offline")
        self.lab.wait("sync")
        self.answers()
        self.assertEqual(self.lab.events(active, card, "card.alone"), [])

    def test_a_demux_that_was_stopped_serves_again(self):
        self.judge("demux3", 3)

    def test_an_sf_that_was_stopped_serves_again(self):
        self.judge("sf4", 4)

    def test_a_control_function_that_was_replaced_meanwhile_does_not_fight(self):
        standby = self.lab.in_state("Standby")
        stopped = self.lab.instance(standby)["active_cf"]
        heir = 3 - stopped
        self.pause(f"{standby}/cf{stopped}",
                   lambda: self.lab.instance(standby)["active_cf"] == heir)
        lab.wait_for(lambda: self.lab.card(standby, stopped)["state"] == "Standby", lab.SECONDS,
                     "the CF that was stopped follows")
        self.wait_synced()
        self.assertEqual(self.lab.instance(standby)["active_cf"], heir)
        states = [one["new"] for one in self.lab.events(standby, f"cf{heir}", "cf.state")]
        self.assertEqual(states[-1], "Active")
        epochs = {one["epoch"] for one in self.lab.events(standby, f"cf{heir}", "cf.state")}
        self.assertLess(max(epochs), 10)
        self.assertEqual(self.lab.in_state("Standby"), standby)


class Frozen(lab.Case):
    """Both control functions of the Standby stop; a fast lab, so that much waits for them."""

    lab_options = {"scale": 20, "dead": 60}
    ROUNDS = 2

    def peer_ready(self, instance, slot):
        """Asked of that chassis alone: the frozen one would be waited for."""
        cards = self.lab.show(instance, "show vpclab status")["cards"]
        return next(card for card in cards if card["slot"] == slot)["peer_ready"]

    def test_a_chassis_that_was_frozen_as_a_whole_goes_on(self):
        active, standby = self.lab.in_state("Active"), self.lab.in_state("Standby")
        pids = self.lab.pids()
        frozen = [pids[f"{standby}/cf{slot}"] for slot in (1, 2)]
        for _ in range(self.ROUNDS):
            self.lab.signal(frozen, signal.SIGSTOP)
            self.addCleanup(self.lab.signal, frozen, signal.SIGCONT)
            lab.wait_for(
                lambda: not self.lab.show(active, "show srp info")["peer_hears_us"] and
                not self.peer_ready(active, 4), lab.SECONDS,
                "the Active is not heard any more")
            self.lab.signal(frozen, signal.SIGCONT)
            self.wait_synced()
        self.assertEqual([self.lab.pids()[f"{standby}/cf{slot}"] for slot in (1, 2)], frozen)


if __name__ == "__main__":
    lab.main(Pause, Frozen)
