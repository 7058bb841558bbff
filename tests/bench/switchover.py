"""Outages in a planned switchover, for each set of options, as the clients see them.

Half of 1,000 calls are VoLTE; all are pinged, some are updated, and extra ones are opened and
deleted. The outage of a class is the longest time from the first packet or request sent after
an answer to the next answer of that class, so it is exact to the distance of what is sent.
"No switchover" is the same traffic left alone: what the computer adds by itself.
"""

from lab import Failed, Lab, poll
from table import Result

CALLS = 1000
TRAFFIC = ("--calls", CALLS, "--volte", 50, "--pps", 4000, "--control-rate", 200, "--new-rate", 200)
SPACING = "sent every {} ms"
CLASSES = {  # as `vpclab call` names them: as we do, and the distance of what is sent
    "volte": ("data, VoLTE", "0.5"),
    "other": ("data, other", "0.5"),
    "control": ("control", "5"),
    "new": ("new calls", "5"),
}
OPTIONS = {
    "none": (),
    "volte": ("allow-volte-data-traffic",),
    "volte, accounting": ("allow-volte-data-traffic maintain-accounting",),
    "all data": ("allow-all-data-traffic",),
    "all data, early": ("allow-all-data-traffic", "allow-early-active-transition"),
    "control": ("control-outage-optimization",),
}
UNDISTURBED_S = 1


def hand_over(lab):
    """A planned switchover and all that follows it; how many calls the ledger says are lost."""
    leaver, heir = (lab.instance_in(state)["name"] for state in ("active", "standby"))
    lab.vpclab("exec", leaver, "srp initiate-switchover -noconfirm")
    lab.wait(f"{heir}.chassis=active", f"{leaver}.chassis=standby", "sync")
    poll(lambda: lab.show(heir, "show srp info")["phase"] == "-", 20, f"{heir} is not done")
    return lab.show(heir, "show srp call-loss statistics")["switchovers"][-1]["lost"]


def checked(result):
    if not result["good"] or result["recreated"]:
        raise Failed(f"calls were lost: {result}")
    return {name: result["outages"][name]["outage_ms"] for name in CLASSES}


def one(lab):
    """Outages of the classes in one switchover, and the calls lost."""
    caller = lab.start_call(*TRAFFIC)
    lab.wait(f"active.sessions>={CALLS}", f"standby.sessions>={CALLS}", "sync")
    lost = hand_over(lab)
    outages = checked(lab.end_call(caller))
    lab.wait("sessions=0", "sync")
    return outages, lost


def add(result, what, runs):
    for name, (title, spacing) in CLASSES.items():
        result.figure(f"{what}: {title}", "ms", [run[name] for run in runs],
                      SPACING.format(spacing))


def run(bench):
    result = Result("switchover")
    lost = 0
    with Lab(bench) as lab:
        lab.up()
        bench.say("switchover: no switchover")
        alone = [checked(lab.call(*TRAFFIC, "--hold", UNDISTURBED_S)) for _ in range(bench.runs)]
        add(result, "no switchover", alone)
    for what, options in OPTIONS.items():
        runs = []
        with Lab(bench, srp=[f"switchover {option}" for option in options]) as lab:
            lab.up()
            for i in range(bench.runs):
                bench.say(f"switchover: {what}, run {i + 1} of {bench.runs}")
                outages, gone = one(lab)
                runs.append(outages)
                lost += gone
        add(result, what, runs)
    result.below(f"calls lost in {len(OPTIONS) * bench.runs} switchovers", lost, 1)
    return result
