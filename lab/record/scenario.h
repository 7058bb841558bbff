/* scenario.h - what a lab lived through, so that the simulator can live through it again
 *
 * A scenario is: what both chassis are (settings), what was done to them and when (steps), and what
 * they did (states). docs/scenario.md has its form as JSON, and what each word means. scenario_make.h
 * reads it off the merged events of a lab; the simulator (tests/sim) plays it, and writes the
 * schedule of one of its seeds as one.
 *
 * Ownership  plain values; texts are copied
 * Time       microseconds of the lab clock since the scenario's start
 * Errors     false for what is none, or for which there is no room
 * Threads    any
 */
#ifndef VPCLAB_SCENARIO_H
#define VPCLAB_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCENARIO_SIDES = 2,
    SCENARIO_STEPS = 1024,
    SCENARIO_STATES = 1024,
    SCENARIO_TEXT = 160,
    SCENARIO_NAME = 32,
    SCENARIO_SFS = 48,
    SCENARIO_MONITORS = 4, /* of a kind */
};

/* Numbers of the settings: field, name in JSON, default, least, most. Times are in microseconds. What a
 * lab cannot say, such as how often clients call, is the simulator's own. */
#define SCENARIO_NUMBERS(X)                                                                        \
    X(seed, "seed", 1, 0, INT64_MAX / 2)                                                           \
    X(length_us, "length_us", 0, 0, INT64_C(36000000000))                                          \
    X(hello_us, "hello_us", 10000000, 1000000, 300000000)                                          \
    X(dead_us, "dead_us", 30000000, 1000000, 1800000000)                                           \
    X(delay_us, "delay_us", 0, 0, 600000000)                                                       \
    X(higher_wins, "higher_wins", 0, 0, 1)                                                         \
    X(rm_threshold, "rm_threshold", 16, 1, 255)                                                    \
    X(rm_delta, "rm_delta", 1, 1, 255)                                                             \
    X(switchover, "switchover_options", 0, 0, 31)                                                  \
    X(ignore_dead, "bfd_ignore_dead", 0, 0, 1)                                                     \
    X(standby_announce_us, "standby_announce_us", -1, -1, 3600000000)                              \
    X(retry_us, "retry_us", 60000000, 1000000, 3600000000)                                         \
    X(retries, "retries", 3, 0, 255)                                                               \
    X(duration_us, "checkpoint_duration_us", 60000000, 0, 65535000000)                             \
    X(ready_beats, "ready_beats", 7, 1, 7)                                                         \
    X(nack_macro, "nack_macro", 0, 0, 1)                                                           \
    X(nack_micro, "nack_micro", 0, 0, 1)                                                           \
    X(nack_most, "nack_most", 3, 0, 65535)                                                         \
    X(nack_disabled, "nack_disabled", 0, 0, 255)                                                   \
    X(nack_window_us, "nack_window_us", 60000000, 1000000, 3600000000)                             \
    X(audit_daily, "audit_daily", 0, 0, 1)                                                         \
    X(audit_start_min, "audit_start_min", 0, 0, 1439)                                              \
    X(audit_period_min, "audit_period_min", 60, 1, 1440)                                           \
    X(wall_us, "wall_us", 0, 0, INT64_C(86400000000))                                              \
    X(aaa_n, "aaa", 0, 0, SCENARIO_MONITORS)                                                       \
    X(bgp_n, "bgp", 0, 0, SCENARIO_MONITORS)                                                       \
    X(bfd_n, "bfd", 0, 0, SCENARIO_MONITORS)                                                       \
    X(bgp_grouped, "bgp_grouped", 0, 0, 1)                                                         \
    X(guard_switch_us, "guard_switch_us", 0, 0, 3600000000)                                        \
    X(damping_switch_us, "damping_switch_us", 0, 0, 3600000000)                                    \
    X(guard_failure_us, "guard_failure_us", 0, 0, 3600000000)                                      \
    X(damping_failure_us, "damping_failure_us", 0, 0, 3600000000)                                  \
    X(managers, "sessmgrs", 2, 1, 3)                                                               \
    X(subscribers, "subscribers", 20, 0, 1000)                                                     \
    X(volte, "volte_permille", 300, 0, 1000)                                                       \
    X(client_us, "client_us", 500000, 10000, 60000000)                                             \
    X(router_us, "router_us", 2000, 100, 10000000)                                                 \
    X(probe_us, "probe_us", 20000, 1000, 60000000)                                                 \
    X(room, "frame_octets", 8192, 512, 8192)                                                       \
    X(credit, "credit", 8, 1, 64)                                                                  \
    X(stagger_us, "stagger_us", 0, 0, 600000000)                                                   \
    X(west_first, "second_first", 0, 0, 1)

/* What a chassis is as a scenario begins. */
#define SCENARIO_BEGINS(X)                                                                         \
    X(BEGINS_OFF, "off") /* no process of it runs */                                               \
    X(BEGINS_ON, "on")   /* its processes start now, the second chassis' after the stagger */      \
    X(BEGINS_ACTIVE, "active")   /* settled in that state, */                                      \
    X(BEGINS_STANDBY, "standby") /* with synchronised session managers */

enum scenario_begins {
#define X(name, text) name,
    SCENARIO_BEGINS(X)
#undef X
        SCENARIO_BEGINS_N
};

