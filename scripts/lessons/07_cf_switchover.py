"""A CF switchover inside an instance is no chassis switchover

An instance has two control functions. When the active one dies the other takes its place: it knows
the state of the chassis from the hellos inside the instance, and goes on where the dead one was. The
peer chassis hears the same chassis again, from another card. Nobody changes roles, no route moves, no
call is touched. You kill the active CF of the Active chassis and look for what did not happen."""

CALLS = 20


def play(lesson):
    lesson.stage(auto_scale=1)  # connections are sought in real time, the dead interval is lab time
    active, standby = lesson.active, lesson.standby
    calls = lesson.call(CALLS, "--pps", 200)
    lesson.wait("sync", f"sessions>={CALLS}")
    lesson.do(f"vpclab exec {active} 'show card table'", pick="Slot|CFC")
    before = {one["name"]: (one["chassis_state"], one["srp_epoch"])
              for one in lesson.lab.status()["instances"]}
    dead = lesson.lab.instance(active)["active_cf"]
    heir = 3 - dead
    lesson.ask(f"The active CF of {active} is killed. What will the dead interval of {standby} do?",
               ["begin to run, and end with the first hello of the other CF",
                "run out: the SRP link ended at the dead CF",
                "nothing: the SRP link does not notice"], 1,
               """The TCP connection does end, for its end was on the dead card. The other CF takes
               over within three seconds, connects anew and says hello, long before five seconds of
               silence are over.""")
    lesson.mark()
    lesson.do(f"vpclab kill {active} active-cf")
    lesson.wait(f"{active}.cf={heir}", "sync")
    lesson.do(f"vpclab events --since {lesson.since_mark()}",
              pick="cf.state|cf.peer|chassis.lead|srp.connection|srp.state|srp.peer")
    took = lesson.events("cf.state", active, new="Active")
    lesson.expect(f"cf{heir} of {active} became the active one",
                  [one["process"] for one in took] == [f"{active}/cf{heir}"])
    lead = lesson.events("chassis.lead", active)
    lesson.expect("it speaks for the chassis in the state the dead one had told: Active",
                  lead and lead[-1]["new"] == "Active")
    lesson.expect("neither chassis went through any state",
                  lesson.states(active) == lesson.states(standby) == [])
    after = {one["name"]: (one["chassis_state"], one["srp_epoch"])
             for one in lesson.lab.status()["instances"]}
    lesson.expect("states and SRP epochs are as before", after == before)
    lesson.do(f"vpclab exec {active} 'show srp statistics'", pick="Manual|Dead Timer")
    lesson.do("vpclab routes", pick=r"^\*")
    lesson.expect("no best path moved", not lesson.events("route.best"))
    lesson.say("The dead CF is repaired. It comes back as Standby; nothing moves back by itself.")
    lesson.do(f"vpclab start {active} cf{dead}")
    lesson.until(f"cf{dead} is Standby", lambda: lesson.lab.card(active, dead)["state"] == "Standby")
    lesson.do(f"vpclab exec {active} 'show card table'", pick="Slot|CFC")
    result = lesson.hang_up(calls)
    lesson.expect("no call was lost or made anew",
                  result["recreated"] == 0 and result["verified"] == CALLS)
