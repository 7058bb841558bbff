#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/rng.h"
#include "common/ckpt/ckpt_pack.h"
#include "common/ckpt/ckpt_rx.h"
#include "common/ckpt/ckpt_tx.h"
#include "unit.h"

/* An item is a number per slot; its tag counts the slot's occupants. */
enum { SLOTS = 64 };

struct copy {
    uint32_t value[SLOTS + 1]; /* 0: none */
    uint32_t tag[SLOTS + 1];
    uint8_t round[SLOTS + 1];
};

static struct copy ours, theirs;
static bool tomb[SLOTS + 1];
static unsigned forgotten;
static uint8_t beats;
static bool refuse_odd;
static struct ckpt_tx *tx;
static struct ckpt_rx rx;
static mono_t now;
static uint8_t message[CKPT_MESSAGE];

static void
encode(void *ctx, uint32_t slot, mono_t at, struct wr *wr)
{
    (void)ctx;
    (void)at;
    wr_u32(wr, ours.value[slot]);
    wr_u32(wr, ours.tag[slot]);
}

static uint32_t
tag(void *ctx, uint32_t slot)
{
    (void)ctx;
    return ours.tag[slot];
}

static void
forget(void *ctx, uint32_t slot)
{
    (void)ctx;
    ck_assert_uint_eq(ours.value[slot], 0);
    ours.tag[slot]++;
    tomb[slot] = false;
    forgotten++;
}

static bool
check(void *ctx, uint32_t slot, const uint8_t *bytes, size_t len)
{
    (void)ctx;
    (void)bytes;
    return slot >= 1 && slot <= SLOTS && len == 8;
}

static bool
apply(void *ctx, uint32_t slot, uint8_t round, mono_t at, const uint8_t *bytes, size_t len)
{
    struct rd rd = rd_over(bytes, len);
    uint32_t value = rd_u32(&rd);

    (void)ctx;
    (void)at;
    if (refuse_odd && value % 2)
        return false;
    theirs.value[slot] = value;
    theirs.tag[slot] = rd_u32(&rd);
    theirs.round[slot] = round;
    return true;
}

static bool
take_out(void *ctx, uint32_t slot, uint32_t which)
{
    (void)ctx;
    if (slot > SLOTS || theirs.value[slot] == 0 || theirs.tag[slot] != which)
        return false;
    theirs.value[slot] = 0;
    return true;
}

static uint32_t
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

static void
start_sender(uint64_t incarnation, int64_t duration_us, bool lz4)
{
    struct ckpt_tx_setup setup = {
        .instance = 1,
        .capacity = SLOTS,
        .incarnation = incarnation,
        .lz4 = lz4,
        .duration_us = duration_us,
        .source = {.encode = encode, .tag = tag, .forget = forget},
    };

    free(tx);
    memset(&ours, 0, sizeof ours);
    memset(tomb, 0, sizeof tomb);
    tx = ckpt_tx_init(malloc(ckpt_tx_size(&setup)), &setup);
    ckpt_tx_start(tx, now, 1);
}

static void
start_receiver(uint64_t incarnation, bool lz4)
{
    struct ckpt_rx_setup setup = {
        .instance = 1,
        .incarnation = incarnation,
        .lz4 = lz4,
        .credit = 2,
        .ready_beats = beats,
        .sink = {.check = check, .apply = apply, .remove = take_out, .sweep = sweep},
    };

    memset(&theirs, 0, sizeof theirs);
    ckpt_rx_init(&rx, &setup);
    ckpt_rx_start(&rx, 1);
}

static void
set_up(void)
{
    now = (mono_t){.us = 1000000};
    forgotten = 0;
    refuse_odd = false;
    beats = CKPT_BEATS_AGGRESSIVE;
    start_sender(10, 0, false);
    start_receiver(20, false);
}

static void
tear_down(void)
{
    free(tx);
    tx = NULL;
}

static void
put(uint32_t slot, uint32_t value)
{
    ours.value[slot] = value;
    ckpt_tx_changed(tx, slot, now);
}