struct scenario_chassis {
    char name[SCENARIO_NAME]; /* of the instance */
    uint8_t begins;           /* enum scenario_begins */
    bool primary, lz4;
    uint8_t priority;
    uint8_t mac[6];
    uint8_t sf[SCENARIO_SFS]; /* slots of its active SFs, rising: session managers 1, 2, ... */
    uint8_t sf_n;
};

/* What is done. Takes: t target, l link and the side it is cut from, f for_us, a amount, c force. */
#define SCENARIO_DEEDS(X)                                                                          \
    X(DEED_START, "start", "t")                                                                    \
    X(DEED_KILL, "kill", "t")                                                                      \
    X(DEED_PAUSE, "pause", "tf")                                                                   \
    X(DEED_STUTTER, "stutter", "tfa") /* permille of the time it runs */                           \
    X(DEED_CUT, "cut", "lf")                                                                       \
    X(DEED_RESET, "reset", "l")                                                                    \
    X(DEED_DELAY, "delay", "lfa")         /* amount: microseconds */                               \
    X(DEED_JITTER, "jitter", "lfa")       /* ... */                                                \
    X(DEED_DROP, "drop", "lfa")           /* permille of the frames */                             \
    X(DEED_DUPLICATE, "duplicate", "lfa") /* ... */                                                \
    X(DEED_REORDER, "reorder", "lfa")     /* ... */                                                \
    X(DEED_CORRUPT, "corrupt", "lfa")     /* ... */                                                \
    X(DEED_REPLAY, "replay", "l")                                                                  \
    X(DEED_SWITCHOVER, "switchover", "tc")                                                         \
    X(DEED_CARD_SWITCH, "card-switch", "t")                                                        \
    X(DEED_APART, "configurations-differ", "f")                                                    \
    X(DEED_AAA, "aaa-down", "tfa") /* amount: which monitor of its kind, from 1 */                 \
    X(DEED_BGP, "bgp-down", "tfa")                                                                 \
    X(DEED_BFD, "bfd-down", "tfa")                                                                 \
    X(DEED_BFD_CHASSIS, "bfd-chassis-down", "f")                                                   \
    X(DEED_DISTURB, "disturb", "tf") /* one of the simulator's own, with its dice */               \
    X(DEED_OTHER, "other", "")       /* nothing the simulator knows: text says what */

enum scenario_deed {
#define X(name, text, takes) name,
    SCENARIO_DEEDS(X)
#undef X
        SCENARIO_DEED_N
};

const char *scenario_deed_name(unsigned deed);
const char *scenario_deed_takes(unsigned deed);
const char *scenario_begins_name(unsigned begins);

/* Which card of a chassis; session managers are numbered from CARD_SESSMGR on. */
enum { SCENARIO_CF1, SCENARIO_CF2, SCENARIO_DEMUX, SCENARIO_SESSMGR, SCENARIO_ALL = 255 };
enum { SCENARIO_CONTROL = 1, SCENARIO_SESSION = 2 };

/* What else one of the simulator's own disturbances has. */
struct scenario_disturb {
    char kind[SCENARIO_NAME];  /* as the simulator prints it */
    char phase[SCENARIO_NAME]; /* "-": none is waited for */
    bool here;
    uint8_t proc;
    int64_t delay_us;
    uint64_t dice;
    uint16_t number;
};

struct scenario_step {
    int64_t at_us, for_us; /* for_us 0: it does not last */
    uint8_t deed;          /* enum scenario_deed */
    uint8_t side;          /* of the target; of a link: the end that is not heard; SIDES: both */
    uint8_t card;
    uint8_t links; /* bits */
    bool force;
    int64_t amount;
    char text[SCENARIO_TEXT]; /* DEED_OTHER: a sentence; else what the lab called it, or "" */
    struct scenario_disturb own;
};

/* A change of the state of a chassis. */
struct scenario_state {
    int64_t at_us;
    uint8_t side, state; /* enum chassis_state */
    uint8_t reason;      /* enum srp_reason */
    uint64_t epoch;
};

struct scenario {
    char about[SCENARIO_TEXT];
#define X(field, name, value, least, most) int64_t field;
    SCENARIO_NUMBERS(X)
#undef X
    struct scenario_chassis chassis[SCENARIO_SIDES];
    size_t step_n, state_n;
    bool no_states; /* nobody says what the chassis did: nothing to compare with */
    struct scenario_step steps[SCENARIO_STEPS]; /* by time */
    struct scenario_state states[SCENARIO_STATES];
};

/* Every number at its default, nothing done. */
void scenario_defaults(struct scenario *scenario);

/* ---- parts of it -------------------------------------------------------------------------- */

/* A card by its name, "cf1", "demux3", "sf4"; false for one that is not of that chassis or idle. */
bool scenario_card(const struct scenario_chassis *chassis, const char *name, uint8_t *card);

/* A fault as its event calls it ("cut srp-control:east>", "pause east/cf1", "delay 200 ms srp-session")
 * into deed, target, links and amount; false for what the simulator has no name for. */
bool scenario_fault(const struct scenario *scenario, const char *text, struct scenario_step *step);

/* In the order of time; false if there is no room. */
bool scenario_add(struct scenario *scenario, const struct scenario_step *step);

#endif
