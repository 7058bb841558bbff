"""An AAA failure hands over, and does not come back

The Active asks its two RADIUS servers again and again whether they answer. When none does any more
it hands over, for the peer may have a better way to them. That is right once. If the new Active
cannot reach them either, the calls must not be thrown to and fro: it stays, until an operator says
that the failure is over. You silence both servers and see who does what."""

CALLS = 20
KIND = "authentication-probe"
SERVERS = ("8.1", "8.2")
PORT = 1812


def servers(lesson, mode):
    for tail in SERVERS:
        lesson.do(f"vpclab exec world 'aaa {lesson.lab.address(tail)}:{PORT} {mode}'",
                  pick=lesson.lab.address(tail))


def kind(lesson, instance):
    return lesson.tell(instance, "show srp monitor")["kinds"]["authentication_probe"]


def hellos(lesson, instance):
    return lesson.tell(instance, "show srp info")["hellos_sent"]


def play(lesson):
    lesson.stage("monitored", dead=10, scale=2, auto_scale=5)
    first, second = lesson.active, lesson.standby
    calls = lesson.call(CALLS, "--pps", 200)
    lesson.until("both servers answer", lambda: [
        one["state"] for one in lesson.tell(first, "show srp monitor all")["monitors"]
        if one["type"] == KIND] == ["Up", "Up"])
    lesson.do(f"vpclab exec {first} 'show srp monitor all'", pick="^Type|^ A|^State")
    lesson.do(f"vpclab exec {second} 'show srp monitor all'", pick="^ A")
    lesson.say("""Only the Active asks: at the Standby they are Initializing. Now the outside world
    lets both fall silent. Three tries of three seconds each go unanswered.""")
    lesson.mark()
    servers(lesson, "silent")
    lesson.wait(f"{second}.chassis=active", f"{first}.chassis=standby")
    lesson.do(f"vpclab events --kind monitor,srp.state,snmp.trap --since {lesson.since_mark()}",
              pick="Down|srp.state|SRP")
    causes = {one["cause"] for one in lesson.events("srp.state")}
    lesson.expect("the reason of the switchover is aaaFailure", causes == {"aaaFailure"})
    lesson.ask(f"{second} cannot reach the servers either. What will it do?",
               ["stay Active, and keep the calls",
                f"hand back to {first}, which is Standby and synchronised",
                "hand over each time the guard period ends"], 1,
               f"""An AAA failure that has caused a switchover does not revert: the new Active holds
               this monitor back until "srp reset-auth-probe-fail", a switchover by hand, or one for
               another cause.""")
    lesson.until(f"at {second}, too, both servers are down", lambda: kind(lesson, second)["down"])
    lesson.until("it is past its guard and damping periods, and holds the monitor back",
                 lambda: kind(lesson, second)["latched"] and not kind(lesson, second)["damped"])
    until = hellos(lesson, second) + 5
    lesson.until("five more hellos pass, and nothing happens",
                 lambda: hellos(lesson, second) >= until)
    lesson.expect(f"{second} is still Active: one switchover, not two",
                  lesson.states(second) == ["Pending-Active", "Active"])
    lesson.do(f"vpclab exec {second} 'show srp monitor'", pick="^Auth|Switchover by")
    lesson.say("The servers are mended. Does the primary get its calls back by itself now?")
    servers(lesson, "answer")
    lesson.until("both servers answer again", lambda: not kind(lesson, second)["down"])
    lesson.do(f"vpclab exec {second} 'srp reset-auth-probe-fail'")
    lesson.until("the monitor counts again", lambda: not kind(lesson, second)["latched"])
    lesson.expect(f"{second} stays Active all the same: nothing reverts by itself",
                  lesson.states(second) == ["Pending-Active", "Active"])
    result = lesson.hang_up(calls)
    lesson.expect("no call was lost", result["recreated"] == 0 and result["verified"] == CALLS)
