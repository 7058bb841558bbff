/* Plain items behind the checkpoint engine: what a session manager does, without its table. */
#include <stdlib.h>

#include "common/base/rng.h"
#include "common/ckpt/ckpt_rx.h"
#include "common/loop/log.h"
#include "tests/bench/ckpt_drive.h"

enum { CREDIT = 8 };

struct items {
    struct ckpt_tx *tx; /* NULL: receives */
    struct ckpt_rx rx;
    enum ckpt_algo algo;
    uint32_t n; /* receiver: that are here */
    uint32_t most;
    uint8_t *rounds;                /* receiver, [slot]: which round brought it; 0: none */
    uint8_t (*states)[ITEM_OCTETS]; /* [slot] */
};

void
item_fill(uint8_t state[ITEM_OCTETS], uint32_t n)
{
    static const char names[] = "internet.mnc001.mcc001.gprs\0"
                                "dyn1\0static-route-profile-a\0charging-default";
    struct wr wr = wr_over(state, ITEM_OCTETS);
    struct rng rng = {.state = n};

    memset(state, 0, ITEM_OCTETS);
    wr_u8(&wr, 2);
    wr_u32(&wr, 1u << 24 | n);                     /* TEID */
    wr_u64(&wr, UINT64_C(0x0010010000000000) + n); /* IMSI */
    wr_u64(&wr, UINT64_C(0x4917000000000000) + n); /* MSISDN */
    wr_u32(&wr, 1u << 24 | n);                     /* call-id */
    wr_u32(&wr, 0x0a000000u + n);                  /* the subscriber's address */
    wr_bytes(&wr, names, sizeof names);
    for (size_t i = 0; i < 8; i++) /* counters: their higher octets are zero */
        wr_u64(&wr, rng_next(&rng) >> 40);
    while (wr_room(&wr) >= 8) /* keys, TEIDs and times: nothing to be had from them */
        wr_u64(&wr, rng_next(&rng));
}

/* ---- sender ---- */

static void
encode(void *ctx, uint32_t slot, mono_t now, struct wr *wr)
{
    struct items *items = ctx;

    (void)now;
    wr_bytes(wr, items->states[slot], ITEM_OCTETS);
}

static void
encode_part(void *ctx, uint32_t slot, unsigned part, mono_t now, struct wr *wr)
{
    (void)part;
    encode(ctx, slot, now, wr);
}

static uint32_t
tag(void *ctx, uint32_t slot)
{
    (void)ctx;
    return slot;
}

static void
forget(void *ctx, uint32_t slot)
{
    (void)ctx;
    (void)slot;
}

/* ---- receiver ---- */

static bool
check(void *ctx, const struct ckpt_record *r)
{
    const struct items *items = ctx;

    return r->kind == CKPT_FULL && r->len == ITEM_OCTETS && r->slot >= 1 && r->slot <= items->most;
}

static bool
apply(void *ctx, const struct ckpt_record *r, uint8_t round, mono_t now)
{
    struct items *items = ctx;

    (void)now;
    items->n += items->rounds[r->slot] == 0;
    items->rounds[r->slot] = round;
    memcpy(items->states[r->slot], r->bytes, ITEM_OCTETS);
    return true;
}

static bool
apply_part(void *ctx, const struct ckpt_record *r, mono_t now)
{
    (void)ctx;
    (void)r;
    (void)now;
    return false;
}

static bool
take_away(void *ctx, uint32_t slot, uint32_t of)
{
    struct items *items = ctx;
    bool was = slot >= 1 && slot <= items->most && items->rounds[slot] != 0;

    (void)of;
    if (was)
        items->rounds[slot] = 0;
    items->n -= was;
    return was;
}

static uint32_t
sweep(void *ctx, uint8_t round)
{
    struct items *items = ctx;
    uint32_t swept = 0;

    for (uint32_t slot = 1; slot <= items->most; slot++) {
        if (items->rounds[slot] != 0 && items->rounds[slot] != round)
            swept += take_away(items, slot, slot);
    }
    return swept;
}

/* There are no macro items to forget. */
static void
forget_none(void *ctx)
{
    (void)ctx;
}

/* ---- both ---- */

