#include "cf/srp/srp_table.h"

_Static_assert((int)INPUTS == (int)SRP_INPUTS, "srp_fsm.h tells tests how many inputs there are");

/* Columns are our own state. A pending state ends by what it waits for, by a peer that is
 * ahead of us, or by its time limit; never by silence of the link alone. Empty cells cannot
 * happen: judge() sees to it, and the step asserts it. */
// clang-format off
#define STAY      { SRP_STAYS, CHASSIS_INIT }
#define TO(state) { SRP_MOVES, CHASSIS_##state }
#define NO        { SRP_NEVER, CHASSIS_INIT }
static const struct srp_cell table[INPUTS][CHASSIS_STATE_N] = {
    /* we are:               Init         Standby             Pend-Act     Active               Pend-Stby */
    [IN_NOTHING]           = {STAY,        STAY,               STAY,        STAY,                STAY},
    [IN_ALONE]             = {TO(ACTIVE),  NO,                 NO,          NO,                  NO},
    [IN_PEER_ACTIVE_WINS]  = {TO(STANDBY), STAY,               TO(STANDBY), TO(PENDING_STANDBY), TO(STANDBY)},
    [IN_PEER_PENDING_WINS] = {TO(STANDBY), STAY,               TO(STANDBY), NO,                  STAY},
    [IN_PEER_SERVES_LOSES] = {NO,          NO,                 STAY,        STAY,                NO},
    [IN_PEER_IDLE_WINS]    = {TO(STANDBY), STAY,               NO,          NO,                  STAY},
    [IN_PEER_IDLE_LOSES]   = {TO(ACTIVE),  TO(PENDING_ACTIVE), STAY,        STAY,                STAY},
    [IN_DEAD]              = {NO,          TO(PENDING_ACTIVE), STAY,        STAY,                TO(ACTIVE)},
    [IN_CHASSIS_BFD]       = {NO,          TO(PENDING_ACTIVE), NO,          NO,                  NO},
    [IN_SWITCH]            = {NO,          NO,                 NO,          TO(PENDING_STANDBY), NO},
    [IN_ASKED]             = {NO,          TO(PENDING_ACTIVE), NO,          NO,                  NO},
    [IN_REFUSED]           = {NO,          NO,                 NO,          NO,                  TO(ACTIVE)},
    [IN_DONE]              = {NO,          NO,                 TO(ACTIVE),  NO,                  NO},
    [IN_PENDING_OVER]      = {NO,          NO,                 TO(ACTIVE),  NO,                  TO(ACTIVE)},
    [IN_UNFIT]             = {NO,          NO,                 TO(STANDBY), NO,                  NO},
};
// clang-format on

static const enum srp_reason reasons[INPUTS] = {
    [IN_PEER_ACTIVE_WINS] = SRP_DUAL_ACTIVE,    [IN_PEER_PENDING_WINS] = SRP_DUAL_ACTIVE,
    [IN_PEER_IDLE_LOSES] = SRP_DUAL_STANDBY,    [IN_DEAD] = SRP_DEAD_TIMER_EXPIRY,
    [IN_CHASSIS_BFD] = SRP_CHASSIS_BFD_FAILURE, [IN_PENDING_OVER] = SRP_FORCE_STATE_CHANGE,
};

const char *
srp_input_name(unsigned input)
{
    static const char *const names[INPUTS] = {
        [IN_NOTHING] = "nothing",
        [IN_ALONE] = "alone",
        [IN_PEER_ACTIVE_WINS] = "peer-active-wins",
        [IN_PEER_PENDING_WINS] = "peer-pending-wins",
        [IN_PEER_SERVES_LOSES] = "peer-serves-loses",
        [IN_PEER_IDLE_WINS] = "peer-idle-wins",
        [IN_PEER_IDLE_LOSES] = "peer-idle-loses",
        [IN_DEAD] = "dead",
        [IN_CHASSIS_BFD] = "chassis-bfd",
        [IN_SWITCH] = "switch",
        [IN_ASKED] = "asked",
        [IN_REFUSED] = "refused",
        [IN_DONE] = "done",
        [IN_PENDING_OVER] = "pending-over",
        [IN_UNFIT] = "unfit",
    };

    return input < INPUTS ? names[input] : "unknown";
}

int
srp_cell(unsigned input, unsigned state)
{
    return input < INPUTS && state < CHASSIS_STATE_N ? (int)table[input][state].verdict : 0;
}

const char *
srp_reason_name(enum srp_reason reason)
{
    static const char *const names[SRP_REASON_N] = {
#define X(name, value, text) [name] = text,
        SRP_REASONS(X)
#undef X
    };

    return reason < SRP_REASON_N ? names[reason] : "unknown";
}

const struct srp_cell *
srp_transition(enum srp_input input, enum chassis_state state)
{
    return &table[input][state];
}

enum srp_reason
srp_input_reason(enum srp_input input)
{
    return reasons[input];
}
