"""The judge of what became of a churn's calls: asked of the client, which pings each call it may
still have from its own address through its own tunnel, and of the chassis, whose copies an audit
compares. What is wrong raises AssertionError."""

import churn
import lab

FEW = 40  # pings that no queue is too short for
DIFFERENCES = ("missing", "stale", "extra")


def check(good, *what):
    if not good:
        raise AssertionError(": ".join(str(one) for one in what))


def told(rig, active, call):
    """Whether the Standby is known to have acknowledged the call as it was when it was asked for;
    of a closed one, its end."""
    instance = rig.other(active) if call.fate == churn.CLOSED else active
    asked = rig.vpclab("exec", instance, f"show subscriber debug-info msid {call.imsi}", "--json",
                       expect=None)
    if asked.returncode != 0:
        return call.fate == churn.CLOSED and "has a call" in asked.stderr
    found = [one for one in lab.json.loads(asked.stdout)["calls"]
             if one["teid"] == f"{call.control:08x}"]
    if call.fate == churn.CLOSED:
        return not found
    return bool(found) and found[0]["full"] == "acknowledged"


class Fates:
    """Of the calls of `client`, a churn; `active` is the chassis that serves them now."""

    def __init__(self, rig, client, seconds):
        self.lab, self.churn, self.seconds = rig, client, seconds
        self.active = rig.in_state("Active")

    # ---- a pair at rest ----------------------------------------------------------------------

    def settle(self):
        """A quiet, synchronised pair: what there is now is told, and both agree upon it."""
        self.churn.hold(self.seconds)
        live = self.churn.some(churn.LIVE)
        self.lab.wait("sync", f"sessions={len(live)}", seconds=self.seconds)
        lab.wait_for(lambda: self.audited() == len(live), self.seconds,
                     "no call is too young to compare")
        with self.churn.lock:
            for call in live:
                call.told, call.users = "by an audit", {call.user}
            for call in self.churn.closed:
                call.told = True
        check(self.churn.wrong == [], self.churn.wrong)

    def audited(self):
        """How many calls an audit compares, which tells first what is to be told; those younger
        than the checkpoint duration are no difference, but are not there, either."""
        def ask():
            return self.lab.vpclab("exec", self.active, "srp initiate-audit manual-with-sync",
                                   expect=None).returncode == 0
        lab.wait_for(ask, self.seconds, "an audit begins")

        def last():
            audit = self.lab.show(self.active, "show srp audit-statistics")["audits"][-1]
            return audit if audit["result"] != "In Progress" else None
        found = lab.wait_for(last, self.seconds, "the audit ends")
        check((found["result"], *(found[key] for key in DIFFERENCES)) == ("Complete", 0, 0, 0),
              "the audit found differences", found)
        return found["calls"]

    # ---- calls that ended --------------------------------------------------------------------

    def returned(self, gone):
        """Two pings each: silence is all that can be expected, where a successor has the TEID.
        Living calls of both session functions that answer a later one say when to listen no
        more; few at a time, since whose answer is dropped would pass for gone."""
        for call in gone:
            call.echoed = None
        for at in [*range(0, len(gone), FEW)] * 2:
            with self.churn.lock:
                for call in gone[at:at + FEW]:
                    self.churn.ping(call)
            self.churn.ping_all(self.churn.some(churn.LIVE)[:FEW], self.seconds)
        return [call for call in gone if call.echoed]

    # ---- what the gateway knows ----------------------------------------------------------------

    def opened(self):
        return self.lab.show(self.active, "show subscribers summary")["opened"]

    def shown(self, call):
        """The call as the Active shows it, or None."""
        asked = self.lab.vpclab("exec", self.active, f"show subscriber debug-info msid {call.imsi}",
                                "--json", expect=None)
        calls = lab.json.loads(asked.stdout)["calls"] if asked.returncode == 0 else []
        return next((one for one in calls if one["teid"] == f"{call.control:08x}"), None)

    def differences(self, gone=()):
        """Between the Active and the client, subscriber by subscriber, when they do not agree; calls
        of the fates `gone` are there no more, though they have answered."""
        found = []
        for number in range(1, self.churn.subscribers + 1):
            imsi = churn.imsi_of(number)
            asked = self.lab.vpclab("exec", self.active, f"show subscriber debug-info msid {imsi}",
                                    "--json", expect=None)
            there = {one["teid"] for one in lab.json.loads(asked.stdout)["calls"]} \
                if asked.returncode == 0 else set()
            mine = [call for call in self.churn.all if call.imsi == imsi]
            known = [f"{call.control:08x}" for call in mine if call.fate == churn.LIVE or
                     (call.echoed and call.fate not in gone)]
            if sorted(there) != sorted(known):
                found.append(f"{imsi}: there {there}, answering or live {known}, "
                             f"lately {[call.identity() for call in mine[-3:]]}")
        return "\n".join([*self.churn.wrong, *found])

    def answer_updates(self, calls):
        """Each of these calls, which answered pings, can be updated."""
        causes = self.churn.ask_all(churn.LIVE, calls, self.seconds)
        refused = {call.identity(): causes[call.number] for call in calls
                   if causes[call.number] != churn.ACCEPTED[call.version]}
        check(not refused, "a call that answers pings cannot be updated", refused)

    def have_one_owner(self, lost=()):
        """No address, TEID or call-id has two owners; `lost` calls may yet use their own."""
        live = self.churn.some(churn.LIVE)
        for what in ("address", "control", "data", "call_id"):
            owners = {}
            for call in live if what == "address" else [*live, *lost]:
                owners.setdefault(getattr(call, what), []).append(call.identity())
            several = {value: those for value, those in owners.items() if len(those) > 1}
            check(not several, f"{what} has two owners", several)

    # ---- what the gateway counted --------------------------------------------------------------

    def counted(self, calls):
        """{call: (packets up, packets down)} of those that are there; never more than was sent
        through their tunnels, each packet of the same length."""
        found = {}
        for call in calls:
            shown = self.shown(call)
            if not shown:
                continue
            packets = shown["up_packets"], shown["down_packets"]
            octets = shown["up_octets"], shown["down_octets"]
            sent = self.churn.pings_of(call)
            check(max(packets) <= sent,
                  f"{call.identity()}: {sent} packets were sent, counted are {packets} up, down")
            check(max(octets) <= sent * churn.PING_OCTETS,
                  f"{call.identity()}: {sent} packets of {churn.PING_OCTETS} octets were sent, "
                  f"counted are {octets} octets up, down")
            found[call] = packets
        return found

    def have_counted(self, before):
        """What was counted once, as told by counted(), is still: no counter fell."""
        now = self.counted(list(before))
        for call, packets in now.items():
            check(packets[0] >= before[call][0] and packets[1] >= before[call][1],
                  f"{call.identity()}: counted were {before[call]} packets up, down, now {packets}")
