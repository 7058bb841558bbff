/* ckpt_rig.h - a checkpoint sender and a receiver, and messages carried between them
 *
 * An item is a number per slot, with two parts that may change by themselves; its tag counts the
 * slot's occupants. Shared by the check programs of the engine.
 *
 * Ownership  set_up and tear_down, as a checked fixture
 * Time       now, moved by the test
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_CKPT_RIG_H
#define VPCLAB_CKPT_RIG_H

#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/ckpt/ckpt_rx.h"
#include "common/ckpt/ckpt_tx.h"
#include "unit.h"

enum { SLOTS = 64, RIG_PARTS = 2 };

static const uint8_t rig_cmds[RIG_PARTS] = {43, 65};

struct copy {
    uint32_t value[SLOTS + 1]; /* 0: none */
    uint32_t part[SLOTS + 1][RIG_PARTS];
    uint32_t tag[SLOTS + 1];
    uint8_t round[SLOTS + 1], base[SLOTS + 1];
};

/* Two macro items, which are a number each; the sink has not heard of one that is 0. */
enum { RIG_MACROS = 2 };

static struct copy ours, theirs;
static uint32_t our_macros[RIG_MACROS], their_macros[RIG_MACROS];
static unsigned items_before_macros; /* applied while not all macro items had been heard of */
static bool tomb[SLOTS + 1];
static unsigned forgotten;
static uint8_t beats;
static bool refuse_odd;
static struct ckpt_tx *tx;
static struct ckpt_rx rx;
static mono_t now;
static uint8_t message[CKPT_MESSAGE];

static inline void
encode(void *ctx, uint32_t slot, mono_t at, struct wr *wr)
{
    (void)ctx;
    (void)at;
    wr_u32(wr, ours.value[slot]);
    wr_u32(wr, ours.tag[slot]);
    for (unsigned part = 0; part < RIG_PARTS; part++)
        wr_u32(wr, ours.part[slot][part]);
}

static inline void
encode_part(void *ctx, uint32_t slot, unsigned part, mono_t at, struct wr *wr)
{
    (void)ctx;
    (void)at;
    ck_assert_uint_lt(part, RIG_PARTS);
    wr_u32(wr, ours.part[slot][part]);
}

static inline uint32_t
tag(void *ctx, uint32_t slot)
{
    (void)ctx;
    return ours.tag[slot];
}

static inline uint8_t
delete_cmd(void *ctx, uint32_t slot)
{
    (void)ctx;
    return slot == 3 ? CKPT_DELETE_SUB_SESS : slot == 4 ? CKPT_DELETE_RULE : CKPT_DELETE;
}

/* Of the value and the first part; the second one changes as traffic would. */
static inline uint64_t
digest_of(const struct copy *copy, uint32_t slot)
{
    return (uint64_t)copy->value[slot] << 32 | copy->part[slot][0];
}

static inline uint64_t
source_digest(void *ctx, uint32_t slot)
{
    (void)ctx;
    return digest_of(&ours, slot);
}

static inline bool
sink_digest(void *ctx, uint32_t slot, uint64_t *digest)
{
    (void)ctx;
    if (slot > SLOTS || theirs.value[slot] == 0)
        return false;
    *digest = digest_of(&theirs, slot);
    return true;
}

static inline bool
sink_take_out(void *ctx, uint32_t slot)
{
    (void)ctx;
    theirs.value[slot] = 0;
    return true;
}

static inline void
forget(void *ctx, uint32_t slot)
{
    (void)ctx;
    ck_assert_uint_eq(ours.value[slot], 0);
    ours.tag[slot]++;
    tomb[slot] = false;
    forgotten++;
}

static inline bool
check(void *ctx, const struct ckpt_record *r)
{
    (void)ctx;
    return r->slot >= 1 && r->slot <= SLOTS && r->len == (r->kind == CKPT_FULL ? 16 : 4);
}

static inline void
encode_macro(void *ctx, unsigned macro, mono_t at, struct wr *wr)
{
    (void)ctx;
    (void)at;
    ck_assert_uint_lt(macro, RIG_MACROS);
    wr_u32(wr, our_macros[macro]);
}

static inline bool
check_macro(void *ctx, const struct ckpt_record *r)
{
    (void)ctx;
    return ckpt_macro_of(r->kind) < RIG_MACROS && r->len == 4;
}

static inline bool
apply_macro(void *ctx, const struct ckpt_record *r)
{
    struct rd rd = rd_over(r->bytes, r->len);
    uint32_t value = rd_u32(&rd);

    (void)ctx;
    if (refuse_odd && value % 2)
        return false;
    their_macros[ckpt_macro_of(r->kind)] = value;
    return true;
}

static inline void
forget_macros(void *ctx)
{
    (void)ctx;
    memset(their_macros, 0, sizeof their_macros);
}

static inline bool
apply(void *ctx, const struct ckpt_record *r, uint8_t round, mono_t at)
{
    struct rd rd = rd_over(r->bytes, r->len);
    uint32_t value = rd_u32(&rd);

    (void)ctx;
    (void)at;
    if (refuse_odd && value % 2)
        return false;
    items_before_macros += !their_macros[0] || !their_macros[1];
    theirs.value[r->slot] = value;
    theirs.tag[r->slot] = rd_u32(&rd);
    for (unsigned part = 0; part < RIG_PARTS; part++)
        theirs.part[r->slot][part] = rd_u32(&rd);
    theirs.round[r->slot] = round;
    theirs.base[r->slot] = r->base;
    return true;
}

static inline void
spare(void *ctx, const struct ckpt_record *r, uint8_t round)
{
    (void)ctx;
    theirs.round[r->slot] = round;
}