static void
take(uint32_t slot)
{
    ours.value[slot] = 0;
    if (ckpt_tx_deleted(tx, slot))
        ours.tag[slot]++;
    else
        tomb[slot] = true;
}

static enum ckpt_reason
give_rx(size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, message, len);

    return reason != CKPT_OK ? reason : ckpt_rx_receive(&rx, now, &msg);
}

static enum ckpt_reason
give_tx(size_t len)
{
    struct ckpt_msg msg;
    enum ckpt_reason reason = ckpt_decode(&msg, message, len);

    return reason != CKPT_OK ? reason : ckpt_tx_receive(tx, now, &msg);
}

static size_t
from_tx(void)
{
    return ckpt_tx_next(tx, now, message, sizeof message);
}

static size_t
from_rx(void)
{
    return ckpt_rx_next(&rx, message, sizeof message);
}

/* Carry messages both ways, losing some, until neither has any. */
static void
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

static void
pass(int64_t us)
{
    now = mono_after(now, us);
}

static bool
synced(void)
{
    struct ckpt_tx_status status;

    ckpt_tx_status(tx, &status);
    return status.synced;
}

static void
assert_same(void)
{
    for (uint32_t slot = 1; slot <= SLOTS; slot++)
        ck_assert_uint_eq(ours.value[slot], theirs.value[slot]);
}

START_TEST(items_there_before_and_after_the_stream_opened_arrive)
{
    put(1, 100);
    pump(NULL, 0);
    ck_assert(synced());
    put(2, 200);
    ck_assert(!synced());
    ck_assert(!ckpt_tx_acked(tx, 2));
    pump(NULL, 0);
    ck_assert(synced() && ckpt_tx_acked(tx, 2));
    assert_same();
}
END_TEST

START_TEST(acknowledged_means_applied)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    ck_assert_uint_gt(from_tx(), 0);
    ck_assert(!ckpt_tx_acked(tx, 1)); /* sent, and lost */
    pass(CKPT_BEAT_US);
    len = from_tx(); /* the heartbeat names the last frame */
    ck_assert_int_eq(give_rx(len), CKPT_GAP);
    pump(NULL, 0);
    ck_assert(ckpt_tx_acked(tx, 1));
    ck_assert_uint_eq(ckpt_tx_stats(tx)->partial_resyncs, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 1);
    assert_same();
}
END_TEST

START_TEST(tombstone_is_kept_until_its_delete_is_acknowledged)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    take(1);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ck_assert_uint_eq(forgotten, 0);
    pump(NULL, 0);
    ck_assert_uint_eq(forgotten, 1);
    ck_assert_uint_eq(theirs.value[1], 0);
}
END_TEST

START_TEST(item_never_sent_is_forgotten_at_once)
{
    pump(NULL, 0);
    put(1, 100);
    ours.value[1] = 0;
    ck_assert(ckpt_tx_deleted(tx, 1));
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->delete_sent, 0);
}
END_TEST

START_TEST(younger_than_the_checkpoint_duration_stays_here)
{
    start_sender(11, 60 * US_PER_S, false);
    pump(NULL, 0);
    put(1, 100);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert(synced());
    for (unsigned s = 0; s < 60; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert_uint_eq(theirs.value[1], 100);
}
END_TEST

START_TEST(in_a_hurry_no_item_waits_for_its_age)
{
    struct ckpt_tx_status status;

    start_sender(10, 60 * US_PER_S, false);
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 2);
    ckpt_tx_hurry(tx, true);
    put(3, 300);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ckpt_tx_hurry(tx, false);
    put(4, 400);
    pump(NULL, 0);
    ck_assert_uint_eq(theirs.value[4], 0);
    pass(60 * US_PER_S);
    pump(NULL, 0);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 0);
}
END_TEST

START_TEST(hurry_ends_with_the_epoch)
{
    struct ckpt_tx_status status;

    start_sender(10, 60 * US_PER_S, false);
    ckpt_tx_hurry(tx, true);
    ckpt_tx_start(tx, now, 2);
    put(1, 100);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(status.waiting, 1);
}
END_TEST

