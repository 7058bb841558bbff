/* cards_rig.h - the cards of one chassis, and what they report
 *
 * Shared by the check programs of cf/cards.c.
 *
 * Ownership  plain values
 * Time       now
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_CARDS_RIG_H
#define VPCLAB_CARDS_RIG_H

#include "cf/cards.h"
#include "common/conf/topo.h"
#include "tests/unit/unit.h"

/* An instance with two CFs, a demux, two session managers and a spare SF; all but the CFs
 * report that they carried out order 7 of the CF of epoch 3. */
enum { CF_SLOT = 1, DEMUX = 3, FIRST = 4, SECOND = 5, SPARE = 6, EMPTY = 7 };
enum { ORDER = 7, CF_EPOCH = 3 };

static const mono_t now = {.us = 1000};

static inline struct card_status
status_of(uint8_t type, uint8_t sessmgr)
{
    return (struct card_status){.type = type,
                                .sessmgr = sessmgr,
                                .order = ORDER,
                                .cf_epoch = CF_EPOCH,
                                .announced = type == CARD_DEMUX,
                                .converged = type == CARD_DEMUX,
                                .flushed = sessmgr != 0,
                                .audited = sessmgr != 0,
                                .peer_ready = sessmgr != 0};
}

static inline void
hear(struct cards *cards, uint8_t slot, struct card_status status)
{
    ck_assert(cards_heard(cards, slot, &status, now));
}

static inline struct cards
instance(void)
{
    struct cards cards;

    cards_init(&cards);
    cards_set(&cards, CF_SLOT, CARD_CF, false, 0);
    cards_set(&cards, CF_SLOT + 1, CARD_CF, false, 0);
    cards_set(&cards, DEMUX, CARD_DEMUX, false, 0);
    cards_set(&cards, FIRST, CARD_SF, false, 1);
    cards_set(&cards, SECOND, CARD_SF, false, 2);
    cards_set(&cards, SPARE, CARD_SF, true, 0);
    hear(&cards, DEMUX, status_of(CARD_DEMUX, 0));
    hear(&cards, FIRST, status_of(CARD_SF, 1));
    hear(&cards, SECOND, status_of(CARD_SF, 2));
    hear(&cards, SPARE, status_of(CARD_SF, 0));
    return cards;
}

static inline unsigned
done(const struct cards *cards)
{
    return cards_done(cards, CF_EPOCH, ORDER, false);
}

#endif
