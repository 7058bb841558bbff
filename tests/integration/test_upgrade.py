"""The upgrade of a pair, as the manual has it, from begin to end: image, boot stack, files of both
control functions, reload of the Standby, switchover, the other chassis, and back again. With calls
up all the time, of which none may be lost."""

import os
import re

import lab

SECONDS = lab.SECONDS
CALLS = int(os.environ.get("VPCLAB_CALLS", "1000"))
TIME = re.compile(r"^\w+day \w+ \d\d \d\d:\d\d:\d\d UTC \d{4}\n", re.M)
OLD, NEW = "21.28.0", "21.28.2"


class Upgrade(lab.Case):
    lab_options = {"scale": 1}

    # ---- what an operator types -------------------------------------------------------------

    def tell(self, instance, command):
        return TIME.sub("", self.lab.vpclab("exec", instance, command).stdout)

    def flash(self, instance):
        """Where the active CF's /flash is, for what an operator would transfer to it."""
        return self.lab.rundir / instance / f"cf{self.lab.instance(instance)['active_cf']}.flash"

    def give_image(self, instance):
        name = f"vpclab-di-{NEW}.bin"
        self.lab.vpclab("image", self.flash(instance) / name, "--release", NEW, "--build", 80002)
        said = self.tell(instance, f"show version /flash/{name}")
        self.assertRegex(said, rf"Image Version: +{NEW}\n")
        self.assertRegex(said, r"Image Build Number: +80002\n")
        return f"/flash/{name}"

    def add_entry(self, instance, image):
        """In front of the others: the current lowest number minus 1."""
        entries = self.lab.show(instance, "show boot")
        self.assertLess(len(entries), 10)
        priority, config = entries[0]["priority"] - 1, f"/flash/{instance}-{NEW}.cfg"
        self.tell(instance, f"save configuration {config} -noconfirm")
        self.tell(instance, "configure\n"
                  f"boot system priority {priority} image {image} config {config}\nend")
        self.assertTrue(self.tell(instance, "show boot").startswith(
            f"boot system priority {priority} \\\n    image {image} \\\n    config {config}\n"))

    def remove_first_entry(self, instance):
        priority = self.lab.show(instance, "show boot")[0]["priority"]
        self.tell(instance, f"configure\nno boot system priority {priority}\nend")

    def lines(self, instance, command):
        return self.tell(instance, command).splitlines()

    def check_health(self, instance):
        """What the manual has looked at before and after each step, with what it must print."""
        self.assertEqual(self.tell(instance, "show card table all | grep unknown"), "")
        self.assertEqual(self.tell(instance, "show card table | grep Offline"), "")
        for line in self.lines(instance, "show resources | grep Status"):
            self.assertRegex(line, "(?i)within acceptable limits")
        cards = [card for card in self.lab.instance(instance)["cards"] if card["type"] != "cf"]
        self.assertEqual(len(self.lines(instance, "show session recovery status verbose | "
                                                  "grep Good")), len(cards))
        self.assertEqual(set(self.tell(instance, 'show pgw-service all | grep "Service Status:"')
                             .split()[2:]), {"Started"})
        monitors = self.lab.vpclab("exec", instance, "show srp monitor all", "--json").stdout
        self.assertNotIn('"Down"', monitors)
        self.assertRegex(self.tell(instance, "show srp info | grep Connection"), " Connected")

    def number(self, instance, command):
        return int(re.search(r": +(\d+)", self.tell(instance, command)).group(1))

    def check_synchronised(self, active):
        """The Standby has prepared as many calls as the Active has subscribers, within 5 %."""
        self.wait_synced()
        subscribers = self.number(active, "show subs summary | grep Total")
        allocated = self.number(self.lab.other(active),
                                "show srp checkpoint statistics | grep allocated")
        self.assertEqual(subscribers, CALLS)
        self.assertLessEqual(abs(subscribers - allocated), 0.05 * subscribers)

    def reload(self, instance, release):
        cards = [path.stem for path in (self.lab.rundir / instance).glob("*.jsonl")]
        starts = {card: len(self.lab.events(instance, card, "process.start")) for card in cards}
        self.tell(instance, "filesystem synchronize all -noconfirm")
        self.assertIn("0 files differ", self.tell(instance, "filesystem synchronize all checkonly"))
        self.tell(instance, "reload -noconfirm")
        lab.wait_for(lambda: all(len(self.lab.events(instance, card, "process.start"))
                                 > starts[card] for card in cards), SECONDS, "all cards start anew")
        self.wait_synced()
        self.assertRegex(self.tell(instance, "show version | grep Version"), f" {release}\n")

    def switch_over(self, leaver):
        asked = self.lab.initiate(leaver)
        self.assertEqual(asked.returncode, 0, asked.stderr)
        heir = self.lab.other(leaver)
        self.lab.wait_switched(heir)
        self.assertEqual(self.lab.in_state("Active"), heir)
        self.assertEqual(self.tell(heir, "show snmp trap history | grep SRPAAAUnreachable"), "")
        return heir

    # ---- the procedure ----------------------------------------------------------------------

    def upgrade(self, standby):
        self.check_health(standby)
        self.add_entry(standby, self.give_image(standby))
        self.reload(standby, NEW)
        self.check_health(standby)
        self.check_synchronised(self.lab.other(standby))

    def fall_back(self, standby):
        self.remove_first_entry(standby)
        self.reload(standby, OLD)
        self.check_health(standby)
        self.check_synchronised(self.lab.other(standby))

    def test_pair_is_upgraded_and_falls_back_without_losing_a_call(self):
        primary, backup = "east", "west"
        calls = self.call(CALLS, "--pps", min(CALLS * 2, 2000))
        calls.wait_open(seconds=60)
        self.lab.wait(f"sessions={CALLS}", "sync")

        self.upgrade(backup)
        info = self.lab.show(primary, "show srp info")
        self.assertEqual((info["release"], info["peer_release"]), (OLD, NEW))
        self.switch_over(primary)
        self.upgrade(primary)
        self.switch_over(backup)
        for instance in lab.INSTANCES:
            self.assertEqual(self.lab.show(instance, "show version")["image_version"], NEW)

        self.fall_back(backup)
        self.switch_over(primary)
        self.fall_back(primary)
        self.switch_over(backup)
        self.assert_good(calls.finish(seconds=60), CALLS)
        for instance in lab.INSTANCES:
            self.assertEqual(self.lab.instance(instance)["calls_lost"], 0)


if __name__ == "__main__":
    lab.main(Upgrade)
