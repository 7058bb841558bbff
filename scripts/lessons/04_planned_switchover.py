"""A planned switchover, without options and with

`srp initiate-switchover` hands over in phases: what is not yet checkpointed is flushed, the peer is
asked, routes are withdrawn and announced, calls are audited. Without options neither data nor
signalling passes from the first phase until the new chassis is Active. With
`switchover allow-all-data-traffic` data flows through the old chassis until it withdraws its
routes, and through the new one from its announcement on. You do both, under traffic. So that a
person can see it, the peer is slow: one of its session managers is stopped for a moment, and the
critical flush has to wait for it."""

CALLS = 40
PPS = 2000
SLOW_S = 1  # lab seconds: well below the three after which a card that is stopped is missed
OPTION = "switchover allow-all-data-traffic"
SHORT = 0.5  # of what the slow peer costs without the option


def switch(lesson, address):
    """A switchover under traffic to a slow peer: the longest silence of all data, and how much of that
    the machine itself may be to blame for, both in ms."""
    leaver, heir = lesson.active, lesson.standby
    calls = lesson.call(CALLS, "--pps", PPS, "--control-rate", 100, tail=address)
    lesson.wait("sync", f"sessions>={CALLS}")
    pid = lesson.lab.pids()[f"{heir}/sf4"]
    lesson.stopped.append(pid)
    lesson.mark()
    lesson.do(f"kill -STOP {pid}; vpclab exec {leaver} 'srp initiate-switchover -noconfirm'; "
              f"sleep {SLOW_S / lesson.lab.scale}; kill -CONT {pid}")
    lesson.wait(f"{heir}.chassis=active", f"{leaver}.chassis=standby", "sync")
    lesson.active, lesson.standby = heir, leaver
    lesson.until(f"{heir} has ended its post-processing",
                 lambda: lesson.tell(heir, "show srp info")["phase"] == "-")
    lesson.do(f"vpclab events --kind srp.phase,srp.state,routes --since {lesson.since_mark()}")
    phases = [one["new"] for one in lesson.events("srp.phase", leaver)]
    lesson.expect(f"{leaver} flushed, asked and withdrew, in this order",
                  [one for one in phases if one in ("critical-flush", "request", "withdraw")]
                  == ["critical-flush", "request", "withdraw"])
    lesson.expect("both say why: manualSwitchOver",
                  {one["cause"] for one in lesson.events("srp.state")} == {"manualSwitchOver"})
    result = lesson.hang_up(calls)
    lesson.expect("no call was lost", result["recreated"] == 0 and result["verified"] == CALLS)
    return result["outages"]["other"]["outage_ms"], calls.late_ms()


def play(lesson):
    lesson.stage(auto_scale=1, dead=10)
    lesson.do(f"vpclab exec {lesson.active} 'srp validate-switchover'")
    lesson.do(f"vpclab exec {lesson.active} 'show srp info'", pick="Last Validate Switchover")
    slow_ms = SLOW_S * 1000 / lesson.lab.scale
    without, _ = switch(lesson, "2.1")
    lesson.expect(f"without options no data passed for {without:.0f} ms: as long as the flush "
                  f"waited, {slow_ms:.0f} ms, and what the rest took", without > slow_ms * 0.8)
    lesson.ask(f"With \"{OPTION}\", what do the callers miss now, the peer being as slow?",
               ["the same: the gates are shut until the new chassis is Active",
                "only what is between the withdrawal and the announcement",
                "nothing at all, not a packet"], 2,
               """In the critical flush the old chassis still has its routes and lets data pass. There
               remain the moments in which neither chassis is the router's best path.""")
    for instance in ("east", "west"):
        lesson.configure(instance, OPTION)
    lesson.until("the configurations are the same again", lambda: lesson.tell(
        lesson.active, "show srp info")["peer_configuration_validation"] == "Complete")
    with_option, late_ms = switch(lesson, "2.2")
    lesson.expect(f"with the option it was {with_option:.0f} ms instead of {without:.0f} ms",
                  with_option - late_ms < without * SHORT)
