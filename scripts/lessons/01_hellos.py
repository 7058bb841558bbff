"""The hello exchange: numbers, echoes, intervals

Two chassis, east and west, say hello to each other over the SRP link, a hello each hello-interval.
Every hello carries a number and echoes the number last heard of the peer, so each side knows
what arrived. Inside a chassis the two control functions say hello to each other, too, each second,
and count three silent seconds as death. You see both."""

import statistics

import frame

HELLO_S = 1
CF_SILENCE_S = 3


def number(event, word):
    """The number behind a word of a hello's cause: "sent 6, echo 5"."""
    words = event["cause"].replace(",", "").split()
    return int(words[words.index(word) + 1])


def between_chassis(lesson):
    lesson.say("Hellos are told when somebody asks for them, since there may be many.")
    lesson.do("vpclab events --hellos on")
    lesson.mark()
    lesson.until("eight hellos were sent and heard on each side",
                 lambda: all(len(lesson.events("srp.hello", name)) >= 16
                             for name in ("east", "west")))
    lesson.do(f"vpclab events --kind srp.hello --instance west --since {lesson.since_mark()}",
              last=8)
    lesson.do(f"vpclab timeline --since {lesson.since_mark()}", pick="echo", last=10)
    sent = {name: [one for one in lesson.events("srp.hello", name) if "sent" in one["cause"]]
            for name in ("east", "west")}
    heard = {name: [one for one in lesson.events("srp.hello", name) if "received" in one["cause"]]
             for name in ("east", "west")}
    for name, peer in (("east", "west"), ("west", "east")):
        steps = [(b["lab_us"] - a["lab_us"]) / frame.US for a, b in zip(sent[name], sent[name][1:])]
        lesson.expect(f"{name} sends one each {HELLO_S} s (here {min(steps):.2f} to "
                      f"{max(steps):.2f} s apart)", abs(statistics.median(steps) - HELLO_S) < 0.25)
        numbers = [number(one, "sent") for one in sent[name]]
        lesson.expect(f"{name} counts them: {numbers[0]} to {numbers[-1]}, none left out",
                      numbers == list(range(numbers[0], numbers[-1] + 1)))
        known = {number(one, "sent") for one in sent[name]}
        got = [number(one, "received") for one in heard[peer]]
        lesson.expect(f"{peer} heard them in order", got == sorted(got) and known & set(got))
    lesson.ask("west sends \"sent 12, echo 11\". What does the echo say?",
               ["west repeats its own hello 11", "east's hello 11 has reached west",
                "west has missed hello 12 of east"], 2,
               """The echo is the number of the last hello that was heard of the receiver. So a
               chassis that hears its own numbers come back knows that the link works both
               ways.""")
    last = sent["west"][-1]
    since = {number(one, "sent") for one in lesson.events("srp.hello", "east")
             if "sent" in one["cause"]}
    lesson.expect("the echo of west's last hello is a number that east has sent",
                  number(last, "echo") in since)


def inside_chassis(lesson):
    lesson.say("""Now inside east. Its second control function is on standby. It is stopped, not
    killed: its connections stand, it just says nothing any more.""")
    lesson.do("vpclab exec east 'show card table'", pick="CFC|Slot")
    lesson.mark()
    pid = lesson.stop("east", "cf2")
    dead = lesson.until("the active CF of east finds the other one dead",
                        lambda: [one for one in lesson.events("cf.peer", "east", new="dead")
                                 if one["process"] == "east/cf1"])
    lesson.do(f"vpclab events --kind cf,srp.state --since {lesson.since_mark()}", pick="cf.peer")
    waited = (dead[0]["lab_us"] - lesson.since) / frame.US
    lesson.expect(f"that took some {CF_SILENCE_S} s ({waited:.1f} s since the last event before)",
                  waited > CF_SILENCE_S - 1.5)
    lesson.expect("no chassis changed its state for that",
                  lesson.states("east") == lesson.states("west") == [])
    lesson.do(f"kill -CONT {pid}")
    lesson.until("it says hello again, and is heard",
                 lambda: [one for one in lesson.events("cf.peer", "east")
                          if one["process"] == "east/cf1" and one["new"] != "dead"])


def play(lesson):
    lesson.stage(hello=HELLO_S)
    between_chassis(lesson)
    inside_chassis(lesson)
