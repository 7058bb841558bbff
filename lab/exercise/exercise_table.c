#include "lab/exercise/exercise.h"

#define SRP  "configure\ncontext srp\nservice-redundancy-protocol\n"
#define POOL "configure\ncontext dest\nip pool dyn1 172.16.0.0 "

/* The configurations are those of topologies/classroom.json. */
static const struct exercise exercises[] = {
    {
        .title = "A warning after the change window",
        .symptom = "Since the change window {active} says that its peer is not configured as it is "
                   "itself. Nobody admits to a change; {active} was certainly not touched. Is a "
                   "switchover still safe?",
        .hints = {"vpclab exec {active} 'show srp info' tells how the comparison of the two "
                  "configurations ended.",
                  "vpclab exec {active} 'srp validate-configuration' names each item that differs, "
                  "and what to enter where.",
                  "It is a line of service-redundancy-protocol in context srp of {standby}."},
        .cause = EXERCISE_TIMERS_DIFFER,
        .place = "{standby}",
        .by = EXERCISE_BY_CONSOLE,
        .where = "{standby}",
        .brk = SRP "hello-interval 2\nend",
        .mend = SRP "hello-interval 1\nend",
        .sign = EXERCISE_SIGN_CONFIG,
    },
    {
        .title = "Somebody tidied up",
        .symptom = "Tonight there will be a planned switchover. An engineer has \"tidied up\" "
                   "{standby} this morning and left for holidays; {active} was not touched. Would "
                   "every subscriber keep the address it has?",
        .hints = {"The two chassis compare their configurations: vpclab exec {active} "
                  "'show srp info'.",
                  "vpclab exec {active} 'srp validate-configuration' names each item that differs, "
                  "and what to enter where.",
                  "Addresses come from the pools of context dest; the one of {standby} is the "
                  "smaller one."},
        .cause = EXERCISE_POOLS_DIFFER,
        .place = "{standby}",
        .by = EXERCISE_BY_CONSOLE,
        .where = "{standby}",
        .brk = POOL "255.254.0.0 public 0 srp-activate\nend",
        .mend = POOL "255.252.0.0 public 0 srp-activate\nend",
        .sign = EXERCISE_SIGN_CONFIG,
    },
    {
        .title = "An alarm in the night",
        .symptom = "There was an alarm of a card of {active}. Calls are served, nobody has noticed "
                   "anything, no chassis has changed its state. What is broken, and is anything "
                   "left if one more part breaks?",
        .hints = {"vpclab exec {active} 'show card table' has a line for each card, and says which "
                  "is a single point of failure (SPOF).",
                  "vpclab status tells which processes run.",
                  "What does not run is started by: vpclab start INSTANCE CARD."},
        .cause = EXERCISE_CARD_DEAD,
        .place = "{active}/cf{cf}",
        .by = EXERCISE_BY_KILL,
        .sign = EXERCISE_SIGN_CARD,
    },
    {
        .title = "Half a copy",
        .symptom = "Part of the calls of {active} is not protected any more. The operators of "
                   "{standby} say that nothing has crashed there: every process is up.",
        .hints = {"vpclab exec {standby} 'show card table' has a card that is not as the others.",
                  "vpclab status has a pid for it: the process is there, yet it does not answer.",
                  "It will not come back by itself: vpclab kill it, then vpclab start it."},
        .cause = EXERCISE_CARD_FROZEN,
        .place = "{standby}/sf5",
        .by = EXERCISE_BY_FREEZE,
        .sign = EXERCISE_SIGN_CARD,
    },
    {
        .title = "Slow logins",
        .symptom = "The help desk: every second login takes some seconds, none fails in the end. "
                   "Both chassis are well, as far as anybody can see.",
        .hints = {"What the Active watches outside of itself: vpclab exec {active} 'show srp "
                  "monitor all'.",
                  "Two servers authenticate (type A in that table); one of them is down (D).",
                  "The owners of the servers have a console, too: vpclab exec world 'show aaa'; "
                  "there 'aaa ADDRESS:PORT answer' mends it."},
        .cause = EXERCISE_AAA_SILENT,
        .place = "{net}.8.2",
        .by = EXERCISE_BY_WORLD,
        .where = "world",
        .brk = "aaa {net}.8.2:1812 silent",
        .mend = "aaa {net}.8.2:1812 answer",
        .sign = EXERCISE_SIGN_MONITOR,
    },
    {
        .title = "The router team is on the phone",
        .symptom = "The router team: one of our routers does not hear from {active} any more. "
                   "Traffic goes on through another one; if that fails, too, so do you.",
        .hints = {"What the Active watches outside of itself: vpclab exec {active} 'show srp "
                  "monitor all'.",
                  "Routers are of type B there; neighbors of one group stand in for each other.",
                  "The router team has a console: vpclab exec world 'show neighbors'; there "
                  "'bgp neighbor ADDRESS up' mends it."},
        .cause = EXERCISE_BGP_DOWN,
        .place = "{net}.2.1",
        .by = EXERCISE_BY_WORLD,
        .where = "world",
        .brk = "bgp neighbor {net}.2.1 down {active}",
        .mend = "bgp neighbor {net}.2.1 up {active}",
        .sign = EXERCISE_SIGN_MONITOR,
    },
    {
        .title = "Two that serve",
        .symptom = "Both chassis announce the same addresses. The cable between them was measured "
                   "and is good. {active} has served all the time and was not touched.",
        .hints =
            {"vpclab status: both are Active, and neither is connected with the other.",
             "vpclab exec INSTANCE 'show srp info' tells whom each takes for its peer: its own "
             "and the remote address.",
             "peer-ip-address of one must be the bind address of the other: vpclab exec "
             "INSTANCE 'show configuration srp'."},
        .cause = EXERCISE_PEER_ADDRESS,
        .place = "{standby}",
        .by = EXERCISE_BY_CONSOLE,
        .where = "{standby}",
        .brk = SRP "peer-ip-address {net}.0.21\nend",
        .mend = SRP "peer-ip-address {bind}\nend",
        .sign = EXERCISE_SIGN_ROLES,
    },
    {
        .title = "Two that serve, again",
        .symptom = "Both chassis announce the same addresses. Nobody has touched a configuration; "
                   "the carrier of the line between them had works this morning and says that "
                   "packets pass.",
        .hints = {"vpclab exec INSTANCE 'show srp info' on both chassis: when has each heard the "
                  "last hello?",
                  "{active} hears {standby}, {standby} does not hear {active}: packets pass, but "
                  "not all of them. Hellos travel on srp-control.",
                  "What one chassis sends on a link is written LINK:CHASSIS>. Tell the carrier "
                  "(vpclab exercise answer); then vpclab fault clear is the repair."},
        .cause = EXERCISE_ONE_WAY_CUT,
        .place = "srp-control:{active}>",
        .by = EXERCISE_BY_FAULT,
        .brk = "cut srp-control:{active}>",
        .sign = EXERCISE_SIGN_ROLES,
    },
    {
        .title = "New calls",
        .symptom = "Since {standby} got its last patch, part of the new calls on {active} would "
                   "not survive a switchover. Every process is up, the links are good, the "
                   "configurations agree.",
        .hints = {"vpclab status: which session manager is not synchronised?",
                  "vpclab exec {standby} 'show srp checkpoint statistics' counts what was received "
                  "and what could not be applied (Apply fail); with \"sessmgr all\" one by one.",
                  "Tell the vendor (vpclab exercise answer); then vpclab fault clear is the better "
                  "patch. What was missed comes again when the card is killed and started."},
        .cause = EXERCISE_NO_APPLY,
        .place = "{standby}/sf4",
        .by = EXERCISE_BY_FAULT,
        .calls = true,
        .restart = true,
        .brk = "no-apply {standby}/sf4 100",
        .sign = EXERCISE_SIGN_APPLY,
    },
    {
        .title = "The backup job",
        .symptom = "The nightly job that saves the configuration of {active} to /flash has failed, "
                   "for the first time in a year. Calls are served, no alarm is raised.",
        .hints = {"Do what the job does, and read why it fails: vpclab exec {active} 'save "
                  "configuration /flash/try.cfg -noconfirm'.",
                  "/flash is a disk of the CF that is active: vpclab exec {active} 'show card "
                  "table' says which.",
                  "It is no file of it in particular. Tell the owners of the disk (vpclab exercise "
                  "answer); then vpclab fault clear is their repair."},
        .cause = EXERCISE_DISK_FULL,
        .place = "{active}/cf{lead}",
        .by = EXERCISE_BY_FAULT,
        .brk = "disk-full {active}/cf{lead}",
        .sign = EXERCISE_SIGN_LEASE,
    },
    {
        .title = "Logs that do not fit together",
        .symptom = "For a report the event logs of both chassis were laid side by side, and they "
                   "tell two different stories: effects stand before their causes.",
        .hints = {"The answer of a console begins with the date: ask both chassis for anything.",
                  "{active} agrees with your own clock.",
                  "It is all of {standby}, not one card. Tell the owners of its host (vpclab "
                  "exercise answer); then vpclab fault clear is their repair."},
        .cause = EXERCISE_CLOCK_WRONG,
        .place = "{standby}",
        .by = EXERCISE_BY_FAULT,
        .brk = "clock-step {standby} 3600",
        .sign = EXERCISE_SIGN_LEASE,
    },
};

const struct exercise *
exercise_get(unsigned number)
{
    return number >= 1 && number <= sizeof exercises / sizeof exercises[0] ? &exercises[number - 1]
                                                                           : NULL;
}
