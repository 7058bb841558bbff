"""An upgrade of the pair with calls up

The manual's procedure in short: the Standby gets the image, a boot entry in front of the others, the
files go to both of its control functions, and it is reloaded. It comes back with the new release,
synchronises, and takes over by a planned switchover. Then the other chassis gets the same. Two
releases serve as a pair meanwhile, and calls stay up all the time."""

CALLS = 50
OLD, NEW = "21.28.0", "21.28.2"


def upgrade(lesson, instance):
    """The image, a boot entry, both disks, reload; the pair is synchronised afterwards."""
    cf = lesson.lab.instance(instance)["active_cf"]
    image = f"vpclab-di-{NEW}.bin"
    lesson.do(f"vpclab image {lesson.lab.rundir}/{instance}/cf{cf}.flash/{image} --release {NEW}")
    lesson.do(f"vpclab exec {instance} 'show version /flash/{image}'", pick="Image Version")
    priority = lesson.tell(instance, "show boot")[0]["priority"] - 1
    config = f"/flash/{instance}-{NEW}.cfg"
    lesson.do(f"vpclab exec {instance} 'save configuration {config} -noconfirm'")
    lesson.do(f"vpclab exec {instance} 'configure\n"
              f"boot system priority {priority} image /flash/{image} config {config}\nend'")
    lesson.do(f"vpclab exec {instance} 'filesystem synchronize all -noconfirm'", last=1)
    lesson.mark()
    lesson.do(f"vpclab exec {instance} 'reload -noconfirm'")
    lesson.until(f"every process of {instance} has started anew", lambda: len(
        {one["process"] for one in lesson.events("process.start", instance)}) == 6)
    lesson.wait("sync", f"sessions>={CALLS}")
    lesson.do(f"vpclab exec {instance} 'show version'", pick="Version")
    lesson.expect(f"{instance} runs {NEW}",
                  lesson.tell(instance, "show version")["image_version"] == NEW)


def switch(lesson):
    leaver, heir = lesson.active, lesson.standby
    lesson.do(f"vpclab exec {leaver} 'srp initiate-switchover -noconfirm'")
    lesson.wait(f"{heir}.chassis=active", f"{leaver}.chassis=standby", "sync")
    lesson.active, lesson.standby = heir, leaver
    lesson.until(f"{heir} has ended its post-processing",
                 lambda: lesson.tell(heir, "show srp info")["phase"] == "-")


def play(lesson):
    lesson.stage(auto_scale=3)
    calls = lesson.call(CALLS, "--pps", 200)
    lesson.wait("sync", f"sessions>={CALLS}")
    lesson.ask("Which chassis is upgraded first?",
               ["the Active: it has the calls, so it matters most", "both at once",
                "the Standby: its reload costs no call"], 3,
               """The Standby has copies only. While it reloads the pair is not protected, so it is
               done when the network is quiet.""")
    upgrade(lesson, lesson.standby)
    info = lesson.tell(lesson.active, "show srp info")
    lesson.expect(f"the Active, with {info['release']}, and its peer, with {info['peer_release']}, "
                  "are a pair", (info["release"], info["peer_release"]) == (OLD, NEW))
    switch(lesson)
    upgrade(lesson, lesson.standby)
    switch(lesson)
    lesson.expect(f"both run {NEW}, and {lesson.active} serves as before", all(
        lesson.tell(one, "show version")["image_version"] == NEW for one in ("east", "west")))
    result = lesson.hang_up(calls)
    lesson.expect("no call was lost", result["recreated"] == 0 and result["verified"] == CALLS)
    lost = [one["calls_lost"] for one in lesson.lab.status()["instances"]]
    lesson.expect("the chassis count no lost call either", lost == [0, 0])