static void
open_sender(struct items *items, const struct drive_setup *setup, mono_t now)
{
    static const uint8_t cmds[CKPT_PARTS] = {0};
    struct ckpt_tx_setup tx = {
        .instance = DRIVE_SESSMGR,
        .capacity = setup->items,
        .incarnation = setup->incarnation,
        .lz4 = setup->lz4,
        .source = {.ctx = items,
                   .encode = encode,
                   .encode_part = encode_part,
                   .cmds = cmds,
                   .tag = tag,
                   .forget = forget},
    };
    void *memory = malloc(ckpt_tx_size(&tx));

    if (!memory)
        log_fatal("drive: out of memory");
    items->tx = ckpt_tx_init(memory, &tx);
    ckpt_tx_start(items->tx, now, 1);
}

static void
open_receiver(struct items *items, const struct drive_setup *setup)
{
    struct ckpt_rx_setup rx = {
        .instance = DRIVE_SESSMGR,
        .incarnation = setup->incarnation,
        .lz4 = setup->lz4,
        .credit = CREDIT,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
        .sink = {.ctx = items,
                 .check = check,
                 .apply = apply,
                 .apply_part = apply_part,
                 .remove = take_away,
                 .sweep = sweep,
                 .forget_macros = forget_none},
    };

    ckpt_rx_init(&items->rx, &rx);
    ckpt_rx_start(&items->rx, 0);
}

static void *
items_open(const struct drive_setup *setup, mono_t now)
{
    struct items *items = calloc(1, sizeof *items);

    if (!items)
        log_fatal("drive: out of memory");
    items->most = setup->items;
    items->algo = setup->lz4 ? CKPT_LZ4 : CKPT_ZLIB;
    items->states = malloc(((size_t)setup->items + 1) * sizeof *items->states);
    items->rounds = calloc((size_t)setup->items + 1, 1);
    if (!items->states || !items->rounds)
        log_fatal("drive: out of memory");
    if (setup->sends)
        open_sender(items, setup, now);
    else
        open_receiver(items, setup);
    return items;
}

static void
items_make(void *self, uint32_t n, mono_t now)
{
    struct items *items = self;

    item_fill(items->states[n], n);
    ckpt_tx_changed(items->tx, n, 0, now);
}

static size_t
items_next(void *self, mono_t now, void *buf, size_t room, enum ckpt_algo *algo)
{
    struct items *items = self;

    *algo = items->algo;
    return items->tx ? ckpt_tx_next(items->tx, now, buf, room)
                     : ckpt_rx_next(&items->rx, now, buf, room);
}

static void
items_receive(void *self, mono_t now, const void *bytes, size_t len)
{
    struct items *items = self;
    struct ckpt_msg msg;

    if (ckpt_decode(&msg, bytes, len) != CKPT_OK)
        return;
    if (items->tx)
        (void)ckpt_tx_receive(items->tx, now, &msg);
    else
        (void)ckpt_rx_receive(&items->rx, now, &msg);
}

static mono_t
items_deadline(void *self)
{
    struct items *items = self;

    return items->tx ? ckpt_tx_deadline(items->tx) : ckpt_rx_deadline(&items->rx);
}

static void
items_status(void *self, struct ckpt_tx_status *status)
{
    struct items *items = self;

    ckpt_tx_status(items->tx, status);
}

static uint64_t
items_sum(void *self, uint32_t *n)
{
    struct items *items = self;
    struct ckpt_tx_status status;
    uint64_t sum = 0, word;

    *n = items->n;
    if (items->tx) {
        ckpt_tx_status(items->tx, &status);
        *n = status.items;
    }
    for (uint32_t slot = 1; slot <= *n; slot++) {
        for (size_t i = 0; i < ITEM_OCTETS; i += sizeof word) {
            memcpy(&word, &items->states[slot][i], sizeof word);
            sum = mix64(sum ^ word);
        }
    }
    return sum;
}

const struct drive_kind drive_items = {
    .name = "items",
    .open = items_open,
    .make = items_make,
    .next = items_next,
    .receive = items_receive,
    .deadline = items_deadline,
    .status = items_status,
    .sum = items_sum,
};
