"""What scripts/chaos breaks. A kind is a row of KINDS: name, weight, what it does. It breaks
something, heals it, and returns what was done, as a text, and which calls may be lost though they
had been acknowledged.

    def kind(chaos, random) -> (text, may_lose)      may_lose(call) -> bool

`random` is the cycle's: the same seed does the same. Roles are drawn, never names, since who is
Active depends on the cycles before.
"""

import json
import select
import signal
import socket

import lab
import mad_peer

DEAD_S = 5 / 5  # real: dead-interval by time-scale
CARDS = ("cf1", "cf2", "demux3", "sf4", "sf5", "sf6")
SESSMGR_OF = {"sf4": 1, "sf5": 2}  # whose calls end with it: session recovery is not emulated


def none(_):
    return False


def hold(seconds):
    """Something is broken for so long; this is no waiting for a state."""
    select.select([], [], [], seconds)


def role(chaos, random):
    """"active" or "standby", and who that is."""
    word = random.choice(("active", "standby"))
    return word, chaos.active if word == "active" else chaos.standby


def lost_with(chaos, instance, card):
    sessmgr = SESSMGR_OF.get(card) if instance == chaos.active else None
    return (lambda call: call.control >> 24 == sessmgr) if sessmgr else none


# ---- processes ------------------------------------------------------------------------------


def kill_active(chaos, random):
    dead = chaos.active
    chaos.vpclab("kill", dead)
    chaos.rig.wait(f"{chaos.standby}.chassis=active", seconds=chaos.seconds)
    hold(random.uniform(0, 0.5))
    chaos.vpclab("start", dead)
    return f"all of {dead}, which was Active, killed", none


def kill_standby(chaos, random):
    dead = chaos.standby
    chaos.vpclab("kill", dead)
    hold(random.uniform(0, 2 * DEAD_S))
    chaos.vpclab("start", dead)
    return f"all of {dead}, which was Standby, killed", none


def kill_both(chaos, random):
    first, second = random.sample(lab.INSTANCES, 2)
    chaos.vpclab("kill", first)
    chaos.vpclab("kill", second)
    chaos.churn.lose_all()
    chaos.vpclab("start", second)
    chaos.vpclab("start", first)
    return "both chassis killed", none


def kill_card(chaos, random):
    word, instance = role(chaos, random)
    card = random.choice(CARDS)
    chaos.vpclab("kill", instance, card)
    if instance == chaos.active and card in SESSMGR_OF:
        chaos.churn.lose_all(SESSMGR_OF[card])
    hold(random.uniform(0, 2 * DEAD_S))
    chaos.vpclab("start", instance, card)
    return f"{instance}/{card} of the {word} killed", lost_with(chaos, instance, card)


def kill_leading_cf(chaos, random):
    word, instance = role(chaos, random)
    said = chaos.vpclab("kill", instance, "active-cf").stdout
    card = said.split()[0].partition("/")[2]
    hold(random.uniform(0, 2 * DEAD_S))
    chaos.vpclab("start", instance, card)
    return f"{instance}/{card}, which led the {word}, killed", none


def kill_world(chaos, random):
    chaos.vpclab("kill", "world")
    hold(random.uniform(0, DEAD_S))
    chaos.vpclab("start", "world")
    return "the world killed", none


def stop(chaos, pids, seconds):
    chaos.rig.signal(pids, signal.SIGSTOP)
    try:
        hold(seconds)
    finally:
        chaos.rig.signal(pids, signal.SIGCONT)


def stop_chassis(chaos, random):
    word, instance = role(chaos, random)
    seconds = random.choice((0.3, 0.8, 1.5, 3)) * DEAD_S
    stop(chaos, [pid for name, pid in chaos.rig.pids().items() if name.startswith(instance)], seconds)
    return f"all of {instance}, the {word}, stopped for {seconds:.1f} s", none


def stop_card(chaos, random):
    word, instance = role(chaos, random)
    card = random.choice(CARDS)
    seconds = random.choice((0.3, 0.8, 1.5)) * DEAD_S
    stop(chaos, [chaos.rig.pids()[f"{instance}/{card}"]], seconds)
    return (f"{instance}/{card} of the {word} stopped for {seconds:.1f} s",
            lost_with(chaos, instance, card))


