"""A NACK storm, and its cure

Values of a call that change travel in micro-checkpoints, each kind under its CMD-ID. When a Standby
cannot apply one it answers by a NACK, if configured, and the Active sends that call as a full
checkpoint. A kind that fails again and again so turns every small message into a full one. The
documented cure is to switch off the NACK of that one CMD-ID on the Standby, until the cause is
mended. Here the lab itself makes CMD-ID 171, GGSN_UPDATE_SESSION, fail."""

CALLS = 10
RATE = 20
CMD = 171
STORM = 30


def statistics(lesson):
    return lesson.tell(lesson.standby, "show srp checkpoint statistics")


def micro(lesson):
    rows = lesson.tell(lesson.standby, "show srp micro-checkpoint statistics")["micro_checkpoints"]
    return next((one for one in rows if one["cmd"] == CMD), {"rcvd": 0, "apply_failed": 0})


def play(lesson):
    lesson.stage(srp=["checkpoint session nack micro max-response 1000"], hooks=True)
    standby = lesson.standby
    calls = lesson.call(CALLS, "--gtp", 1, "--control-rate", RATE)
    lesson.until("updates of calls arrive as micro-checkpoints", lambda: micro(lesson)["rcvd"] > 5)
    lesson.do(f"vpclab exec {standby} 'show srp micro-checkpoint statistics'", pick="CMD-ID|UPDATE")
    lesson.do(f"vpclab exec {standby} 'srp checkpoint-fault cmd {CMD} nth 1 always'")
    before = statistics(lesson)
    lesson.until(f"{STORM} NACKs more, and as many full checkpoints", lambda: (
        statistics(lesson)["nack_micro_sent"] >= before["nack_micro_sent"] + STORM and
        statistics(lesson)["full_rcvd"] >= before["full_rcvd"] + STORM))
    lesson.do(f"vpclab exec {standby} 'show srp checkpoint statistics'",
              pick="Checkpoints:|Frames:|Received|Micro sent|Apply fail|NACKs")
    lesson.do(f"vpclab exec {standby} 'show srp micro-checkpoint statistics'", pick="CMD-ID|UPDATE")
    lesson.ask("Where does one look for the kind that fails?",
               ["show srp checkpoint statistics: it counts the NACKs",
                "show srp info: the connection state",
                "show srp micro-checkpoint statistics: Apply fail, by CMD-ID"], 3,
               """The sum says that there is a storm; the table by CMD-ID says of what. With that
               number one goes to the Standby, since it is the Standby that sends the NACKs.""")
    lesson.mark()
    lesson.do(f"vpclab exec {standby} 'srp disable nack micro-chkpt-cmd {CMD}'")
    lesson.until("the session managers of the Standby have heard of it", lambda: not next(
        one for one in lesson.tell(standby, "show srp checkpoint info")["micro_checkpoints"]
        if one["cmd"] == CMD)["nack"])
    received = micro(lesson)["rcvd"] + RATE
    lesson.until("what was under way has come", lambda: micro(lesson)["rcvd"] >= received)
    quiet = statistics(lesson)["nack_micro_sent"]
    received = micro(lesson)["rcvd"] + RATE
    lesson.until(f"{RATE} more of them come", lambda: micro(lesson)["rcvd"] >= received)
    now = statistics(lesson)
    lesson.expect(f"not one NACK was sent for them ({now['nack_micro_sent']} as before)",
                  now["nack_micro_sent"] == quiet)
    lesson.do(f"vpclab exec {standby} 'show srp checkpoint info'", pick=f" {CMD} ")
    lesson.do(f"vpclab exec {standby} 'show srp checkpoint statistics'", pick="Micro sent|Failing")
    lesson.say("""The price: what failed stays old on the Standby ("Failing now"). When the cause is
    mended, NACKs are allowed again, and what is old is asked for anew.""")
    lesson.do(f"vpclab exec {standby} 'srp checkpoint-fault cmd {CMD} nth 1 times 0'")
    lesson.do(f"vpclab exec {standby} 'srp enable nack micro-chkpt-cmd {CMD}'")
    lesson.until("nothing fails any more", lambda: statistics(lesson)["failing"] == 0)
    lesson.do(f"vpclab exec {standby} 'show srp checkpoint statistics'", pick="Micro sent|Failing")
    result = lesson.hang_up(calls)
    lesson.expect("the callers noticed nothing", result["recreated"] == 0 and result["good"])