START_TEST(draining_receiver_hears_the_old_epoch_and_no_later_one)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    ckpt_rx_drain(&rx);
    put(1, 101);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ckpt_tx_start(tx, now, 2);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_WRONG_ROLE);
    ck_assert_uint_eq(from_rx(), 0);
    ckpt_rx_stop(&rx);
    ckpt_rx_start(&rx, 2);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced()); /* the limit ended with the drain */
}
END_TEST

START_TEST(offer_of_a_later_epoch_is_withdrawn_when_draining_begins)
{
    size_t len;

    pump(NULL, 0);
    ckpt_tx_start(tx, now, 2);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ckpt_rx_drain(&rx);
    ck_assert_uint_eq(from_rx(), 0);
}
END_TEST

START_TEST(sender_never_has_more_frames_out_than_granted)
{
    unsigned n = 0;

    pump(NULL, 0);
    for (uint32_t slot = 1; slot <= 5; slot++) {
        put(slot, slot);
        n += from_tx() > 0;
    }
    ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(duplicate_frame_is_acknowledged_again_and_applied_once)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    theirs.value[1] = 5; /* would be overwritten by a second application */
    ck_assert_int_eq(give_rx(len), CKPT_DUPLICATE);
    ck_assert_uint_eq(theirs.value[1], 5);
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK);
    ck_assert(ckpt_tx_acked(tx, 1));
}
END_TEST

START_TEST(restarted_receiver_gets_everything)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    start_receiver(21, false);
    for (unsigned s = 0; s < 4; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 2);
}
END_TEST

START_TEST(restarted_sender_sweeps_what_it_does_not_have)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    start_sender(11, 0, false);
    put(2, 201);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
    ck_assert_uint_eq(rx.stats.swept, 1);
}
END_TEST

START_TEST(only_what_was_not_acknowledged_is_sent_after_an_interruption)
{
    for (uint32_t slot = 1; slot <= 20; slot++)
        put(slot, slot);
    pump(NULL, 0);
    pass(CKPT_SILENT_US);
    put(7, 700);
    (void)from_tx(); /* three seconds of silence: closes, and opens again */
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_silent, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_sent, 21);
    assert_same();
}
END_TEST

START_TEST(frame_with_one_bad_record_applies_nothing)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    put(2, 200);
    len = from_tx();
    message[len - 9] = 9; /* length of the second record's bytes */
    ck_assert_int_eq(give_rx(len), CKPT_MALFORMED);
    message[len - 9] = 8;
    message[len - 11] = 77; /* its slot: well formed, impossible */
    ck_assert_int_eq(give_rx(len), CKPT_BAD_RECORD);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_bad, 1);
    ck_assert_uint_eq(from_tx(), 0); /* not again at once */
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_same();
}
END_TEST

START_TEST(record_that_cannot_be_applied_stops_no_other_and_is_told)
{
    struct ckpt_tx_status status;

    refuse_odd = true;
    put(1, 101);
    put(2, 200);
    pump(NULL, 0);
    ckpt_tx_status(tx, &status);
    ck_assert_uint_eq(theirs.value[2], 200);
    ck_assert_uint_eq(status.refused, 1);
    ck_assert(!status.synced);
}
END_TEST

START_TEST(older_epoch_changes_nothing)
{
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    ckpt_rx_start(&rx, 2);
    ck_assert_int_eq(give_rx(len), CKPT_OLD_EPOCH);
    ck_assert_uint_eq(theirs.value[1], 0);
    ck_assert_uint_eq(rx.stats.dropped[CKPT_OLD_EPOCH], 1);
}
END_TEST

