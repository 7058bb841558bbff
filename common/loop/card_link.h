/* card_link.h - a card's link to its two control functions: orders in, status out
 *
 * Connects to both CFs, follows the one of the highest CF epoch (msg/obey.h), hands roles
 * and configurations to the card, and reports the card's status to both: each second of lab
 * time, and at once after an order, since the status is its acknowledgement.
 *
 * A card that has reached neither CF for three seconds is on its own: its chassis cannot say
 * hello any more, so the peer will take over. It then steps to Pending-Standby by itself:
 * serves nothing, keeps what it has, and waits for the next order.
 *
 * Ownership  card_link_close frees; node and ctx are borrowed until then
 * Time       lab time
 * Errors     card_link_open: NULL after logging why; malformed orders are logged and dropped
 * Threads    the loop's; a process may have several links, one a thread
 */
#ifndef VPCLAB_CARD_LINK_H
#define VPCLAB_CARD_LINK_H

#include "common/loop/bus.h"

struct card_link;

struct card_link_setup {
    const struct node *node;
    zloop_t *loop;   /* of the thread that calls */
    uint8_t sessmgr; /* 0: none; of an SF each session manager has a link of its own */
    void *ctx;
    /* Apply a role. Called for each order that is followed, also a repeated one. */
    void (*role)(void *ctx, const struct role_body *role);
    /* Apply a configuration of another generation. Not 0: refused, the old one stays; it comes again
     * while the CF wants it, at most once in five seconds. */
    int (*config)(void *ctx, const struct config_body *config);
    /* Any other order of the CF that is followed. NULL: there are none. */
    void (*order)(void *ctx, const struct msg_head *head, struct rd *body);
    /* Add what the card knows to a status; type, role, epochs and generation are filled in. */
    void (*fill)(void *ctx, struct card_status *status);
    /* All consequences of an order are done, and reported. May be NULL. */
    void (*done)(void *ctx);
};

struct card_link *card_link_open(const struct card_link_setup *setup);
void card_link_close(struct card_link **link);

/* Report now: something changed that people wait for. */
void card_link_report(struct card_link *link);

/* Report within ten real milliseconds: what changed may do so a thousand times a second. */
void card_link_report_soon(struct card_link *link);

/* Send something else to both CFs. */
void card_link_send(struct card_link *link, enum msg_type type, const void *bytes, size_t len);

/* The role ordered last; state Init of epoch 0 before the first order. */
const struct role_body *card_link_role(const struct card_link *link);

/* What was reported last. */
const struct card_status *card_link_reported(const struct card_link *link);

/* Slot of the CF that is followed; 0: none yet. */
uint8_t card_link_cf(const struct card_link *link);

#endif
