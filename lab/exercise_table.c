#include "lab/exercise.h"

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
};

const struct exercise *
exercise_get(unsigned number)
{
    return number >= 1 && number <= sizeof exercises / sizeof exercises[0] ? &exercises[number - 1]
                                                                           : NULL;
}