START_TEST(frame_of_an_older_stream_changes_nothing)
{
    uint8_t old[256];
    size_t len;

    pump(NULL, 0);
    put(1, 100);
    len = from_tx();
    memcpy(old, message, len);
    for (unsigned s = 0; s < 4; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    put(1, 101);
    pump(NULL, 0);
    memcpy(message, old, len);
    ck_assert_int_eq(give_rx(len), CKPT_OTHER_STREAM);
    ck_assert_uint_eq(theirs.value[1], 101);
}
END_TEST

START_TEST(open_of_the_dead_does_not_shut_out_the_living)
{
    size_t len = from_tx();

    message[26] = 9; /* an epoch long gone, and higher than any today */
    ck_assert_int_eq(give_rx(len), CKPT_OK);
    ck_assert_uint_gt(from_rx(), 0);
    put(1, 100);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

/* What a sender said in one conversation. */
static struct {
    uint8_t said[8][1024];
    size_t len[8], n;
} kept;

/* Both speak until they are done; what the sender says is kept. */
static void
pump_and_keep(void)
{
    kept.n = 0;
    for (size_t len; (len = from_tx()); kept.n++) {
        ck_assert_uint_lt(kept.n, 8);
        memcpy(kept.said[kept.n], message, kept.len[kept.n] = len);
        (void)give_rx(len);
        while ((len = from_rx()))
            (void)give_tx(len);
    }
}

/* It comes once more, and nothing of it is taken. */
static void
repeat_kept(void)
{
    ck_assert_uint_gt(kept.n, 0);
    for (size_t i = 0; i < kept.n; i++) {
        memcpy(message, kept.said[i], kept.len[i]);
        ck_assert_int_ne(give_rx(kept.len[i]), CKPT_OK);
    }
}

/* All that a sender said, before it was started again, comes once more while its successor is
 * silent: the answers it names were given, so nothing but memory tells. */
START_TEST(a_conversation_that_took_place_is_not_repeated)
{
    put(1, 100);
    pump_and_keep();
    start_sender(11, 0, false);
    put(2, 200);
    pump(NULL, 0);
    assert_same();
    pass(CKPT_SILENT_US);
    repeat_kept();
    assert_same();
    pump(NULL, 0);
    ck_assert(synced());
}
END_TEST

/* Nor if it was started several times since. */
START_TEST(nor_one_that_took_place_several_lives_ago)
{
    put(1, 100);
    pump_and_keep();
    for (uint64_t life = 11; life < 11 + CKPT_PASTS; life++) {
        start_sender(life, 0, false);
        put(2, 200);
        pump(NULL, 0);
        assert_same();
    }
    pass(CKPT_SILENT_US);
    repeat_kept();
    assert_same();
}
END_TEST

START_TEST(lower_epoch_may_fill_the_copy_once_the_higher_one_is_silent)
{
    put(1, 100);
    pump(NULL, 0);
    start_sender(12, 0, false); /* a pair that lost all its state: epoch 1 is in use, begin at 0 */
    ckpt_tx_start(tx, now, 0);
    rx.floor = 0;
    put(2, 200);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OLD_EPOCH);
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(answer_from_before_the_copy_was_given_up_leads_to_a_full_resync)
{
    uint8_t answer[64];
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    pass(CKPT_SILENT_US);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OK); /* OPEN */
    len = from_rx();
    memcpy(answer, message, len);
    ckpt_rx_stop(&rx); /* it served, and stands by again with nothing */
    memset(&theirs, 0, sizeof theirs);
    ckpt_rx_start(&rx, 1);
    pass(CKPT_BEAT_US);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_OK); /* OPEN again */
    memcpy(message, answer, len);
    ck_assert_int_eq(give_tx(len), CKPT_OK);
    ck_assert(!synced());
    for (unsigned s = 0; s < 5; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(not_started_receiver_is_silent)
{
    ckpt_rx_stop(&rx);
    ck_assert_int_eq(give_rx(from_tx()), CKPT_WRONG_ROLE);
    ck_assert_uint_eq(from_rx(), 0);
}
END_TEST

START_TEST(deletes_given_up_while_the_peer_is_away_are_swept_on_return)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    take(1);
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 0); /* the peer is there */
    pass(CKPT_SILENT_US);
    (void)from_tx();
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 1);
    ck_assert_uint_eq(forgotten, 1);
    pass(CKPT_BEAT_US);
    pump(NULL, 0);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 2);
}
END_TEST

