"""A split brain is decided by the AS path, and heals

The SRP link breaks while both chassis live. The Standby hears nothing, its dead interval ends, and it
serves, too: two Actives with the same addresses. Nobody between them can decide. The router can: each
chassis announces its routes with an AS path as long as its route modifier, the newcomer's is the
longer one, and packets go on to the chassis they went to before. When the link is back one hello is
enough: the one with the higher route modifier steps down. You cut the link and mend it."""

CALLS = 20
DEAD_S = 5
CUT_S = 600  # the fault ends by itself then, if nobody ends it


def prepends(lesson):
    """How often each chassis puts its AS in front."""
    return {one["chassis"]: one["prepend"] for one in lesson.lab.routes()}


def best(lesson):
    return {one["chassis"] for one in lesson.lab.routes() if one["best"]}


def play(lesson):
    lesson.stage(auto_scale=2, dead=DEAD_S, hooks=True)
    first, second = lesson.active, lesson.standby
    calls = lesson.call(CALLS, "--pps", 200)
    lesson.wait("sync", f"sessions>={CALLS}")
    lesson.mark()
    lesson.do(f"vpclab fault add cut srp-control --for {CUT_S}")
    lesson.wait(f"{second}.chassis=active", f"{first}.chassis=active")
    lesson.do("vpclab status", pick="^instance|^(east|west) +[A-Z]")
    lesson.expect("both chassis are Active, and each believes the other one dead",
                  set(lesson.chassis_states().values()) == {"Active"})
    lesson.ask("Both announce the same addresses. Where do the packets of the calls go?",
               [f"to {first}: its AS path is shorter", "to the one that announced last",
                "to both in turn"], 1,
               f"""{second} took over with a route modifier one higher than {first}'s, so that it puts
               its AS in front once more. The router prefers the shorter path.""")
    lesson.do("vpclab routes", pick=r"Prefix|/\d+ ")
    shown = prepends(lesson)
    lesson.expect(f"the path to {first} is the shorter one, and the best",
                  shown[first] < shown[second] and best(lesson) == {first})
    lesson.expect("no best path ever moved", not lesson.events("route.best"))
    lesson.until("all calls answer", lambda: calls.progress().get("answering") == CALLS)
    lesson.say("The link is mended.")
    lesson.do("vpclab fault clear")
    lesson.wait(f"{first}.chassis=active", f"{second}.chassis=standby", "sync")
    lesson.do(f"vpclab timeline --since {lesson.since_mark()}",
              pick="Active|Standby|dualActive|dead|Connected|fault")
    lesson.expect(f"{second} stepped down again", lesson.states(second)
                  == ["Pending-Active", "Active", "Pending-Standby", "Standby"])
    lesson.expect("and says why: dualActive", {one["cause"] for one in lesson.events(
        "srp.state", second, new="Pending-Standby")} == {"dualActive"})
    lesson.expect(f"{first} never left Active", lesson.states(first) == [])
    result = lesson.hang_up(calls)
    lesson.expect("no call was lost, and not one ping either",
                  result["recreated"] == 0 and result["packets_lost"] == 0)
