/* show_ckpt.h - what the console shows of checkpoints and of one call
 *
 * Labels and columns: docs/staros.md "show srp checkpoint statistics" and behind it; JSON has the
 * same facts under stable keys.
 *
 * Ownership  borrows cf and what was found; a json_t returned is the caller's
 * Time       none of its own
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_CKPT_H
#define VPCLAB_SHOW_CKPT_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

/* Which session managers: all, or those that send or that receive. */
enum ckpt_side { CKPT_SIDE_ANY, CKPT_SIDE_ACTIVE, CKPT_SIDE_STANDBY };

/* How they are shown. */
enum ckpt_form {
    CKPT_FORM_SUM,        /* all together */
    CKPT_FORM_DEBUG,      /* ... each macro checkpoint, and each CMD-ID */
    CKPT_FORM_TABLE,      /* a line each: verbose */
    CKPT_FORM_EACH,       /* all counters of each: sessmgr all */
    CKPT_FORM_EACH_DEBUG, /* ... each macro checkpoint, and each CMD-ID */
    CKPT_FORM_LISTS,      /* what each has still to send */
    CKPT_FORM_IPSEC,      /* those of the IPsec managers, of which there are none */
    CKPT_FORM_MICRO,      /* micro-checkpoints alone, all together */
    CKPT_FORM_MICRO_EACH,
};

struct ckpt_view {
    enum ckpt_side side;
    enum ckpt_form form;
    unsigned instance; /* that session manager alone; 0: all */
};

/* Session manager `number`; NULL: there is none. They count from 1. */
const struct card *show_sessmgr(const struct cf *cf, unsigned number);

/* Which slot it is in. */
unsigned show_sessmgr_slot(const struct cf *cf, unsigned number);

/* Is it to be shown? */
bool show_sessmgr_is_in(const struct card *card, const struct ckpt_view *view);

/* "Standby-Connected" */
enum { SESSMGR_STATE = 32 };
void show_sessmgr_state(const struct card *card, char out[SESSMGR_STATE]);

/* What it counted since that was cleared, added. */
void show_sessmgr_sums(const struct cf *cf, const struct card *card, struct ckpt_sums *sums);

/* How many session managers are in which state. */
struct sessmgr_states {
    unsigned n, active, standby, pending_active, pending_standby;
};
struct sessmgr_states show_sessmgr_states(const struct cf *cf, const struct ckpt_view *view);

/* Would a failed one be complained about? */
bool show_nack_is_on(const struct cf *cf, uint8_t cmd);

void show_checkpoints(const struct cf *cf, const struct ckpt_view *view, FILE *out);
json_t *show_checkpoints_json(const struct cf *cf, const struct ckpt_view *view);
void show_checkpoints_clear(struct cf *cf); /* they count anew */

void show_checkpoint_info(const struct cf *cf, FILE *out);
json_t *show_checkpoint_info_json(const struct cf *cf);

/* show subscriber debug-info. apn: of those calls only; "": all. Returns how many were shown. */
unsigned show_calls(const struct cf *cf, const struct calls_found *found, const char *apn,
                    FILE *out);
json_t *show_calls_json(const struct cf *cf, const struct calls_found *found, const char *apn);

#endif
