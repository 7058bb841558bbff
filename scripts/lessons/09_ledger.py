"""Reading the ledger: which calls were lost, and why

A call is checkpointed when it is older than the checkpoint duration: most calls are short, and the
link is spared. The price is paid in a failure. You open calls that are checkpointed at once, set a
long duration, open more, kill the Active chassis, and read in the ledger what became of each."""

OLD, YOUNG = 6, 4
DURATION_S = 600


def imsi(number):
    return f"0010100{number:08}"


def notes(lesson, number):
    text = lesson.lab.vpclab("explain", lesson.active, imsi(number), "--json").stdout
    return lesson.loads(text)["calls"][0]["notes"][0]


def play(lesson):
    lesson.stage()
    active, standby = lesson.active, lesson.standby
    old = lesson.call(OLD)
    lesson.until(f"the {OLD} calls are checkpointed at once: the duration is 0",
                 lambda: lesson.lab.instance(standby)["sessions"] == OLD)
    for instance in (active, standby):
        lesson.configure(instance, f"checkpoint session duration non-ims-session {DURATION_S}")
    lesson.do(f"vpclab exec {active} 'show configuration srp'", pick="checkpoint session duration")
    young = lesson.call(YOUNG, tail="2.2", imsi=101)
    lesson.until(f"the {YOUNG} young ones are there, and known to be", lambda: all(
        notes(lesson, 100 + one)["connected_s"] > 2 for one in range(1, YOUNG + 1)))
    lesson.do("vpclab status", pick="^instance|^(east|west) +[AS]")
    lesson.ask(f"{active} is killed now. How many calls does {standby} recover?",
               [f"all {OLD + YOUNG}", str(OLD), "none"], 2,
               f"""What is younger than {DURATION_S} s was never sent: {standby} knows from the
               heartbeats that those calls were there, but not what they were.""")
    lesson.do(f"vpclab kill {active}", last=1)
    lesson.wait(f"{standby}.chassis=active")
    lesson.do(f"vpclab explain {standby}")
    ledger = lesson.loads(lesson.lab.vpclab("explain", standby, "--json").stdout)
    lesson.expect(f"of {OLD + YOUNG} calls before, {OLD} were recovered and {YOUNG} lost",
                  (ledger["before"], ledger["recovered"], ledger["lost"])
                  == (OLD + YOUNG, OLD, YOUNG))
    lesson.expect("all lost ones for one cause: too young", ledger["lost_by_cause"]
                  == {"young": YOUNG})
    lesson.say("The story of one that was lost, and of one that lives on:")
    lost = lesson.do(f"vpclab explain {standby} {imsi(101)}")
    lesson.expect("the lost one was younger than the checkpoint duration",
                  "younger than the checkpoint duration" in lost)
    kept = lesson.do(f"vpclab explain {standby} {imsi(1)}")
    lesson.expect("the other was recovered from its full checkpoint",
                  "recovered from the full checkpoint" in kept)
    lesson.do(f"vpclab exec {standby} 'show srp call-loss statistics'")
    result = lesson.hang_up(old)
    lesson.expect("the callers say the same: the old calls answer",
                  result["verified"] == OLD and result["recreated"] == 0)
    gone = lesson.hang_up(young)
    lesson.expect("and the young ones are forgotten by the gateway", gone["recreated"] == YOUNG)
