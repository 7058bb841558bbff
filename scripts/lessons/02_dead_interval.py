"""The dead interval runs out

The Active chassis is killed without a word. Its Standby hears the connection close at once, but a
closed connection is no verdict: it waits for the dead interval, five seconds of silence, and only
then takes over. You see the silence being counted, the takeover, and the calls going on."""

import time

import frame
import lateness

CALLS = 20
DEAD_S = 5
HELLO_S = 1


def play(lesson):
    lesson.stage(hello=HELLO_S, dead=DEAD_S)
    calls = lesson.call(CALLS, "--pps", 200)
    lesson.wait("sync", f"sessions>={CALLS}")
    lesson.do(f"vpclab exec {lesson.standby} 'show srp info'", pick="State|Hello|Dead|Connection")
    lesson.ask(f"All processes of {lesson.active} are killed now. When does {lesson.standby} serve?",
               ["at once: its TCP connection to the peer is closed",
                f"{DEAD_S} lab seconds after the kill",
                f"{DEAD_S} lab seconds after the last hello it heard"],
               3, """The dead timer starts anew with each hello. So the silence before the takeover
               counts from the last hello, which may be up to one hello interval older than the
               kill.""")
    heard = lesson.tell(lesson.standby, "show srp info")["hellos_received"]
    lesson.mark()
    killed = time.monotonic()
    lesson.do(f"vpclab kill {lesson.active}")
    lesson.wait(f"{lesson.standby}.chassis=active", f"{lesson.standby}.route=best")
    late_s = lesson.lab.scale * lateness.since(killed)
    lesson.say("The same on the clock: in the margin lab seconds, a column for each chassis.")
    lesson.do(f"vpclab timeline --since {lesson.since_mark()}",
              pick="closed|silent|Pending|Active|deadTimer|best path")
    closed = lesson.events("srp.connection", lesson.standby, new="Not Connected")
    silences = lesson.events("srp.silence", lesson.standby)
    pending = lesson.events("srp.state", lesson.standby, new="Pending-Active")
    lesson.expect("the connection was closed first",
                  closed and pending and closed[0]["lab_us"] < pending[0]["lab_us"])
    lesson.expect("the silence was counted, hello interval by hello interval", len(silences) >= 2)
    lesson.expect("the cause of the takeover is deadTimerExpiry",
                  pending[0]["cause"] == "deadTimerExpiry")
    heard_us = silences[0]["lab_us"] - float(silences[0]["new"].split()[0]) * frame.US
    waited = (pending[0]["lab_us"] - heard_us) / frame.US
    lesson.expect(f"from the last hello to the takeover passed {waited:.1f} s: the dead interval",
                  DEAD_S - 0.15 < waited < DEAD_S + 0.5 + late_s)
    lesson.expect(f"{heard} hellos had been heard by then", heard > 0)
    lesson.until(f"all {CALLS} calls answer again, through {lesson.standby}",
                 lambda: calls.progress().get("answering") == CALLS)
    result = lesson.hang_up(calls)
    lesson.expect("no call was made anew", result["recreated"] == 0)