START_TEST(deletes_given_up_under_a_stalled_peer_start_a_new_round)
{
    put(1, 100);
    put(2, 200);
    pump(NULL, 0);
    take(1);
    (void)from_tx(); /* lost */
    pass(CKPT_BEAT_US);
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 1);
    pump(NULL, 0);
    assert_same();
}
END_TEST

START_TEST(lz4_only_where_both_ends_have_it)
{
    for (unsigned i = 0; i < 4; i++) {
        struct ckpt_tx_status status;

        start_sender(30 + i, 0, i & 1);
        start_receiver(40 + i, i & 2);
        pump(NULL, 0);
        ckpt_tx_status(tx, &status);
        ck_assert_int_eq(status.algo, i == 3 ? CKPT_LZ4 : CKPT_ZLIB);
        ck_assert_int_eq(rx.algo, status.algo);
    }
}
END_TEST

START_TEST(lossy_network_converges_to_equality)
{
    struct rng rng = {.state = (uint64_t)_i + 1};

    for (unsigned step = 0; step < 2000; step++) {
        uint32_t slot = (uint32_t)rng_below(&rng, SLOTS) + 1;

        if (ours.value[slot] == 0) {
            if (!tomb[slot])
                put(slot, 1 + (uint32_t)rng_below(&rng, 1000));
        } else if (rng_chance(&rng, 500)) {
            take(slot);
        } else {
            put(slot, 1 + (uint32_t)rng_below(&rng, 1000));
        }
        if (rng_chance(&rng, 5))
            start_receiver(100 + step, false);
        pump(&rng, 300);
        pass((int64_t)rng_below(&rng, 500000));
    }
    for (unsigned s = 0; s < 10; s++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(deadline_is_kept_by_doing_what_is_due)
{
    pump(NULL, 0);
    for (unsigned i = 0; i < 100; i++) {
        mono_t at = mono_earlier(ckpt_tx_deadline(tx), ckpt_rx_deadline(&rx));

        ck_assert_int_gt(at.us, now.us);
        ck_assert_int_le(at.us, mono_after(now, CKPT_BEAT_US).us);
        now = at;
        pump(NULL, 0);
    }
}
END_TEST

START_TEST(receiver_speaks_only_when_spoken_to)
{
    pump(NULL, 0);
    pass(5 * US_PER_S);
    ck_assert_uint_eq(from_rx(), 0);
    ck_assert_int_eq(ckpt_rx_deadline(&rx).us, MONO_NEVER.us);
}
END_TEST

START_TEST(packed_messages_come_back_with_each_algorithm)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    uint8_t in[5000], out[6000], back[5000];

    for (unsigned algo = 0; algo < CKPT_ALGOS; algo++) {
        size_t len, n = 0;

        for (size_t i = 0; i < sizeof in; i++)
            in[i] = (uint8_t)(i / 100);
        len = ckpt_pack(packer, algo, in, sizeof in, out, sizeof out);
        ck_assert(algo == CKPT_STORED || len < 500);
        ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), 0);
        ck_assert_uint_eq(n, sizeof in);
        ck_assert_mem_eq(in, back, sizeof in);
        for (size_t cut = 0; cut < len; cut++)
            ck_assert_int_lt(ckpt_unpack(packer, out, cut, back, sizeof back, &n), 0);
    }
    ckpt_packer_destroy(&packer);
}
END_TEST

START_TEST(incompressible_message_travels_stored)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    struct rng rng = {.state = 3};
    uint8_t in[100], out[200];

    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)rng_next(&rng);
    ck_assert_uint_eq(ckpt_pack(packer, CKPT_ZLIB, in, sizeof in, out, sizeof out), 105);
    ck_assert_uint_eq(out[0], CKPT_STORED);
    ckpt_packer_destroy(&packer);
}
END_TEST

START_TEST(declared_length_is_capped_before_anything_is_inflated)
{
    struct ckpt_packer *packer = ckpt_packer_new();
    uint8_t in[200] = {0}, out[300], back[200];
    size_t len = ckpt_pack(packer, CKPT_ZLIB, in, sizeof in, out, sizeof out), n;

    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, 199, &n), DI_ESPACE);
    out[1] = 0xff;
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_ESPACE);
    out[1] = 0;
    out[4] = 199; /* holds more than it says */
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_EFORMAT);
    out[0] = CKPT_ALGOS;
    ck_assert_int_eq(ckpt_unpack(packer, out, len, back, sizeof back, &n), DI_EFORMAT);
    ckpt_packer_destroy(&packer);
}
END_TEST

