/* explain_show.h - a call's story and the ledger of a takeover, in text and JSON
 *
 * Ownership  json_t of the caller; text goes to stdout
 * Time       as explain.h
 * Errors     none
 * Threads    main
 */
#ifndef VPCLAB_EXPLAIN_SHOW_H
#define VPCLAB_EXPLAIN_SHOW_H

#include <jansson.h>

#include "lab/explain/explain.h"

void explain_print_call(const struct explain *explain, const struct explain_call *call);
json_t *explain_call_json(const struct explain *explain, const struct explain_call *call);

void explain_print_ledger(const char *instance, const struct explain_ledger *ledger);
void explain_print_loss(const struct note *note, enum fate fate);
json_t *explain_ledger_json(const struct explain_ledger *ledger, json_t *losses);
json_t *explain_loss_json(const struct note *note, enum fate fate);

#endif