# ---- orders -----------------------------------------------------------------------------------


def switch_over(chaos, random):
    words = random.choice(((), ("force",)))
    leaver = chaos.active
    asked = chaos.rig.initiate(leaver, *words)
    if asked.returncode != 0:
        return f"switchover of {leaver} refused: {asked.stderr.strip()}", none
    chaos.rig.wait_switched(chaos.standby, chaos.seconds)
    return " ".join(["switchover from", leaver, *words]), none


def kill_amid_switchover(chaos, random):
    leaver = chaos.active
    chaos.rig.initiate(leaver)
    dead = random.choice(lab.INSTANCES)
    hold(random.uniform(0, 0.05))
    chaos.vpclab("kill", dead)
    hold(random.uniform(0, 1.5 * DEAD_S))
    chaos.vpclab("start", dead)
    return f"{dead} killed amid a switchover from {leaver}", none


def pause_time(chaos, random):
    chaos.vpclab("time", "pause")
    try:
        hold(random.uniform(0.1, 1))
    finally:
        chaos.vpclab("time", "run")
    return "lab time paused", none


# ---- outside ----------------------------------------------------------------------------------


def bgp_down(chaos, random):
    word, instance = role(chaos, random)
    what = random.choice(("bgp neighbor", "bfd"))
    neighbor = chaos.rig.address("2.1")
    chaos.vpclab("exec", "world", f"{what} {neighbor} down {instance}")
    try:
        hold(random.uniform(0.1, DEAD_S))
    finally:
        chaos.vpclab("exec", "world", f"{what} {neighbor} up {instance}")
    return f"{what.split()[0].upper()} of {instance}, the {word}, down", none


def rubbish(chaos, random):
    """What no peer would send, to every door."""
    for _ in range(random.randint(1, 20)):
        noise = random.randbytes(random.randint(1, 1400))
        for port in (2123, 2152):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(noise, (chaos.rig.service, port))
        for tail in ("0.11", "0.12"):
            try:
                with socket.create_connection((chaos.rig.address(tail), lab.SRP_PORT), 1) as link:
                    link.sendall(noise)
            except OSError:
                pass  # who is not there gets none
    return "rubbish to every port", none


def mad_peer_speaks(chaos, random):
    """While west is dead somebody with its key, or with none, says what no chassis would."""
    if not mad_peer.zmq:
        return mad_peer.NO_ZMQ, none
    west, east = (mad_peer.keys(chaos.rig, name) for name in ("west", "east"))
    stranger = random.random() < 0.3
    chaos.vpclab("kill", "west")
    chaos.rig.wait("east.chassis=active", seconds=chaos.seconds)
    peer = mad_peer.MadPeer(chaos.rig, *(mad_peer.zmq.curve_keypair() if stranger else west), east[0])
    try:
        frames = [peer.frame(mad_peer.SRP_HELLO, body) for body in peer.wrong_hellos()]
        for frame in random.sample(frames + peer.wrong_frames(), random.randint(1, 12)):
            peer.send(frame)
        hold(random.uniform(0.1, 0.5))
    finally:
        peer.close()
    chaos.vpclab("start", "west")
    return f"west killed, and a mad peer with {'a foreign' if stranger else 'its'} key speaks", none


# ---- leases -----------------------------------------------------------------------------------


def lease(chaos, random, kind, target, amount=()):
    """Through `vpclab fault`: in force everywhere, then cleared, and all is as never faulted."""
    seconds = random.choice((0.3, 0.8, 1.5, 2.5)) * DEAD_S
    chaos.vpclab("fault", "add", kind, target, *amount, "--for", 60)
    try:
        hold(seconds)
    finally:
        chaos.vpclab("fault", "clear")
    chaos.vpclab("fault", "check")
    return f"fault {' '.join(map(str, (kind, target, *amount)))} for {seconds:.1f} s"