static struct ckpt_tx_status
sender(void)
{
    struct ckpt_tx_status status;

    ckpt_tx_status(tx, &status);
    return status;
}

static struct ckpt_rx_status
receiver(void)
{
    struct ckpt_rx_status status;

    ckpt_rx_status(&rx, now, &status);
    return status;
}

/* A receiver that wants seven heartbeats, and a sender with something to tell. */
static void
start_normal(void)
{
    beats = CKPT_BEATS;
    start_receiver(20, false);
    put(1, 100);
}

START_TEST(data_flows_after_the_seventh_heartbeat)
{
    start_normal();
    pump(NULL, 0); /* it stands, and the first one is sent at once */
    for (int i = 1; i < CKPT_BEATS; i++) {
        ck_assert(sender().open && !sender().reached && !sender().synced);
        ck_assert(receiver().open && !receiver().ready);
        ck_assert_uint_eq(theirs.value[1], 0);
        ck_assert_uint_eq(sender().frame_sent, 0);
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(sender().reached && receiver().ready && synced());
    assert_same();
}
END_TEST

START_TEST(heartbeats_do_not_come_faster_because_nothing_else_is_sent)
{
    start_normal();
    pump(NULL, 0);
    for (int i = 0; i < 100; i++) {
        pass(CKPT_BEAT_US / 50);
        pump(NULL, 0);
    }
    ck_assert(!receiver().ready); /* six seconds */
}
END_TEST

START_TEST(data_before_that_changes_nothing)
{
    size_t len;

    put(1, 100);
    pump(NULL, 0);
    put(1, 200);
    rx.beats = 0; /* a sender that does not wait */
    len = from_tx();
    ck_assert_int_eq(give_rx(len), CKPT_NOT_READY);
    ck_assert_uint_eq(theirs.value[1], 100);
    ck_assert_uint_eq(rx.stats.dropped[CKPT_NOT_READY], 1);
}
END_TEST

START_TEST(three_missed_heartbeats_begin_the_count_anew)
{
    start_normal();
    pump(NULL, 0);
    for (int i = 0; i < 4; i++) {
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_silent, 1);
    for (int i = 1; i < CKPT_BEATS; i++) {
        ck_assert(!sender().reached);
        pass(CKPT_BEAT_US);
        pump(NULL, 0);
    }
    ck_assert(synced());
}
END_TEST

START_TEST(connection_that_ended_begins_anew_at_once_and_sends_what_is_missing)
{
    put(1, 100);
    pump(NULL, 0);
    ck_assert(synced() && receiver().synced);
    ckpt_tx_disconnected(tx, now);
    ckpt_rx_disconnected(&rx);
    ck_assert(!sender().open && !receiver().open && !synced());
    put(2, 200);
    pump(NULL, 0);
    ck_assert(synced() && receiver().synced);
    assert_same();
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_lost, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->full_resyncs, 1);
    ck_assert_uint_eq(ckpt_tx_stats(tx)->partial_resyncs, 1);
    ckpt_tx_stop(tx);
    ckpt_tx_disconnected(tx, now); /* there is none */
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_lost, 1);
}
END_TEST

START_TEST(lost_frame_does_not_begin_the_count_anew)
{
    start_normal();
    for (int i = 0; i < CKPT_BEATS; i++) {
        pump(NULL, 0);
        pass(CKPT_BEAT_US);
    }
    pump(NULL, 0);
    ck_assert(synced());
    put(2, 200);
    ck_assert_uint_gt(from_tx(), 0); /* lost */
    pass(CKPT_BEAT_US);
    pump(NULL, 0); /* which the heartbeat tells */
    ck_assert_uint_eq(ckpt_tx_stats(tx)->closed_gap, 1);
    ck_assert(synced());
    assert_same();
}
END_TEST

