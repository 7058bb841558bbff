/* srp_table.h - inside the srp library: the transitions between the states of a chassis
 *
 * Ownership  static tables
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_SRP_TABLE_H
#define VPCLAB_SRP_TABLE_H

#include "cf/srp/srp_fsm.h"

/* What one event means for the roles, all questions answered. */
enum srp_input {
    IN_NOTHING,
    IN_ALONE, /* nobody heard since the start */
    IN_PEER_ACTIVE_WINS,
    IN_PEER_PENDING_WINS, /* peer is Pending-Active */
    IN_PEER_SERVES_LOSES, /* peer is Active or Pending-Active, and we win */
    IN_PEER_IDLE_WINS,    /* peer is in any other state */
    IN_PEER_IDLE_LOSES,
    IN_DEAD,         /* dead interval without a hello */
    IN_CHASSIS_BFD,  /* ignoring that: no hello, and the network does not reach the peer either */
    IN_SWITCH,       /* we hand over: asked for and found possible */
    IN_ASKED,        /* the peer hands over, and we are ready */
    IN_REFUSED,      /* the peer does not take over after all */
    IN_DONE,         /* all phases of Pending-Active ended well */
    IN_PENDING_OVER, /* a pending state lasted as long as it may */
    IN_UNFIT,        /* ... or we cannot take over as agreed, and the peer can still go on */
    INPUTS,
};

struct srp_cell {
    enum { SRP_NEVER, SRP_STAYS, SRP_MOVES } verdict;
    enum chassis_state to;
};

const struct srp_cell *srp_transition(enum srp_input input, enum chassis_state state);

/* Why an input moves a chassis that had a role; SRP_NOT_DEFINED: the reason of the step before
 * holds on. */
enum srp_reason srp_input_reason(enum srp_input input);

#endif
