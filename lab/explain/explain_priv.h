/* explain_priv.h - what the parts of explain share
 *
 * Ownership  borrows the sources of struct explain
 * Time       none
 * Errors     NULL, 0: there is none
 * Threads    main
 */
#ifndef VPCLAB_EXPLAIN_PRIV_H
#define VPCLAB_EXPLAIN_PRIV_H

#include "lab/explain/explain.h"

/* The process of that card; 0: none. */
int explain_card_pid(const struct lab *lab, const char *instance, enum card_type type,
                     unsigned slot);

/* The session manager of that number that runs; NULL: it does not. */
const struct explain_source *explain_running(const struct explain *explain, uint8_t instance,
                                             uint8_t sessmgr);

/* Does that chassis lead: runs, has calls of its own, and the other one has not led since? */
bool explain_serves(const struct explain *explain, uint8_t instance);

/* Did that session manager fail while its chassis served, which serves still, and nobody has taken
 * over from it? */
bool explain_has_failed(const struct explain *explain, const struct explain_source *source);

/* Who had the calls before that source took charge; NULL: nobody whose notes are there. */
const struct explain_source *explain_predecessor(const struct explain *explain,
                                                 const struct explain_source *heir);

#endif
