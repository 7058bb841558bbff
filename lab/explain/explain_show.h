/* explain_show.h - a call's story, the ledger of a takeover, what was lost in service, in text and JSON
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

void explain_print_ledger(const struct explain *explain, uint8_t instance,
                          const struct explain_ledger *ledger);
void explain_print_loss(const struct note *note, enum fate fate);
json_t *explain_ledger_json(const struct explain *explain, const struct explain_ledger *ledger,
                            json_t *losses);
json_t *explain_loss_json(const struct note *note, enum fate fate);

/* What it lost while it served; and, added to the ledger's object, the same in JSON. */
void explain_print_service(const struct explain *explain, uint8_t instance,
                           const struct explain_service *service);
void explain_service_json(json_t *ledger, const struct explain_service *service, json_t *losses);

/* A chassis that took over and gave way; nothing when it is not known. */
void explain_print_yield(const struct explain *explain, uint8_t instance,
                         const struct explain_yield *yield);
void explain_yield_json(json_t *ledger, const struct explain *explain,
                        const struct explain_yield *yield);

#endif