static inline bool
apply_part(void *ctx, const struct ckpt_record *r, mono_t at)
{
    struct rd rd = rd_over(r->bytes, r->len);

    (void)ctx;
    (void)at;
    for (unsigned part = 0; part < RIG_PARTS; part++) {
        if (rig_cmds[part] != r->kind)
            continue;
        if (theirs.value[r->slot] == 0 || theirs.base[r->slot] != r->base)
            return false;
        theirs.part[r->slot][part] = rd_u32(&rd);
        return true;
    }
    return false;
}

static inline bool
take_out(void *ctx, uint32_t slot, uint32_t which)
{
    (void)ctx;
    if (slot > SLOTS || theirs.value[slot] == 0 || theirs.tag[slot] != which)
        return false;
    theirs.value[slot] = 0;
    return true;
}

static inline uint32_t
sweep(void *ctx, uint8_t round)
{
    uint32_t n = 0;

    (void)ctx;
    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        if (theirs.value[slot] && theirs.round[slot] != round) {
            theirs.value[slot] = 0;
            n++;
        }
    }
    return n;
}

static inline void
start_sender(uint64_t incarnation, int64_t duration_us, bool lz4)
{
    struct ckpt_tx_setup setup = {
        .instance = 1,
        .capacity = SLOTS,
        .incarnation = incarnation,
        .lz4 = lz4,
        .duration_us = {duration_us, 2 * duration_us},
        .source = {.encode = encode,
                   .encode_part = encode_part,
                   .cmds = rig_cmds,
                   .tag = tag,
                   .delete_cmd = delete_cmd,
                   .digest = source_digest,
                   .forget = forget,
                   .macro_n = RIG_MACROS,
                   .encode_macro = encode_macro},
    };

    free(tx);
    memset(&ours, 0, sizeof ours);
    memset(tomb, 0, sizeof tomb);
    tx = ckpt_tx_init(malloc(ckpt_tx_size(&setup)), &setup);
    ckpt_tx_start(tx, now, 1);
}

static inline void
start_receiver(uint64_t incarnation, bool lz4)
{
    struct ckpt_rx_setup setup = {
        .instance = 1,
        .incarnation = incarnation,
        .lz4 = lz4,
        .credit = 2,
        .ready_beats = beats,
        .sink = {.check = check,
                 .apply = apply,
                 .spare = spare,
                 .apply_part = apply_part,
                 .remove = take_out,
                 .digest = sink_digest,
                 .take_out = sink_take_out,
                 .sweep = sweep,
                 .check_macro = check_macro,
                 .apply_macro = apply_macro,
                 .forget_macros = forget_macros},
    };

    memset(&theirs, 0, sizeof theirs);
    forget_macros(NULL);
    ckpt_rx_init(&rx, &setup);
    ckpt_rx_start(&rx, 1);
}

static inline void
set_up(void)
{
    now = (mono_t){.us = 1000000};
    forgotten = items_before_macros = 0;
    our_macros[0] = 100;
    our_macros[1] = 200;
    refuse_odd = false;
    beats = CKPT_BEATS_AGGRESSIVE;
    start_sender(10, 0, false);
    start_receiver(20, false);
}

static inline void
tear_down(void)
{
    free(tx);
    tx = NULL;
}

static inline void
put(uint32_t slot, uint32_t value)
{
    ours.value[slot] = value;
    ckpt_tx_changed(tx, slot, 0, now);
}

static inline void
take(uint32_t slot)
{
    ours.value[slot] = 0;
    if (ckpt_tx_deleted(tx, slot))
        ours.tag[slot]++;
    else
        tomb[slot] = true;
}

static inline enum ckpt_reason
give_rx(size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, message, len);

    return reason != CKPT_OK ? reason : ckpt_rx_receive(&rx, now, &msg);
}

static inline enum ckpt_reason
give_tx(size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, message, len);

    return reason != CKPT_OK ? reason : ckpt_tx_receive(tx, now, &msg);
}

static inline size_t
from_tx(void)
{
    return ckpt_tx_next(tx, now, message, sizeof message);
}

static inline size_t
from_rx(void)
{
    return ckpt_rx_next(&rx, now, message, sizeof message);
}

/* Carry messages both ways, losing some, until neither has any. */
static inline void
pump(struct rng *rng, unsigned loss_permille)
{
    for (bool moved = true; moved;) {
        size_t len;

        moved = false;
        while ((len = from_tx())) {
            moved = true;
            if (!rng || !rng_chance(rng, loss_permille))
                (void)give_rx(len);
        }
        while ((len = from_rx())) {
            moved = true;
            if (!rng || !rng_chance(rng, loss_permille))
                (void)give_tx(len);
        }
    }
}

static inline void
pass(int64_t us)
{
    now = mono_after(now, us);
}

static inline bool
synced(void)
{
    struct ckpt_tx_status status;

    ckpt_tx_status(tx, &status);
    return status.synced;
}

static inline void
assert_same(void)
{
    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        ck_assert_uint_eq(ours.value[slot], theirs.value[slot]);
        for (unsigned part = 0; ours.value[slot] && part < RIG_PARTS; part++)
            ck_assert_uint_eq(ours.part[slot][part], theirs.part[slot][part]);
    }
}

static inline struct ckpt_tx_status
sender(void)
{
    struct ckpt_tx_status status;

    ckpt_tx_status(tx, &status);
    return status;
}

static inline struct ckpt_rx_status
receiver(void)
{
    struct ckpt_rx_status status;

    ckpt_rx_status(&rx, now, &status);
    return status;
}

#endif