def vm_lease(chaos, random):
    word, instance = role(chaos, random)
    card = random.choice(CARDS)
    kind = random.choice(("pause", "stutter", "starve", "disk-full", "descriptors", "clock-step"))
    name = f"{instance}/{card}"
    pid, served = chaos.rig.pids()[name], instance == chaos.active
    what = lease(chaos, random, kind, name)
    if chaos.rig.pids().get(name) != pid:  # libraries end a process that is out of descriptors
        if served and card in SESSMGR_OF:
            chaos.churn.lose_all(SESSMGR_OF[card])
        chaos.vpclab("start", instance, card)
        what += ", which ended it"
    return f"{what}, of the {word}", lost_with(chaos, instance, card)


LINK_FAULTS = {"cut": (), "delay": (100,), "jitter": (100,), "throttle": (200,), "reset": (50,),
               "drop": (20,), "duplicate": (30,), "reorder": (30,), "corrupt": (20,),
               "replay": (30,), "stale-epoch": (30,)}
LOSSY = ("cut", "delay", "jitter", "throttle", "drop", "reorder")  # delivers nothing twice


def link_lease(chaos, random, link, names):
    kind = random.choice(names)
    return lease(chaos, random, kind, link, LINK_FAULTS[kind])


def control_lease(chaos, random):
    way = random.choice(("", "", ":east>", ":east<", ":west>", ":west<"))
    return link_lease(chaos, random, "srp-control" + way, list(LINK_FAULTS)), none


def session_lease(chaos, random):
    return link_lease(chaos, random, "srp-session", list(LINK_FAULTS)), none


def checkpoint_lease(chaos, random):
    _, instance = role(chaos, random)
    return link_lease(chaos, random, f"ckpt:{instance}", list(LINK_FAULTS)), none


def call_lease(chaos, random):
    _, instance = role(chaos, random)
    link = random.choice(("call", "access"))
    return link_lease(chaos, random, f"{link}:{instance}", LOSSY), none


def no_apply_lease(chaos, random):
    """Without NACKs what was not applied is sent again by an audit with synchronisation."""
    what = lease(chaos, random, "no-apply", chaos.standby, (random.choice((10, 50, 100)),))
    chaos.vpclab("exec", chaos.active, "srp initiate-audit manual-with-sync")
    return what, none


def forged_event(chaos, random):
    """No fault of the pair, but a story that breaks a promise: watch has to find it."""
    cards = [f"{chaos.active}/cf{slot}" for slot in (1, 2)]
    logs = [chaos.rig.rundir / f"{card}.jsonl" for card in cards]
    states = [line for log in logs for line in log.read_text().splitlines()
              if '"kind":"srp.state"' in line]
    last = max(map(json.loads, states), key=lambda one: one["lab_us"])
    last.update(lab_us=last["lab_us"] + random.randint(1, 9), epoch=last["epoch"] - 1,
                seq=last["seq"] + 1)
    with (chaos.rig.rundir / f"{last['process']}.jsonl").open("a") as log:
        log.write(json.dumps(last, separators=(",", ":")) + "\n")
    return f"an event of {last['process']} with an epoch that fell", none


KINDS = {
    "kill-active": (3, kill_active),
    "kill-standby": (2, kill_standby),
    "kill-both": (0.3, kill_both),
    "kill-card": (3, kill_card),
    "kill-leading-cf": (2, kill_leading_cf),
    "kill-world": (0.5, kill_world),
    "stop-chassis": (2, stop_chassis),
    "stop-card": (2, stop_card),
    "switch-over": (3, switch_over),
    "kill-amid-switchover": (1, kill_amid_switchover),
    "pause-time": (1, pause_time),
    "bgp-down": (1, bgp_down),
    "rubbish": (1, rubbish),
    "mad-peer": (1, mad_peer_speaks),
    "fault-vm": (2, vm_lease),
    "fault-srp-control": (2, control_lease),
    "fault-srp-session": (1, session_lease),
    "fault-ckpt": (1, checkpoint_lease),
    "fault-call": (1, call_lease),
    "fault-no-apply": (0.5, no_apply_lease),
}
PLANTS = {"forged-event": (1, forged_event)}  # only when named


def draw(random, names):
    rows = {**KINDS, **PLANTS}
    return random.choices(names, [rows[name][0] for name in names])[0]


def do(name, chaos, random):
    return {**KINDS, **PLANTS}[name][1](chaos, random)