START_TEST(receiver_that_starts_anew_begins_the_count_anew)
{
    start_normal();
    for (int i = 0; i < CKPT_BEATS; i++) {
        pump(NULL, 0);
        pass(CKPT_BEAT_US);
    }
    pump(NULL, 0);
    ck_assert(synced());
    start_receiver(21, false);
    pass(CKPT_SILENT_US);
    pump(NULL, 0);
    ck_assert(sender().open && !sender().reached);
    ck_assert_uint_eq(theirs.value[1], 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt");
    TCase *tcase = tcase_create("ckpt");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, items_there_before_and_after_the_stream_opened_arrive);
    tcase_add_test(tcase, acknowledged_means_applied);
    tcase_add_test(tcase, tombstone_is_kept_until_its_delete_is_acknowledged);
    tcase_add_test(tcase, item_never_sent_is_forgotten_at_once);
    tcase_add_test(tcase, younger_than_the_checkpoint_duration_stays_here);
    tcase_add_test(tcase, in_a_hurry_no_item_waits_for_its_age);
    tcase_add_test(tcase, hurry_ends_with_the_epoch);
    tcase_add_test(tcase, draining_receiver_hears_the_old_epoch_and_no_later_one);
    tcase_add_test(tcase, offer_of_a_later_epoch_is_withdrawn_when_draining_begins);
    tcase_add_test(tcase, sender_never_has_more_frames_out_than_granted);
    tcase_add_test(tcase, duplicate_frame_is_acknowledged_again_and_applied_once);
    tcase_add_test(tcase, restarted_receiver_gets_everything);
    tcase_add_test(tcase, restarted_sender_sweeps_what_it_does_not_have);
    tcase_add_test(tcase, only_what_was_not_acknowledged_is_sent_after_an_interruption);
    tcase_add_test(tcase, frame_with_one_bad_record_applies_nothing);
    tcase_add_test(tcase, record_that_cannot_be_applied_stops_no_other_and_is_told);
    tcase_add_test(tcase, older_epoch_changes_nothing);
    tcase_add_test(tcase, frame_of_an_older_stream_changes_nothing);
    tcase_add_test(tcase, a_conversation_that_took_place_is_not_repeated);
    tcase_add_test(tcase, nor_one_that_took_place_several_lives_ago);
    tcase_add_test(tcase, open_of_the_dead_does_not_shut_out_the_living);
    tcase_add_test(tcase, lower_epoch_may_fill_the_copy_once_the_higher_one_is_silent);
    tcase_add_test(tcase, answer_from_before_the_copy_was_given_up_leads_to_a_full_resync);
    tcase_add_test(tcase, not_started_receiver_is_silent);
    tcase_add_test(tcase, deletes_given_up_while_the_peer_is_away_are_swept_on_return);
    tcase_add_test(tcase, deletes_given_up_under_a_stalled_peer_start_a_new_round);
    tcase_add_test(tcase, lz4_only_where_both_ends_have_it);
    tcase_add_loop_test(tcase, lossy_network_converges_to_equality, 0, 20);
    tcase_add_test(tcase, deadline_is_kept_by_doing_what_is_due);
    tcase_add_test(tcase, data_flows_after_the_seventh_heartbeat);
    tcase_add_test(tcase, heartbeats_do_not_come_faster_because_nothing_else_is_sent);
    tcase_add_test(tcase, data_before_that_changes_nothing);
    tcase_add_test(tcase, three_missed_heartbeats_begin_the_count_anew);
    tcase_add_test(tcase, lost_frame_does_not_begin_the_count_anew);
    tcase_add_test(tcase, receiver_that_starts_anew_begins_the_count_anew);
    tcase_add_test(tcase, connection_that_ended_begins_anew_at_once_and_sends_what_is_missing);
    tcase_add_test(tcase, receiver_speaks_only_when_spoken_to);
    tcase_add_test(tcase, packed_messages_come_back_with_each_algorithm);
    tcase_add_test(tcase, incompressible_message_travels_stored);
    tcase_add_test(tcase, declared_length_is_capped_before_anything_is_inflated);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
